//! The writer thread: takes what has gathered, writes it in one transaction, and syncs at least once a
//! second.
//!
//! In WAL mode a commit with `synchronous = NORMAL` survives the death of the process but not a power
//! cut; one with `FULL` survives both and costs a disk sync. So most commits are NORMAL, and one at
//! every [`Settings::sync`] is FULL, which carries the earlier ones with it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use pointsman_call::{Cdr, RecordingRecord};
use rusqlite::{Connection, ErrorCode};

use crate::error::StoreError;
use crate::queue::{Job, Queue};
use crate::row;
use crate::sqlite::Settings;

/// What one transaction writes, in the order of the events.
#[derive(Debug)]
enum Write {
    Call(Box<Cdr>),
    Answer {
        call: Arc<str>,
        at_ms: i64,
    },
    Dialogs {
        call: Arc<str>,
        dialogs: String,
    },
    Recording {
        call: Arc<str>,
        recording: RecordingRecord,
    },
}

impl Write {
    fn call(&self) -> &Arc<str> {
        match self {
            Self::Call(cdr) => &cdr.id,
            Self::Answer { call, .. } | Self::Dialogs { call, .. } | Self::Recording { call, .. } => call,
        }
    }

    /// Writes it; `live` are the calls that were written as up.
    fn put(&self, connection: &Connection, live: &BTreeSet<Arc<str>>) -> Result<u64, StoreError> {
        match self {
            Self::Call(cdr) if cdr.ended_ms.is_none() => row::put_live(connection, cdr),
            Self::Call(cdr) => {
                if live.contains(&cdr.id) {
                    row::remove_live(connection, &cdr.id)?;
                }
                row::put_finished(connection, cdr)
            }
            Self::Answer { call, at_ms } => row::put_answer(connection, call, *at_ms),
            Self::Dialogs { call, dialogs } => row::put_dialogs(connection, call, dialogs),
            Self::Recording { call, recording } => row::put_recording(connection, call, recording),
        }
    }
}

/// A batch made ready: each call at most once, and who waits for it.
#[derive(Default)]
struct Plan {
    writes: Vec<Option<Write>>,
    /// Positions in `writes` of each call.
    places: HashMap<Arc<str>, Vec<usize>>,
    waiting: Vec<SyncSender<()>>,
}

impl Plan {
    fn new(jobs: impl IntoIterator<Item = Job>) -> Self {
        let mut plan = Self::default();
        for job in jobs {
            match job {
                Job::Open(cdr) => plan.push(Write::Call(cdr)),
                Job::Answer { call, at_ms } => plan.answer(call, at_ms),
                Job::Dialogs { call, dialogs } => plan.push(Write::Dialogs { call, dialogs }),
                Job::Recording { call, recording } => plan.recording(call, recording),
                Job::Close(cdr) => plan.close(cdr),
                Job::Flush(waiting) => plan.waiting.push(waiting),
            }
        }
        plan
    }

    fn push(&mut self, write: Write) {
        self.places
            .entry(write.call().clone())
            .or_default()
            .push(self.writes.len());
        self.writes.push(Some(write));
    }

    /// The row of a call that this batch opens.
    fn opened(&mut self, call: &str) -> Option<&mut Cdr> {
        let place = *self.places.get(call)?.first()?;
        match self.writes.get_mut(place)? {
            Some(Write::Call(cdr)) => Some(cdr),
            _ => None,
        }
    }

    fn answer(&mut self, call: Arc<str>, at_ms: i64) {
        if let Some(cdr) = self.opened(&call) {
            cdr.answered_ms = Some(at_ms);
        } else {
            self.push(Write::Answer { call, at_ms });
        }
    }

    fn recording(&mut self, call: Arc<str>, recording: RecordingRecord) {
        if let Some(cdr) = self.opened(&call) {
            cdr.recordings.retain(|known| known.id != recording.id);
            cdr.recordings.push(recording);
        } else {
            self.push(Write::Recording { call, recording });
        }
    }

    /// A closing holds everything that was said of the call before.
    fn close(&mut self, cdr: Box<Cdr>) {
        let places = self.places.remove(&cdr.id).unwrap_or_default();
        for place in &places {
            self.writes[*place] = None;
        }
        match places.first() {
            Some(place) => {
                self.places.insert(cdr.id.clone(), vec![*place]);
                self.writes[*place] = Some(Write::Call(cdr));
            }
            None => self.push(Write::Call(cdr)),
        }
    }
}

pub(crate) struct Writer {
    connection: Connection,
    queue: Arc<Queue>,
    settings: Settings,
    /// Calls written as open: while there are any, the database is told once in a while that we live.
    live: BTreeSet<Arc<str>>,
    /// When the last FULL commit was made; `None`: nothing since start.
    synced: Option<Instant>,
    /// Something was committed that is not synced yet.
    unsynced: bool,
    /// When the last commit was made.
    committed: Option<Instant>,
    /// What `synchronous` is set to.
    level: &'static str,
}

/// How often the database is told that we live, while calls are up and nothing else is written.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);
/// Nothing to do: until the next event.
const AT_REST: Duration = Duration::from_secs(3600);

/// Rows and refused rows of one transaction.
type Written = (u64, u64);

impl Writer {
    pub(crate) fn new(connection: Connection, queue: Arc<Queue>, settings: Settings) -> Self {
        Self {
            connection,
            queue,
            settings,
            live: BTreeSet::new(),
            synced: None,
            unsynced: false,
            committed: None,
            level: "",
        }
    }

    /// Writes until the queue is closed and empty.
    pub(crate) fn run(mut self) {
        loop {
            let batch = self.queue.take(self.patience(), self.gather());
            let plan = Plan::new(batch.jobs);
            if !plan.writes.is_empty() || !plan.waiting.is_empty() || self.patience() < AT_REST {
                let sync = if plan.writes.is_empty() {
                    self.unsynced
                } else {
                    batch.last || self.is_sync_due()
                };
                self.commit_patiently(&plan, sync);
            }
            self.follow(&plan);
            for waiting in plan.waiting {
                // Whoever asked may have gone away; then nobody needs the answer.
                let _ = waiting.try_send(());
            }
            if batch.last {
                return;
            }
        }
    }

    /// How long to wait for a first event.
    fn patience(&self) -> Duration {
        match (self.unsynced, self.live.is_empty()) {
            (true, _) => self.settings.sync,
            (false, false) => SIGN_OF_LIFE,
            (false, true) => AT_REST,
        }
    }

    /// How long to wait for further events: long under load, so that they share the cost of a commit.
    fn gather(&self) -> Duration {
        let since = self.committed.map_or(Duration::MAX, |at| at.elapsed());
        self.settings
            .gather
            .saturating_sub(since)
            .max(self.settings.gather / 8)
    }

    fn is_sync_due(&self) -> bool {
        self.synced.is_none_or(|at| at.elapsed() >= self.settings.sync)
    }

    /// Tries until it succeeds; after the queue was closed, only for [`Settings::patience`].
    fn commit_patiently(&mut self, plan: &Plan, sync: bool) {
        let mut wait = Duration::from_millis(50);
        let mut closed_at: Option<Instant> = None;
        loop {
            let error = match self.commit(plan, sync) {
                Ok((rows, refused)) => return self.queue.written(rows, refused),
                Err(error) => error,
            };
            self.queue.failed();
            tracing::error!(%error, waiting = self.queue.gauges().waiting, "the database cannot be written; trying again");
            if self.queue.wait_closed(wait) {
                let since = *closed_at.get_or_insert_with(Instant::now);
                if since.elapsed() > self.settings.patience {
                    let lost = plan
                        .writes
                        .iter()
                        .flatten()
                        .filter(|w| matches!(w, Write::Call(_)))
                        .count() as u64;
                    tracing::error!(lost, "the database could not be written before the end");
                    return self.queue.written(0, lost);
                }
                std::thread::sleep(wait);
            }
            wait = (wait * 2).min(Duration::from_secs(2));
        }
    }

    fn commit(&mut self, plan: &Plan, sync: bool) -> Result<Written, StoreError> {
        let level = if sync { "FULL" } else { "NORMAL" };
        if self.level != level {
            self.connection.pragma_update(None, "synchronous", level)?;
            self.level = level;
        }
        let transaction = self
            .connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let (mut rows, mut refused) = (0, 0);
        for write in plan.writes.iter().flatten() {
            match write.put(&transaction, &self.live) {
                Ok(written) => rows += written,
                Err(error) if is_of_the_row(&error) => {
                    tracing::error!(%error, call = &**write.call(), "the database refuses a call; it is lost");
                    refused += 1;
                }
                Err(error) => return Err(error),
            }
        }
        if sync || plan.writes.is_empty() {
            row::put_mark(&transaction, row::ALIVE, unix_ms())?;
        }
        transaction.commit()?;
        let now = Instant::now();
        self.committed = Some(now);
        self.unsynced = !sync;
        if sync {
            self.synced = Some(now);
        }
        Ok((rows, refused))
    }

    /// Keeps [`Self::live`] true after a commit.
    fn follow(&mut self, plan: &Plan) {
        for write in plan.writes.iter().flatten() {
            if let Write::Call(cdr) = write {
                if cdr.ended_ms.is_none() {
                    self.live.insert(cdr.id.clone());
                } else {
                    self.live.remove(&cdr.id);
                }
            }
        }
    }
}

/// Whether trying the same row again would fail again whatever the disk does.
fn is_of_the_row(error: &StoreError) -> bool {
    match error {
        StoreError::Unreadable { .. } => true,
        StoreError::Sqlite(error) => matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig)
        ),
        _ => false,
    }
}

fn unix_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
