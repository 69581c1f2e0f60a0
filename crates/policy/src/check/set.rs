//! A small set of class numbers.

/// Class numbers from 0 to a fixed end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Set(Vec<u64>);

impl Set {
    /// 0 to `len - 1`.
    pub(crate) fn full(len: usize) -> Self {
        let mut words = vec![u64::MAX; len.div_ceil(64)];
        if !len.is_multiple_of(64)
            && let Some(last) = words.last_mut()
        {
            *last = (1 << (len % 64)) - 1;
        }
        Self(words)
    }

    /// Those for which `keep` says yes.
    pub(crate) fn filter(&self, keep: impl Fn(usize) -> bool) -> Self {
        let mut kept = vec![0; self.0.len()];
        for class in self.iter().filter(|class| keep(*class)) {
            kept[class / 64] |= 1 << (class % 64);
        }
        Self(kept)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub(crate) fn is_subset(&self, other: &Self) -> bool {
        self.0
            .iter()
            .zip(&other.0)
            .all(|(mine, other)| mine & !other == 0)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(index, word)| {
            (0..64)
                .filter(move |bit| word >> bit & 1 == 1)
                .map(move |bit| index * 64 + bit)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_across_words() {
        let all = Set::full(130);
        assert_eq!(all.iter().count(), 130);
        let high = all.filter(|class| class >= 63);
        assert_eq!(high.iter().take(3).collect::<Vec<_>>(), [63, 64, 65]);
        assert!(high.is_subset(&all) && !all.is_subset(&high));
        assert!(high.filter(|_| false).is_empty() && Set::full(0).is_empty());
        assert_eq!(Set::full(64).iter().count(), 64);
    }
}
