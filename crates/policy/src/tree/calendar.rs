//! Opening hours in local time.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};
use serde::Serialize;

/// Weekly hours, with dates that differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Weekly hours; several entries may name the same day.
    pub week: Vec<Weekly>,
    /// Dates with their own hours: these replace the weekly hours that begin on that date.
    pub open: BTreeMap<Date, Vec<Hours>>,
    /// Dates closed from 00:00 to 24:00.
    pub closed: BTreeSet<Date>,
}

/// The same hours on some days of the week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weekly {
    /// On these days.
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
