//! What is written of a call, in which order, and how often.

use crate::common::{Folder, closed, on_demand, open, opened, recording};
use pointsman_store::{Query, Settings, Store};

#[test]
fn a_call_comes_back_as_it_was_reported() {
    let folder = Folder::new();
    let store = open(&folder, Settings::default());
    store.open_call(&opened(1));
    store.close_call(&closed(1));
    store.flush().unwrap();
    assert_eq!(store.call("call-000001").unwrap(), Some(closed(1)));
    assert_eq!(store.call("call-000002").unwrap(), None);
}

#[test]
fn a_call_opened_and_closed_within_one_batch_is_written_once() {
    let folder = Folder::new();
    let store = open(&folder, on_demand());
    store.open_call(&opened(1));
    store.answer_call("call-000001", 1_003_001);
    store.recording("call-000001", &recording(1));
    store.close_call(&closed(1));
    store.flush().unwrap();
    let gauges = store.gauges();
    assert_eq!((gauges.commits, gauges.rows), (1, 2), "one call, one recording");
    assert_eq!(store.call("call-000001").unwrap(), Some(closed(1)));
}

#[test]
fn what_happens_to_a_call_in_the_batch_that_opens_it_is_one_row() {
    let folder = Folder::new();
    let store = open(&folder, on_demand());
    store.open_call(&opened(1));
    store.answer_call("call-000001", 1_003_001);
    store.recording("call-000001", &recording(1));
    store.flush().unwrap();
    assert_eq!(store.gauges().rows, 2);
    let stored = store.call("call-000001").unwrap().unwrap();
    assert_eq!(stored.answered_ms, Some(1_003_001));
    assert_eq!(stored.recordings, [recording(1)]);
}

#[test]
fn an_open_call_shows_what_later_batches_brought() {
    let folder = Folder::new();
    let store = open(&folder, on_demand());
    store.open_call(&opened(1));
    store.flush().unwrap();
    store.answer_call("call-000001", 1_003_001);
    store.flush().unwrap();
    store.recording("call-000001", &recording(1));
    store.flush().unwrap();
    let up = store.call("call-000001").unwrap().unwrap();
    assert_eq!(
        (up.answered_ms, up.recordings.as_slice()),
        (Some(1_003_001), &[recording(1)][..])
    );
    store.close_call(&closed(1));
    store.flush().unwrap();
    assert_eq!(store.call("call-000001").unwrap(), Some(closed(1)));
}

#[test]
fn an_answer_that_comes_after_the_end_changes_nothing() {
    let folder = Folder::new();
    let store = open(&folder, on_demand());
    store.close_call(&closed(1));
    store.flush().unwrap();
    store.answer_call("call-000001", 9);
    store.flush().unwrap();
    assert_eq!(store.call("call-000001").unwrap(), Some(closed(1)));
}

#[test]
fn calls_of_one_batch_keep_their_order() {
    let folder = Folder::new();
    let store = open(&folder, on_demand());
    for number in 0..300 {
        store.open_call(&opened(number));
    }
    for number in (0..300).rev() {
        store.close_call(&closed(number));
    }
    store.flush().unwrap();
    assert_eq!(store.gauges().commits, 1);
    let ids: Vec<_> = store
        .calls(&Query {
            limit: 300,
            ..Query::default()
        })
        .unwrap()
        .into_iter()
        .map(|cdr| cdr.id)
        .collect();
    let expected: Vec<_> = (0..300).rev().map(|number| closed(number).id).collect();
    assert_eq!(ids, expected);
}

#[test]
fn the_end_of_the_store_writes_what_is_waiting() {
    let folder = Folder::new();
    let store = open(&folder, on_demand());
    for number in 0..50 {
        store.close_call(&closed(number));
    }
    drop(store);
    let reader = pointsman_store::Reader::open(&folder.database()).unwrap();
    assert_eq!(reader.calls(&Query::default()).unwrap().len(), 50);
}
