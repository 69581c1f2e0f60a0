//! `pointsman token`: logs show keyed tokens in place of numbers; whoever has the node's key can resolve them.

use std::process::ExitCode;

use pointsman_node::{Tokens, database};
use pointsman_store::{Query, Reader};

use super::{CommandError, ConfigPath, Outcome};

/// How many of the newest calls are searched.
const SEARCHED: usize = 100_000;

/// Find the number behind a token, or the token of a number.
#[derive(Debug, clap::Args)]
pub(crate) struct Token {
    #[command(flatten)]
    config: ConfigPath,
    /// A token such as n:1f3a9c… from the log, or a number.
    text: String,
}

impl Token {
    pub(crate) fn execute(self) -> Outcome {
        let config = self.config.load()?;
        let failed = |error: &dyn std::fmt::Display| CommandError::Failed(error.to_string());
        let tokens = Tokens::open(&config.node.data).map_err(|error| failed(&error))?;
        if !self.text.starts_with("n:") {
            println!("{}", tokens.token_of(&self.text));
            return Ok(ExitCode::SUCCESS);
        }
        let reader = Reader::open(&database(&config.node.data)).map_err(|error| failed(&error))?;
        let query = Query {
            limit: SEARCHED,
            ..Query::default()
        };
        let calls = reader.calls(&query).map_err(|error| failed(&error))?;
        let numbers = calls.iter().flat_map(|call| call.from.iter().chain([&call.to]));
        let found = numbers
            .into_iter()
            .find(|number| tokens.token_of(number) == self.text);
        let number = found.ok_or_else(|| {
            CommandError::Usage(format!(
                "{} is the token of no number in the last {SEARCHED} calls",
                self.text
            ))
        })?;
        println!("{number}");
        Ok(ExitCode::SUCCESS)
    }
}
