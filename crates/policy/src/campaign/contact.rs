//! One number of a campaign.
//!
//! | stage | attempt written | progress | busy, no answer: times left | ended otherwise | not dialled | process died |
//! |---|---|---|---|---|---|---|
//! | waiting | saving | – | – | – | – | waiting |
//! | saving | dialling | – | – | – | waiting | over: interrupted |
//! | dialling | – | answered | waiting | over | waiting | over: interrupted |
//! | answered | – | heard, key, agent | – | over | – | over: interrupted |
//! | heard | – | key, agent | – | over | – | over: interrupted |
//! | key | – | agent | – | over | – | over: interrupted |
//! | agent | – | – | – | over | – | over: interrupted |
//! | over | – | – | – | – | – | over |
//!
//! Who waits and stands on a Do Not Call list is `do_not_call`, and waits again when taken off it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::owner::AttemptId;
use super::plan::Plan;

/// What happens during an attempt, as the call tells it; later ones are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// The person answered; the message begins.
    Answered,
    /// The message was played to its end.
    Heard,
    /// A key was pressed.
    Key,
    /// An agent answered.
    Agent,
    /// It is over.
    Ended(AttemptEnd),
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptEnd {
    /// The person talked with an agent.
    Agent,
    /// A key was pressed and no agent could be reached.
    Key,
    /// The message was heard to its end.
    Heard,
    /// Answered, and over before the end of the message.
    Answered,
    /// The line was busy.
    Busy,
    /// Nobody took the call.
    NoAnswer,
    /// There is nobody at this number.
    Unreachable,
    /// The call was refused.
    Rejected,
    /// The network had no room.
    Congestion,
    /// The switch or a peer failed in the middle.
    Failed,
    /// The process died before the attempt had an end: nobody knows how far it came.
    Interrupted,
    /// No INVITE left: the switch takes no calls now, or the campaign was paused. Counts as no attempt.
    NotDialled,
}

impl AttemptEnd {
    /// Every end, in the order above.
    pub const ALL: [Self; 12] = [
        Self::Agent,
        Self::Key,
        Self::Heard,
        Self::Answered,
        Self::Busy,
        Self::NoAnswer,
        Self::Unreachable,
        Self::Rejected,
        Self::Congestion,
        Self::Failed,
        Self::Interrupted,
        Self::NotDialled,
    ];

    /// The word in reports and tables: "no_answer".
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Key => "key",
            Self::Heard => "heard",
            Self::Answered => "answered",
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
            Self::Unreachable => "unreachable",
            Self::Rejected => "rejected",
            Self::Congestion => "congestion",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::NotDialled => "not_dialled",
        }
    }

    /// The end of that word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|end| end.as_str() == word)
    }
}

/// Where a contact stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// To be called, at this time at the earliest.
    Waiting(Timestamp),
    /// The attempt is being written down.
    Saving(AttemptId),
    /// The INVITE left.
    Dialling(AttemptId),
    /// The message plays.
    Answered(AttemptId),
    /// The message was heard; a key may come.
    Heard(AttemptId),
    /// A key was pressed; an agent is rung.
    Key(AttemptId),
    /// Talks with an agent.
    Agent(AttemptId),
    /// Stands on a Do Not Call list: not called. It would be due then.
    DoNotCall(Timestamp),
    /// Nothing more is done.
    Over(AttemptEnd),
}

impl Stage {
    /// The word in reports: "waiting".
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting(_) => "waiting",
            Self::Saving(_) | Self::Dialling(_) => "dialling",
            Self::Answered(_) => "listening",
            Self::Heard(_) => "heard",
            Self::Key(_) => "key",
            Self::Agent(_) => "with_agent",
            Self::DoNotCall(_) => "do_not_call",
            Self::Over(end) => end.as_str(),
        }
    }

    /// The attempt under way.
    #[must_use]
    pub fn attempt(self) -> Option<AttemptId> {
        match self {
            Self::Saving(id)
            | Self::Dialling(id)
            | Self::Answered(id)
            | Self::Heard(id)
            | Self::Key(id)
            | Self::Agent(id) => Some(id),
            Self::Waiting(_) | Self::DoNotCall(_) | Self::Over(_) => None,
        }
    }
}

/// One number of a campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// E.164.
    pub number: String,
    /// Where it stands.
    pub stage: Stage,
    /// Attempts made.
    pub attempts: u32,
    /// Those of them that met a busy line.
    pub busy: u32,
    /// Those of them that nobody took.
    pub no_answer: u32,
}

/// How long until a contact that could not be dialled is tried: the switch is starting, ending or overloaded.
const AGAIN: SignedDuration = SignedDuration::from_secs(10);

impl Contact {
    pub(super) fn new(number: String, from: Timestamp) -> Self {
        Self {
            number,
            stage: Stage::Waiting(from),
            attempts: 0,
            busy: 0,
            no_answer: 0,
        }
    }

    /// A call tells how far it is.
    pub(super) fn progressed(&mut self, progress: Progress) {
        self.stage = match (self.stage, progress) {
            (Stage::Dialling(id), Progress::Answered) => Stage::Answered(id),
            (Stage::Answered(id), Progress::Heard) => Stage::Heard(id),
            (Stage::Answered(id) | Stage::Heard(id), Progress::Key) => Stage::Key(id),
            (Stage::Answered(id) | Stage::Heard(id) | Stage::Key(id), Progress::Agent) => Stage::Agent(id),
            (stage, _) => stage,
        };
    }

    /// Its attempt is over: again later, or never.
    pub(super) fn ended(&mut self, now: Timestamp, end: AttemptEnd, plan: Option<&Plan>) {
        let retry = |made: u32, retry: Option<super::Retry>| {
            retry
                .filter(|retry| made <= retry.times)
                .map(|retry| now.saturating_add(retry.after).unwrap_or(Timestamp::MAX))
        };
        if end != AttemptEnd::NotDialled {
            self.attempts += 1;
        }
        let again = match end {
            AttemptEnd::Busy => {
                self.busy += 1;
                retry(self.busy, plan.map(|plan| plan.busy))
            }
            AttemptEnd::NoAnswer => {
                self.no_answer += 1;
                retry(self.no_answer, plan.map(|plan| plan.no_answer))
            }
            AttemptEnd::NotDialled => Some(now.saturating_add(AGAIN).unwrap_or(Timestamp::MAX)),
            _ => None,
        };
        self.stage = again.map_or(Stage::Over(end), Stage::Waiting);
    }
}
