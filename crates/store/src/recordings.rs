//! Recordings with what is known of their calls.

use std::collections::BTreeMap;

use pointsman_contract::limits;
use rusqlite::{Connection, Row, params};
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::StoreError;
use crate::reader::Reader;

/// Samples a second of every recording (11.025 kHz).
const SAMPLES_PER_SECOND: i64 = 11_025;

/// A recording with its metadata (REC-17 to REC-20).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Recording {
    /// Identifier: the call's, a dot, and the number of the recording on its node.
    pub id: String,
    /// The call.
    pub call: String,
    /// The customer whose number was called.
    pub customer: String,
    /// Called number (REC-17).
    pub called: String,
    /// Calling number; none if it was withheld (REC-20).
    pub calling: Option<String>,
    /// Name of the agent, if one talked (REC-21).
    pub agent: Option<String>,
    /// Unix milliseconds of the call's start (REC-18).
    pub call_started_ms: i64,
    /// Unix milliseconds of the first sample.
    pub started_ms: i64,
    /// Milliseconds of sound (REC-19); of a recording that runs, none.
    pub duration_ms: Option<i64>,
    /// Size of the file.
    pub bytes: u64,
    /// What went wrong, if something did.
    pub error: Option<String>,
    /// The WAV file below the folder of recordings.
    #[serde(skip)]
    pub path: String,
}

/// Which recordings to return.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordingQuery {
    /// At most so many.
    pub limit: usize,
    /// Only this one.
    pub id: Option<String>,
    /// Only those of this customer.
    pub customer: Option<String>,
    /// Only those of calls from or to this number.
    pub number: Option<String>,
    /// Only those that began at or after this time, in Unix milliseconds.
    pub since_ms: Option<i64>,
    /// Only those that began before this time, in Unix milliseconds.
    pub until_ms: Option<i64>,
    /// Only those that come after this one in the order of the answer: when it began and its identifier.
    pub after: Option<(i64, String)>,
}

/// What the recordings of a customer take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Recordings.
    pub recordings: u64,
    /// Octets that they count for: a second at most 8,333 (REC-23).
    pub bytes: u64,
}

/// What a recording counts for: its file's octets, but not more than its time is worth (REC-23).
fn counted() -> String {
    let worth = format!(
        "samples * {} / {SAMPLES_PER_SECOND}",
        limits().recording.octets_per_second()
    );
    format!("CASE WHEN bytes < {worth} THEN bytes ELSE {worth} END")
}

/// Recordings with their calls, which are over or up; each is found by its key.
const RECORDINGS: &str =
    "recordings r LEFT JOIN calls c ON c.id = r.call_id LEFT JOIN live_calls l ON l.id = r.call_id";

/// The number of the caller and the one called first, and when.
const CALLER: &str = "COALESCE(c.caller, l.caller)";
const CALLEE: &str = "COALESCE(c.callee, l.callee)";
const STARTED: &str = "COALESCE(c.started_ms, l.started_ms, r.started_ms)";

impl Reader {
    /// Recordings that match, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn recordings(&self, query: &RecordingQuery) -> Result<Vec<Recording>, StoreError> {
        self.with(|connection| select(connection, query))
    }

    /// What the recordings of a customer take.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn recordings_usage(&self, customer: &str) -> Result<Usage, StoreError> {
        self.with(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT count(*), COALESCE(SUM({}), 0) FROM recordings WHERE customer = ?1",
                counted()
            ))?;
            Ok(statement.query_row([customer], |row| {
                Ok(Usage {
                    recordings: unsigned(row.get(0)?),
                    bytes: unsigned(row.get(1)?),
                })
            })?)
        })
    }
}

/// What the recordings of each customer count for.
pub(crate) fn recorded(connection: &Connection) -> Result<BTreeMap<String, u64>, StoreError> {
    let mut statement = connection.prepare(&format!(
        "SELECT customer, SUM({}) FROM recordings WHERE customer <> '' GROUP BY customer",
        counted()
    ))?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, unsigned(row.get(1)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn select(connection: &Connection, query: &RecordingQuery) -> Result<Vec<Recording>, StoreError> {
    let (after_ms, after_id) = query.after.clone().unzip();
    let (call, number_of) = match query.id.as_deref().and_then(|id| id.rsplit_once('.')) {
        Some((call, number)) => (Some(call), number.parse::<i64>().ok()),
        None if query.id.is_some() => return Ok(Vec::new()),
        None => (None, None),
    };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT r.call_id, r.id, r.customer, COALESCE(r.called, {CALLEE}, ''), {CALLER}, {STARTED}, r.started_ms,
             r.ended_ms, r.samples, r.bytes, r.error, r.path, r.agent
         FROM {RECORDINGS}
         WHERE (?1 IS NULL OR r.customer = ?1)
           AND (?2 IS NULL OR ?2 IN ({CALLER}, {CALLEE}, r.called))
           AND (?3 IS NULL OR r.started_ms >= ?3)
           AND (?4 IS NULL OR r.started_ms < ?4)
           AND (?5 IS NULL OR (r.started_ms, r.call_id || '.' || r.id) < (?5, ?6))
           AND (?7 IS NULL OR (r.call_id = ?7 AND r.id = ?8))
         ORDER BY r.started_ms DESC, r.call_id || '.' || r.id DESC LIMIT ?9"
    ))?;
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(
        params![
            query.customer,
            query.number,
            query.since_ms,
            query.until_ms,
            after_ms,
            after_id,
            call,
            number_of,
            limit
        ],
        row_of,
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn row_of(row: &Row<'_>) -> rusqlite::Result<Recording> {
    let (call, number): (String, i64) = (row.get(0)?, row.get(1)?);
    let (ended_ms, samples): (Option<i64>, i64) = (row.get(7)?, row.get(8)?);
    Ok(Recording {
        id: format!("{call}.{number}"),
        call,
        customer: row.get(2)?,
        called: row.get(3)?,
        calling: row.get(4)?,
        call_started_ms: row.get(5)?,
        started_ms: row.get(6)?,
        duration_ms: ended_ms.map(|_| samples.saturating_mul(1000) / SAMPLES_PER_SECOND),
        bytes: unsigned(row.get(9)?),
        error: row.get(10)?,
        path: row.get(11)?,
        agent: row.get(12)?,
    })
}

fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}
