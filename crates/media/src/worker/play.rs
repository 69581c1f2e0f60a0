//! Announcements as RTP: 20 ms packets on an even beat.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use rand_chacha::{ChaCha8Rng, rand_core::RngCore};

use crate::{Codec, Packet, PlayId, Prompt};

/// Time between two packets.
pub(super) const BEAT: Duration = Duration::from_millis(20);
/// Samples in one packet.
pub(super) const FRAME: usize = 160;
/// A beat missed by more than this is skipped, not made up for: a burst would only be thrown away.
pub(super) const LATE: Duration = Duration::from_millis(100);

/// The RTP source that announcements on one stream come from. It stays the same from one announcement to the next:
/// sequence numbers go on, and timestamps go on with the clock (RFC 3550 section 5.1). Relayed packets keep their own
/// SSRC, so the two never mix.
#[derive(Debug)]
pub(super) struct Voice {
    ssrc: u32,
    seq: u16,
    timestamp: u32,
    /// When the next packet is due; `timestamp` belongs to this moment.
    pub(super) due: Instant,
}

impl Voice {
    pub(super) fn new(rng: &mut ChaCha8Rng, now: Instant) -> Self {
        Self {
            ssrc: rng.next_u32(),
            seq: rng.next_u32() as u16,
            timestamp: rng.next_u32(),
            due: now,
        }
    }

    /// Lets time pass in silence up to `moment`.
    pub(super) fn skip_to(&mut self, moment: Instant) {
        let gap = moment.saturating_duration_since(self.due);
        // 8 ticks a millisecond; the clock may wrap.
        self.timestamp = self.timestamp.wrapping_add((gap.as_micros() / 125) as u32);
        self.due += gap;
    }

    /// Lets one beat pass in silence.
    pub(super) fn rest(&mut self) {
        self.timestamp = self.timestamp.wrapping_add(FRAME as u32);
        self.due += BEAT;
    }

    /// The next packet.
    pub(super) fn say<'a>(&mut self, pt: u8, marker: bool, payload: &'a [u8]) -> Packet<'a> {
        let packet = Packet {
            pt,
            marker,
            seq: self.seq,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
            payload,
        };
        self.seq = self.seq.wrapping_add(1);
        self.rest();
        packet
    }
}

/// An announcement that is playing.
#[derive(Debug)]
pub(super) struct Player {
    pub(super) id: PlayId,
    pub(super) pt: u8,
    /// The next packet begins a talk spurt.
    pub(super) marker: bool,
    prompt: Arc<Prompt>,
    codec: Codec,
    offset: usize,
    /// Repeats to come after this one; `None` is for ever.
    left: Option<u32>,
}

impl Player {
    /// `repeat` counts all times, 0 is for ever.
    pub(super) fn new(id: PlayId, prompt: Arc<Prompt>, codec: Codec, pt: u8, repeat: u32) -> Self {
        Self {
            id,
            pt,
            marker: true,
            prompt,
            codec,
            offset: 0,
            left: repeat.checked_sub(1),
        }
    }

    /// Fills a frame, the last one with silence at its end; false if there is nothing left.
    pub(super) fn fill(&mut self, frame: &mut [u8; FRAME]) -> bool {
        let bytes = self.prompt.encoded(self.codec);
        let mut filled = 0;
        while filled < FRAME {
            if self.offset == bytes.len() {
                let again = self.left.is_none_or(|left| left > 0);
                if bytes.is_empty() || !again {
                    break;
                }
                self.left = self.left.map(|left| left - 1);
                self.offset = 0;
            }
            let count = (FRAME - filled).min(bytes.len() - self.offset);
            frame[filled..filled + count].copy_from_slice(&bytes[self.offset..self.offset + count]);
            filled += count;
            self.offset += count;
        }
        frame[filled..].fill(self.codec.silence());
        filled > 0
    }
}
