//! The checker of routing trees: total, loop-free, nothing dangling, nothing unreachable.
//!
//! [`check`] first looks at each node by itself (`local`, `shadow`) and at the graph (`graph`). Then `explore` sends
//! every kind of call through the tree: callers, called numbers and times are split exactly into classes that the tree
//! cannot tell apart (`numbers`, `times`), so one representative of each proves the whole. Where a class ends without
//! an answer, the representative becomes the [`Example`].

mod domain;
mod explore;
mod findings;
mod graph;
mod local;
mod nearest;
mod numbers;
mod queue;
mod set;
mod shadow;
mod times;

use std::fmt::Write;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::customer::CustomerContext;
use crate::facts::{Caller, Facts, Lines};
use crate::step::Ended;
use crate::tree::Tree;

pub(crate) use local::ring_fault;
pub use nearest::nearest;

/// Shortest ring time of one dial.
pub const RING_MIN: Duration = Duration::from_secs(1);
/// Longest ring time of one dial.
pub const RING_MAX: Duration = Duration::from_secs(120);
/// Longest ring time of all dials on one way through a tree.
pub const RING_TOTAL: Duration = Duration::from_secs(300);

/// Longest wait in one queue.
pub const WAIT_MAX: Duration = Duration::from_secs(2 * 60 * 60);

/// Most nodes of a tree.
pub const NODES_MAX: usize = 1000;
/// Most nodes that one call may pass.
pub const WAY_MAX: usize = 100;

/// One thing wrong with a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Node that is wrong; `None` for the tree itself.
    pub node: Option<String>,
    /// Path inside the node, such as `dial.on` or `caller.branches[1].prefixes[0]`; "" for the whole node; for the tree
    /// itself `start`, `zone` or `nodes`.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
    /// A call that would be lost.
    pub example: Option<Example>,
}

/// A concrete call that a tree would lose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Caller; `None` is withheld.
    pub from: Option<String>,
    /// Number dialled.
    pub to: String,
    /// Arrival.
    pub at: jiff::Timestamp,
    /// Name of the tree's zone, for showing `at`.
    pub zone: String,
    /// States of lines: label of a dial and how it ends.
    pub line: Vec<(String, Ended)>,
}

impl Example {
    /// `pointsman explain --from … --to … --at … --line …`: shows how the tree loses this call. A withheld number has no
    /// `--from`.
    pub fn command(&self) -> String {
        let zone = TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC);
        let at = self.at.to_zoned(zone);
        let mut command = "pointsman explain".to_owned();
        if let Some(from) = &self.from {
            command.extend([" --from ", &quoted(from)]);
        }
        command.extend([" --to ", &quoted(&self.to), " --at "]);
        write!(command, "{}", at.strftime("%Y-%m-%dT%H:%M%:z")).expect("a String takes everything");
        for (label, ended) in &self.line {
            write!(command, " --line {}", quoted(&format!("{label}={ended}")))
                .expect("a String takes everything");
        }
        command
    }

    /// The call as facts.
    pub fn facts(&self) -> Facts {
        Facts {
            caller: Caller {
                number: self.from.clone(),
                display: String::new(),
            },
            callee: self.to.clone(),
            at: self.at,
            lines: Lines(self.line.iter().cloned().collect()),
            ..Facts::default()
        }
    }
}

/// Everything wrong with a tree: the tree itself first, then its nodes by name.
pub fn check(tree: &Tree, customer: &CustomerContext) -> Vec<Fault> {
    let mut findings = findings::Findings::default();
    if tree.nodes.len() > NODES_MAX {
        let message = format!(
            "this tree has {} nodes; {NODES_MAX} is the most",
            tree.nodes.len()
        );
        findings.add(None, "nodes", message, Some("divide it".into()));
        return findings.into_faults();
    }
    local::check(tree, customer, &mut findings);
    shadow::check(tree, customer, &mut findings);
    let explored = explore::explore(tree, customer, &mut findings);
    graph::check_loops(tree, &explored, &mut findings);
    graph::check_reach(tree, customer, &explored, &mut findings);
    findings.into_faults()
}

/// A word of a command line, quoted where a shell needs it.
fn quoted(word: &str) -> String {
    let plain = |sign: char| sign.is_ascii_alphanumeric() || "+-_.:=@/".contains(sign);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}
