//! What one suite of a run reported.

use serde::{Deserialize, Serialize};

/// A suite: the crates' tests, the SIPp scenarios, a load script, …
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suite {
    /// Its name.
    pub suite: String,
    /// The command that ran it.
    pub command: String,
    /// The commit it ran on; "with uncommitted changes" stands behind it if there were any.
    pub commit: String,
    /// When it ended (UTC, RFC 3339).
    pub at: String,
    /// How many of its tests passed, whether they show rows or not.
    pub passed: u32,
    /// How many failed.
    pub failed: u32,
    /// Those of its tests that show rows.
    #[serde(skip_serializing, default)]
    pub tests: Vec<Test>,
}

/// A test that shows rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Test {
    /// Its name, unique within the suite.
    pub test: String,
    /// Whether it passed.
    pub passed: bool,
    /// What it says it shows, like `TRM-07 busy`.
    pub shows: Vec<String>,
}
