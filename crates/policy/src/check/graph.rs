//! Loops and dead wood: what the graph of a tree shows without any call.

use std::collections::BTreeSet;

use super::explore::{Explored, round};
use super::findings::Findings;
use super::nearest::nearest_name;
use crate::customer::CustomerContext;
use crate::tree::{END, Node, Tree};

/// Finds loops that no call can enter: they are mistakes all the same. Those that calls enter are known by now.
pub(crate) fn check_loops(tree: &Tree, explored: &Explored, findings: &mut Findings) {
    let known: BTreeSet<&String> = explored.loops.iter().flatten().collect();
    let mut search = Search {
        tree,
        path: Vec::new(),
        done: BTreeSet::new(),
        found: Vec::new(),
    };
    for name in tree.nodes.keys() {
        search.visit(name);
    }
    for (node, path, nodes) in search.found {
        if !nodes.iter().any(|name| known.contains(name)) {
            findings.add(
                Some(&node),
                &path,
                round(&nodes),
                Some("lead to another node here".into()),
            );
        }
    }
}

/// A depth-first search that notes each edge leading back to its own path.
struct Search<'a> {
    tree: &'a Tree,
    path: Vec<&'a str>,
    done: BTreeSet<&'a str>,
    found: Vec<(String, String, Vec<String>)>,
}

impl<'a> Search<'a> {
    fn visit(&mut self, name: &'a str) {
        let Some(node) = self.tree.nodes.get(name) else {
            return;
        };
        if name == END || !self.done.insert(name) {
            return;
        }
        self.path.push(name);
        for (path, target) in node.edges() {
            match self.path.iter().position(|passed| *passed == target) {
                Some(begin) => {
                    let nodes = self.path[begin..].iter().map(|name| (*name).to_owned()).collect();
                    self.found.push((name.to_owned(), path, nodes));
                }
                None => self.visit(target),
            }
        }
        self.path.pop();
    }
}

/// Finds nodes at which no call can arrive.
pub(crate) fn check_reach(
    tree: &Tree,
    customer: &CustomerContext,
    explored: &Explored,
    findings: &mut Findings,
) {
    if !tree.unread.is_empty() {
        // An exit of a node that could not be read may lead anywhere.
        return;
    }
    let linked = reach(tree, [tree.start.as_str()]);
    let excused = meant_by_dangling(tree);
    let unlinked = tree
        .nodes
        .keys()
        .map(String::as_str)
        .filter(|name| !linked.contains(name));
    let unlinked: BTreeSet<&str> = unlinked.filter(|name| *name != END).collect();
    // An exit that is missing, which is reported, may have been meant to lead to any of them.
    let lacks_exit = lacks_exit(tree, findings);
    for name in roots(tree, &unlinked) {
        if !excused.contains(name) && !lacks_exit {
            let message = "no call can get here: no node leads to it".to_owned();
            findings.add(
                Some(name),
                "",
                message,
                Some("lead to it from another node, or remove it".into()),
            );
        }
    }
    if explored.unsure || has_empty_list(tree, customer) {
        return;
    }
    let mut arrived = reach(tree, careful_exits(tree, explored));
    arrived.extend(explored.visited.iter().map(String::as_str));
    let never: BTreeSet<&str> = linked
        .into_iter()
        .filter(|name| !arrived.contains(name))
        .collect();
    for name in roots(tree, &never) {
        let message = "no call can get here: the conditions on every way to it exclude each other".to_owned();
        findings.add(
            Some(name),
            "",
            message,
            Some("correct the conditions before it, or remove it".into()),
        );
    }
}

/// Is a node reported for an exit that it does not have?
fn lacks_exit(tree: &Tree, findings: &Findings) -> bool {
    let paths = ["dial.on", "queue.on", "caller.branches", "called.branches"];
    tree.nodes
        .keys()
        .any(|name| paths.iter().any(|path| findings.has(Some(name), path)))
}

/// All nodes that can be reached from some, those included.
fn reach<'a>(tree: &'a Tree, from: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = from.into_iter().collect();
    while let Some(name) = open.pop() {
        let Some(node) = tree.nodes.get(name) else {
            continue;
        };
        if reached.insert(name) {
            open.extend(node.edges().into_iter().map(|(_, target)| target));
        }
    }
    reached
}

/// Of these nodes, those to which none of the others leads; of a loop that nothing else leads to, its first node.
fn roots<'a>(tree: &'a Tree, nodes: &BTreeSet<&'a str>) -> Vec<&'a str> {
    let mut covered: BTreeSet<&str> = BTreeSet::new();
    let mut roots: Vec<&str> = Vec::new();
    let led_to: BTreeSet<&str> = nodes
        .iter()
        .flat_map(|name| {
            tree.nodes[*name]
                .edges()
                .into_iter()
                .filter(move |(_, to)| to != name)
        })
        .map(|(_, to)| to)
        .collect();
    let (first, rest): (Vec<&str>, Vec<&str>) = nodes.iter().partition(|name| !led_to.contains(**name));
    for name in first.into_iter().chain(rest) {
        if !covered.contains(name) {
            roots.push(name);
            covered.extend(reach(tree, [name]));
        }
    }
    roots
}

/// Nodes that a misspelt exit most likely means: they are not unreachable as well.
fn meant_by_dangling(tree: &Tree) -> BTreeSet<&str> {
    let edges = tree
        .nodes
        .values()
        .flat_map(Node::edges)
        .map(|(_, target)| target);
    let dangling = edges.chain([tree.start.as_str()]).filter(|target| *target != END);
    let dangling: Vec<&str> = dangling
        .filter(|target| !tree.nodes.contains_key(*target))
        .collect();
    let names = || tree.nodes.keys().map(String::as_str);
    let mut meant = BTreeSet::new();
    for target in dangling {
        match nearest_name(target, names()) {
            Some(name) => meant.extend(reach(tree, [name])),
            None => meant.extend(names()),
        }
    }
    meant
}

/// Nodes behind an `otherwise` that is written for safety where the branches already cover everything.
fn careful_exits<'a>(tree: &'a Tree, explored: &Explored) -> Vec<&'a str> {
    let nodes = tree
        .nodes
        .iter()
        .filter(|(name, _)| explored.visited.contains(*name));
    let careful = nodes.filter_map(|(_, node)| match node {
        Node::Called(called) => called.otherwise.as_deref(),
        Node::Caller(caller) => caller.otherwise.as_deref(),
        Node::Dial(dial) => dial.on.otherwise.as_deref(),
        Node::Queue(queue) => queue.on.otherwise.as_deref(),
        Node::Time(_) | Node::Announce(_) | Node::Reject(_) | Node::End => None,
    });
    careful.collect()
}

/// A list that is still empty will get members one day; its branch is not dead.
fn has_empty_list(tree: &Tree, customer: &CustomerContext) -> bool {
    let branches = tree.nodes.values().filter_map(|node| match node {
        Node::Caller(caller) => Some(&caller.branches),
        _ => None,
    });
    let mut lists = branches
        .flatten()
        .filter_map(|branch| customer.lists.get(branch.list.as_ref()?));
    lists.any(|list| list.numbers.is_empty() && list.prefixes.is_empty())
}
