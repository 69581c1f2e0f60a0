//! Reception statistics (RFC 3550 section 6.4.1 and appendix A).

use std::time::Instant;

use crate::{Codec, rtp::Packet};
use serde::{Deserialize, Serialize};

/// Totals of one stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamStats {
    /// RTP packets accepted from the far end.
    pub received: u64,
    /// RTP packets sent to the far end: forwarded and announcements.
    pub sent: u64,
    /// Packets the far end sent that never arrived (RFC 3550 A.3), summed over its SSRCs.
    pub lost: u64,
    /// Packets that arrived and were refused: wrong source, not RTP, held back for ever, on hold.
    pub dropped: u64,
    /// Interarrival jitter in microseconds (RFC 3550 A.8), taking the RTP clock as 8 kHz.
    pub jitter_us: u32,
    /// The G.711 law last received, if it was one with its static payload type.
    pub codec: Option<Codec>,
    /// The control side.
    pub rtcp: RtcpStats,
}

/// What RTCP told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RtcpStats {
    /// Compound packets accepted from the far end.
    pub received: u64,
    /// Compound packets forwarded to the far end.
    pub sent: u64,
    /// Packets the far end says it lost (its last report block).
    pub far_lost: Option<i32>,
    /// Jitter the far end sees, in microseconds at 8 kHz.
    pub far_jitter_us: Option<u32>,
}

/// One tick of an 8 kHz clock.
pub(crate) const TICK_US: u32 = 125;

/// A sequence number this far ahead is a restart, not a loss (RFC 3550 A.1).
const MAX_DROPOUT: u16 = 3000;
/// One this far behind is a late packet (RFC 3550 A.1).
const MAX_MISORDER: u16 = 100;
/// A transit time that moves by more than a second is a jump of the sender's clock, not jitter.
const MAX_TRANSIT_STEP: u32 = 8000;

/// Follows the sequence numbers and arrival times of one far end.
#[derive(Debug, Default)]
pub(crate) struct Reception {
    source: Option<Source>,
    /// Lost of the SSRCs and sequences that came before.
    lost_before: u64,
    transit: Option<u32>,
    /// Sixteen times the jitter, in ticks.
    jitter: u32,
    epoch: Option<Instant>,
}

#[derive(Debug)]
struct Source {
    ssrc: u32,
    first_seq: u16,
    max_seq: u16,
    cycles: u64,
    received: u64,
    /// The number that must come next for a restart to be believed.
    restart: Option<u16>,
}

impl Source {
    fn begin(ssrc: u32, seq: u16) -> Self {
        Self {
            ssrc,
            first_seq: seq,
            max_seq: seq,
            cycles: 0,
            received: 1,
            restart: None,
        }
    }

    fn lost(&self) -> u64 {
        let expected = (self.cycles << 16) + u64::from(self.max_seq) + 1 - u64::from(self.first_seq);
        expected.saturating_sub(self.received)
    }
}

impl Reception {
    /// Counts one accepted packet. `timed` is false for telephone-event, whose timestamp stands still.
    pub(crate) fn count(&mut self, now: Instant, packet: &Packet<'_>, timed: bool) {
        self.count_sequence(packet);
        if timed {
            self.count_jitter(now, packet.timestamp);
        }
    }

    fn count_sequence(&mut self, packet: &Packet<'_>) {
        let Some(source) = self.source.as_mut().filter(|source| source.ssrc == packet.ssrc) else {
            return self.begin(packet);
        };
        let ahead = packet.seq.wrapping_sub(source.max_seq);
        if ahead < MAX_DROPOUT {
            if packet.seq < source.max_seq {
                source.cycles += 1;
            }
            source.max_seq = packet.seq;
            source.restart = None;
            source.received += 1;
        } else if ahead >= MAX_MISORDER.wrapping_neg() {
            source.received += 1;
        } else if source.restart == Some(packet.seq) {
            self.begin(packet);
        } else {
            source.restart = Some(packet.seq.wrapping_add(1));
        }
    }

    fn begin(&mut self, packet: &Packet<'_>) {
        self.lost_before = self.lost();
        self.source = Some(Source::begin(packet.ssrc, packet.seq));
        self.transit = None;
    }

    fn count_jitter(&mut self, now: Instant, timestamp: u32) {
        let epoch = *self.epoch.get_or_insert(now);
        let micros = now.saturating_duration_since(epoch).as_micros();
        // The clock may wrap; only differences matter.
        let arrival = (micros / u128::from(TICK_US)) as u32;
        let transit = arrival.wrapping_sub(timestamp);
        let Some(before) = self.transit.replace(transit) else {
            return;
        };
        let step = (transit.wrapping_sub(before) as i32).unsigned_abs();
        if step <= MAX_TRANSIT_STEP {
            self.jitter = self.jitter + step - ((self.jitter + 8) >> 4);
        }
    }

    /// Packets lost so far.
    pub(crate) fn lost(&self) -> u64 {
        self.lost_before + self.source.as_ref().map_or(0, Source::lost)
    }

    /// Jitter in microseconds.
    pub(crate) fn jitter_us(&self) -> u32 {
        (self.jitter >> 4) * TICK_US
    }
}

#[cfg(test)]
mod tests;
