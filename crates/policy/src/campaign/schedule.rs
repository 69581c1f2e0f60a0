//! When a campaign may dial.

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// Some hours of some days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The days.
    pub days: Vec<Weekday>,
    /// The first instant.
    pub from: Time,
    /// The first instant that is outside again, later on the same day; `None` is the end of the day.
    pub to: Option<Time>,
}

/// When a campaign begins by itself, and in which hours it may dial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// When it begins by itself; `None` waits for somebody to start it.
    pub start: Option<Timestamp>,
    /// The hours; none at all means any time.
    pub windows: Vec<Window>,
    /// The zone in which the hours are read.
    pub zone: TimeZone,
}

/// Days looked ahead for the next window: every weekday comes, also when a change of the clock removes one of them.
const AHEAD: i64 = 15;

impl Schedule {
    /// Any time, when somebody starts it.
    #[must_use]
    pub fn always() -> Self {
        Self {
            start: None,
            windows: Vec::new(),
            zone: TimeZone::UTC,
        }
    }

    /// Whether a campaign may dial at `now`.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        if self.windows.is_empty() {
            return true;
        }
        let local = now.to_zoned(self.zone.clone());
        let (day, time) = (local.weekday(), local.time());
        self.windows.iter().any(|window| {
            window.days.contains(&day) && window.from <= time && window.to.is_none_or(|to| time < to)
        })
    }

    /// The first instant from `now` at which it may dial; `None` if it never may.
    #[must_use]
    pub fn next_open(&self, now: Timestamp) -> Option<Timestamp> {
        if self.is_open(now) {
            return Some(now);
        }
        let today = now.to_zoned(self.zone.clone()).date();
        let days = (0..AHEAD).filter_map(|ahead| today.checked_add(Span::new().days(ahead)).ok());
        let starts = days.flat_map(|day| {
            self.windows
                .iter()
                .filter(move |window| window.days.contains(&day.weekday()))
                .filter_map(move |window| {
                    let begins = day.at(window.from.hour(), window.from.minute(), window.from.second(), 0);
                    // An hour that a change of the clock skips begins after it.
                    let zoned = self.zone.to_ambiguous_zoned(begins).compatible().ok()?;
                    Some(zoned.timestamp())
                })
        });
        starts.filter(|at| *at > now && self.is_open(*at)).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brussels(windows: Vec<Window>) -> Schedule {
        Schedule {
            start: None,
            windows,
            zone: TimeZone::get("Europe/Brussels").unwrap(),
        }
    }

    fn window(days: &[Weekday], from: i8, to: Option<i8>) -> Window {
        Window {
            days: days.to_vec(),
            from: Time::constant(from, 0, 0, 0),
            to: to.map(|to| Time::constant(to, 0, 0, 0)),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn out_15_hours_are_read_in_the_customers_zone() {
        let weekdays = [Weekday::Monday, Weekday::Friday];
        let schedule = brussels(vec![window(&weekdays, 9, Some(18))]);
        // Monday 23 November 2026, winter time: 9:00 is 8:00 UTC.
        for (now, open) in [
            ("2026-11-23T07:59:59Z", false),
            ("2026-11-23T08:00:00Z", true),
            ("2026-11-23T16:59:59Z", true),
            ("2026-11-23T17:00:00Z", false),
            ("2026-11-24T10:00:00Z", false),
        ] {
            assert_eq!(schedule.is_open(at(now)), open, "{now}");
        }
        assert_eq!(
            schedule.next_open(at("2026-11-23T17:00:00Z")),
            Some(at("2026-11-27T08:00:00Z"))
        );
        // Summer time: 9:00 is 7:00 UTC.
        assert_eq!(
            schedule.next_open(at("2026-07-05T12:00:00Z")),
            Some(at("2026-07-06T07:00:00Z"))
        );
        assert_eq!(
            Schedule::always().next_open(at("2026-07-05T12:00:00Z")),
            Some(at("2026-07-05T12:00:00Z"))
        );
    }

    #[test]
    fn an_hour_that_the_clock_skips_begins_after_it_and_a_window_inside_waits_a_week() {
        // Sunday 28 March 2027: 2:00 to 3:00 does not exist.
        let schedule = brussels(vec![window(&[Weekday::Sunday], 2, None)]);
        assert_eq!(
            schedule.next_open(at("2027-03-27T12:00:00Z")),
            Some(at("2027-03-28T01:00:00Z"))
        );
        let skipped = brussels(vec![window(&[Weekday::Sunday], 2, Some(3))]);
        assert_eq!(
            skipped.next_open(at("2027-03-27T12:00:00Z")),
            Some(at("2027-04-04T00:00:00Z"))
        );
        let never = brussels(vec![window(&[], 2, None)]);
        assert_eq!(never.next_open(at("2027-03-27T12:00:00Z")), None);
    }
}
