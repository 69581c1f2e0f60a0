//! Randomness that a seed decides.

/// A small generator (SplitMix64): good enough for losses, SSRCs and test signals, and the same everywhere.
#[derive(Clone, Debug)]
pub(crate) struct Seed(u64);

impl Seed {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A generator of its own for each name, so that two phones with one seed do not say the same.
    pub(crate) fn named(seed: u64, name: &str) -> Self {
        // FNV-1a.
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(Self(seed).next() ^ hash)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 up to but not including 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// 32 bytes for a transaction layer.
    pub(crate) fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for part in bytes.chunks_exact_mut(8) {
            part.copy_from_slice(&self.next().to_le_bytes());
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_row_and_another_name_another() {
        let row = |name| {
            (0..4)
                .map({
                    let mut seed = Seed::named(7, name);
                    move |_| seed.next()
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(row("a"), row("a"));
        assert_ne!(row("a"), row("b"));
    }

    #[test]
    fn fractions_spread_over_the_whole_range() {
        let mut seed = Seed::new(1);
        let below = (0..10_000).filter(|_| seed.fraction() < 0.25).count();
        assert!((2_300..2_700).contains(&below), "{below}");
    }
}
