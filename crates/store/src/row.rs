//! Calls and recordings as rows.
//!
//! Finished calls and calls that are up have a table each: the first only grows at its end, and the
//! second stays small, so that a commit touches few pages whatever the size of the history. The body
//! column holds the whole CDR as JSON; the other columns repeat what is searched by. Of a call that is
//! up, the answer and the recordings table are newer than the body.

use pointsman_call::{Cdr, Outcome, RecordingRecord};
use rusqlite::{Connection, params};

use crate::error::StoreError;

const PUT_LIVE: &str = "
    INSERT INTO live_calls (id, started_ms, answered_ms, caller, callee, trunk, customer, body)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (id) DO UPDATE SET answered_ms = excluded.answered_ms, body = excluded.body";

const PUT_FINISHED: &str = "
    INSERT INTO calls (id, started_ms, answered_ms, ended_ms, caller, callee, trunk, customer, outcome, talk_ms, body)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT (id) DO UPDATE SET
        answered_ms = excluded.answered_ms, ended_ms = excluded.ended_ms, outcome = excluded.outcome,
        talk_ms = excluded.talk_ms, body = excluded.body";

const PUT_RECORDING: &str = "
    INSERT INTO recordings (call_id, id, path, started_ms, ended_ms, samples, bytes, error, customer, called, caller,
        agent)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    ON CONFLICT (call_id, id) DO UPDATE SET
        path = excluded.path, ended_ms = excluded.ended_ms, samples = excluded.samples,
        bytes = excluded.bytes, error = excluded.error, agent = excluded.agent";

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

fn body(cdr: &Cdr) -> Result<String, StoreError> {
    serde_json::to_string(cdr).map_err(|error| StoreError::Unreadable {
        id: cdr.id.to_string(),
        why: error.to_string(),
    })
}

/// Writes a call that is up, and its recordings; returns the number of rows.
pub(crate) fn put_live(connection: &Connection, cdr: &Cdr) -> Result<u64, StoreError> {
    connection.prepare_cached(PUT_LIVE)?.execute(params![
        cdr.id,
        cdr.started_ms,
        cdr.answered_ms,
        cdr.from,
        cdr.to,
        cdr.trunk,
        cdr.customer,
        body(cdr)?,
    ])?;
    put_recordings(connection, cdr)
}

/// Writes a call that is over, and its recordings; returns the number of rows.
pub(crate) fn put_finished(connection: &Connection, cdr: &Cdr) -> Result<u64, StoreError> {
    connection.prepare_cached(PUT_FINISHED)?.execute(params![
        cdr.id,
        cdr.started_ms,
        cdr.answered_ms,
        cdr.ended_ms.unwrap_or(cdr.started_ms),
        cdr.from,
        cdr.to,
        cdr.trunk,
        cdr.customer,
        cdr.outcome.map_or("failed", Outcome::as_str),
        cdr.talk_ms,
        body(cdr)?,
    ])?;
    put_recordings(connection, cdr)
}

/// Takes a call from those that are up.
pub(crate) fn remove_live(connection: &Connection, call: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM live_calls WHERE id = $1")?
        .execute(params![call])?;
    Ok(())
}

/// The row of the call itself is counted too.
fn put_recordings(connection: &Connection, cdr: &Cdr) -> Result<u64, StoreError> {
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
        recording.customer,
        recording.called,
        recording.caller,
        recording.agent,
    ])?;
    Ok(1)
}

/// Notes the answer of a call that is up.
pub(crate) fn put_answer(connection: &Connection, call: &str, at_ms: i64) -> Result<u64, StoreError> {
    let sql = "UPDATE live_calls SET answered_ms = $1 WHERE id = $2";
    connection.prepare_cached(sql)?.execute(params![at_ms, call])?;
    Ok(1)
}

/// Notes the dialogs of a call that is up.
pub(crate) fn put_dialogs(connection: &Connection, call: &str, dialogs: &str) -> Result<u64, StoreError> {
    let sql = "UPDATE live_calls SET dialogs = $1 WHERE id = $2";
    connection.prepare_cached(sql)?.execute(params![dialogs, call])?;
    Ok(1)
}

/// The dialogs of a call that is up, if any were noted.
pub(crate) fn dialogs(connection: &Connection, call: &str) -> Result<Option<String>, StoreError> {
    let sql = "SELECT dialogs FROM live_calls WHERE id = $1";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_row(params![call], |row| row.get(0))?)
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

/// Where a call is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    /// Calls that are up.
    Live,
    /// Calls that are over.
    Finished,
}

/// The calls of a table that `rest` (`WHERE … ORDER BY … LIMIT …`) selects.
pub(crate) fn select_calls(
    connection: &Connection,
    table: Table,
    rest: &str,
    values: &[&dyn rusqlite::ToSql],
) -> Result<Vec<Cdr>, StoreError> {
    let name = if table == Table::Live {
        "live_calls"
    } else {
        "calls"
    };
    let mut statement =
        connection.prepare_cached(&format!("SELECT id, body, answered_ms FROM {name} {rest}"))?;
    let mut rows = statement.query(values)?;
    let mut calls = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, body): (String, String) = (row.get(0)?, row.get(1)?);
        let mut cdr: Cdr = serde_json::from_str(&body).map_err(|error| StoreError::Unreadable {
            id: id.clone(),
            why: error.to_string(),
        })?;
        if table == Table::Live {
            cdr.answered_ms = row.get(2)?;
            cdr.recordings = recordings(connection, &id)?;
        }
        calls.push(cdr);
    }
    Ok(calls)
}

fn recordings(connection: &Connection, call: &str) -> Result<Vec<RecordingRecord>, StoreError> {
    let sql = "SELECT id, path, started_ms, ended_ms, samples, bytes, error, customer, called, caller, agent
        FROM recordings
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
            customer: row.get(7)?,
            called: row.get(8)?,
            caller: row.get(9)?,
            agent: row.get(10)?,
        })
    })?;
    rows.map(|row| Ok(row?)).collect()
}
