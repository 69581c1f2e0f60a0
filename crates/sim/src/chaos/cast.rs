//! Who takes part: what numbers do at the phones, what the policies want, what callers do.

use pointsman_legs::behaviour::{
    Action, Answer, Cause, InfoBody, Redirect, Refusal, Reject, Ring, Silent, Step as Deed, Talk, Tone,
};
use pointsman_legs::{Behaviour, CallSpec, Numbers, Speak};
use pointsman_media::Codec;
use pointsman_policy::{Dial, Ended, Step, Target};

use super::dice::Dice;
use crate::{Plan, SWITCH, play, reject};

/// Numbers that each phone has.
const USERS: u64 = 6;

/// Phones of a world; each is a caller and a callee.
pub(crate) const PHONES: [&str; 4] = ["anna", "bert", "cleo", "dirk"];

/// Numbers of the switch; the last one is not configured.
pub(crate) const CALLED: [&str; 4] = ["+3225550100", "+3225550101", "+3225550102", "+3225550199"];

/// What each number of a phone does.
pub(crate) fn numbers(dice: &mut Dice) -> Numbers {
    (0..USERS).fold(Numbers::default(), |numbers, user| {
        numbers.with(&(100 + user).to_string(), behaviour(dice))
    })
}

fn behaviour(dice: &mut Dice) -> Behaviour {
    let refusal = |dice: &mut Dice| Refusal {
        after: dice.time(4),
        ring: dice.percent(50),
    };
    match dice.roll(24) {
        0..=10 | 20.. => Behaviour::Answer(Answer {
            after: dice.time(6),
            ring: dice.percent(70),
            early: dice.percent(25).then(|| speak(dice)),
            reliable: dice.percent(20),
            talk: talk(dice),
        }),
        11 => Behaviour::Ring(Ring {
            early: dice.percent(50).then(|| speak(dice)),
        }),
        12 => Behaviour::Busy(refusal(dice)),
        13 => Behaviour::Congested(refusal(dice)),
        14 => Behaviour::Silent(Silent {}),
        15 => Behaviour::Unreachable(refusal(dice)),
        16 => Behaviour::Unassigned(refusal(dice)),
        17 => Behaviour::Cause(Cause {
            q850: u8::try_from(dice.between(1, 127)).unwrap_or(16),
            after: dice.time(3),
            ring: dice.percent(50),
        }),
        18 => Behaviour::Reject(Reject {
            status: u16::try_from(dice.between(300, 699)).unwrap_or(603),
            after: dice.time(3),
            ring: dice.percent(50),
            ..Reject::default()
        }),
        _ => Behaviour::Redirect(Redirect {
            to: vec!["sip:elsewhere@192.0.2.99".to_owned()],
        }),
    }
}

/// Most phones are mute: packets cost more time than everything else.
fn speak(dice: &mut Dice) -> Speak {
    match dice.roll(12) {
        0 => Speak::Silence,
        1 => Speak::Tone(Tone::default()),
        2 => Speak::Echo,
        _ => Speak::Nothing,
    }
}

fn talk(dice: &mut Dice) -> Talk {
    let codecs: [&[Codec]; 4] = [
        &[Codec::Pcma, Codec::Pcmu],
        &[Codec::Pcmu, Codec::Pcma],
        &[Codec::Pcma],
        &[Codec::Pcmu],
    ];
    let common = if dice.percent(80) { 2 } else { 4 };
    let steps = if dice.percent(50) { dice.between(1, 4) } else { 0 };
    Talk {
        speak: speak(dice),
        codecs: dice.pick(&codecs[..common]).to_vec(),
        events: true,
        lose: if dice.percent(10) { 20.0 } else { 0.0 },
        steps: (0..steps)
            .map(|_| Deed {
                at: dice.time(6),
                action: action(dice),
            })
            .collect(),
        hang_up: dice.percent(70).then(|| dice.time(8)),
        refuse_reinvite: dice.percent(15).then(|| dice.pick(&[488, 500, 491, 481, 603])),
    }
}

fn action(dice: &mut Dice) -> Action {
    match dice.roll(10) {
        0 | 1 => Action::Hold,
        2 => Action::Resume,
        3 => Action::Refresh,
        4 => Action::Offerless,
        5 => Action::Update,
        6 => Action::Digits("17*#".to_owned()),
        7 | 8 => Action::Info(InfoBody {
            content_type: "application/dtmf-relay".to_owned(),
            body: "Signal=5\r\nDuration=160\r\n".to_owned(),
        }),
        _ => Action::HangUp,
    }
}

/// A call of somebody to one of the switch's numbers.
pub(crate) fn spec(dice: &mut Dice) -> CallSpec {
    let known = if dice.percent(95) { 3 } else { 4 };
    let to = dice.pick(&CALLED[..known]);
    let mut spec = match dice.percent(10) {
        true => CallSpec::anonymous(to, SWITCH),
        false => CallSpec::new("+32475112233", to, SWITCH),
    };
    spec.talk = talk(dice);
    spec.cancel_after = dice.percent(25).then(|| dice.time(12));
    spec.delayed_offer = dice.percent(15);
    spec.reliable = dice.percent(20);
    if dice.percent(3) {
        spec.max_forwards = 0;
    }
    spec
}

/// A policy of a few steps with exits between them; some of its loops are endless.
pub(crate) fn plan(dice: &mut Dice) -> Plan {
    const NAMES: [&str; 4] = ["one", "two", "three", "four"];
    let steps = usize::try_from(dice.between(1, 4)).unwrap_or(1);
    let mut plan = Plan::default();
    for name in &NAMES[..steps] {
        plan = plan.step(name, step(dice));
    }
    for from in &NAMES[..steps] {
        for ended in [
            Ended::Busy,
            Ended::NoAnswer,
            Ended::Unreachable,
            Ended::Rejected,
            Ended::Congestion,
            Ended::Played,
        ] {
            if dice.percent(50) {
                plan = plan.on(from, ended, dice.pick(&NAMES[..steps]));
            }
        }
        if dice.percent(15) {
            plan = plan.on(from, Ended::Answered, dice.pick(&NAMES[..steps]));
        }
    }
    plan
}

fn step(dice: &mut Dice) -> Step {
    match dice.roll(10) {
        0..=6 => {
            let targets: Vec<Target> = (0..dice.between(1, 3)).map(|_| target(dice)).collect();
            Step::Dial(Dial {
                at_once: targets.len() == 3,
                targets,
                ring: std::time::Duration::from_millis(500 * dice.between(1, 40)),
                label: "site:somebody".to_owned(),
            })
        }
        7 | 8 => play(dice.pick(&["short", "long", "missing"]), dice.percent(50)),
        _ => reject(u16::try_from(dice.between(400, 699)).unwrap_or(603), 21, "No"),
    }
}

fn target(dice: &mut Dice) -> Target {
    let trunk = if dice.percent(98) {
        dice.pick(&PHONES)
    } else {
        "nowhere"
    };
    Target::Site {
        site: trunk.to_owned(),
        trunk: trunk.to_owned(),
        user: dice.between(100, 100 + USERS).to_string(),
    }
}
