//! How a tree decides.

use crate::check::Fault;
use crate::customer::CustomerContext;
use crate::facts::Facts;
use crate::step::{Cursor, Decision, Ended, RoutingPolicy};
use crate::tree::Tree;

/// A tree ready to route calls: names resolved, zone loaded, version hashed.
#[derive(Debug, Clone)]
pub struct Trm {
    tree: Tree,
}

/// Checks a tree and makes it ready.
///
/// # Errors
/// Everything that is wrong with it. An empty list means that some node could not be read, which is reported elsewhere.
pub fn compile(tree: Tree, customer: &CustomerContext) -> Result<Trm, Vec<Fault>> {
    let _ = (tree, customer);
    todo!()
}

impl Trm {
    /// A tree that was not checked, to show what it would do to a call. Dangling names lose the call.
    pub fn unchecked(tree: Tree, customer: &CustomerContext) -> Self {
        let _ = customer;
        Self { tree }
    }

    /// The tree as written.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }
}

impl RoutingPolicy for Trm {
    fn step(&self, _facts: &Facts, _cursor: Cursor, _ended: Option<Ended>) -> Decision {
        todo!()
    }
}
