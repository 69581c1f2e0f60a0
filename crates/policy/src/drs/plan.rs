//! A disaster plan: where the calls of some numbers go while it is on.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Serialize;

use crate::facts::Facts;
use crate::hash::content_hash;
use crate::step::{Cursor, Decision, Dial, Ended, Play, RoutingPolicy, Step, Target};
use crate::words;

const TARGETS: &str = "targets";
const LAST_RESORT: &str = "last-resort";

/// A prepared plan (DRS-01, DRS-02): targets in order, and an announcement when none of them answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Its customer.
    pub customer: String,
    /// Its name.
    pub name: String,
    /// The key that chooses it by phone.
    pub key: char,
    /// The numbers it is about.
    pub numbers: BTreeSet<String>,
    /// Who is rung, in this order.
    pub targets: Vec<Target>,
    /// No-answer timer of each.
    pub ring: Duration,
    /// Announcement for callers whom nobody answers.
    pub last_resort: String,
    /// Content hash; made by [`Plan::sealed`].
    pub version: String,
}

impl Plan {
    /// The same with the content hash of what it says.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        self.version.clear();
        self.version = content_hash(&self);
        self
    }

    fn dial(&self) -> Decision {
        let labels: Vec<String> = self.targets.iter().map(Target::label).collect();
        let why = format!(
            "disaster plan {} is on: rings {} for {} s each",
            self.name,
            labels.join(", then "),
            self.ring.as_secs()
        );
        let dial = Dial::new(format!("plan:{}", self.name), self.targets.clone(), self.ring);
        Decision::at(TARGETS, Step::Dial(dial), why)
    }

    fn announce(&self, because: &str) -> Decision {
        let play = Play {
            prompt: self.last_resort.clone(),
            answer: true,
            repeat: 1,
        };
        let why = format!("{because}; plays announcement {}", self.last_resort);
        Decision::at(LAST_RESORT, Step::Play(play), why)
    }
}

impl RoutingPolicy for Plan {
    fn step(&self, _facts: &Facts, cursor: Cursor, ended: Option<Ended>) -> Decision {
        let place = cursor.0.as_deref().unwrap_or(TARGETS);
        match ended {
            None if place == LAST_RESORT => self.announce("nobody answered"),
            None => self.dial(),
            Some(ended) if place == TARGETS && Ended::FAILED.contains(&ended) => {
                self.announce(&words::ended("the last target", ended))
            }
            Some(ended) => Decision::at(
                place,
                Step::End,
                words::ended(&format!("plan {}", self.name), ended),
            ),
        }
    }

    fn version(&self) -> &str {
        &self.version
    }
}

#[cfg(test)]
pub(super) fn sample() -> Plan {
    Plan {
        customer: "clinic".into(),
        name: "fire".into(),
        key: '1',
        numbers: BTreeSet::from(["+3225000100".into()]),
        targets: vec![
            Target::number("+32475000001", "pstn"),
            Target::number("+32475000002", "pstn"),
        ],
        ring: Duration::from_secs(20),
        last_resort: "unreachable".into(),
        version: String::new(),
    }
    .sealed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::walk::{Outcome, walk};

    fn facts() -> Facts {
        Facts::arriving("2026-11-24T10:00:00Z".parse().unwrap())
    }

    #[test]
    fn drs_01_targets_are_rung_in_order_and_the_last_resort_speaks() {
        pointsman_conformance::shows(&["DRS-01 targets last_resort"]);
        let plan = sample();
        for failed in Ended::FAILED {
            let walked = walk(&plan, &facts(), |step| match step {
                Step::Dial(dial) => {
                    assert_eq!(dial.targets, plan.targets);
                    failed
                }
                _ => Ended::Played,
            });
            assert_eq!(
                walked.outcome,
                Outcome::Announced("unreachable".into()),
                "{failed}"
            );
        }
        let answered = walk(&plan, &facts(), |_| Ended::Answered);
        assert_eq!(answered.outcome, Outcome::Answered("plan:fire".into()));
        assert!(
            answered.decisions[0].trace[0]
                .why
                .contains("number:+32475000001, then number:+32475000002")
        );
    }

    #[test]
    fn the_version_follows_the_content() {
        let plan = sample();
        assert_eq!(plan.version.len(), 16);
        assert_eq!(plan.clone().sealed(), plan);
        let other = Plan {
            ring: Duration::from_secs(21),
            ..plan.clone()
        }
        .sealed();
        assert_ne!(other.version, plan.version);
    }
}
