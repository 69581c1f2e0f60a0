//! Calendars against the clock on the wall, summer time and nights included.

use crate::sample::{BAKERY, Sample, call};
use jiff::Timestamp;
use pointsman_policy::explain::parse_at;
use pointsman_policy::tree::Calendar;
use pointsman_policy::tree::yaml::CalendarForm;
use pointsman_policy::{Cursor, RoutingPolicy, Step};

fn calendar(yaml: &str) -> Calendar {
    let form: CalendarForm = serde_yaml::from_str(yaml).expect("a form");
    form.read().expect("a calendar")
}

fn open(calendar: &Calendar, local: &str) -> bool {
    calendar.at(local.parse().expect("a local time")).is_open()
}

#[test]
fn hours_begin_at_their_minute_and_end_before_their_minute() {
    pointsman_conformance::shows(&["TRM-03 weekly"]);
    let office = calendar("week: [ { days: [mon], hours: ['09:00-12:30'] } ]");
    for (local, expected) in [
        ("2026-11-23 08:59:59", false),
        ("2026-11-23 09:00:00", true),
        ("2026-11-23 12:29:59", true),
        ("2026-11-23 12:30:00", false),
        ("2026-11-24 10:00:00", false),
    ] {
        assert_eq!(open(&office, local), expected, "{local}");
    }
}

#[test]
fn a_night_belongs_to_the_day_on_which_it_begins() {
    let night = calendar("week: [ { days: [fri], hours: ['22:00-06:00'] } ]");
    for (local, expected) in [
        ("2026-11-27 05:00", false), // Friday morning: Thursday has no night
        ("2026-11-27 21:59", false),
        ("2026-11-27 22:00", true),
        ("2026-11-27 23:59", true),
        ("2026-11-28 00:00", true),
        ("2026-11-28 05:59", true),
        ("2026-11-28 06:00", false),
        ("2026-11-28 22:00", false),
    ] {
        assert_eq!(open(&night, local), expected, "{local}");
    }
}

#[test]
fn the_end_of_the_day_is_24_00() {
    let all = calendar("week: [ { days: [sat], hours: ['00:00-24:00'] } ]");
    assert!(open(&all, "2026-11-28 00:00") && open(&all, "2026-11-28 23:59:59"));
    assert!(!open(&all, "2026-11-27 23:59:59") && !open(&all, "2026-11-29 00:00"));
}

#[test]
fn dates_replace_the_hours_that_begin_on_them() {
    pointsman_conformance::shows(&["TRM-03 dates"]);
    let night = calendar(
        "{ week: [ { days: [mon, tue, wed, thu, fri, sat, sun], hours: ['22:00-06:00'] } ],
           open: [ { date: '2026-12-24', hours: ['20:00-23:00'] } ], closed: ['2026-12-31'] }",
    );
    for (local, expected) in [
        ("2026-12-24 05:59", true), // the night of the 23rd
        ("2026-12-24 20:00", true),
        ("2026-12-24 23:00", false),
        ("2026-12-25 05:00", false), // the 24th ended at 23:00
        ("2026-12-31 05:59", false), // closed from midnight on, though the night of the 30th lasts until 06:00
        ("2026-12-31 23:00", false),
        ("2027-01-01 05:00", false), // no night began on the 31st
        ("2027-01-01 22:00", true),
    ] {
        assert_eq!(open(&night, local), expected, "{local}");
    }
}

/// Is the bakery's tree open at this instant, for these hours on all days?
fn open_at(hours: &str, instant: Timestamp) -> bool {
    let every_day = format!("[mon, tue, wed, thu, fri, sat, sun], hours: [\"{hours}\"] }} ]");
    let week = "[mon, tue, wed, thu, fri], hours: [\"09:00-12:30\", \"13:30-18:00\"] } ]";
    let trm = Sample::read(&BAKERY.replace(week, &every_day)).trm();
    let mut facts = call(Some("+3281000000"), "+3232000100", "2026-01-01 00:00");
    facts.at = instant;
    matches!(trm.step(&facts, Cursor::start(), None).step, Step::Dial(_))
}

#[test]
fn the_hour_that_summer_time_skips_is_no_hour() {
    pointsman_conformance::shows(&["TRM-03 clock_changes"]);
    // 2026-03-29 01:59:59+01:00 is followed by 03:00:00+02:00.
    let before: Timestamp = "2026-03-29T01:59:59+01:00".parse().unwrap();
    let after: Timestamp = "2026-03-29T03:00:00+02:00".parse().unwrap();
    assert_eq!(after.as_second() - before.as_second(), 1);
    assert!(!open_at("02:00-03:00", before) && !open_at("02:00-03:00", after));
    assert!(
        !open_at("02:30-03:30", before) && open_at("02:30-03:30", after),
        "begins when the clock reads 03:00"
    );
}

#[test]
fn the_hour_that_winter_time_repeats_is_open_twice() {
    pointsman_conformance::shows(&["TRM-03 clock_changes"]);
    for instant in ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"] {
        let instant: Timestamp = instant.parse().unwrap();
        assert!(open_at("02:00-03:00", instant), "{instant}");
        assert!(!open_at("03:00-04:00", instant), "{instant}");
    }
}

#[test]
fn a_night_across_the_change_lasts_until_its_end_on_the_wall() {
    let last: Timestamp = "2026-03-29T05:59:00+02:00".parse().unwrap();
    let next: Timestamp = "2026-03-29T06:00:00+02:00".parse().unwrap();
    assert!(open_at("22:00-06:00", last) && !open_at("22:00-06:00", next));
}

#[test]
fn times_of_the_command_line() {
    let at = |text: &str| parse_at(text, "Europe/Brussels").map(|instant| instant.to_string());
    let expected = Ok("2026-11-24T09:05:00Z".to_owned());
    for text in [
        "2026-11-24 10:05",
        "2026-11-24T10:05",
        "2026-11-24T10:05:00",
        "2026-11-24T10:05+01:00",
        "2026-11-24T09:05Z",
        "2026-11-24T10:05[Europe/Brussels]",
    ] {
        assert_eq!(at(text), expected, "{text}");
    }
    assert_eq!(
        at("2026-10-25 02:30"),
        Ok("2026-10-25T00:30:00Z".into()),
        "first of the two"
    );
    assert_eq!(
        at("2026-03-29 02:30"),
        Ok("2026-03-29T01:30:00Z".into()),
        "moved on by the gap"
    );
    assert!(at("tomorrow").unwrap_err().contains("'tomorrow' is not a time"));
    assert!(
        parse_at("2026-11-24 10:05", "Europe/Brusels")
            .unwrap_err()
            .contains("no time zone")
    );
}
