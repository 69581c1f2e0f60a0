//! `pointsman replay`: a journal through the code of this program.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use pointsman_call::{Difference, Line, Replay as Player, Routing, Shard};
use pointsman_config::{Memory, load_with};
use pointsman_node::{JournalHead, JournalLine, ReadFiles};
use pointsman_policy::Registry;

use super::{CommandError, Outcome};

/// Put what a switch recorded (`run --journal FILE`) through this program, and compare every octet it sends.
#[derive(Debug, clap::Args)]
pub(crate) struct Replay {
    /// The journal.
    #[arg(value_name = "FILE")]
    journal: PathBuf,
}

impl Replay {
    pub(crate) fn execute(self) -> Outcome {
        let bad = |line: usize, why: &str| {
            let place = format!("{}:{line}", self.journal.display());
            CommandError::Usage(format!(
                "{place}: {why}; is it a journal of `pointsman run --journal`?"
            ))
        };
        let file = File::open(&self.journal).map_err(|error| bad(0, &error.to_string()))?;
        let mut lines = BufReader::new(file).lines();
        let head = lines.next().and_then(Result::ok).unwrap_or_default();
        let head: JournalHead = serde_json::from_str(&head).map_err(|error| bad(1, &error.to_string()))?;
        let first = routing_of(&head, &head.files)?;
        let mut versions = HashMap::from([(first.version.clone(), first.clone())]);
        let start = Instant::now();
        let mut player = Player::new(Shard::new(head.shard(start), first), start);
        let mut ended = None;
        for (number, text) in lines.enumerate() {
            let number = number + 2;
            let Ok(text) = text else { break };
            match serde_json::from_str(&text) {
                Ok(JournalLine::Line(line)) => {
                    let of_version = |version: &str| versions.get(version).cloned();
                    if let Err(difference) = player.take(line, of_version) {
                        return Err(differs(number, &difference));
                    }
                }
                Ok(JournalLine::Config { files, .. }) => {
                    let routing = routing_of(&head, &files)?;
                    versions.insert(routing.version.clone(), routing);
                }
                Ok(JournalLine::Gap { gap }) => {
                    ended = Some(format!("line {number}: {gap}"));
                    break;
                }
                Err(error) => {
                    // The last line of a switch that was killed.
                    ended = Some(format!("line {number} is cut off ({error})"));
                    break;
                }
            }
        }
        let counted = player.finish();
        let (inputs, outputs) = counted.map_err(|difference| differs(0, &difference))?;
        println!("identical: {outputs} messages, orders and events from {inputs} inputs");
        if let Some(ended) = ended {
            println!("the journal ends early: {ended}");
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn routing_of(head: &JournalHead, files: &ReadFiles) -> Result<Arc<Routing>, CommandError> {
    let mut memory = Memory::new();
    for (path, octets) in files {
        memory.insert(path, octets.bytes().to_vec());
    }
    load_with(&head.config, &Registry::new(), &memory, &head.overrides)
        .map(|config| config.routing)
        .map_err(CommandError::Config)
}

fn differs(number: usize, difference: &Difference) -> CommandError {
    let shown = |line: &Option<Line>| match line {
        Some(line) => format!("{:.9} s {:#?}", line.at_ns as f64 / 1e9, line.entry),
        None => "nothing".to_owned(),
    };
    let place = match number {
        0 => "at the end".to_owned(),
        number => format!("at line {number}"),
    };
    CommandError::Failed(format!(
        "this program does not do the same, {place}\nrecorded: {}\nnow:      {}",
        shown(&difference.recorded),
        shown(&difference.replayed)
    ))
}
