//! `pointsman explain`: the same policies as the live call path, asked without a call.

use std::process::ExitCode;

use jiff::Timestamp;
use pointsman_node::{ExplainRequest, explain_call};
use pointsman_policy::explain;

use super::{CommandError, ConfigPath, Outcome, print_json};

/// Say where a call would go, and why.
#[derive(Debug, clap::Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    config: ConfigPath,
    /// Caller's number; leave out for a withheld one.
    #[arg(long, value_name = "NUMBER")]
    from: Option<String>,
    /// Called number.
    #[arg(long, value_name = "NUMBER")]
    to: String,
    /// When: "2026-11-24 10:05" in the tree's time zone, or RFC 3339; otherwise now.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// How a line behaves, such as site:antwerp=busy; may be repeated.
    #[arg(long, value_name = "LINE=OUTCOME")]
    line: Vec<String>,
    /// Trunk by which the call comes in.
    #[arg(long, value_name = "NAME")]
    trunk: Option<String>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl Explain {
    pub(crate) fn execute(self) -> Outcome {
        let config = self.config.load()?;
        let request = ExplainRequest {
            from: self.from,
            to: self.to,
            at: self.at,
            lines: self.line,
            trunk: self.trunk,
        };
        let explanation = explain_call(&config, &request, Timestamp::now(), |_| true)
            .map_err(|error| CommandError::Usage(error.to_string()))?;
        if self.json {
            print_json(&explanation)?;
        } else {
            print!("{}", explain::render(&explanation));
        }
        Ok(ExitCode::SUCCESS)
    }
}
