//! `pointsman demo`: a switch, simulated legs on free loopback ports, and a day's calls with real speech.

mod act;
mod assets;
mod cast;
mod check;
mod live;
mod outbound;
mod queue;
mod show;
mod stage;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::commands::{CommandError, Outcome, print_json};

/// Between two pictures of the live view.
const FRAME: Duration = Duration::from_millis(200);

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
        let performed = perform(&stage, &show);
        let results = stage.end(performed);
        let good = results.complaints().next().is_none();
        if self.json {
            print_json(&show::json(&results))?;
        } else {
            show::table(&results, &folder);
        }
        for complaint in results.complaints() {
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

/// Plays the day's acts, the help line and the campaign at the same time, and draws them if somebody looks.
fn perform(stage: &stage::Stage, show: &show::Show) -> stage::Performances {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let painter = show.is_live().then(|| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    show.draw(stage);
                    thread::park_timeout(FRAME);
                }
                show.draw(stage);
            })
        });
        let queue = scope.spawn(|| queue::perform(stage, show));
        let campaign = scope.spawn(|| outbound::perform(stage, show));
        let mut calls = Vec::new();
        let mut queue = Some(queue);
        let mut served = Vec::new();
        for act in cast::ACTS {
            // A recording goes by the clock, so the help line has its calls within one act's time.
            if act.clock != cast::MORNING.clock
                && let Some(queue) = queue.take()
            {
                served = queue.join().unwrap_or_default();
            }
            stage.await_records(calls.len() + served.len());
            stage.set_clock(act.clock);
            show.act(act);
            calls.extend(act::perform(stage, act, show));
        }
        let performances = stage::Performances {
            calls,
            queue: served,
            campaign: campaign
                .join()
                .unwrap_or_else(|_| Err("nobody watched it".to_owned())),
        };
        is_over.store(true, Ordering::Relaxed);
        if let Some(painter) = painter {
            painter.thread().unpark();
        }
        performances
    })
}

fn unix_seconds() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
