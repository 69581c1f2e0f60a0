//! How a tree decides.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use super::version::version_of;
use super::visit::{Passing, Visit};
use super::{Calendar, END, List, Node, Tree};
use crate::check::{self, Fault};
use crate::customer::{CustomerContext, Site};
use crate::facts::Facts;
use crate::step::{Cursor, Decision, Ended, RoutingPolicy, Step, Trace};
use crate::words;

/// A tree ready to route calls: names resolved, zone loaded, version hashed.
#[derive(Debug, Clone)]
pub struct Trm {
    pub(super) tree: Tree,
    pub(super) zone: Option<TimeZone>,
    pub(super) sites: BTreeMap<String, Site>,
    pub(super) lists: BTreeMap<String, List>,
    pub(super) calendars: BTreeMap<String, Calendar>,
    pub(super) announcements: BTreeSet<String>,
    pub(super) trunks: BTreeSet<String>,
    pub(super) groups: BTreeSet<String>,
    version: String,
}

/// Checks a tree and makes it ready.
///
/// # Errors
/// Everything that is wrong with it. An empty list means that some node, or something the tree names, could not be read,
/// which is reported elsewhere.
pub fn compile(tree: Tree, customer: &CustomerContext) -> Result<Trm, Vec<Fault>> {
    let faults = check::check(&tree, customer);
    if faults.is_empty() && tree.unread.is_empty() && !names_unread(&tree, customer) {
        Ok(Trm::unchecked(tree, customer))
    } else {
        Err(faults)
    }
}

/// Does the tree name anything whose own text could not be read?
fn names_unread(tree: &Tree, customer: &CustomerContext) -> bool {
    let mut named = tree.nodes.values().flat_map(Node::names);
    named.any(|(_, kind, name)| customer.unread.contains(&(kind, name.to_owned())))
}

impl Trm {
    /// A tree that was not checked, to show what it would do to a call: a missing branch or name loses it.
    pub fn unchecked(tree: Tree, customer: &CustomerContext) -> Self {
        let names = tree.nodes.values().flat_map(Node::names);
        let named: BTreeSet<&str> = names.map(|(_, _, name)| name).collect();
        let is_named = |name: &&String| named.contains(name.as_str());
        let sites = only(&customer.sites, &named);
        let lists = only(&customer.lists, &named);
        let calendars = only(&customer.calendars, &named);
        let by_site: BTreeSet<&str> = sites.values().map(|site| site.trunk.as_str()).collect();
        let used = |trunk: &&String| is_named(trunk) || by_site.contains(trunk.as_str());
        Self {
            zone: TimeZone::get(&tree.zone).ok(),
            announcements: customer.announcements.keys().filter(is_named).cloned().collect(),
            groups: customer.groups.keys().filter(is_named).cloned().collect(),
            trunks: customer.trunks.iter().filter(used).cloned().collect(),
            version: version_of(&tree, &sites, &lists, &calendars),
            sites,
            lists,
            calendars,
            tree,
        }
    }

    /// The tree as written.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// From `node` through the conditions to the first step.
    fn from(&self, facts: &Facts, node: &str, because: Option<String>) -> Decision {
        let mut passing = Passing::new(self, facts);
        let (mut node, mut because) = (node, because);
        let mut trace = Vec::with_capacity(4);
        // A way without a loop passes each node once, and ends.
        for _ in 0..=self.tree.nodes.len() {
            let (why, visit) = passing.visit(node);
            let why = match because.take() {
                Some(because) => [because.as_str(), "; ", &why].concat(),
                None => why,
            };
            trace.push(Trace {
                node: node.to_owned(),
                why,
            });
            match visit {
                Visit::Go(next) => node = next,
                Visit::Do(step) => {
                    return Decision {
                        step,
                        cursor: Cursor::at(node),
                        trace,
                    };
                }
            }
        }
        trace.push(Trace {
            node: node.to_owned(),
            why: "the conditions go round for ever".into(),
        });
        Decision {
            step: Step::lost(),
            cursor: Cursor::at(node),
            trace,
        }
    }

    /// The step at `node` ended.
    fn after(&self, facts: &Facts, node: &str, ended: Ended) -> Decision {
        let (because, next) = match self.tree.nodes.get(node) {
            _ if ended == Ended::CallerGone => (words::ended("", ended), Some(END)),
            Some(Node::Dial(dial)) => (words::dialled(dial, ended), dial.on.get(ended)),
            Some(Node::Queue(queue)) => (words::waited(queue, ended), queue.on.get(ended)),
            Some(Node::Announce(announce)) => {
                let who = ["announcement ", &announce.play].concat();
                (words::ended(&who, Ended::Played), Some(announce.then.as_str()))
            }
            _ => ([node, " was the last step"].concat(), Some(END)),
        };
        match next {
            Some(next) => self.from(facts, next, Some(because)),
            None => Decision::at(
                node,
                Step::lost(),
                format!("{because}, and the node has no exit {ended}"),
            ),
        }
    }
}

impl RoutingPolicy for Trm {
    fn step(&self, facts: &Facts, cursor: Cursor, ended: Option<Ended>) -> Decision {
        match (cursor.0, ended) {
            (None, _) => self.from(facts, &self.tree.start, None),
            (Some(node), None) => self.from(facts, &node, None),
            (Some(node), Some(ended)) => self.after(facts, &node, ended),
        }
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn zone(&self) -> Option<&str> {
        Some(&self.tree.zone)
    }
}

fn only<T: Clone>(all: &BTreeMap<String, T>, named: &BTreeSet<&str>) -> BTreeMap<String, T> {
    let wanted = all.iter().filter(|(name, _)| named.contains(name.as_str()));
    wanted
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
