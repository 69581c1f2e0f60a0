//! Holes in time, however small: found exactly, with an example in them.

use jiff::Timestamp;
use pointsman_policy::tree::yaml::CalendarForm;

use crate::checker::faults;
use crate::sample::Sample;

const ALL: &str = "[mon, tue, wed, thu, fri, sat, sun]";

/// A tree that loses calls while both calendars are open; when it first does, if ever.
fn hole(first: &str, second: &str) -> Option<String> {
    hole_in("open: two, closed: shut", first, second)
}

/// The same for a tree that asks the second calendar at this exit of the first.
fn hole_in(exits: &str, first: &str, second: &str) -> Option<String> {
    let nodes = format!(
        "one: {{ time: {{ calendar: first, {exits} }} }}
         two: {{ time: {{ calendar: second, open: end, closed: shut }} }}
         shut: {{ announce: {{ play: closed, then: end }} }}"
    );
    let mut sample = Sample::with_nodes("one", &nodes);
    for (name, yaml) in [("first", first), ("second", second)] {
        let form: CalendarForm = serde_yaml::from_str(yaml).expect("a form");
        sample
            .customer
            .calendars
            .insert(name.into(), form.read().expect("a calendar"));
    }
    let found = faults(&sample);
    assert!(found.len() <= 1, "{found:?}");
    let fault = found.into_iter().next()?;
    assert_eq!(
        (fault.node.as_deref(), fault.path.as_str()),
        (Some("two"), "time.open")
    );
    let at: Timestamp = fault.example.expect("a lost call").at;
    Some(
        at.in_tz("Europe/Brussels")
            .expect("a zone")
            .strftime("%a %Y-%m-%d %H:%M %:z")
            .to_string(),
    )
}

fn every_day(hours: &str) -> String {
    format!("week: [ {{ days: {ALL}, hours: ['{hours}'] }} ]")
}

fn only_on(date: &str, hours: &str) -> String {
    format!("open: [ {{ date: '{date}', hours: ['{hours}'] }} ]")
}

#[test]
fn one_minute_a_day() {
    let found = hole(&every_day("10:00-10:31"), &every_day("10:30-11:00"));
    assert_eq!(found.as_deref(), Some("Mon 2026-01-05 10:30 +01:00"));
    assert_eq!(hole(&every_day("10:00-10:30"), &every_day("10:30-11:00")), None);
}

#[test]
fn a_hole_that_begins_where_hours_end() {
    let after = |first: &str| {
        hole_in(
            "open: shut, closed: two",
            &every_day(first),
            &every_day("10:20-10:40"),
        )
    };
    assert_eq!(
        after("00:00-10:39").as_deref(),
        Some("Mon 2026-01-05 10:39 +01:00")
    );
    assert_eq!(after("00:00-10:40"), None);
}

#[test]
fn one_minute_a_week_over_midnight() {
    let sunday = "week: [ { days: [sun], hours: ['22:00-00:01'] } ]";
    let monday = "week: [ { days: [mon], hours: ['00:00-08:00'] } ]";
    assert_eq!(
        hole(sunday, monday).as_deref(),
        Some("Mon 2026-01-05 00:00 +01:00")
    );
    assert_eq!(hole(sunday, &monday.replace("mon]", "tue]")), None);
}

#[test]
fn one_minute_on_one_date() {
    let found = hole(&only_on("2027-02-03", "10:00-10:31"), &every_day("10:30-11:00"));
    assert_eq!(found.as_deref(), Some("Wed 2027-02-03 10:30 +01:00"));
}

#[test]
fn the_night_after_a_date() {
    let thursday = "week: [ { days: [thu], hours: ['00:00-05:00'] } ]";
    let found = hole(&only_on("2027-02-03", "22:00-06:00"), thursday);
    assert_eq!(found.as_deref(), Some("Thu 2027-02-04 00:00 +01:00"));
    assert_eq!(
        hole(
            &only_on("2027-02-03", "22:00-06:00"),
            &thursday.replace("thu", "fri")
        ),
        None
    );
}

#[test]
fn the_hour_that_comes_twice() {
    let found = hole(&only_on("2026-10-25", "02:00-03:00"), &every_day("02:30-04:00"));
    assert_eq!(found.as_deref(), Some("Sun 2026-10-25 02:30 +02:00"));
}

#[test]
fn the_hour_that_never_comes_loses_nobody() {
    let first = |hours: &str| {
        let other = "{ date: '2026-03-30', hours: ['12:00-13:00'] }";
        format!("open: [ {{ date: '2026-03-29', hours: ['{hours}'] }}, {other} ]")
    };
    assert_eq!(hole(&first("02:00-03:00"), &every_day("02:00-04:00")), None);
    let found = hole(&first("02:00-03:01"), &every_day("02:00-04:00"));
    assert_eq!(
        found.as_deref(),
        Some("Sun 2026-03-29 03:00 +02:00"),
        "the first minute that exists"
    );
}
