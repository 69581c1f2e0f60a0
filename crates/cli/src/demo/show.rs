//! What the audience sees: progress as it goes, then the table or the JSON.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use pointsman_legs::CallReport;
use serde::Serialize;

use super::cast::{Act, Role};
use super::check::Result as Checked;
use super::live::{self, Scene, Screen};
use super::outbound::CampaignResult;
use super::queue::QueueResult;
use super::stage::{Results, Stage};

/// How progress is shown.
enum Manner {
    /// Not at all: JSON is wanted.
    Silent,
    /// Line by line.
    Lines,
    /// As a picture on the terminal.
    Live(Box<Mutex<(Scene, Screen)>>),
}

/// What the audience sees while the demo plays.
pub(super) struct Show {
    manner: Manner,
    began: Instant,
}

impl Show {
    pub(super) fn new(quiet: bool) -> Self {
        let manner = match (quiet, live::is_wanted()) {
            (true, _) => Manner::Silent,
            (false, true) => Manner::Live(Box::default()),
            (false, false) => Manner::Lines,
        };
        Self {
            manner,
            began: Instant::now(),
        }
    }

    /// Something happened.
    pub(super) fn line(&self, text: &str) {
        let line = format!("{:6.1}s  {text}", self.began.elapsed().as_secs_f64());
        match &self.manner {
            Manner::Silent => {}
            Manner::Lines => println!("{line}"),
            Manner::Live(shown) => {
                if let Ok(mut shown) = shown.lock() {
                    shown.0.say(line);
                }
            }
        }
    }

    /// Whether pictures are drawn.
    pub(super) fn is_live(&self) -> bool {
        matches!(self.manner, Manner::Live(_))
    }

    /// Draws what is so now.
    pub(super) fn draw(&self, stage: &Stage) {
        let Manner::Live(shown) = &self.manner else { return };
        let (agents, campaign, plan) = (stage.agents(), stage.campaign(), stage.plan_until());
        let Ok(mut shown) = shown.lock() else { return };
        let (scene, screen) = &mut *shown;
        scene.seconds = self.began.elapsed().as_secs_f64();
        (scene.agents, scene.campaign, scene.plan) = (agents, campaign, plan);
        screen.draw(&scene.lines());
    }

    pub(super) fn begin(&self, stage: &Stage) {
        let http = stage
            .http()
            .map_or(String::new(), |http| format!(", http://{http}/status"));
        self.line(&format!("the switch listens on {}{http}", stage.sip()));
    }

    pub(super) fn act(&self, act: &Act) {
        self.line(act.title);
        if let Manner::Live(shown) = &self.manner
            && let Ok(mut shown) = shown.lock()
        {
            act.title.clone_into(&mut shown.0.act);
        }
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

/// A recording in the JSON.
#[derive(Serialize)]
pub(super) struct RecordingJson {
    path: String,
    seconds: f64,
}

impl RecordingJson {
    pub(super) fn new(path: &Path, seconds: f64) -> Self {
        Self {
            path: path.display().to_string(),
            seconds: (seconds * 1000.0).round() / 1000.0,
        }
    }
}

#[derive(Serialize)]
pub(super) struct DemoJson<'a> {
    calls: Vec<CallJson>,
    queue: &'a QueueResult,
    campaign: &'a CampaignResult,
}

/// The calls as `--json` prints them.
pub(super) fn json(results: &Results) -> DemoJson<'_> {
    let calls = results.calls.iter().map(|result| CallJson {
        from: caller(result.role).to_owned(),
        to: result.role.to,
        path: path(result),
        why: why(result),
        outcome: outcome(result),
        expected: result.role.outcome.as_str(),
        seconds: seconds(result),
        recording: result
            .recording
            .as_ref()
            .map(|recording| RecordingJson::new(&recording.path, recording.seconds)),
        call: result.cdr.as_ref().map(|cdr| cdr.id.to_string()),
        title: result.role.title,
        complaints: result.complaints.clone(),
    });
    DemoJson {
        calls: calls.collect(),
        queue: &results.queue,
        campaign: &results.campaign,
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
pub(super) fn table(results: &Results, folder: &Path) {
    let Results {
        calls: results,
        queue,
        campaign,
    } = results;
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
    served(queue);
    called(campaign);
    println!("recordings   {}", folder.join("recordings").display());
    println!("call records {}", pointsman_node::database(folder).display());
}

/// What became of the help line's callers.
fn served(queue: &QueueResult) {
    let good = queue
        .calls
        .iter()
        .filter(|call| call.complaints.is_empty())
        .count();
    let longest = queue.calls.iter().map(|call| call.waited).fold(0.0, f64::max);
    let agents: Vec<String> = queue
        .agents
        .iter()
        .map(|(agent, calls)| format!("{agent} {calls}"))
        .collect();
    println!(
        "help line    {} callers, {good} served and recorded as they should be, longest wait {longest:.1} s; {}",
        queue.calls.len(),
        agents.join(", ")
    );
}

/// What became of the campaign's contacts.
fn called(campaign: &CampaignResult) {
    let mut counts = BTreeMap::new();
    for contact in &campaign.contacts {
        *counts.entry(contact.state.as_str()).or_insert(0) += 1;
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(state, count)| format!("{state} {count}"))
        .collect();
    println!(
        "campaign     {} contacts in {} calls, {}: {}",
        campaign.contacts.len(),
        campaign.calls,
        campaign.state,
        counts.join(", ")
    );
}
