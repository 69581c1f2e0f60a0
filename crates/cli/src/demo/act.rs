//! Placing the calls of an act.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use pointsman_legs::behaviour::{Action, Step};
use pointsman_legs::{CallReport, CallSpec, PendingCall, PhoneEvent, Speak};

use super::assets;
use super::cast::{Act, Caller, Role};
use super::show::Show;
use super::stage::Stage;

/// No call of the demo takes as long.
const LONGEST: Duration = Duration::from_secs(40);

/// How often a call is looked at, for its answer and for its end.
const LOOK: Duration = Duration::from_millis(50);

/// One call that was placed, and what its caller saw; `None` if it never came to an end.
pub(super) struct Performed {
    pub(super) role: &'static Role,
    pub(super) report: Option<Arc<CallReport>>,
}

/// Places all calls of an act and awaits their ends, telling what happens as it happens.
pub(super) fn perform(stage: &Stage, act: &'static Act, show: &Show) -> Vec<Performed> {
    let placed: Vec<(&'static Role, PendingCall)> = act
        .calls
        .iter()
        .map(|role| {
            show.dials(role);
            (role, stage.legs.call(spec_of(role, stage)))
        })
        .collect();
    thread::scope(|scope| {
        let watchers: Vec<_> = placed
            .into_iter()
            .map(|(role, call)| scope.spawn(move || watch(role, &call, show)))
            .collect();
        watchers
            .into_iter()
            .filter_map(|watcher| watcher.join().ok())
            .collect()
    })
}

fn watch(role: &'static Role, call: &PendingCall, show: &Show) -> Performed {
    let give_up = Instant::now() + LONGEST;
    let mut told = false;
    let mut report = None;
    while report.is_none() && Instant::now() < give_up {
        if !told
            && call
                .wait_event(LOOK, |event| matches!(event, PhoneEvent::Answered { .. }))
                .is_ok()
        {
            told = true;
            show.answered(role);
        }
        report = call.wait(LOOK).ok();
    }
    show.ended(role, report.as_deref());
    Performed { role, report }
}

fn spec_of(role: &Role, stage: &Stage) -> CallSpec {
    let spec = match role.from {
        Some(from) => CallSpec::new(from, role.to, stage.sip()),
        None => CallSpec::anonymous(role.to, stage.sip()),
    };
    let mut spec = spec.on("pstn");
    spec.longest = LONGEST;
    if !role.says.is_empty() {
        spec = spec.speak(Speak::prompt(&assets::prompt(role.says)));
    }
    match role.caller {
        Caller::Talks(seconds) => spec.hang_up_after(Duration::from_secs(seconds)),
        Caller::GivesUp(seconds) => spec.cancel_after(Duration::from_secs(seconds)),
        Caller::Listens => spec,
        Caller::Keys(keys) => {
            spec.talk.steps = keys
                .iter()
                .map(|(after, keys)| Step {
                    at: Duration::from_secs(*after),
                    action: Action::Digits((*keys).to_owned()),
                })
                .collect();
            spec
        }
    }
}
