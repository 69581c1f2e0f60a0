//! `pointsman check`.

use std::path::PathBuf;
use std::process::ExitCode;

use pointsman_config::{Disk, load};
use pointsman_policy::Registry;

use super::{CommandError, Outcome};

/// Check configuration files.
#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    /// Node files; each is checked with the customer files that it names.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

impl Check {
    pub(crate) fn execute(self) -> Outcome {
        let mut mistakes = 0;
        for file in &self.files {
            match load(&[file], &Registry::new(), &Disk) {
                Ok(config) => println!(
                    "{}: ok, version {}: {} customers, {} numbers, {} trunks",
                    file.display(),
                    config.version,
                    config.customers.len(),
                    config.routing.numbers.len(),
                    config.routing.trunks.len(),
                ),
                Err(report) => {
                    mistakes += report.mistakes.len();
                    eprintln!("{report}");
                }
            }
        }
        match mistakes {
            0 => Ok(ExitCode::SUCCESS),
            1 => Err(CommandError::Usage("1 mistake".to_owned())),
            more => Err(CommandError::Usage(format!("{more} mistakes"))),
        }
    }
}
