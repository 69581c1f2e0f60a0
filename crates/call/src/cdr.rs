//! The call detail record: one per admitted call, with its legs and attempts inside.
//!
//! A `Cdr` is a plain value for the durable side; the live call keeps its own state and fills one of
//! these as it goes, so that the record of a call cut by a crash is as complete as the last commit.
//!
//! What is known when a call opens is told twice, then and at the end, so those texts are shared and not copied.

use std::borrow::Cow;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a call ended, in the words an operator reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Caller and callee talked.
    Answered,
    /// An announcement was played and nobody else answered.
    Announced,
    /// The policy refused the call.
    Rejected,
    /// The last attempt was busy (486, 600).
    Busy,
    /// The last attempt rang out.
    NoAnswer,
    /// The last attempt could not be reached.
    Unreachable,
    /// The last attempt met congestion.
    Congestion,
    /// The caller gave up before an answer.
    Abandoned,
    /// The switch or a peer failed in the middle.
    Failed,
    /// The process died while the call was up; closed at the next start.
    Interrupted,
}

impl Outcome {
    /// The word used in CDRs, metrics and tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Announced => "announced",
            Self::Rejected => "rejected",
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
            Self::Unreachable => "unreachable",
            Self::Congestion => "congestion",
            Self::Abandoned => "abandoned",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }

    /// Every outcome, in the order above (for metrics that must exist before they are counted).
    pub const ALL: [Self; 10] = [
        Self::Answered,
        Self::Announced,
        Self::Rejected,
        Self::Busy,
        Self::NoAnswer,
        Self::Unreachable,
        Self::Congestion,
        Self::Abandoned,
        Self::Failed,
        Self::Interrupted,
    ];
}

/// Who ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// BYE or CANCEL from the caller.
    Caller,
    /// BYE from the callee; of a call that we made, from the person called or the agent.
    Callee,
    /// The switch: the policy's end, a timer, a fault or a shutdown.
    Switch,
}

/// What made a call that nobody called us for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A campaign dialled one of its contacts.
    Campaign,
}

/// Which attempt of a campaign a call is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CampaignRecord {
    /// The campaign's name.
    pub name: String,
    /// The attempt, as the campaign's owner numbers them.
    pub attempt: u64,
    /// Which attempt to this number it is, from 1.
    pub nth: u32,
}

/// One node the routing policy passed, and why it went on from there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PathEntry {
    /// The node's name in its tree.
    pub node: String,
    /// The reason in plain English.
    pub why: String,
    /// Unix milliseconds of the decision; 0 in records of releases that did not keep it.
    #[serde(default)]
    pub at_ms: i64,
}

/// Outcome of an attempt that still rang when another target of the same step answered.
pub(crate) const ELSEWHERE: &str = "elsewhere";

/// One attempt to reach somebody: an outgoing INVITE.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attempt {
    /// What was dialled, e.g. `site:antwerp`.
    pub target: String,
    /// The trunk it went to.
    pub trunk: Arc<str>,
    /// Index into [`Cdr::legs`], when a leg was created.
    pub leg: Option<usize>,
    /// Unix milliseconds of the INVITE.
    pub started_ms: i64,
    /// Unix milliseconds of the first ringing or progress.
    pub ringing_ms: Option<i64>,
    /// Unix milliseconds of the answer.
    pub answered_ms: Option<i64>,
    /// Unix milliseconds of the end of the attempt.
    pub ended_ms: Option<i64>,
    /// `answered`, `busy`, `no_answer`, `unreachable`, `rejected`, `congestion`, `caller_gone`, or
    /// `elsewhere`: it still rang when another target of the same step answered.
    pub outcome: Option<Cow<'static, str>>,
    /// Final SIP status received, if any.
    pub status: Option<u16>,
    /// Q.850 cause received in a Reason header (RFC 3326), if any.
    pub cause: Option<u8>,
    /// Name of the agent that was rung for a skill group (ACM-12).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Arc<str>>,
}

/// One leg: a SIP dialog with one side, and what its media did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LegRecord {
    /// The leg's Call-ID.
    pub call_id: Arc<str>,
    /// `in` for the caller's leg, `out` for ours.
    pub direction: Cow<'static, str>,
    /// Signalling address of the peer.
    pub remote: Arc<str>,
    /// Codec of the leg's stream, once packets were seen.
    pub codec: Option<Cow<'static, str>>,
    /// RTP packets received from the peer.
    pub received: u64,
    /// RTP packets sent to the peer.
    pub sent: u64,
    /// RTP packets lost on the way to us.
    pub lost: u64,
    /// Interarrival jitter in microseconds (RFC 3550 6.4.1).
    pub jitter_us: u32,
}

/// What is known of one recording (REC-17..19).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordingRecord {
    /// Identifier, unique on this node.
    pub id: u64,
    /// The WAV file, relative to the recordings folder.
    pub path: String,
    /// Unix milliseconds of the first sample.
    pub started_ms: i64,
    /// Unix milliseconds of the end; `None` while it runs.
    pub ended_ms: Option<i64>,
    /// Samples written at 11,025 Hz.
    pub samples: u64,
    /// File size in bytes.
    pub bytes: u64,
    /// What went wrong, if something did (a full disk, for instance).
    pub error: Option<String>,
    /// Whose recording it is; empty for a number of the node itself.
    #[serde(default)]
    pub customer: Arc<str>,
    /// The number whose calls are recorded: the one dialled, or the one a diversion led to (REC-10, REC-17). `None` in
    /// records of releases that did not keep it.
    #[serde(default)]
    pub called: Option<Arc<str>>,
    /// The caller's number; `None` when withheld (REC-20).
    #[serde(default)]
    pub caller: Option<Arc<str>>,
    /// The agent who talked, if it was one (REC-21).
    #[serde(default)]
    pub agent: Option<Arc<str>>,
}

/// The call detail record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cdr {
    /// Identifier of the call, unique across restarts and sortable by time.
    pub id: Arc<str>,
    /// Unix milliseconds of the INVITE.
    pub started_ms: i64,
    /// Unix milliseconds of our 200 OK to the caller.
    pub answered_ms: Option<i64>,
    /// Unix milliseconds of the end; `None` while the call is up.
    pub ended_ms: Option<i64>,
    /// Caller in E.164 or as received; `None` when withheld.
    pub from: Option<Arc<str>>,
    /// Called number in E.164, or the literal user part.
    pub to: Arc<str>,
    /// Trunk the call came in by; empty for one that we made.
    pub trunk: Arc<str>,
    /// Customer the called number belongs to.
    pub customer: Arc<str>,
    /// Name of the routing policy.
    pub policy: Arc<str>,
    /// Content hash of the policy version that decided.
    pub policy_version: Arc<str>,
    /// Nodes passed, in order.
    pub path: Vec<PathEntry>,
    /// The last reason, or the one that decided the outcome.
    pub why: String,
    /// Attempts in order.
    pub attempts: Vec<Attempt>,
    /// Legs in order; the first is the caller's, or the one of the person whom a campaign called.
    pub legs: Vec<LegRecord>,
    /// How it ended; `None` while the call is up.
    pub outcome: Option<Outcome>,
    /// Who ended it.
    pub ended_by: Option<EndedBy>,
    /// Final status sent to the caller (200 for an answered call).
    pub status: Option<u16>,
    /// Q.850 cause of the end, if known.
    pub cause: Option<u8>,
    /// Recordings made.
    pub recordings: Vec<RecordingRecord>,
    /// Milliseconds between the answer and the end.
    pub talk_ms: i64,
    /// What made the call, if nobody called us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// Of which campaign it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<Box<CampaignRecord>>,
}
