//! Early media.

use pointsman_legs::Behaviour;
use pointsman_legs::behaviour::Answer;
use pointsman_sim::{Plan, SWITCH, dial};
use pointsman_sip::Message;

use crate::stage::*;

fn early(after: u64, seed: u64) -> Behaviour {
    Behaviour::Answer(Answer {
        after: seconds(after),
        early: Some(voice(seed)),
        talk: talk(CALLEE_SAYS, None),
        ..Answer::default()
    })
}

/// The m= line and the o= line of an SDP.
fn media_lines(message: &Message) -> (String, String) {
    let body = String::from_utf8_lossy(&message.body()).into_owned();
    let line = |start: &str| {
        body.lines()
            .find(|line| line.starts_with(start))
            .unwrap_or_default()
            .to_owned()
    };
    (line("m="), line("o="))
}

#[test]
fn early_media_is_heard_before_the_answer() {
    let mut world = one(1, early(5, 33));
    place(&mut world, call(Some(seconds(5))));
    let caller = world.host("caller");
    assert!(world.report(caller).statuses().contains(&183));
    assert!(likeness(world.report(caller), 33) > 0.9, "the early media");
    assert_two_way(&world, "a");
}

#[test]
fn the_answer_given_with_early_media_does_not_change() {
    let mut world = one(2, early(3, 33));
    place(&mut world, call(Some(seconds(2))));
    let caller = world.host("caller").address();
    let progress = world.transcript().messages(SWITCH, caller, "183 INVITE")[0].clone();
    let ok = world.transcript().messages(SWITCH, caller, "200 INVITE")[0].clone();
    assert_eq!(progress.body(), ok.body());
    assert_eq!(progress.to_tag(), ok.to_tag());
}

#[test]
fn the_next_attempt_is_held_to_what_the_caller_was_told() {
    let plan = Plan::of(dial(&["a", "b"], 5));
    let mut says = talk(CALLEE_SAYS, None);
    says.codecs = vec![pointsman_media::Codec::Pcmu];
    let slow = Answer {
        after: seconds(60),
        early: Some(voice(33)),
        talk: says,
        ..Answer::default()
    };
    let sites = [("a", Behaviour::Answer(slow)), ("b", answers(seconds(1), None))];
    let mut world = stage(3, plan, &sites).build();
    place(&mut world, call(Some(seconds(5))));
    assert_two_way(&world, "b");
    let (caller, b) = (world.host("caller").address(), world.host("b").address());
    let told = media_lines(world.transcript().messages(SWITCH, caller, "183 INVITE")[0]);
    let answered = media_lines(world.transcript().messages(SWITCH, caller, "200 INVITE")[0]);
    assert_eq!(told, answered);
    let (offered, _) = media_lines(world.transcript().messages(SWITCH, b, "INVITE")[0]);
    assert!(
        offered.contains("RTP/AVP 0"),
        "only what the caller holds: {offered}"
    );
    assert!(!offered.contains(" 8"), "{offered}");
}

#[test]
fn long_ringing_is_repeated_to_the_caller_every_minute() {
    let plan = Plan::of(dial(&["a"], 150));
    let mut world = stage(4, plan, &[("a", answers(seconds(140), None))]).build();
    place(&mut world, call(Some(seconds(1))));
    let caller = world.host("caller").address();
    assert_eq!(world.transcript().messages(SWITCH, caller, "180 INVITE").len(), 3);
}
