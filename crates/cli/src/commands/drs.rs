//! `pointsman drs`: disaster plans of a running switch; `pointsman hash-password`: what the configuration keeps of one.

use std::io::{BufRead, IsTerminal};
use std::process::ExitCode;

use pointsman_policy::Secret;
use pointsman_policy::drs::hash_password;
use serde_json::json;

use super::switch::{Asked, Switch, good, path, word};
use super::{CommandError, Outcome};

/// Show or switch disaster plans.
#[derive(Debug, clap::Args)]
pub(crate) struct Drs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Which plans there are, and which are on.
    List(Asked),
    /// What was switched, when and by whom; newest first.
    History(Asked),
    /// Switch a plan on: the next call follows it, for one month.
    On(Named),
    /// Switch a plan off.
    Off(Named),
}

#[derive(Debug, clap::Args)]
struct Named {
    #[command(flatten)]
    switch: Switch,
    /// The customer.
    customer: String,
    /// Its plan.
    plan: String,
}

impl Drs {
    pub(crate) fn execute(self) -> Outcome {
        match self.what {
            What::List(asked) => asked.show("/v1/drs", "plans", |plan| {
                let state = match (plan["until"].as_str(), plan["by"].as_str()) {
                    (Some(until), Some(by)) => format!("on until {until}, by {by}"),
                    _ => "off".to_owned(),
                };
                format!("{} {}: {state}", word(&plan["customer"]), word(&plan["plan"]))
            }),
            What::History(asked) => asked.show("/v1/drs", "changes", |change| {
                let at = change["at_ms"]
                    .as_i64()
                    .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
                let to = if change["on"] == true { "on" } else { "off" };
                format!(
                    "{} {} {} {to}, by {}",
                    at.unwrap_or_default(),
                    word(&change["customer"]),
                    word(&change["plan"]),
                    word(&change["by"])
                )
            }),
            What::On(named) => named.switch(true),
            What::Off(named) => named.switch(false),
        }
    }
}

impl Named {
    fn switch(self, on: bool) -> Outcome {
        let path = path(&["drs", &self.customer, &self.plan]);
        good(self.switch.put(&path, &json!({ "on": on }))?)?;
        let state = if on { "on: the next call follows it" } else { "off" };
        println!("plan {} of {} is {state}", self.plan, self.customer);
        Ok(ExitCode::SUCCESS)
    }
}

/// Read a password from standard input and print the hash that the configuration keeps.
#[derive(Debug, clap::Args)]
pub(crate) struct HashPassword {}

impl HashPassword {
    #[expect(clippy::unused_self, reason = "every command is executed alike")]
    pub(crate) fn execute(self) -> Outcome {
        let failed = |error: &dyn std::fmt::Display| CommandError::Failed(error.to_string());
        let input = std::io::stdin();
        if input.is_terminal() {
            eprintln!("Type the password (digits, if it is for the telephone) and press Enter:");
        }
        let mut line = String::new();
        input
            .lock()
            .read_line(&mut line)
            .map_err(|error| failed(&error))?;
        let password = line.trim_end_matches(['\r', '\n']);
        if password.len() < 4 {
            return Err(CommandError::Usage("a password has at least 4 characters".into()));
        }
        let mut salt = [0; 16];
        let mut random = std::fs::File::open("/dev/urandom").map_err(|error| failed(&error))?;
        std::io::Read::read_exact(&mut random, &mut salt).map_err(|error| failed(&error))?;
        let hash = hash_password(&Secret::new(password), salt).map_err(|error| failed(&error))?;
        println!("{hash}");
        Ok(ExitCode::SUCCESS)
    }
}
