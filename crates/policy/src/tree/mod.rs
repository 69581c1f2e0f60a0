//! TRM trees: what a customer says about a number, as data (requirements TRM-01 to TRM-09).

mod branches;
mod calendar;
mod eval;
mod refs;
mod version;
mod visit;
pub mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;

pub use branches::{CallerMatch, NoSuchList, PatternMatch};
pub(crate) use calendar::day_name;
pub use calendar::{Calendar, Hours, Opening, Weekly};
pub use eval::{Trm, compile};

use crate::step::{Ended, Position};

/// Name of the implicit node that hangs up; no node may be called so.
pub const END: &str = "end";

/// A routing tree as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tree {
    /// Name of the tree.
    pub name: String,
    /// Time zone in which its time nodes read the clock.
    pub zone: String,
    /// Node where calls begin.
    pub start: String,
    /// Nodes by name.
    pub nodes: BTreeMap<String, Node>,
    /// Nodes that are written but could not be read (their mistakes are reported elsewhere).
    pub unread: BTreeSet<String>,
}

/// A node of a tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Node {
    /// Condition on the number dialled (TRM-05).
    Called(CalledNode),
    /// Condition on the caller (TRM-04, TRM-06).
    Caller(CallerNode),
    /// Condition on the time (TRM-03).
    Time(TimeNode),
    /// Ring somebody (TRM-02, TRM-07).
    Dial(DialNode),
    /// Play an announcement (TRM-02).
    Announce(AnnounceNode),
    /// Wait for an agent of a skill group (ACM-01).
    Queue(QueueNode),
    /// Refuse the call.
    Reject(RejectNode),
    /// Hang up.
    End,
}

/// Branches on the number dialled, tried in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CalledNode {
    /// Tried in order; the first that matches is taken.
    pub branches: Vec<CalledBranch>,
    /// Taken when none matches; may be missing only when the branches cover every number bound to the tree.
    pub otherwise: Option<String>,
}

/// A branch on the number dialled: any of these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CalledBranch {
    /// Exact numbers.
    pub numbers: Vec<String>,
    /// Beginnings of numbers.
    pub prefixes: Vec<String>,
    /// Next node.
    pub to: String,
}

/// Branches on the caller, tried in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CallerNode {
    /// Tried in order; the first that matches is taken.
    pub branches: Vec<CallerBranch>,
    /// Taken when none matches.
    pub otherwise: Option<String>,
}

/// A branch on the caller: any of these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CallerBranch {
    /// A caller list.
    pub list: Option<String>,
    /// Exact numbers.
    pub numbers: Vec<String>,
    /// Beginnings of numbers.
    pub prefixes: Vec<String>,
    /// Callers who withhold their number.
    pub withheld: bool,
    /// Next node.
    pub to: String,
}

/// A condition on the time of arrival.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimeNode {
    /// Name of the calendar.
    pub calendar: String,
    /// Next node inside its hours.
    pub open: String,
    /// Next node outside them.
    pub closed: String,
}

/// Ring somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DialNode {
    /// Whom.
    pub to: DialTo,
    /// Who is rung at the same time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<DialTo>,
    /// No-answer timer.
    pub ring: Duration,
    /// What then.
    pub on: Exits,
}

impl DialNode {
    /// Everybody it rings, in the order in which they are written.
    pub fn targets(&self) -> impl Iterator<Item = &DialTo> {
        std::iter::once(&self.to).chain(&self.also)
    }

    /// Label of the dial, as in [`crate::Lines`]: "site:antwerp", or "site:antwerp or number:+32475000001".
    pub fn label(&self) -> String {
        let labels: Vec<String> = self.targets().map(DialTo::label).collect();
        labels.join(" or ")
    }
}

/// Whom a dial node rings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DialTo {
    /// A site of the customer.
    Site(String),
    /// A number through a trunk.
    Number {
        /// The number.
        number: String,
        /// Trunk to leave by.
        trunk: String,
    },
    /// A trunk, with the called number kept.
    Trunk(String),
}

impl DialTo {
    /// Label of the dial, as in [`crate::Target::label`].
    pub fn label(&self) -> String {
        match self {
            Self::Site(site) => format!("site:{site}"),
            Self::Number { number, .. } => format!("number:{number}"),
            Self::Trunk(trunk) => format!("trunk:{trunk}"),
        }
    }
}

/// The exits of a dial node, one per outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Exits {
    /// After an answered conversation that the callee ended; [`END`] when missing.
    pub answered: Option<String>,
    /// Busy.
    pub busy: Option<String>,
    /// The no-answer timer ran out.
    pub no_answer: Option<String>,
    /// Nothing there.
    pub unreachable: Option<String>,
    /// Refused.
    pub rejected: Option<String>,
    /// No capacity.
    pub congestion: Option<String>,
    /// Every outcome above without its own exit, but not `answered`.
    pub otherwise: Option<String>,
}

impl Exits {
    /// Where the call goes after `ended`; `None` if nothing is said.
    pub fn get(&self, ended: Ended) -> Option<&str> {
        let own = match ended {
            Ended::Answered => return Some(self.answered.as_deref().unwrap_or(END)),
            Ended::Busy => &self.busy,
            Ended::NoAnswer => &self.no_answer,
            Ended::Unreachable => &self.unreachable,
            Ended::Rejected => &self.rejected,
            Ended::Congestion => &self.congestion,
            Ended::Played | Ended::CallerGone | Ended::Keyed | Ended::NoKeys | Ended::Told => {
                return Some(END);
            }
        };
        own.as_deref().or(self.otherwise.as_deref())
    }
}

/// Play an announcement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnnounceNode {
    /// Name of the announcement.
    pub play: String,
    /// `true`: answer first. `false`: early media, so a reject (or another step) must follow.
    pub answer: bool,
    /// How many times.
    pub repeat: u32,
    /// Next node.
    pub then: String,
}

/// Wait for an agent of a skill group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueueNode {
    /// The skill group.
    pub group: String,
    /// Announcement played over and over.
    pub music: String,
    /// `true`: answer first. `false`: early media until an agent answers.
    pub answer: bool,
    /// The higher, the sooner.
    pub priority: u8,
    /// Longest wait.
    pub max_wait: Duration,
    /// Tell the caller its place.
    pub position: Option<Position>,
    /// This key ends the wait.
    pub exit_key: Option<char>,
    /// What then.
    pub on: QueueExits,
}

impl QueueNode {
    /// Label of the queue, as in [`crate::Lines`].
    pub fn label(&self) -> String {
        format!("queue:{}", self.group)
    }

    /// How a wait here may end, an answered conversation first.
    pub fn outcomes(&self) -> impl Iterator<Item = Ended> {
        let key = self.exit_key.map(|_| Ended::Keyed);
        let others = [
            Ended::Answered,
            Ended::NoAnswer,
            Ended::Congestion,
            Ended::Unreachable,
        ];
        others.into_iter().chain(key)
    }
}

/// The exits of a queue node, one per outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct QueueExits {
    /// After a conversation that the agent ended; [`END`] when missing.
    pub answered: Option<String>,
    /// The longest wait is over.
    pub no_answer: Option<String>,
    /// The queue is full.
    pub congestion: Option<String>,
    /// No agent is logged in.
    pub unreachable: Option<String>,
    /// The exit key was pressed.
    pub keyed: Option<String>,
    /// Every outcome above without its own exit, but not `answered`.
    pub otherwise: Option<String>,
}

impl QueueExits {
    /// Where the call goes after `ended`; `None` if nothing is said.
    pub fn get(&self, ended: Ended) -> Option<&str> {
        let own = match ended {
            Ended::Answered => return Some(self.answered.as_deref().unwrap_or(END)),
            Ended::NoAnswer => &self.no_answer,
            Ended::Congestion => &self.congestion,
            Ended::Unreachable => &self.unreachable,
            Ended::Keyed => &self.keyed,
            _ => return Some(END),
        };
        own.as_deref().or(self.otherwise.as_deref())
    }
}

/// Refuse the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RejectNode {
    /// SIP status, 400 to 699.
    pub status: u16,
    /// Q.850 cause, 1 to 127.
    pub cause: Option<u8>,
    /// Reason phrase.
    pub reason: String,
}

/// A list of callers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct List {
    /// Exact numbers.
    pub numbers: BTreeSet<String>,
    /// Beginnings of numbers.
    pub prefixes: BTreeSet<String>,
}

impl List {
    /// Is this caller on the list?
    pub fn contains(&self, number: &str) -> bool {
        self.numbers.contains(number)
            || self
                .prefixes
                .iter()
                .any(|prefix| number.starts_with(prefix.as_str()))
    }
}
