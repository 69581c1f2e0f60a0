//! `pointsman diff`.

use std::path::PathBuf;
use std::process::ExitCode;

use pointsman_config::{Config, Disk, diff, load};
use pointsman_policy::Registry;

use super::{CommandError, Outcome};

/// Say what replacing one configuration by another would change.
#[derive(Debug, clap::Args)]
pub(crate) struct Diff {
    /// The node file in force.
    old: PathBuf,
    /// The node file that would replace it.
    new: PathBuf,
}

impl Diff {
    pub(crate) fn execute(self) -> Outcome {
        let (old, new) = (read(&self.old)?, read(&self.new)?);
        let changes = diff(&old, &new);
        if changes.is_empty() {
            println!("no change (version {})", new.version);
        }
        for change in changes {
            println!("{change}");
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn read(file: &PathBuf) -> Result<Config, CommandError> {
    load(&[file], &Registry::new(), &Disk).map_err(CommandError::Config)
}
