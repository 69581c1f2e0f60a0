//! `pointsman schema`.

use std::process::ExitCode;

use clap::ValueEnum;
use pointsman_config::{FileKind, schema};

use super::Outcome;

/// Print the JSON Schema of configuration files.
#[derive(Debug, clap::Args)]
pub(crate) struct Schema {
    /// Which file.
    kind: Kind,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// config/pointsman.yaml and its like.
    Node,
    /// config/customers/*.yaml.
    Customer,
}

impl Schema {
    pub(crate) fn execute(self) -> Outcome {
        let kind = match self.kind {
            Kind::Node => FileKind::Node,
            Kind::Customer => FileKind::Customer,
        };
        print!("{}", schema(kind));
        Ok(ExitCode::SUCCESS)
    }
}
