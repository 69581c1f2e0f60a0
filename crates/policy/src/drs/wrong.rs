//! Wrong passwords: every one makes the same caller wait longer, and nobody else.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

/// The longest wait.
const LONGEST: SignedDuration = SignedDuration::from_secs(30);
/// After so long without another mistake a caller begins afresh.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(1);
/// Most callers remembered; beyond it the one whose last mistake is oldest is forgotten.
const MOST: usize = 10_000;

#[derive(Debug)]
struct Mistakes {
    count: u32,
    last: Timestamp,
}

/// Who was wrong how often.
#[derive(Debug, Default)]
pub(super) struct Wrong {
    callers: BTreeMap<String, Mistakes>,
}

impl Wrong {
    /// From when on the next password of `who` is looked at: 1, 2, 4 … 30 s after the last wrong one.
    pub(super) fn not_before(&self, who: &str) -> Timestamp {
        let Some(mistakes) = self.callers.get(who) else {
            return Timestamp::MIN;
        };
        let wait = SignedDuration::from_secs(1 << mistakes.count.saturating_sub(1).min(5)).min(LONGEST);
        mistakes.last.checked_add(wait).unwrap_or(Timestamp::MAX)
    }

    pub(super) fn note(&mut self, now: Timestamp, who: &str) {
        self.callers
            .retain(|_, mistakes| now.duration_since(mistakes.last) < FORGOTTEN);
        if self.callers.len() >= MOST && !self.callers.contains_key(who) {
            let oldest = self.callers.iter().min_by_key(|(_, mistakes)| mistakes.last);
            if let Some(oldest) = oldest.map(|(who, _)| who.clone()) {
                self.callers.remove(&oldest);
            }
        }
        let mistakes = self
            .callers
            .entry(who.to_owned())
            .or_insert(Mistakes { count: 0, last: now });
        mistakes.count += 1;
        mistakes.last = now;
    }

    pub(super) fn forgive(&mut self, who: &str) {
        self.callers.remove(who);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    #[test]
    fn drs_05_waits_double_up_to_half_a_minute_and_are_of_one_caller() {
        let mut wrong = Wrong::default();
        for wait in [1, 2, 4, 8, 16, 30, 30] {
            wrong.note(second(0), "+32475000001");
            assert_eq!(wrong.not_before("+32475000001"), second(wait));
        }
        assert_eq!(wrong.not_before("+32475000002"), Timestamp::MIN);
        wrong.forgive("+32475000001");
        assert_eq!(wrong.not_before("+32475000001"), Timestamp::MIN);
    }

    #[test]
    fn callers_are_forgotten_by_time_and_by_number() {
        let mut wrong = Wrong::default();
        wrong.note(second(0), "old");
        wrong.note(second(3_600), "new");
        assert_eq!(wrong.not_before("old"), Timestamp::MIN);
        for caller in 0..MOST {
            wrong.note(second(3_601), &format!("caller {caller}"));
        }
        assert_eq!(wrong.callers.len(), MOST);
        assert_eq!(wrong.not_before("new"), Timestamp::MIN, "the oldest goes first");
    }
}
