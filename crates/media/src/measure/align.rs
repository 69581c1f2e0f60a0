//! Where in a recording a reference is heard, and how alike the two are there.

use super::band::{inverse, telephone_band, transform};
use super::{RATE, Sound};

/// The share of a reference's energy that must lie inside the recording for a place to be considered.
const LEAST_SHARE: f64 = 0.25;

/// Samples that are judged together when asking where the reference speaks: 20 ms.
const FRAME: usize = 160;

/// How far below its loudest frame a reference still counts as speaking: 30 dB.
const SPEAKING: f64 = 1e-3;

/// Half the length of the interpolation filter.
const TAPS: i64 = 32;

/// Steps per sample of the alignment.
const FINE: i64 = 16;

/// A reference found in a recording.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match {
    /// The time in the recording at which the reference begins, in seconds; negative if its beginning is cut off.
    pub at: f64,
    /// Normalised correlation in −1…1 over all of the reference that lies in the recording.
    pub correlation: f64,
    /// The same over those parts only in which the reference speaks: what else is said in its pauses does not count.
    pub speaking: f64,
}

/// Finds `reference` in `recording`. `None` if one of them has nothing in the telephone band.
pub fn align(recording: &Sound, reference: &Sound) -> Option<Match> {
    let (recording, reference) = (telephone_band(recording), telephone_band(reference));
    let placed = Placed::find(&recording, &reference)?;
    let all = |_: usize| true;
    let active = speaking_frames(&placed.samples);
    Some(Match {
        at: placed.seconds(),
        correlation: placed.correlation(&recording, all),
        speaking: placed.correlation(&recording, |n| active[n / FRAME]),
    })
}

/// How surely `recording` holds the speech of `reference`: the correlation in −1…1 where the reference speaks, at the
/// best alignment. Silence before it, cut ends and other speech in its pauses do not lower it; 0 if there is nothing
/// to compare, or less than a quarter of the reference lies in the recording.
pub fn same_speech(recording: &Sound, reference: &Sound) -> f64 {
    align(recording, reference).map_or(0.0, |found| found.speaking)
}

/// A reference moved by a fraction of a sample onto the grid of the recording.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    /// Index in the recording of the first sample.
    pub(super) start: i64,
    pub(super) samples: Vec<f32>,
    fraction: f64,
}

impl Placed {
    /// The place at which the reference explains most of the recording's energy.
    pub(super) fn find(recording: &[f32], reference: &[f32]) -> Option<Self> {
        let (recorded, energy) = (energies(recording), energies(reference));
        if *recorded.last()? <= 0.0 || *energy.last()? <= 0.0 {
            return None;
        }
        let products = cross_correlation(recording, reference);
        let size = products.len() as i64;
        let product = |lag: i64| f64::from(products[lag.rem_euclid(size) as usize]);
        let (rows, columns) = (recording.len() as i64, reference.len() as i64);
        let mut best = None;
        for lag in 1 - columns..rows {
            let share = energy[(rows - lag).min(columns) as usize] - energy[(-lag).max(0) as usize];
            if share < LEAST_SHARE * energy[reference.len()] {
                continue;
            }
            let explained = product(lag).abs() / share.sqrt();
            if best.is_none_or(|(most, _)| explained > most) {
                best = Some((explained, lag));
            }
        }
        let (_, lag) = best?;
        let step = (-FINE..=FINE).max_by(|&a, &b| {
            let height = |step: i64| interpolate(&product, lag, step as f64 / FINE as f64).abs();
            height(a).total_cmp(&height(b))
        })?;
        Some(Self::shifted(reference, lag, step as f64 / FINE as f64))
    }

    fn shifted(reference: &[f32], lag: i64, fraction: f64) -> Self {
        let weights = weights(-fraction);
        let mut padded = vec![0.0; TAPS as usize];
        padded.extend_from_slice(reference);
        padded.resize(reference.len() + 2 * TAPS as usize, 0.0);
        let sample = |window: &[f32]| {
            window
                .iter()
                .zip(&weights)
                .map(|(&sample, weight)| f64::from(sample) * weight)
                .sum::<f64>() as f32
        };
        Self {
            start: lag,
            samples: padded.windows(weights.len()).map(sample).collect(),
            fraction,
        }
    }

    /// When the reference begins, in seconds of the recording.
    pub(super) fn seconds(&self) -> f64 {
        (self.start as f64 + self.fraction) / f64::from(RATE)
    }

    /// The reference's sample at an index of the recording.
    pub(super) fn at(&self, index: i64) -> f64 {
        let here = usize::try_from(index - self.start).ok();
        here.and_then(|here| self.samples.get(here))
            .map_or(0.0, |&sample| f64::from(sample))
    }

    /// The end, exclusive, as an index of the recording.
    pub(super) fn end(&self) -> i64 {
        self.start + self.samples.len() as i64
    }

    fn correlation(&self, recording: &[f32], counts: impl Fn(usize) -> bool) -> f64 {
        let (mut product, mut here, mut there) = (0.0, 0.0, 0.0);
        for (n, &sample) in self.samples.iter().enumerate().filter(|&(n, _)| counts(n)) {
            let index = usize::try_from(self.start + n as i64).ok();
            let Some(&recorded) = index.and_then(|index| recording.get(index)) else {
                continue;
            };
            let (recorded, sample) = (f64::from(recorded), f64::from(sample));
            product += recorded * sample;
            here += recorded * recorded;
            there += sample * sample;
        }
        if here > 0.0 && there > 0.0 {
            product / (here * there).sqrt()
        } else {
            0.0
        }
    }
}

/// Sums of squares up to each index.
fn energies(samples: &[f32]) -> Vec<f64> {
    let mut sum = 0.0;
    let squares = samples.iter().map(|&sample| {
        sum += f64::from(sample).powi(2);
        sum
    });
    std::iter::once(0.0).chain(squares).collect()
}

/// Circular cross-correlation, long enough that nothing wraps: index `lag` (modulo the length) is the product of the
/// recording with the reference moved by `lag`.
fn cross_correlation(recording: &[f32], reference: &[f32]) -> Vec<f32> {
    let size = (recording.len() + reference.len() + 2 * TAPS as usize).next_power_of_two();
    let padded = |samples: &[f32]| {
        let mut padded = samples.to_vec();
        padded.resize(size, 0.0);
        transform(&mut padded)
    };
    let mut product = padded(recording);
    for (value, other) in product.iter_mut().zip(padded(reference)) {
        *value *= other.conj();
    }
    inverse(&mut product, size)
}

/// The value at `n + fraction` of a band-limited sequence.
fn interpolate(at: &impl Fn(i64) -> f64, n: i64, fraction: f64) -> f64 {
    (n - TAPS..)
        .zip(weights(fraction))
        .map(|(k, weight)| at(k) * weight)
        .sum()
}

/// The weights of the samples from `-TAPS` to `TAPS` around the one wanted: a windowed sinc.
fn weights(fraction: f64) -> Vec<f64> {
    use std::f64::consts::PI;
    let weight = |k: i64| {
        let x = fraction - k as f64;
        let window = (PI * x / (2.0 * (TAPS + 1) as f64)).cos().powi(2);
        let sinc = if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) };
        sinc * window
    };
    (-TAPS..=TAPS).map(weight).collect()
}

/// For each frame, whether the reference speaks in it.
fn speaking_frames(samples: &[f32]) -> Vec<bool> {
    let energy = |frame: &[f32]| frame.iter().map(|&sample| f64::from(sample).powi(2)).sum::<f64>();
    let loudest = samples.chunks(FRAME).map(energy).fold(0.0, f64::max);
    samples
        .chunks(FRAME)
        .map(|frame| energy(frame) > loudest * SPEAKING)
        .collect()
}
