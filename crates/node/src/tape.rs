//! From the media thread to the recorder thread: copies of packets, many to one hand-over.
//!
//! Packets are copied into a chunk, and whole chunks cross the ring and come back empty. So a recorded packet costs
//! one copy, no allocation and no wake-up of its own, and a recorder that does not keep up costs silence, never a
//! late packet.

use pointsman_media::{RecordingId, Side, TapSink};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

/// Bytes after which a chunk is handed over.
const CHUNK: usize = 32 * 1024;

/// Age after which a chunk is handed over, however full it is.
pub(crate) const CHUNK_AGE: Duration = Duration::from_millis(50);

/// Chunks in flight: 16 MiB, or about three seconds of a thousand recordings.
const CHUNKS: usize = 512;

/// One thing the recorder shall do, in order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Start {
        id: RecordingId,
        path: PathBuf,
        at: Instant,
    },
    Packet {
        id: RecordingId,
        side: Side,
        arrival: Instant,
        len: usize,
    },
    Stop {
        id: RecordingId,
        at: Instant,
    },
}

/// Entries, and the bytes of their packets one behind the other.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    entries: Vec<Entry>,
    bytes: Vec<u8>,
}

impl Chunk {
    /// Hands each entry on with the bytes of its packet (none for the others), and leaves the chunk empty.
    pub(crate) fn play(&mut self, mut each: impl FnMut(Entry, &[u8])) {
        let mut rest = self.bytes.as_slice();
        for entry in self.entries.drain(..) {
            let len = if let Entry::Packet { len, .. } = entry {
                len
            } else {
                0
            };
            let (packet, after) = rest.split_at(len.min(rest.len()));
            rest = after;
            each(entry, packet);
        }
        self.bytes.clear();
    }
}

/// The media thread's end.
pub(crate) struct Tape {
    chunk: Chunk,
    began: Option<Instant>,
    ring: SyncSender<Chunk>,
    empties: Receiver<Chunk>,
    lost: u64,
}

/// The recorder thread's end.
pub(crate) struct Reel {
    ring: Receiver<Chunk>,
    empties: SyncSender<Chunk>,
}

/// The two ends of one ring of `chunks` chunks.
fn tape_of(chunks: usize) -> (Tape, Reel) {
    let (ring, chunks_in) = sync_channel(chunks);
    let (empties_in, empties) = sync_channel(chunks);
    let tape = Tape {
        chunk: Chunk::default(),
        began: None,
        ring,
        empties,
        lost: 0,
    };
    (
        tape,
        Reel {
            ring: chunks_in,
            empties: empties_in,
        },
    )
}

/// The two ends of the ring.
pub(crate) fn tape() -> (Tape, Reel) {
    tape_of(CHUNKS)
}

impl Tape {
    /// When [`Tape::hand_over`] is due, if something waits.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.began.map(|began| began + CHUNK_AGE)
    }

    /// Hands over what has been copied so far.
    pub(crate) fn hand_over(&mut self, now: Instant) {
        if self.began.take().is_none() {
            return;
        }
        let empty = self.empties.try_recv().unwrap_or_default();
        let full = std::mem::replace(&mut self.chunk, empty);
        match self.ring.try_send(full) {
            Ok(()) => {}
            Err(TrySendError::Full(full)) => self.keep_orders(now, full),
            // The recorder thread is gone, so the node is ending.
            Err(TrySendError::Disconnected(_)) => {}
        }
    }

    /// How many packets were dropped since the last question.
    pub(crate) fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }

    /// The ring is full: packets become silence, but starts and stops are for the next hand-over.
    fn keep_orders(&mut self, now: Instant, full: Chunk) {
        for entry in full.entries {
            match entry {
                Entry::Packet { .. } => self.lost += 1,
                order => self.add(now, order, &[]),
            }
        }
    }

    fn add(&mut self, now: Instant, entry: Entry, bytes: &[u8]) {
        self.began.get_or_insert(now);
        self.chunk.bytes.extend_from_slice(bytes);
        self.chunk.entries.push(entry);
    }
}

impl TapSink for Tape {
    fn start(&mut self, recording: RecordingId, path: &Path, at: Instant) {
        self.add(
            at,
            Entry::Start {
                id: recording,
                path: path.to_owned(),
                at,
            },
            &[],
        );
    }

    fn tap(&mut self, recording: RecordingId, side: Side, arrival: Instant, packet: &[u8]) {
        self.add(
            arrival,
            Entry::Packet {
                id: recording,
                side,
                arrival,
                len: packet.len(),
            },
            packet,
        );
        if self.chunk.bytes.len() >= CHUNK {
            self.hand_over(arrival);
        }
    }

    fn stop(&mut self, recording: RecordingId, at: Instant) {
        self.add(at, Entry::Stop { id: recording, at }, &[]);
    }
}

impl Reel {
    /// The next chunk, or `None` after `timeout`. `Err` once the media thread is gone and all was read.
    pub(crate) fn next(&self, timeout: Duration) -> Result<Option<Chunk>, Gone> {
        match self.ring.recv_timeout(timeout) {
            Ok(chunk) => Ok(Some(chunk)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Gone),
        }
    }

    /// Gives an emptied chunk back for reuse.
    pub(crate) fn give_back(&self, chunk: Chunk) {
        // Full: there are more chunks than ever fly at one time; this one is freed.
        let _ = self.empties.try_send(chunk);
    }
}

/// The other end is gone.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Gone;

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: RecordingId = RecordingId(1);

    fn played(reel: &Reel) -> Vec<(Entry, Vec<u8>)> {
        let mut seen = Vec::new();
        while let Ok(Some(mut chunk)) = reel.next(Duration::ZERO) {
            chunk.play(|entry, bytes| seen.push((entry, bytes.to_vec())));
            reel.give_back(chunk);
        }
        seen
    }

    #[test]
    fn orders_and_packets_arrive_in_order_with_their_bytes() {
        let (mut tape, reel) = tape();
        let at = Instant::now();
        assert_eq!(tape.due(), None);
        tape.start(ONE, Path::new("a.wav"), at);
        tape.tap(ONE, Side::Caller, at, b"abc");
        tape.tap(ONE, Side::Callee, at, b"");
        tape.tap(ONE, Side::Callee, at, b"de");
        tape.stop(ONE, at);
        assert_eq!(tape.due(), Some(at + CHUNK_AGE));
        assert!(played(&reel).is_empty());
        tape.hand_over(at);
        assert_eq!(tape.due(), None);
        let packet = |side, bytes: &str| {
            (
                Entry::Packet {
                    id: ONE,
                    side,
                    arrival: at,
                    len: bytes.len(),
                },
                bytes.as_bytes().to_vec(),
            )
        };
        let expected = [
            (
                Entry::Start {
                    id: ONE,
                    path: "a.wav".into(),
                    at,
                },
                vec![],
            ),
            packet(Side::Caller, "abc"),
            packet(Side::Callee, ""),
            packet(Side::Callee, "de"),
            (Entry::Stop { id: ONE, at }, vec![]),
        ];
        assert_eq!(played(&reel), expected);
    }

    #[test]
    fn a_full_chunk_is_handed_over_by_itself_and_used_again() {
        let (mut tape, reel) = tape();
        let at = Instant::now();
        for _ in 0..CHUNK / 100 + 1 {
            tape.tap(ONE, Side::Caller, at, &[7; 100]);
        }
        let mut chunk = reel.next(Duration::ZERO).unwrap().expect("a whole chunk");
        let room = chunk.bytes.capacity();
        chunk.play(|_, bytes| assert_eq!(bytes, [7; 100]));
        reel.give_back(chunk);
        tape.tap(ONE, Side::Caller, at, b"x");
        tape.hand_over(at);
        assert_eq!(tape.chunk.bytes.capacity(), room);
    }

    #[test]
    fn a_recorder_that_does_not_keep_up_loses_packets_but_no_order() {
        let (mut tape, reel) = tape_of(2);
        let at = Instant::now();
        tape.start(ONE, Path::new("a.wav"), at);
        for _ in 0..5 {
            tape.tap(ONE, Side::Caller, at, b"voice");
            tape.hand_over(at);
        }
        tape.stop(ONE, at);
        tape.hand_over(at);
        assert_eq!(tape.take_lost(), 3);
        assert_eq!(tape.take_lost(), 0);
        assert!(tape.due().is_some(), "the stop waits for room");
        let first = played(&reel);
        assert_eq!(first.len(), 3);
        tape.hand_over(at);
        assert_eq!(played(&reel), [(Entry::Stop { id: ONE, at }, vec![])]);
    }

    #[test]
    fn what_was_handed_over_is_read_after_the_media_thread_is_gone() {
        let (mut tape, reel) = tape();
        let at = Instant::now();
        tape.stop(ONE, at);
        tape.hand_over(at);
        drop(tape);
        assert_eq!(played(&reel).len(), 1);
        assert_eq!(reel.next(Duration::ZERO).unwrap_err(), Gone);
    }
}
