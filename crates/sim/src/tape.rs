//! Recordings in memory, written by the real recorder.

use std::collections::BTreeMap;
use std::io::{Cursor, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Instant;

use pointsman_media::{MediaEvent, Recorder, RecordingId, Side, TapSink};
use std::cell::RefCell;
use std::rc::Rc;

/// A file in memory that stays readable after its writer is gone.
#[derive(Clone, Debug, Default)]
struct SharedFile(Rc<RefCell<Cursor<Vec<u8>>>>);

impl Write for SharedFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Seek for SharedFile {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.0.borrow_mut().seek(to)
    }
}

/// The recorder side of the world.
#[derive(Default)]
pub struct Tapes {
    running: BTreeMap<u64, Recorder<SharedFile>>,
    files: BTreeMap<u64, SharedFile>,
    ended: Vec<MediaEvent>,
}

impl std::fmt::Debug for Tapes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tapes")
            .field("files", &self.files.len())
            .finish_non_exhaustive()
    }
}

impl Tapes {
    /// The WAV file of a recording so far.
    #[must_use]
    pub fn wav(&self, id: u64) -> Option<Vec<u8>> {
        self.files.get(&id).map(|file| file.0.borrow().get_ref().clone())
    }

    pub(crate) fn advance(&mut self, now: Instant) {
        for recorder in self.running.values_mut() {
            recorder.advance(now).expect("memory takes everything");
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        !self.running.is_empty()
    }

    pub(crate) fn take_ended(&mut self) -> Vec<MediaEvent> {
        std::mem::take(&mut self.ended)
    }
}

impl TapSink for Tapes {
    fn start(&mut self, recording: RecordingId, _path: &Path, at: Instant) {
        let file = SharedFile::default();
        let recorder = Recorder::new(file.clone(), at, recording.0).expect("memory takes everything");
        self.running.insert(recording.0, recorder);
        self.files.insert(recording.0, file);
    }

    fn tap(&mut self, recording: RecordingId, side: Side, arrival: Instant, packet: &[u8]) {
        if let Some(recorder) = self.running.get_mut(&recording.0) {
            recorder.push(side, arrival, packet);
        }
    }

    fn stop(&mut self, recording: RecordingId, at: Instant) {
        if let Some(recorder) = self.running.remove(&recording.0) {
            let summary = recorder.finish(at).expect("memory takes everything");
            self.ended.push(MediaEvent::RecordingEnded {
                id: recording,
                bytes: summary.bytes,
                samples: summary.samples,
                error: None,
            });
        }
    }
}
