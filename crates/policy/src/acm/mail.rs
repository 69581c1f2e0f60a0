//! What shards and the owner tell each other. Every word may be lost, repeated or overtaken by another one.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::directory::AgentId;
use crate::step::{Ended, Target};

/// How often a shard with callers in queues, or with agents in calls, says so.
pub const BEAT: Duration = Duration::from_millis(250);

/// A shard of the node, or what stands for it after a crash: a number that was never used before.
pub type ShardId = u32;

/// A caller's turn in a queue: unique within its shard, and rising.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ticket(pub u64);

/// A reservation of an agent: unique, also over restarts of the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ReservationId(pub u64);

/// How far a call to an agent is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The INVITE is out.
    Dialling,
    /// The agent's phone rings.
    Ringing,
    /// Agent and caller talk.
    Talking,
}

/// A reservation that a call has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub reservation: ReservationId,
    /// The caller it was made for.
    pub ticket: Ticket,
    /// Of whom.
    pub agent: AgentId,
    /// The group it was made in.
    pub group: String,
    /// How far it is.
    pub phase: Phase,
}

/// A shard tells the owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// A caller wants to wait. Said again it changes nothing.
    Join {
        /// The caller's turn.
        ticket: Ticket,
        /// Beats the shard has made.
        beat: u64,
        /// Whose group.
        customer: String,
        /// Which one.
        group: String,
        /// The higher, the sooner.
        priority: u8,
        /// How long the caller has waited already.
        waited: Duration,
    },
    /// A caller does not wait any more.
    Leave {
        /// Its turn.
        ticket: Ticket,
        /// Beats the shard has made.
        beat: u64,
    },
    /// What became of an offer.
    Report {
        /// Which.
        reservation: ReservationId,
        /// What.
        report: Report,
        /// Beats the shard has made.
        beat: u64,
    },
    /// All there is.
    Alive {
        /// The how manyth, from 1.
        beat: u64,
        /// Callers that wait, those with an offer among them.
        waiting: Vec<Ticket>,
        /// Reservations.
        held: Vec<Held>,
    },
}

impl Word {
    /// Beats the shard has made: one with this number or a smaller one that comes later is out of date.
    #[must_use]
    pub fn beat(&self) -> u64 {
        match self {
            Self::Join { beat, .. }
            | Self::Leave { beat, .. }
            | Self::Report { beat, .. }
            | Self::Alive { beat, .. } => *beat,
        }
    }
}

/// What became of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// The agent's phone rings.
    Ringing,
    /// The agent answered.
    Answered,
    /// We could not dial: no port, no such trunk. That is not the agent's doing; the caller waits on.
    NotDialled,
    /// The agent did not, for this reason; the caller waits on.
    Failed(Ended),
    /// Caller and agent have parted; or the offer was not wanted any more when it came.
    Over,
}

/// An agent for a caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// To be named in reports.
    pub reservation: ReservationId,
    /// Who.
    pub agent: AgentId,
    /// Where.
    pub contact: Target,
    /// How long to ring.
    pub ring: Duration,
    /// Void once the shard has made so many beats.
    pub before: u64,
}

/// Why a caller cannot wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// As many wait as may.
    Full,
    /// No agent of the group is logged in, or there is no such group.
    NobodyLoggedIn,
}

/// The owner tells a shard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// A caller's place, from 1.
    Waiting {
        /// Its turn.
        ticket: Ticket,
        /// Its place.
        position: u32,
    },
    /// A caller cannot wait.
    Refused {
        /// Its turn.
        ticket: Ticket,
        /// Why.
        why: Refusal,
    },
    /// Ring this agent for this caller.
    Offer {
        /// Its turn.
        ticket: Ticket,
        /// Whom.
        offer: Offer,
    },
    /// A beat was heard.
    Heard {
        /// Which one.
        beat: u64,
        /// The places of callers that wait.
        positions: Vec<(Ticket, u32)>,
        /// Callers nobody knows of here: they have to join again.
        unknown: Vec<Ticket>,
    },
    /// The agent is in another call: this one has lost it.
    Withdrawn {
        /// The reservation that counts no more.
        reservation: ReservationId,
    },
}
