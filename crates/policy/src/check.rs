//! The checker of routing trees: total, loop-free, nothing dangling, nothing unreachable.

use crate::customer::CustomerContext;
use crate::step::Ended;
use crate::tree::Tree;

/// One thing wrong with a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Node that is wrong; `None` for the tree itself.
    pub node: Option<String>,
    /// Path inside the node, such as `dial.on` or `caller.branches[1].prefixes[0]`; for the tree itself `start` or `zone`.
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
    /// `pointsman explain --from … --to … --at … --line …`.
    pub fn command(&self) -> String {
        todo!()
    }
}

/// Everything wrong with a tree, in the order of its nodes.
pub fn check(tree: &Tree, customer: &CustomerContext) -> Vec<Fault> {
    let _ = (tree, customer);
    todo!()
}
