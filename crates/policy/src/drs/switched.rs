//! Which plans are on: a snapshot that calls read.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Plan;

/// A plan that was switched on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activation {
    /// The customer.
    pub customer: String,
    /// Its plan.
    pub plan: String,
    /// Since when.
    pub since: Timestamp,
    /// It is off by itself from then on (DRS-11, DRS-13).
    pub until: Timestamp,
    /// Who asked for it: "phone +32475112233", "token desk".
    pub by: String,
}

/// The plans that are on, all customers'. Immutable; the owner publishes a new one for each change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Switched {
    customers: BTreeMap<String, BTreeMap<String, Activation>>,
}

impl Switched {
    /// The snapshot of these; of two of one plan the last counts.
    #[must_use]
    pub fn of(activations: impl IntoIterator<Item = Activation>) -> Self {
        let mut switched = Self::default();
        for activation in activations {
            switched.insert(activation);
        }
        switched
    }

    pub(super) fn insert(&mut self, activation: Activation) {
        self.customers
            .entry(activation.customer.clone())
            .or_default()
            .insert(activation.plan.clone(), activation);
    }

    pub(super) fn remove(&mut self, customer: &str, plan: &str) {
        if let Some(plans) = self.customers.get_mut(customer) {
            plans.remove(plan);
            if plans.is_empty() {
                self.customers.remove(customer);
            }
        }
    }

    /// All of them, by customer and plan, also those whose time is over and that are not removed yet.
    pub fn iter(&self) -> impl Iterator<Item = &Activation> {
        self.customers.values().flat_map(BTreeMap::values)
    }

    /// The activation of a plan that is on at `at`.
    #[must_use]
    pub fn activation(&self, customer: &str, plan: &str, at: Timestamp) -> Option<&Activation> {
        self.customers
            .get(customer)?
            .get(plan)
            .filter(|activation| activation.since <= at && at < activation.until)
    }

    /// Of the `plans` of a number the one that a call at `at` follows: the one switched on last.
    #[must_use]
    pub fn plan_of<'p>(&self, plans: &'p [Arc<Plan>], at: Timestamp) -> Option<&'p Arc<Plan>> {
        let since = |plan: &Plan| Some(self.activation(&plan.customer, &plan.name, at)?.since);
        plans
            .iter()
            .filter_map(|plan| Some((since(plan)?, plan)))
            .max_by_key(|(since, _)| *since)
            .map(|(_, plan)| plan)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drs::plan::sample;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn activation(plan: &str, since: &str, until: &str) -> Activation {
        Activation {
            customer: "clinic".into(),
            plan: plan.into(),
            since: at(since),
            until: at(until),
            by: "token desk".into(),
        }
    }

    #[test]
    fn drs_10_13_a_plan_is_followed_from_its_first_instant_to_its_last() {
        let fire = [Arc::new(sample())];
        let switched = Switched::of([activation("fire", "2026-11-24T10:00:00Z", "2026-12-24T10:00:00Z")]);
        let on = |at_text| switched.plan_of(&fire, at(at_text)).is_some();
        assert!(!on("2026-11-24T09:59:59.999Z"));
        assert!(on("2026-11-24T10:00:00Z") && on("2026-12-24T09:59:59.999Z"));
        assert!(
            !on("2026-12-24T10:00:00Z"),
            "off by itself, whether or not anybody has removed it"
        );
    }

    #[test]
    fn of_two_plans_of_a_number_the_last_one_switched_on_is_followed() {
        let flood = Plan {
            name: "flood".into(),
            key: '2',
            ..sample()
        };
        let plans = [Arc::new(sample()), Arc::new(flood)];
        let mut switched = Switched::of([
            activation("fire", "2026-11-24T10:00:00Z", "2026-12-24T10:00:00Z"),
            activation("flood", "2026-11-25T10:00:00Z", "2026-12-25T10:00:00Z"),
        ]);
        let name =
            |switched: &Switched| Some(switched.plan_of(&plans, at("2026-11-26T00:00:00Z"))?.name.clone());
        assert_eq!(name(&switched).as_deref(), Some("flood"));
        switched.remove("clinic", "flood");
        assert_eq!(name(&switched).as_deref(), Some("fire"));
        switched.remove("clinic", "fire");
        assert_eq!((name(&switched), switched.iter().count()), (None, 0));
    }
}
