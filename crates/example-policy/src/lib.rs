//! A policy of your own: every weekday another number is on duty, and the next ones help out.
//! # What it does
//! Routes a number by the day of the week: `{ policy: weekday-rota, trunk: pstn, numbers: ["+32475000001"] }`.
//! # What it never does
//! Anything but dialling. It is not part of the `pointsman` program; it shows how a policy is written outside it.
//! # Start reading at
//! `step` decides; `build` reads the settings and refuses wrong ones.
//! # Invariants
//! On one day (in UTC) all calls ring the numbers in the same order.
#![forbid(unsafe_code)]
use std::{sync::Arc, time::Duration};

use pointsman_policy::{Cursor, CustomerContext, Decision, Dial, Ended, Factory, Facts, PolicyError};
use pointsman_policy::{RoutingPolicy, Step, Target, settings};

/// The settings, as they stand in YAML.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeekdayRota {
    trunk: String,
    numbers: Vec<String>,
}

impl RoutingPolicy for WeekdayRota {
    fn step(&self, facts: &Facts, _: Cursor, ended: Option<Ended>) -> Decision {
        match ended {
            None => self.dial(facts),
            Some(Ended::Answered) => Decision::at("rota", Step::End, "the call was answered"),
            Some(failed) => Decision::at("rota", Step::PassOn, format!("nobody answered: {failed}")),
        }
    }
}

impl WeekdayRota {
    fn dial(&self, facts: &Facts) -> Decision {
        let day = facts.at.to_zoned(jiff::tz::TimeZone::UTC).weekday();
        let target = |number: &String| Target::number(number, &self.trunk);
        let mut targets: Vec<Target> = self.numbers.iter().map(target).collect();
        targets.rotate_left(day.to_monday_zero_offset().unsigned_abs() as usize % self.numbers.len());
        let why = format!("on {day:?} {} is on duty", targets[0].label());
        let dial = Dial::new("rota", targets, Duration::from_secs(20));
        Decision::at("rota", Step::Dial(dial), why)
    }
}

/// Builds the policy; registered as `registry.register("weekday-rota", Box::new(RotaFactory))`.
pub struct RotaFactory;

impl Factory for RotaFactory {
    fn build(
        &self,
        with: &serde_yaml::Value,
        customer: &CustomerContext,
    ) -> Result<Arc<dyn RoutingPolicy>, Vec<PolicyError>> {
        let rota: WeekdayRota = settings(with)?;
        if rota.numbers.is_empty() || !customer.trunks.contains(&rota.trunk) {
            let message = "a rota needs numbers, and a trunk of the node";
            return Err(vec![PolicyError::new("", message)]);
        }
        Ok(Arc::new(rota))
    }
}

#[test]
fn wednesday_is_the_third_ones_day() {
    let (mut registry, mut customer) = (pointsman_policy::Registry::new(), CustomerContext::default());
    registry.register("weekday-rota", Box::new(RotaFactory));
    customer.trunks.insert("pstn".into());
    let with = serde_yaml::from_str("{ trunk: pstn, numbers: [a, b, c, d] }").unwrap();
    let factory = registry.get("weekday-rota").unwrap();
    let rota = factory.build(&with, &customer).unwrap();
    let wednesday = "2026-11-25T09:00Z".parse().unwrap();
    let facts = Facts::arriving(wednesday);
    let first = rota.step(&facts, Cursor::start(), None);
    assert_eq!(first.trace[0].why, "on Wednesday number:c is on duty");
    assert!(matches!(first.step, Step::Dial(dial) if dial.targets.len() == 4));
    let busy = rota.step(&facts, first.cursor, Some(Ended::Busy));
    assert_eq!(busy.step, Step::PassOn);
}
