//! What the audience sees: progress as it goes, then the table or the JSON.

use std::path::Path;
use std::time::Instant;

use pointsman_legs::CallReport;
use serde::Serialize;

use super::cast::{Act, Role};
use super::check::Result as Checked;
use super::stage::Stage;

/// The progress lines; silent when JSON is wanted.
pub(super) struct Show {
    quiet: bool,
    began: Instant,
}

impl Show {
    pub(super) fn new(quiet: bool) -> Self {
        Self {
            quiet,
            began: Instant::now(),
        }
    }

    fn line(&self, text: &str) {
        if !self.quiet {
            println!("{:6.1}s  {text}", self.began.elapsed().as_secs_f64());
        }
    }

    pub(super) fn begin(&self, stage: &Stage) {
        let http = stage
            .http()
            .map_or(String::new(), |http| format!(", http://{http}/status"));
        self.line(&format!("the switch listens on {}{http}", stage.sip()));
    }

    pub(super) fn act(&self, act: &Act) {
        self.line(act.title);
    }

    pub(super) fn dials(&self, role: &Role) {
        self.line(&format!(
            "  {:<14} dials {}  ({})",
            caller(role),
            role.to,
            role.title
        ));
    }

    pub(super) fn answered(&self, role: &Role) {
        self.line(&format!("  {:<14} is answered  ({})", caller(role), role.title));
    }

    pub(super) fn ended(&self, role: &Role, report: Option<&CallReport>) {
        let how = match report {
            None => "never came to an end".to_owned(),
            Some(report) if report.answered() => format!("talked for {:.1} s", report.talked().as_secs_f64()),
            Some(report) => format!(
                "got {}",
                report
                    .final_status
                    .map_or("nothing".to_owned(), |s| s.to_string())
            ),
        };
        self.line(&format!("  {:<14} {how}  ({})", caller(role), role.title));
    }
}

fn caller(role: &Role) -> &'static str {
    role.from.unwrap_or("anonymous")
}

/// One call in the JSON.
#[derive(Serialize)]
struct CallJson {
    from: String,
    to: &'static str,
    path: Vec<String>,
    why: String,
    outcome: &'static str,
    expected: &'static str,
    seconds: f64,
    recording: Option<RecordingJson>,
    call: Option<String>,
    title: &'static str,
    complaints: Vec<String>,
}

#[derive(Serialize)]
struct RecordingJson {
    path: String,
    seconds: f64,
}

#[derive(Serialize)]
pub(super) struct DemoJson {
    calls: Vec<CallJson>,
}

/// The calls as `--json` prints them.
pub(super) fn json(results: &[Checked]) -> DemoJson {
    let calls = results.iter().map(|result| CallJson {
        from: caller(result.role).to_owned(),
        to: result.role.to,
        path: path(result),
        why: why(result),
        outcome: outcome(result),
        expected: result.role.outcome.as_str(),
        seconds: seconds(result),
        recording: result.recording.as_ref().map(|recording| RecordingJson {
            path: recording.path.display().to_string(),
            seconds: (recording.seconds * 1000.0).round() / 1000.0,
        }),
        call: result.cdr.as_ref().map(|cdr| cdr.id.to_string()),
        title: result.role.title,
        complaints: result.complaints.clone(),
    });
    DemoJson {
        calls: calls.collect(),
    }
}

fn outcome(result: &Checked) -> &'static str {
    result
        .cdr
        .as_ref()
        .and_then(|cdr| cdr.outcome)
        .map_or("none", |outcome| outcome.as_str())
}

fn path(result: &Checked) -> Vec<String> {
    let nodes = result.cdr.iter().flat_map(|cdr| &cdr.path);
    nodes.map(|entry| entry.node.clone()).collect()
}

/// Every reason on the way; the caller who gives up adds one that no node gave.
fn why(result: &Checked) -> String {
    let Some(cdr) = &result.cdr else {
        return String::new();
    };
    let mut reasons: Vec<&str> = cdr.path.iter().map(|entry| entry.why.as_str()).collect();
    if !reasons.contains(&cdr.why.as_str()) {
        reasons.push(&cdr.why);
    }
    reasons.join("; ")
}

fn seconds(result: &Checked) -> f64 {
    result.cdr.as_ref().map_or(0.0, |cdr| cdr.talk_ms as f64 / 1000.0)
}

/// The table at the end, and where everything lies.
pub(super) fn table(results: &[Checked], folder: &Path) {
    println!();
    println!(
        "{:<4} {:<14} {:<13} {:<22} {:<10} {:>5}  recording",
        "", "from", "to", "path", "outcome", "sec"
    );
    for result in results {
        let recording = result.recording.as_ref().map_or("-".to_owned(), |recording| {
            recording
                .path
                .file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
        });
        println!(
            "{:<4} {:<14} {:<13} {:<22} {:<10} {:>5.1}  {recording}",
            if result.complaints.is_empty() { "ok" } else { "BAD" },
            caller(result.role),
            result.role.to,
            path(result).join(" > "),
            outcome(result),
            seconds(result),
        );
        println!("     {}: {}", result.role.title, why(result));
    }
    let bad = results
        .iter()
        .filter(|result| !result.complaints.is_empty())
        .count();
    println!();
    println!(
        "{} calls, {} as they should be",
        results.len(),
        results.len() - bad
    );
    println!("recordings   {}", folder.join("recordings").display());
    println!("call records {}", pointsman_node::database(folder).display());
}
