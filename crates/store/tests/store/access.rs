//! Tokens of the HTTP API and the audit log.

use pointsman_store::{ApiToken, AuditEntry, AuditQuery, Settings, Store, StoreError};
use rusqlite::Connection;

use crate::common::{Folder, open};

fn token(name: &str) -> ApiToken {
    ApiToken {
        name: name.into(),
        hash: "ab".repeat(32),
        scopes: vec!["read".into(), "drs".into()],
        customer: Some("clinic".into()),
        created_ms: 1_000,
        expires_ms: Some(5_000),
        revoked_ms: None,
    }
}

fn entry(number: i64) -> AuditEntry {
    AuditEntry {
        at_ms: number,
        who: "command line".into(),
        what: "reload".into(),
        object: "abc".into(),
        customer: (number % 2 == 0).then(|| "shop".to_owned()),
        before: Some(serde_json::json!({ "version": number })),
        after: None,
        result: "done".into(),
    }
}

fn all() -> AuditQuery {
    AuditQuery {
        limit: 100,
        customer: None,
        before_seq: None,
    }
}

#[test]
fn a_token_is_valid_until_it_expires_or_is_revoked_and_its_name_is_used_once() {
    let folder = Folder::new();
    let store = open(&folder, Settings::default());
    store.add_token(&token("desk"), "command line").unwrap();
    let taken = store.add_token(&token("desk"), "command line");
    assert!(matches!(taken, Err(StoreError::TokenExists { .. })), "{taken:?}");
    let [kept] = &store.tokens().unwrap()[..] else {
        panic!("one token")
    };
    assert_eq!(*kept, token("desk"));
    assert!(kept.is_valid(4_999) && !kept.is_valid(5_000));
    assert!(store.revoke_token("desk", 2_000, "command line").unwrap());
    assert!(!store.revoke_token("desk", 3_000, "command line").unwrap());
    assert!(!store.revoke_token("other", 3_000, "command line").unwrap());
    let kept = store.tokens().unwrap().remove(0);
    assert!(kept.revoked_ms == Some(2_000) && !kept.is_valid(2_000));
    assert!(store.add_token(&token("desk"), "command line").is_err());

    let rows = store.audit_rows(&all()).unwrap();
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.entry.what.as_str(), row.entry.object.as_str()))
        .collect();
    assert_eq!(told, [("token.revoke", "desk"), ("token.create", "desk")]);
    assert!(
        !serde_json::to_string(&rows).unwrap().contains("abab"),
        "no hash of a token"
    );
}

#[test]
fn audit_rows_come_newest_first_in_pages_and_by_customer() {
    let folder = Folder::new();
    let store = open(&folder, Settings::default());
    for number in 1..=5 {
        assert_eq!(store.audit(entry(number)).unwrap().seq, number);
    }
    let seqs = |query: &AuditQuery| -> Vec<i64> {
        let rows = store.audit_rows(query).unwrap();
        rows.iter().map(|row| row.seq).collect()
    };
    assert_eq!(seqs(&AuditQuery { limit: 2, ..all() }), [5, 4]);
    let page = AuditQuery {
        limit: 2,
        before_seq: Some(4),
        ..all()
    };
    assert_eq!(seqs(&page), [3, 2]);
    let shop = AuditQuery {
        customer: Some("shop".into()),
        ..all()
    };
    assert_eq!(seqs(&shop), [4, 2]);
    assert_eq!(store.audit_rows(&all()).unwrap()[4].entry, entry(1));
}

#[test]
fn a_row_that_is_altered_or_taken_out_breaks_the_chain_and_a_noted_hash_shows_a_cut_end() {
    pointsman_conformance::shows(&["DRS-17 audit"]);
    let folder = Folder::new();
    let store = open(&folder, Settings::default());
    for number in 1..=5 {
        store.audit(entry(number)).unwrap();
    }
    let whole = store.verify_audit(None).unwrap();
    assert_eq!((whole.good, whole.broken), (5, None));
    assert!(store.verify_audit(Some(&whole.head)).unwrap().holds_expected);

    for (change, undo, seq) in [
        (
            "UPDATE audit SET result = 'DONE' WHERE seq = 3",
            "UPDATE audit SET result = 'done' WHERE seq = 3",
            3,
        ),
        (
            "UPDATE audit SET before_change = NULL WHERE seq = 2",
            "UPDATE audit SET before_change = '{\"version\":2}' WHERE seq = 2",
            2,
        ),
        (
            "UPDATE audit SET customer = 'clinic' WHERE seq = 1",
            "UPDATE audit SET customer = NULL WHERE seq = 1",
            1,
        ),
        (
            "UPDATE audit SET seq = 40 WHERE seq = 4",
            "UPDATE audit SET seq = 4 WHERE seq = 40",
            5,
        ),
    ] {
        let forger = Connection::open(folder.database()).unwrap();
        forger.execute(change, []).unwrap();
        let found = store.verify_audit(None).unwrap();
        assert_eq!(found.broken.map(|(at, _)| at), Some(seq), "{change}");
        forger.execute(undo, []).unwrap();
        assert_eq!(store.verify_audit(None).unwrap(), whole, "{undo}");
    }
    let forger = Connection::open(folder.database()).unwrap();
    forger.execute("DELETE FROM audit WHERE seq = 5", []).unwrap();
    let cut = store.verify_audit(Some(&whole.head)).unwrap();
    assert_eq!((cut.good, cut.broken), (4, None));
    assert!(!cut.holds_expected);
}

#[test]
fn drs_17_a_switch_has_its_audit_row_with_before_and_after() {
    pointsman_conformance::shows(&["DRS-17 audit"]);
    let folder = Folder::new();
    let store = open(&folder, Settings::default());
    store
        .switch_plan(&crate::plans::change("fire", 0, true, "phone +32475112233"))
        .unwrap();
    store
        .switch_plan(&crate::plans::change("fire", 9, false, "token desk"))
        .unwrap();
    let rows = store.audit_rows(&all()).unwrap();
    let [off, on] = &rows[..] else {
        panic!("two rows: {rows:?}")
    };
    assert_eq!(
        (on.entry.who.as_str(), off.entry.who.as_str()),
        ("phone +32475112233", "token desk")
    );
    let state = |value: &Option<serde_json::Value>| value.as_ref().unwrap()["on"].as_bool().unwrap();
    assert_eq!([state(&on.entry.before), state(&on.entry.after)], [false, true]);
    assert_eq!([state(&off.entry.before), state(&off.entry.after)], [true, false]);
    assert_eq!(off.previous, on.hash);
}
