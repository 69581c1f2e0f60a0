//! Test signals.

use std::f64::consts::TAU;

use crate::seed::Seed;

/// Samples per second of everything a phone says or hears.
pub const RATE: u32 = 8_000;

/// Speech-like noise that can be told from any other: 300 to 3,400 Hz, in syllables with pauses, peaks near
/// 12,000. Two seeds are uncorrelated; one seed always gives the same samples at 8 kHz.
pub fn babble(seed: u64, seconds: f64) -> Vec<i16> {
    let mut seed = Seed::named(seed, "babble");
    let length = (seconds * f64::from(RATE)) as usize;
    let mut samples = Vec::with_capacity(length);
    while samples.len() < length {
        let syllable = 800 + (seed.fraction() * 1_600.0) as usize;
        let pause = (seed.fraction() * 600.0) as usize;
        let partials: Vec<(f64, f64)> = (0..12)
            .map(|_| (300.0 + seed.fraction() * 3_000.0, seed.fraction() * TAU))
            .collect();
        for at in 0..syllable.min(length - samples.len()) {
            let time = at as f64 / f64::from(RATE);
            let sum: f64 = partials
                .iter()
                .map(|(hz, phase)| (TAU * hz * time + phase).sin())
                .sum();
            let rise = (TAU / 2.0 * at as f64 / syllable as f64).sin();
            samples.push((sum * rise * 2_000.0).clamp(-12_000.0, 12_000.0) as i16);
        }
        samples.resize((samples.len() + pause).min(length), 0);
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn babble_has_the_wanted_length_and_is_loud_enough() {
        let samples = babble(3, 1.5);
        assert_eq!(samples.len(), 12_000);
        let energy: f64 = samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / 12_000.0;
        assert!(energy.sqrt() > 1_000.0, "{}", energy.sqrt());
        assert_eq!(samples, babble(3, 1.5));
    }

    #[test]
    fn two_babbles_have_nothing_in_common() {
        let (a, b) = (babble(1, 2.0), babble(2, 2.0));
        let dot = |x: &[i16], y: &[i16]| -> f64 {
            x.iter().zip(y).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
        };
        let likeness = dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt();
        assert!(likeness.abs() < 0.1, "{likeness}");
    }
}
