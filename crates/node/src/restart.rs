//! What the last run of the node left behind: calls that a crash cut off, and their recordings.

use crate::clock::Clock;
use pointsman_call::RecordingRecord;
use pointsman_media::repair_wav;
use pointsman_store::{Interrupted, Store, StoreError};
use std::fs::OpenOptions;
use std::path::Path;

/// Closes every call that is still open as interrupted, with its recordings repaired. Returns their dialogs.
pub(crate) fn close_interrupted(
    store: &dyn Store,
    recordings: &Path,
    clock: &Clock,
) -> Result<String, StoreError> {
    let mut repair = |record: &RecordingRecord| repaired(recordings, record);
    let calls = store.interrupt_open(clock.unix_ms(), &mut repair)?;
    for Interrupted { cdr, .. } in &calls {
        tracing::warn!(
            call = &*cdr.id,
            recordings = cdr.recordings.len(),
            "the last run ended during this call: closed as interrupted"
        );
    }
    Ok(calls.into_iter().filter_map(|call| call.dialogs).collect())
}

/// The record as it is after its file was mended; a file that cannot be mended is said so.
fn repaired(recordings: &Path, record: &RecordingRecord) -> RecordingRecord {
    let mut record = record.clone();
    match mend(&recordings.join(&record.path)) {
        Ok((samples, bytes)) => (record.samples, record.bytes) = (samples, bytes),
        Err(error) => {
            tracing::error!(
                recording = record.id,
                path = record.path,
                error,
                "cannot repair a recording"
            );
            record.error = Some(error);
        }
    }
    record
}

/// Makes the header of a file that no recorder finished true. Returns its samples and its bytes.
pub(crate) fn mend(path: &Path) -> Result<(u64, u64), String> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .map_err(|error| error.to_string())?;
    let repair = repair_wav(&mut file).map_err(|error| error.to_string())?;
    let bytes = file.metadata().map_err(|error| error.to_string())?.len();
    Ok((repair.data_bytes, bytes))
}
