//! What one node makes of a call.

use jiff::civil::DateTime;

use super::branches::NoSuchList;
use super::eval::Trm;
use super::{
    AnnounceNode, CalledNode, CallerNode, DialNode, DialTo, END, Node, QueueNode, RejectNode, TimeNode,
};
use crate::facts::Facts;
use crate::step::{Dial, Play, Queue, Step, Target};
use crate::words;

/// Where a call goes from a node.
pub(crate) enum Visit<'a> {
    /// To the next node.
    Go(&'a str),
    /// Nowhere: the node wants something done.
    Do(Step),
}

/// Why, and where to; or why the call is lost here.
type Visited<'a> = Result<(String, Visit<'a>), String>;

/// A call on its way through the nodes of one decision.
pub(crate) struct Passing<'a> {
    trm: &'a Trm,
    facts: &'a Facts,
    /// Local time of arrival and its words, once a node has asked for them.
    moment: Option<(DateTime, String)>,
}

impl<'a> Passing<'a> {
    pub(crate) fn new(trm: &'a Trm, facts: &'a Facts) -> Self {
        Self {
            trm,
            facts,
            moment: None,
        }
    }

    /// Why, and where to. A call that is lost gets [`Step::lost`].
    pub(crate) fn visit(&mut self, name: &str) -> (String, Visit<'a>) {
        let trm = self.trm;
        let visited = match trm.tree.nodes.get(name) {
            _ if name == END => Ok(hang_up()),
            Some(Node::End) => Ok(hang_up()),
            Some(Node::Called(node)) => self.called(node),
            Some(Node::Caller(node)) => self.caller(node),
            Some(Node::Time(node)) => self.time(node),
            Some(Node::Dial(node)) => self.dial(node),
            Some(Node::Announce(node)) => self.announce(node),
            Some(Node::Queue(node)) => self.queue(node),
            Some(Node::Reject(node)) => Ok(reject(node)),
            None => Err(format!("there is no node {name}")),
        };
        visited.unwrap_or_else(|why| (why, Visit::Do(Step::lost())))
    }

    fn called(&self, node: &'a CalledNode) -> Visited<'a> {
        let called = &self.facts.callee;
        for branch in &node.branches {
            if let Some(how) = branch.matches(called) {
                return Ok((words::called_matched(called, how), Visit::Go(&branch.to)));
            }
        }
        otherwise(node.otherwise.as_deref(), &["called number ", called].concat())
    }

    fn caller(&self, node: &'a CallerNode) -> Visited<'a> {
        let caller = &self.facts.caller;
        for branch in &node.branches {
            match branch.matches(caller.number.as_deref(), &self.trm.lists) {
                Ok(Some(how)) => return Ok((words::caller_matched(caller, how), Visit::Go(&branch.to))),
                Ok(None) => {}
                Err(NoSuchList(list)) => return Err(format!("there is no list {list}")),
            }
        }
        otherwise(node.otherwise.as_deref(), &words::caller_name(caller))
    }

    fn time(&mut self, node: &'a TimeNode) -> Visited<'a> {
        let trm = self.trm;
        let name = &node.calendar;
        let calendar = trm
            .calendars
            .get(name)
            .ok_or_else(|| format!("there is no calendar {name}"))?;
        let zone = trm
            .zone
            .as_ref()
            .ok_or_else(|| format!("there is no time zone {}", trm.tree.zone))?;
        let (local, when) = self.moment.get_or_insert_with(|| {
            let local = zone.to_datetime(self.facts.at);
            (local, words::moment(local, &trm.tree.zone))
        });
        let opening = calendar.at(*local);
        let next = if opening.is_open() {
            &node.open
        } else {
            &node.closed
        };
        Ok((words::time(when, name, opening), Visit::Go(next)))
    }

    fn dial(&self, node: &DialNode) -> Visited<'a> {
        let targets: Result<Vec<Target>, String> = node.targets().map(|to| self.target(to)).collect();
        let dial = Dial::new(node.label(), targets?, node.ring);
        let dial = if node.also.is_empty() {
            dial
        } else {
            dial.all_at_once()
        };
        Ok((words::rings(node), Visit::Do(Step::Dial(dial))))
    }

    fn target(&self, to: &DialTo) -> Result<Target, String> {
        let target = match to {
            DialTo::Site(name) => {
                let site = self
                    .trm
                    .sites
                    .get(name)
                    .ok_or_else(|| format!("there is no site {name}"))?;
                Target::Site {
                    site: name.clone(),
                    trunk: site.trunk.clone(),
                    user: site.number.clone(),
                }
            }
            DialTo::Number { number, trunk } => Target::number(number, trunk),
            DialTo::Trunk(trunk) => Target::Trunk {
                trunk: trunk.clone(),
                user: None,
            },
        };
        if !self.trm.trunks.contains(target.trunk()) {
            return Err(format!("there is no trunk {}", target.trunk()));
        }
        Ok(target)
    }

    fn announce(&self, node: &AnnounceNode) -> Visited<'a> {
        if !self.trm.announcements.contains(&node.play) {
            return Err(format!("there is no announcement {}", node.play));
        }
        let play = Play {
            prompt: node.play.clone(),
            answer: node.answer,
            repeat: node.repeat,
        };
        Ok((words::plays(node), Visit::Do(Step::Play(play))))
    }

    fn queue(&self, node: &QueueNode) -> Visited<'a> {
        if !self.trm.groups.contains(&node.group) {
            return Err(format!("there is no skill group {}", node.group));
        }
        let queue = Queue {
            group: node.group.clone(),
            music: node.music.clone(),
            answer: node.answer,
            priority: node.priority,
            max_wait: node.max_wait,
            position: node.position.clone(),
            exit_key: node.exit_key,
        };
        Ok((words::waits(node), Visit::Do(Step::Queue(queue))))
    }
}

fn reject(node: &RejectNode) -> (String, Visit<'static>) {
    let step = Step::Reject {
        status: node.status,
        cause: node.cause,
        reason: node.reason.clone(),
    };
    (words::refuses(node), Visit::Do(step))
}

fn hang_up() -> (String, Visit<'static>) {
    ("hangs up".into(), Visit::Do(Step::End))
}

fn otherwise<'a>(next: Option<&'a str>, who: &str) -> Visited<'a> {
    match next {
        Some(next) => Ok(([who, " matches no branch"].concat(), Visit::Go(next))),
        None => Err(format!("{who} matches no branch, and there is no otherwise")),
    }
}
