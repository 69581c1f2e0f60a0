//! All possible calls, split into classes that a tree cannot tell apart.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::numbers::Patterns;
use super::set::Set;
use super::{Example, times};
use crate::customer::CustomerContext;
use crate::step::Ended;
use crate::tree::{CalledNode, CallerNode, Node, Tree};

/// Which branch a class takes at a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Taken {
    /// This branch.
    Branch(usize),
    /// None of them.
    None,
    /// This branch names a list that is not there, so nothing can be said.
    NoList(usize),
}

/// One value of a fact for each class, and what each conditional node makes of it.
#[derive(Debug)]
pub(crate) struct Classes<T, Choice> {
    pub(crate) values: Vec<T>,
    /// By node, in the order of `values`.
    pub(crate) choices: BTreeMap<String, Vec<Choice>>,
}

/// The classes of each fact; a call is one of each.
#[derive(Debug)]
pub(crate) struct Domain {
    pub(crate) callers: Classes<Option<String>, Taken>,
    pub(crate) called: Classes<String, Taken>,
    /// `true`: open.
    pub(crate) times: Classes<Timestamp, bool>,
    /// Can a call reach this tree at all? Without a number bound to it there is nothing to explain.
    bound: bool,
    zone: String,
}

/// A set of calls: each caller with each called number at each time.
#[derive(Debug, Clone)]
pub(crate) struct Region {
    pub(crate) callers: Set,
    pub(crate) called: Set,
    pub(crate) times: Set,
}

impl Region {
    pub(crate) fn is_empty(&self) -> bool {
        self.callers.is_empty() || self.called.is_empty() || self.times.is_empty()
    }

    pub(crate) fn is_subset(&self, other: &Self) -> bool {
        self.callers.is_subset(&other.callers)
            && self.called.is_subset(&other.called)
            && self.times.is_subset(&other.times)
    }
}

impl Domain {
    pub(crate) fn new(tree: &Tree, customer: &CustomerContext) -> Self {
        let bound = customer.bound.get(&tree.name).filter(|bound| !bound.is_empty());
        Self {
            callers: callers(tree, customer),
            called: called(tree, bound, &customer.country),
            times: times_of(tree, customer),
            bound: bound.is_some(),
            zone: tree.zone.clone(),
        }
    }

    /// Every call.
    pub(crate) fn everything(&self) -> Region {
        Region {
            callers: Set::full(self.callers.values.len()),
            called: Set::full(self.called.values.len()),
            times: Set::full(self.times.values.len()),
        }
    }

    /// A call of the region.
    pub(crate) fn example(&self, region: &Region, line: &[(String, Ended)]) -> Option<Example> {
        if !self.bound {
            return None;
        }
        let told = line.iter().filter(|(_, ended)| *ended != Ended::Answered);
        Some(Example {
            from: self.callers.values[region.callers.iter().next()?].clone(),
            to: self.called.values[region.called.iter().next()?].clone(),
            at: self.times.values[region.times.iter().next()?],
            zone: self.zone.clone(),
            line: told.cloned().collect(),
        })
    }
}

/// Keeps the first value of each class: classes differ where any node chooses differently.
fn classes<T, Choice: Clone + Ord>(
    values: impl IntoIterator<Item = T>,
    nodes: &[&str],
    choose: impl Fn(&T) -> Vec<Choice>,
) -> Classes<T, Choice> {
    let mut seen = BTreeSet::new();
    let mut kept = Classes {
        values: Vec::new(),
        choices: BTreeMap::new(),
    };
    for node in nodes {
        kept.choices.insert((*node).to_owned(), Vec::new());
    }
    for value in values {
        let choices = choose(&value);
        if seen.insert(choices.clone()) {
            kept.values.push(value);
            for (node, choice) in nodes.iter().zip(choices) {
                kept.choices.entry((*node).to_owned()).or_default().push(choice);
            }
        }
    }
    kept
}

fn callers(tree: &Tree, customer: &CustomerContext) -> Classes<Option<String>, Taken> {
    let nodes: Vec<(&str, &CallerNode)> = tree.nodes.iter().filter_map(as_caller).collect();
    let mut patterns = Patterns::default();
    for branch in nodes.iter().flat_map(|(_, node)| &node.branches) {
        patterns.add(&branch.numbers, &branch.prefixes);
        if let Some(list) = branch.list.as_ref().and_then(|name| customer.lists.get(name)) {
            patterns.add(&list.numbers, &list.prefixes);
        }
    }
    let numbers = patterns
        .representatives(&customer.country)
        .into_iter()
        .map(Some)
        .chain([None]);
    let names: Vec<&str> = nodes.iter().map(|(name, _)| *name).collect();
    classes(numbers, &names, |caller| {
        nodes
            .iter()
            .map(|(_, node)| taken_by_caller(node, caller.as_deref(), customer))
            .collect()
    })
}

fn taken_by_caller(node: &CallerNode, caller: Option<&str>, customer: &CustomerContext) -> Taken {
    for (index, branch) in node.branches.iter().enumerate() {
        match branch.matches(caller, &customer.lists) {
            Ok(Some(_)) => return Taken::Branch(index),
            Ok(None) => {}
            Err(_) => return Taken::NoList(index),
        }
    }
    Taken::None
}

/// Numbers bound to the tree; all numbers when "*" is bound, or none is.
fn called(tree: &Tree, bound: Option<&BTreeSet<String>>, country: &str) -> Classes<String, Taken> {
    let nodes: Vec<(&str, &CalledNode)> = tree.nodes.iter().filter_map(as_called).collect();
    let named = bound
        .into_iter()
        .flatten()
        .filter(|number| *number != "*")
        .cloned();
    let any = bound.is_none_or(|bound| bound.contains("*"));
    let mut patterns = Patterns::default();
    for branch in nodes.iter().flat_map(|(_, node)| &node.branches) {
        patterns.add(&branch.numbers, &branch.prefixes);
    }
    let others = if any {
        patterns.representatives(country)
    } else {
        Vec::new()
    };
    let names: Vec<&str> = nodes.iter().map(|(name, _)| *name).collect();
    classes(named.chain(others), &names, |called| {
        let taken = |node: &CalledNode| {
            node.branches
                .iter()
                .position(|branch| branch.matches(called).is_some())
        };
        nodes
            .iter()
            .map(|(_, node)| taken(node).map_or(Taken::None, Taken::Branch))
            .collect()
    })
}

fn times_of(tree: &Tree, customer: &CustomerContext) -> Classes<Timestamp, bool> {
    // An unknown zone is reported where it is written; the rest of the tree can be checked in any other.
    let zone = TimeZone::get(&tree.zone).unwrap_or(TimeZone::UTC);
    let nodes = tree.nodes.iter().filter_map(|(name, node)| match node {
        Node::Time(time) => Some((name.as_str(), customer.calendars.get(&time.calendar)?)),
        _ => None,
    });
    let (names, calendars): (Vec<_>, Vec<_>) = nodes.unzip();
    classes(times::representatives(&calendars, &zone), &names, |instant| {
        let local = zone.to_datetime(*instant);
        calendars
            .iter()
            .map(|calendar| calendar.at(local).is_open())
            .collect()
    })
}

fn as_caller<'a>((name, node): (&'a String, &'a Node)) -> Option<(&'a str, &'a CallerNode)> {
    match node {
        Node::Caller(caller) => Some((name, caller)),
        _ => None,
    }
}

fn as_called<'a>((name, node): (&'a String, &'a Node)) -> Option<(&'a str, &'a CalledNode)> {
    match node {
        Node::Called(called) => Some((name, called)),
        _ => None,
    }
}
