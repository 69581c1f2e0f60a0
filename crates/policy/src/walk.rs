//! A whole call on paper: the same steps as the live call, the outside world played by a closure.

use serde::Serialize;

use crate::facts::Facts;
use crate::step::{Decision, Ended, RoutingPolicy, Step};

/// All decisions of one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Walk {
    /// In order.
    pub decisions: Vec<Decision>,
    /// How each step but the last one ended.
    pub ended: Vec<Ended>,
    /// What became of the call.
    pub outcome: Outcome,
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A dial was answered; the label is given.
    Answered(String),
    /// An announcement was played to the answered caller.
    Announced(String),
    /// Refused with this status.
    Rejected(u16),
    /// The outcome of the last attempt was passed on.
    PassedOn(Ended),
    /// The caller gave up.
    CallerGone,
    /// Nobody answered the call: an incomplete tree. Never happens to a checked one.
    Lost(String),
}

/// Walks a call through `policy`; `outcome_of` says how each step ends.
pub fn walk(policy: &dyn RoutingPolicy, facts: &Facts, outcome_of: impl FnMut(&Step) -> Ended) -> Walk {
    let _ = (policy, facts, outcome_of);
    todo!()
}
