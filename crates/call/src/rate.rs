//! A rate with a burst, kept in one instant (the generic cell rate algorithm of ITU-T I.371).

use std::time::{Duration, Instant};

/// One in each interval, and so many at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    interval: Duration,
    burst: u32,
}

impl Rate {
    pub(crate) const fn new(interval: Duration, burst: u32) -> Self {
        Self { interval, burst }
    }

    /// So many a second, of which a second's worth may come at once.
    pub(crate) fn per_second(number: u32) -> Self {
        let number = number.max(1);
        Self::new(Duration::from_secs(1) / number, number)
    }

    /// Takes one at `now` if it conforms; `due` is the state, any instant in the past when fresh.
    pub(crate) fn take(self, now: Instant, due: &mut Instant) -> bool {
        let earliest = (*due).max(now);
        if earliest.saturating_duration_since(now) > self.interval * self.burst.saturating_sub(1) {
            return false;
        }
        *due = earliest + self.interval;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "any instant will do")]
    fn a_burst_passes_and_then_the_rate() {
        let start = Instant::now();
        let rate = Rate::per_second(10);
        let mut due = start;
        let at_once = (0..50).filter(|_| rate.take(start, &mut due)).count();
        assert_eq!(at_once, 10);
        let mut later = |ms| rate.take(start + Duration::from_millis(ms), &mut due);
        assert!(!later(99));
        assert!(later(100));
        assert!(!later(199));
        assert!(later(200));
        let rested = start + Duration::from_secs(60);
        assert_eq!((0..50).filter(|_| rate.take(rested, &mut due)).count(), 10);
    }
}
