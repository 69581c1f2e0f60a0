//! The sending half of a stream: one packet every 20 ms by absolute deadlines.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use pointsman_media::{Codec, Port};
use rtp_rs::RtpPacketBuilder;

use crate::phone::digits::DigitsOut;
use crate::phone::listener::{PACKET, put, samples_between};
use crate::phone::voice::{FRAME, Voice};
use crate::report::{RtpCounts, Track};
use crate::seed::Seed;

/// Longest packet a phone sends: a header and 20 ms of G.711.
pub(super) const LONGEST_PACKET: usize = 12 + FRAME;

/// A late owner catches up this much; beyond it the time is skipped and never said.
const CATCH_UP: Duration = Duration::from_secs(1);

/// A packet on its way out.
#[derive(Clone, Debug)]
pub(super) struct RtpOut {
    pub(super) from: Port,
    pub(super) to: SocketAddr,
    pub(super) length: usize,
    pub(super) bytes: [u8; LONGEST_PACKET],
}

/// Where and how to send: what offer and answer agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sending {
    pub(super) to: SocketAddr,
    pub(super) codec: Codec,
    pub(super) pt: u8,
    pub(super) event: Option<u8>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Speaker {
    port: Port,
    voice: Voice,
    digits: DigitsOut,
    sending: Option<Sending>,
    /// Says nothing of its own while it holds the other side, but keeps its place.
    pub(super) paused: bool,
    next: Option<Instant>,
    /// The first packet time ever and its timestamp: timestamps go on with the clock over pauses.
    epoch: Option<(Instant, u32)>,
    sequence: u16,
    ssrc: u32,
    spurt: bool,
    lose: f64,
    seed: Seed,
    track: Track,
    keep: bool,
}

impl Speaker {
    pub(super) fn new(port: Port, lose: f64, mut seed: Seed, keep: bool) -> Self {
        Self {
            port,
            voice: Voice::new(crate::behaviour::Speak::Silence),
            digits: DigitsOut::default(),
            sending: None,
            paused: false,
            next: None,
            epoch: None,
            sequence: seed.next() as u16,
            ssrc: seed.next() as u32,
            spurt: true,
            lose,
            seed,
            track: Track::default(),
            keep,
        }
    }

    pub(super) fn say(&mut self, voice: Voice) {
        self.voice = voice;
    }

    pub(super) fn voice(&mut self) -> &mut Voice {
        &mut self.voice
    }

    pub(super) fn dial(&mut self, digits: &str) {
        self.digits.push(digits);
    }

    /// Sends there from now on; `None` is quiet. The rhythm of packets that already flow is kept.
    pub(super) fn send_to(&mut self, now: Instant, sending: Option<Sending>) {
        if self.sending.is_none() && sending.is_some() {
            self.next = Some(now);
            self.spurt = true;
        }
        if sending.is_none() {
            self.next = None;
        }
        self.sending = sending;
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.next
    }

    /// Every packet that is due.
    pub(super) fn speak(&mut self, now: Instant, counts: &mut RtpCounts, out: &mut impl Extend<RtpOut>) {
        let (Some(sending), Some(mut next)) = (self.sending, self.next) else {
            return;
        };
        if now.saturating_duration_since(next) > CATCH_UP {
            next = now;
        }
        while next <= now {
            if let Some(packet) = self.packet(next, sending) {
                // The draw comes for every packet, so that one more or less does not shift all later losses.
                if self.seed.fraction() * 100.0 < self.lose {
                    counts.lost_on_purpose += 1;
                } else {
                    counts.sent += 1;
                    out.extend([packet]);
                }
            }
            next += PACKET;
        }
        self.next = Some(next);
    }

    fn packet(&mut self, at: Instant, sending: Sending) -> Option<RtpOut> {
        let (epoch, first) = *self.epoch.get_or_insert_with(|| (at, self.seed.next() as u32));
        let place = samples_between(epoch, at);
        let timestamp = first.wrapping_add(place as u32);
        if let Some(pt) = sending.event
            && let Some(digit) = self.digits.next(timestamp)
        {
            return Some(self.write(sending.to, pt, digit.marker, digit.timestamp, &digit.payload));
        }
        if !self.voice.is_sent() {
            return None;
        }
        let frame = if self.paused {
            [0; FRAME]
        } else {
            self.voice.next()
        };
        if self.keep {
            self.track.start.get_or_insert(epoch);
            put(&mut self.track.samples, place, &frame);
        }
        let mut payload = [0; FRAME];
        sending.codec.encode_slice(&frame, &mut payload);
        let marker = std::mem::take(&mut self.spurt);
        Some(self.write(sending.to, sending.pt, marker, timestamp, &payload))
    }

    fn write(&mut self, to: SocketAddr, pt: u8, marker: bool, timestamp: u32, payload: &[u8]) -> RtpOut {
        let mut bytes = [0; LONGEST_PACKET];
        let length = RtpPacketBuilder::new()
            .payload_type(pt)
            .marked(marker)
            .sequence(self.sequence.into())
            .timestamp(timestamp)
            .ssrc(self.ssrc)
            .payload(payload)
            .build_into(&mut bytes)
            .expect("payload types come from rtpmap lines below 128 and a frame fits the buffer");
        self.sequence = self.sequence.wrapping_add(1);
        RtpOut {
            from: self.port,
            to,
            length,
            bytes,
        }
    }

    /// What was said.
    pub(super) fn finish(&mut self) -> Track {
        self.sending = None;
        self.next = None;
        std::mem::take(&mut self.track)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::Speak;
    use rtp_rs::RtpReader;

    struct Mouth {
        speaker: Speaker,
        counts: RtpCounts,
        start: Instant,
        out: Vec<RtpOut>,
    }

    impl Mouth {
        fn new(lose: f64, speak: Speak) -> Self {
            let mut speaker = Speaker::new(Port(4_000), lose, Seed::new(5), true);
            speaker.say(Voice::new(speak));
            let start = Instant::now();
            let mut mouth = Self {
                speaker,
                counts: RtpCounts::default(),
                start,
                out: Vec::new(),
            };
            mouth.send(0, true);
            mouth
        }

        fn send(&mut self, ms: u64, on: bool) {
            let to = SocketAddr::from(([127, 0, 0, 1], 9_000));
            let sending = Sending {
                to,
                codec: Codec::Pcmu,
                pt: 0,
                event: Some(101),
            };
            self.speaker
                .send_to(self.start + Duration::from_millis(ms), on.then_some(sending));
        }

        fn at(&mut self, ms: u64) {
            let now = self.start + Duration::from_millis(ms);
            self.speaker.speak(now, &mut self.counts, &mut self.out);
        }

        fn read(&self) -> Vec<(u8, u16, u32, bool)> {
            let packets = self.out.iter().map(|packet| &packet.bytes[..packet.length]);
            packets
                .map(|bytes| RtpReader::new(bytes).expect("an RTP packet"))
                .map(|r| {
                    (
                        r.payload_type(),
                        r.sequence_number().into(),
                        r.timestamp(),
                        r.mark(),
                    )
                })
                .collect()
        }
    }

    #[test]
    fn a_late_owner_gets_every_packet_that_was_due_with_timestamps_in_step() {
        let mut mouth = Mouth::new(0.0, Speak::Silence);
        mouth.at(0);
        mouth.at(95);
        let packets = mouth.read();
        assert_eq!(packets.len(), 5);
        for pair in packets.windows(2) {
            assert_eq!(pair[1].1, pair[0].1.wrapping_add(1));
            assert_eq!(pair[1].2, pair[0].2.wrapping_add(160));
        }
        assert_eq!(
            mouth.speaker.poll_timeout(),
            Some(mouth.start + Duration::from_millis(100))
        );
    }

    #[test]
    fn timestamps_go_on_with_the_clock_over_a_pause_and_the_marker_tells() {
        let mut mouth = Mouth::new(0.0, Speak::Silence);
        mouth.at(0);
        mouth.send(10, false);
        mouth.at(400);
        mouth.send(500, true);
        mouth.at(500);
        let packets = mouth.read();
        assert_eq!(packets.len(), 2);
        assert_eq!(packets[1].2, packets[0].2.wrapping_add(4_000));
        assert_eq!((packets[0].3, packets[1].3), (true, true));
    }

    #[test]
    fn the_wanted_share_of_packets_is_lost_and_counted() {
        let mut mouth = Mouth::new(10.0, Speak::Silence);
        for ms in (0..100_000).step_by(20) {
            mouth.at(ms);
        }
        assert_eq!(mouth.counts.sent + mouth.counts.lost_on_purpose, 5_000);
        assert_eq!(mouth.counts.sent, mouth.out.len() as u64);
        assert!(
            (420..580).contains(&mouth.counts.lost_on_purpose),
            "{}",
            mouth.counts.lost_on_purpose
        );
        let gaps = mouth
            .read()
            .windows(2)
            .filter(|pair| pair[1].1 != pair[0].1.wrapping_add(1))
            .count();
        assert!(gaps > 300, "the sequence numbers show the losses: {gaps}");
    }

    #[test]
    fn digits_take_the_place_of_audio_even_where_there_is_none() {
        let mut mouth = Mouth::new(0.0, Speak::Nothing);
        mouth.speaker.dial("7");
        mouth.at(400);
        let packets = mouth.read();
        assert_eq!(packets.len(), 7);
        assert!(packets.iter().all(|packet| packet.0 == 101));
    }
}
