//! What is heard: RTP packets put on a timeline.

use std::time::{Duration, Instant};

use pointsman_media::Codec;
use rtp_rs::RtpReader;

use crate::phone::digits::DigitsIn;
use crate::report::{RtpCounts, Track};
use crate::sound::RATE;

/// No track grows beyond this: 20 minutes.
const LONGEST: usize = 20 * 60 * RATE as usize;

/// A source whose timestamps and the clock part by more than this starts anew at its arrival.
const JUMP: i64 = 2 * RATE as i64;

/// Sources that are remembered, so that a late packet of the one before is not heard as a new one.
const SOURCES: usize = 8;

/// What a packet turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Audio, decoded.
    Audio(Vec<i16>),
    /// The first packet of a digit.
    Digit(char),
    /// Nothing new: another packet of a digit, a duplicate, or no packet of this call.
    Nothing,
}

/// Payload types that this side said it takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) audio: Vec<(u8, Codec)>,
    pub(super) event: Option<u8>,
}

#[derive(Clone, Debug)]
struct Source {
    ssrc: u32,
    /// Sample of the track at which `timestamp` lies.
    place: i64,
    timestamp: u32,
    highest: u64,
    first: u64,
    received: u64,
    /// The last 64 sequence numbers: bit n is `highest` - n.
    window: u64,
}

/// The receiving half of a stream.
#[derive(Clone, Debug, Default)]
pub(super) struct Listener {
    track: Track,
    sources: Vec<Source>,
    digits: DigitsIn,
    keep: bool,
}

impl Listener {
    pub(super) fn new(keep: bool) -> Self {
        Self {
            keep,
            ..Self::default()
        }
    }

    pub(super) fn packet(
        &mut self,
        now: Instant,
        packet: &[u8],
        taken: &Taken,
        counts: &mut RtpCounts,
    ) -> Heard {
        let Ok(reader) = RtpReader::new(packet) else {
            counts.refused += 1;
            return Heard::Nothing;
        };
        let pt = reader.payload_type();
        let codec = taken
            .audio
            .iter()
            .find(|(taken, _)| *taken == pt)
            .map(|(_, codec)| *codec);
        if codec.is_none() && taken.event != Some(pt) {
            counts.refused += 1;
            return Heard::Nothing;
        }
        let start = *self.track.start.get_or_insert(now);
        let arrival = samples_between(start, now);
        let (timestamp, sequence) = (reader.timestamp(), reader.sequence_number().into());
        let Some(source) = self.source(&reader, arrival, counts) else {
            return Heard::Nothing;
        };
        if !source.count(sequence, counts) {
            return Heard::Nothing;
        }
        let Some(codec) = codec else {
            let digit = self.digits.hear(reader.ssrc(), timestamp, reader.payload());
            return digit.map_or(Heard::Nothing, Heard::Digit);
        };
        let place = source.place_of(timestamp, arrival);
        let mut samples = vec![0; reader.payload().len()];
        codec.decode_slice(reader.payload(), &mut samples);
        if self.keep {
            put(&mut self.track.samples, place, &samples);
        }
        Heard::Audio(samples)
    }

    fn source(
        &mut self,
        reader: &RtpReader<'_>,
        arrival: i64,
        counts: &mut RtpCounts,
    ) -> Option<&mut Source> {
        let ssrc = reader.ssrc();
        let at = self
            .sources
            .iter()
            .position(|source| source.ssrc == ssrc)
            .unwrap_or_else(|| {
                if self.sources.len() == SOURCES {
                    self.sources.remove(0);
                }
                counts.sources += 1;
                // Counting starts one round up, so that a packet from before the first one has a number too.
                let first = 0x1_0000 + u64::from(u16::from(reader.sequence_number()));
                self.sources.push(Source {
                    ssrc,
                    place: arrival,
                    timestamp: reader.timestamp(),
                    highest: first,
                    first,
                    received: 0,
                    window: 0,
                });
                self.sources.len() - 1
            });
        self.sources.get_mut(at)
    }

    /// Ends the track and counts what never came.
    pub(super) fn finish(&mut self, counts: &mut RtpCounts) -> Track {
        for source in &self.sources {
            counts.lost += (source.highest + 1 - source.first).saturating_sub(source.received);
        }
        self.sources.clear();
        std::mem::take(&mut self.track)
    }
}

impl Source {
    /// Counts a sequence number; false for a duplicate.
    fn count(&mut self, sequence: u16, counts: &mut RtpCounts) -> bool {
        let ahead = i64::from(sequence.wrapping_sub(self.highest as u16) as i16);
        let number = self.highest.saturating_add_signed(ahead);
        if ahead > 0 {
            self.window = self.window.checked_shl(ahead as u32).unwrap_or(0) | 1;
            self.highest = number;
        } else {
            let back = ahead.unsigned_abs();
            let bit = 1_u64.checked_shl(back as u32).unwrap_or(0);
            if self.window & bit != 0 {
                counts.duplicated += 1;
                return false;
            }
            self.window |= bit;
            if self.received > 0 {
                counts.reordered += 1;
            }
            self.first = self.first.min(number);
        }
        self.received += 1;
        counts.received += 1;
        true
    }

    /// Where on the track a timestamp lies.
    fn place_of(&mut self, timestamp: u32, arrival: i64) -> i64 {
        let place = self.place + i64::from(timestamp.wrapping_sub(self.timestamp) as i32);
        if (place - arrival).abs() > JUMP {
            self.place = arrival;
            self.timestamp = timestamp;
            return arrival;
        }
        place
    }
}

/// Whole samples from one moment to another.
pub(super) fn samples_between(from: Instant, to: Instant) -> i64 {
    let time = to.saturating_duration_since(from);
    i64::try_from(time.as_micros() * u128::from(RATE) / 1_000_000).unwrap_or(i64::MAX)
}

/// Puts samples on a track; silence fills what is missing before them, what is already there is replaced.
pub(super) fn put(track: &mut Vec<i16>, place: i64, samples: &[i16]) {
    // A packet from before the start of the track is cut off there.
    let cut = usize::try_from(-place).unwrap_or(0).min(samples.len());
    let place = usize::try_from(place).unwrap_or(0);
    let samples = &samples[cut..];
    let end = place.saturating_add(samples.len());
    if end > LONGEST {
        return;
    }
    if track.len() < end {
        track.resize(end, 0);
    }
    track[place..end].copy_from_slice(samples);
}

/// Time of one packet.
pub(super) const PACKET: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use super::*;
    use rtp_rs::RtpPacketBuilder;

    const PCMA: u8 = 8;

    struct Ear {
        listener: Listener,
        counts: RtpCounts,
        start: Instant,
    }

    impl Ear {
        fn new() -> Self {
            Self {
                listener: Listener::new(true),
                counts: RtpCounts::default(),
                start: Instant::now(),
            }
        }

        /// A packet of 20 ms with one value, `ms` after the start.
        fn hear(&mut self, ms: u64, ssrc: u32, sequence: u16, timestamp: u32, value: i16) -> Heard {
            let payload = [Codec::Pcma.encode(value); 160];
            let packet = RtpPacketBuilder::new()
                .payload_type(PCMA)
                .sequence(sequence.into())
                .timestamp(timestamp)
                .ssrc(ssrc)
                .payload(&payload)
                .build()
                .expect("a packet");
            let taken = Taken {
                audio: vec![(PCMA, Codec::Pcma)],
                event: Some(101),
            };
            let now = self.start + Duration::from_millis(ms);
            self.listener.packet(now, &packet, &taken, &mut self.counts)
        }

        /// What the track holds in each 20 ms, in thousands.
        fn frames(&mut self) -> Vec<i16> {
            let track = self.listener.finish(&mut self.counts);
            track
                .samples
                .chunks(160)
                .map(|frame| (f64::from(frame[80]) / 1_000.0).round() as i16)
                .collect()
        }
    }

    #[test]
    fn packets_are_put_where_their_timestamps_say_whatever_the_jitter() {
        let mut ear = Ear::new();
        for (ms, number) in [(0, 0_u16), (35, 1), (38, 2), (60, 3)] {
            ear.hear(
                ms,
                7,
                100 + number,
                5_000 + 160 * u32::from(number),
                1_000 * (1 + number as i16),
            );
        }
        assert_eq!(ear.frames(), [1, 2, 3, 4]);
        assert_eq!(
            (ear.counts.received, ear.counts.lost, ear.counts.reordered),
            (4, 0, 0)
        );
    }

    #[test]
    fn what_is_lost_is_silence_and_what_comes_late_fills_its_place() {
        let mut ear = Ear::new();
        ear.hear(0, 7, 1, 160, 1_000);
        ear.hear(60, 7, 4, 640, 4_000);
        ear.hear(70, 7, 2, 320, 2_000);
        assert_eq!(ear.frames(), [1, 2, 0, 4]);
        assert_eq!(
            (ear.counts.received, ear.counts.lost, ear.counts.reordered),
            (3, 1, 1)
        );
    }

    #[test]
    fn a_duplicate_is_heard_once() {
        let mut ear = Ear::new();
        ear.hear(0, 7, 1, 160, 1_000);
        assert_eq!(ear.hear(1, 7, 1, 160, 1_000), Heard::Nothing);
        assert_eq!((ear.counts.received, ear.counts.duplicated), (1, 1));
    }

    #[test]
    fn another_source_starts_at_its_arrival_and_sequence_numbers_wrap() {
        let mut ear = Ear::new();
        ear.hear(0, 7, 65_535, 160, 1_000);
        ear.hear(20, 7, 0, 320, 2_000);
        ear.hear(100, 8, 30_000, 999_999, 6_000);
        assert_eq!(ear.frames(), [1, 2, 0, 0, 0, 6]);
        assert_eq!((ear.counts.lost, ear.counts.sources), (0, 2));
    }

    #[test]
    fn a_jump_of_the_timestamps_is_no_jump_of_the_clock() {
        let mut ear = Ear::new();
        ear.hear(0, 7, 1, 160, 1_000);
        ear.hear(20, 7, 2, 0x8000_0000, 2_000);
        ear.hear(40, 7, 3, 0x8000_0000 + 160, 3_000);
        assert_eq!(ear.frames(), [1, 2, 3]);
    }

    #[test]
    fn what_is_no_packet_of_this_call_is_refused() {
        let mut ear = Ear::new();
        let taken = Taken {
            audio: vec![(0, Codec::Pcmu)],
            event: None,
        };
        let (now, counts) = (ear.start, &mut ear.counts);
        assert_eq!(
            ear.listener.packet(now, b"no rtp", &taken, counts),
            Heard::Nothing
        );
        let wrong = RtpPacketBuilder::new()
            .payload_type(PCMA)
            .payload(&[0; 160])
            .build()
            .expect("a packet");
        assert_eq!(ear.listener.packet(now, &wrong, &taken, counts), Heard::Nothing);
        assert_eq!(counts.refused, 2);
        assert_eq!(counts.received, 0);
    }
}
