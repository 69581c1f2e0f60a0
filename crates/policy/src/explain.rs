//! Why did (or would) a call go where it goes? For people and as JSON.

use std::fmt::Write;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use schemars::JsonSchema;
use serde::Serialize;

use crate::facts::Facts;
use crate::step::{RoutingPolicy, Trace};
use crate::walk::{Outcome, Walk, walk};

/// Nodes of a path that are shown; more than that is a call that goes round.
const SHOWN: usize = 60;

/// The explanation of one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Explanation {
    /// Caller, "anonymous" if withheld.
    pub from: String,
    /// Number dialled.
    pub to: String,
    /// Arrival in the policy's zone: "2026-11-24 10:05 Europe/Brussels".
    pub at: String,
    /// Content hash of the policy.
    pub version: String,
    /// Every node passed.
    pub path: Vec<Trace>,
    /// What became of the call.
    pub outcome: Outcome,
}

/// Walks the call with the outcomes of `facts.lines` and explains it.
pub fn explain(policy: &dyn RoutingPolicy, facts: &Facts) -> Explanation {
    of_walk(
        policy,
        facts,
        &walk(policy, facts, |step| facts.lines.outcome_of(step)),
    )
}

/// Explains a walk that was already made.
pub fn of_walk(policy: &dyn RoutingPolicy, facts: &Facts, walk: &Walk) -> Explanation {
    let name = policy.zone().unwrap_or("UTC");
    let local = TimeZone::get(name).unwrap_or(TimeZone::UTC).to_datetime(facts.at);
    Explanation {
        from: facts.caller.number.clone().unwrap_or_else(|| "anonymous".into()),
        to: facts.callee.clone(),
        at: format!("{} {name}", local.strftime("%Y-%m-%d %H:%M")),
        version: policy.version().to_owned(),
        path: walk
            .decisions
            .iter()
            .flat_map(|decision| decision.trace.iter().cloned())
            .collect(),
        outcome: walk.outcome.clone(),
    }
}

/// The explanation as lines of text: the call, one line per node, and what became of the call.
pub fn render(explanation: &Explanation) -> String {
    let Explanation {
        from,
        to,
        at,
        version,
        path,
        outcome,
    } = explanation;
    let mut text = format!("{from} calls {to} at {at}");
    if !version.is_empty() {
        text.push_str(&format!(" (policy version {version})"));
    }
    text.push('\n');
    let width = path
        .iter()
        .take(SHOWN)
        .map(|trace| trace.node.chars().count())
        .max()
        .unwrap_or(0);
    for Trace { node, why } in path.iter().take(SHOWN) {
        line(&mut text, format_args!("  {node:width$}  {why}"));
    }
    if path.len() > SHOWN {
        line(
            &mut text,
            format_args!("  … and {} nodes more", path.len() - SHOWN),
        );
    }
    line(&mut text, format_args!("=> {}", sentence(outcome)));
    text
}

fn line(text: &mut String, words: std::fmt::Arguments<'_>) {
    writeln!(text, "{words}").expect("a String takes everything");
}

/// What became of a call, in words: "answered by site:antwerp".
pub fn sentence(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Answered(label) => format!("answered by {label}"),
        Outcome::Announced(prompt) => format!("the caller heard announcement {prompt}"),
        Outcome::Rejected(status) => format!("refused with status {status}"),
        Outcome::PassedOn(ended) => format!("not answered; the caller is told: {ended}"),
        Outcome::CallerGone => "the caller gave up".into(),
        Outcome::Lost(why) => format!("LOST: nobody answers this call ({why})"),
    }
}

/// Reads a time as `--at` takes it: "2026-11-24 10:05" in `zone`, or RFC 3339 with an offset.
///
/// A local time that the clock shows twice is taken the first time; one that it skips is moved on by the gap.
///
/// # Errors
/// A sentence for the command line.
pub fn parse_at(text: &str, zone: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    if text.contains('[')
        && let Ok(zoned) = text.parse::<Zoned>()
    {
        return Ok(zoned.timestamp());
    }
    let local: DateTime = text.parse().map_err(|_| {
        format!("'{text}' is not a time; write \"2026-11-24 10:05\" or \"2026-11-24T10:05+01:00\"")
    })?;
    let found = TimeZone::get(zone).map_err(|_| format!("there is no time zone '{zone}'"))?;
    found
        .to_timestamp(local)
        .map_err(|_| format!("'{text}' is too far away"))
}
