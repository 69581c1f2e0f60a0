//! Sixteen bits to eight: rounding, with or without dither of triangular density.

/// One step of the 8-bit file in 16-bit units.
const STEP: f32 = 256.0;

/// A seeded source of dither: the same seed gives the same file.
#[derive(Debug)]
pub(super) struct Dither(u64);

impl Dither {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Rounds with noise of two steps' width, which makes the rounding error independent of the signal.
    pub(super) fn noisy(&mut self, sample: f32) -> i8 {
        let random = self.next();
        let (first, second) = ((random >> 40) as f32, (random & 0xFF_FFFF) as f32);
        round(sample / STEP + (first - second) / 16_777_216.0)
    }

    /// SplitMix64: one addition and a mix of the bits; passes for noise and cannot get stuck.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

/// Rounds to the nearest step.
pub(super) fn plain(sample: f32) -> i8 {
    round(sample / STEP)
}

/// Shifted so that nothing is negative, where cutting off the fraction is rounding down: four times faster than
/// `f32::round`, which is a library call. `as` saturates at the lower end, `min` at the upper.
fn round(steps: f32) -> i8 {
    let shifted = ((steps + 128.5) as u32).min(255);
    (shifted as i32 - 128) as i8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_triangular_and_its_mean_keeps_fractions_of_a_step() {
        let mut dither = Dither::new(7);
        for sample in [0.0, 64.0, -100.0, 1000.0] {
            let count = 200_000;
            let (mut sum, mut square) = (0.0, 0.0);
            for _ in 0..count {
                let error = f64::from(dither.noisy(sample)) - f64::from(sample / STEP);
                sum += error;
                square += error * error;
            }
            let (mean, variance) = (sum / f64::from(count), square / f64::from(count));
            // A quarter: two uniform noises and the rounding, a twelfth each.
            assert!(
                mean.abs() < 0.01 && (variance - 0.25).abs() < 0.01,
                "{sample}: {mean} {variance}"
            );
        }
    }

    #[test]
    fn ends_of_the_scale_saturate() {
        let mut dither = Dither::new(1);
        for _ in 0..1000 {
            assert!(dither.noisy(32_767.0) >= 126 && dither.noisy(-32_768.0) <= -126);
        }
        assert_eq!(
            (plain(40_000.0), plain(-40_000.0), plain(127.0), plain(-129.0)),
            (127, -128, 0, -1)
        );
    }
}
