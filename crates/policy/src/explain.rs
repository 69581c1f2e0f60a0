//! Why did (or would) a call go where it goes? For people and as JSON.

use serde::Serialize;

use crate::facts::Facts;
use crate::step::{RoutingPolicy, Trace};
use crate::walk::{Outcome, Walk};

/// The explanation of one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Caller, "anonymous" if withheld.
    pub from: String,
    /// Number dialled.
    pub to: String,
    /// Arrival, in the policy's zone.
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
    let _ = (policy, facts);
    todo!()
}

/// Explains a walk that was already made.
pub fn of_walk(policy: &dyn RoutingPolicy, facts: &Facts, walk: &Walk) -> Explanation {
    let _ = (policy, facts, walk);
    todo!()
}

/// The explanation as lines of text.
pub fn render(explanation: &Explanation) -> String {
    let _ = explanation;
    todo!()
}

/// Reads a time as `--at` takes it: "2026-11-24 10:05" in `zone`, or RFC 3339 with an offset.
///
/// # Errors
/// A sentence for the command line.
pub fn parse_at(text: &str, zone: &str) -> Result<jiff::Timestamp, String> {
    let _ = (text, zone);
    todo!()
}
