//! The policy `direct`: dial one trunk, keep the called number, pass on what comes back.

use std::time::Duration;

use crate::facts::Facts;
use crate::step::{Cursor, Decision, Ended, RoutingPolicy};

/// Dials one trunk with the called number kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Direct {
    /// Trunk to dial.
    pub trunk: String,
    /// No-answer timer.
    pub ring: Duration,
}

impl RoutingPolicy for Direct {
    fn step(&self, _facts: &Facts, _cursor: Cursor, _ended: Option<Ended>) -> Decision {
        todo!()
    }
}
