//! Talking to a running switch over HTTP.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use pointsman_config::{Disk, http_address};
use pointsman_node::local_token;
use serde_json::Value;
use ureq::{Agent, RequestBuilder};

use super::{CommandError, ConfigPath, Outcome, print_json};

/// Which running switch is meant.
#[derive(Debug, clap::Args)]
pub(crate) struct Switch {
    #[command(flatten)]
    config: ConfigPath,
    /// HTTP address of the switch; otherwise the one in its configuration.
    #[arg(long, value_name = "ADDRESS")]
    http: Option<SocketAddr>,
    /// File with a token; otherwise it is in POINTSMAN_TOKEN, or the switch on this machine left one in its data folder.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

/// A question to a running switch.
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {
    #[command(flatten)]
    switch: Switch,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl Asked {
    /// Shows the list of that name in the answer at `path`, a line for each item, or as JSON.
    pub(crate) fn show(self, path: &str, list: &str, line: impl Fn(&Value) -> String) -> Outcome {
        let answer = good(self.switch.get(path)?)?;
        if self.json {
            print_json(&answer[list])?;
            return Ok(ExitCode::SUCCESS);
        }
        let rows = answer[list].as_array().map_or(&[][..], Vec::as_slice);
        if rows.is_empty() {
            println!("none");
        }
        for row in rows {
            println!("{}", line(row));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The answer, unless it is a problem.
pub(crate) fn good((is_good, answer): (bool, Value)) -> Result<Value, CommandError> {
    if is_good {
        Ok(answer)
    } else {
        Err(CommandError::Failed(word(&answer["detail"])))
    }
}

/// A value for people: text without its quotes.
pub(crate) fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The path below `/v1` with these segments; a name stays one segment, whatever somebody typed.
pub(crate) fn path(segments: &[&str]) -> String {
    let mut path = "/v1".to_owned();
    for segment in segments {
        path.push('/');
        path.extend(utf8_percent_encode(segment, NOT_IN_A_SEGMENT));
    }
    path
}

/// What is escaped: the dot too, for `..` leads elsewhere.
const NOT_IN_A_SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'~');

/// Where to ask, and what to show there.
struct Door {
    url: String,
    token: Option<String>,
}

impl Switch {
    fn door(&self, path: &str) -> Result<Door, CommandError> {
        let address = match self.http {
            Some(address) => address,
            None => self.configured()?.ok_or_else(|| {
                CommandError::Usage(format!(
                    "{} has no http address; add one, or name it with --http",
                    self.config.config.display()
                ))
            })?,
        };
        Ok(Door {
            url: format!("http://{address}{path}"),
            token: self.token(address)?,
        })
    }

    fn token(&self, address: SocketAddr) -> Result<Option<String>, CommandError> {
        if let Some(path) = &self.token_file {
            let read = std::fs::read_to_string(path);
            let text = read.map_err(|error| CommandError::Usage(format!("{}: {error}", path.display())))?;
            return Ok(Some(text.trim().to_owned()));
        }
        if let Ok(token) = std::env::var("POINTSMAN_TOKEN") {
            return Ok(Some(token.trim().to_owned()));
        }
        // The machine's token is for this machine alone.
        if !address.ip().is_loopback() && !address.ip().is_unspecified() {
            return Ok(None);
        }
        let left = self
            .config
            .load()
            .ok()
            .map(|config| local_token(&config.node.data));
        let text = left.and_then(|path| std::fs::read_to_string(path).ok());
        Ok(text.map(|text| text.trim().to_owned()))
    }

    /// The address in the configuration, also in one that the switch would refuse: then it runs with an older one.
    fn configured(&self) -> Result<Option<SocketAddr>, CommandError> {
        let path = &self.config.config;
        self.config
            .load()
            .map(|config| config.node.http)
            .or_else(|error| {
                let found = http_address(path, &Disk).ok_or(error)?;
                eprintln!(
                    "note: {0} has mistakes, see `pointsman check {0}`",
                    path.display()
                );
                Ok(Some(found))
            })
    }

    /// The JSON at `path`, and whether it is what was asked for rather than a problem.
    pub(crate) fn get(&self, path: &str) -> Result<(bool, Value), CommandError> {
        let door = self.door(path)?;
        door.answered(door.shown(agent().get(&door.url)).call())
    }

    /// The JSON answer to an order, and whether it was carried out.
    pub(crate) fn post(&self, path: &str) -> Result<(bool, Value), CommandError> {
        let door = self.door(path)?;
        door.answered(door.shown(agent().post(&door.url)).send_empty())
    }

    /// The same for a setting at `path`.
    pub(crate) fn put(&self, path: &str, body: &Value) -> Result<(bool, Value), CommandError> {
        let door = self.door(path)?;
        door.answered(door.shown(agent().put(&door.url)).send_json(body))
    }
}

fn agent() -> Agent {
    Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(30)))
        .http_status_as_error(false)
        .build()
        .new_agent()
}

type Answer = Result<ureq::http::Response<ureq::Body>, ureq::Error>;

impl Door {
    fn shown<B>(&self, request: RequestBuilder<B>) -> RequestBuilder<B> {
        match &self.token {
            Some(token) => request.header("Authorization", format!("Bearer {token}")),
            None => request,
        }
    }

    fn answered(&self, answer: Answer) -> Result<(bool, Value), CommandError> {
        let unreachable = |error: ureq::Error| {
            CommandError::Failed(format!(
                "no switch answers at {}: {error}; is it running? is the http address right?",
                self.url
            ))
        };
        let mut answer = answer.map_err(unreachable)?;
        let good = answer.status().is_success();
        let refused = matches!(answer.status().as_u16(), 401 | 403);
        let value: Value = answer.body_mut().read_json().map_err(unreachable)?;
        if refused {
            let why = value["detail"].as_str().unwrap_or("it wants a token");
            return Err(CommandError::Failed(format!(
                "the switch refused: {why}; --token-file or POINTSMAN_TOKEN names one"
            )));
        }
        Ok((good, value))
    }
}
