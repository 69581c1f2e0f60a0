//! Sends every class of calls through a tree and looks where it ends.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::domain::{Domain, Region, Taken};
use super::findings::Findings;
use super::{RING_TOTAL, WAY_MAX};
use crate::customer::{CustomerContext, Kind};
use crate::step::Ended;
use crate::tree::{AnnounceNode, CalledNode, CallerNode, DialNode, END, Node, QueueNode, TimeNode, Tree};

/// More visits than this, and a tree is refused as too large to prove.
const VISITS: usize = 20_000;

/// What the exploration saw.
#[derive(Debug, Default)]
pub(crate) struct Explored {
    /// Nodes at which a call can arrive.
    pub(crate) visited: BTreeSet<String>,
    /// Some way was not followed to its end, because something else is wrong or unknown there.
    pub(crate) unsure: bool,
    /// Loops that calls can enter, each beginning where it was entered.
    pub(crate) loops: Vec<Vec<String>>,
}

/// Calls on their way.
#[derive(Debug, Clone)]
struct Calls {
    region: Region,
    answered: bool,
    /// Longest time a caller may have heard ringing so far.
    ring: Duration,
    /// How the dials so far ended.
    line: Vec<(String, Ended)>,
    /// No line is told to end in two ways: an explanation can follow this way.
    told: bool,
}

/// Where calls come from: a node (or the tree itself) and the path of its exit.
type From<'a> = (Option<&'a str>, &'a str);

struct Explorer<'a> {
    tree: &'a Tree,
    customer: &'a CustomerContext,
    domain: Domain,
    findings: &'a mut Findings,
    explored: Explored,
    path: Vec<String>,
    seen: BTreeMap<String, Vec<Calls>>,
    visits: usize,
}

/// Explores the tree from its start; adds what it finds.
pub(crate) fn explore(tree: &Tree, customer: &CustomerContext, findings: &mut Findings) -> Explored {
    let domain = Domain::new(tree, customer);
    let calls = Calls {
        region: domain.everything(),
        answered: false,
        ring: Duration::ZERO,
        line: Vec::new(),
        told: true,
    };
    let mut explorer = Explorer {
        tree,
        customer,
        domain,
        findings,
        explored: Explored::default(),
        path: Vec::new(),
        seen: BTreeMap::new(),
        visits: 0,
    };
    explorer.go((None, "start"), &tree.start, calls);
    if explorer.visits > VISITS {
        let message = format!("this tree is too large to be proved: more than {VISITS} ways lead through it");
        let hint = "divide it, or ask the same question only once on each way";
        explorer.findings.add(None, "nodes", message, Some(hint.into()));
    }
    explorer.explored
}

impl Explorer<'_> {
    fn go(&mut self, from: From<'_>, to: &str, calls: Calls) {
        if calls.region.is_empty() || self.visits > VISITS {
            return;
        }
        let tree = self.tree;
        let node = match tree.nodes.get(to) {
            _ if to == END => return self.hang_up(from, &calls),
            Some(Node::End) => {
                self.explored.visited.insert(to.to_owned());
                return self.hang_up(from, &calls);
            }
            Some(node) => node,
            None => return self.lost(from.0, from.1, &calls),
        };
        self.explored.visited.insert(to.to_owned());
        if let Some(begin) = self.path.iter().position(|passed| passed == to) {
            return self.found_loop(from, begin, &calls);
        }
        if self.path.len() == WAY_MAX {
            return self.too_long(from);
        }
        let seen = self.seen.entry(to.to_owned()).or_default();
        if seen.iter().any(|before| before.covers(&calls)) {
            return;
        }
        seen.push(calls.clone());
        self.visits += 1;
        self.path.push(to.to_owned());
        match node {
            Node::Called(called) => self.called(to, called, calls),
            Node::Caller(caller) => self.caller(to, caller, calls),
            Node::Time(time) => self.time(to, time, calls),
            Node::Dial(dial) => self.dial(to, dial, calls),
            Node::Announce(announce) => self.announce(to, announce, calls),
            Node::Queue(queue) => self.queue(to, queue, calls),
            Node::Reject(_) | Node::End => {}
        }
        self.path.pop();
    }

    /// These calls get no further. If the place is wrong already they are the example; if not, it is unknown.
    fn lost(&mut self, node: Option<&str>, path: &str, calls: &Calls) {
        self.explored.unsure = true;
        let example = self.example(calls);
        self.findings.exemplify(node, path, example);
    }

    fn example(&self, calls: &Calls) -> Option<super::Example> {
        calls
            .told
            .then(|| self.domain.example(&calls.region, &calls.line))
            .flatten()
    }

    fn hang_up(&mut self, (node, path): From<'_>, calls: &Calls) {
        if calls.answered {
            return;
        }
        let message = "hangs up although nobody has answered the caller".to_owned();
        let hint = "lead to an announcement or to a reject".to_owned();
        self.findings.add(node, path, message, Some(hint));
        let example = self.example(calls);
        self.findings.exemplify(node, path, example);
    }

    fn found_loop(&mut self, (node, path): From<'_>, begin: usize, calls: &Calls) {
        let nodes = self.path[begin..].to_vec();
        self.findings.add(
            node,
            path,
            round(&nodes),
            Some("lead to another node here".into()),
        );
        let example = self.example(calls);
        self.findings.exemplify(node, path, example);
        self.explored.loops.push(nodes);
    }

    fn too_long(&mut self, (node, path): From<'_>) {
        self.explored.unsure = true;
        let message = format!("calls pass {WAY_MAX} nodes on the way here, which is the most");
        self.findings
            .add(node, path, message, Some("shorten the way".into()));
    }

    fn called(&mut self, name: &str, node: &CalledNode, calls: Calls) {
        let choices = self.domain.called.choices[name].clone();
        for (index, branch) in node.branches.iter().enumerate() {
            let mut some = calls.clone();
            some.region.called = calls
                .region
                .called
                .filter(|class| choices[class] == Taken::Branch(index));
            self.go(
                (Some(name), &format!("called.branches[{index}].to")),
                &branch.to,
                some,
            );
        }
        let mut rest = calls;
        rest.region.called = rest.region.called.filter(|class| choices[class] == Taken::None);
        let what = |example: &super::Example| format!("calls to {}", example.to);
        self.otherwise(name, "called", node.otherwise.as_deref(), rest, what);
    }

    fn caller(&mut self, name: &str, node: &CallerNode, calls: Calls) {
        let choices = self.domain.callers.choices[name].clone();
        for (index, branch) in node.branches.iter().enumerate() {
            let mut some = calls.clone();
            some.region.callers = calls
                .region
                .callers
                .filter(|class| choices[class] == Taken::Branch(index));
            self.go(
                (Some(name), &format!("caller.branches[{index}].to")),
                &branch.to,
                some,
            );
            let mut unknown = calls.clone();
            unknown.region.callers = calls
                .region
                .callers
                .filter(|class| choices[class] == Taken::NoList(index));
            if !unknown.region.is_empty() {
                self.lost(Some(name), &format!("caller.branches[{index}].list"), &unknown);
            }
        }
        let mut rest = calls;
        rest.region.callers = rest.region.callers.filter(|class| choices[class] == Taken::None);
        let what = |example: &super::Example| match &example.from {
            Some(number) => format!("calls from {number}"),
            None => "calls with a withheld number".into(),
        };
        self.otherwise(name, "caller", node.otherwise.as_deref(), rest, what);
    }

    fn otherwise(
        &mut self,
        name: &str,
        kind: &str,
        otherwise: Option<&str>,
        rest: Calls,
        what: impl Fn(&super::Example) -> String,
    ) {
        if rest.region.is_empty() {
            return;
        }
        if let Some(next) = otherwise {
            return self.go((Some(name), &format!("{kind}.otherwise")), next, rest);
        }
        let example = self.example(&rest);
        let what = self
            .domain
            .example(&rest.region, &[])
            .map_or_else(|| "some calls".into(), |call| what(&call));
        let message = format!("{what} match no branch, and there is no otherwise");
        let hint = "add otherwise: with the node for all other calls".to_owned();
        let path = format!("{kind}.branches");
        self.findings.add(Some(name), &path, message, Some(hint));
        self.findings.exemplify(Some(name), &path, example);
    }

    fn time(&mut self, name: &str, node: &TimeNode, calls: Calls) {
        let Some(choices) = self.domain.times.choices.get(name).cloned() else {
            return self.lost(Some(name), "time.calendar", &calls);
        };
        for (exit, next, wanted) in [
            ("time.open", &node.open, true),
            ("time.closed", &node.closed, false),
        ] {
            let mut some = calls.clone();
            some.region.times = calls.region.times.filter(|class| choices[class] == wanted);
            self.go((Some(name), exit), next, some);
        }
    }

    fn dial(&mut self, name: &str, node: &DialNode, mut calls: Calls) {
        for (path, kind, target) in node.names() {
            if self.findings.has(Some(name), &path) {
                return self.lost(Some(name), &path, &calls);
            }
            self.explored.unsure |= self.customer.unread.contains(&(kind, target.to_owned()));
        }
        self.count_ring(name, "dial.ring", node.ring, &mut calls);
        for ended in [Ended::Answered].into_iter().chain(Ended::FAILED) {
            let mut some = calls.clone();
            some.tell(node.label(), ended);
            some.answered |= ended == Ended::Answered;
            match node.on.get(ended) {
                Some(next) => self.go((Some(name), &exit_path(node, ended)), next, some),
                None => self.lost(Some(name), "dial.on", &some),
            }
        }
    }

    fn count_ring(&mut self, name: &str, path: &str, ring: Duration, calls: &mut Calls) {
        let before = calls.ring;
        calls.ring = before.saturating_add(ring);
        if before <= RING_TOTAL && calls.ring > RING_TOTAL {
            let (rings, most) = (calls.ring.as_secs(), RING_TOTAL.as_secs());
            let message = format!(
                "a caller may hear {rings} s of ringing by the end of this node; {most} s is the most"
            );
            let hint = "ring for a shorter time, or fewer lines in a row".to_owned();
            self.findings.add(Some(name), path, message, Some(hint));
        }
    }

    fn queue(&mut self, name: &str, node: &QueueNode, mut calls: Calls) {
        for (path, kind, named) in [
            ("queue.group", Kind::Group, &node.group),
            ("queue.music", Kind::Announcement, &node.music),
        ] {
            if self.findings.has(Some(name), path) {
                return self.lost(Some(name), path, &calls);
            }
            self.explored.unsure |= self.customer.unread.contains(&(kind, named.clone()));
        }
        calls.answered |= node.answer;
        if !calls.answered {
            self.count_ring(name, "queue.max_wait", node.max_wait, &mut calls);
        }
        for ended in node.outcomes() {
            let mut some = calls.clone();
            some.tell(node.label(), ended);
            // An explanation presses no key.
            some.told &= ended != Ended::Keyed;
            some.answered |= ended == Ended::Answered;
            let own = node.on.written().into_iter();
            let own = own
                .filter(|(_, to)| to.is_some())
                .any(|(exit, _)| exit == ended.as_str());
            let exit = if own || ended == Ended::Answered {
                ended.as_str()
            } else {
                "otherwise"
            };
            match node.on.get(ended) {
                Some(next) => self.go((Some(name), &format!("queue.on.{exit}")), next, some),
                None => self.lost(Some(name), "queue.on", &some),
            }
        }
    }

    fn announce(&mut self, name: &str, node: &AnnounceNode, mut calls: Calls) {
        if self.findings.has(Some(name), "announce.play") {
            return self.lost(Some(name), "announce.play", &calls);
        }
        calls.answered |= node.answer;
        self.go((Some(name), "announce.then"), &node.then, calls);
    }
}

impl Calls {
    /// Whatever is found from `other` on would be found from here, too.
    fn covers(&self, other: &Self) -> bool {
        other.region.is_subset(&self.region)
            && self.answered == other.answered
            && self.ring >= other.ring
            && (self.told || !other.told)
    }

    fn tell(&mut self, label: String, ended: Ended) {
        match self.line.iter().find(|(told, _)| *told == label) {
            Some((_, before)) => self.told &= *before == ended,
            None => self.line.push((label, ended)),
        }
    }
}

/// Path of the exit that is taken after `ended`.
fn exit_path(node: &DialNode, ended: Ended) -> String {
    let own = node
        .on
        .written()
        .into_iter()
        .any(|(exit, to)| exit == ended.as_str() && to.is_some());
    let exit = if own || ended == Ended::Answered {
        ended.as_str()
    } else {
        "otherwise"
    };
    format!("dial.on.{exit}")
}

/// "calls go round for ever: a → b → a".
pub(crate) fn round(nodes: &[String]) -> String {
    let shown: Vec<&str> = nodes.iter().chain(nodes.first()).map(String::as_str).collect();
    format!("calls go round for ever: {}", shown.join(" → "))
}
