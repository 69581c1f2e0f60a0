//! Splits all possible numbers into classes that a set of patterns cannot tell apart.
//!
//! Which prefixes match a number is decided by the longest one that does. So there is one class per exact number, one
//! per prefix (numbers for which it is the longest), and one of numbers that no prefix matches.

use std::collections::BTreeSet;

/// The numbers and prefixes a tree compares with.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    exact: BTreeSet<String>,
    prefixes: BTreeSet<String>,
}

/// Digits in the order in which an example looks familiar.
const DIGITS: [&str; 10] = ["2", "4", "3", "5", "6", "7", "8", "9", "1", "0"];
/// Length of a plausible number with its plus.
const LENGTH: usize = 12;
/// Length of a plausible short number.
const SHORT: usize = 4;
/// Ends of examples.
const FAMILIAR: usize = 470_000_100;

impl Patterns {
    pub(crate) fn add<'a>(
        &mut self,
        numbers: impl IntoIterator<Item = &'a String>,
        prefixes: impl IntoIterator<Item = &'a String>,
    ) {
        self.exact.extend(numbers.into_iter().cloned());
        self.prefixes.extend(prefixes.into_iter().cloned());
    }

    /// One number of each class; an ordinary number that matches nothing first.
    pub(crate) fn representatives(&self, country: &str) -> Vec<String> {
        let prefixes = std::iter::once("").chain(self.prefixes.iter().map(String::as_str));
        let inexact = prefixes.filter_map(|prefix| self.find(prefix, prefix, country));
        inexact.chain(self.exact.iter().cloned()).collect()
    }

    /// A number beginning with `begin` for which `prefix` is the longest match.
    fn find(&self, prefix: &str, begin: &str, country: &str) -> Option<String> {
        if self.matches_longer(prefix, begin) {
            return None;
        }
        if !self.goes_on(begin) {
            return Some(self.outside_exact(begin, country));
        }
        let home = format!("+{country}");
        let plus: &[&str] = if begin.is_empty() {
            &[home.as_str(), "+"]
        } else {
            &[]
        };
        let further = plus.iter().copied().chain(DIGITS);
        let found = further
            .into_iter()
            .find_map(|next| self.find(prefix, &format!("{begin}{next}"), country));
        // Callers may be users without a number, and numbers may stop where a prefix stops.
        found
            .or_else(|| (!begin.is_empty() && !self.exact.contains(begin)).then(|| begin.to_owned()))
            .or_else(|| self.find(prefix, &format!("{begin}a"), country))
    }

    fn matches_longer(&self, prefix: &str, number: &str) -> bool {
        let longer = (prefix.len() + 1)..=number.len();
        longer
            .filter_map(|end| number.get(..end))
            .any(|begin| self.prefixes.contains(begin))
    }

    /// Is there a prefix that begins with `begin` and is longer?
    fn goes_on(&self, begin: &str) -> bool {
        let from = self
            .prefixes
            .range::<str, _>((std::ops::Bound::Excluded(begin), std::ops::Bound::Unbounded));
        from.take(1).any(|next| next.starts_with(begin))
    }

    /// `begin` filled up to a number that is not one of the exact ones. Nothing longer than `begin` is a prefix here.
    fn outside_exact(&self, begin: &str, country: &str) -> String {
        let begin = match begin {
            "" if country.is_empty() => "+2".to_owned(),
            "" => format!("+{country}"),
            "+" => "+2".to_owned(),
            other => other.to_owned(),
        };
        let length = if begin.starts_with('+') { LENGTH } else { SHORT };
        let width = length.saturating_sub(begin.len()).max(1);
        let first = FAMILIAR % 10_usize.saturating_pow(u32::try_from(width).unwrap_or(u32::MAX));
        let mut filled = (first..).map(|count| format!("{begin}{count:0width$}"));
        filled
            .find(|number| !self.exact.contains(number))
            .expect("the exact numbers are finitely many")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(exact: &[&str], prefixes: &[&str]) -> Patterns {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let mut patterns = Patterns::default();
        patterns.add(&owned(exact), &owned(prefixes));
        patterns
    }

    fn longest<'a>(patterns: &'a Patterns, number: &str) -> Option<&'a str> {
        let matching = patterns
            .prefixes
            .iter()
            .filter(|prefix| number.starts_with(prefix.as_str()));
        matching.max_by_key(|prefix| prefix.len()).map(String::as_str)
    }

    #[test]
    fn each_prefix_has_a_number_of_its_own() {
        let nested = patterns(
            &["+32475112233"],
            &["+3", "+32", "+32475", "+324", "20", "+", "a"],
        );
        let found = nested.representatives("32");
        for prefix in &nested.prefixes {
            let own = found
                .iter()
                .any(|number| longest(&nested, number) == Some(prefix) && !nested.exact.contains(number));
            assert!(own, "{prefix} has none in {found:?}");
        }
        assert!(longest(&nested, &found[0]).is_none(), "{found:?}");
        assert!(found.contains(&"+32475112233".to_owned()));
    }

    #[test]
    fn a_prefix_covered_by_all_its_digits_is_left_with_itself() {
        let digits: Vec<String> = (0..10).map(|digit| format!("+32{digit}")).collect();
        let mut covered = patterns(&[], &["+32"]);
        covered.add(&[], &digits);
        assert!(covered.representatives("32").contains(&"+32".to_owned()));
        covered.add(&["+32".to_owned()], &[]);
        let found = covered.representatives("32");
        assert!(
            found
                .iter()
                .any(|number| longest(&covered, number) == Some("+32") && number != "+32"),
            "{found:?}"
        );
    }

    #[test]
    fn examples_mean_themselves_when_they_are_typed_in() {
        let some = patterns(&["+32475112233"], &["+", "+3", "+32", "2", "21", "+32475", "+0"]);
        for number in some.representatives("32") {
            let read = crate::number::normalise(&number, "32").unwrap_or_else(|| number.clone());
            assert_eq!(read, number);
        }
    }

    #[test]
    fn without_patterns_there_is_one_class() {
        assert_eq!(Patterns::default().representatives("32"), ["+32470000100"]);
        assert_eq!(
            patterns(&["+32470000100"], &[]).representatives("32")[0],
            "+32470000101"
        );
        assert_eq!(Patterns::default().representatives("")[0], "+20470000100");
    }
}
