//! Where a call would go, for the command line and for HTTP alike.

use jiff::Timestamp;
use pointsman_config::Config;
use pointsman_policy::explain::{Explanation, explain, parse_at};
use pointsman_policy::{Caller, Facts, Lines, number};
use schemars::JsonSchema;
use serde::Deserialize;

/// The call that is asked about.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainRequest {
    /// Caller's number; left out: withheld.
    pub from: Option<String>,
    /// Called number.
    pub to: String,
    /// When: "2026-11-24 10:05" in the tree's time zone, or RFC 3339; left out: now.
    pub at: Option<String>,
    /// How lines behave, such as "site:antwerp=busy".
    #[serde(default)]
    pub lines: Vec<String>,
    /// Trunk by which the call comes in.
    pub trunk: Option<String>,
}

/// Why a call cannot be explained.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExplainError {
    /// The called number is nobody's, or not one that may be asked about.
    #[error("{callee} is not configured: a caller gets 404; `numbers` in a customer file adds it")]
    NotConfigured {
        /// The number in its international form.
        callee: String,
    },
    /// A time, a line or a trunk that is none.
    #[error("{0}")]
    Wrong(String),
}

/// Explains a call at `now`, or when it says; `sees` tells whose numbers may be asked about.
///
/// # Errors
/// [`ExplainError`] says what to change.
pub fn explain_call(
    config: &Config,
    request: &ExplainRequest,
    now: Timestamp,
    sees: impl Fn(&str) -> bool,
) -> Result<Explanation, ExplainError> {
    let country = country(config, request.trunk.as_deref())?;
    let normalise = |raw: &str| number::normalise(raw, &country).unwrap_or_else(|| raw.to_owned());
    let callee = normalise(&request.to);
    let entry = config
        .routing
        .number(&callee)
        .filter(|entry| sees(&entry.customer));
    let Some(entry) = entry else {
        return Err(ExplainError::NotConfigured { callee });
    };
    let at = match &request.at {
        Some(text) => parse_at(text, entry.policy.zone().unwrap_or("UTC")).map_err(ExplainError::Wrong)?,
        None => now,
    };
    let mut lines = Lines::default();
    for line in &request.lines {
        lines.add(line).map_err(ExplainError::Wrong)?;
    }
    let facts = Facts {
        caller: Caller {
            number: request.from.as_deref().map(normalise),
            display: String::new(),
        },
        callee,
        trunk: request.trunk.clone().unwrap_or_default(),
        lines,
        ..Facts::arriving(at)
    };
    Ok(explain(&*entry.policy, &facts))
}

/// Country code of the trunk that is named, or the one that all trunks share.
fn country(config: &Config, trunk: Option<&str>) -> Result<String, ExplainError> {
    let trunks = &config.routing.trunks;
    let Some(name) = trunk else {
        return Ok(trunks
            .first()
            .map(|trunk| trunk.country.clone())
            .unwrap_or_default());
    };
    let found = config.routing.trunk(name).map(|trunk| trunk.country.clone());
    found.ok_or_else(|| {
        let known: Vec<&str> = trunks.iter().map(|trunk| trunk.name.as_str()).collect();
        ExplainError::Wrong(format!("there is no trunk {name}; known: {}", known.join(", ")))
    })
}
