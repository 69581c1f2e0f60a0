//! Talking to a running switch over HTTP.

use std::net::SocketAddr;
use std::time::Duration;

use pointsman_config::{Disk, http_address};
use serde_json::Value;
use ureq::Agent;

use super::{CommandError, ConfigPath};

/// Which running switch is meant.
#[derive(Debug, clap::Args)]
pub(crate) struct Switch {
    #[command(flatten)]
    config: ConfigPath,
    /// HTTP address of the switch; otherwise the one in its configuration.
    #[arg(long, value_name = "ADDRESS")]
    http: Option<SocketAddr>,
}

impl Switch {
    fn url(&self, path: &str) -> Result<String, CommandError> {
        let address = match self.http {
            Some(address) => address,
            None => self.configured()?.ok_or_else(|| {
                CommandError::Usage(format!(
                    "{} has no http address; add one, or name it with --http",
                    self.config.config.display()
                ))
            })?,
        };
        Ok(format!("http://{address}{path}"))
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
        let url = self.url(path)?;
        answered(&url, agent().get(&url).call())
    }

    /// The JSON answer to an order, and whether it was carried out.
    pub(crate) fn post(&self, path: &str) -> Result<(bool, Value), CommandError> {
        let url = self.url(path)?;
        answered(&url, agent().post(&url).send_empty())
    }

    /// The same for a setting at `path`.
    pub(crate) fn put(&self, path: &str, body: &Value) -> Result<(bool, Value), CommandError> {
        let url = self.url(path)?;
        answered(&url, agent().put(&url).send_json(body))
    }
}

fn agent() -> Agent {
    Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(30)))
        .http_status_as_error(false)
        .build()
        .new_agent()
}

fn answered(
    url: &str,
    answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> Result<(bool, Value), CommandError> {
    let unreachable = |error: ureq::Error| {
        CommandError::Failed(format!(
            "no switch answers at {url}: {error}; is it running? is the http address right?"
        ))
    };
    let mut answer = answer.map_err(unreachable)?;
    let good = answer.status().is_success();
    let value = answer.body_mut().read_json().map_err(unreachable)?;
    Ok((good, value))
}
