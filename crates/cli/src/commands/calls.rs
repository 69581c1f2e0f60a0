//! `pointsman calls`: from the database, whether the switch runs or not.

use std::process::ExitCode;

use pointsman_call::Cdr;
use pointsman_node::database;
use pointsman_store::{Query, Reader};

use super::{CommandError, ConfigPath, Outcome, print_json};

/// List calls.
#[derive(Debug, clap::Args)]
pub(crate) struct Calls {
    #[command(flatten)]
    config: ConfigPath,
    /// Only this call.
    #[arg(value_name = "CALL")]
    call: Option<String>,
    /// At most so many, the newest.
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// Only calls of this customer.
    #[arg(long)]
    customer: Option<String>,
    /// Only calls from or to this number.
    #[arg(long)]
    number: Option<String>,
    /// As JSON: {"calls": [...]}, newest first.
    #[arg(long)]
    json: bool,
}

impl Calls {
    pub(crate) fn execute(self) -> Outcome {
        let config = self.config.load()?;
        let path = database(&config.node.data);
        let failed = |error: pointsman_store::StoreError| CommandError::Failed(error.to_string());
        let reader = Reader::open(&path).map_err(|error| {
            CommandError::Failed(format!(
                "{}: {error}; has the switch run with this configuration?",
                path.display()
            ))
        })?;
        let calls = match &self.call {
            Some(id) => {
                let call = reader.call(id).map_err(failed)?;
                vec![call.ok_or_else(|| CommandError::Usage(format!("there is no call {id}")))?]
            }
            None => {
                let query = Query {
                    limit: self.limit,
                    customer: self.customer.clone(),
                    number: self.number.clone(),
                    ..Query::default()
                };
                reader.calls(&query).map_err(failed)?
            }
        };
        if self.json {
            print_json(&serde_json::json!({ "calls": calls }))?;
        } else if self.call.is_some() {
            calls.iter().for_each(print_one);
        } else {
            print_table(&calls);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn print_table(calls: &[Cdr]) {
    println!(
        "{:<15} {:<20} {:<15} {:<15} {:<12} {:>7}  why",
        "call", "started", "from", "to", "outcome", "talk"
    );
    for call in calls {
        println!(
            "{:<15} {:<20} {:<15} {:<15} {:<12} {:>6.1}s  {}",
            call.id,
            time(call.started_ms),
            call.from.as_deref().unwrap_or("anonymous"),
            call.to,
            call.outcome.map_or("up", |outcome| outcome.as_str()),
            seconds(call.talk_ms),
            call.why,
        );
    }
}

fn print_one(call: &Cdr) {
    println!(
        "call {} from {} to {}",
        call.id,
        call.from.as_deref().unwrap_or("anonymous"),
        call.to
    );
    println!("  started   {}  by trunk {}", time(call.started_ms), call.trunk);
    println!(
        "  customer  {}  policy {} {}",
        call.customer, call.policy, call.policy_version
    );
    println!(
        "  outcome   {}  talk {:.1} s",
        call.outcome.map_or("up", |outcome| outcome.as_str()),
        seconds(call.talk_ms)
    );
    for entry in &call.path {
        println!("  passed    {}: {}", entry.node, entry.why);
    }
    for attempt in &call.attempts {
        println!(
            "  tried     {} by {}: {}{}",
            attempt.target,
            attempt.trunk,
            attempt.outcome.as_deref().unwrap_or("under way"),
            attempt
                .status
                .map_or(String::new(), |status| format!(" ({status})")),
        );
    }
    for leg in &call.legs {
        println!(
            "  leg       {} {} {}: {} packets in, {} out, {} lost",
            leg.direction,
            leg.remote,
            leg.codec.as_deref().unwrap_or("no audio"),
            leg.received,
            leg.sent,
            leg.lost,
        );
    }
    for recording in &call.recordings {
        println!(
            "  recorded  {} ({:.1} s)",
            recording.path,
            recording.samples as f64 / 11_025.0
        );
    }
    println!("  why       {}", call.why);
}

fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

fn time(unix_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(unix_ms).map_or_else(
        |_| unix_ms.to_string(),
        |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    )
}
