//! From tapped packets to a WAV file.

use std::{
    io::{self, Seek, Write},
    time::Instant,
};

use crate::Side;

/// Totals of a finished recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Samples at 11,025 Hz.
    pub samples: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Mixes the two sides of a call into one 8-bit, 11,025 Hz, mono WAV file.
#[derive(Debug)]
pub struct Recorder<W: Write + Seek> {
    writer: W,
}

impl<W: Write + Seek> Recorder<W> {
    /// Starts a file whose first sample is heard at `start`.
    ///
    /// # Errors
    /// What the writer says.
    pub fn new(writer: W, start: Instant, seed: u64) -> io::Result<Self> {
        let _ = (start, seed);
        Ok(Self { writer })
    }

    /// One tapped RTP packet.
    pub fn push(&mut self, side: Side, arrival: Instant, rtp: &[u8]) {
        let _ = (side, arrival, rtp);
        todo!()
    }

    /// Writes what can no longer change at `now`.
    ///
    /// # Errors
    /// What the writer says.
    pub fn advance(&mut self, now: Instant) -> io::Result<()> {
        let _ = now;
        self.writer.flush()
    }

    /// Ends the file at `end`.
    ///
    /// # Errors
    /// What the writer says.
    pub fn finish(self, end: Instant) -> io::Result<Summary> {
        let _ = end;
        todo!()
    }
}
