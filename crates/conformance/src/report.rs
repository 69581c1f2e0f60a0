//! Rows and suites, joined.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::rows::{Row, rows};
use crate::shows::{Unknown, aspects_of};
use crate::suite::Suite;

/// What the last run showed of every row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Every row, in the order of the service description.
    pub rows: Vec<RowReport>,
    /// The suites that were read.
    pub suites: Vec<Suite>,
}

/// What the last run showed of one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowReport {
    /// The row, like `TRM-07`.
    pub id: &'static str,
    /// Where the service description says it.
    pub paragraph: &'static str,
    /// In a few words.
    pub title: &'static str,
    /// A test that shows it; the first one by aspect and name. All are in `shown`.
    pub test: Option<String>,
    /// The verdict.
    pub result: Result,
    /// What was shown, by aspect and test.
    pub shown: Vec<Shown>,
    /// What nobody showed, or what a failing test says it shows; empty if the row passes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

/// A verdict on a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Result {
    /// Every aspect was shown.
    Pass,
    /// Some were.
    Partial,
    /// None was.
    Waiting,
}

impl std::fmt::Display for Result {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Pass => "pass",
            Self::Partial => "partial",
            Self::Waiting => "waiting",
        })
    }
}

/// One aspect that one test shows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Shown {
    /// The aspect.
    pub aspect: String,
    /// Suite and test.
    pub test: String,
    /// Whether the test passed.
    pub passed: bool,
}

impl Report {
    /// Joins what the suites of one run reported.
    ///
    /// # Errors
    /// If a test says that it shows a row or an aspect that does not exist.
    pub fn new(suites: Vec<Suite>) -> std::result::Result<Self, Unknown> {
        let mut shown: BTreeMap<&str, Vec<Shown>> = BTreeMap::new();
        for suite in &suites {
            for test in &suite.tests {
                for text in &test.shows {
                    for (row, aspect) in aspects_of(text)? {
                        shown.entry(&row.id).or_default().push(Shown {
                            aspect: aspect.to_owned(),
                            test: format!("{}: {}", suite.suite, test.test),
                            passed: test.passed,
                        });
                    }
                }
            }
        }
        let row_report = |row: &'static Row| {
            let shown = shown.remove(row.id.as_str()).unwrap_or_default();
            RowReport::new(row, shown)
        };
        Ok(Self {
            rows: rows().iter().map(row_report).collect(),
            suites,
        })
    }

    /// How many rows have each verdict: pass, partial, waiting.
    #[must_use]
    pub fn counts(&self) -> [usize; 3] {
        [Result::Pass, Result::Partial, Result::Waiting]
            .map(|result| self.rows.iter().filter(|row| row.result == result).count())
    }
}

impl RowReport {
    fn new(row: &'static Row, mut shown: Vec<Shown>) -> Self {
        shown.sort();
        shown.dedup();
        let missing: Vec<_> = row
            .aspects
            .iter()
            .filter_map(|(aspect, text)| missing(text, shown.iter().filter(|shown| shown.aspect == *aspect)))
            .collect();
        let result = match missing.len() {
            0 => Result::Pass,
            all if all == row.aspects.len() => Result::Waiting,
            _ => Result::Partial,
        };
        Self {
            id: &row.id,
            paragraph: &row.paragraph,
            title: &row.title,
            test: shown
                .iter()
                .find(|shown| shown.passed)
                .map(|shown| shown.test.clone()),
            result,
            shown,
            missing,
        }
    }
}

/// Why an aspect counts as not shown, if it does.
fn missing<'a>(text: &str, shown: impl Iterator<Item = &'a Shown>) -> Option<String> {
    let mut passed = false;
    for shown in shown {
        if !shown.passed {
            return Some(format!("{text} (failed: {})", shown.test));
        }
        passed = true;
    }
    (!passed).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::Test;

    fn suite(tests: &[(&str, bool, &[&str])]) -> Suite {
        let test = |(name, passed, shows): &(&str, bool, &[&str])| Test {
            test: (*name).to_owned(),
            passed: *passed,
            shows: shows.iter().map(|text| (*text).to_owned()).collect(),
        };
        Suite {
            suite: "crates".to_owned(),
            command: "scripts/unit".to_owned(),
            commit: "0123456789ab".to_owned(),
            at: "2026-11-24T12:00:00Z".to_owned(),
            passed: 1,
            failed: 1,
            tests: tests.iter().map(test).collect(),
        }
    }

    fn row(report: &Report, id: &str) -> RowReport {
        report.rows.iter().find(|row| row.id == id).unwrap().clone()
    }

    #[test]
    fn a_row_passes_when_all_its_aspects_are_shown_and_nothing_of_it_failed() {
        let report = Report::new(vec![suite(&[
            ("exactly_one", true, &["FRM-01 four", "FRM-01 one"]),
            ("inbound", true, &["FRM-07 inbound"]),
            ("one_number", true, &["TRM-05 called"]),
            ("a_range", false, &["TRM-05 called"]),
        ])])
        .unwrap();
        let whole = row(&report, "FRM-01");
        assert_eq!(whole.result, Result::Pass);
        assert_eq!(whole.test.as_deref(), Some("crates: exactly_one"));
        assert!(whole.missing.is_empty());
        let half = row(&report, "FRM-07");
        assert_eq!(half.result, Result::Partial);
        assert_eq!(
            half.missing,
            ["a call that we place is routed and leaves its CDR"]
        );
        let failed = row(&report, "TRM-05");
        assert_eq!(failed.result, Result::Waiting);
        assert_eq!(
            failed.missing,
            ["branches by called number or range (failed: crates: a_range)"]
        );
        assert_eq!(
            failed.test.as_deref(),
            Some("crates: one_number"),
            "it is still told"
        );
        assert_eq!(report.counts().iter().sum::<usize>(), rows().len());
        assert_eq!(report.counts()[0], 1);
    }

    #[test]
    fn without_evidence_every_row_waits_for_all_its_aspects() {
        let report = Report::new(Vec::new()).unwrap();
        for (told, row) in report.rows.iter().zip(rows()) {
            assert_eq!(told.result, Result::Waiting);
            assert_eq!(told.missing.len(), row.aspects.len());
        }
    }

    #[test]
    fn evidence_for_what_does_not_exist_is_an_error() {
        let unknown = Report::new(vec![suite(&[("x", true, &["FRM-01 five"])])]);
        assert!(matches!(unknown, Err(Unknown::Aspect { .. })), "{unknown:?}");
    }
}
