//! Skill groups and agents as written in YAML.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{AgentSetup, GroupSetup, Start, Strategy};
use crate::check::{nearest, ring_fault};
use crate::customer::{CustomerContext, Kind};
use crate::number::normalise;
use crate::registry::PolicyError;
use crate::step::Target;
use crate::tree::yaml::{NumberText, Ring, Wait};

/// Most callers that a queue may be given.
const MOST_CALLERS: usize = 1_000;
/// Longest wrap-up and longest pause after an offer that was not taken.
const LONGEST: Duration = Duration::from_secs(30 * 60);
/// Highest level of an agent in a group.
const HIGHEST: u8 = 10;

/// A skill group and the queue before it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SkillGroup")]
pub struct GroupForm {
    /// Whom a caller gets when several agents are free; `longest_idle` when left out.
    #[serde(default)]
    pub strategy: Strategy,
    /// Callers that may wait at a time, 1 to 1000; 100 when left out.
    pub max_length: Option<usize>,
    /// How long an agent's phone rings, 1s to 2m; 20s when left out.
    pub ring: Option<Ring>,
    /// How long an agent has after a call before the next one, up to 30m; none when left out.
    pub wrap_up: Option<Wait>,
    /// How long an agent that did not take a call gets none, up to 30m; 30s when left out.
    pub no_answer_pause: Option<Wait>,
}

/// An agent, reached at a `site`, or at a `number` or extension through a `trunk`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Agent")]
pub struct AgentForm {
    /// A site of the customer.
    pub site: Option<String>,
    /// A number, fixed or mobile, or an extension; needs `trunk`.
    pub number: Option<NumberText>,
    /// The trunk to leave by.
    pub trunk: Option<String>,
    /// Its skill groups, and its level in each: 1 to 10, the higher the better.
    pub groups: BTreeMap<String, u8>,
    /// Its state when the node starts; `offline` when left out.
    #[serde(default)]
    pub start: Start,
    /// Record every call of the agent, through a queue or not; needs voice recording beside agent contact management.
    #[serde(default)]
    pub record: bool,
}

fn fault(faults: &mut Vec<PolicyError>, path: &str, message: String, hint: impl Into<String>) {
    faults.push(PolicyError {
        path: path.into(),
        message,
        hint: Some(hint.into()),
    });
}

fn done<T>(value: T, faults: Vec<PolicyError>) -> Result<T, Vec<PolicyError>> {
    if faults.is_empty() { Ok(value) } else { Err(faults) }
}

impl GroupForm {
    /// The group.
    ///
    /// # Errors
    /// Every value that is out of bounds; the paths are inside the group.
    pub fn read(self) -> Result<GroupSetup, Vec<PolicyError>> {
        let mut faults = Vec::new();
        let usual = GroupSetup::default();
        let setup = GroupSetup {
            strategy: self.strategy,
            max_length: self.max_length.unwrap_or(usual.max_length),
            ring: self.ring.map_or(usual.ring, |ring| ring.0),
            wrap_up: self.wrap_up.map_or(usual.wrap_up, |wait| wait.0),
            no_answer_pause: self.no_answer_pause.map_or(usual.no_answer_pause, |wait| wait.0),
        };
        if !(1..=MOST_CALLERS).contains(&setup.max_length) {
            let message = format!("a queue of {} callers is out of bounds", setup.max_length);
            fault(
                &mut faults,
                "max_length",
                message,
                format!("write 1 to {MOST_CALLERS}"),
            );
        }
        if let Some((message, hint)) = ring_fault(setup.ring) {
            fault(&mut faults, "ring", message, hint);
        }
        for (path, time) in [
            ("wrap_up", setup.wrap_up),
            ("no_answer_pause", setup.no_answer_pause),
        ] {
            if time > LONGEST {
                let message = format!("{} s are too long", time.as_secs());
                fault(&mut faults, path, message, "write 0s to 30m");
            }
        }
        done(setup, faults)
    }
}

impl AgentForm {
    /// The agent.
    ///
    /// # Errors
    /// Every mistake in it; the paths are inside the agent.
    pub fn read(self, customer: &CustomerContext) -> Result<AgentSetup, Vec<PolicyError>> {
        let mut faults = Vec::new();
        if self.groups.is_empty() {
            let message = "the agent is in no skill group".to_owned();
            fault(&mut faults, "groups", message, "write { GROUP: LEVEL }");
        }
        for (group, level) in &self.groups {
            let path = format!("groups.{group}");
            known(
                customer,
                &mut faults,
                &path,
                (Kind::Group, group),
                customer.groups.keys(),
            );
            if !(1..=HIGHEST).contains(level) {
                let message = format!("a level of {level} is out of bounds");
                fault(&mut faults, &path, message, format!("write 1 to {HIGHEST}"));
            }
        }
        let contact = contact(self.site, self.number, self.trunk, customer, &mut faults);
        let setup = AgentSetup {
            contact: contact.unwrap_or_else(|| Target::number("", "")),
            groups: self.groups,
            start: self.start,
            record: self.record,
        };
        done(setup, faults)
    }
}

fn contact(
    site: Option<String>,
    number: Option<NumberText>,
    trunk: Option<String>,
    customer: &CustomerContext,
    faults: &mut Vec<PolicyError>,
) -> Option<Target> {
    match (site, number, trunk) {
        (Some(site), None, None) => {
            known(
                customer,
                faults,
                "site",
                (Kind::Site, &site),
                customer.sites.keys(),
            );
            let found = customer.sites.get(&site)?;
            Some(Target::Site {
                site,
                trunk: found.trunk.clone(),
                user: found.number.clone(),
            })
        }
        (None, Some(NumberText(number)), Some(trunk)) => {
            known(
                customer,
                faults,
                "trunk",
                (Kind::Trunk, &trunk),
                customer.trunks.iter(),
            );
            let number = normalise(&number, &customer.country).unwrap_or(number);
            Some(Target::number(number, trunk))
        }
        _ => {
            let message = "an agent is at a site, or at a number through a trunk".to_owned();
            let hint = "write site: NAME, or number: \"+32…\" and trunk: NAME";
            fault(faults, "", message, hint);
            None
        }
    }
}

/// A name that should be one of those there are, unless it is one that is wrong elsewhere.
fn known<'k>(
    customer: &CustomerContext,
    faults: &mut Vec<PolicyError>,
    path: &str,
    (kind, name): (Kind, &String),
    mut names: impl Iterator<Item = &'k String> + Clone,
) {
    let is_unread = customer.unread.contains(&(kind, name.clone()));
    if !is_unread && !names.clone().any(|other| other == name) {
        faults.push(PolicyError {
            path: path.to_owned(),
            message: format!("there is no {kind} '{name}'"),
            hint: nearest(name, names.by_ref().map(String::as_str)),
        });
    }
}
