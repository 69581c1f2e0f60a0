//! `pointsman status` and `pointsman reload`: over HTTP, to a running switch.

use std::fmt::Write as _;
use std::process::ExitCode;

use serde_json::Value;

use super::switch::Switch;
use super::{CommandError, Outcome, print_json};

/// Show how a running switch is doing.
#[derive(Debug, clap::Args)]
pub(crate) struct Status {
    #[command(flatten)]
    switch: Switch,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl Status {
    pub(crate) fn execute(self) -> Outcome {
        let (_, status) = self.switch.get("/status")?;
        if self.json {
            print_json(&status)?;
        } else {
            print!("{}", overview(&status));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The status for people: one fact a line.
fn overview(status: &Value) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "{name:<14}{value}");
    };
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    line(
        "node",
        format!(
            "{} (pointsman {})",
            word(&status["node"]),
            word(&status["version"])
        ),
    );
    line(
        "up",
        format!(
            "{} s{}",
            status["uptime_seconds"],
            if status["draining"] == true {
                ", draining"
            } else {
                ""
            }
        ),
    );
    line(
        "config",
        format!("version {}", word(&status["config"]["version"])),
    );
    line("calls", status["calls"].to_string());
    line("transactions", status["transactions"].to_string());
    line("RTP ports", status["rtp_ports_in_use"].to_string());
    for listener in status["listeners"].as_array().into_iter().flatten() {
        line("listens on", word(listener));
    }
    for trunk in status["trunks"].as_array().into_iter().flatten() {
        line(
            "trunk",
            format!(
                "{} at {} ({})",
                word(&trunk["name"]),
                word(&trunk["remote"]),
                word(&trunk["transport"])
            ),
        );
    }
    let reload = &status["last_reload"];
    line(
        "last reload",
        if reload["ok"] == true {
            "ok".to_owned()
        } else {
            "REFUSED, the old version stays".to_owned()
        },
    );
    for mistake in reload["mistakes"].as_array().into_iter().flatten() {
        line(
            "",
            format!("{}: {}", word(&mistake["place"]), word(&mistake["message"])),
        );
    }
    text
}

/// Tell a running switch to read its configuration again.
#[derive(Debug, clap::Args)]
pub(crate) struct Reload {
    #[command(flatten)]
    switch: Switch,
}

impl Reload {
    pub(crate) fn execute(self) -> Outcome {
        // The configuration may be the broken one that is to be loaded. The switch is asked all the same: its refusal is
        // logged, counted and shown by `status`.
        let (accepted, report) = self.switch.post("/reload")?;
        let lines = |name: &str| report[name].as_array().cloned().unwrap_or_default();
        for change in lines("changes") {
            println!("{}", change.as_str().unwrap_or_default());
        }
        for note in lines("at_next_start") {
            println!("only at the next start: {}", note.as_str().unwrap_or_default());
        }
        if accepted {
            println!(
                "reloaded, version {}",
                report["version"].as_str().unwrap_or_default()
            );
            return Ok(ExitCode::SUCCESS);
        }
        for mistake in lines("mistakes") {
            let part = |name: &str| mistake[name].as_str().unwrap_or_default().to_owned();
            eprintln!("{}: {}", part("place"), part("message"));
        }
        Err(CommandError::Failed(
            "the switch refused the configuration; the old version stays".to_owned(),
        ))
    }
}
