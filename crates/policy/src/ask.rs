//! What a call asks the owners of shared state, and what they answer.
//!
//! A policy is pure and keeps nothing; what changes while calls run (which disaster plan is on, which agent is free) has
//! one owner each. A policy asks it by [`crate::Step::Ask`]; the answer is put among the facts and is recorded with them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::drs;

/// Something that may be known to the person who keyed it only: never shown, never written.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for whoever checks it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// A question of a policy, as the policy puts it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// Do number and password go together, and which plans can be switched with them (DRS-05)?
    Login {
        /// The customer's number for the line, as keyed.
        number: String,
    },
    /// Switch a plan of the customer that logged in (DRS-04, DRS-12).
    Switch {
        /// The customer.
        customer: String,
        /// Its plan.
        plan: String,
        /// On or off.
        on: bool,
    },
}

/// A question as it reaches the owner: with what the policy does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What is asked.
    pub ask: Ask,
    /// What was keyed in secret on this call, if anything.
    pub secret: Option<Secret>,
    /// Who asks: the caller's number, or "anonymous".
    pub who: String,
}

/// What an owner answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// To [`Ask::Login`]: they go together.
    LoggedIn {
        /// The customer.
        customer: String,
        /// Its plans, in the order of their keys.
        plans: Vec<drs::Choice>,
    },
    /// To [`Ask::Switch`]: every shard follows the plan, or none does any more.
    Switched {
        /// Whether it is on now.
        on: bool,
    },
    /// It is not done; why, for the record of the call.
    Refused {
        /// In plain English, without what was keyed.
        why: String,
    },
}
