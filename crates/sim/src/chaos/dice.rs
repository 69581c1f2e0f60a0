//! Random choices from one seed.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// The same seed, the same choices.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed ^ 0x6368_616f_7300_0000))
    }

    /// Below `sides`.
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0.next_u64() % sides
    }

    /// Between, both included.
    pub(crate) fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.roll(most - least + 1)
    }

    pub(crate) fn percent(&mut self, chance: u64) -> bool {
        self.roll(100) < chance
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.roll(of.len() as u64)).unwrap_or(0)]
    }

    /// Up to `most` seconds; mostly quarters of a second, so that things meet, and sometimes a hair beside.
    pub(crate) fn time(&mut self, most: u64) -> Duration {
        let quarters = Duration::from_millis(250 * self.roll(most * 4 + 1));
        if self.percent(30) {
            return quarters + Duration::from_micros(self.roll(6_000));
        }
        quarters
    }
}
