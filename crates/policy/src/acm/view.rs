//! What is told of agents and queues, and what may be asked of agents.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where an agent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgentState {
    /// Logged out.
    Offline,
    /// Free.
    Available,
    /// Promised to a caller; the phone is being dialled.
    Reserved,
    /// The phone rings.
    Ringing,
    /// In a call.
    Talking,
    /// Writing up the last call.
    WrapUp,
    /// Logged in, and not to be disturbed.
    Pause,
}

impl AgentState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Offline,
        Self::Available,
        Self::Reserved,
        Self::Ringing,
        Self::Talking,
        Self::WrapUp,
        Self::Pause,
    ];

    /// The word used in JSON and tables: "wrap_up".
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Available => "available",
            Self::Reserved => "reserved",
            Self::Ringing => "ringing",
            Self::Talking => "talking",
            Self::WrapUp => "wrap_up",
            Self::Pause => "pause",
        }
    }

    /// A call has the agent, or is about to.
    #[must_use]
    pub fn is_taken(self) -> bool {
        matches!(self, Self::Reserved | Self::Ringing | Self::Talking)
    }
}

/// What an agent, or its supervisor, asks for. While a call has the agent it takes effect afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// Calls, please.
    Available,
    /// No calls for now.
    Pause {
        /// Why: "lunch".
        reason: String,
    },
    /// Log out.
    Offline,
}

/// One agent, as a wallboard shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AgentView {
    /// The customer.
    pub customer: String,
    /// The agent's name.
    pub agent: String,
    /// Where it stands.
    pub state: AgentState,
    /// For how many milliseconds.
    pub for_ms: u64,
    /// Why it pauses: its own words, or "no answer".
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// What it asked for and gets after the call.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub afterwards: Option<Wish>,
    /// Its groups.
    pub groups: Vec<String>,
}

/// One queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QueueView {
    /// The customer.
    pub customer: String,
    /// The skill group.
    pub group: String,
    /// Callers that wait, those whose agent is being rung among them.
    pub waiting: usize,
    /// Milliseconds the one that came first has waited; 0 if nobody waits.
    pub longest_wait_ms: u64,
    /// Agents that are logged in.
    pub logged_in: usize,
    /// Agents that are free.
    pub available: usize,
    /// Agents in a call of any group.
    pub talking: usize,
    /// Agents in each state; a state that nobody is in is left out.
    pub agents: BTreeMap<AgentState, usize>,
}

/// All agents and queues, sorted by customer and name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Snapshot {
    /// Agents.
    pub agents: Vec<AgentView>,
    /// Queues.
    pub queues: Vec<QueueView>,
    /// Agents that were found in two calls, since the owner began; each time one of them lost it. Should be 0.
    pub conflicts: u64,
}
