//! `pointsman trace`: the messages of a call between both sides and the switch, with the decisions between them.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::Value;

use super::switch::Switch;
use super::{CommandError, Outcome, print_json};
use crate::ladder::{Ladder, svg, text};

/// Show the messages of a call, and why it went where it went.
#[derive(Debug, clap::Args)]
pub(crate) struct Trace {
    /// The call, as `pointsman calls` names it.
    #[arg(value_name = "CALL")]
    call: String,
    #[command(flatten)]
    switch: Switch,
    /// Also the text of each message.
    #[arg(long)]
    full: bool,
    /// Write a picture to this file instead.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// As JSON: {"call": {...}, "messages": [...]}.
    #[arg(long, conflicts_with_all = ["full", "svg"])]
    json: bool,
}

impl Trace {
    pub(crate) fn execute(self) -> Outcome {
        if !self.call.bytes().all(|octet| octet.is_ascii_alphanumeric()) {
            return Err(CommandError::Usage(format!(
                "'{}' is no call; `pointsman calls` lists them",
                self.call
            )));
        }
        let (found, value) = self.switch.get(&format!("/calls/{}/trace", self.call))?;
        if !found {
            let why = value["title"].as_str().unwrap_or("the switch does not know it");
            return Err(CommandError::Usage(format!("call {}: {why}", self.call)));
        }
        if self.json {
            print_json(&value)?;
            return Ok(ExitCode::SUCCESS);
        }
        let ladder = ladder(value)?;
        if ladder.is_empty() {
            return Err(CommandError::Failed(format!(
                "the messages of call {} are no longer kept: the switch keeps the latest 8 MiB of them, and none \
                 from before its start; `pointsman calls {}` shows the decisions",
                self.call, self.call
            )));
        }
        match &self.svg {
            Some(path) => {
                std::fs::write(path, svg::draw(&ladder))
                    .map_err(|error| CommandError::Failed(format!("{}: {error}", path.display())))?;
                println!("{}", path.display());
            }
            None => print!("{}", text::draw(&ladder, self.full)),
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn ladder(value: Value) -> Result<Ladder, CommandError> {
    serde_json::from_value(value).map(Ladder::new).map_err(|error| {
        CommandError::Failed(format!(
            "the switch answers what this program does not understand ({error}); is it of another version?"
        ))
    })
}
