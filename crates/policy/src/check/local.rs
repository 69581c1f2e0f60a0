//! What can be said about a node by looking at it alone: values in bounds, names that exist.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::findings::Findings;
use super::{RING_MAX, RING_MIN, nearest};
use crate::customer::{CustomerContext, Kind};
use crate::step::{AT_ONCE_MAX, Ended};
use crate::tree::{AnnounceNode, DialNode, DialTo, END, Node, RejectNode, Tree};

/// Most repetitions of an announcement.
const REPEAT_MAX: u32 = 100;

pub(crate) fn check(tree: &Tree, customer: &CustomerContext, findings: &mut Findings) {
    if TimeZone::get(&tree.zone).is_err() {
        let message = format!("there is no time zone '{}'", tree.zone);
        findings.add(
            None,
            "zone",
            message,
            Some("write it like \"Europe/Brussels\"".into()),
        );
    }
    check_target(tree, None, "start", &tree.start, findings);
    for (name, node) in &tree.nodes {
        if name == END {
            let message = format!("'{END}' already means to hang up");
            findings.add(Some(name), "", message, Some("give the node another name".into()));
        }
        for (path, target) in node.edges() {
            check_target(tree, Some(name), &path, target, findings);
        }
        for (path, kind, named) in node.names() {
            check_name(customer, name, &path, (kind, named), findings);
        }
        check_values(name, node, customer, findings);
    }
}

fn check_target(tree: &Tree, node: Option<&str>, path: &str, target: &str, findings: &mut Findings) {
    if target == END || tree.nodes.contains_key(target) || tree.unread.contains(target) {
        return;
    }
    let known = tree
        .nodes
        .keys()
        .chain(&tree.unread)
        .map(String::as_str)
        .chain([END]);
    let hint = nearest(target, known);
    findings.add(
        node,
        path,
        format!("there is no node '{target}' in this tree"),
        hint,
    );
}

fn check_name(
    customer: &CustomerContext,
    node: &str,
    path: &str,
    (kind, name): (Kind, &str),
    findings: &mut Findings,
) {
    let known: Vec<&str> = match kind {
        Kind::Trunk => customer.trunks.iter().map(String::as_str).collect(),
        Kind::Site => customer.sites.keys().map(String::as_str).collect(),
        Kind::List => customer.lists.keys().map(String::as_str).collect(),
        Kind::Calendar => customer.calendars.keys().map(String::as_str).collect(),
        Kind::Announcement => customer.announcements.keys().map(String::as_str).collect(),
        Kind::Group => customer.groups.keys().map(String::as_str).collect(),
        Kind::Tree => customer.trees.keys().map(String::as_str).collect(),
    };
    // Known names come sorted out of their maps.
    if known.binary_search(&name).is_ok() || customer.unread.contains(&(kind, name.to_owned())) {
        return;
    }
    let hint = nearest(name, known.into_iter());
    findings.add(Some(node), path, format!("there is no {kind} '{name}'"), hint);
}

fn check_values(name: &str, node: &Node, customer: &CustomerContext, findings: &mut Findings) {
    match node {
        Node::Called(called) => {
            let empty = |index: usize| {
                let branch = &called.branches[index];
                branch.numbers.is_empty() && branch.prefixes.is_empty()
            };
            check_branches(name, "called", called.branches.len(), empty, findings);
        }
        Node::Caller(caller) => {
            let empty = |index: usize| {
                let branch = &caller.branches[index];
                let patterns = branch.numbers.len() + branch.prefixes.len();
                patterns == 0 && branch.list.is_none() && !branch.withheld
            };
            check_branches(name, "caller", caller.branches.len(), empty, findings);
        }
        Node::Dial(dial) => check_dial(name, dial, findings),
        Node::Announce(announce) => check_announce(name, announce, findings),
        Node::Queue(queue) => super::queue::check(name, queue, customer, findings),
        Node::Reject(reject) => check_reject(name, reject, findings),
        Node::Time(_) | Node::End => {}
    }
}

fn check_branches(
    name: &str,
    kind: &str,
    count: usize,
    empty: impl Fn(usize) -> bool,
    findings: &mut Findings,
) {
    if count == 0 {
        let hint = "lead to the otherwise node directly";
        findings.add(
            Some(name),
            &format!("{kind}.branches"),
            "there is no branch".into(),
            Some(hint.into()),
        );
    }
    let tests = if kind == "caller" {
        "list, numbers, prefixes or withheld: true"
    } else {
        "numbers or prefixes"
    };
    for index in (0..count).filter(|index| empty(*index)) {
        let message = format!("branch {} matches nothing", index + 1);
        findings.add(
            Some(name),
            &format!("{kind}.branches[{index}]"),
            message,
            Some(format!("give it {tests}")),
        );
    }
}

fn check_dial(name: &str, dial: &DialNode, findings: &mut Findings) {
    let targets: Vec<&DialTo> = dial.targets().collect();
    if targets.len() > AT_ONCE_MAX {
        let message = format!("{} targets at once; {AT_ONCE_MAX} is the most", targets.len());
        let hint = "ring the others in a second dial".to_owned();
        findings.add(Some(name), "dial.all", message, Some(hint));
    }
    for (index, target) in targets.iter().enumerate() {
        if targets[..index].contains(target) {
            let message = format!("{} would be rung twice at the same time", target.label());
            let path = format!("dial.all[{index}]");
            findings.add(Some(name), &path, message, Some("remove it here".into()));
        }
    }
    if let Some((message, hint)) = ring_fault(dial.ring) {
        findings.add(Some(name), "dial.ring", message, Some(hint));
    }
    let missing: Vec<&str> = Ended::FAILED
        .into_iter()
        .filter(|ended| dial.on.get(*ended).is_none())
        .map(Ended::as_str)
        .collect();
    if !missing.is_empty() {
        let message = format!("no exit for {}: such a call would be lost", missing.join(", "));
        findings.add(
            Some(name),
            "dial.on",
            message,
            Some("add the exits, or otherwise".into()),
        );
    }
}

fn check_announce(name: &str, announce: &AnnounceNode, findings: &mut Findings) {
    if !(1..=REPEAT_MAX).contains(&announce.repeat) {
        let message = format!("an announcement cannot be played {} times", announce.repeat);
        findings.add(
            Some(name),
            "announce.repeat",
            message,
            Some(format!("write 1 to {REPEAT_MAX}")),
        );
    }
}

fn check_reject(name: &str, reject: &RejectNode, findings: &mut Findings) {
    if !(400..=699).contains(&reject.status) {
        let message = format!("{} is not a status that refuses a call", reject.status);
        findings.add(
            Some(name),
            "reject.status",
            message,
            Some("write 400 to 699, such as 603".into()),
        );
    }
    if let Some(cause) = reject.cause.filter(|cause| !(1..=127).contains(cause)) {
        let message = format!("{cause} is not a Q.850 cause");
        findings.add(
            Some(name),
            "reject.cause",
            message,
            Some("write 1 to 127, such as 21".into()),
        );
    }
}

/// What is wrong with a ring time, and what to write.
pub(crate) fn ring_fault(ring: Duration) -> Option<(String, String)> {
    let (min, max) = (RING_MIN.as_secs(), RING_MAX.as_secs());
    let fault = || {
        (
            format!("a ring time of {} s is out of bounds", ring.as_secs()),
            format!("write {min}s to {max}s"),
        )
    };
    (!(RING_MIN..=RING_MAX).contains(&ring)).then(fault)
}
