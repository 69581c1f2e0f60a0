//! Digits as tones in the audio (ITU-T Q.23), for far ends that have no telephone-event.

use std::f32::consts::TAU;

use crate::{codec::Codec, digits::Pressed, rtp::Packet};

/// Rows and columns of the keypad in Hz (Q.23).
const TONES: [f32; 8] = [697.0, 770.0, 852.0, 941.0, 1209.0, 1336.0, 1477.0, 1633.0];
const KEYPAD: &[u8; 16] = b"123A456B789C*0#D";
const RATE: f32 = 8_000.0;

/// Samples that are judged at once, 12.75 ms. Neighbouring tones of the keypad are a zero of the filter apart.
const BLOCK: u32 = 102;
/// So many blocks' worth of a key, in a row, make it one. In any tone of 40 ms two whole blocks lie, in one of 20 ms no
/// more than 1.57 (Q.24: the one is a key, the other is none).
const ENOUGH: f32 = 1.62;
/// So many blocks in a row without a key are its end.
const OVER: f32 = 2.0;

/// Amplitude below which a tone is none: -35 dBm0.
const FAINT: f32 = 400.0;
/// How much stronger the column may be than the row, and the row than the column, in power: 8 dB and 6 dB. (Lines damp
/// high tones, so telephones send them stronger.)
const COLUMN_STRONGER: f32 = 6.3;
const ROW_STRONGER: f32 = 4.0;
/// How much stronger a tone is than each other one of its group, in power: 8 dB.
const STANDS_OUT: f32 = 6.3;
/// Share of a block's energy that the two tones have. Speech has it elsewhere.
const SHARE: f32 = 0.6;

/// Ticks by which a packet may be overtaken; one that is older begins a new count.
const LATE: u32 = 8_000;

/// Listens for keys in audio packets of one far end.
///
/// A gap in the timestamps (a lost packet, silence suppression) ends a key and begins a new block; packets that come
/// late are not looked at.
#[derive(Debug)]
pub(crate) struct Tones {
    ssrc: u32,
    /// Timestamp of the next sample.
    next: Option<u32>,
    block: Block,
    /// What the latest blocks in a row were, and how many, each as far as it was that.
    latest: (Option<char>, f32),
    pressed: Option<Key>,
}

#[derive(Debug)]
struct Key {
    key: char,
    samples: u32,
}

/// Goertzel's filter for each tone, and the energy of all.
#[derive(Debug, Default)]
struct Block {
    filters: [(f32, f32); 8],
    energy: f32,
    samples: u32,
}

impl Tones {
    pub(crate) fn new() -> Self {
        Self {
            ssrc: 0,
            next: None,
            block: Block::default(),
            latest: (None, 0.0),
            pressed: None,
        }
    }

    /// One packet of G.711; calls `report` for each key that was released.
    pub(crate) fn audio(&mut self, packet: &Packet<'_>, codec: Codec, mut report: impl FnMut(Pressed)) {
        let follows = self.next == Some(packet.timestamp) && self.ssrc == packet.ssrc;
        if !follows {
            let late = |next: u32| self.ssrc == packet.ssrc && next.wrapping_sub(packet.timestamp) < LATE;
            if self.next.is_some_and(late) {
                return;
            }
            self.release(&mut report);
            *self = Self {
                ssrc: packet.ssrc,
                ..Self::new()
            };
        }
        self.next = Some(packet.timestamp.wrapping_add(packet.payload.len() as u32));
        let tones = *COEFFICIENTS;
        for &byte in packet.payload {
            self.block.take(f32::from(codec.decode(byte)), &tones);
            if self.block.samples == BLOCK {
                let (heard, share) = std::mem::take(&mut self.block).key();
                self.judge(heard, share, &mut report);
            }
        }
    }

    /// The far end is no longer listened to: a key that is down counts.
    pub(crate) fn release(&mut self, report: &mut impl FnMut(Pressed)) {
        if let Some(Key { key, samples }) = self.pressed.take() {
            report((key, samples * 1000 / RATE as u32));
        }
    }

    fn judge(&mut self, heard: Option<char>, share: f32, report: &mut impl FnMut(Pressed)) {
        let before = if self.latest.0 == heard {
            self.latest.1
        } else {
            0.0
        };
        let run = before + share;
        self.latest = (heard, run);
        match (&mut self.pressed, heard) {
            (Some(key), Some(heard)) if key.key == heard => key.samples += BLOCK,
            (_, Some(key)) if run >= ENOUGH => {
                self.release(report);
                let samples = (run * BLOCK as f32) as u32;
                self.pressed = Some(Key { key, samples });
            }
            (Some(_), None) if run >= OVER => self.release(report),
            _ => {}
        }
    }
}

impl Block {
    fn take(&mut self, sample: f32, tones: &[f32; 8]) {
        for (filter, tone) in self.filters.iter_mut().zip(tones) {
            let next = sample + tone * filter.0 - filter.1;
            *filter = (next, filter.0);
        }
        self.energy += sample * sample;
        self.samples += 1;
    }

    /// The key whose tones these samples are, if they are little but that, and what share of them is; of no key, all.
    fn key(&self) -> (Option<char>, f32) {
        self.tones()
            .map_or((None, 1.0), |(key, share)| (Some(key), share))
    }

    fn tones(&self) -> Option<(char, f32)> {
        let mut powers = [0.0; 8];
        for ((power, (one, two)), tone) in powers.iter_mut().zip(self.filters).zip(*COEFFICIENTS) {
            *power = one * one + two * two - tone * one * two;
        }
        let (row, row_power) = strongest(&powers[..4])?;
        let (column, column_power) = strongest(&powers[4..])?;
        // A sine of amplitude A has the power (A * BLOCK / 2)² here, and the energy A² * BLOCK / 2.
        let block = BLOCK as f32;
        let faint = (FAINT * block / 2.0).powi(2);
        let whole = self.energy * block / 2.0;
        let share = (row_power + column_power) / whole;
        let is_key = row_power.min(column_power) >= faint
            && column_power <= row_power * COLUMN_STRONGER
            && row_power <= column_power * ROW_STRONGER
            && share >= SHARE;
        is_key.then(|| (char::from(KEYPAD[row * 4 + column]), share))
    }
}

/// The strongest of a group, if it stands out.
fn strongest(group: &[f32]) -> Option<(usize, f32)> {
    let (place, &power) = group.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
    let alone = group
        .iter()
        .enumerate()
        .all(|(other, &of)| other == place || power >= of * STANDS_OUT);
    alone.then_some((place, power))
}

/// 2 cos(2π f / rate) of each tone.
static COEFFICIENTS: std::sync::LazyLock<[f32; 8]> =
    std::sync::LazyLock::new(|| TONES.map(|tone| 2.0 * (TAU * tone / RATE).cos()));

/// A key as tones: samples at 8 kHz, each tone at `dbm0`. `None` if it is not a key.
///
/// For far ends without telephone-event; whoever plays it sends it as audio.
#[must_use]
pub fn dual_tone(digit: char, duration_ms: u32, dbm0: f32) -> Option<Vec<i16>> {
    let digit = digit.to_ascii_uppercase();
    let place = KEYPAD.iter().position(|&key| char::from(key) == digit)?;
    let tones = [TONES[place / 4], TONES[4 + place % 4]];
    Some(sum_of(tones.map(|tone| (tone, dbm0)), duration_ms))
}

/// Sines of such frequencies and levels (dBm0), added.
fn sum_of(tones: [(f32, f32); 2], duration_ms: u32) -> Vec<i16> {
    // G.711: the largest sine has 3.17 dBm0 (µ-law; a little less in the other law).
    let amplitude = |dbm0: f32| f32::from(i16::MAX) * 10f32.powf((dbm0 - 3.17) / 20.0);
    let sample = |n: u32| {
        let at = n as f32 / RATE;
        let sum: f32 = tones
            .iter()
            .map(|&(tone, dbm0)| amplitude(dbm0) * (TAU * tone * at).sin())
            .sum();
        sum as i16
    };
    (0..duration_ms * 8).map(sample).collect()
}

#[cfg(test)]
mod tests;
