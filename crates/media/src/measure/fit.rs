//! Two references in one recording: how loud each is, and how much of the recording the two explain.

use super::Sound;
use super::align::Placed;
use super::band::telephone_band;

/// One reference in a fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// The time in the recording at which the reference begins, in seconds.
    pub at: f64,
    /// How much louder than the reference it is in the recording, in dB; negative infinity if it is not there.
    pub gain_db: f64,
}

/// The least-squares fit of two references to one recording.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// The first reference.
    pub first: Part,
    /// The second reference.
    pub second: Part,
    /// The share of the recording's energy that the two explain, in 0…1, from the first sample of either to the last.
    pub explained: f64,
}

impl Fit {
    /// By how many dB the two gains differ.
    pub fn difference_db(&self) -> f64 {
        (self.first.gain_db - self.second.gain_db).abs()
    }
}

/// Fits `first` and `second` to `recording` by least squares in the telephone band, each aligned on its own. `None` if
/// one of them cannot be aligned.
pub fn fit(recording: &Sound, first: &Sound, second: &Sound) -> Option<Fit> {
    let recording = telephone_band(recording);
    let (first, second) = (telephone_band(first), telephone_band(second));
    let mut one = Placed::find(&recording, &first)?;
    let mut two = Placed::find(&recording, &second)?;
    // The louder voice may have moved the peak of the other by a fraction of a sample: align once more without it.
    let gains = solve(&recording, &one, &two);
    one = Placed::find(&without(&recording, &two, gains[1]), &first)?;
    two = Placed::find(&without(&recording, &one, gains[0]), &second)?;
    let gains = solve(&recording, &one, &two);
    let decibel = |gain: f64| {
        if gain > 0.0 {
            20.0 * gain.log10()
        } else {
            f64::NEG_INFINITY
        }
    };
    let (mut all, mut left) = (0.0, 0.0);
    for index in span(&recording, &one, &two) {
        let recorded = f64::from(recording[index as usize]);
        all += recorded * recorded;
        left += (recorded - gains[0] * one.at(index) - gains[1] * two.at(index)).powi(2);
    }
    Some(Fit {
        first: Part {
            at: one.seconds(),
            gain_db: decibel(gains[0]),
        },
        second: Part {
            at: two.seconds(),
            gain_db: decibel(gains[1]),
        },
        explained: if all > 0.0 { 1.0 - left / all } else { 0.0 },
    })
}

/// The part of the recording that at least one of the two covers.
fn span(recording: &[f32], one: &Placed, two: &Placed) -> std::ops::Range<i64> {
    one.start.min(two.start).max(0)..one.end().max(two.end()).min(recording.len() as i64)
}

fn without(recording: &[f32], other: &Placed, gain: f64) -> Vec<f32> {
    let rest = |(index, &sample): (usize, &f32)| (f64::from(sample) - gain * other.at(index as i64)) as f32;
    recording.iter().enumerate().map(rest).collect()
}

/// The gains that leave the least energy: the normal equations of two unknowns.
fn solve(recording: &[f32], one: &Placed, two: &Placed) -> [f64; 2] {
    let [mut aa, mut bb, mut ab, mut ra, mut rb] = [0.0; 5];
    for index in span(recording, one, two) {
        let (r, a, b) = (f64::from(recording[index as usize]), one.at(index), two.at(index));
        aa += a * a;
        bb += b * b;
        ab += a * b;
        ra += r * a;
        rb += r * b;
    }
    let determinant = aa * bb - ab * ab;
    if determinant <= aa * bb * 1e-9 {
        // One and the same signal twice: no way to tell the two apart.
        let gain = if aa > 0.0 { ra / aa } else { 0.0 };
        return [gain, 0.0];
    }
    [
        (ra * bb - rb * ab) / determinant,
        (rb * aa - ra * ab) / determinant,
    ]
}
