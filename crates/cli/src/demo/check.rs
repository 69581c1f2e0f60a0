//! Did a call do what its line says? What the phones heard, what the CDR says and what is on disk must agree.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pointsman_call::Cdr;
use pointsman_legs::{CallReport, Role as Side};
use pointsman_media::measure::{Sound, fit, same_speech};

use super::act::Performed;
use super::assets;
use super::cast::Role;

/// A recording on disk.
#[derive(Debug)]
pub(super) struct Recording {
    pub(super) path: PathBuf,
    pub(super) seconds: f64,
}

impl Recording {
    /// What is wrong with its length beside the talk.
    pub(super) fn lacks_length(&self, talk_ms: i64) -> Option<String> {
        let (seconds, talk) = (self.seconds, talk_ms as f64 / 1000.0);
        let is_off = (seconds - talk).abs() > 0.1;
        is_off.then(|| format!("the recording has {seconds:.2} s of a talk of {talk:.2} s"))
    }
}

/// One call of the demo with everything that is wrong about it.
pub(super) struct Result {
    pub(super) role: &'static Role,
    pub(super) cdr: Option<Cdr>,
    pub(super) recording: Option<Recording>,
    pub(super) complaints: Vec<String>,
}

/// Likeness below which speech counts as not heard.
pub(super) const HEARD: f64 = 0.9;

pub(super) fn check(
    performed: Performed,
    cdrs: &[Cdr],
    reports: &[Arc<CallReport>],
    recordings: &Path,
) -> Result {
    let role = performed.role;
    let mut complaints = Vec::new();
    let report = performed.report;
    if report.is_none() {
        complaints.push("the caller never saw the end of the call".to_owned());
    }
    let cdr = report.as_ref().and_then(|report| cdr_of(report, cdrs));
    if let Some(cdr) = cdr {
        check_cdr(role, cdr, &mut complaints);
    } else {
        complaints.push("there is no call record".to_owned());
    }
    if let Some(report) = &report {
        check_audio(
            role,
            report,
            cdr.and_then(|cdr| callee_of(cdr, reports)),
            &mut complaints,
        );
    }
    let recording = cdr.and_then(|cdr| recording_of(cdr, recordings));
    check_recording(role, cdr, recording.as_ref(), &mut complaints);
    let complaints = complaints
        .into_iter()
        .map(|complaint| format!("{}: {complaint}", role.title))
        .collect();
    Result {
        role,
        cdr: cdr.cloned(),
        recording,
        complaints,
    }
}

pub(super) fn cdr_of<'a>(report: &CallReport, cdrs: &'a [Cdr]) -> Option<&'a Cdr> {
    cdrs.iter().find(|cdr| {
        cdr.legs
            .first()
            .is_some_and(|leg| *leg.call_id == *report.call_id)
    })
}

/// What the phone that answered saw: found by the Call-ID of the last leg.
pub(super) fn callee_of<'a>(cdr: &Cdr, reports: &'a [Arc<CallReport>]) -> Option<&'a CallReport> {
    let leg = cdr.legs.iter().skip(1).next_back()?;
    reports
        .iter()
        .find(|report| *report.call_id == *leg.call_id && report.role == Side::Callee)
        .map(|report| &**report)
}

fn check_cdr(role: &Role, cdr: &Cdr, complaints: &mut Vec<String>) {
    let path: Vec<&str> = cdr.path.iter().map(|entry| entry.node.as_str()).collect();
    if path != role.path {
        complaints.push(format!(
            "it went {} instead of {}",
            path.join(" > "),
            role.path.join(" > ")
        ));
    }
    let attempts: Vec<(&str, &str)> = cdr
        .attempts
        .iter()
        .map(|attempt| {
            (
                attempt.target.as_str(),
                attempt.outcome.as_deref().unwrap_or("under way"),
            )
        })
        .collect();
    if attempts != role.attempts {
        complaints.push(format!(
            "attempts were {attempts:?} instead of {:?}",
            role.attempts
        ));
    }
    if cdr.outcome != Some(role.outcome) {
        let got = cdr.outcome.map_or("still up", |outcome| outcome.as_str());
        complaints.push(format!(
            "the outcome is {got} instead of {}",
            role.outcome.as_str()
        ));
    }
    if cdr.status != Some(role.status) {
        complaints.push(format!(
            "the caller was told {:?} instead of {}",
            cdr.status, role.status
        ));
    }
}

pub(super) fn spoken(name: &str) -> Sound {
    Sound::from_wav(assets::wav(name), name).expect("the committed audio can be read; a test reads it all")
}

pub(super) fn heard(report: &CallReport) -> Sound {
    Sound::from_linear(8000, &report.heard.samples)
}

fn check_audio(role: &Role, caller: &CallReport, callee: Option<&CallReport>, complaints: &mut Vec<String>) {
    let mut expect = |who: &str, ears: &CallReport, said: &str| {
        let likeness = same_speech(&heard(ears), &spoken(said));
        if likeness < HEARD {
            complaints.push(format!("{who} did not hear {said} (likeness {likeness:.2})"));
        }
    };
    if let Some(announcement) = role.announcement {
        expect("the caller", caller, announcement);
    }
    if let Some(answering) = role.callee {
        expect("the caller", caller, answering.says);
        match callee {
            Some(callee) => {
                expect("the callee", callee, role.says);
                if callee.to != answering.number || &*callee.phone != answering.phone {
                    complaints.push(format!("{} at {} answered", callee.to, callee.phone));
                }
            }
            None => complaints.push("nobody answered".to_owned()),
        }
    }
}

pub(super) fn recording_of(cdr: &Cdr, folder: &Path) -> Option<Recording> {
    let record = cdr.recordings.first()?;
    let path = folder.join(&record.path);
    let sound = Sound::from_wav(&fs::read(&path).ok()?, &record.path).ok()?;
    Some(Recording {
        path,
        seconds: sound.samples.len() as f64 / f64::from(sound.rate),
    })
}

fn check_recording(
    role: &Role,
    cdr: Option<&Cdr>,
    recording: Option<&Recording>,
    complaints: &mut Vec<String>,
) {
    let Some(recording) = recording else {
        if role.recorded {
            complaints.push("there is no recording".to_owned());
        }
        return;
    };
    if !role.recorded {
        complaints.push("it was recorded without being told to".to_owned());
    }
    complaints.extend(recording.lacks_length(cdr.map_or(0, |cdr| cdr.talk_ms)));
    let Some(sound) = fs::read(&recording.path)
        .ok()
        .and_then(|wav| Sound::from_wav(&wav, "recording").ok())
    else {
        complaints.push("the recording cannot be read".to_owned());
        return;
    };
    if let Some(callee) = role.callee {
        let fitted = fit(&sound, &spoken(role.says), &spoken(callee.says));
        if !fitted
            .as_ref()
            .is_some_and(|fit| fit.explained >= 0.9 && fit.difference_db().abs() <= 1.0)
        {
            complaints.push(format!("the recording is not the sum of both voices: {fitted:?}"));
        }
    } else if let Some(announcement) = role.announcement {
        let likeness = same_speech(&sound, &spoken(announcement));
        if likeness < HEARD {
            complaints.push(format!(
                "the announcement is not in the recording (likeness {likeness:.2})"
            ));
        }
    }
}
