//! What became of every INVITE since the start: nothing may be missing between the two sides (DRS-10).

use pointsman_call::Outcome;
use schemars::JsonSchema;
use serde::Serialize;

/// `received = answered + announced + rejected + targets_failed + abandoned + failed + shed + in_progress`, at any
/// moment. The left side is counted where requests come in, the right side where calls and refusals are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Account {
    /// INVITEs outside of dialogs, each once however often it was repeated. Those that a ban dropped unread, and those
    /// that nobody can read (400), are not among them.
    pub(crate) received: u64,
    /// People talked.
    pub(crate) answered: u64,
    /// An announcement was played and nobody else answered.
    pub(crate) announced: u64,
    /// The policy, or the last target, refused.
    pub(crate) rejected: u64,
    /// The last target was busy, did not answer, could not be reached, or had no line.
    pub(crate) targets_failed: u64,
    /// The caller gave up.
    pub(crate) abandoned: u64,
    /// The switch or a peer failed in the middle.
    pub(crate) failed: u64,
    /// Refused before they became calls.
    pub(crate) shed: u64,
    /// Calls that are not over.
    pub(crate) in_progress: u64,
}

impl Account {
    /// A call was admitted.
    pub(crate) fn opened(&mut self) {
        self.in_progress += 1;
    }

    /// A call is over.
    pub(crate) fn closed(&mut self, outcome: Outcome) {
        self.in_progress = self.in_progress.saturating_sub(1);
        let column = match outcome {
            Outcome::Answered => &mut self.answered,
            Outcome::Announced => &mut self.announced,
            Outcome::Rejected => &mut self.rejected,
            Outcome::Busy | Outcome::NoAnswer | Outcome::Unreachable | Outcome::Congestion => {
                &mut self.targets_failed
            }
            Outcome::Abandoned => &mut self.abandoned,
            Outcome::Failed | Outcome::Interrupted => &mut self.failed,
        };
        *column += 1;
    }

    /// An INVITE did not become a call.
    pub(crate) fn shed(&mut self) {
        self.shed += 1;
    }
}
