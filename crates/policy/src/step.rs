//! The trait every policy implements, and what a policy can ask the call to do.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ask::Ask;
use crate::facts::Facts;

/// Decides, one step at a time, what happens to a call (requirement TRM-09).
///
/// A policy is pure: it reads only its arguments and itself. The live call, `explain`, tests and replay all use this
/// one method.
pub trait RoutingPolicy: Send + Sync {
    /// The next step of a call.
    ///
    /// * A new call: `cursor` is [`Cursor::start`], `ended` is `None`.
    /// * Afterwards: `cursor` is the one of the last decision and `ended` says how its step ended. A [`Step::Dial`] ends
    ///   once, after all its targets have been tried; it ends `Answered` only when an answered conversation is over and
    ///   the caller is still there. `Reject`, `PassOn` and `End` are final: they are not asked about again.
    /// * `cursor` set and `ended` `None`: the step at the cursor is asked for again (after a restart, in a replay).
    ///
    /// `step` never reads [`Facts::lines`]: outcomes reach it as `ended` only. `lines` is read by whoever *plays* the
    /// outside world, such as [`crate::explain`].
    fn step(&self, facts: &Facts, cursor: Cursor, ended: Option<Ended>) -> Decision;

    /// Content hash of this policy version (16 hex digits), or "" for policies without content.
    fn version(&self) -> &str {
        ""
    }

    /// Name of the time zone in which the policy reads the clock, for showing and entering times.
    fn zone(&self) -> Option<&str> {
        None
    }
}

/// Place in a policy; small, serialisable, kept by the call. `None` is the start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cursor(pub Option<String>);

impl Cursor {
    /// The place where every call begins.
    pub fn start() -> Self {
        Self(None)
    }

    /// The named place.
    pub fn at(name: impl Into<String>) -> Self {
        Self(Some(name.into()))
    }
}

/// What a policy answered, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// What the call does now.
    pub step: Step,
    /// Where the policy is; handed back with the next question.
    pub cursor: Cursor,
    /// One entry per node passed, in order; the last one is the node that asked for `step`.
    pub trace: Vec<Trace>,
}

impl Decision {
    /// A decision of a policy with one node: `step` is taken at `node`, for this reason.
    pub fn at(node: &str, step: Step, why: impl Into<String>) -> Self {
        Self {
            step,
            cursor: Cursor::at(node),
            trace: vec![Trace {
                node: node.to_owned(),
                why: why.into(),
            }],
        }
    }
}

/// One node that a call passed, and what it read there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trace {
    /// Name of the node.
    pub node: String,
    /// Plain English, naming the fact read: "caller +32475112233 is on list vip".
    pub why: String,
}

/// What the call does next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Ring somebody; ends with any [`Ended`] but `Played`.
    Dial(Dial),
    /// Play an announcement to the caller; ends `Played` or `CallerGone`.
    Play(Play),
    /// Let the caller key something, answering the call first; ends `Keyed`, `NoKeys` or `CallerGone`.
    Collect(Collect),
    /// Ask an owner; ends `Told` with the answer in [`Facts::told`], `Unreachable` when none comes, or `CallerGone`.
    Ask {
        /// Under which name the answer is found.
        name: String,
        /// The question.
        ask: Ask,
    },
    /// Wait for an agent of a skill group; ends `Answered` when agent and caller have talked and the caller is still
    /// there, `NoAnswer` after the longest wait, `Congestion` when the queue is full, `Unreachable` when no agent is
    /// logged in, `Keyed` with the key that leaves, or `CallerGone`.
    Queue(Queue),
    /// Refuse the call; if it was already answered, hang up with this cause.
    Reject {
        /// SIP status, 400 to 699.
        status: u16,
        /// Q.850 cause for the Reason header, 1 to 127.
        cause: Option<u8>,
        /// Reason phrase.
        reason: String,
    },
    /// Answer the caller with the status, reason and cause of the last attempt, as if no switch were in between.
    PassOn,
    /// Hang up normally after an answered dial or an answered announcement.
    End,
}

/// Reason phrase of a call that an incomplete tree loses.
const LOST: &str = "No answer in the routing tree";

impl Step {
    /// What a policy says when it has no answer: 500 with Q.850 cause 41. A checked tree never says it.
    pub fn lost() -> Self {
        Self::Reject {
            status: 500,
            cause: Some(41),
            reason: LOST.into(),
        }
    }

    /// Is this [`Step::lost`]?
    pub fn is_lost(&self) -> bool {
        matches!(self, Self::Reject { status: 500, reason, .. } if reason == LOST)
    }

    /// Is the policy done with the call?
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Reject { .. } | Self::PassOn | Self::End)
    }
}

/// A dial step: targets are hunted in order, or rung all at once (TRM-07).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dial {
    /// Whom to try, until one answers.
    pub targets: Vec<Target>,
    /// `false`: one after the other; the step ends as the last one did. `true`: together, [`AT_ONCE_MAX`] at a time; the
    /// first to answer has the call, and if none does the step ends as the one that came nearest to a person
    /// ([`Ended::nearness`]).
    pub at_once: bool,
    /// No-answer timer of each target.
    pub ring: Duration,
    /// Name of what is dialled, such as "site:antwerp"; the key in [`crate::Lines`].
    pub label: String,
}

impl Dial {
    /// Rings `targets` in order, each for `ring`.
    pub fn new(label: impl Into<String>, targets: Vec<Target>, ring: Duration) -> Self {
        Self {
            targets,
            at_once: false,
            ring,
            label: label.into(),
        }
    }

    /// The same, all of them at once.
    #[must_use]
    pub fn all_at_once(self) -> Self {
        Self {
            at_once: true,
            ..self
        }
    }
}

/// Most targets of one dial that ring at the same time; each takes an RTP port and a leg.
pub const AT_ONCE_MAX: usize = 10;

/// One thing to dial. Trunk names are resolved by the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A site of the customer.
    Site {
        /// Name of the site.
        site: String,
        /// Trunk that leads to it.
        trunk: String,
        /// User part to dial there.
        user: String,
    },
    /// A trunk, with the number kept or replaced.
    Trunk {
        /// Name of the trunk.
        trunk: String,
        /// User part to dial; `None` keeps the number the caller dialled.
        user: Option<String>,
    },
    /// Any number, fixed or mobile, through a trunk.
    Number {
        /// The number, E.164.
        number: String,
        /// Trunk to leave by.
        trunk: String,
    },
}

impl Target {
    /// A number through a trunk.
    pub fn number(number: impl Into<String>, trunk: impl Into<String>) -> Self {
        Self::Number {
            number: number.into(),
            trunk: trunk.into(),
        }
    }

    /// "site:antwerp", "trunk:pstn" or "number:+32475000001".
    pub fn label(&self) -> String {
        match self {
            Self::Site { site, .. } => format!("site:{site}"),
            Self::Trunk { trunk, .. } => format!("trunk:{trunk}"),
            Self::Number { number, .. } => format!("number:{number}"),
        }
    }

    /// The trunk by which the call leaves.
    pub fn trunk(&self) -> &str {
        match self {
            Self::Site { trunk, .. } | Self::Trunk { trunk, .. } | Self::Number { trunk, .. } => trunk,
        }
    }
}

/// An announcement step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Play {
    /// Name of the announcement.
    pub prompt: String,
    /// `true`: 200 OK first. `false`: early media (183), the call is still unanswered afterwards.
    pub answer: bool,
    /// How many times, at least 1.
    pub repeat: u32,
}

/// A step in which the caller keys something (DTMF: RFC 4733 or INFO).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Collect {
    /// Announcements to play first, one after the other; the first key ends them.
    pub prompts: Vec<String>,
    /// Under which name the keys are found in [`Facts::keyed`].
    pub name: String,
    /// So many keys are enough, at least 1.
    pub most: u8,
    /// This key ends the input and is not part of it.
    pub end: Option<char>,
    /// How long the caller may wait after the announcements before the first key.
    pub first: Duration,
    /// How long the caller may wait between two keys; what is there counts then.
    pub between: Duration,
    /// The keys go to the next [`Step::Ask`] only, and nowhere else.
    pub secret: bool,
}

impl Collect {
    /// Up to `most` keys, ended by `#`: ten seconds for the first, five between two.
    pub fn new(name: impl Into<String>, prompts: Vec<String>, most: u8) -> Self {
        Self {
            prompts,
            name: name.into(),
            most,
            end: Some('#'),
            first: Duration::from_secs(10),
            between: Duration::from_secs(5),
            secret: false,
        }
    }

    /// One key, without an end key.
    pub fn key(name: impl Into<String>, prompts: Vec<String>) -> Self {
        Self {
            end: None,
            ..Self::new(name, prompts, 1)
        }
    }

    /// The same in secret.
    #[must_use]
    pub fn in_secret(self) -> Self {
        Self { secret: true, ..self }
    }
}

/// A step in which the caller waits for an agent (ACM-01).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Queue {
    /// Skill group of the customer.
    pub group: String,
    /// Announcement played over and over.
    pub music: String,
    /// `true`: 200 OK first. `false`: early media (183) until an agent answers.
    pub answer: bool,
    /// The higher, the sooner.
    pub priority: u8,
    /// Longest wait, the ringing of an agent included.
    pub max_wait: Duration,
    /// Tell the caller its place.
    pub position: Option<Position>,
    /// This key ends the wait.
    pub exit_key: Option<char>,
}

/// "You are caller number …".
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Position {
    /// How long between two announcements of it.
    pub every: Duration,
    /// The language; its announcements are called `fr/queue-position` and `fr/digit-0` to `fr/digit-9`.
    pub language: String,
}

impl Queue {
    /// Answers, waits for an agent of `group` with `music` for at most `max_wait`.
    pub fn new(group: impl Into<String>, music: impl Into<String>, max_wait: Duration) -> Self {
        Self {
            group: group.into(),
            music: music.into(),
            answer: true,
            priority: 0,
            max_wait,
            position: None,
            exit_key: None,
        }
    }
}

/// How a step ended (requirements NET-04, TRM-07).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// Somebody answered, and hung up first.
    Answered,
    /// 486, 600 or Q.850 17.
    Busy,
    /// The no-answer timer ran out, or 408/480 after ringing.
    NoAnswer,
    /// Nothing answered at the address, or the number does not exist.
    Unreachable,
    /// Refused: 403, 603.
    Rejected,
    /// No capacity: 503, or a full trunk.
    Congestion,
    /// The announcement was played to its end.
    Played,
    /// The caller gave up; nothing is left to decide.
    CallerGone,
    /// The caller keyed something.
    Keyed,
    /// The caller keyed nothing in time.
    NoKeys,
    /// The owner answered.
    Told,
}

impl Ended {
    /// The five outcomes of a dial that did not bring an answer, in the order of the manual.
    pub const FAILED: [Self; 5] = [
        Self::Busy,
        Self::NoAnswer,
        Self::Unreachable,
        Self::Rejected,
        Self::Congestion,
    ];

    /// How near to a person a failed dial came, the higher the nearer: of several that were rung at once the nearest one
    /// is how the dial ended. After the idea of a best response of RFC 3261 section 16.7, but by what it means to the
    /// caller: a telephone that rang says more than one that was engaged, and that more than a line that was not there.
    pub fn nearness(self) -> u8 {
        match self {
            Self::NoAnswer => 4,
            Self::Busy => 3,
            Self::Rejected => 2,
            Self::Congestion => 1,
            _ => 0,
        }
    }

    const ALL: [Self; 11] = [
        Self::Answered,
        Self::Busy,
        Self::NoAnswer,
        Self::Unreachable,
        Self::Rejected,
        Self::Congestion,
        Self::Played,
        Self::CallerGone,
        Self::Keyed,
        Self::NoKeys,
        Self::Told,
    ];

    /// The name used in YAML, on the command line and in CDRs: "no_answer".
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
            Self::Unreachable => "unreachable",
            Self::Rejected => "rejected",
            Self::Congestion => "congestion",
            Self::Played => "played",
            Self::CallerGone => "caller_gone",
            Self::Keyed => "keyed",
            Self::NoKeys => "no_keys",
            Self::Told => "told",
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is not an outcome; write answered, busy, no_answer, unreachable, rejected, congestion or caller_gone"
)]
pub struct UnknownOutcome(String);

impl FromStr for Ended {
    type Err = UnknownOutcome;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|ended| ended.as_str() == text)
            .ok_or_else(|| UnknownOutcome(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_reads_back() {
        for ended in Ended::ALL {
            assert_eq!(ended.as_str().parse(), Ok(ended));
            assert_eq!(
                serde_json::to_string(&ended).unwrap(),
                format!("\"{ended}\""),
                "same name in JSON"
            );
        }
        assert!(
            "BUSY"
                .parse::<Ended>()
                .unwrap_err()
                .to_string()
                .contains("'BUSY'")
        );
    }

    #[test]
    fn only_the_lost_step_is_lost() {
        assert!(Step::lost().is_lost() && Step::lost().is_final());
        let reject = Step::Reject {
            status: 500,
            cause: Some(41),
            reason: "Maintenance".into(),
        };
        assert!(!reject.is_lost() && reject.is_final() && !Step::End.is_lost());
    }
}
