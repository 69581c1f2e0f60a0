//! The live view of a terminal: agents, queue, campaign, disaster plan and the latest lines, drawn over itself.
//!
//! A picture is one write of lines that fill the same rows, so nothing flickers, and it leaves the terminal as it was:
//! whoever interrupts the demo finds a prompt below it.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};

use pointsman_policy::acm::{AgentState, Snapshot};
use pointsman_policy::campaign::{Stage as Step, View};

/// Columns of the picture: every terminal has as many.
pub(super) const WIDTH: usize = 80;

/// Latest lines shown.
const LINES: usize = 8;

/// Cells of the bar of a campaign.
const BAR: usize = 40;

/// Whether somebody looks at a terminal that can draw.
pub(super) fn is_wanted() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value: std::ffi::OsString| !value.is_empty());
    let is_dumb = std::env::var("TERM").map_or(true, |term| term == "dumb" || term.is_empty());
    std::io::stdout().is_terminal() && !set("NO_COLOR") && !is_dumb
}

/// What a picture shows.
#[derive(Default)]
pub(super) struct Scene {
    pub(super) seconds: f64,
    /// The act that plays, with the demo's time.
    pub(super) act: String,
    pub(super) agents: Option<Snapshot>,
    pub(super) campaign: Option<View>,
    /// Until when the plan is on.
    pub(super) plan: Option<String>,
    pub(super) latest: VecDeque<String>,
}

impl Scene {
    /// Another line; the oldest one goes.
    pub(super) fn say(&mut self, line: String) {
        if self.latest.len() == LINES {
            self.latest.pop_front();
        }
        self.latest.push_back(line);
    }

    /// The picture, line by line; always as many lines, none longer than [`WIDTH`].
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            format!("POINTSMAN demo {:5.1} s   {}", self.seconds, self.act),
            "-".repeat(WIDTH),
        ];
        lines.extend(self.queue());
        lines.push(String::new());
        lines.extend(self.campaign());
        lines.push(match &self.plan {
            Some(until) => format!("DRS        clinic: plan fire is ON until {until}"),
            None => "DRS        clinic: plan fire is off".to_owned(),
        });
        lines.push("-".repeat(WIDTH));
        for at in 0..LINES {
            lines.push(self.latest.get(at).cloned().unwrap_or_default());
        }
        lines
            .into_iter()
            .map(|line| line.chars().take(WIDTH).collect())
            .collect()
    }

    fn queue(&self) -> Vec<String> {
        let empty = Snapshot::default();
        let snapshot = self.agents.as_ref().unwrap_or(&empty);
        let queue = snapshot.queues.first();
        let waiting = queue.map_or(0, |queue| queue.waiting);
        let longest = queue.map_or(0, |queue| queue.longest_wait_ms / 1000);
        let mut lines = vec![format!(
            "QUEUE      {waiting:2} wait, longest {longest:2} s  {}",
            "o".repeat(waiting.min(BAR))
        )];
        for at in 0..super::queue::AGENTS.len() {
            let line = snapshot.agents.get(at).map(|agent| {
                let seconds = agent.for_ms / 1000;
                let mark = if agent.state == AgentState::Talking {
                    '*'
                } else {
                    ' '
                };
                format!(
                    "  {mark} {:<8} {:<10} {seconds:3} s",
                    agent.agent,
                    agent.state.as_str()
                )
            });
            lines.push(line.unwrap_or_default());
        }
        lines
    }

    fn campaign(&self) -> [String; 2] {
        let Some(view) = &self.campaign else {
            return ["CAMPAIGN   none".to_owned(), String::new()];
        };
        let total = view.contacts.len();
        let is_over = |stage: &Step| matches!(stage, Step::Over(_) | Step::DoNotCall(_));
        let over = view.contacts.iter().filter(|one| is_over(&one.stage)).count();
        let live = view
            .contacts
            .iter()
            .filter(|one| one.stage.attempt().is_some())
            .count();
        let (done, up) = (over * BAR / total.max(1), live * BAR / total.max(1));
        let bar = format!("{}{}", "#".repeat(done), "+".repeat(up));
        let mut counts = std::collections::BTreeMap::new();
        for contact in &view.contacts {
            *counts.entry(contact.stage.as_str()).or_insert(0) += 1;
        }
        let counts: Vec<String> = counts
            .iter()
            .map(|(state, count)| format!("{state} {count}"))
            .collect();
        [
            format!(
                "CAMPAIGN   [{bar:<BAR$}] {over:2} of {total}, {}",
                view.state.as_str()
            ),
            format!("           {}", counts.join(", ")),
        ]
    }
}

/// What is on the terminal.
#[derive(Default)]
pub(super) struct Screen {
    drawn: usize,
}

impl Screen {
    /// Draws a picture over the last one.
    pub(super) fn draw(&mut self, lines: &[String]) {
        let picture = over(self.drawn, lines);
        self.drawn = lines.len();
        let mut out = std::io::stdout().lock();
        // A terminal that is gone is nobody who looks.
        let _ = out.write_all(picture.as_bytes()).and_then(|()| out.flush());
    }
}

/// The octets that draw `lines` over a picture of so many lines: as one update, without wrapping.
fn over(drawn: usize, lines: &[String]) -> String {
    let mut picture = String::from("\x1b[?2026h\x1b[?7l\r");
    if drawn > 0 {
        let _ = write!(picture, "\x1b[{drawn}A");
    }
    for line in lines {
        picture.push_str(line);
        picture.push_str("\x1b[K\r\n");
    }
    picture.push_str("\x1b[?7h\x1b[?2026l");
    picture
}

#[cfg(test)]
mod tests {
    use super::*;
    use pointsman_policy::acm::{AgentView, QueueView};
    use pointsman_policy::campaign::{AttemptEnd, CampaignId, Contact, RunState};

    fn scene() -> Scene {
        let agent = |name: &str, state| AgentView {
            customer: "bakery".into(),
            agent: name.into(),
            state,
            for_ms: 2_400,
            reason: None,
            afterwards: None,
            groups: vec!["helpline".into()],
        };
        let contact = |at: u32, stage| Contact {
            number: format!("+3247000000{at}"),
            stage,
            attempts: 1,
            busy: 0,
            no_answer: 0,
        };
        let stages = [
            Step::Over(AttemptEnd::Heard),
            Step::Dialling(7),
            Step::DoNotCall(jiff::Timestamp::MIN),
            Step::Over(AttemptEnd::Busy),
        ];
        let mut scene = Scene {
            seconds: 12.34,
            act: "x".repeat(200),
            agents: Some(Snapshot {
                agents: vec![
                    agent("anna", AgentState::Talking),
                    agent("bram", AgentState::WrapUp),
                ],
                queues: vec![QueueView {
                    customer: "bakery".into(),
                    group: "helpline".into(),
                    waiting: 23,
                    longest_wait_ms: 8_000,
                    logged_in: 5,
                    available: 0,
                    talking: 5,
                    agents: std::collections::BTreeMap::new(),
                }],
                conflicts: 0,
            }),
            campaign: Some(View {
                id: CampaignId::new("florist", "mothers-day"),
                state: RunState::Running,
                configured: true,
                accepted: None,
                contacts: (0..).zip(stages).map(|(at, stage)| contact(at, stage)).collect(),
            }),
            plan: None,
            latest: VecDeque::new(),
        };
        (0..20).for_each(|at| scene.say(format!("line {at} {}", "y".repeat(100))));
        scene
    }

    #[test]
    fn a_picture_has_always_as_many_lines_and_none_is_too_long() {
        let full = scene().lines();
        assert_eq!(full.len(), Scene::default().lines().len());
        assert!(full.len() < 24, "{} lines", full.len());
        assert!(full.iter().all(|line| line.chars().count() <= WIDTH), "{full:#?}");
        let text = full.join("\n");
        for part in [
            "QUEUE      23 wait, longest  8 s  ooooo",
            "  * anna     talking      2 s",
            "    bram     wrap_up      2 s",
            "[##############################++++++++++]  3 of 4, running",
            "busy 1, dialling 1, do_not_call 1, heard 1",
            "plan fire is off",
            "line 12 y",
            "line 19 y",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        assert!(!text.contains("line 11"));
    }

    #[test]
    fn a_picture_is_drawn_over_the_last_one_and_leaves_the_terminal_as_it_was() {
        let lines = ["a".to_owned(), "b".to_owned()];
        assert_eq!(
            over(0, &lines),
            "\x1b[?2026h\x1b[?7l\ra\x1b[K\r\nb\x1b[K\r\n\x1b[?7h\x1b[?2026l"
        );
        assert!(over(2, &lines).starts_with("\x1b[?2026h\x1b[?7l\r\x1b[2Aa"));
    }
}
