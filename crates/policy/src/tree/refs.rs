//! What a node points at: other nodes, and things of the customer; each with the path where it is written.

use crate::customer::Kind;
use crate::tree::{DialNode, DialTo, Exits, Node, QueueExits};

/// A path inside a node, and the node it leads to.
pub(crate) type Edge<'a> = (String, &'a str);

impl Node {
    /// The nodes this one leads to, in the order in which they are written; missing ones are left out.
    pub(crate) fn edges(&self) -> Vec<Edge<'_>> {
        match self {
            Self::Called(node) => {
                let branches = node.branches.iter().map(|branch| branch.to.as_str());
                branched("called", branches, node.otherwise.as_deref())
            }
            Self::Caller(node) => {
                let branches = node.branches.iter().map(|branch| branch.to.as_str());
                branched("caller", branches, node.otherwise.as_deref())
            }
            Self::Time(node) => vec![
                ("time.open".into(), &node.open),
                ("time.closed".into(), &node.closed),
            ],
            Self::Dial(node) => {
                let written = node.on.written();
                written
                    .into_iter()
                    .filter_map(|(exit, to)| Some((format!("dial.on.{exit}"), to?)))
                    .collect()
            }
            Self::Announce(node) => vec![("announce.then".into(), &node.then)],
            Self::Queue(node) => {
                let written = node.on.written().into_iter();
                written
                    .filter_map(|(exit, to)| Some((format!("queue.on.{exit}"), to?)))
                    .collect()
            }
            Self::Reject(_) | Self::End => Vec::new(),
        }
    }

    /// The things of the customer this node names.
    pub(crate) fn names(&self) -> Vec<(String, Kind, &str)> {
        match self {
            Self::Caller(node) => {
                let lists = node.branches.iter().enumerate().filter_map(|(index, branch)| {
                    let list = branch.list.as_deref()?;
                    Some((format!("caller.branches[{index}].list"), Kind::List, list))
                });
                lists.collect()
            }
            Self::Time(node) => vec![("time.calendar".into(), Kind::Calendar, &node.calendar)],
            Self::Dial(node) => node.names(),
            Self::Announce(node) => vec![("announce.play".into(), Kind::Announcement, &node.play)],
            Self::Queue(node) => vec![
                ("queue.group".into(), Kind::Group, &node.group),
                ("queue.music".into(), Kind::Announcement, &node.music),
            ],
            Self::Called(_) | Self::Reject(_) | Self::End => Vec::new(),
        }
    }
}

impl DialNode {
    /// The sites and trunks it names.
    pub(crate) fn names(&self) -> Vec<(String, Kind, &str)> {
        let named = self.targets().enumerate().map(|(index, to)| {
            let place = if self.also.is_empty() {
                "dial".to_owned()
            } else {
                format!("dial.all[{index}]")
            };
            match to {
                DialTo::Site(site) => (place + ".site", Kind::Site, site.as_str()),
                DialTo::Number { trunk, .. } | DialTo::Trunk(trunk) => {
                    (place + ".trunk", Kind::Trunk, trunk.as_str())
                }
            }
        });
        named.collect()
    }
}

impl Exits {
    /// All exits by name, in the order of the manual.
    pub(crate) fn written(&self) -> [(&'static str, Option<&str>); 7] {
        [
            ("answered", self.answered.as_deref()),
            ("busy", self.busy.as_deref()),
            ("no_answer", self.no_answer.as_deref()),
            ("unreachable", self.unreachable.as_deref()),
            ("rejected", self.rejected.as_deref()),
            ("congestion", self.congestion.as_deref()),
            ("otherwise", self.otherwise.as_deref()),
        ]
    }
}

impl QueueExits {
    /// All exits by name, in the order of the manual.
    pub(crate) fn written(&self) -> [(&'static str, Option<&str>); 6] {
        [
            ("answered", self.answered.as_deref()),
            ("no_answer", self.no_answer.as_deref()),
            ("congestion", self.congestion.as_deref()),
            ("unreachable", self.unreachable.as_deref()),
            ("keyed", self.keyed.as_deref()),
            ("otherwise", self.otherwise.as_deref()),
        ]
    }
}

fn branched<'a>(
    kind: &str,
    branches: impl Iterator<Item = &'a str>,
    otherwise: Option<&'a str>,
) -> Vec<Edge<'a>> {
    let branches = branches
        .enumerate()
        .map(|(index, to)| (format!("{kind}.branches[{index}].to"), to));
    branches
        .chain(otherwise.map(|to| (format!("{kind}.otherwise"), to)))
        .collect()
}
