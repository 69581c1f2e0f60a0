//! `pointsman agents`, `pointsman queues`: the contact centre of a running switch.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::Outcome;
use super::switch::{Asked, Switch, good, path, word};

/// Show agents, or ask for their states.
#[derive(Debug, clap::Args)]
pub(crate) struct Agents {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Which agents there are and where they stand.
    List(Asked),
    /// Make an agent available, pause it or log it out; during a call it takes effect afterwards.
    Set(Set),
}

#[derive(Debug, clap::Args)]
struct Set {
    #[command(flatten)]
    switch: Switch,
    /// The customer.
    customer: String,
    /// Its agent.
    agent: String,
    /// What it is to be.
    state: State,
    /// Why it pauses.
    #[arg(long, required_if_eq("state", "pause"))]
    reason: Option<String>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum State {
    Available,
    Pause,
    Offline,
}

/// Show queues: who waits, for how long, and the agents in each state.
#[derive(Debug, clap::Args)]
pub(crate) struct Queues {
    #[command(flatten)]
    asked: Asked,
}

impl Agents {
    pub(crate) fn execute(self) -> Outcome {
        match self.what {
            What::List(asked) => asked.show("/v1/agents", "agents", agent_line),
            What::Set(set) => set.execute(),
        }
    }
}

impl Queues {
    pub(crate) fn execute(self) -> Outcome {
        self.asked.show("/v1/queues", "queues", queue_line)
    }
}

impl Set {
    fn execute(self) -> Outcome {
        let state = match self.state {
            State::Available => "available",
            State::Pause => "pause",
            State::Offline => "offline",
        };
        let path = path(&["agents", &self.customer, &self.agent, "state"]);
        let wanted = json!({ "state": state, "reason": self.reason });
        let answer = good(self.switch.put(&path, &wanted)?)?;
        println!("{}", agent_line(&answer));
        Ok(ExitCode::SUCCESS)
    }
}

/// "clinic bea: talking for 12 s, then pause (lunch); in sales, help".
fn agent_line(agent: &Value) -> String {
    let reason = agent["reason"].as_str().map(|reason| format!(" ({reason})"));
    let afterwards = match &agent["afterwards"] {
        Value::Null => String::new(),
        Value::String(state) => format!(", then {state}"),
        pause => format!(", then pause ({})", word(&pause["pause"]["reason"])),
    };
    let groups = agent["groups"].as_array().into_iter().flatten();
    let groups: Vec<String> = groups.map(word).collect();
    format!(
        "{} {}: {}{} for {} s{afterwards}; in {}",
        word(&agent["customer"]),
        word(&agent["agent"]),
        word(&agent["state"]),
        reason.unwrap_or_default(),
        seconds(&agent["for_ms"]),
        groups.join(", ")
    )
}

/// "clinic sales: 3 wait, the first for 41 s; agents: available 1, talking 2".
fn queue_line(queue: &Value) -> String {
    let waiting = match queue["waiting"].as_u64() {
        None | Some(0) => "nobody waits".to_owned(),
        Some(1) => format!("1 waits, for {} s", seconds(&queue["longest_wait_ms"])),
        Some(waiting) => format!(
            "{waiting} wait, the first for {} s",
            seconds(&queue["longest_wait_ms"])
        ),
    };
    let agents = queue["agents"].as_object().into_iter().flatten();
    let agents: Vec<String> = agents.map(|(state, count)| format!("{state} {count}")).collect();
    let agents = match agents.is_empty() {
        true => "none".to_owned(),
        false => agents.join(", "),
    };
    format!(
        "{} {}: {waiting}; agents: {agents}",
        word(&queue["customer"]),
        word(&queue["group"])
    )
}

fn seconds(ms: &Value) -> u64 {
    ms.as_u64().unwrap_or_default() / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_and_a_queue_in_a_line_each() {
        let agent = json!({ "customer": "shop", "agent": "an", "state": "talking", "for_ms": 12_345,
            "afterwards": { "pause": { "reason": "lunch" } }, "groups": ["sales", "help"] });
        assert_eq!(
            agent_line(&agent),
            "shop an: talking for 12 s, then pause (lunch); in sales, help"
        );
        let agent = json!({ "customer": "shop", "agent": "an", "state": "pause", "reason": "lunch",
            "for_ms": 999, "groups": ["sales"] });
        assert_eq!(agent_line(&agent), "shop an: pause (lunch) for 0 s; in sales");
        let queue = json!({ "customer": "shop", "group": "sales", "waiting": 3, "longest_wait_ms": 41_000,
            "agents": { "available": 1, "talking": 2 } });
        assert_eq!(
            queue_line(&queue),
            "shop sales: 3 wait, the first for 41 s; agents: available 1, talking 2"
        );
        let queue = json!({ "customer": "shop", "group": "sales", "waiting": 0, "agents": {} });
        assert_eq!(queue_line(&queue), "shop sales: nobody waits; agents: none");
    }
}
