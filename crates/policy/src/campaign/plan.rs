//! What a customer programmed: whom to call, how fast, when, and how often again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::schedule::Schedule;

/// A campaign by its customer and its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CampaignId {
    /// The customer.
    pub customer: String,
    /// The campaign's name, unique for the customer.
    pub name: String,
}

impl CampaignId {
    /// A campaign of a customer.
    pub fn new(customer: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            customer: customer.into(),
            name: name.into(),
        }
    }
}

impl fmt::Display for CampaignId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.customer, self.name)
    }
}

/// Attempts after the first one, for one outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Retry {
    /// How many more attempts there may be.
    pub times: u32,
    /// How long after the end of the last one.
    pub after: Duration,
}

/// How fast a campaign dials (OUT-13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Pacing {
    /// Calls at a time.
    pub concurrent: u32,
    /// Time between two starts.
    pub gap: Duration,
}

/// Who accepted how the message sounds, and when: the customer alone answers for that (OUT-07).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Acceptance {
    /// Who, in the customer's words.
    pub by: String,
    /// On which day, in the customer's zone.
    pub on: Date,
}

/// A programmed campaign, as its owner needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Which.
    pub id: CampaignId,
    /// Whom to call, E.164, in this order, nobody twice (OUT-08).
    pub contacts: Vec<String>,
    /// Who does not want to be called, E.164; wins over [`Self::contacts`].
    pub do_not_call: BTreeSet<String>,
    /// Who accepted the message.
    pub accepted: Acceptance,
    /// When it begins by itself and when it may dial.
    pub schedule: Schedule,
    /// How fast.
    pub pacing: Pacing,
    /// After a busy line (OUT-16).
    pub busy: Retry,
    /// After a call that nobody took (OUT-15).
    pub no_answer: Retry,
}

/// Every programmed campaign of a node; comes from the configuration.
pub type Directory = BTreeMap<CampaignId, Arc<Plan>>;
