//! `pointsman explain`: the same policies as the live call path, asked without a call.

use std::process::ExitCode;

use jiff::Timestamp;
use pointsman_config::Config;
use pointsman_policy::{Caller, Facts, Lines, explain, number};

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
        let country = self.country(&config)?;
        let normalise = |raw: &str| number::normalise(raw, &country).unwrap_or_else(|| raw.to_owned());
        let callee = normalise(&self.to);
        let entry = config.routing.number(&callee).ok_or_else(|| {
            CommandError::Usage(format!(
                "{callee} is not configured: a caller gets 404; `numbers` in a customer file adds it"
            ))
        })?;
        let at = match &self.at {
            Some(text) => {
                explain::parse_at(text, entry.policy.zone().unwrap_or("UTC")).map_err(CommandError::Usage)?
            }
            None => Timestamp::now(),
        };
        let mut lines = Lines::default();
        for line in &self.line {
            lines.add(line).map_err(CommandError::Usage)?;
        }
        let facts = Facts {
            caller: Caller {
                number: self.from.as_deref().map(normalise),
                display: String::new(),
            },
            callee,
            trunk: self.trunk.clone().unwrap_or_default(),
            lines,
            ..Facts::arriving(at)
        };
        let explanation = explain::explain(&*entry.policy, &facts);
        if self.json {
            print_json(&explanation)?;
        } else {
            print!("{}", explain::render(&explanation));
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Country code of the trunk that is named, or the one that all trunks share.
    fn country(&self, config: &Config) -> Result<String, CommandError> {
        let trunks = &config.routing.trunks;
        let Some(name) = &self.trunk else {
            return Ok(trunks
                .first()
                .map(|trunk| trunk.country.clone())
                .unwrap_or_default());
        };
        config
            .routing
            .trunk(name)
            .map(|trunk| trunk.country.clone())
            .ok_or_else(|| {
                let known: Vec<&str> = trunks.iter().map(|trunk| trunk.name.as_str()).collect();
                CommandError::Usage(format!("there is no trunk {name}; known: {}", known.join(", ")))
            })
    }
}
