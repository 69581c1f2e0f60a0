//! What a policy may know about a call.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::step::{Ended, Step};

/// Everything a decision may read; recorded with the call, so that it can be explained and replayed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Who calls.
    pub caller: Caller,
    /// Number dialled: E.164 or a literal user.
    pub callee: String,
    /// Trunk by which the call came.
    pub trunk: String,
    /// Arrival of the call; every step of one call reads this same instant.
    pub at: jiff::Timestamp,
    /// Random number drawn once per call, for splits.
    pub seed: u64,
    /// Headers of interest, in order.
    pub headers: Vec<(String, String)>,
    /// Line states forced (explain, simulate) or known.
    pub lines: Lines,
}

/// Who calls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// E.164 ("+32…") or a literal user; `None` is withheld or unknown.
    pub number: Option<String>,
    /// Display name, as received.
    pub display: String,
}

/// Line states by the label of a dial ("site:antwerp" → busy).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lines(pub BTreeMap<String, Ended>);

impl Lines {
    /// How `step` would end: a dial as its line says, answered when nothing is said; an announcement is played.
    pub fn outcome_of(&self, step: &Step) -> Ended {
        let _ = step;
        todo!()
    }

    /// Adds one "LABEL=OUTCOME", as in `--line site:antwerp=busy`.
    ///
    /// # Errors
    /// A sentence for the command line when there is no `=` or the outcome is unknown.
    pub fn add(&mut self, text: &str) -> Result<(), String> {
        let _ = text;
        todo!()
    }
}
