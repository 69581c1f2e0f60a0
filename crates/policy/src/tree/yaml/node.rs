//! The nodes of a tree as written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::queue::QueueForm;
use super::{NumberText, Ring, done, fault, read_number, read_numbers, read_prefixes};
use crate::registry::PolicyError;
use crate::tree::{
    AnnounceNode, CalledBranch, CalledNode, CallerBranch, CallerNode, DialNode, DialTo, Exits, Node,
    RejectNode, TimeNode,
};

/// One node: a map with one key that names its kind.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct NodeForm(
    #[serde(with = "serde_yaml::with::singleton_map")]
    #[schemars(with = "NodeKindForm")]
    pub NodeKindForm,
);

/// The kinds of node.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NodeKindForm {
    /// Branches on the number dialled.
    Called(CalledForm),
    /// Branches on the caller.
    Caller(CallerForm),
    /// Inside or outside the hours of a calendar.
    Time(TimeForm),
    /// Ring somebody.
    Dial(Box<DialForm>),
    /// Play an announcement.
    Announce(AnnounceForm),
    /// Wait for an agent of a skill group.
    Queue(Box<QueueForm>),
    /// Refuse the call.
    Reject(RejectForm),
    /// Hang up.
    End(EmptyForm),
}

/// Branches on the number dialled, tried in order.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalledForm {
    /// Tried in order; the first that matches is taken.
    pub branches: Vec<CalledBranchForm>,
    /// Next node when none matches; may be left out when the branches cover every number that has this tree.
    pub otherwise: Option<String>,
}

/// A branch on the number dialled: any of these.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalledBranchForm {
    /// Exact numbers.
    #[serde(default)]
    pub numbers: Vec<NumberText>,
    /// Beginnings of numbers.
    #[serde(default)]
    pub prefixes: Vec<NumberText>,
    /// Next node.
    pub to: String,
}

/// Branches on the caller, tried in order.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallerForm {
    /// Tried in order; the first that matches is taken.
    pub branches: Vec<CallerBranchForm>,
    /// Next node when none matches.
    pub otherwise: Option<String>,
}

/// A branch on the caller: any of these.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallerBranchForm {
    /// A caller list.
    pub list: Option<String>,
    /// Exact numbers.
    #[serde(default)]
    pub numbers: Vec<NumberText>,
    /// Beginnings of numbers.
    #[serde(default)]
    pub prefixes: Vec<NumberText>,
    /// Callers who withhold their number.
    #[serde(default)]
    pub withheld: bool,
    /// Next node.
    pub to: String,
}

/// Inside or outside the hours of a calendar.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeForm {
    /// Name of the calendar.
    pub calendar: String,
    /// Next node inside its hours.
    pub open: String,
    /// Next node outside them.
    pub closed: String,
}

/// Ring somebody: a `site`, a `number` through a `trunk`, a `trunk` with the called number kept, or `all` of several.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DialForm {
    /// A site of the customer.
    pub site: Option<String>,
    /// A number, fixed or mobile; needs `trunk`.
    pub number: Option<NumberText>,
    /// A trunk.
    pub trunk: Option<String>,
    /// Two to ten targets, rung at the same time; the first to answer has the call.
    pub all: Option<Vec<TargetForm>>,
    /// No-answer timer, 1s to 2m.
    pub ring: Ring,
    /// Next node for each outcome.
    pub on: ExitsForm,
}

/// One of several that are rung at once.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetForm {
    /// A site of the customer.
    pub site: Option<String>,
    /// A number, fixed or mobile; needs `trunk`.
    pub number: Option<NumberText>,
    /// A trunk; alone, the called number is kept.
    pub trunk: Option<String>,
}

/// Next node for each outcome of a dial.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExitsForm {
    /// After an answered conversation that the callee ended; `end` when left out.
    pub answered: Option<String>,
    /// Busy.
    pub busy: Option<String>,
    /// Nobody answered within the ring time.
    pub no_answer: Option<String>,
    /// Nothing answers there.
    pub unreachable: Option<String>,
    /// Refused by the callee.
    pub rejected: Option<String>,
    /// No free line.
    pub congestion: Option<String>,
    /// Every outcome without its own exit; `answered` is not one of them.
    pub otherwise: Option<String>,
}

/// Play an announcement.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnounceForm {
    /// Name of the announcement.
    pub play: String,
    /// true: answer first (the caller pays). false: play before answering.
    #[serde(default = "yes")]
    pub answer: bool,
    /// How many times.
    #[serde(default = "once")]
    pub repeat: u32,
    /// Next node; `end` hangs up.
    pub then: String,
}

/// Refuse the call.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectForm {
    /// SIP status, 400 to 699.
    pub status: u16,
    /// Q.850 cause, 1 to 127.
    pub cause: Option<u8>,
    /// Reason phrase; the usual one of the status when left out.
    pub reason: Option<String>,
}

/// A node without settings: `{}`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmptyForm {}

fn yes() -> bool {
    true
}

fn once() -> u32 {
    1
}

impl NodeForm {
    /// The node; numbers are normalised with `country`.
    ///
    /// # Errors
    /// What serde cannot see, each with its path inside the node. What depends on other nodes is found by the checker.
    pub fn read(self, country: &str) -> Result<Node, Vec<PolicyError>> {
        let mut faults = Vec::new();
        let node = match self.0 {
            NodeKindForm::Called(form) => Node::Called(form.read(country, &mut faults)),
            NodeKindForm::Caller(form) => Node::Caller(form.read(country, &mut faults)),
            NodeKindForm::Time(TimeForm {
                calendar,
                open,
                closed,
            }) => Node::Time(TimeNode {
                calendar,
                open,
                closed,
            }),
            NodeKindForm::Dial(form) => Node::Dial(form.read(country, &mut faults)),
            NodeKindForm::Announce(AnnounceForm {
                play,
                answer,
                repeat,
                then,
            }) => Node::Announce(AnnounceNode {
                play,
                answer,
                repeat,
                then,
            }),
            NodeKindForm::Queue(form) => Node::Queue(form.read(&mut faults)),
            NodeKindForm::Reject(RejectForm {
                status,
                cause,
                reason,
            }) => {
                let reason = reason.unwrap_or_else(|| usual_reason(status).to_owned());
                Node::Reject(RejectNode {
                    status,
                    cause,
                    reason,
                })
            }
            NodeKindForm::End(EmptyForm {}) => Node::End,
        };
        done(node, faults)
    }
}

impl CalledForm {
    fn read(self, country: &str, faults: &mut Vec<PolicyError>) -> CalledNode {
        let branches = self.branches.into_iter().enumerate().map(|(index, form)| {
            let path = format!("called.branches[{index}]");
            CalledBranch {
                numbers: read_numbers(form.numbers, &format!("{path}.numbers"), country, faults),
                prefixes: read_prefixes(form.prefixes, &format!("{path}.prefixes"), country, faults),
                to: form.to,
            }
        });
        CalledNode {
            branches: branches.collect(),
            otherwise: self.otherwise,
        }
    }
}

impl CallerForm {
    fn read(self, country: &str, faults: &mut Vec<PolicyError>) -> CallerNode {
        let branches = self.branches.into_iter().enumerate().map(|(index, form)| {
            let path = format!("caller.branches[{index}]");
            CallerBranch {
                list: form.list,
                numbers: read_numbers(form.numbers, &format!("{path}.numbers"), country, faults),
                prefixes: read_prefixes(form.prefixes, &format!("{path}.prefixes"), country, faults),
                withheld: form.withheld,
                to: form.to,
            }
        });
        CallerNode {
            branches: branches.collect(),
            otherwise: self.otherwise,
        }
    }
}

impl DialForm {
    fn read(self, country: &str, faults: &mut Vec<PolicyError>) -> DialNode {
        let one = TargetForm {
            site: self.site,
            number: self.number,
            trunk: self.trunk,
        };
        let (to, also) = match self.all {
            None => (one.read("dial", country, faults), Vec::new()),
            Some(all) => {
                one.refuse_beside_all(all.len(), faults);
                let all = all.into_iter().enumerate();
                let mut all =
                    all.map(|(index, form)| form.read(&format!("dial.all[{index}]"), country, faults));
                let first = all.next().unwrap_or(DialTo::Trunk(String::new()));
                (first, all.collect())
            }
        };
        let ExitsForm {
            answered,
            busy,
            no_answer,
            unreachable,
            rejected,
            congestion,
            otherwise,
        } = self.on;
        let on = Exits {
            answered,
            busy,
            no_answer,
            unreachable,
            rejected,
            congestion,
            otherwise,
        };
        DialNode {
            to,
            also,
            ring: self.ring.0,
            on,
        }
    }
}

impl TargetForm {
    fn read(self, path: &str, country: &str, faults: &mut Vec<PolicyError>) -> DialTo {
        match (self.site, self.number, self.trunk) {
            (Some(site), None, None) => DialTo::Site(site),
            (None, None, Some(trunk)) => DialTo::Trunk(trunk),
            (None, Some(number), Some(trunk)) => DialTo::Number {
                number: read_number(number, format!("{path}.number"), country, faults),
                trunk,
            },
            (site, number, _) => {
                let (part, message) = match (site, number) {
                    (None, None) => ("", "this node does not say whom to ring"),
                    (None, Some(_)) => (".number", "a number needs a trunk to leave by"),
                    (Some(_), _) => (".site", "a site has its own trunk and number"),
                };
                let hint = "write either site, or number and trunk, or trunk alone";
                faults.push(fault(format!("{path}{part}"), message, hint));
                DialTo::Trunk(String::new())
            }
        }
    }

    /// Beside `all` there is no target of its own, and `all` names two at least.
    fn refuse_beside_all(&self, all: usize, faults: &mut Vec<PolicyError>) {
        if self.site.is_some() || self.number.is_some() || self.trunk.is_some() {
            let hint = "put this target into the list as well";
            faults.push(fault("dial.all".into(), "all already says whom to ring", hint));
        }
        if all < 2 {
            let hint = "write two targets or more, or one without all";
            faults.push(fault(
                "dial.all".into(),
                "there are not several to ring at once",
                hint,
            ));
        }
    }
}

/// The reason phrase people expect with a status (RFC 3261, section 21).
fn usual_reason(status: u16) -> &'static str {
    match status {
        403 => "Forbidden",
        404 => "Not Found",
        410 => "Gone",
        480 => "Temporarily Unavailable",
        484 => "Address Incomplete",
        486 => "Busy Here",
        488 => "Not Acceptable Here",
        500 => "Server Internal Error",
        503 => "Service Unavailable",
        600 => "Busy Everywhere",
        603 => "Decline",
        604 => "Does Not Exist Anywhere",
        _ => "Call Refused",
    }
}
