//! From tapped packets to a WAV file: a wall-clock timeline per side, mixed at 8 kHz, resampled once, 8-bit unsigned.
//!
//! Time is counted in samples of 8 kHz since the start of the recording (an *index*, 125 µs). A packet's place comes
//! from its RTP timestamp ([`source`]), never from when it was pulled out of a queue; what is missing is silence. The
//! mix follows [`WINDOW`] behind the clock, so that packets may overtake each other, and goes to [`output`].

mod dither;
mod output;
mod source;
mod timeline;

#[cfg(test)]
mod tests;

use std::fmt;
use std::io::{self, Seek, Write};
use std::time::{Duration, Instant};

use crate::Side;
use crate::wav::FILE_RATE;
use output::Output;
use timeline::Timeline;

/// Samples per second of the timeline.
const LINE_RATE: u64 = 8000;

/// Microseconds from one sample of the timeline to the next.
const MICROS_PER_SAMPLE: u128 = 125;

/// How late a packet may come and still be heard at its own place: 200 ms.
const WINDOW: i64 = 1600;

/// Samples mixed at once: 80 ms, a whole number of output samples (882).
const BLOCK: usize = 640;

/// Samples that one call mixes at most: a clock that jumps by hours costs many short calls, not one long one.
const STEP: i64 = 60 * LINE_RATE as i64;

/// A recording stops growing here, far below the 4 GiB of a RIFF size.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// The last index of the longest recording.
const END: i64 = (LONGEST.as_secs() * LINE_RATE) as i64;

/// Totals of a finished recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Samples at 11,025 Hz; even.
    pub samples: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// What became of the packets pushed so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PacketCounts {
    /// Audio packets that are heard in the file.
    pub heard: u64,
    /// Audio packets that came too late, or too far ahead, for their place; silence stands there.
    pub misplaced: u64,
    /// Packets that carry no G.711, or are not RTP.
    pub ignored: u64,
}

/// Mixes the two sides of a call into one 8-bit unsigned, 11,025 Hz, mono WAV file.
///
/// Memory is bounded whatever comes in: about one second of samples a side. After a crash the file opens in any player
/// up to the last flush, at most one second before; [`crate::repair_wav`] recovers what lies behind the last flush.
pub struct Recorder<W: Write + Seek> {
    start: Instant,
    mixed: i64,
    sides: [Timeline; 2],
    output: Output<W>,
    failed: Option<io::ErrorKind>,
}

impl<W: Write + Seek> fmt::Debug for Recorder<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder")
            .field("mixed", &self.mixed)
            .field("sides", &self.sides)
            .finish_non_exhaustive()
    }
}

impl<W: Write + Seek> Recorder<W> {
    /// Starts a file whose first sample is heard at `start`; `seed` is that of the dither. The header is written and
    /// flushed at once. `writer` is at its beginning and empty.
    ///
    /// # Errors
    /// What the writer says.
    pub fn new(writer: W, start: Instant, seed: u64) -> io::Result<Self> {
        let output = Output::new(writer, seed)?;
        Ok(Self {
            start,
            mixed: 0,
            sides: [Timeline::new(), Timeline::new()],
            output,
            failed: None,
        })
    }

    /// One tapped RTP packet, with the time at which it came in from the network. Static payload types 0 (µ-law) and 8
    /// (A-law) are heard, all others are silence. A write error shows in the next [`Recorder::advance`].
    pub fn push(&mut self, side: Side, arrival: Instant, rtp: &[u8]) {
        let arrival = self.index(arrival);
        self.mix_to(arrival - WINDOW);
        let timeline = match side {
            Side::Caller => &mut self.sides[0],
            Side::Callee => &mut self.sides[1],
        };
        timeline.push(arrival, rtp);
    }

    /// Writes what can no longer change at `now`. Call it a few times a second, after the packets that came before
    /// `now` were pushed. One call mixes at most a minute; what is left waits for the next.
    ///
    /// # Errors
    /// What the writer said, from then on with every call: the recording has stopped.
    pub fn advance(&mut self, now: Instant) -> io::Result<()> {
        self.mix_to(self.index(now) - WINDOW);
        self.verdict()
    }

    /// Ends the file at `end`: its length is that of `start` to `end`, rounded up to an even number of samples, unless
    /// more had been written because `advance` was called for a time beyond `end`.
    ///
    /// # Errors
    /// What the writer says, or said before.
    pub fn finish(mut self, end: Instant) -> io::Result<Summary> {
        let length = end.saturating_duration_since(self.start).min(LONGEST);
        let samples = (length.as_nanos() * u128::from(FILE_RATE) + 500_000_000) / 1_000_000_000;
        let samples = (samples as u64).next_multiple_of(2);
        while self.output.wants(samples) && self.failed.is_none() {
            self.mix_block();
        }
        self.verdict()?;
        let (samples, bytes) = self.output.finish()?;
        Ok(Summary { samples, bytes })
    }

    /// What became of the packets pushed so far, both sides together.
    pub fn packets(&self) -> PacketCounts {
        let [caller, callee] = [0, 1].map(|side| self.sides[side].counts());
        PacketCounts {
            heard: caller.heard + callee.heard,
            misplaced: caller.misplaced + callee.misplaced,
            ignored: caller.ignored + callee.ignored,
        }
    }

    /// Samples from the start to `at`, which may lie before it; at most a day either way.
    fn index(&self, at: Instant) -> i64 {
        let samples = |length: Duration| (length.min(LONGEST).as_micros() / MICROS_PER_SAMPLE) as i64;
        match at.checked_duration_since(self.start) {
            Some(after) => samples(after),
            None => -samples(self.start.duration_since(at)),
        }
    }

    fn mix_to(&mut self, index: i64) {
        let target = index.min(self.mixed + STEP).min(END);
        while self.mixed + BLOCK as i64 <= target && self.failed.is_none() {
            self.mix_block();
        }
    }

    fn mix_block(&mut self) {
        let (mut caller, mut callee) = ([0; BLOCK], [0; BLOCK]);
        self.sides[0].take(&mut caller);
        self.sides[1].take(&mut callee);
        self.mixed += BLOCK as i64;
        if let Err(error) = self.output.write(&caller, &callee) {
            self.failed = Some(error.kind());
        }
    }

    fn verdict(&self) -> io::Result<()> {
        match self.failed {
            Some(kind) => Err(io::Error::new(kind, "the recording could not be written")),
            None => Ok(()),
        }
    }
}
