//! What a crash leaves, and what the next start makes of it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::{Folder, closed, on_demand, open, opened, recording};
use pointsman_call::{CallEvent, Outcome, RecordingRecord};
use pointsman_store::{Query, Settings, Store};

const CHILD: &str = "POINTSMAN_STORE_CRASH";

/// Not a test of its own: the process that `kill_9_loses_nothing_that_was_flushed` kills.
#[test]
fn child_that_gets_killed() {
    let Ok(path) = std::env::var(CHILD) else { return };
    let store = pointsman_store::SqliteStore::open(Path::new(&path), Settings::default()).unwrap();
    for number in 0..20 {
        store.open_call(&opened(number));
    }
    for number in 0..10 {
        store.close_call(&closed(number));
    }
    store.answer_call(&opened(15).id, 1_003_015);
    store.recording(&opened(15).id, &recording(15));
    store.flush().unwrap();
    println!("flushed");
    loop {
        std::thread::park();
    }
}

#[test]
fn kill_9_loses_nothing_that_was_flushed() {
    let folder = Folder::new();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::child_that_gets_killed", "--nocapture"])
        .env(CHILD, folder.database())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(
        lines.any(|line| line.unwrap().ends_with("flushed")),
        "the child wrote its calls"
    );
    child.kill().unwrap();
    child.wait().unwrap();

    let store = open(&folder, Settings::default());
    let mut repaired = Vec::new();
    let interrupted = store
        .interrupt_open(i64::MAX, &mut |recording: &RecordingRecord| {
            repaired.push(recording.path.clone());
            RecordingRecord {
                samples: 11_025,
                bytes: 11_070,
                ..recording.clone()
            }
        })
        .unwrap();
    assert_eq!(interrupted.len(), 10);
    assert_eq!(repaired, ["bakery/call-000015.wav"]);
    assert_eq!(
        store
            .calls(&Query {
                open: Some(true),
                ..Query::default()
            })
            .unwrap(),
        []
    );
    assert_eq!(
        store.call(&closed(3).id).unwrap(),
        Some(closed(3)),
        "finished calls stay as they are"
    );
    let fifteen = store.call(&opened(15).id).unwrap().unwrap();
    assert_eq!(fifteen.outcome, Some(Outcome::Interrupted));
    assert_eq!(
        fifteen.recordings[0].ended_ms,
        Some(fifteen.recordings[0].started_ms + 1000)
    );
}

#[test]
fn files_copied_in_the_middle_of_the_work_open_with_everything_committed() {
    let folder = Folder::new();
    let store = open(&folder, on_demand());
    for number in 0..100 {
        store.close_call(&closed(number));
    }
    store.flush().unwrap();
    store.open_call(&opened(100));
    store.flush().unwrap();
    store.close_call(&closed(101));

    let copy = Folder::new();
    for suffix in ["", "-wal"] {
        let from = format!("{}{suffix}", folder.database().display());
        std::fs::copy(from, format!("{}{suffix}", copy.database().display())).unwrap();
    }
    let after = open(&copy, Settings::default());
    assert_eq!(
        after
            .calls(&Query {
                limit: 1000,
                ..Query::default()
            })
            .unwrap()
            .len(),
        101
    );
    let interrupted = after.interrupt_open(5_000_000, &mut Clone::clone).unwrap();
    assert_eq!(
        interrupted.iter().map(|call| &*call.cdr.id).collect::<Vec<_>>(),
        ["call-000100"]
    );
    drop(after);
    let again = open(&copy, Settings::default());
    assert_eq!(
        again.interrupt_open(6_000_000, &mut Clone::clone).unwrap(),
        [],
        "a call is interrupted once"
    );
}

#[test]
fn an_interrupted_call_ends_when_the_process_was_last_seen_and_never_after_the_restart() {
    let folder = Folder::new();
    let store = open(&folder, on_demand());
    store.open_call(&opened(1));
    store.answer_call(&opened(1).id, 1_003_001);
    store.flush().unwrap();
    let restart_ms = 1_008_001;
    let cdr = store
        .interrupt_open(restart_ms, &mut Clone::clone)
        .unwrap()
        .remove(0)
        .cdr;
    assert_eq!(
        cdr.ended_ms,
        Some(restart_ms),
        "the writer's own clock is far later than these times"
    );
    assert_eq!(cdr.talk_ms, 5_000);
    assert_eq!(store.call(&cdr.id).unwrap(), Some(cdr));
}

#[test]
fn the_latest_dialogs_of_a_call_come_back_with_it() {
    let folder = Folder::new();
    let store = open(&folder, on_demand());
    let tell = |number: u32, dialogs: &str| {
        let call = opened(number).id;
        let dialogs = dialogs.to_owned();
        store.record(CallEvent::Dialogs { call, dialogs });
    };
    for number in 1..=3 {
        store.open_call(&opened(number));
    }
    tell(1, "first");
    store.flush().unwrap();
    tell(1, "moved");
    tell(2, "of two");
    store.close_call(&closed(2));
    store.flush().unwrap();
    let interrupted = store.interrupt_open(i64::MAX, &mut Clone::clone).unwrap();
    let dialogs: Vec<_> = interrupted.iter().map(|call| call.dialogs.as_deref()).collect();
    assert_eq!(dialogs, [Some("moved"), None]);
}

#[test]
fn a_recording_that_cannot_be_repaired_keeps_its_reason() {
    let folder = Folder::new();
    let store = open(&folder, on_demand());
    store.open_call(&opened(1));
    store.recording(&opened(1).id, &recording(1));
    store.flush().unwrap();
    let missing = |recording: &RecordingRecord| RecordingRecord {
        error: Some("the file is missing".to_owned()),
        ..recording.clone()
    };
    let cdr = store
        .interrupt_open(i64::MAX, &mut { missing })
        .unwrap()
        .remove(0)
        .cdr;
    assert_eq!(cdr.recordings[0].error.as_deref(), Some("the file is missing"));
    assert_eq!(cdr.recordings[0].ended_ms, Some(recording(1).started_ms));
}

#[test]
fn a_database_of_a_later_release_is_not_touched() {
    let folder = Folder::new();
    drop(open(&folder, Settings::default()));
    let connection = rusqlite::Connection::open(folder.database()).unwrap();
    connection.pragma_update(None, "user_version", 1000).unwrap();
    let refused = pointsman_store::SqliteStore::open(&folder.database(), Settings::default()).unwrap_err();
    assert!(refused.to_string().contains("schema 1000"), "{refused}");
}
