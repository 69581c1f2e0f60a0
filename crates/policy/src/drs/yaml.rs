//! A disaster plan as written in YAML.

use std::collections::BTreeSet;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Plan;
use crate::check::{nearest, ring_fault};
use crate::customer::{CustomerContext, Kind};
use crate::number::normalise;
use crate::registry::PolicyError;
use crate::step::Target;
use crate::tree::yaml::{NumberText, Ring};

/// The longest that callers may be rung for in all, before the last resort speaks.
const RING_TOTAL: Duration = crate::check::RING_TOTAL;

/// A disaster plan.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DisasterPlan")]
pub struct PlanForm {
    /// The key that chooses it by phone, "1" to "9".
    #[schemars(regex(pattern = "^[1-9]$"))]
    pub key: String,
    /// Numbers of the customer that follow the plan while it is on.
    pub numbers: Vec<NumberText>,
    /// Who is rung, in this order.
    pub targets: Vec<TargetForm>,
    /// No-answer timer of each target, 1s to 2m.
    pub ring: Ring,
    /// Announcement for callers whom no target answers.
    pub last_resort: String,
}

/// Whom to ring: a `site`, or a `number` through a `trunk`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetForm {
    /// A site of the customer.
    pub site: Option<String>,
    /// A number, fixed or mobile; needs `trunk`.
    pub number: Option<NumberText>,
    /// The trunk to leave by.
    pub trunk: Option<String>,
}

/// Mistakes, and what is known of the customer.
struct Reading<'a> {
    customer: &'a CustomerContext,
    faults: Vec<PolicyError>,
}

impl PlanForm {
    /// The plan `name` of a customer that has these `numbers`.
    ///
    /// # Errors
    /// Every mistake in it; the paths are inside the plan.
    pub fn read(
        self,
        name: &str,
        customer: &CustomerContext,
        numbers: &BTreeSet<String>,
    ) -> Result<Plan, Vec<PolicyError>> {
        let mut reading = Reading {
            customer,
            faults: Vec::new(),
        };
        let key = reading.key(&self.key);
        let own = reading.numbers(self.numbers, numbers);
        let targets = reading.targets(self.targets);
        let Ring(ring) = self.ring;
        reading.ring(ring, targets.len());
        reading.last_resort(&self.last_resort);
        if !reading.faults.is_empty() {
            return Err(reading.faults);
        }
        let plan = Plan {
            customer: customer.customer.clone(),
            name: name.to_owned(),
            key,
            numbers: own,
            targets,
            ring,
            last_resort: self.last_resort,
            version: String::new(),
        };
        Ok(plan.sealed())
    }
}

impl Reading<'_> {
    fn fault(&mut self, path: String, message: String, hint: impl Into<String>) {
        self.faults.push(PolicyError {
            path,
            message,
            hint: Some(hint.into()),
        });
    }

    /// A name that should be one of `known`, unless it is one that is wrong elsewhere.
    fn known<'k>(
        &mut self,
        path: String,
        kind: Kind,
        name: &str,
        known: impl Iterator<Item = &'k str> + Clone,
    ) {
        let is_there = known.clone().any(|other| other == name)
            || self.customer.unread.contains(&(kind, name.to_owned()));
        if !is_there {
            self.faults.push(PolicyError {
                path,
                message: format!("there is no {kind} '{name}'"),
                hint: nearest(name, known),
            });
        }
    }

    fn key(&mut self, text: &str) -> char {
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(key @ '1'..='9'), None) => key,
            _ => {
                self.fault(
                    "key".into(),
                    format!("'{text}' is not one key"),
                    "write \"1\" to \"9\"",
                );
                '1'
            }
        }
    }

    fn numbers(&mut self, written: Vec<NumberText>, of_customer: &BTreeSet<String>) -> BTreeSet<String> {
        if written.is_empty() {
            self.fault(
                "numbers".into(),
                "the plan is about no number".into(),
                "name a number of the customer",
            );
        }
        let mut own = BTreeSet::new();
        for (index, NumberText(number)) in written.into_iter().enumerate() {
            let path = format!("numbers[{index}]");
            let number = normalise(&number, &self.customer.country).unwrap_or(number);
            if !of_customer.contains(&number) {
                let hint = nearest(&number, of_customer.iter().map(String::as_str));
                let hint = hint.unwrap_or_else(|| "add it to the numbers of this customer first".into());
                self.fault(path, format!("{number} is no number of this customer"), hint);
            } else if !own.insert(number.clone()) {
                self.fault(path, format!("{number} is listed twice"), "remove one of the two");
            }
        }
        own
    }

    fn targets(&mut self, written: Vec<TargetForm>) -> Vec<Target> {
        if written.is_empty() {
            self.fault(
                "targets".into(),
                "the plan rings nobody".into(),
                "name a site, or a number and its trunk",
            );
        }
        let customer = self.customer;
        let mut targets = Vec::new();
        for (index, form) in written.into_iter().enumerate() {
            let path = |key: &str| format!("targets[{index}].{key}");
            match form {
                TargetForm {
                    site: Some(site),
                    number: None,
                    trunk: None,
                } => {
                    self.known(
                        path("site"),
                        Kind::Site,
                        &site,
                        customer.sites.keys().map(String::as_str),
                    );
                    if let Some(found) = customer.sites.get(&site) {
                        targets.push(Target::Site {
                            site,
                            trunk: found.trunk.clone(),
                            user: found.number.clone(),
                        });
                    }
                }
                TargetForm {
                    site: None,
                    number: Some(NumberText(number)),
                    trunk: Some(trunk),
                } => {
                    self.known(
                        path("trunk"),
                        Kind::Trunk,
                        &trunk,
                        customer.trunks.iter().map(String::as_str),
                    );
                    match normalise(&number, &customer.country) {
                        Some(number) => targets.push(Target::number(number, trunk)),
                        None => self.fault(
                            path("number"),
                            format!("'{number}' is not a telephone number"),
                            "write it in E.164, such as \"+32475000001\"",
                        ),
                    }
                }
                _ => self.fault(
                    format!("targets[{index}]"),
                    "a target is a site, or a number through a trunk".into(),
                    "write { site: NAME } or { number: \"+32…\", trunk: NAME }",
                ),
            }
        }
        targets
    }

    fn ring(&mut self, ring: Duration, targets: usize) {
        if let Some((message, hint)) = ring_fault(ring) {
            self.fault("ring".into(), message, hint);
            return;
        }
        let total = ring.saturating_mul(u32::try_from(targets).unwrap_or(u32::MAX));
        if total > RING_TOTAL {
            let message = format!(
                "{targets} targets rung for {} s each are {} s, more than a caller waits",
                ring.as_secs(),
                total.as_secs()
            );
            self.fault(
                "ring".into(),
                message,
                format!("{} s in all are the most", RING_TOTAL.as_secs()),
            );
        }
    }

    fn last_resort(&mut self, name: &str) {
        let known = self.customer.announcements.keys().map(String::as_str);
        self.known("last_resort".into(), Kind::Announcement, name, known);
    }
}
