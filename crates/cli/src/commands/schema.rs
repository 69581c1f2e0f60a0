//! `pointsman schema`.

use std::process::ExitCode;

use clap::ValueEnum;
use pointsman_config::{FileKind, schema};
use pointsman_node::openapi;

use super::{Outcome, print_json};

/// Print the JSON Schema of configuration files, or the OpenAPI document of the HTTP API.
#[derive(Debug, clap::Args)]
pub(crate) struct Schema {
    /// Of what.
    kind: Kind,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// config/pointsman.yaml and its like.
    Node,
    /// config/customers/*.yaml.
    Customer,
    /// The HTTP API, as OpenAPI 3.1.
    Openapi,
}

impl Schema {
    pub(crate) fn execute(self) -> Outcome {
        let kind = match self.kind {
            Kind::Node => FileKind::Node,
            Kind::Customer => FileKind::Customer,
            Kind::Openapi => {
                print_json(&openapi())?;
                return Ok(ExitCode::SUCCESS);
            }
        };
        print!("{}", schema(kind));
        Ok(ExitCode::SUCCESS)
    }
}
