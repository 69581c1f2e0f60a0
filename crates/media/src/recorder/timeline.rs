//! One side of the call on the wall clock: what is heard between the mixed past and the near future.

use rtp_rs::RtpReader;

use super::source::{AHEAD, Place, Room, Source};
use super::{BLOCK, PacketCounts, WINDOW};
use crate::Codec;

/// Samples kept at most: the window, a block being mixed, what may lie ahead and a packet.
pub(super) const CAPACITY: usize = (WINDOW + AHEAD) as usize + BLOCK + LONGEST_PACKET;

/// The longest packet accepted, in samples: 200 ms of G.711.
const LONGEST_PACKET: usize = 1600;

/// SSRCs remembered per side: an announcement, two forks and a successor.
pub(super) const SOURCES: usize = 4;

/// The samples of one side from `base` on; what was never written is silence.
#[derive(Debug)]
pub(super) struct Timeline {
    base: i64,
    samples: Vec<i16>,
    /// The end of the furthest packet written so far.
    end: i64,
    /// Least recently heard first.
    sources: Vec<Source>,
    counts: PacketCounts,
}

impl Timeline {
    pub(super) fn new() -> Self {
        Self {
            base: 0,
            samples: Vec::new(),
            end: 0,
            sources: Vec::new(),
            counts: PacketCounts::default(),
        }
    }

    pub(super) fn counts(&self) -> PacketCounts {
        self.counts
    }

    /// Samples held in memory.
    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.samples.len()
    }

    /// SSRCs held in memory.
    #[cfg(test)]
    pub(super) fn known(&self) -> usize {
        self.sources.len()
    }

    /// Places one packet.
    pub(super) fn push(&mut self, arrival: i64, rtp: &[u8]) {
        let Ok(packet) = RtpReader::new(rtp) else {
            self.counts.ignored += 1;
            return;
        };
        let payload = packet.payload();
        let codec = Codec::from_payload_type(packet.payload_type());
        let (Some(codec), 1..=LONGEST_PACKET) = (codec, payload.len()) else {
            self.counts.ignored += 1;
            return;
        };
        let mut decoded = [0; LONGEST_PACKET];
        let decoded = &mut decoded[..payload.len()];
        codec.decode_slice(payload, decoded);
        match self.place(arrival, &packet, decoded) {
            Some(at) if self.write(at, decoded) => self.counts.heard += 1,
            _ => self.counts.misplaced += 1,
        }
    }

    /// Moves the next block into `block`.
    pub(super) fn take(&mut self, block: &mut [i16; BLOCK]) {
        let present = self.samples.len().min(BLOCK);
        block[..present].copy_from_slice(&self.samples[..present]);
        self.samples.drain(..present);
        self.base += BLOCK as i64;
    }

    fn place(&mut self, arrival: i64, packet: &RtpReader<'_>, decoded: &[i16]) -> Option<i64> {
        let room = Room {
            base: self.base,
            end: self.end,
        };
        let heard = super::source::Heard {
            seq: packet.sequence_number().into(),
            timestamp: packet.timestamp(),
            arrival,
            length: decoded.len() as i64,
            loudness: loudness(decoded),
        };
        let Some(known) = self
            .sources
            .iter()
            .position(|source| source.ssrc() == packet.ssrc())
        else {
            if self.sources.len() == SOURCES {
                self.sources.remove(0);
            }
            let (source, at) = Source::first(packet.ssrc(), &heard, room);
            self.sources.push(source);
            return Some(at);
        };
        let mut source = self.sources.remove(known);
        let place = source.place(&heard, room);
        self.sources.push(source);
        match place {
            Place::At(at) => Some(at),
            Place::Pull { from, by, at } => {
                self.pull(from, by);
                Some(at)
            }
            Place::Nowhere => None,
        }
    }

    /// Moves everything from `from` on earlier by `by`, over silence: an anchor was set too late.
    fn pull(&mut self, from: i64, by: i64) {
        let (to, from) = (from - by - self.base, from - self.base);
        if to >= 0 && to < from && (from as usize) < self.samples.len() {
            self.samples.drain(to as usize..from as usize);
            self.end -= from - to;
        }
    }

    /// Writes samples at an index; false if none of them could be placed.
    fn write(&mut self, at: i64, decoded: &[i16]) -> bool {
        let late = (self.base - at).max(0) as usize;
        let position = (at - self.base).max(0) as usize;
        if late >= decoded.len() || position + decoded.len() > CAPACITY {
            return false;
        }
        let fresh = &decoded[late..];
        let end = position + fresh.len();
        if self.samples.len() < end {
            self.samples.resize(end, 0);
        }
        self.samples[position..end].copy_from_slice(fresh);
        self.end = self.end.max(at + decoded.len() as i64);
        true
    }
}

/// Mean magnitude of the samples.
fn loudness(samples: &[i16]) -> u32 {
    let sum: u32 = samples
        .iter()
        .map(|sample| u32::from(sample.unsigned_abs()))
        .sum();
    sum / samples.len().max(1) as u32
}
