//! The store over an embedded SQLite database.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;
use std::time::Duration;

use pointsman_call::{CallEvent, Cdr};
use pointsman_policy::acm::{AgentId, Wish};
use pointsman_policy::campaign;
use pointsman_policy::drs::{Activation, Change};
use rusqlite::Connection;

use crate::access::{self, ApiToken};
use crate::agents::{self, AgentWish};
use crate::audit::{self, AuditEntry, AuditQuery, AuditRow, Verdict};
use crate::campaigns;
use crate::error::StoreError;
use crate::gauges::Gauges;
use crate::interrupt;
use crate::plans::{self, PlanChange};
use crate::queue::{Job, Queue, Refusal};
use crate::reader::{Query, Reader};
use crate::recordings::{self, Recording, RecordingQuery, Usage};
use crate::schema;
use crate::writer::Writer;
use crate::{Interrupted, Repair, Store};

/// How the writer works. The defaults suit a daemon; tests make them small.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Events that may wait; above half of it [`Gauges::stalled`] is set. A call is three of them: 6,000 calls a second
    /// fill the half in 0.9 s, which a disk may take for one sync.
    pub room: usize,
    /// Further closings that may wait, so that a finished call is not lost while a disk recovers. Some
    /// 2 KiB of memory each.
    pub spill: usize,
    /// The least time between two commits under load; after a quiet time an event waits an eighth of it.
    pub gather: Duration,
    /// The most that a power cut may cost.
    pub sync: Duration,
    /// How long a failing disk is tried at the end.
    pub patience: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            room: 32_768,
            spill: 32_768,
            gather: Duration::from_millis(24),
            sync: Duration::from_millis(500),
            patience: Duration::from_secs(5),
        }
    }
}

/// Calls in one SQLite file, written by one thread.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    queue: Arc<Queue>,
    reader: Reader,
    writer: Option<JoinHandle<()>>,
}

/// Opens a connection that writes.
pub(crate) fn connect(path: &Path) -> Result<Connection, StoreError> {
    let open = |error: rusqlite::Error| StoreError::Open {
        path: path.to_owned(),
        why: error.to_string(),
    };
    let connection = Connection::open(path).map_err(open)?;
    connection
        .busy_timeout(Duration::from_millis(250))
        .map_err(open)?;
    connection
        .pragma_update(None, "journal_mode", "WAL")
        .map_err(open)?;
    Ok(connection)
}

impl SqliteStore {
    /// Opens the database, making the file, its folder and its tables where they are missing, and starts
    /// the writer.
    ///
    /// # Errors
    /// The file cannot be opened, or a later release wrote it.
    pub fn open(path: &Path, settings: Settings) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| StoreError::Open {
                path: path.to_owned(),
                why: error.to_string(),
            })?;
        }
        let mut connection = connect(path)?;
        schema::migrate(&mut connection)?;
        let reader = Reader::open(path)?;
        let queue = Arc::new(Queue::new(settings.room, settings.spill));
        let writer = Writer::new(connection, Arc::clone(&queue), settings);
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || writer.run())
            .map_err(|error| StoreError::Open {
                path: path.to_owned(),
                why: error.to_string(),
            })?;
        Ok(Self {
            path: path.to_owned(),
            queue,
            reader,
            writer: Some(thread),
        })
    }

    fn push(&self, job: Job) {
        let Err(refused) = self.queue.push(job) else {
            return;
        };
        let (refusal, job) = *refused;
        let call = job.call();
        match refusal {
            Refusal::Skipped => {
                tracing::debug!(
                    call,
                    "the database does not keep up; only the end of this call will be written"
                );
            }
            Refusal::Lost => tracing::error!(
                call,
                "the database does not keep up; the record of this call is lost"
            ),
            Refusal::Stopped => tracing::error!(
                call,
                "the database writer has stopped; the record of this call is lost"
            ),
        }
    }
}

impl Store for SqliteStore {
    fn record(&self, event: CallEvent) {
        match event {
            CallEvent::Opened(cdr) => self.push(Job::Open(cdr)),
            CallEvent::Answered { call, at_ms } => self.push(Job::Answer { call, at_ms }),
            CallEvent::Dialogs { call, dialogs } => self.push(Job::Dialogs { call, dialogs }),
            CallEvent::RecordingStarted { call, recording } => self.push(Job::Recording { call, recording }),
            CallEvent::Closed(cdr) => self.push(Job::Close(cdr)),
            CallEvent::NotRecorded { .. }
            | CallEvent::Queued { .. }
            | CallEvent::LeftQueue { .. }
            | CallEvent::Refused { .. }
            | CallEvent::Dropped { .. }
            | CallEvent::Banned { .. }
            | CallEvent::Contact { .. } => {}
        }
    }

    fn calls(&self, query: &Query) -> Result<Vec<Cdr>, StoreError> {
        self.reader.calls(query)
    }

    fn call(&self, id: &str) -> Result<Option<Cdr>, StoreError> {
        self.reader.call(id)
    }

    fn interrupt_open(&self, now_ms: i64, repair: &mut Repair<'_>) -> Result<Vec<Interrupted>, StoreError> {
        interrupt::interrupt_open(&mut connect(&self.path)?, now_ms, repair)
    }

    fn flush(&self) -> Result<(), StoreError> {
        let (done, wait) = sync_channel(1);
        match self.queue.push(Job::Flush(done)) {
            Err(_) => Err(StoreError::Stopped),
            Ok(()) => wait.recv().map_err(|_| StoreError::Stopped),
        }
    }

    fn switch_plan(&self, change: &Change) -> Result<(), StoreError> {
        plans::write(&self.path, change)
    }

    fn change_campaign(&self, change: &campaign::Change) -> Result<(), StoreError> {
        campaigns::write(&self.path, change)
    }

    fn campaigns(&self) -> Result<campaign::Written, StoreError> {
        campaigns::read(&connect(&self.path)?)
    }

    fn wish_agent(&self, asked: &AgentWish) -> Result<(), StoreError> {
        agents::write(&self.path, asked)
    }

    fn agent_wishes(&self) -> Result<Vec<(AgentId, Wish)>, StoreError> {
        agents::read(&connect(&self.path)?)
    }

    fn plans_on(&self) -> Result<Vec<Activation>, StoreError> {
        plans::read(&self.path)
    }

    fn plan_changes(&self, customer: Option<&str>, limit: usize) -> Result<Vec<PlanChange>, StoreError> {
        plans::history(&self.path, customer, limit)
    }

    fn audit(&self, entry: AuditEntry) -> Result<AuditRow, StoreError> {
        audit::write(&self.path, entry)
    }

    fn audit_rows(&self, query: &AuditQuery) -> Result<Vec<AuditRow>, StoreError> {
        audit::read(&self.path, query)
    }

    fn verify_audit(&self, expected: Option<&str>) -> Result<Verdict, StoreError> {
        audit::verify(&self.path, expected)
    }

    fn add_token(&self, token: &ApiToken, by: &str) -> Result<(), StoreError> {
        access::add(&self.path, token, by)
    }

    fn revoke_token(&self, name: &str, now_ms: i64, by: &str) -> Result<bool, StoreError> {
        access::revoke(&self.path, name, now_ms, by)
    }

    fn tokens(&self) -> Result<Vec<ApiToken>, StoreError> {
        access::list(&self.path)
    }

    fn recordings(&self, query: &RecordingQuery) -> Result<Vec<Recording>, StoreError> {
        self.reader.recordings(query)
    }

    fn recordings_usage(&self, customer: &str) -> Result<Usage, StoreError> {
        self.reader.recordings_usage(customer)
    }

    fn recorded(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        recordings::recorded(&connect(&self.path)?)
    }

    fn gauges(&self) -> Gauges {
        self.queue.gauges()
    }
}

impl Drop for SqliteStore {
    /// Writes what is still waiting.
    fn drop(&mut self) {
        self.queue.close();
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the database writer ended in a panic");
        }
    }
}
