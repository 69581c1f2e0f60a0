//! CDRs: one for each call, true to what was signalled, with times that make sense.

use std::collections::BTreeSet;
use std::sync::Arc;

use pointsman_call::{Attempt, CallEvent, Cdr, Outcome};

use super::Faults;
use super::servers::Servers;

#[derive(Default)]
pub(super) struct Records {
    opened: BTreeSet<Arc<str>>,
    answered: BTreeSet<Arc<str>>,
    closed: BTreeSet<Arc<str>>,
    /// Calls that wait in a queue.
    queued: BTreeSet<Arc<str>>,
}

impl Records {
    pub(super) fn told(&mut self, event: &CallEvent, servers: &Servers, faults: &mut Faults) {
        match event {
            CallEvent::Opened(cdr) => {
                let fits = self.opened.insert(cdr.id.clone());
                faults.unless(fits, || format!("two calls are named {}", cdr.id));
            }
            CallEvent::Answered { call, .. } => {
                let fits = !self.closed.contains(call) && self.answered.insert(call.clone());
                faults.unless(fits, || format!("{call} was answered twice or after its end"));
            }
            CallEvent::RecordingStarted { call, .. } => {
                let fits = !self.closed.contains(call) && self.opened.contains(call);
                faults.unless(fits, || format!("{call} is recorded and not open"));
            }
            CallEvent::Queued { call, .. } => {
                let is_open = self.opened.contains(call) && !self.closed.contains(call);
                let fits = is_open && self.queued.insert(call.clone());
                faults.unless(fits, || format!("{call} waits twice, or is not open"));
            }
            CallEvent::LeftQueue { call, .. } => {
                let fits = self.queued.remove(call);
                faults.unless(fits, || format!("{call} left a queue and was in none"));
            }
            CallEvent::Closed(cdr) => {
                let waits = self.queued.contains(&cdr.id);
                faults.unless(!waits, || format!("{} is over and waits in a queue", cdr.id));
                let fits = self.opened.contains(&cdr.id) && self.closed.insert(cdr.id.clone());
                faults.unless(fits, || format!("{} was closed twice or never opened", cdr.id));
                if let Err(fault) = judge(cdr, self.answered.contains(&cdr.id), servers) {
                    faults.add(format!("CDR {}: {fault}: {cdr:?}", cdr.id));
                }
            }
            // Nothing that makes a record.
            _ => {}
        }
    }

    /// Calls that were opened and not closed.
    pub(super) fn open_calls(&self) -> usize {
        self.opened.len() - self.closed.len()
    }

    pub(super) fn finish(&self, faults: &mut Faults) {
        for id in self.opened.difference(&self.closed) {
            faults.add(format!("call {id} has no CDR"));
        }
    }
}

fn ensure(holds: bool, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}

fn judge(cdr: &Cdr, told: bool, servers: &Servers) -> Result<(), String> {
    let ended = cdr.ended_ms.ok_or("no end")?;
    let outcome = cdr.outcome.ok_or("no outcome")?;
    let answered = cdr.answered_ms.is_some();
    ensure(cdr.ended_by.is_some(), "nobody ended it")?;
    ensure(cdr.started_ms <= ended, "it ends before it begins")?;
    ensure(answered == told, "the answer was not told, or no answer was")?;
    ensure(
        cdr.answered_ms
            .is_none_or(|at| cdr.started_ms <= at && at <= ended),
        "it is answered outside of its time",
    )?;
    let talk = cdr.answered_ms.map_or(0, |at| ended - at);
    ensure(
        (cdr.talk_ms - talk).abs() <= 1,
        "the talk time is not end less answer",
    )?;
    ensure(
        answered || !matches!(outcome, Outcome::Answered),
        "its outcome says answered and nobody was",
    )?;
    ensure(
        !answered || !matches!(outcome, Outcome::Abandoned | Outcome::Busy | Outcome::NoAnswer),
        "its outcome says unanswered and it was",
    )?;
    for attempt in &cdr.attempts {
        judge_attempt(attempt, cdr, ended)?;
    }
    let spoken = cdr.attempts.iter().any(|attempt| attempt.answered_ms.is_some());
    ensure(
        outcome != Outcome::Answered || spoken,
        "its outcome says answered and no attempt was",
    )?;
    for recording in &cdr.recordings {
        let end = recording.ended_ms.ok_or("a recording does not end")?;
        ensure(recording.started_ms <= end, "a recording ends before it begins")?;
        ensure(recording.error.is_none(), "a recording failed")?;
        ensure(
            recording.bytes.is_multiple_of(2),
            "a recording has an odd number of bytes",
        )?;
    }
    if cdr.origin.is_some() {
        // We called: what was said on the first leg came from its peer, and is judged as every attempt is.
        return Ok(());
    }
    let call_id = &cdr.legs.first().ok_or("no leg")?.call_id;
    let finals = servers.finals_of(call_id);
    ensure(
        cdr.status.is_some_and(|status| finals.contains(&status)),
        "its status is not what the caller was told",
    )?;
    // Of two calls with one Call-ID, the other one may be the one that was answered.
    let on_the_wire = finals.iter().any(|status| *status < 300);
    ensure(
        answered == on_the_wire || (!answered && finals.len() > 1),
        "answered here and not on the wire, or the other way round",
    )
}

fn judge_attempt(attempt: &Attempt, cdr: &Cdr, ended: i64) -> Result<(), String> {
    let end = attempt.ended_ms.ok_or("an attempt has no end")?;
    let within = |at: &Option<i64>| at.is_none_or(|at| attempt.started_ms <= at && at <= end);
    ensure(attempt.outcome.is_some(), "an attempt has no outcome")?;
    ensure(
        cdr.started_ms <= attempt.started_ms && attempt.started_ms <= end && end <= ended,
        "an attempt lies outside of its call",
    )?;
    ensure(
        within(&attempt.ringing_ms) && within(&attempt.answered_ms),
        "an attempt rings or is answered outside of its time",
    )?;
    ensure(
        attempt
            .leg
            .is_none_or(|leg| (leg > 0 || cdr.origin.is_some()) && leg < cdr.legs.len()),
        "an attempt names a leg that is not there",
    )?;
    let answered = attempt.outcome.as_deref() == Some("answered");
    ensure(
        answered == attempt.answered_ms.is_some(),
        "an attempt's outcome and its answer differ",
    )
}
