//! Calendar months.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// The instant `months` calendar months after `at` in `zone` (DRS-11, REC-28).
///
/// The same day of the month at the same time of day; the last day where the month is shorter (31 January to 28 or
/// 29 February). A time of day that a change of the clock skips is read as the clock shows it afterwards; of one that
/// comes twice, the first counts.
#[must_use]
pub fn months_after(at: Timestamp, months: u32, zone: &TimeZone) -> Timestamp {
    let local = at.to_zoned(zone.clone());
    local
        .checked_add(Span::new().months(i64::from(months.min(1_200))))
        .map_or(Timestamp::MAX, |later| later.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One month after, as Brussels reads the clock.
    fn month_after(at: &str) -> String {
        let zone = TimeZone::get("Europe/Brussels").unwrap();
        let local: jiff::civil::DateTime = at.parse().unwrap();
        let at = local.to_zoned(zone.clone()).unwrap().timestamp();
        months_after(at, 1, &zone).to_zoned(zone).datetime().to_string()
    }

    #[test]
    fn drs_11_a_month_ends_on_the_same_day_or_on_the_last_one() {
        pointsman_conformance::shows(&["DRS-11 month"]);
        for (from, until) in [
            ("2026-11-24T10:15:30", "2026-12-24T10:15:30"),
            ("2027-01-31T09:00:00", "2027-02-28T09:00:00"),
            ("2028-01-31T09:00:00", "2028-02-29T09:00:00"),
            ("2028-02-29T12:00:00", "2028-03-29T12:00:00"),
            ("2027-03-31T23:59:59", "2027-04-30T23:59:59"),
            ("2026-12-31T00:00:00", "2027-01-31T00:00:00"),
        ] {
            assert_eq!(month_after(from), until, "{from}");
        }
    }

    #[test]
    fn drs_11_a_change_of_the_clock_inside_the_month_moves_nothing() {
        pointsman_conformance::shows(&["DRS-11 month"]);
        // Summer time begins on 28 March 2027 and ends on 31 October 2027.
        assert_eq!(month_after("2027-03-15T08:00:00"), "2027-04-15T08:00:00");
        assert_eq!(month_after("2027-10-15T08:00:00"), "2027-11-15T08:00:00");
        // 02:30 does not exist on 28 March; the clock shows 03:30 then.
        assert_eq!(month_after("2027-02-28T02:30:00"), "2027-03-28T03:30:00");
    }

    #[test]
    fn drs_11_the_first_of_two_equal_times_counts() {
        let zone = TimeZone::get("Europe/Brussels").unwrap();
        let at: Timestamp = "2027-09-30T00:30:00Z".parse().unwrap();
        // 02:30 on 31 October comes twice: at 00:30Z in summer time and at 01:30Z in winter time.
        assert_eq!(
            months_after("2027-09-30T00:30:00Z".parse().unwrap(), 1, &zone).to_string(),
            "2027-10-30T00:30:00Z"
        );
        let eve = at + jiff::SignedDuration::from_hours(24 * 31);
        assert_eq!(eve.to_string(), "2027-10-31T00:30:00Z");
        let august: Timestamp = "2027-08-31T00:30:00Z".parse().unwrap();
        assert_eq!(months_after(august, 2, &zone).to_string(), "2027-10-31T00:30:00Z");
    }
}
