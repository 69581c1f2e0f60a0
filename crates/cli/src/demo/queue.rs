//! Thirty callers and five agents: queue, music, the agent that was free the longest, recordings.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use pointsman_call::Cdr;
use pointsman_legs::behaviour::Samples;
use pointsman_legs::{CallReport, CallSpec, Speak};
use pointsman_media::measure::{Sound, same_speech};
use serde::Serialize;

use super::assets;
use super::check::{HEARD, callee_of, cdr_of, heard, recording_of, spoken};
use super::show::{RecordingJson, Show};
use super::stage::Stage;

/// The number of the help line.
const LINE: &str = "+3232000700";

/// How many call it at once.
pub(super) const CALLERS: usize = 30;

/// The agents of the help line, the extension of each, and what each says.
pub(super) const AGENTS: [(&str, &str, &str); 5] = [
    ("anna", "201", "speech/anna-en"),
    ("bram", "202", "speech/bram-nl"),
    ("chloe", "203", "speech/chloe-fr"),
    ("greta", "204", "speech/greta-de"),
    ("lotte", "205", "speech/lotte-nl"),
];

/// How long an agent talks.
pub(super) const TALK: Duration = Duration::from_millis(2_500);

/// As much of it is surely heard, in seconds.
const SURE: f64 = 2.0;

/// Nobody waits as long.
const LONGEST: Duration = Duration::from_secs(100);

/// Likeness below which one of two voices counts as missing in a recording of both.
const IN_A_MIX: f64 = 0.4;

const VOICES: [&str; 3] = ["speech/oliver-en", "speech/hugo-fr", "speech/felix-de"];

/// A caller of the help line, and what is wrong with its call.
#[derive(Serialize)]
pub(super) struct Served {
    pub(super) from: String,
    pub(super) agent: Option<String>,
    /// Seconds until an agent answered.
    pub(super) waited: f64,
    pub(super) recording: Option<RecordingJson>,
    pub(super) call: Option<String>,
    pub(super) complaints: Vec<String>,
}

/// What became of the act.
#[derive(Serialize)]
pub(super) struct QueueResult {
    pub(super) number: &'static str,
    pub(super) calls: Vec<Served>,
    /// How many calls each agent had.
    pub(super) agents: BTreeMap<String, usize>,
    pub(super) complaints: Vec<String>,
}

/// Thirty callers dial; awaits the end of their calls.
pub(super) fn perform(stage: &Stage, show: &Show) -> Vec<Option<Arc<CallReport>>> {
    show.line(&format!(
        "{CALLERS} callers dial the help line {LINE}; {} agents",
        AGENTS.len()
    ));
    let calls: Vec<_> = (0..CALLERS)
        .map(|at| {
            let from = format!("+324750200{at:02}");
            let mut spec = CallSpec::new(&from, LINE, stage.sip()).on("pstn");
            spec.longest = LONGEST;
            spec.talk.speak = Speak::Samples(Samples {
                samples: assets::prompt(VOICES[at % VOICES.len()])
                    .samples_8k
                    .as_slice()
                    .into(),
                repeat: true,
            });
            (from, stage.legs.call(spec))
        })
        .collect();
    thread::scope(|scope| {
        let waiting: Vec<_> = calls
            .iter()
            .map(|(from, call)| {
                scope.spawn(move || {
                    let report = call.wait(LONGEST + Duration::from_secs(5)).ok();
                    let how = report.as_ref().map_or("never came to an end", |_| "was served");
                    show.line(&format!("  {from} {how}  (help line)"));
                    report
                })
            })
            .collect();
        waiting
            .into_iter()
            .map(|thread| thread.join().ok().flatten())
            .collect()
    })
}

/// What the phones heard, what the records say and what is on disk must agree.
pub(super) fn check(
    callers: Vec<Option<Arc<CallReport>>>,
    cdrs: &[Cdr],
    reports: &[Arc<CallReport>],
    recordings: &Path,
) -> QueueResult {
    let calls: Vec<Served> = callers
        .into_iter()
        .enumerate()
        .map(|(at, report)| served(at, report.as_deref(), cdrs, reports, recordings))
        .collect();
    let mut agents: BTreeMap<String, usize> = BTreeMap::new();
    for agent in calls.iter().filter_map(|call| call.agent.clone()) {
        *agents.entry(agent).or_default() += 1;
    }
    let mut complaints = at_a_time(reports);
    // As all talk alike, each has its share; one that is stuck has not.
    if agents.len() != AGENTS.len() || agents.values().any(|calls| *calls < CALLERS / AGENTS.len() / 2) {
        complaints.push(format!(
            "help line: an agent lacks its share of the callers: {agents:?}"
        ));
    }
    QueueResult {
        number: LINE,
        calls,
        agents,
        complaints,
    }
}

/// No agent may have had two calls at a time.
fn at_a_time(reports: &[Arc<CallReport>]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (agent, extension, _) in AGENTS {
        let own = reports.iter().filter(|report| report.to == extension);
        let mut times: Vec<_> = own
            .filter_map(|report| Some((report.answered_at?, report.ended_at?)))
            .collect();
        times.sort_unstable();
        if times.windows(2).any(|pair| pair[1].0 < pair[0].1) {
            complaints.push(format!("help line: {agent} was in two calls at a time"));
        }
    }
    complaints
}

fn served(
    at: usize,
    caller: Option<&CallReport>,
    cdrs: &[Cdr],
    reports: &[Arc<CallReport>],
    folder: &Path,
) -> Served {
    let mut served = Served {
        from: format!("+324750200{at:02}"),
        agent: None,
        waited: 0.0,
        recording: None,
        call: None,
        complaints: Vec::new(),
    };
    let Some((caller, cdr)) = caller.and_then(|caller| Some((caller, cdr_of(caller, cdrs)?))) else {
        served.complain("it has no end, or no record");
        return served;
    };
    served.call = Some(cdr.id.to_string());
    let agent = cdr.attempts.last().and_then(|attempt| attempt.agent.clone());
    let known = AGENTS.iter().find(|(name, _, _)| agent.as_deref() == Some(*name));
    let (Some((name, extension, says)), Some(ears)) = (known, callee_of(cdr, reports)) else {
        served.complain("no agent took it");
        return served;
    };
    served.agent = Some((*name).to_owned());
    if ears.to != *extension {
        served.complain(&format!("{} answered instead of {name}", ears.to));
    }
    if let (Some(first), Some(answered)) = (caller.answered_at, ears.answered_at) {
        served.waited = answered.saturating_duration_since(first).as_secs_f64();
    }
    let said = spoken(says).part(0.0, SURE);
    let caller_says = twice(&spoken(VOICES[at % VOICES.len()]));
    served.expect(
        "the caller does not hear the agent",
        same_speech(&heard(caller), &said),
        HEARD,
    );
    served.expect(
        "the agent does not hear the caller",
        same_speech(&caller_says, &heard(ears)),
        HEARD,
    );
    // Who waits for a moment only hears too little of it to tell.
    if served.waited > 2.0 {
        let music = spoken("music").part(0.0, 1.5);
        served.expect(
            "the caller does not hear the music",
            same_speech(&heard(caller), &music),
            HEARD,
        );
    }
    served.check_recording(cdr, folder, &said, &heard(ears));
    served
}

fn twice(sound: &Sound) -> Sound {
    Sound {
        rate: sound.rate,
        samples: sound.samples.repeat(2),
    }
}

impl Served {
    fn complain(&mut self, what: &str) {
        self.complaints.push(format!("help line, {}: {what}", self.from));
    }

    fn expect(&mut self, what: &str, likeness: f64, least: f64) {
        if likeness < least {
            self.complain(&format!("{what} (likeness {likeness:.2})"));
        }
    }

    fn check_recording(&mut self, cdr: &Cdr, folder: &Path, agent: &Sound, caller: &Sound) {
        let recording = recording_of(cdr, folder);
        let sound = recording
            .as_ref()
            .and_then(|made| Sound::from_wav(&fs::read(&made.path).ok()?, "recording").ok());
        let (Some(recording), Some(sound)) = (recording, sound) else {
            self.complain("there is no recording");
            return;
        };
        self.recording = Some(RecordingJson::new(&recording.path, recording.seconds));
        if let Some(wrong) = recording.lacks_length(cdr.talk_ms) {
            self.complain(&wrong);
        }
        self.expect(
            "the recording lacks the agent",
            same_speech(&sound, agent),
            IN_A_MIX,
        );
        self.expect(
            "the recording lacks the caller",
            same_speech(&sound, caller),
            IN_A_MIX,
        );
    }
}
