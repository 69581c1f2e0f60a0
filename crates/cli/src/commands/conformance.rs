//! `pointsman conformance`: which obligations of the service the last test run showed.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use pointsman_conformance::{Report, RowReport, RowResult, Suite};

use super::{CommandError, Outcome, print_json};

/// Show which of the service's obligations the last test run showed.
#[derive(Debug, clap::Args)]
pub(crate) struct Conformance {
    /// What the suites of the run left; `scripts/test` leaves it in the folder `conformance` of the build's output.
    #[arg(long, value_name = "FOLDER")]
    evidence: Option<PathBuf>,
    /// Only rows whose identifier begins so, such as TRM or REC-2.
    #[arg(long, value_name = "ROW")]
    row: Option<String>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl Conformance {
    pub(crate) fn execute(self) -> Outcome {
        let folder = self.evidence.unwrap_or_else(usual_folder);
        let suites = suites(&folder).map_err(CommandError::Failed)?;
        let mut report = Report::new(suites)
            .map_err(|unknown| CommandError::Failed(format!("{}: {unknown}", folder.display())))?;
        if let Some(wanted) = &self.row {
            report.rows.retain(|row| row.id.starts_with(wanted.as_str()));
            if report.rows.is_empty() {
                return Err(CommandError::Usage(format!(
                    "no row begins with {wanted:?}; rows look like TRM-07"
                )));
            }
        }
        if self.json {
            print_json(&report)?;
        } else {
            print(&report);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn usual_folder() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    Path::new(&target).join("conformance")
}

/// What every suite left in `folder`, by name.
fn suites(folder: &Path) -> Result<Vec<Suite>, String> {
    let complain = |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let none = |why: &dyn std::fmt::Display| {
        format!(
            "{}: {why}; run scripts/test, which leaves its evidence there",
            folder.display()
        )
    };
    let mut suites = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| none(&error))? {
        let path = entry.map_err(|error| none(&error))?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let text = std::fs::read_to_string(&path).map_err(|error| complain(&path, &error))?;
            suites.push(serde_json::from_str::<Suite>(&text).map_err(|error| complain(&path, &error))?);
        }
    }
    if suites.is_empty() {
        return Err(none(&"no suite left anything"));
    }
    suites.sort_by(|left, right| left.suite.cmp(&right.suite));
    Ok(suites)
}

fn print(report: &Report) {
    for row in &report.rows {
        print_row(row);
    }
    println!();
    for suite in &report.suites {
        println!(
            "{}: {} passed, {} failed at {} on {}",
            suite.suite, suite.passed, suite.failed, suite.at, suite.commit
        );
    }
    let [pass, partial, waiting] = report.counts();
    println!(
        "{} rows: {pass} pass, {partial} partial, {waiting} waiting",
        report.rows.len()
    );
}

fn print_row(row: &RowReport) {
    println!("{}  {:<8} {}", row.id, row.result, row.title);
    if row.result == RowResult::Pass {
        return;
    }
    for missing in &row.missing {
        println!("        missing: {missing}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUITE: &str = r#"{ "suite": "demo", "command": "scripts/demo-check", "commit": "0123456789ab",
        "at": "2026-11-24T12:00:00Z", "passed": 20, "failed": 0,
        "tests": [{ "test": "a call", "passed": true, "shows": ["FRM-07 inbound"] }] }"#;

    #[test]
    fn evidence_is_read_from_a_folder_and_what_is_wrong_with_it_is_named() {
        let folder = std::env::temp_dir().join(format!("pointsman-conformance-{}", std::process::id()));
        let missing = suites(&folder).unwrap_err();
        assert!(missing.contains("run scripts/test"), "{missing}");
        std::fs::create_dir(&folder).unwrap();
        let empty = suites(&folder).unwrap_err();
        assert!(empty.contains("no suite left anything"), "{empty}");
        std::fs::write(folder.join("demo.json"), SUITE).unwrap();
        std::fs::write(folder.join("notes.txt"), "not evidence").unwrap();
        let read = suites(&folder).unwrap();
        assert_eq!((read.len(), read[0].tests[0].passed), (1, true));
        std::fs::write(folder.join("broken.json"), "{").unwrap();
        let broken = suites(&folder).unwrap_err();
        assert!(
            broken.contains("broken.json") && broken.contains("line 1"),
            "{broken}"
        );
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
