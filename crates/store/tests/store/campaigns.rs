//! Campaigns survive.

use jiff::Timestamp;
use pointsman_policy::campaign::{AttemptEnd, CampaignId, Change, RunState};
use pointsman_store::{AuditQuery, Store};

use crate::common::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).expect("the test goes on")
}

#[test]
fn out_14_16_states_and_attempts_are_what_was_written_last() {
    let folder = Folder::new();
    let store = open(&folder, on_demand());
    let campaign = CampaignId::new("optician", "spring");
    let state = |second, state| Change::State {
        at: at(second),
        by: "token desk".into(),
        campaign: campaign.clone(),
        state,
    };
    let attempt = |second, attempt| Change::Attempt {
        at: at(second),
        attempt,
        campaign: campaign.clone(),
        number: format!("+3247000000{attempt}"),
    };
    for change in [
        state(0, RunState::Running),
        attempt(1, 1),
        attempt(2, 2),
        Change::Ended {
            at: at(3),
            attempt: 1,
            campaign: campaign.clone(),
            number: "+32470000001".to_owned(),
            end: AttemptEnd::NoAnswer,
        },
        state(4, RunState::Paused),
    ] {
        store.change_campaign(&change).expect("the test goes on");
    }
    assert!(
        store.change_campaign(&attempt(5, 2)).is_err(),
        "no attempt is written twice"
    );
    drop(store);
    let store = open(&folder, on_demand());
    let written = store.campaigns().expect("the test goes on");
    assert_eq!(written.campaigns.len(), 1);
    assert_eq!(written.campaigns[0].state, RunState::Paused);
    let ended: Vec<_> = written
        .attempts
        .iter()
        .map(|row| (row.attempt, row.ended))
        .collect();
    assert_eq!(ended, [(1, Some((at(3), AttemptEnd::NoAnswer))), (2, None)]);
    let query = AuditQuery {
        limit: 10,
        customer: None,
        before_seq: None,
    };
    let audit = store.audit_rows(&query).expect("the test goes on");
    let what: Vec<_> = audit.iter().map(|row| row.entry.what.as_str()).collect();
    assert_eq!(what, ["campaign.state"; 2]);
}
