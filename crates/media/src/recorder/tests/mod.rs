//! A recorder under synthetic calls: packets with a sender's clock, a network that delays, loses and reorders them,
//! and a file that can be looked into at any time, as after a crash.

mod anchors;
mod file;
mod hostile;
mod network;
mod speech;

use std::cell::RefCell;
use std::io::{self, Cursor, Seek, SeekFrom, Write};
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::{PacketCounts, Recorder};
use crate::measure::Sound;
use crate::measure::synthetic::Random;
use crate::{Codec, Side};

/// One packet on its way: when it arrives, in µs since the start of the recording.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) side: Side,
    pub(super) arrival: i64,
    pub(super) bytes: Vec<u8>,
}

/// A phone that sends 20 ms packets.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    pub(super) side: Side,
    pub(super) codec: Codec,
    pub(super) ssrc: u32,
    pub(super) seq: u16,
    pub(super) timestamp: u32,
    /// How much faster than the wall clock its samples go, in parts per million.
    pub(super) ppm: i64,
}

impl Sender {
    pub(super) fn new(side: Side, ssrc: u32) -> Self {
        Self {
            side,
            codec: Codec::Pcma,
            ssrc,
            seq: 65_500,
            timestamp: u32::MAX - 5000,
            ppm: 0,
        }
    }

    /// The packets of `samples`, the first of which is sent `from` µs after the start. Moves the sender on.
    pub(super) fn send(&mut self, samples: &[i16], from: i64) -> Vec<Sent> {
        let packet = |(n, samples): (usize, &[i16])| {
            let mut payload = vec![0; samples.len()];
            self.codec.encode_slice(samples, &mut payload);
            let bytes = rtp(
                self.codec.payload_type(),
                self.seq,
                self.timestamp,
                self.ssrc,
                &payload,
            );
            self.seq = self.seq.wrapping_add(1);
            self.timestamp = self.timestamp.wrapping_add(samples.len() as u32);
            Sent {
                side: self.side,
                arrival: from + n as i64 * (20_000 - self.ppm / 50),
                bytes,
            }
        };
        samples.chunks(160).enumerate().map(packet).collect()
    }
}

/// An RTP packet, written byte by byte.
pub(super) fn rtp(pt: u8, seq: u16, timestamp: u32, ssrc: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x80, pt];
    bytes.extend(seq.to_be_bytes());
    bytes.extend(timestamp.to_be_bytes());
    bytes.extend(ssrc.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// Delays every packet by up to `most` µs on top of `least`; packets may overtake each other.
pub(super) fn jitter(packets: &mut [Sent], random: &mut Random, least: i64, most: u32) {
    for packet in packets {
        packet.arrival += least + i64::from(random.below(most));
    }
}

/// Loses packets.
pub(super) fn lose(packets: &mut Vec<Sent>, random: &mut Random, percent: u32) {
    packets.retain(|_| random.below(100) >= percent);
}

/// An instant to count from. The crate itself never asks for the time.
#[expect(
    clippy::disallowed_methods,
    reason = "an Instant cannot be made otherwise; which one does not matter"
)]
pub(super) fn origin() -> Instant {
    Instant::now()
}

/// A file that can be read while it is written, as after a crash.
#[derive(Debug, Clone, Default)]
pub(super) struct Disk(pub(super) Rc<RefCell<Cursor<Vec<u8>>>>);

impl Disk {
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.0.borrow().get_ref().clone()
    }
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Disk {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.borrow_mut().seek(to)
    }
}

/// Records `packets` in the order of their arrival and ends after `seconds`.
pub(super) fn record(mut packets: Vec<Sent>, seconds: f64) -> (Vec<u8>, PacketCounts) {
    packets.sort_by_key(|packet| packet.arrival);
    let (disk, start) = (Disk::default(), origin());
    let mut recorder = Recorder::new(disk.clone(), start, 42).unwrap();
    let end = (seconds * 1e6) as i64;
    let mut tick = 0;
    for packet in packets.iter().filter(|packet| packet.arrival <= end) {
        while tick < packet.arrival {
            recorder
                .advance(start + Duration::from_micros(tick as u64))
                .unwrap();
            tick += 100_000;
        }
        recorder.push(
            packet.side,
            start + Duration::from_micros(packet.arrival as u64),
            &packet.bytes,
        );
    }
    let counts = recorder.packets();
    let summary = recorder
        .finish(start + Duration::from_micros(end as u64))
        .unwrap();
    let bytes = disk.bytes();
    assert_eq!(
        (summary.bytes, summary.samples + 44),
        (bytes.len() as u64, bytes.len() as u64)
    );
    (bytes, counts)
}

/// The recording as a sound.
pub(super) fn heard(packets: Vec<Sent>, seconds: f64) -> Sound {
    let sound = Sound::from_wav(&record(packets, seconds).0, "recording").unwrap();
    assert!(
        (sound.seconds() - seconds).abs() <= 2.0 / 11_025.0,
        "{} s instead of {seconds}",
        sound.seconds()
    );
    sound
}
