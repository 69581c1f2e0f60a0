//! Random choices from one seed, or from octets that a fuzzer chose.

use std::collections::VecDeque;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// The same seed, or the same octets, the same choices.
pub(crate) struct Dice(Source);

enum Source {
    Seed(Box<ChaCha8Rng>),
    /// Two octets for each choice; the first of everything when there are none left.
    Octets(VecDeque<u8>),
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Source::Seed(Box::new(ChaCha8Rng::seed_from_u64(
            seed ^ 0x6368_616f_7300_0000,
        ))))
    }

    pub(crate) fn of(octets: &[u8]) -> Self {
        Self(Source::Octets(octets.iter().copied().collect()))
    }

    fn next(&mut self) -> u64 {
        match &mut self.0 {
            Source::Seed(rng) => rng.next_u64(),
            Source::Octets(left) => {
                let mut octet = || u64::from(left.pop_front().unwrap_or(0));
                octet() << 8 | octet()
            }
        }
    }

    /// Below `sides`.
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.next() % sides
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
