//! Disaster plans: what was switched is there after whatever comes.

use jiff::{SignedDuration, Timestamp};
use pointsman_policy::drs::{Activation, Change};
use pointsman_store::{Settings, Store};

use crate::common::{Folder, open};

pub(crate) fn change(plan: &str, at_s: i64, on: bool, by: &str) -> Change {
    let at = Timestamp::from_second(1_700_000_000 + at_s).expect("in range");
    let activation = Activation {
        customer: "clinic".into(),
        plan: plan.into(),
        since: at,
        until: at + SignedDuration::from_hours(24 * 30),
        by: by.into(),
    };
    Change {
        at,
        by: by.into(),
        on,
        activation,
    }
}

#[test]
fn drs_13_17_what_is_on_survives_a_restart_and_every_change_is_kept() {
    pointsman_conformance::shows(&["DRS-17 history"]);
    let folder = Folder::new();
    let fire = change("fire", 0, true, "phone +32475112233");
    {
        let store = open(&folder, Settings::default());
        store.switch_plan(&fire).expect("the disk is there");
        store
            .switch_plan(&change("flood", 1, true, "token desk"))
            .expect("so it is");
        store
            .switch_plan(&change("flood", 2, false, "token desk"))
            .expect("so it is");
    }
    let store = open(&folder, Settings::default());
    assert_eq!(store.plans_on().expect("it can be read"), [fire.activation]);
    let changes = store.plan_changes(None, 10).expect("it can be read");
    let shown: Vec<_> = changes
        .iter()
        .map(|change| (change.seq, change.plan.as_str(), change.on, change.by.as_str()))
        .collect();
    assert_eq!(
        shown,
        [
            (3, "flood", false, "token desk"),
            (2, "flood", true, "token desk"),
            (1, "fire", true, "phone +32475112233")
        ]
    );
    assert_eq!(
        store
            .plan_changes(Some("clinic"), 1)
            .expect("it can be read")
            .len(),
        1
    );
}

#[test]
fn switched_on_again_it_is_on_once() {
    let folder = Folder::new();
    let store = open(&folder, Settings::default());
    for second in 0..3 {
        store
            .switch_plan(&change("fire", second, true, "token desk"))
            .expect("the disk is there");
    }
    let on = store.plans_on().expect("it can be read");
    assert_eq!(on.len(), 1);
    assert_eq!(on[0].since, change("fire", 2, true, "").at);
}
