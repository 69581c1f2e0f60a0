//! Ten thousand calls: all of them there, and what they cost the machine.
//!
//! `cargo test -p pointsman-store --test store cost -- --nocapture` prints the figures.

use crate::common::{Folder, closed, open, opened};
use pointsman_store::{Query, Settings, Store};

const CALLS: u32 = 10_000;

/// CPU time of all threads of this process, in nanoseconds.
fn cpu_ns() -> u64 {
    let tasks = std::fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .flatten();
    tasks
        .filter_map(|task| std::fs::read_to_string(task.path().join("schedstat")).ok())
        .filter_map(|line| line.split_whitespace().next()?.parse::<u64>().ok())
        .sum()
}

#[test]
fn ten_thousand_calls_are_all_there() {
    let folder = Folder::new();
    let store = open(
        &folder,
        Settings {
            room: 2 * CALLS as usize,
            ..Settings::default()
        },
    );
    let events: Vec<_> = (0..CALLS)
        .map(|number| (Box::new(opened(number)), Box::new(closed(number))))
        .collect();
    let mut reported = 0;
    let before = cpu_ns();
    for (opening, closing) in events {
        store.record(pointsman_call::CallEvent::Opened(opening));
        store.record(pointsman_call::CallEvent::Closed(closing));
        reported += 1;
    }
    store.flush().unwrap();
    let spent = cpu_ns().saturating_sub(before);
    let gauges = store.gauges();
    assert_eq!((reported, gauges.skipped, gauges.calls_lost), (CALLS, 0, 0));
    let query = Query {
        limit: usize::MAX,
        ..Query::default()
    };
    assert_eq!(store.calls(&query).unwrap().len(), CALLS as usize);
    println!(
        "{CALLS} calls, {} commits, {} rows: {} ns of CPU a call",
        gauges.commits,
        gauges.rows,
        spent / u64::from(CALLS)
    );
}
