//! The journal: everything that goes into the signalling thread's shard and comes out of it, on disk, for replay.
//!
//! A file of JSON lines: the head, then what happened, in order. Disk and encoding are a thread of their own; if it does
//! not keep up, lines are lost, the file says so, and a replay ends there.

use pointsman_call::{Line, MediaAddresses, Octets, ShardConfig};
use pointsman_config::{Files, Overrides};
use pointsman_sip::Timers;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Most octets of a journal; after them it ends.
const LARGEST: u64 = 1 << 30;

/// Batches of lines that may wait for the disk.
const WAITING: usize = 4096;

/// The file's buffer is written at least so often.
const FLUSH: Duration = Duration::from_millis(200);

/// Files of a configuration as they were read.
pub type ReadFiles = BTreeMap<PathBuf, Octets>;

/// The first line of a journal: what its shard was made of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JournalHead {
    /// Version of the program.
    pub pointsman: String,
    /// The node file first, customer files after it.
    pub config: Vec<PathBuf>,
    /// What they said.
    pub files: ReadFiles,
    /// Settings that replaced those of the files.
    pub overrides: Overrides,
    /// [`ShardConfig::advertised`].
    pub advertised: Vec<String>,
    /// [`ShardConfig::media`].
    pub media: MediaAddresses,
    /// First and last RTP port.
    pub ports: (u16, u16),
    /// T1, T2, T4 and Timer D in milliseconds.
    pub timers_ms: [u64; 4],
    /// [`ShardConfig::seed`].
    pub seed: [u8; 32],
    /// [`ShardConfig::max_calls`].
    pub max_calls: usize,
    /// Unix milliseconds at the beginning.
    pub unix_ms: i64,
}

/// Any line after the first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum JournalLine {
    /// A reload read these files.
    Config {
        /// [`pointsman_call::Routing::version`].
        version: String,
        /// What they said.
        files: ReadFiles,
    },
    /// Lines are missing here: the disk did not keep up, or the journal was full.
    Gap {
        /// Why.
        gap: String,
    },
    /// An input or output.
    Line(Line),
}

impl JournalHead {
    pub(crate) fn new(
        config: Vec<PathBuf>,
        files: ReadFiles,
        overrides: Overrides,
        shard: &ShardConfig,
    ) -> Self {
        let Timers { t1, t2, t4, d } = shard.timers;
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Self {
            pointsman: env!("CARGO_PKG_VERSION").to_owned(),
            config,
            files,
            overrides,
            advertised: shard.advertised.clone(),
            media: shard.media,
            ports: (*shard.ports.start(), *shard.ports.end()),
            timers_ms: [t1, t2, t4, d].map(ms),
            seed: shard.seed,
            max_calls: shard.max_calls,
            unix_ms: shard.wall.1,
        }
    }

    /// The shard's configuration again, with `start` as the beginning.
    #[must_use]
    pub fn shard(&self, start: Instant) -> ShardConfig {
        let [t1, t2, t4, d] = self.timers_ms.map(Duration::from_millis);
        ShardConfig {
            advertised: self.advertised.clone(),
            media: self.media,
            ports: self.ports.0..=self.ports.1,
            timers: Timers { t1, t2, t4, d },
            seed: self.seed,
            max_calls: self.max_calls,
            wall: (start, self.unix_ms),
        }
    }
}

/// Files of which it is remembered what was read.
pub(crate) struct Capture {
    inner: Arc<dyn Files + Send + Sync>,
    read: Mutex<ReadFiles>,
}

impl Capture {
    pub(crate) fn new(inner: Arc<dyn Files + Send + Sync>) -> Self {
        Self {
            inner,
            read: Mutex::default(),
        }
    }

    /// What was read since the last time.
    pub(crate) fn take(&self) -> ReadFiles {
        std::mem::take(&mut *self.read.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Files for Capture {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let content = self.inner.read(path)?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.insert(path.to_owned(), Octets::of(&content));
        Ok(content)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        self.inner.list(folder)
    }
}

/// What the journal's thread is handed.
enum Handed {
    Lines(Vec<JournalLine>),
    /// Nothing more comes, and whether something should have.
    End {
        lost: bool,
    },
}

/// The way into the journal.
#[derive(Clone)]
pub(crate) struct JournalSender {
    sender: SyncSender<Handed>,
    lost: bool,
}

impl JournalSender {
    /// Hands over what a shard wrote down. Never waits.
    pub(crate) fn lines(&mut self, lines: Vec<Line>) {
        if lines.is_empty() || self.lost {
            return;
        }
        let lines = lines.into_iter().map(JournalLine::Line).collect();
        if let Err(TrySendError::Full(_)) = self.sender.try_send(Handed::Lines(lines)) {
            self.lost = true;
            tracing::error!("the journal's disk does not keep up; the journal ends here");
        }
    }

    /// A reload read these files. Waits for the disk.
    pub(crate) fn config(&self, version: &str, files: ReadFiles) {
        let version = version.to_owned();
        // Without its thread there is no journal any more, which has been said.
        let line = JournalLine::Config { version, files };
        let _ = self.sender.send(Handed::Lines(vec![line]));
    }

    /// Ends the journal. Waits for the disk.
    pub(crate) fn end(&self) {
        // Without its thread it has ended.
        let _ = self.sender.send(Handed::End { lost: self.lost });
    }
}

/// Begins a journal: makes the file, readable by its owner only, and writes the head. One that is there already gets
/// `.old` behind its name. Returns the way in, and what the journal's thread is to do.
pub(crate) fn begin(
    path: &Path,
    head: &JournalHead,
) -> io::Result<(JournalSender, impl FnOnce() + Send + use<>)> {
    let mut old = path.as_os_str().to_owned();
    old.push(".old");
    match std::fs::rename(path, old) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    let mut writer = Writer {
        file: BufWriter::new(file),
        octets: 0,
    };
    writer.line(head)?;
    writer.file.flush()?;
    let (sender, handed) = sync_channel(WAITING);
    let work = move || {
        if let Err(error) = writer.run(&handed) {
            tracing::error!(%error, "the journal cannot be written; it ends here");
        }
    };
    Ok((JournalSender { sender, lost: false }, work))
}

struct Writer {
    file: BufWriter<File>,
    octets: u64,
}

impl Writer {
    fn run(mut self, handed: &Receiver<Handed>) -> io::Result<()> {
        loop {
            match handed.recv_timeout(FLUSH) {
                Ok(Handed::Lines(lines)) => {
                    for line in lines {
                        self.line(&line)?;
                    }
                    if self.octets > LARGEST {
                        let gap = "the journal is full".to_owned();
                        self.line(&JournalLine::Gap { gap })?;
                        tracing::warn!("the journal is full and ends here");
                        return self.file.flush();
                    }
                }
                Err(RecvTimeoutError::Timeout) => self.file.flush()?,
                Ok(Handed::End { lost: true }) => {
                    let gap = "the disk did not keep up".to_owned();
                    self.line(&JournalLine::Gap { gap })?;
                    return self.file.flush();
                }
                Ok(Handed::End { lost: false }) | Err(RecvTimeoutError::Disconnected) => {
                    return self.file.flush();
                }
            }
        }
    }

    fn line(&mut self, line: &impl Serialize) -> io::Result<()> {
        let text = serde_json::to_vec(line)?;
        self.octets += text.len() as u64 + 1;
        self.file.write_all(&text)?;
        self.file.write_all(b"\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_folder::TestFolder;
    use pointsman_call::Entry;

    #[test]
    fn lines_that_a_slow_disk_cost_are_a_gap_at_the_end() {
        let folder = TestFolder::new();
        let path = folder.path().join("journal");
        let writer = Writer {
            file: BufWriter::new(File::create(&path).unwrap()),
            octets: 0,
        };
        let (sender, handed) = sync_channel(2);
        let mut journal = JournalSender { sender, lost: false };
        let line = |at_ns| Line {
            at_ns,
            entry: Entry::Timeout,
        };
        for at_ns in 0..5 {
            journal.lines(vec![line(at_ns)]);
        }
        std::thread::scope(|scope| {
            scope.spawn(|| journal.end());
            writer.run(&handed).unwrap();
        });
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<JournalLine> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let [
            JournalLine::Line(first),
            JournalLine::Line(second),
            JournalLine::Gap { .. },
        ] = &lines[..]
        else {
            panic!("two lines and a gap: {lines:?}")
        };
        assert_eq!((first, second), (&line(0), &line(1)));
    }
}
