//! `pointsman demo`: a switch, simulated legs on free loopback ports, and a day's calls with real speech.

mod act;
mod assets;
mod cast;
mod check;
mod show;
mod stage;

use std::path::PathBuf;
use std::process::ExitCode;

use crate::commands::{CommandError, Outcome, print_json};

/// Start a switch and simulated legs and place calls through them. Needs no network, no root and no file.
#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    /// Print the calls as JSON on standard output, and nothing else there.
    #[arg(long)]
    json: bool,
    /// Folder for recordings and call records; otherwise a new one in the folder for temporary files.
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
}

impl Demo {
    pub(crate) fn execute(self) -> Outcome {
        let folder = self.folder()?;
        let stage = stage::Stage::build(&folder).map_err(CommandError::Failed)?;
        let show = show::Show::new(self.json);
        show.begin(&stage);
        let mut performed = Vec::new();
        for act in cast::ACTS {
            stage.set_clock(act.clock);
            show.act(act);
            performed.extend(act::perform(&stage, act, &show));
        }
        let results = stage.end(performed);
        let good = results.iter().all(|result| result.complaints.is_empty());
        if self.json {
            print_json(&show::json(&results))?;
        } else {
            show::table(&results, &folder);
        }
        for complaint in results.iter().flat_map(|result| &result.complaints) {
            eprintln!("demo: {complaint}");
        }
        Ok(if good {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    fn folder(&self) -> Result<PathBuf, CommandError> {
        let folder = self.keep.clone().unwrap_or_else(|| {
            std::env::temp_dir().join(format!(
                "pointsman-demo-{}-{}",
                std::process::id(),
                unix_seconds()
            ))
        });
        std::fs::create_dir_all(&folder).map_err(|error| {
            CommandError::Failed(format!(
                "{}: {error}; name a folder that can be written with --keep",
                folder.display()
            ))
        })?;
        folder
            .canonicalize()
            .map_err(|error| CommandError::Failed(format!("{}: {error}", folder.display())))
    }
}

fn unix_seconds() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
