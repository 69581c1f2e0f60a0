//! Policies that somebody else registers.

use std::sync::Arc;

use pointsman_config::load;
use pointsman_policy::{
    Cursor, CustomerContext, Decision, Ended, Factory, Facts, PolicyError, Registry, RoutingPolicy, Step,
};

use crate::world::{BAKERY, edited, files, underlined};

/// Refuses everything; has one setting.
struct Refuse;

impl RoutingPolicy for Refuse {
    fn step(&self, _: &Facts, cursor: Cursor, _: Option<Ended>) -> Decision {
        Decision {
            step: Step::End,
            cursor,
            trace: Vec::new(),
        }
    }
}

impl Factory for Refuse {
    fn build(
        &self,
        with: &serde_yaml::Value,
        _: &CustomerContext,
    ) -> Result<Arc<dyn RoutingPolicy>, Vec<PolicyError>> {
        let statuses = with
            .get("statuses")
            .and_then(serde_yaml::Value::as_sequence)
            .cloned()
            .unwrap_or_default();
        let wrong = statuses.iter().position(|status| status.as_u64().is_none());
        match (statuses.is_empty(), wrong) {
            (true, _) => Err(Vec::new()),
            (_, None) => Ok(Arc::new(Self)),
            (_, Some(index)) => Err(vec![PolicyError {
                path: format!("statuses[{index}].code"),
                message: "not a status".to_owned(),
                hint: Some("write 480".to_owned()),
            }]),
        }
    }
}

fn registry() -> Registry {
    let mut registry = Registry::new();
    registry.register("refuse", Box::new(Refuse));
    registry
}

fn with_settings(settings: &str) -> pointsman_config::Memory {
    let mut files = files();
    let number = "{ policy: trm, tree: main, record: true }";
    let text = edited(
        BAKERY,
        number,
        &format!("{{ policy: refuse, record: true, {settings} }}"),
    );
    files.insert("customers/bakery.yaml", text);
    files
}

#[test]
fn a_number_is_routed_by_a_policy_from_outside() {
    let files = with_settings("statuses: [480, 486]");
    let config = load(&["node.yaml"], &registry(), &files).unwrap_or_else(|report| panic!("{report}"));
    let entry = &config.routing.numbers["+3232000100"];
    assert_eq!(
        (&*entry.policy_name, &*entry.customer, entry.record),
        ("refuse", "bakery", true)
    );
}

#[test]
fn what_it_says_of_its_settings_gets_its_place() {
    let files = with_settings("statuses: [480, busy]");
    let report = load(&["node.yaml"], &registry(), &files).unwrap_err();
    let [mistake] = report.mistakes.as_slice() else {
        panic!("{report}")
    };
    assert_eq!(
        (mistake.message.as_str(), mistake.help.as_deref()),
        ("not a status", Some("write 480"))
    );
    assert_eq!(underlined(mistake), "busy", "the deepest place that exists");
}

#[test]
fn a_policy_that_refuses_without_a_reason_does_not_load_in_silence() {
    let files = with_settings("statuses: []");
    let report = load(&["node.yaml"], &registry(), &files).unwrap_err();
    let [mistake] = report.mistakes.as_slice() else {
        panic!("{report}")
    };
    assert_eq!(underlined(mistake), "\"+3232000100\"");
    assert!(
        mistake.message.contains("policy 'refuse' gave no reason"),
        "{mistake}"
    );
}
