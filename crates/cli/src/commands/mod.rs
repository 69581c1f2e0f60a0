//! One file per command.

pub(crate) mod agents;
pub(crate) mod api_token;
pub(crate) mod audit;
pub(crate) mod calls;
pub(crate) mod campaign;
pub(crate) mod check;
pub(crate) mod conformance;
pub(crate) mod diff;
pub(crate) mod drs;
pub(crate) mod explain;
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod status;
pub(crate) mod switch;
pub(crate) mod token;
pub(crate) mod trace;

use std::path::PathBuf;
use std::process::ExitCode;

use pointsman_config::{Config, Disk, Report, load};
use pointsman_policy::Registry;

/// What ends a command early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// The configuration has mistakes; they have places of their own.
    #[error("the configuration is not valid\n{0}")]
    Config(Report),
    /// The user's words make no sense.
    #[error("{0}")]
    Usage(String),
    /// Something did not work.
    #[error("{0}")]
    Failed(String),
}

impl CommandError {
    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Self::Config(_) | Self::Usage(_) => ExitCode::from(2),
            Self::Failed(_) => ExitCode::FAILURE,
        }
    }
}

/// What a command returns.
pub(crate) type Outcome = Result<ExitCode, CommandError>;

/// The configuration a command is about.
#[derive(Debug, clap::Args)]
pub(crate) struct ConfigPath {
    /// The node file, such as config/pointsman.yaml.
    #[arg(long, short, value_name = "FILE", default_value = "config/pointsman.yaml")]
    pub(crate) config: PathBuf,
}

impl ConfigPath {
    pub(crate) fn load(&self) -> Result<Config, CommandError> {
        load(&[&self.config], &Registry::new(), &Disk).map_err(CommandError::Config)
    }
}

/// Prints a value as JSON on standard output.
pub(crate) fn print_json(value: &impl serde::Serialize) -> Result<(), CommandError> {
    let text =
        serde_json::to_string_pretty(value).map_err(|error| CommandError::Failed(error.to_string()))?;
    println!("{text}");
    Ok(())
}
