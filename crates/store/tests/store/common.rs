//! What the store's tests share: a folder of their own, calls to write, settings to write them with.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use pointsman_call::{Attempt, Cdr, EndedBy, LegRecord, Outcome, PathEntry, RecordingRecord};
use pointsman_store::{Settings, SqliteStore};

/// A folder that is removed at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "store-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).expect("a folder for the test");
        Self(path)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("calls.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Settings under which a batch ends only when somebody asks for it.
pub(crate) fn on_demand() -> Settings {
    Settings {
        gather: Duration::from_secs(3600),
        ..Settings::default()
    }
}

pub(crate) fn open(folder: &Folder, settings: Settings) -> SqliteStore {
    SqliteStore::open(&folder.database(), settings).expect("the database opens")
}

/// A call that has just been admitted.
pub(crate) fn opened(number: u32) -> Cdr {
    Cdr {
        id: format!("call-{number:06}").into(),
        started_ms: 1_000_000 + i64::from(number),
        answered_ms: None,
        ended_ms: None,
        from: Some("+32475112233".into()),
        to: "+3232000100".into(),
        trunk: "pstn".into(),
        customer: "bakery".into(),
        policy: "trm".into(),
        policy_version: "0123456789abcdef".into(),
        path: Vec::new(),
        why: String::new(),
        attempts: Vec::new(),
        legs: Vec::new(),
        outcome: None,
        ended_by: None,
        status: None,
        cause: None,
        recordings: Vec::new(),
        talk_ms: 0,
        origin: None,
        campaign: None,
    }
}

/// The same call when it is over, with all that a CDR can hold.
pub(crate) fn closed(number: u32) -> Cdr {
    let cdr = opened(number);
    let (started, answered, ended) = (cdr.started_ms, cdr.started_ms + 3_000, cdr.started_ms + 63_000);
    Cdr {
        answered_ms: Some(answered),
        ended_ms: Some(ended),
        path: vec![
            entry("who", "caller +32475112233 is on list vip"),
            entry("desk", "site antwerp is rung"),
        ],
        why: "site antwerp answered".to_owned(),
        attempts: vec![
            attempt(0, started, None, "busy"),
            attempt(1, started + 900, Some(answered), "answered"),
        ],
        legs: vec![leg(number, "in"), leg(number, "out"), leg(number + 1, "out")],
        outcome: Some(Outcome::Answered),
        ended_by: Some(EndedBy::Callee),
        status: Some(200),
        cause: Some(16),
        recordings: vec![RecordingRecord {
            ended_ms: Some(ended),
            samples: 661_500,
            bytes: 661_544,
            ..recording(number)
        }],
        talk_ms: ended - answered,
        ..cdr
    }
}

/// A recording that has just begun.
pub(crate) fn recording(number: u32) -> RecordingRecord {
    RecordingRecord {
        id: u64::from(number),
        path: format!("bakery/call-{number:06}.wav"),
        started_ms: 1_003_000 + i64::from(number),
        ended_ms: None,
        samples: 0,
        bytes: 0,
        error: None,
        customer: "bakery".into(),
        called: None,
        caller: None,
        agent: None,
    }
}

fn entry(node: &str, why: &str) -> PathEntry {
    PathEntry {
        at_ms: 1_000_000,
        node: node.to_owned(),
        why: why.to_owned(),
    }
}

fn attempt(leg: usize, started_ms: i64, answered_ms: Option<i64>, outcome: &str) -> Attempt {
    Attempt {
        target: "site:antwerp".to_owned(),
        trunk: "pbx-antwerp".into(),
        leg: Some(leg),
        started_ms,
        ringing_ms: Some(started_ms + 200),
        answered_ms,
        ended_ms: Some(started_ms + 800),
        outcome: Some(outcome.to_owned().into()),
        status: Some(if answered_ms.is_some() { 200 } else { 486 }),
        cause: None,
        agent: None,
    }
}

fn leg(number: u32, direction: &str) -> LegRecord {
    LegRecord {
        call_id: format!("{number}-{direction}@127.0.0.1").into(),
        direction: direction.to_owned().into(),
        remote: "127.0.0.1:5070".into(),
        codec: Some("PCMA".into()),
        received: 3_000,
        sent: 3_001,
        lost: 2,
        jitter_us: 125,
    }
}
