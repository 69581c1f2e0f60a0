//! A disk that does not keep up: nobody waits, nothing is lost in silence.

use crate::common::{Folder, closed, open, opened};
use pointsman_store::{Gauges, Query, Settings, Store};
use rusqlite::Connection;

/// Another connection that holds the write lock: to the writer, a disk that does not answer.
struct Stall(Connection);

impl Stall {
    fn of(folder: &Folder) -> Self {
        let connection = Connection::open(folder.database()).expect("the database opens");
        connection
            .execute_batch("BEGIN IMMEDIATE")
            .expect("the lock is free");
        Self(connection)
    }

    fn end(self) {
        self.0.execute_batch("ROLLBACK").expect("the lock was held");
    }
}

fn until(store: &dyn Store, condition: impl Fn(&Gauges) -> bool) -> Gauges {
    loop {
        let gauges = store.gauges();
        if condition(&gauges) {
            return gauges;
        }
        std::thread::yield_now();
    }
}

fn small() -> Settings {
    Settings {
        room: 4,
        spill: 4,
        ..Settings::default()
    }
}

#[test]
fn calls_that_wait_for_a_stalled_disk_are_written_when_it_recovers() {
    let folder = Folder::new();
    let store = open(&folder, Settings::default());
    let stall = Stall::of(&folder);
    for number in 0..500 {
        store.open_call(&opened(number));
        store.close_call(&closed(number));
    }
    let gauges = until(&store, |gauges| gauges.failures > 0);
    assert!(gauges.stalled, "{gauges:?}");
    assert_eq!((gauges.waiting, gauges.skipped, gauges.calls_lost), (1000, 0, 0));
    stall.end();
    store.flush().unwrap();
    let gauges = store.gauges();
    assert!(!gauges.stalled, "{gauges:?}");
    assert_eq!(
        store
            .calls(&Query {
                limit: 1000,
                ..Query::default()
            })
            .unwrap()
            .len(),
        500
    );
}

#[test]
fn closings_wait_in_the_spill_when_openings_are_no_longer_taken() {
    let folder = Folder::new();
    let store = open(&folder, small());
    let stall = Stall::of(&folder);
    for number in 0..6 {
        store.open_call(&opened(number));
    }
    assert_eq!(store.gauges().skipped, 2);
    assert!(store.gauges().stalled);
    for number in 2..6 {
        store.close_call(&closed(number));
    }
    assert_eq!(store.gauges().calls_lost, 0);
    stall.end();
    store.flush().unwrap();
    let ended: Vec<bool> = (0..6)
        .map(|number| {
            store
                .call(&closed(number).id)
                .unwrap()
                .expect("every call has its row")
                .ended_ms
                .is_some()
        })
        .collect();
    assert_eq!(
        ended,
        [false, false, true, true, true, true],
        "5 and 6 were never opened, yet are whole"
    );
}

#[test]
fn a_call_lost_to_a_full_spill_is_counted() {
    let folder = Folder::new();
    let store = open(&folder, small());
    let stall = Stall::of(&folder);
    for number in 0..11 {
        store.close_call(&closed(number));
    }
    assert_eq!(store.gauges().calls_lost, 3);
    stall.end();
    store.flush().unwrap();
    assert_eq!(store.calls(&Query::default()).unwrap().len(), 8);
    assert_eq!(store.gauges().calls_lost, 3, "a loss is not forgotten");
}

#[test]
fn half_a_queue_is_the_sign_to_close_admission() {
    let folder = Folder::new();
    let store = open(
        &folder,
        Settings {
            room: 8,
            ..Settings::default()
        },
    );
    let stall = Stall::of(&folder);
    for number in 0..4 {
        store.open_call(&opened(number));
    }
    let before = until(&store, |gauges| gauges.waiting == 4);
    for number in 4..6 {
        store.open_call(&opened(number));
    }
    assert!(store.gauges().stalled, "after {before:?}");
    stall.end();
    store.flush().unwrap();
    assert!(!store.gauges().stalled);
}
