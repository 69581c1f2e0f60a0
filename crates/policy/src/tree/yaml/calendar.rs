//! Calendars as written.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Weekday;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{DateText, Day, done, fault};
use crate::registry::PolicyError;
use crate::tree::{Calendar, Hours, Weekly};

const DAY: u32 = 24 * 60;
const WEEK: u32 = 7 * DAY;

/// A calendar.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarForm {
    /// Weekly hours.
    #[serde(default)]
    pub week: Vec<WeekForm>,
    /// Dates closed all day.
    #[serde(default)]
    pub closed: Vec<DateText>,
    /// Dates with their own hours.
    #[serde(default)]
    pub open: Vec<OpenForm>,
}

/// The same hours on some days of the week.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeekForm {
    /// On these days.
    pub days: Vec<Day>,
    /// At these hours; `22:00-06:00` goes on until the next morning.
    pub hours: Vec<Hours>,
}

/// A date with its own hours.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenForm {
    /// The date.
    pub date: DateText,
    /// Its hours; they replace the weekly ones that begin on that date.
    pub hours: Vec<Hours>,
}

impl CalendarForm {
    /// The calendar.
    ///
    /// # Errors
    /// Dates written twice, hours that overlap, entries without days or hours.
    pub fn read(self) -> Result<Calendar, Vec<PolicyError>> {
        let mut faults = Vec::new();
        let closed = self.read_closed(&mut faults);
        let open = self.read_open(&closed, &mut faults);
        let weekly = |form: &WeekForm| Weekly {
            days: form.days.iter().map(|day| Weekday::from(*day)).collect(),
            hours: form.hours.clone(),
        };
        let week: Vec<Weekly> = self.week.iter().map(weekly).collect();
        check_week(&week, &mut faults);
        done(Calendar { week, open, closed }, faults)
    }

    fn read_closed(&self, faults: &mut Vec<PolicyError>) -> BTreeSet<jiff::civil::Date> {
        let mut closed = BTreeSet::new();
        for (index, DateText(date)) in self.closed.iter().enumerate() {
            if !closed.insert(*date) {
                let hint = "remove one of the two";
                faults.push(fault(
                    format!("closed[{index}]"),
                    format!("{date} is listed twice"),
                    hint,
                ));
            }
        }
        closed
    }

    fn read_open(
        &self,
        closed: &BTreeSet<jiff::civil::Date>,
        faults: &mut Vec<PolicyError>,
    ) -> BTreeMap<jiff::civil::Date, Vec<Hours>> {
        let mut open = BTreeMap::new();
        for (
            index,
            OpenForm {
                date: DateText(date),
                hours,
            },
        ) in self.open.iter().enumerate()
        {
            let path = format!("open[{index}]");
            if closed.contains(date) {
                let hint = "keep it under one of the two";
                faults.push(fault(
                    format!("{path}.date"),
                    format!("{date} is both open and closed"),
                    hint,
                ));
            }
            if hours.is_empty() {
                let message = format!("{date} has no hours");
                faults.push(fault(
                    format!("{path}.hours"),
                    message,
                    "list it under closed instead",
                ));
            }
            let spans: Vec<_> = hours
                .iter()
                .enumerate()
                .map(|(at, hours)| (at, *hours, begin(*hours)))
                .collect();
            for (second, message) in overlaps(&spans, None) {
                let hint = "join them, or correct one of the two";
                faults.push(fault(format!("{path}.hours[{second}]"), message, hint));
            }
            if open.insert(*date, hours.clone()).is_some() {
                let hint = "put all its hours in one entry";
                faults.push(fault(
                    format!("{path}.date"),
                    format!("{date} is listed twice"),
                    hint,
                ));
            }
        }
        open
    }
}

/// Entries must say something, and hours of the week must not overlap: often one of them has its ends swapped.
fn check_week(week: &[Weekly], faults: &mut Vec<PolicyError>) {
    let mut spans = Vec::new();
    for (entry, weekly) in week.iter().enumerate() {
        if weekly.days.is_empty() {
            faults.push(fault(
                format!("week[{entry}].days"),
                "no day is named",
                "write days: [mon, tue]",
            ));
        }
        if weekly.hours.is_empty() {
            let hint = "write hours: [\"09:00-17:00\"], or remove the entry";
            faults.push(fault(format!("week[{entry}].hours"), "no hours are named", hint));
        }
        for (at, hours) in weekly.hours.iter().enumerate() {
            let days = weekly
                .days
                .iter()
                .map(|day| day.to_monday_zero_offset().unsigned_abs());
            spans.extend(days.map(|day| ((entry, at), *hours, u32::from(day) * DAY + begin(*hours))));
        }
    }
    let found: BTreeMap<_, _> = overlaps(&spans, Some(WEEK)).into_iter().collect();
    for ((entry, at), message) in found {
        let hint = "hours whose end is before their begin last until the next day; is this what is meant?";
        faults.push(fault(format!("week[{entry}].hours[{at}]"), message, hint));
    }
}

fn begin(hours: Hours) -> u32 {
    u32::from(hours.from)
}

/// Overlapping pairs: where the second one is written, and a sentence. `ring` is the length after which time repeats.
fn overlaps<Place: Copy + Ord>(spans: &[(Place, Hours, u32)], ring: Option<u32>) -> Vec<(Place, String)> {
    let length = |hours: Hours| {
        let (from, to) = (u32::from(hours.from), u32::from(hours.to));
        if hours.overnight() {
            DAY - from + to
        } else {
            to - from
        }
    };
    let mut found = Vec::new();
    for (index, (_, first, first_begin)) in spans.iter().enumerate() {
        for (place, second, second_begin) in &spans[index + 1..] {
            let meets = |a: u32, a_length: u32, b: u32| match ring {
                Some(ring) => (b + ring - a) % ring < a_length,
                None => b >= a && b < a + a_length,
            };
            if meets(*first_begin, length(*first), *second_begin)
                || meets(*second_begin, length(*second), *first_begin)
            {
                found.push((*place, format!("{second} overlaps with {first}")));
            }
        }
    }
    found
}
