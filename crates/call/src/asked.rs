//! A question on its way from a call to an owner.

use std::sync::Arc;

use pointsman_policy::Question;
use serde::{Deserialize, Serialize};

use crate::core::CallKey;

/// Which call asked, and which of its questions it was; a stale one is harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CallRef {
    pub(crate) slot: u32,
    pub(crate) generation: u32,
    pub(crate) asked: u32,
}

impl CallRef {
    pub(crate) fn key(self) -> CallKey {
        CallKey {
            slot: self.slot,
            generation: self.generation,
        }
    }
}

/// A question of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// To be named with the answer ([`crate::Shard::handle_answer`]).
    pub call: CallRef,
    /// The call's identifier, for records.
    pub id: Arc<str>,
    /// What is asked.
    pub question: Question,
}
