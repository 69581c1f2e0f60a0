//! Recordings as they are listed, and pages of calls.

use pointsman_call::Cdr;
use pointsman_store::{Query, RecordingQuery, Settings, SqliteStore, Store, Usage};

use crate::common::{Folder, closed, open, opened, recording};

fn with_recordings(folder: &Folder) -> SqliteStore {
    let store = open(folder, Settings::default());
    store.close_call(&closed(1));
    let mut garage = Cdr {
        customer: "garage".into(),
        from: None,
        ..closed(2)
    };
    garage.recordings[0].customer = "garage".into();
    store.close_call(&garage);
    store.close_call(&closed(3));
    store.open_call(&opened(4));
    store.recording("call-000004", &recording(4));
    store.flush().expect("the writer runs");
    store
}

#[test]
fn rec_17_to_20_a_recording_names_called_and_calling_number_start_and_duration() {
    pointsman_conformance::shows(&[
        "REC-17 metadata",
        "REC-18 metadata",
        "REC-19 metadata",
        "REC-20 metadata withheld",
    ]);
    let folder = Folder::new();
    let store = with_recordings(&folder);
    let query = RecordingQuery {
        limit: 10,
        ..RecordingQuery::default()
    };
    let all = store.recordings(&query).unwrap();
    let ids: Vec<_> = all.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(
        ids,
        ["call-000004.4", "call-000003.3", "call-000002.2", "call-000001.1"]
    );
    let [running, finished, withheld, _] = &all[..] else {
        panic!("four")
    };
    assert_eq!((running.duration_ms, finished.duration_ms), (None, Some(60_000)));
    assert_eq!(
        (finished.called.as_str(), finished.call_started_ms),
        ("+3232000100", 1_000_003)
    );
    assert_eq!(finished.calling.as_deref(), Some("+32475112233"));
    assert_eq!(withheld.calling, None);

    let found = |query: RecordingQuery| {
        let rows = store.recordings(&query).unwrap();
        rows.iter()
            .map(|one| one.started_ms - 1_003_000)
            .collect::<Vec<_>>()
    };
    let of = |customer: &str| RecordingQuery {
        customer: Some(customer.into()),
        ..query.clone()
    };
    assert_eq!(found(of("garage")), [2]);
    assert_eq!(found(of("nobody")), [0; 0]);
    let by_id = |id: &str| RecordingQuery {
        id: Some(id.into()),
        ..of("bakery")
    };
    assert_eq!(found(by_id("call-000003.3")), [3]);
    for other in [
        "call-000002.2",
        "call-000003.4",
        "call-000003.x",
        "call-000003",
        "",
    ] {
        assert_eq!(found(by_id(other)), [0; 0], "{other}");
    }
    let number = RecordingQuery {
        number: Some("+32475112233".into()),
        ..query.clone()
    };
    assert_eq!(found(number), [4, 3, 1]);
    let between = RecordingQuery {
        since_ms: Some(1_003_002),
        until_ms: Some(1_003_004),
        ..query.clone()
    };
    assert_eq!(found(between), [3, 2]);
}

#[test]
fn rec_26_what_a_customers_recordings_take_is_counted() {
    pointsman_conformance::shows(&["REC-26 api"]);
    let folder = Folder::new();
    let store = with_recordings(&folder);
    let usage = |recordings, bytes| Usage { recordings, bytes };
    // A minute each: 60 times 8,333 octets count, however large the file is (REC-23).
    assert_eq!(store.recordings_usage("bakery").unwrap(), usage(3, 2 * 499_980));
    assert_eq!(store.recordings_usage("garage").unwrap(), usage(1, 499_980));
    assert_eq!(store.recordings_usage("nobody").unwrap(), usage(0, 0));
}

/// Ten calls that started in two milliseconds, up and over: no page repeats one or leaves one out.
#[test]
fn pages_hold_every_call_and_recording_once() {
    let folder = Folder::new();
    let store = open(&folder, Settings::default());
    for number in 0..10 {
        let of = |cdr: Cdr| Cdr {
            started_ms: 1_000 + i64::from(number % 2),
            ..cdr
        };
        if number % 3 == 0 {
            store.open_call(&of(opened(number)));
        } else {
            let mut cdr = of(closed(number));
            cdr.recordings[0].started_ms = cdr.started_ms;
            store.close_call(&cdr);
        }
    }
    store.flush().unwrap();
    let mut calls = Vec::new();
    let mut query = Query {
        limit: 3,
        ..Query::default()
    };
    loop {
        let page = store.calls(&query).unwrap();
        let Some(last) = page.last() else { break };
        query.after = Some((last.started_ms, last.id.to_string()));
        calls.extend(page);
    }
    assert_eq!(calls, store.calls(&Query::default()).unwrap());
    assert_eq!(calls.len(), 10);

    let mut recordings = Vec::new();
    let mut query = RecordingQuery {
        limit: 4,
        ..RecordingQuery::default()
    };
    loop {
        let page = store.recordings(&query).unwrap();
        let Some(last) = page.last() else { break };
        query.after = Some((last.started_ms, last.id.clone()));
        recordings.extend(page);
    }
    let mut ids: Vec<_> = recordings.iter().map(|one| &one.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), recordings.len()), (6, 6));
}
