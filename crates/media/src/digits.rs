//! Digits in RTP (RFC 4733), heard and sent; as tones in `tones`.

pub(crate) mod tones;

use crate::rtp::{Packet, later};

const KEYS: &[u8; 16] = b"0123456789*#ABCD";
/// Clock ticks in a millisecond, at the 8 kHz that telephone-event has beside G.711.
const TICKS_PER_MS: u32 = 8;
/// Audio this much after the last word of a digit means that its end was lost.
const END_LOST_AFTER: u32 = 100 * TICKS_PER_MS;
const PACKET_TICKS: u32 = 20 * TICKS_PER_MS;
const VOLUME: u8 = 10;

/// A key and how long it was pressed, in milliseconds.
pub(crate) type Pressed = (char, u32);

/// The four bytes of a telephone-event (RFC 4733 section 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Event {
    code: u8,
    end: bool,
    duration: u16,
}

impl Event {
    fn read(payload: &[u8]) -> Option<Self> {
        let [code, flags, high, low] = *payload.first_chunk::<4>()?;
        Some(Self {
            code,
            end: flags & 0x80 != 0,
            duration: u16::from_be_bytes([high, low]),
        })
    }

    fn key(self) -> Option<char> {
        KEYS.get(usize::from(self.code)).map(|&key| char::from(key))
    }
}

/// Turns telephone-event packets into keys: each key once, though every packet of it repeats it and its end comes
/// three times. Events above 15 (flash, fax tones) are no keys.
///
/// | state \ input | other SSRC | older timestamp | same timestamp | next segment | later timestamp | audio later |
/// |---|---|---|---|---|---|---|
/// | idle | begin | ignore | ignore (repeat) | begin | begin | - |
/// | pressed | report, begin | ignore | lengthen; at E report | lengthen | report, begin | report |
#[derive(Debug, Default)]
pub(crate) struct Digits {
    ssrc: u32,
    /// Timestamp of the newest event seen.
    newest: Option<u32>,
    pressed: Option<Key>,
}

#[derive(Debug)]
struct Key {
    code: u8,
    key: char,
    /// Ticks of the segments before this one (RFC 4733 section 2.5.1.3).
    before: u32,
    /// Ticks of this segment.
    duration: u16,
}

impl Key {
    fn pressed(&self) -> Pressed {
        (self.key, (self.before + u32::from(self.duration)) / TICKS_PER_MS)
    }
}

impl Digits {
    /// One telephone-event packet; calls `report` for each key that is complete (two, if the end of one was lost).
    pub(crate) fn event(&mut self, packet: &Packet<'_>, mut report: impl FnMut(Pressed)) {
        let Some(event) = Event::read(packet.payload) else {
            return;
        };
        if packet.ssrc != self.ssrc {
            self.release(&mut report);
            *self = Self {
                ssrc: packet.ssrc,
                ..Self::default()
            };
        }
        match self.newest {
            Some(newest) if newest == packet.timestamp => self.lengthen(event),
            Some(newest) if !later(packet.timestamp, newest) => return,
            newest => self.begin(event, packet, newest, &mut report),
        }
        if event.end {
            self.release(&mut report);
        }
    }

    /// One audio packet of the same far end.
    pub(crate) fn audio(&mut self, packet: &Packet<'_>, mut report: impl FnMut(Pressed)) {
        let (Some(key), Some(newest)) = (&self.pressed, self.newest) else {
            return;
        };
        let over = newest
            .wrapping_add(u32::from(key.duration))
            .wrapping_add(END_LOST_AFTER);
        if packet.ssrc == self.ssrc && later(packet.timestamp, over) {
            self.release(&mut report);
        }
    }

    fn lengthen(&mut self, event: Event) {
        if let Some(key) = self.pressed.as_mut().filter(|key| key.code == event.code) {
            key.duration = key.duration.max(event.duration);
        }
    }

    fn begin(
        &mut self,
        event: Event,
        packet: &Packet<'_>,
        newest: Option<u32>,
        report: &mut impl FnMut(Pressed),
    ) {
        self.newest = Some(packet.timestamp);
        let follows = |key: &&mut Key| {
            let end = newest.map(|newest| newest.wrapping_add(u32::from(key.duration)));
            !packet.marker && key.code == event.code && end == Some(packet.timestamp)
        };
        if let Some(key) = self.pressed.as_mut().filter(follows) {
            key.before = key.before.saturating_add(u32::from(key.duration));
            key.duration = event.duration;
            return;
        }
        self.release(report);
        let key = |key| Key {
            code: event.code,
            key,
            before: 0,
            duration: event.duration,
        };
        self.pressed = event.key().map(key);
    }

    fn release(&mut self, report: &mut impl FnMut(Pressed)) {
        if let Some(key) = self.pressed.take() {
            report(key.pressed());
        }
    }
}

/// The packets of one key, one every 20 ms, for whoever sends digits: same timestamp throughout, sequence numbers
/// rising, marker on the first, the end three times (RFC 4733 sections 2.5.1.2 and 2.5.1.4).
#[derive(Debug, Clone)]
pub struct DigitPackets {
    code: u8,
    sent: u32,
    total: u32,
    ends: u8,
}

/// One of [`DigitPackets`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DigitPacket {
    /// The marker bit.
    pub marker: bool,
    /// The payload.
    pub payload: [u8; 4],
}

impl DigitPackets {
    /// The packets of `digit` pressed for `duration_ms`, which is rounded up to 20 ms and cut at 8 s. `None` if it is
    /// not a key.
    pub fn new(digit: char, duration_ms: u32) -> Option<Self> {
        let code = KEYS
            .iter()
            .position(|&key| char::from(key) == digit.to_ascii_uppercase())?;
        let total = duration_ms.clamp(1, 8000).div_ceil(20) * PACKET_TICKS;
        Some(Self {
            code: code as u8,
            sent: 0,
            total,
            ends: 3,
        })
    }
}

impl Iterator for DigitPackets {
    type Item = DigitPacket;

    fn next(&mut self) -> Option<DigitPacket> {
        if self.ends == 0 {
            return None;
        }
        let marker = self.sent == 0;
        self.sent = (self.sent + PACKET_TICKS).min(self.total);
        let end = self.sent == self.total;
        self.ends -= u8::from(end);
        let [high, low] = (self.sent as u16).to_be_bytes();
        Some(DigitPacket {
            marker,
            payload: [self.code, VOLUME | u8::from(end) << 7, high, low],
        })
    }
}

#[cfg(test)]
mod tests;
