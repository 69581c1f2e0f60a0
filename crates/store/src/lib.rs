//! The durable side: calls and recordings in an embedded SQLite database.
//!
//! # What it does
//! Takes the events of the call path ([`Store::record`]) without ever waiting for the disk, writes them
//! in groups on one writer thread, answers queries on connections of its own, and closes at the next
//! start what a crash cut off ([`Store::interrupt_open`]).
//!
//! # What it never does
//! It never blocks the thread that reports an event, never loses the record of a finished call without
//! counting and logging it, and knows nothing of SIP, media or policies.
//!
//! # Start reading at
//! [`Store`], then `writer.rs` (what happens between an event and the disk), then `schema.rs`.
//!
//! # Invariants
//! A call is one row, however often it is reported. Rows are written in the order of their events. A row
//! that was committed survives `kill -9`; a power cut costs at most the last second.
#![forbid(unsafe_code)]

mod access;
mod agents;
mod audit;
mod campaigns;
mod error;
mod gauges;
mod interrupt;
mod plans;
mod queue;
mod reader;
mod recordings;
mod row;
mod schema;
mod sqlite;
mod writer;

pub use access::ApiToken;
pub use agents::AgentWish;
pub use audit::{AuditEntry, AuditQuery, AuditRow, Verdict, hex};
pub use error::StoreError;
pub use gauges::Gauges;
pub use plans::PlanChange;
pub use reader::{Query, Reader};
pub use recordings::{Recording, RecordingQuery, Usage};
pub use sqlite::{Settings, SqliteStore};

use std::collections::BTreeMap;

use pointsman_call::{CallEvent, Cdr, RecordingRecord};
use pointsman_policy::acm::{AgentId, Wish};
use pointsman_policy::campaign;
use pointsman_policy::drs::{Activation, Change};

/// Repairs the file of a recording that a crash cut off, and says what is known of it now.
pub type Repair<'a> = dyn FnMut(&RecordingRecord) -> RecordingRecord + 'a;

/// A call that a crash cut off.
#[derive(Clone, Debug, PartialEq)]
pub struct Interrupted {
    /// Its record, closed.
    pub cdr: Cdr,
    /// Its dialogs as [`CallEvent::Dialogs`] told them last: the far ends may still believe in them.
    pub dialogs: Option<String>,
}

/// Where calls are kept.
///
/// The reporting methods return at once whatever the disk does; [`Gauges`] tells when that costs memory.
pub trait Store: Send + Sync {
    /// Takes one event of the call path. Events that leave nothing durable are ignored.
    fn record(&self, event: CallEvent);

    /// A call was admitted.
    fn open_call(&self, cdr: &Cdr) {
        self.record(CallEvent::Opened(Box::new(cdr.clone())));
    }

    /// A call was answered, in Unix milliseconds.
    fn answer_call(&self, call: &str, at_ms: i64) {
        self.record(CallEvent::Answered {
            call: call.into(),
            at_ms,
        });
    }

    /// A recording of a call began.
    fn recording(&self, call: &str, recording: &RecordingRecord) {
        self.record(CallEvent::RecordingStarted {
            call: call.into(),
            recording: recording.clone(),
        });
    }

    /// A call is over.
    fn close_call(&self, cdr: &Cdr) {
        self.record(CallEvent::Closed(Box::new(cdr.clone())));
    }

    /// The calls that match, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    fn calls(&self, query: &Query) -> Result<Vec<Cdr>, StoreError>;

    /// One call.
    ///
    /// # Errors
    /// The database cannot be read.
    fn call(&self, id: &str) -> Result<Option<Cdr>, StoreError>;

    /// At start, before any event: closes every call that is still open as `interrupted`, its recordings
    /// repaired, and returns them. `now_ms` is the start of this process in Unix milliseconds; the end of
    /// such a call is the last moment at which the crashed process is known to have lived.
    ///
    /// # Errors
    /// The database cannot be read or written.
    fn interrupt_open(&self, now_ms: i64, repair: &mut Repair<'_>) -> Result<Vec<Interrupted>, StoreError>;

    /// Waits until everything reported so far is on the disk.
    ///
    /// # Errors
    /// The writer has stopped.
    fn flush(&self) -> Result<(), StoreError>;

    /// A disaster plan was switched: on the disk and synced when this returns (DRS-17). Blocks on the disk.
    ///
    /// # Errors
    /// The database cannot be written.
    fn switch_plan(&self, change: &Change) -> Result<(), StoreError>;

    /// The disaster plans that were on when that was last written.
    ///
    /// # Errors
    /// The database cannot be read.
    fn plans_on(&self) -> Result<Vec<Activation>, StoreError>;

    /// The last `limit` changes of disaster plans, newest first; of one customer, if it is named.
    ///
    /// # Errors
    /// The database cannot be read.
    fn plan_changes(&self, customer: Option<&str>, limit: usize) -> Result<Vec<PlanChange>, StoreError>;

    /// A campaign is in another state, or an attempt of it began or ended: on the disk and synced when this returns
    /// (OUT-14 to OUT-16). Blocks on the disk.
    ///
    /// # Errors
    /// The database cannot be written.
    fn change_campaign(&self, change: &campaign::Change) -> Result<(), StoreError>;

    /// Campaigns and their attempts, as they were written.
    ///
    /// # Errors
    /// The database cannot be read.
    fn campaigns(&self) -> Result<campaign::Written, StoreError>;

    /// An agent asks for a state: on the disk and synced, with its audit row, when this returns (ACM-06). Blocks on the
    /// disk.
    ///
    /// # Errors
    /// The database cannot be written.
    fn wish_agent(&self, asked: &AgentWish) -> Result<(), StoreError>;

    /// What every agent asked for last.
    ///
    /// # Errors
    /// The database cannot be read.
    fn agent_wishes(&self) -> Result<Vec<(AgentId, Wish)>, StoreError>;

    /// A change that leaves no other trace here: on the disk and synced when this returns. Switched plans, states
    /// of campaigns, wishes of agents and changes of tokens have their audit rows without it. Blocks on the disk.
    ///
    /// # Errors
    /// The database cannot be written.
    fn audit(&self, entry: AuditEntry) -> Result<AuditRow, StoreError>;

    /// Audit rows, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    fn audit_rows(&self, query: &AuditQuery) -> Result<Vec<AuditRow>, StoreError>;

    /// Computes the chain of audit rows again; `expected` is a hash of it that somebody noted.
    ///
    /// # Errors
    /// The database cannot be read.
    fn verify_audit(&self, expected: Option<&str>) -> Result<Verdict, StoreError>;

    /// Keeps a new token of the HTTP API. Blocks on the disk.
    ///
    /// # Errors
    /// The name was used before, there are too many, or the database cannot be written.
    fn add_token(&self, token: &ApiToken, by: &str) -> Result<(), StoreError>;

    /// Ends a token; `false`: none of this name is left to end. Blocks on the disk.
    ///
    /// # Errors
    /// The database cannot be written.
    fn revoke_token(&self, name: &str, now_ms: i64, by: &str) -> Result<bool, StoreError>;

    /// All tokens there ever were, by name.
    ///
    /// # Errors
    /// The database cannot be read.
    fn tokens(&self) -> Result<Vec<ApiToken>, StoreError>;

    /// Recordings with what is known of their calls (REC-17 to REC-20), newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    fn recordings(&self, query: &RecordingQuery) -> Result<Vec<Recording>, StoreError>;

    /// What the recordings of a customer take.
    ///
    /// # Errors
    /// The database cannot be read.
    fn recordings_usage(&self, customer: &str) -> Result<Usage, StoreError>;

    /// What the recordings of each customer count for, in octets: a second at most 8,333 (REC-23).
    ///
    /// # Errors
    /// The database cannot be read.
    fn recorded(&self) -> Result<BTreeMap<String, u64>, StoreError>;

    /// Live counts, for metrics and for closing admission.
    fn gauges(&self) -> Gauges;
}
