//! How a tree decides.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use crate::check::{self, Fault};
use crate::customer::{CustomerContext, Site};
use crate::facts::Facts;
use crate::step::{Cursor, Decision, Dial, Ended, Play, RoutingPolicy, Step, Target, Trace};
use crate::tree::branches::NoSuchList;
use crate::tree::version::version_of;
use crate::tree::{
    AnnounceNode, Calendar, CalledNode, CallerNode, DialNode, DialTo, END, List, Node, TimeNode, Tree,
};
use crate::words;

/// A tree ready to route calls: names resolved, zone loaded, version hashed.
#[derive(Debug, Clone)]
pub struct Trm {
    tree: Tree,
    zone: Option<TimeZone>,
    sites: BTreeMap<String, Site>,
    lists: BTreeMap<String, List>,
    calendars: BTreeMap<String, Calendar>,
    announcements: BTreeSet<String>,
    trunks: BTreeSet<String>,
    version: String,
}

/// Checks a tree and makes it ready.
///
/// # Errors
/// Everything that is wrong with it. An empty list means that some node could not be read, which is reported elsewhere.
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

/// What a node makes of a call.
enum Visit<'a> {
    Go(&'a str),
    Do(Step),
}

impl Trm {
    /// A tree that was not checked, to show what it would do to a call: a missing branch or name loses it.
    pub fn unchecked(tree: Tree, customer: &CustomerContext) -> Self {
        let named: BTreeSet<&str> = tree
            .nodes
            .values()
            .flat_map(Node::names)
            .map(|(_, _, name)| name)
            .collect();
        let is_named = |name: &&String| named.contains(name.as_str());
        let mut trm = Self {
            zone: TimeZone::get(&tree.zone).ok(),
            sites: only(&customer.sites, &named),
            lists: only(&customer.lists, &named),
            calendars: only(&customer.calendars, &named),
            announcements: customer.announcements.keys().filter(is_named).cloned().collect(),
            trunks: BTreeSet::new(),
            version: String::new(),
            tree: Tree::default(),
        };
        let by_site: BTreeSet<&str> = trm.sites.values().map(|site| site.trunk.as_str()).collect();
        let used = |trunk: &&String| is_named(trunk) || by_site.contains(trunk.as_str());
        trm.trunks = customer.trunks.iter().filter(used).cloned().collect();
        trm.version = version_of(&tree, &trm.sites, &trm.lists, &trm.calendars);
        trm.tree = tree;
        trm
    }

    /// The tree as written.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// From `node` through the conditions to the first step.
    fn from(&self, facts: &Facts, node: &str, because: Option<String>) -> Decision {
        let mut trace = Vec::new();
        let (mut node, mut because) = (node, because);
        // A path without a loop passes each node once, and ends.
        for _ in 0..=self.tree.nodes.len() {
            let (why, visit) = self.visit(facts, node);
            let why = match because.take() {
                Some(because) => format!("{because}; {why}"),
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

    fn visit<'a>(&'a self, facts: &Facts, name: &'a str) -> (String, Visit<'a>) {
        let found = match self.tree.nodes.get(name) {
            _ if name == END => Ok(("hangs up".into(), Visit::Do(Step::End))),
            None => Err(format!("there is no node {name}")),
            Some(Node::Called(called)) => visit_called(called, facts),
            Some(Node::Caller(caller)) => self.visit_caller(caller, facts),
            Some(Node::Time(time)) => self.visit_time(time, facts),
            Some(Node::Dial(dial)) => self.visit_dial(dial),
            Some(Node::Announce(announce)) => self.visit_announce(announce),
            Some(Node::Reject(reject)) => Ok((
                words::refuses(reject),
                Visit::Do(Step::Reject {
                    status: reject.status,
                    cause: reject.cause,
                    reason: reject.reason.clone(),
                }),
            )),
            Some(Node::End) => Ok(("hangs up".into(), Visit::Do(Step::End))),
        };
        found.unwrap_or_else(|why| (why, Visit::Do(Step::lost())))
    }

    fn visit_caller<'a>(
        &'a self,
        node: &'a CallerNode,
        facts: &Facts,
    ) -> Result<(String, Visit<'a>), String> {
        let caller = &facts.caller;
        for branch in &node.branches {
            match branch.matches(caller.number.as_deref(), &self.lists) {
                Ok(Some(how)) => return Ok((words::caller_matched(caller, how), Visit::Go(&branch.to))),
                Ok(None) => {}
                Err(NoSuchList(list)) => return Err(format!("there is no list {list}")),
            }
        }
        otherwise(node.otherwise.as_deref(), words::caller_name(caller))
    }

    fn visit_time<'a>(&'a self, node: &'a TimeNode, facts: &Facts) -> Result<(String, Visit<'a>), String> {
        let zone = self
            .zone
            .as_ref()
            .ok_or_else(|| format!("there is no time zone {}", self.tree.zone))?;
        let name = &node.calendar;
        let calendar = self
            .calendars
            .get(name)
            .ok_or_else(|| format!("there is no calendar {name}"))?;
        let local = zone.to_datetime(facts.at);
        let opening = calendar.at(local);
        let next = if opening.is_open() {
            &node.open
        } else {
            &node.closed
        };
        Ok((
            words::time(local, &self.tree.zone, name, opening),
            Visit::Go(next),
        ))
    }

    fn visit_dial(&self, node: &DialNode) -> Result<(String, Visit<'_>), String> {
        let target = match &node.to {
            DialTo::Site(name) => {
                let site = self
                    .sites
                    .get(name)
                    .ok_or_else(|| format!("there is no site {name}"))?;
                Target::Site {
                    site: name.clone(),
                    trunk: site.trunk.clone(),
                    user: site.number.clone(),
                }
            }
            DialTo::Number { number, trunk } => Target::Number {
                number: number.clone(),
                trunk: trunk.clone(),
            },
            DialTo::Trunk(trunk) => Target::Trunk {
                trunk: trunk.clone(),
                user: None,
            },
        };
        if !self.trunks.contains(target.trunk()) {
            return Err(format!("there is no trunk {}", target.trunk()));
        }
        let dial = Dial {
            label: target.label(),
            targets: vec![target],
            ring: node.ring,
        };
        Ok((words::rings(node), Visit::Do(Step::Dial(dial))))
    }

    fn visit_announce(&self, node: &AnnounceNode) -> Result<(String, Visit<'_>), String> {
        let prompt = &node.play;
        if !self.announcements.contains(prompt) {
            return Err(format!("there is no announcement {prompt}"));
        }
        let verb = if node.answer {
            "answers and plays"
        } else {
            "plays, without answering,"
        };
        let times = if node.repeat == 1 {
            String::new()
        } else {
            format!(" {} times", node.repeat)
        };
        let play = Play {
            prompt: prompt.clone(),
            answer: node.answer,
            repeat: node.repeat,
        };
        Ok((
            format!("{verb} announcement {prompt}{times}"),
            Visit::Do(Step::Play(play)),
        ))
    }

    /// The step at `node` ended.
    fn after(&self, facts: &Facts, node: &str, ended: Ended) -> Decision {
        let (because, next) = match self.tree.nodes.get(node) {
            _ if ended == Ended::CallerGone => (words::ended("", ended), Some(END)),
            Some(Node::Dial(dial)) => (words::ended(&words::whom(&dial.to), ended), dial.on.get(ended)),
            Some(Node::Announce(announce)) => {
                let who = format!("announcement {}", announce.play);
                (words::ended(&who, Ended::Played), Some(announce.then.as_str()))
            }
            _ => (format!("{node} was the last step"), Some(END)),
        };
        if let Some(next) = next {
            return self.from(facts, next, Some(because));
        }
        let why = format!("{because}, and the node has no exit {ended}");
        let trace = vec![Trace {
            node: node.to_owned(),
            why,
        }];
        Decision {
            step: Step::lost(),
            cursor: Cursor::at(node),
            trace,
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

fn visit_called<'a>(node: &'a CalledNode, facts: &Facts) -> Result<(String, Visit<'a>), String> {
    let called = &facts.callee;
    for branch in &node.branches {
        if let Some(how) = branch.matches(called) {
            return Ok((words::called_matched(called, how), Visit::Go(&branch.to)));
        }
    }
    otherwise(node.otherwise.as_deref(), format!("called number {called}"))
}

fn otherwise(next: Option<&str>, who: String) -> Result<(String, Visit<'_>), String> {
    match next {
        Some(next) => Ok((format!("{who} matches no branch"), Visit::Go(next))),
        None => Err(format!("{who} matches no branch, and there is no otherwise")),
    }
}

fn only<T: Clone>(all: &BTreeMap<String, T>, named: &BTreeSet<&str>) -> BTreeMap<String, T> {
    let wanted = all.iter().filter(|(name, _)| named.contains(name.as_str()));
    wanted
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
