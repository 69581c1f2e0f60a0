//! `pointsman api-token`: tokens of the HTTP API, in the database of a switch, running or not.

use std::process::ExitCode;

use jiff::{SignedDuration, Timestamp};
use pointsman_config::Config;
use pointsman_node::{LOCAL, Scope, database, hash_secret, new_secret};
use pointsman_store::{ApiToken, Settings, SqliteStore, Store, StoreError};

use super::{CommandError, ConfigPath, Outcome, print_json};

/// Who the audit log names for changes made by commands.
const WHO: &str = "command line";

/// Make, list or revoke tokens of the HTTP API.
#[derive(Debug, clap::Args)]
pub(crate) struct ApiTokens {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Make a token and print it; it is shown this once.
    Create(Create),
    /// List tokens, without their secrets.
    List(List),
    /// End a token; a running switch refuses it within a second.
    Revoke(Revoke),
}

#[derive(Debug, clap::Args)]
struct Create {
    #[command(flatten)]
    config: ConfigPath,
    /// Its name, in the audit log too.
    name: String,
    /// What it may do: read, calls, drs, campaigns, recordings or admin; may be repeated.
    #[arg(long = "scope", value_name = "SCOPE", required = true, value_delimiter = ',')]
    scopes: Vec<Scope>,
    /// The one customer it is for; otherwise it sees all.
    #[arg(long)]
    customer: Option<String>,
    /// Days until it ends; otherwise it does not.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    days: Option<u16>,
}

#[derive(Debug, clap::Args)]
struct List {
    #[command(flatten)]
    config: ConfigPath,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct Revoke {
    #[command(flatten)]
    config: ConfigPath,
    /// Its name.
    name: String,
}

impl ApiTokens {
    pub(crate) fn execute(self) -> Outcome {
        match self.what {
            What::Create(create) => create.execute(),
            What::List(list) => list.execute(),
            What::Revoke(revoke) => revoke.execute(),
        }
    }
}

/// The database of the switch of a configuration.
pub(super) fn store(config: &Config) -> Result<SqliteStore, CommandError> {
    SqliteStore::open(&database(&config.node.data), Settings::default()).map_err(failed)
}

pub(super) fn failed(error: StoreError) -> CommandError {
    match error {
        StoreError::TokenExists { .. } | StoreError::TooManyTokens { .. } => {
            CommandError::Usage(error.to_string())
        }
        other => CommandError::Failed(other.to_string()),
    }
}

impl Create {
    fn execute(mut self) -> Outcome {
        let config = self.config.load()?;
        check_name(&self.name)?;
        if let Some(customer) = &self.customer
            && !config.customers.iter().any(|known| known.name == *customer)
        {
            let why = format!("there is no customer {customer} in this configuration");
            return Err(CommandError::Usage(why));
        }
        self.scopes.sort_unstable();
        self.scopes.dedup();
        let secret = new_secret().map_err(|error| CommandError::Failed(error.to_string()))?;
        let now = Timestamp::now();
        let expires = self
            .days
            .map(|days| now + SignedDuration::from_hours(24 * i64::from(days)));
        let token = ApiToken {
            name: self.name,
            hash: hash_secret(&secret),
            scopes: self.scopes.iter().map(ToString::to_string).collect(),
            customer: self.customer,
            created_ms: now.as_millisecond(),
            expires_ms: expires.map(Timestamp::as_millisecond),
            revoked_ms: None,
        };
        store(&config)?.add_token(&token, WHO).map_err(failed)?;
        eprintln!("token {}: keep it now, it is not shown again", token.name);
        println!("{secret}");
        Ok(ExitCode::SUCCESS)
    }
}

fn check_name(name: &str) -> Result<(), CommandError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > 64 || !name.chars().all(fits) {
        let why = "a token's name has up to 64 letters, digits, `-`, `_` and `.`";
        return Err(CommandError::Usage(why.to_owned()));
    }
    if name == LOCAL {
        let why = format!("`{LOCAL}` is the token that each switch makes for commands on its machine");
        return Err(CommandError::Usage(why));
    }
    Ok(())
}

impl List {
    fn execute(self) -> Outcome {
        let tokens = store(&self.config.load()?)?.tokens().map_err(failed)?;
        if self.json {
            print_json(&serde_json::json!({ "tokens": tokens }))?;
            return Ok(ExitCode::SUCCESS);
        }
        if tokens.is_empty() {
            println!("none");
        }
        let now_ms = Timestamp::now().as_millisecond();
        for token in &tokens {
            let of = token.customer.as_deref().unwrap_or("all customers");
            println!(
                "{} ({}; {of}): {}",
                token.name,
                token.scopes.join(" "),
                state(token, now_ms)
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn state(token: &ApiToken, now_ms: i64) -> String {
    let day = |ms: i64| {
        Timestamp::from_millisecond(ms).map_or_else(
            |_| ms.to_string(),
            |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        )
    };
    match (token.revoked_ms, token.expires_ms) {
        (Some(revoked), _) => format!("revoked {}", day(revoked)),
        (None, Some(expires)) if expires <= now_ms => format!("expired {}", day(expires)),
        (None, Some(expires)) => format!("in force until {}", day(expires)),
        (None, None) => "in force".to_owned(),
    }
}

impl Revoke {
    fn execute(self) -> Outcome {
        let store = store(&self.config.load()?)?;
        let now_ms = Timestamp::now().as_millisecond();
        if store.revoke_token(&self.name, now_ms, WHO).map_err(failed)? {
            println!("token {} is revoked", self.name);
            return Ok(ExitCode::SUCCESS);
        }
        let why = format!("there is no token {} that is not revoked", self.name);
        Err(CommandError::Usage(why))
    }
}
