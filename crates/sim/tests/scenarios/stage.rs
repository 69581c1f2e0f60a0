//! What scenarios share: a caller, some callees, and ears.

use std::time::Duration;

use pointsman_legs::behaviour::{Action, Answer, Refusal, Reject, Ring, Silent, Step, Talk};
use pointsman_legs::{Behaviour, CallReport, CallSpec, Speak, sound};
use pointsman_media::Prompt;
use pointsman_media::measure::{Sound, same_speech};
use pointsman_sim::{Plan, SWITCH, World, WorldSetup, dial};

pub(crate) const CALLER: &str = "+32475112233";
pub(crate) const CALLED: &str = "+3225550100";

/// Seeds of what the two sides say.
pub(crate) const CALLER_SAYS: u64 = 11;
pub(crate) const CALLEE_SAYS: u64 = 22;

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(crate) fn voice(seed: u64) -> Speak {
    Speak::samples(sound::babble(seed, 4.0))
}

pub(crate) fn talk(seed: u64, hang_up: Option<Duration>) -> Talk {
    Talk {
        speak: voice(seed),
        hang_up,
        ..Talk::default()
    }
}

/// Answers after `after`, speaks, and hangs up after `hang_up` of talk.
pub(crate) fn answers(after: Duration, hang_up: Option<Duration>) -> Behaviour {
    Behaviour::Answer(Answer {
        after,
        talk: talk(CALLEE_SAYS, hang_up),
        ..Answer::default()
    })
}

pub(crate) fn answers_with(after: Duration, talk: Talk) -> Behaviour {
    Behaviour::Answer(Answer {
        after,
        talk,
        ..Answer::default()
    })
}

pub(crate) fn busy() -> Behaviour {
    Behaviour::Busy(Refusal::default())
}

pub(crate) fn rejects(status: u16, cause: Option<u8>) -> Behaviour {
    Behaviour::Reject(Reject {
        status,
        cause,
        ..Reject::default()
    })
}

pub(crate) fn rings() -> Behaviour {
    Behaviour::Ring(Ring::default())
}

pub(crate) fn dead() -> Behaviour {
    Behaviour::Silent(Silent {})
}

pub(crate) fn at(after: Duration, action: Action) -> Step {
    Step { at: after, action }
}

/// A caller, and the sites of the plan with how they behave.
pub(crate) fn stage(seed: u64, plan: Plan, sites: &[(&str, Behaviour)]) -> WorldSetup {
    let setup = WorldSetup::new(seed)
        .phone("caller", busy())
        .number(CALLED, plan, false);
    sites.iter().fold(setup, |setup, (name, behaviour)| {
        setup.phone(name, behaviour.clone())
    })
}

/// A caller and one site `a`, rung for 20 s.
pub(crate) fn one(seed: u64, behaviour: Behaviour) -> World {
    stage(seed, Plan::of(dial(&["a"], 20)), &[("a", behaviour)]).build()
}

/// A call of the usual caller that speaks and hangs up after `hang_up` of talk.
pub(crate) fn call(hang_up: Option<Duration>) -> CallSpec {
    let mut spec = CallSpec::new(CALLER, CALLED, SWITCH);
    spec.talk = talk(CALLER_SAYS, hang_up);
    spec
}

/// Places the call and lets everything come to its end.
pub(crate) fn place(world: &mut World, spec: CallSpec) {
    let caller = world.host("caller");
    world.call(caller, spec);
    world.settle();
}

/// How much of what `said` speaks is in what a phone heard, −1 to 1.
pub(crate) fn likeness(report: &CallReport, said: u64) -> f64 {
    let heard = Sound::from_linear(sound::RATE, &report.heard.samples);
    let said = Sound::from_linear(sound::RATE, &sound::babble(said, 4.0));
    same_speech(&heard, &said)
}

/// Two-way audio: each side heard the other, not itself.
pub(crate) fn assert_two_way(world: &World, callee: &str) {
    let (caller, callee) = (world.host("caller"), world.host(callee));
    let there = likeness(world.report(callee), CALLER_SAYS);
    let back = likeness(world.report(caller), CALLEE_SAYS);
    assert!(
        there > 0.9 && back > 0.9,
        "caller to callee {there:.3}, back {back:.3}"
    );
}

pub(crate) fn announcement(seed: u64, seconds: f64) -> Prompt {
    Prompt::from_samples(sound::babble(seed, seconds))
}

pub(crate) fn outcome(world: &World) -> &'static str {
    world.cdr().outcome.expect("the call is over").as_str()
}

/// Target and outcome of each attempt.
pub(crate) fn attempts(world: &World) -> Vec<(String, String)> {
    world
        .cdr()
        .attempts
        .iter()
        .map(|attempt| {
            (
                attempt.target.clone(),
                attempt.outcome.as_deref().unwrap_or_default().to_owned(),
            )
        })
        .collect()
}

pub(crate) fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(target, outcome)| ((*target).to_owned(), (*outcome).to_owned()))
        .collect()
}
