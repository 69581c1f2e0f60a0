//! What a crash cut off, closed at the next start.

use std::time::Duration;

use pointsman_call::{Cdr, EndedBy, Outcome, RecordingRecord};
use rusqlite::{Connection, TransactionBehavior};

use crate::error::StoreError;
use crate::row;
use crate::{Interrupted, Repair};

/// Samples a second of every recording (11.025 kHz).
const SAMPLES_PER_SECOND: u64 = 11_025;

/// Closes every open call as interrupted.
pub(crate) fn interrupt_open(
    connection: &mut Connection,
    now_ms: i64,
    repair: &mut Repair<'_>,
) -> Result<Vec<Interrupted>, StoreError> {
    // Another process may be reading the file; at start there is time to wait for it.
    connection.busy_timeout(Duration::from_secs(5))?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let alive_ms = row::mark(&transaction, row::ALIVE)?;
    let mut calls = Vec::new();
    for mut cdr in row::select_calls(&transaction, row::Table::Live, "ORDER BY started_ms, id", &[])? {
        close(&mut cdr, alive_ms, now_ms, repair);
        let dialogs = row::dialogs(&transaction, &cdr.id)?;
        row::put_finished(&transaction, &cdr)?;
        row::remove_live(&transaction, &cdr.id)?;
        calls.push(Interrupted { cdr, dialogs });
    }
    transaction.commit()?;
    Ok(calls)
}

fn close(cdr: &mut Cdr, alive_ms: Option<i64>, now_ms: i64, repair: &mut Repair<'_>) {
    for recording in &mut cdr.recordings {
        if recording.ended_ms.is_none() {
            *recording = repair(recording);
            recording.ended_ms.get_or_insert(end_of(recording));
        }
    }
    let ended_ms = last_sign_of_life(cdr, alive_ms).min(now_ms).max(cdr.started_ms);
    for attempt in &mut cdr.attempts {
        attempt.ended_ms.get_or_insert(ended_ms);
    }
    cdr.ended_ms = Some(ended_ms);
    cdr.talk_ms = cdr.answered_ms.map_or(0, |answered| (ended_ms - answered).max(0));
    cdr.outcome = Some(Outcome::Interrupted);
    cdr.ended_by = Some(EndedBy::Switch);
    cdr.why = "the switch stopped while the call was up".to_owned();
}

/// The latest time at which something of the call, or of the process, is known to have happened.
fn last_sign_of_life(cdr: &Cdr, alive_ms: Option<i64>) -> i64 {
    let recorded = cdr.recordings.iter().filter_map(|recording| recording.ended_ms);
    let known = [Some(cdr.started_ms), cdr.answered_ms, alive_ms];
    known
        .into_iter()
        .flatten()
        .chain(recorded)
        .max()
        .unwrap_or(cdr.started_ms)
}

fn end_of(recording: &RecordingRecord) -> i64 {
    let length_ms = recording.samples.saturating_mul(1000) / SAMPLES_PER_SECOND;
    recording
        .started_ms
        .saturating_add(i64::try_from(length_ms).unwrap_or(i64::MAX))
}
