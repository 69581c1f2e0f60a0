//! Over real loopback UDP.

use std::time::Duration;

use pointsman_legs::behaviour::{Action, Answer, Behaviour, Refusal, Ring};
use pointsman_legs::sound::babble;
use pointsman_legs::{
    CallSpec, EndedBy, Legs, LegsError, Numbers, PhoneEvent, PhoneSetup, Role, Speak, Talk, WaitError,
};

use crate::world::{answers, likeness, says, seconds};

/// Nothing here takes as long; it only bounds a test that has failed.
const LIMIT: Duration = Duration::from_secs(60);

fn legs(numbers: Numbers) -> Legs {
    let phones = vec![
        PhoneSetup::new("office", Numbers::default()),
        PhoneSetup::new("world", numbers).pstn(),
    ];
    Legs::start(phones).expect("free ports")
}

fn to(legs: &Legs, number: &str) -> CallSpec {
    CallSpec::new("+3232000100", number, legs.address("world").expect("it runs"))
}

#[test]
fn each_side_hears_what_the_other_says() {
    let (a, b) = (babble(1, 2.0), babble(2, 2.0));
    let answer = Answer {
        after: seconds(0.3),
        talk: says(&b),
        ..Answer::default()
    };
    let legs = legs(Numbers::default().with("100", Behaviour::Answer(answer)));
    let spec = to(&legs, "100")
        .speak(Speak::samples(a.as_slice()))
        .hang_up_after(seconds(2.5));
    let call = legs.call(spec.step(seconds(0.5), Action::Digits("5".to_owned())));
    let caller = call.wait(LIMIT).expect("it ends");
    let callee = legs
        .wait_report(LIMIT, |report| report.role == Role::Callee)
        .expect("it ends");
    assert_eq!(caller.statuses(), [180, 200]);
    assert!(
        likeness(&caller.heard.samples, &b) > 0.9,
        "{}",
        likeness(&caller.heard.samples, &b)
    );
    assert_eq!(callee.digits, "5");
    assert!(callee.rtp.received > 50);
    assert_eq!((callee.ended_by, callee.cause()), (Some(EndedBy::Peer), None));
    assert!(caller.complaints.is_empty() && callee.complaints.is_empty());
    assert_eq!(legs.reports().len(), 2);
}

#[test]
fn the_callee_hears_the_caller_word_for_word() {
    let a = babble(1, 2.0);
    let legs = legs(Numbers::default().with("100", answers(Talk::default())));
    let call = legs.call(
        to(&legs, "100")
            .speak(Speak::samples(a.as_slice()))
            .hang_up_after(seconds(2.3)),
    );
    call.wait(LIMIT).expect("it ends");
    let callee = legs
        .wait_report(LIMIT, |report| report.role == Role::Callee)
        .expect("it ends");
    assert!(
        likeness(&callee.heard.samples, &a) > 0.95,
        "{}",
        likeness(&callee.heard.samples, &a)
    );
}

#[test]
fn busy_comes_with_its_cause() {
    let legs = legs(Numbers::default().with("100", Behaviour::Busy(Refusal::default())));
    let caller = legs.call(to(&legs, "100")).wait(LIMIT).expect("it ends");
    assert_eq!((caller.final_status, caller.cause()), (Some(486), Some(17)));
}

#[test]
fn a_caller_who_gives_up_is_told_487() {
    let legs = legs(Numbers::default().with("100", Behaviour::Ring(Ring::default())));
    let call = legs.call(to(&legs, "100"));
    call.wait_event(LIMIT, |event| {
        matches!(event, PhoneEvent::Progress { status: 180, .. })
    })
    .expect("it rings");
    call.hang_up();
    assert_eq!(call.wait(LIMIT).expect("it ends").final_status, Some(487));
    let callee = legs
        .wait_report(LIMIT, |report| report.role == Role::Callee)
        .expect("it ends");
    assert_eq!(callee.ended_by, Some(EndedBy::Peer));
}

#[test]
fn what_a_number_does_can_be_changed_and_calls_run_side_by_side() {
    let legs = legs(Numbers::default());
    assert_eq!(
        legs.call(to(&legs, "100"))
            .wait(LIMIT)
            .expect("it ends")
            .final_status,
        Some(404)
    );
    legs.set_numbers("world", Numbers::default().with("1*", answers(Talk::default())))
        .expect("it runs");
    let calls: Vec<_> = (0..8)
        .map(|n| legs.call(to(&legs, &format!("10{n}")).hang_up_after(seconds(0.4))))
        .collect();
    for call in calls {
        assert_eq!(call.wait(LIMIT).expect("it ends").final_status, Some(200));
    }
    legs.wait_event(LIMIT, |phone, event| {
        phone == "world" && matches!(event, PhoneEvent::Hears { .. })
    })
    .expect("it was talked");
    assert!(legs.events().iter().any(|(phone, _)| phone == "office"));
}

#[test]
fn a_wait_is_bounded_and_a_mistake_is_told() {
    let legs = legs(Numbers::default().with("100", Behaviour::Ring(Ring::default())));
    let call = legs.call(to(&legs, "100"));
    let short = Duration::from_millis(20);
    assert_eq!(call.wait(short).err(), Some(WaitError::TimeOut(short)));
    let nobody = legs.call(to(&legs, "100").on("nobody"));
    assert_eq!(
        nobody.wait(LIMIT).err(),
        Some(WaitError::NoPhone("nobody".to_owned()))
    );
    drop(legs);
    assert_eq!(
        call.wait(LIMIT).err(),
        Some(WaitError::Stopped),
        "dropped phones tell those who wait"
    );
    let twice = vec![
        PhoneSetup::new("a", Numbers::default()),
        PhoneSetup::new("a", Numbers::default()),
    ];
    assert!(matches!(Legs::start(twice), Err(LegsError::Names)));
}

#[test]
fn a_phone_takes_the_port_it_is_given_or_says_why_not() {
    let taken = legs(Numbers::default());
    let address = taken.address("world").expect("it runs");
    let error =
        Legs::start(vec![PhoneSetup::new("late", Numbers::default()).bind(address)]).expect_err("taken");
    assert!(error.to_string().contains("late"), "{error}");
    drop(taken);
    let again =
        Legs::start(vec![PhoneSetup::new("late", Numbers::default()).bind(address)]).expect("free again");
    assert_eq!(again.address("late"), Some(address));
}
