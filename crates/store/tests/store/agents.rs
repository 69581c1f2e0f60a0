//! What agents wished survives.

use pointsman_policy::acm::{AgentId, Wish};
use pointsman_store::{AgentWish, AuditQuery, Settings, Store};
use serde_json::json;

use crate::common::{Folder, open};

fn wish(agent: &str, at_ms: i64, wish: Wish) -> AgentWish {
    AgentWish {
        at_ms,
        by: "token desk".into(),
        agent: AgentId::new("centre", agent),
        wish,
    }
}

#[test]
fn acm_06_the_last_wish_of_each_agent_is_kept_and_every_one_has_its_audit_row() {
    let folder = Folder::new();
    let lunch = || Wish::Pause {
        reason: "lunch".into(),
    };
    {
        let store = open(&folder, Settings::default());
        for asked in [
            wish("bea", 1, Wish::Available),
            wish("ann", 2, Wish::Offline),
            wish("bea", 3, lunch()),
        ] {
            store.wish_agent(&asked).expect("the disk is there");
        }
    }
    let store = open(&folder, Settings::default());
    let kept = store.agent_wishes().expect("it can be read");
    let expected = [("ann", Wish::Offline), ("bea", lunch())];
    assert_eq!(
        kept,
        expected.map(|(agent, wish)| (AgentId::new("centre", agent), wish))
    );
    let rows = store
        .audit_rows(&AuditQuery {
            limit: 10,
            customer: Some("centre".into()),
            before_seq: None,
        })
        .expect("it can be read");
    let changes: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row.entry.object.as_str(),
                row.entry.before.clone(),
                row.entry.after.clone(),
            )
        })
        .collect();
    assert_eq!(
        changes,
        [
            (
                "bea",
                Some(json!({ "state": "available" })),
                Some(json!({ "state": "pause", "reason": "lunch" }))
            ),
            ("ann", None, Some(json!({ "state": "offline" }))),
            ("bea", None, Some(json!({ "state": "available" }))),
        ]
    );
    assert!(
        rows.iter()
            .all(|row| row.entry.what == "agent.state" && row.entry.who == "token desk")
    );
}
