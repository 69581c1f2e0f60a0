//! Splits all time into classes that a set of calendars cannot tell apart.
//!
//! What calendars say changes only where hours begin or end. Dates without entries of their own, on and the day before,
//! behave like any other such date of the same weekday; so seven of these and the dates near entries are enough.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime, date, time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp};

use crate::tree::Calendar;

/// Examples begin at this date, a Monday.
const BASE: Date = date(2026, 1, 5);
/// Examples are looked for from this minute of the day on.
const MORNING: u16 = 10 * 60;
const DAY: u16 = 24 * 60;

/// Instants, one at least of each class, those of ordinary mornings first.
pub(crate) fn representatives(calendars: &[&Calendar], zone: &TimeZone) -> Vec<Timestamp> {
    let special: BTreeSet<Date> = calendars
        .iter()
        .flat_map(|calendar| calendar.all_dates())
        .collect();
    let after = special.iter().filter_map(|date| date.tomorrow().ok());
    let dates = ordinary_week(&special)
        .into_iter()
        .chain(special.iter().copied())
        .chain(after);
    let minutes = boundaries(calendars);
    let mut found = Vec::new();
    for date in dates {
        let mut today: Vec<(u16, Timestamp)> = Vec::new();
        for (index, minute) in minutes.iter().enumerate() {
            let end = minutes.get(index + 1).copied().unwrap_or(DAY);
            today.extend(first_existing(date, *minute..end, zone).map(|instant| (*minute, instant)));
        }
        today.sort_by_key(|(minute, _)| (minute + DAY - MORNING) % DAY);
        found.extend(today.into_iter().map(|(_, instant)| instant));
    }
    found
}

/// Minutes of the day at which anything may change, sorted.
fn boundaries(calendars: &[&Calendar]) -> Vec<u16> {
    let hours = calendars.iter().flat_map(|calendar| calendar.all_hours());
    let ends = hours.flat_map(|hours| [hours.from, hours.to % DAY]);
    let minutes: BTreeSet<u16> = ends.chain([0, MORNING]).collect();
    minutes.into_iter().collect()
}

/// For each day of the week a date without an entry on it or on the day before.
fn ordinary_week(special: &BTreeSet<Date>) -> Vec<Date> {
    let plain = |date: &Date| {
        let before = date
            .yesterday()
            .expect("the search begins far from the first date");
        !special.contains(date) && !special.contains(&before)
    };
    let from = |offset: i64| {
        let weeks = 0..=(2 * special.len() as i64);
        let same_day =
            weeks.filter_map(move |week| BASE.checked_add(Span::new().days(offset + 7 * week)).ok());
        same_day.into_iter().find(plain)
    };
    // An entry spoils two dates at most, so one more week than that has a plain one.
    (0..7).filter_map(from).collect()
}

/// The first of these minutes that the wall clock shows on that date; none if a change to summer time skips them all.
fn first_existing(date: Date, minutes: std::ops::Range<u16>, zone: &TimeZone) -> Option<Timestamp> {
    minutes.into_iter().find_map(|minute| {
        let local = at_minute(date, minute);
        let shown = zone.to_ambiguous_timestamp(local);
        match shown.offset() {
            AmbiguousOffset::Gap { .. } => None,
            AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => shown.earlier().ok(),
        }
    })
}

fn at_minute(date: Date, minute: u16) -> DateTime {
    // Minutes of a day: hours up to 23, minutes up to 59.
    date.to_datetime(time((minute / 60) as i8, (minute % 60) as i8, 0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Hours;

    #[test]
    fn without_calendars_any_morning_does() {
        let zone = TimeZone::get("Europe/Brussels").unwrap();
        let found = representatives(&[], &zone);
        assert_eq!(zone.to_datetime(found[0]), BASE.at(10, 0, 0, 0));
    }

    #[test]
    fn a_date_whose_hours_fall_into_the_gap_has_no_instant_for_them() {
        let zone = TimeZone::get("Europe/Brussels").unwrap();
        let gap = date(2026, 3, 29);
        assert_eq!(first_existing(gap, 120..180, &zone), None);
        let after = first_existing(gap, 120..240, &zone).unwrap();
        assert_eq!(zone.to_datetime(after), gap.at(3, 0, 0, 0));
    }

    #[test]
    fn ordinary_days_avoid_dates_and_the_days_after_them() {
        let mut calendar = Calendar::default();
        calendar.closed.insert(BASE);
        calendar
            .open
            .insert(date(2026, 1, 7), vec![Hours { from: 600, to: 660 }]);
        let special: BTreeSet<Date> = calendar.all_dates().collect();
        let week = ordinary_week(&special);
        let expected = [12, 13, 14, 15, 9, 10, 11].map(|day| date(2026, 1, day));
        assert_eq!(week, expected);
    }
}
