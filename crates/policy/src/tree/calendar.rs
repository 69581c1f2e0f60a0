//! Opening hours in local time (requirement TRM-03).
//!
//! Hours are what a clock on the wall shows, so summer time needs no rule of its own: an hour that the clock skips is
//! never read, an hour that it shows twice is inside, or outside, both times.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::civil::{Date, DateTime, Weekday};
use serde::{Serialize, Serializer};

/// Weekly hours, with dates that differ.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Calendar {
    /// Weekly hours; several entries may name the same day.
    pub week: Vec<Weekly>,
    /// Dates with their own hours: these replace the weekly hours that begin on that date.
    pub open: BTreeMap<Date, Vec<Hours>>,
    /// Dates closed from 00:00 to 24:00, the night shift of the day before included.
    pub closed: BTreeSet<Date>,
}

/// The same hours on some days of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Weekly {
    /// On these days.
    #[serde(serialize_with = "day_names")]
    pub days: Vec<Weekday>,
    /// At these hours.
    pub hours: Vec<Hours>,
}

/// From a minute of the day (included) to a minute of the day (excluded); over midnight when `to <= from`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Hours {
    /// Minute of the day, 0 to 1439.
    pub from: u16,
    /// Minute of the day, 1 to 1440 ("24:00").
    pub to: u16,
}

/// What a calendar says about a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// Inside these hours.
    Inside {
        /// The hours.
        hours: Hours,
        /// They began the day before.
        overnight: bool,
        /// They are those of a date, not of the week.
        dated: bool,
    },
    /// Outside the hours.
    Outside {
        /// The date has its own hours.
        dated: bool,
    },
    /// The date is closed.
    ClosedDate,
}

impl Opening {
    /// Inside?
    pub fn is_open(self) -> bool {
        matches!(self, Self::Inside { .. })
    }
}

impl Hours {
    /// Do they go on after midnight?
    pub fn overnight(self) -> bool {
        self.to <= self.from
    }

    fn begun_today(self, minute: u16) -> bool {
        minute >= self.from && (self.overnight() || minute < self.to)
    }

    fn begun_yesterday(self, minute: u16) -> bool {
        self.overnight() && minute < self.to
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Written digit by digit because every decision of a time node shows its hours.
        let mut text = *b"00:00-00:00";
        for (at, number) in [
            (0, self.from / 60),
            (3, self.from % 60),
            (6, self.to / 60),
            (9, self.to % 60),
        ] {
            text[at] += (number / 10 % 10) as u8;
            text[at + 1] += (number % 10) as u8;
        }
        f.write_str(std::str::from_utf8(&text).expect("digits are ASCII"))
    }
}

impl Calendar {
    /// What the calendar says about a local time.
    pub fn at(&self, local: DateTime) -> Opening {
        let date = local.date();
        if self.closed.contains(&date) {
            return Opening::ClosedDate;
        }
        let minute = minute_of(local);
        let dated = self.open.contains_key(&date);
        if let Some(hours) = self.beginning_on(date).find(|hours| hours.begun_today(minute)) {
            return Opening::Inside {
                hours,
                overnight: false,
                dated,
            };
        }
        let Ok(before) = date.yesterday() else {
            return Opening::Outside { dated };
        };
        if !self.closed.contains(&before)
            && let Some(hours) = self
                .beginning_on(before)
                .find(|hours| hours.begun_yesterday(minute))
        {
            return Opening::Inside {
                hours,
                overnight: true,
                dated: self.open.contains_key(&before),
            };
        }
        Opening::Outside { dated }
    }

    /// The hours that begin on a date.
    fn beginning_on(&self, date: Date) -> impl Iterator<Item = Hours> {
        let own = self.open.get(&date);
        let weekly = self
            .week
            .iter()
            .filter(move |weekly| own.is_none() && weekly.days.contains(&date.weekday()));
        own.into_iter()
            .flatten()
            .chain(weekly.flat_map(|weekly| &weekly.hours))
            .copied()
    }

    /// All hours written anywhere in the calendar.
    pub(crate) fn all_hours(&self) -> impl Iterator<Item = Hours> {
        self.week
            .iter()
            .flat_map(|weekly| &weekly.hours)
            .chain(self.open.values().flatten())
            .copied()
    }

    /// All dates that differ from the week.
    pub(crate) fn all_dates(&self) -> impl Iterator<Item = Date> {
        self.open.keys().chain(&self.closed).copied()
    }
}

/// Minute of the day of a local time.
fn minute_of(local: DateTime) -> u16 {
    // Both parts are small and not negative.
    local.hour().unsigned_abs() as u16 * 60 + u16::from(local.minute().unsigned_abs())
}

/// "Tuesday".
pub(crate) fn day_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

fn day_names<S: Serializer>(days: &[Weekday], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(days.iter().map(|day| day_name(*day)))
}
