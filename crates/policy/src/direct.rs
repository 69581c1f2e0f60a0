//! The policy `direct`: dial one trunk, keep the called number, pass on what comes back.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use crate::check::{nearest, ring_fault};
use crate::customer::{CustomerContext, Kind};
use crate::facts::Facts;
use crate::registry::{Factory, PolicyError, settings};
use crate::step::{Cursor, Decision, Dial, Ended, RoutingPolicy, Step, Target};
use crate::tree::yaml::Ring;
use crate::words;

/// Ring time when none is given.
const RING: Duration = Duration::from_secs(60);
/// The one node of the policy.
const NODE: &str = "direct";

/// Dials one trunk with the called number kept; every failure is passed on to the caller as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Direct {
    /// Trunk to dial.
    pub trunk: String,
    /// No-answer timer.
    pub ring: Duration,
}

impl RoutingPolicy for Direct {
    fn step(&self, _facts: &Facts, _cursor: Cursor, ended: Option<Ended>) -> Decision {
        let trunk = format!("trunk {}", self.trunk);
        let (step, why) = match ended {
            None => (
                self.dial(),
                format!("rings {trunk} for {} s", self.ring.as_secs()),
            ),
            Some(
                ended @ (Ended::Answered
                | Ended::Played
                | Ended::CallerGone
                | Ended::Keyed
                | Ended::NoKeys
                | Ended::Told),
            ) => (Step::End, words::ended(&trunk, ended)),
            Some(ended) => (
                Step::PassOn,
                format!("{}; the caller is told so", words::ended(&trunk, ended)),
            ),
        };
        Decision::at(NODE, step, why)
    }
}

impl Direct {
    fn dial(&self) -> Step {
        let target = Target::Trunk {
            trunk: self.trunk.clone(),
            user: None,
        };
        Step::Dial(Dial::new(target.label(), vec![target], self.ring))
    }
}

/// `{ policy: direct, trunk: NAME, ring: 60s }`.
pub(crate) struct DirectFactory;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DirectSettings {
    trunk: String,
    ring: Option<Ring>,
}

impl Factory for DirectFactory {
    fn build(
        &self,
        with: &serde_yaml::Value,
        customer: &CustomerContext,
    ) -> Result<Arc<dyn RoutingPolicy>, Vec<PolicyError>> {
        let DirectSettings { trunk, ring } = settings(with)?;
        let ring = ring.map_or(RING, |Ring(ring)| ring);
        let mut faults = Vec::new();
        if let Some((message, hint)) = ring_fault(ring) {
            faults.push(PolicyError {
                path: "ring".into(),
                message,
                hint: Some(hint),
            });
        }
        let known = customer.trunks.contains(&trunk);
        if !known && !customer.unread.contains(&(Kind::Trunk, trunk.clone())) {
            let hint = nearest(&trunk, customer.trunks.iter().map(String::as_str));
            let message = format!("there is no trunk '{trunk}'");
            faults.push(PolicyError {
                path: "trunk".into(),
                message,
                hint,
            });
        }
        match known && faults.is_empty() {
            true => Ok(Arc::new(Direct { trunk, ring })),
            false => Err(faults),
        }
    }
}
