//! The recorder thread: one file per recording, written far from everything that may not wait for a disk.

use crate::metrics::Metrics;
use crate::restart::mend;
use crate::ring::RingSender;
use crate::tape::{CHUNK_AGE, Entry, Gone, Reel};
use pointsman_media::{MediaEvent, Recorder, RecordingId, Summary};
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often samples that can no longer change are written and flushed. With the reorder window of the recorder
/// (200 ms) and the age of a chunk (50 ms) a `kill -9` costs about half a second.
const ADVANCE: Duration = Duration::from_millis(200);

/// How long the thread sleeps when nothing is being recorded; a chunk wakes it.
const IDLE: Duration = Duration::from_secs(3600);

/// Buffer of a file: about one second of sound, so that an advance is one write.
const BUFFER: usize = 16 * 1024;

struct Recording {
    file: Result<Recorder<BufWriter<File>>, String>,
    path: PathBuf,
    /// The file is ours: made by this recording.
    made: bool,
    /// The last instant anything of it happened: its end, if the node ends first.
    last: Instant,
}

/// What the recorder thread owns.
pub(crate) struct RecorderThread {
    reel: Reel,
    root: PathBuf,
    events: RingSender<MediaEvent>,
    metrics: Arc<Metrics>,
    running: HashMap<RecordingId, Recording>,
    advanced: Instant,
}

impl RecorderThread {
    /// Files go below `root`; ends are reported by `events`.
    pub(crate) fn new(
        reel: Reel,
        root: PathBuf,
        events: RingSender<MediaEvent>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            reel,
            root,
            events,
            metrics,
            running: HashMap::new(),
            advanced: Instant::now(),
        }
    }

    /// Records until the media thread is gone, then ends what is left.
    pub(crate) fn run(mut self) {
        while let Ok(()) = self.turn() {}
        let left: Vec<(RecordingId, Instant)> =
            self.running.iter().map(|(id, one)| (*id, one.last)).collect();
        for (id, end) in left {
            self.stop(id, end);
        }
    }

    fn turn(&mut self) -> Result<(), Gone> {
        let timeout = if self.running.is_empty() {
            IDLE
        } else {
            ADVANCE.saturating_sub(self.advanced.elapsed())
        };
        if let Some(mut chunk) = self.reel.next(timeout)? {
            chunk.play(|entry, packet| self.obey(entry, packet));
            self.reel.give_back(chunk);
        }
        if self.advanced.elapsed() >= ADVANCE {
            self.advance(Instant::now());
        }
        Ok(())
    }

    fn obey(&mut self, entry: Entry, packet: &[u8]) {
        match entry {
            Entry::Start { id, path, at } => self.start(id, &path, at),
            Entry::Packet {
                id, side, arrival, ..
            } => {
                if let Some(recording) = self.running.get_mut(&id) {
                    recording.last = recording.last.max(arrival);
                    if let Ok(recorder) = &mut recording.file {
                        recorder.push(side, arrival, packet);
                    }
                }
            }
            Entry::Stop { id, at } => self.stop(id, at),
        }
    }

    fn start(&mut self, id: RecordingId, path: &Path, at: Instant) {
        let file = create(&self.root, path)
            .and_then(|file| Recorder::new(BufWriter::with_capacity(BUFFER, file), at, id.0));
        // A file that was there before is never made again, and so not touched either.
        let made = file
            .as_ref()
            .map_or_else(|error| error.kind() == io::ErrorKind::StorageFull, |_| true);
        let recording = Recording {
            file: file.map_err(|error| failed(id, path, &error)),
            path: path.to_owned(),
            made,
            last: at,
        };
        self.running.insert(id, recording);
        self.metrics.recordings_running.set(self.running.len() as i64);
    }

    fn advance(&mut self, now: Instant) {
        self.advanced = now;
        // Packets that are still in the media thread's chunk are not late.
        let until = now.checked_sub(CHUNK_AGE).unwrap_or(now);
        for (id, recording) in &mut self.running {
            if let Ok(recorder) = &mut recording.file
                && let Err(error) = recorder.advance(until)
            {
                recording.file = Err(failed(*id, &recording.path, &error));
            }
            recording.last = recording.last.max(until);
        }
    }

    fn stop(&mut self, id: RecordingId, end: Instant) {
        let Some(recording) = self.running.remove(&id) else {
            return;
        };
        self.metrics.recordings_running.set(self.running.len() as i64);
        let finished = recording.file.and_then(|recorder| {
            recorder
                .finish(end)
                .map_err(|error| failed(id, &recording.path, &error))
        });
        let (Summary { samples, bytes }, error) = match finished {
            Ok(summary) => {
                self.metrics.recordings_ok.inc();
                (summary, None)
            }
            Err(error) => {
                self.metrics.recordings_failed.inc();
                // What reached the disk before it failed can be played.
                let left = recording.made.then(|| mend(&self.root.join(&recording.path)));
                let (samples, bytes) = left.and_then(Result::ok).unwrap_or_default();
                (Summary { samples, bytes }, Some(error))
            }
        };
        tracing::debug!(recording = id.0, samples, bytes, error, "recording ended");
        self.events.push(MediaEvent::RecordingEnded {
            id,
            bytes,
            samples,
            error,
        });
        self.events.settle(Instant::now(), true);
    }
}

fn failed(id: RecordingId, path: &Path, error: &io::Error) -> String {
    tracing::error!(recording = id.0, path = %path.display(), %error, "recording failed");
    error.to_string()
}

/// The new file `path` below `root`, its folders made. An existing file is never written over.
fn create(root: &Path, path: &Path) -> io::Result<File> {
    let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
    if !inside {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the path leads out of the recordings folder",
        ));
    }
    let whole = root.join(path);
    if let Some(folder) = whole.parent() {
        fs::create_dir_all(folder)?;
    }
    OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .open(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ring::{RingReceiver, ring};
    use crate::tape::{Tape, tape};
    use crate::test_folder::TestFolder;
    use crate::wake::Wake;
    use pointsman_media::{Side, TapSink};
    use std::thread::JoinHandle;

    struct World {
        folder: TestFolder,
        tape: Tape,
        events: RingReceiver<MediaEvent>,
        thread: JoinHandle<()>,
        metrics: Arc<Metrics>,
    }

    fn world() -> World {
        let folder = TestFolder::new();
        let (tape, reel) = tape();
        let (sender, events) = ring(16, Arc::new(Wake::new().unwrap()));
        let metrics = Arc::new(Metrics::new());
        let recorder = RecorderThread::new(reel, folder.path().to_owned(), sender, metrics.clone());
        World {
            folder,
            tape,
            events,
            thread: std::thread::spawn(|| recorder.run()),
            metrics,
        }
    }

    /// One RTP packet of 20 ms of A-law that is no silence.
    fn packet(sequence: u16) -> Vec<u8> {
        let mut packet = vec![0x80, 8];
        packet.extend(sequence.to_be_bytes());
        packet.extend((u32::from(sequence) * 160).to_be_bytes());
        packet.extend(7u32.to_be_bytes());
        packet.extend((0..160).map(|n| if n % 8 < 4 { 0x2a } else { 0xaa }));
        packet
    }

    fn record(tape: &mut Tape, id: RecordingId, path: &str, start: Instant) {
        let at = |ms| start + Duration::from_millis(ms);
        tape.start(id, Path::new(path), start);
        for n in 0..50 {
            tape.tap(id, Side::Caller, at(u64::from(n) * 20), &packet(n));
        }
        tape.stop(id, at(1000));
        tape.hand_over(at(1000));
    }

    fn ended(events: &mut RingReceiver<MediaEvent>) -> Vec<MediaEvent> {
        std::iter::from_fn(|| events.pop()).collect()
    }

    #[test]
    fn a_second_of_sound_becomes_a_file_of_a_second() {
        let mut world = world();
        record(
            &mut world.tape,
            RecordingId(1),
            "2026/11/24/1.wav",
            Instant::now(),
        );
        drop(world.tape);
        world.thread.join().unwrap();
        let file = fs::read(world.folder.path().join("2026/11/24/1.wav")).unwrap();
        let [
            MediaEvent::RecordingEnded {
                id,
                bytes,
                samples,
                error: None,
            },
        ] = ended(&mut world.events)[..]
        else {
            panic!("one recording ended without an error")
        };
        assert_eq!((id, bytes), (RecordingId(1), file.len() as u64));
        assert!(samples.abs_diff(11_025) <= 221, "{samples} samples");
        assert_eq!(&file[..4], b"RIFF");
        assert!(
            world
                .metrics
                .render(Default::default())
                .contains("pointsman_recordings_total{result=\"ok\"} 1")
        );
    }

    #[test]
    fn a_recording_nobody_stopped_ends_with_the_node() {
        let mut world = world();
        world
            .tape
            .start(RecordingId(2), Path::new("2.wav"), Instant::now());
        world.tape.hand_over(Instant::now());
        drop(world.tape);
        world.thread.join().unwrap();
        let events = ended(&mut world.events);
        assert!(
            matches!(events[..], [MediaEvent::RecordingEnded { error: None, .. }]),
            "{events:?}"
        );
        assert!(world.folder.path().join("2.wav").exists());
    }

    #[test]
    fn files_are_never_written_over_nor_outside() {
        let mut world = world();
        fs::write(world.folder.path().join("3.wav"), "precious").unwrap();
        for (id, path) in [(3, "3.wav"), (4, "../4.wav"), (5, "/tmp/5.wav")] {
            record(&mut world.tape, RecordingId(id), path, Instant::now());
        }
        drop(world.tape);
        world.thread.join().unwrap();
        let events = ended(&mut world.events);
        assert_eq!(events.len(), 3);
        for event in events {
            assert!(
                matches!(event, MediaEvent::RecordingEnded { error: Some(_), .. }),
                "{event:?}"
            );
        }
        assert_eq!(fs::read(world.folder.path().join("3.wav")).unwrap(), b"precious");
        assert!(!world.folder.path().parent().unwrap().join("4.wav").exists());
    }
}
