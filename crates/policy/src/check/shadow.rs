//! Branches that can never be taken because an earlier branch of the same node takes everything they match.

use super::findings::Findings;
use crate::customer::CustomerContext;
use crate::tree::{List, Node, Tree};

pub(crate) fn check(tree: &Tree, customer: &CustomerContext, findings: &mut Findings) {
    for (name, node) in &tree.nodes {
        let mut earlier = Earlier::default();
        match node {
            Node::Called(called) => {
                for (index, branch) in called.branches.iter().enumerate() {
                    let mut place = Place {
                        node: name,
                        path: format!("called.branches[{index}]"),
                        findings,
                    };
                    earlier.check_patterns(&branch.numbers, &branch.prefixes, &mut place);
                    earlier.take(index, &branch.numbers, &branch.prefixes);
                }
            }
            Node::Caller(caller) => {
                for (index, branch) in caller.branches.iter().enumerate() {
                    let mut place = Place {
                        node: name,
                        path: format!("caller.branches[{index}]"),
                        findings,
                    };
                    earlier.check_patterns(&branch.numbers, &branch.prefixes, &mut place);
                    if let Some(list) = &branch.list {
                        earlier.check_list(list, customer.lists.get(list), &mut place);
                        earlier.lists.push((index, list));
                    }
                    if branch.withheld
                        && let Some(taken) = earlier.withheld.replace(index)
                    {
                        place.shadowed("withheld", "withheld numbers are", taken);
                    }
                    earlier.take(index, &branch.numbers, &branch.prefixes);
                }
            }
            Node::Time(_)
            | Node::Dial(_)
            | Node::Announce(_)
            | Node::Queue(_)
            | Node::Reject(_)
            | Node::End => {}
        }
    }
}

/// Where a fault goes.
struct Place<'a> {
    node: &'a str,
    path: String,
    findings: &'a mut Findings,
}

impl Place<'_> {
    fn shadowed(&mut self, field: &str, what: &str, by: usize) {
        let message = format!("{what} already taken by branch {}", by + 1);
        let hint = "put the narrower branch first, or remove it".to_owned();
        self.findings.add(
            Some(self.node),
            &format!("{}.{field}", self.path),
            message,
            Some(hint),
        );
    }
}

/// What earlier branches of the node match, with the number of the branch. The members of a list are left out: a list
/// may change on any day, and that must not make a tree wrong.
#[derive(Default)]
struct Earlier<'a> {
    numbers: Vec<(usize, &'a str)>,
    prefixes: Vec<(usize, &'a str)>,
    lists: Vec<(usize, &'a str)>,
    withheld: Option<usize>,
}

impl<'a> Earlier<'a> {
    fn take(&mut self, branch: usize, numbers: &'a [String], prefixes: &'a [String]) {
        self.numbers
            .extend(numbers.iter().map(|number| (branch, number.as_str())));
        self.prefixes
            .extend(prefixes.iter().map(|prefix| (branch, prefix.as_str())));
    }

    fn check_patterns(&self, numbers: &[String], prefixes: &[String], place: &mut Place<'_>) {
        for (index, number) in numbers.iter().enumerate() {
            if let Some(by) = self.takes_number(number) {
                place.shadowed(&format!("numbers[{index}]"), &format!("{number} is"), by);
            }
        }
        for (index, prefix) in prefixes.iter().enumerate() {
            if let Some(by) = self.takes_prefix(prefix) {
                place.shadowed(
                    &format!("prefixes[{index}]"),
                    &format!("numbers from {prefix} are"),
                    by,
                );
            }
        }
    }

    /// A list is shadowed when it was asked before, or when it has members and each is taken before.
    fn check_list(&self, name: &str, list: Option<&List>, place: &mut Place<'_>) {
        if let Some((by, _)) = self.lists.iter().find(|(_, list)| *list == name) {
            place.shadowed("list", &format!("list {name} is"), *by);
            return;
        }
        let Some(list) = list else { return };
        let numbers = list.numbers.iter().map(|number| self.takes_number(number));
        let prefixes = list.prefixes.iter().map(|prefix| self.takes_prefix(prefix));
        let taken: Option<Vec<usize>> = numbers.chain(prefixes).collect();
        if let Some(by) = taken.and_then(|by| by.into_iter().max()) {
            place.shadowed("list", &format!("everybody on list {name} is"), by);
        }
    }

    fn takes_number(&self, number: &str) -> Option<usize> {
        let exact = self
            .numbers
            .iter()
            .find(|(_, earlier)| *earlier == number)
            .map(|(by, _)| *by);
        exact.or_else(|| self.takes_prefix(number))
    }

    fn takes_prefix(&self, prefix: &str) -> Option<usize> {
        self.prefixes
            .iter()
            .find(|(_, earlier)| prefix.starts_with(earlier))
            .map(|(by, _)| *by)
    }
}
