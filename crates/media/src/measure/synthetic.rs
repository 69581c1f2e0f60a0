//! Speech-like signals for tests: syllables of a pitched voice with formants, breath noise, and pauses between phrases.

use super::Sound;

/// A small generator of repeatable randomness.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn next(&mut self) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 32) as u32
    }

    /// In 0…1.
    pub(crate) fn unit(&mut self) -> f64 {
        f64::from(self.next()) / f64::from(u32::MAX)
    }

    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        self.next() % limit.max(1)
    }
}

/// `seconds` of a voice at 8 kHz: phrases of 1 to 2.5 s with pauses of 0.3 to 0.7 s.
pub(crate) fn voice(seed: u64, seconds: f64) -> Vec<i16> {
    let mut random = Random::new(seed);
    let length = (seconds * 8000.0) as usize;
    let mut samples = Vec::with_capacity(length + 8000);
    let pitch = 90.0 + 140.0 * random.unit();
    while samples.len() < length {
        let syllables = 4 + random.below(6);
        for _ in 0..syllables {
            syllable(&mut random, pitch, &mut samples);
        }
        let pause = 2400 + random.below(3200) as usize;
        samples.extend(std::iter::repeat_n(0, pause));
    }
    samples.truncate(length);
    samples
}

fn syllable(random: &mut Random, pitch: f64, out: &mut Vec<i16>) {
    let length = 1200 + random.below(1200) as usize;
    let formants = [
        300.0 + 500.0 * random.unit(),
        900.0 + 1300.0 * random.unit(),
        2300.0 + 700.0 * random.unit(),
    ];
    let (start, end) = (
        pitch * (0.85 + 0.3 * random.unit()),
        pitch * (0.85 + 0.3 * random.unit()),
    );
    let loud = 1500.0 + 2500.0 * random.unit();
    let mut phase = 0.0;
    for n in 0..length {
        let part = n as f64 / length as f64;
        let hertz = start + (end - start) * part;
        phase += std::f64::consts::TAU * hertz / 8000.0;
        let envelope = (std::f64::consts::PI * part).sin().sqrt();
        let mut value = 0.12 * (random.unit() - 0.5);
        for harmonic in 1..=(3500.0 / hertz) as u32 {
            let at = hertz * f64::from(harmonic);
            let gain: f64 = formants
                .iter()
                .map(|formant| 1.0 / (1.0 + ((at - formant) / 120.0).powi(2)))
                .sum();
            value += (gain + 0.02) * (phase * f64::from(harmonic)).sin();
        }
        out.push((value * loud * envelope).clamp(-32_000.0, 32_000.0) as i16);
    }
}

/// The same as a [`Sound`].
pub(crate) fn sound(samples: &[i16]) -> Sound {
    Sound::from_linear(8000, samples)
}
