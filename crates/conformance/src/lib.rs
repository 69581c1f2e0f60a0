//! What the service owes, row by row, and what the last test run showed of it.
//!
//! # What it does
//! Holds the rows with their aspects ([`rows`]), lets a test say what it shows ([`shows`]), and joins what the suites
//! of a run reported to a table ([`Report`]).
//!
//! # What it never does
//! It names no test: which test shows a row is said by the test and nowhere else, and whether it passed by the run.
//!
//! # Start reading at
//! [`Report::new`], then `data/rows.yaml`.
//!
//! # Invariants
//! A row passes only if each of its aspects was shown by a test that passed in the run, and no test that says it shows
//! one of them failed. Evidence for a row or an aspect that does not exist is an error.
#![forbid(unsafe_code)]

mod report;
mod rows;
mod shows;
mod suite;

pub use report::{Report, Result as RowResult, RowReport, Shown};
pub use rows::{Row, rows};
pub use shows::{MARK, Unknown, shows};
pub use suite::{Suite, Test};
