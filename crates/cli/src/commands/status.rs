//! `pointsman status` and `pointsman reload`: over HTTP, to a running switch.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;

use super::{CommandError, ConfigPath, Outcome, print_json};

/// Which running switch is meant.
#[derive(Debug, clap::Args)]
struct Switch {
    #[command(flatten)]
    config: ConfigPath,
    /// HTTP address of the switch; otherwise the one in its configuration.
    #[arg(long, value_name = "ADDRESS")]
    http: Option<SocketAddr>,
}

impl Switch {
    fn url(&self, path: &str) -> Result<String, CommandError> {
        let address = match self.http {
            Some(address) => address,
            None => self.config.load()?.node.http.ok_or_else(|| {
                CommandError::Usage(format!(
                    "{} has no http address; add one, or name it with --http",
                    self.config.config.display()
                ))
            })?,
        };
        Ok(format!("http://{address}{path}"))
    }
}

fn agent() -> Agent {
    Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(30)))
        .http_status_as_error(false)
        .build()
        .new_agent()
}

fn unreachable(url: &str, error: &ureq::Error) -> CommandError {
    CommandError::Failed(format!(
        "no switch answers at {url}: {error}; is it running? is the http address right?"
    ))
}

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
        let url = self.switch.url("/status")?;
        let mut response = agent()
            .get(&url)
            .call()
            .map_err(|error| unreachable(&url, &error))?;
        let status: Value = response
            .body_mut()
            .read_json()
            .map_err(|error| unreachable(&url, &error))?;
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
        // The configuration may be the broken one that is to be loaded: then only --http or its old text names the
        // address, so a mistake in it is reported by ourselves, without troubling the switch.
        let url = self.switch.url("/reload")?;
        let mut response = agent()
            .post(&url)
            .send_empty()
            .map_err(|error| unreachable(&url, &error))?;
        let accepted = response.status().is_success();
        let report: Value = response
            .body_mut()
            .read_json()
            .map_err(|error| unreachable(&url, &error))?;
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
