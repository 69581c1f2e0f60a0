//! Calls and recordings as rows.
//!
//! The body column holds the whole CDR as JSON; the other columns repeat what is searched by. Of a call
//! that is still up, the columns and the recordings table are newer than the body.

use pointsman_call::{Cdr, RecordingRecord};
use rusqlite::{Connection, Row, params};

use crate::error::StoreError;

const PUT_CALL: &str = "
    INSERT INTO calls (id, started_ms, answered_ms, ended_ms, caller, callee, trunk, customer, outcome, talk_ms, body)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT (id) DO UPDATE SET
        answered_ms = excluded.answered_ms, ended_ms = excluded.ended_ms, caller = excluded.caller,
        callee = excluded.callee, customer = excluded.customer, outcome = excluded.outcome,
        talk_ms = excluded.talk_ms, body = excluded.body";

const PUT_RECORDING: &str = "
    INSERT INTO recordings (call_id, id, path, started_ms, ended_ms, samples, bytes, error)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (call_id, id) DO UPDATE SET
        path = excluded.path, ended_ms = excluded.ended_ms, samples = excluded.samples,
        bytes = excluded.bytes, error = excluded.error";

const PUT_MARK: &str = "
    INSERT INTO marks (name, value) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value";

/// Unix milliseconds at which the writer was last known to live.
pub(crate) const ALIVE: &str = "alive_ms";

/// SQLite integers are signed; a counter above 2^63 does not occur and would be capped.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// Writes a call and its recordings; returns the number of rows.
pub(crate) fn put_call(connection: &Connection, cdr: &Cdr) -> Result<u64, StoreError> {
    let unreadable = |error: serde_json::Error| StoreError::Unreadable {
        id: cdr.id.clone(),
        why: error.to_string(),
    };
    let body = serde_json::to_string(cdr).map_err(unreadable)?;
    connection.prepare_cached(PUT_CALL)?.execute(params![
        cdr.id,
        cdr.started_ms,
        cdr.answered_ms,
        cdr.ended_ms,
        cdr.from,
        cdr.to,
        cdr.trunk,
        cdr.customer,
        cdr.outcome.map(pointsman_call::Outcome::as_str),
        cdr.talk_ms,
        body,
    ])?;
    for recording in &cdr.recordings {
        put_recording(connection, &cdr.id, recording)?;
    }
    Ok(1 + cdr.recordings.len() as u64)
}

/// Writes a recording of a call.
pub(crate) fn put_recording(
    connection: &Connection,
    call: &str,
    recording: &RecordingRecord,
) -> Result<u64, StoreError> {
    connection.prepare_cached(PUT_RECORDING)?.execute(params![
        call,
        signed(recording.id),
        recording.path,
        recording.started_ms,
        recording.ended_ms,
        signed(recording.samples),
        signed(recording.bytes),
        recording.error,
    ])?;
    Ok(1)
}

/// Notes the answer of a call that is up.
pub(crate) fn put_answer(connection: &Connection, call: &str, at_ms: i64) -> Result<u64, StoreError> {
    let sql = "UPDATE calls SET answered_ms = $1 WHERE id = $2 AND ended_ms IS NULL";
    connection.prepare_cached(sql)?.execute(params![at_ms, call])?;
    Ok(1)
}

/// Sets a mark.
pub(crate) fn put_mark(connection: &Connection, name: &str, value: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached(PUT_MARK)?
        .execute(params![name, value])?;
    Ok(())
}

/// A mark.
pub(crate) fn mark(connection: &Connection, name: &str) -> Result<Option<i64>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT value FROM marks WHERE name = $1")?;
    let mut rows = statement.query(params![name])?;
    Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
}

/// The calls that a statement starting with this selects.
pub(crate) const SELECT_CALLS: &str = "SELECT id, body, answered_ms, ended_ms FROM calls";

struct Stored {
    id: String,
    body: String,
    answered_ms: Option<i64>,
    is_open: bool,
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let ended_ms: Option<i64> = row.get(3)?;
    Ok(Stored {
        id: row.get(0)?,
        body: row.get(1)?,
        answered_ms: row.get(2)?,
        is_open: ended_ms.is_none(),
    })
}

/// Runs a statement made from [`SELECT_CALLS`].
pub(crate) fn select_calls(
    connection: &Connection,
    sql: &str,
    values: &[&dyn rusqlite::ToSql],
) -> Result<Vec<Cdr>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(values, stored)?;
    let mut calls = Vec::new();
    for row in rows {
        calls.push(cdr(connection, row?)?);
    }
    Ok(calls)
}

fn cdr(connection: &Connection, stored: Stored) -> Result<Cdr, StoreError> {
    let unreadable = |error: serde_json::Error| StoreError::Unreadable {
        id: stored.id.clone(),
        why: error.to_string(),
    };
    let mut cdr: Cdr = serde_json::from_str(&stored.body).map_err(unreadable)?;
    if stored.is_open {
        cdr.answered_ms = stored.answered_ms;
        cdr.recordings = recordings(connection, &stored.id)?;
    }
    Ok(cdr)
}

fn recordings(connection: &Connection, call: &str) -> Result<Vec<RecordingRecord>, StoreError> {
    let sql = "SELECT id, path, started_ms, ended_ms, samples, bytes, error FROM recordings
        WHERE call_id = $1 ORDER BY started_ms, id";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![call], |row| {
        Ok(RecordingRecord {
            id: unsigned(row.get(0)?),
            path: row.get(1)?,
            started_ms: row.get(2)?,
            ended_ms: row.get(3)?,
            samples: unsigned(row.get(4)?),
            bytes: unsigned(row.get(5)?),
            error: row.get(6)?,
        })
    })?;
    rows.map(|row| Ok(row?)).collect()
}
