//! The rules of this repository, as tests.
//!
//! # What it does
//! Reads the repository as text and fails where a rule is broken: which crate may depend on which, how long
//! files and functions are, what must not be left in them, and whether what the documentation names exists.
//!
//! # What it never does
//! It is no part of the switch, nobody depends on it, and it changes no file.
//!
//! # Start reading at
//! `tests/`: one file per kind of rule. [`source`] finds functions, [`repository`] finds files.
//!
//! # Invariants
//! Every rule names the file and the line that break it, and reports all of them at once.
#![forbid(unsafe_code)]

pub mod markdown;
pub mod repository;
pub mod source;

/// Fails the calling test with every complaint, one a line.
///
/// # Panics
/// When there is a complaint: that is its purpose.
#[track_caller]
pub fn refuse(rule: &str, complaints: &[String]) {
    assert!(complaints.is_empty(), "{rule}:\n  {}", complaints.join("\n  "));
}
