//! Packets that wait for the latch to decide.

use std::{fmt, time::Instant};

use smallvec::SmallVec;

/// Longest packet that can be held: what fits an Ethernet frame.
pub(super) const HOLD_BYTES: usize = 1500;
/// Most packets held of one source.
pub(super) const HOLD_MOST: usize = 10;

/// A held packet: where its copy is, and when it arrived.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    slot: u16,
    pub(super) arrival: Instant,
}

/// The held packets of one source, oldest first. Inline: pushing within [`HOLD_MOST`] allocates nothing.
pub(super) type HeldList = SmallVec<[Held; HOLD_MOST]>;

/// A fixed number of buffers, allocated once and shared by all streams, so that no flood of strangers can make us
/// use more. When it is empty a packet is not held, and a word may be clipped; nothing else.
pub(super) struct HoldPool {
    bytes: Vec<u8>,
    lengths: Vec<u16>,
    free: Vec<u16>,
}

impl HoldPool {
    pub(super) fn new(count: u16) -> Self {
        Self {
            bytes: vec![0; usize::from(count) * HOLD_BYTES],
            lengths: vec![0; usize::from(count)],
            free: (0..count).rev().collect(),
        }
    }

    /// Copies a packet; `None` if there is no room or it is too long.
    pub(super) fn store(&mut self, arrival: Instant, packet: &[u8]) -> Option<Held> {
        if packet.len() > HOLD_BYTES {
            return None;
        }
        let slot = self.free.pop()?;
        let at = usize::from(slot) * HOLD_BYTES;
        self.bytes[at..at + packet.len()].copy_from_slice(packet);
        self.lengths[usize::from(slot)] = packet.len() as u16;
        Some(Held { slot, arrival })
    }

    /// Copies a held packet into `out` and returns its length; `None` if it does not fit.
    pub(super) fn copy(&self, held: Held, out: &mut [u8]) -> Option<usize> {
        let at = usize::from(held.slot) * HOLD_BYTES;
        let length = usize::from(self.lengths[usize::from(held.slot)]);
        out.get_mut(..length)?
            .copy_from_slice(&self.bytes[at..at + length]);
        Some(length)
    }

    pub(super) fn free(&mut self, held: Held) {
        self.free.push(held.slot);
    }

    /// Buffers in use.
    pub(super) fn in_use(&self) -> usize {
        self.lengths.len() - self.free.len()
    }
}

impl fmt::Debug for HoldPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HoldPool({} of {})", self.in_use(), self.lengths.len())
    }
}
