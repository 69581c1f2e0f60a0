//! `pointsman run`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use pointsman_node::{NodeOptions, RunError, StartError, run, start_logging};

use super::{CommandError, Outcome};

/// Run a switch.
#[derive(Debug, clap::Args)]
pub(crate) struct Run {
    /// The node file; customer files may follow by repeating the option.
    #[arg(long, short, value_name = "FILE", required = true)]
    config: Vec<PathBuf>,
    /// Seconds that calls may go on after the first SIGTERM.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    drain: u64,
    /// Write everything that calls consist of to this file, for `pointsman replay`; it holds what callers key.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
}

impl Run {
    pub(crate) fn execute(self) -> Outcome {
        start_logging();
        let mut options = NodeOptions::new(&self.config);
        options.journal = self.journal;
        options.drain = Duration::from_secs(self.drain);
        match run(options) {
            Ok(()) => Ok(ExitCode::SUCCESS),
            Err(RunError::Start(error @ StartError::Config(_))) => {
                Err(CommandError::Usage(error.to_string()))
            }
            Err(error) => Err(CommandError::Failed(error.to_string())),
        }
    }
}
