//! Requests inside a call: hold, resume, INFO, and who may not.

use pointsman_legs::CallSpec;
use pointsman_legs::behaviour::{Action, InfoBody, Talk};
use pointsman_sim::{Plan, SWITCH, play};

use crate::stage::*;

fn with_steps(steps: Vec<pointsman_legs::behaviour::Step>, hang_up: u64) -> CallSpec {
    let mut spec = call(None);
    spec.talk = Talk {
        steps,
        ..talk(CALLER_SAYS, Some(seconds(hang_up)))
    };
    spec
}

fn info(body: &str) -> Action {
    Action::Info(InfoBody {
        content_type: "application/dtmf-relay".to_owned(),
        body: body.to_owned(),
    })
}

#[test]
fn hold_and_resume_cross_and_the_audio_comes_back() {
    let mut world = one(1, answers(seconds(1), None));
    let steps = vec![
        at(seconds(5), Action::Hold),
        at(seconds(8), Action::Resume),
        at(seconds(9), Action::Speak(voice(77))),
    ];
    place(&mut world, with_steps(steps, 14));
    let a = world.host("a");
    let report = world.report(a);
    assert_eq!(report.held, [true, false]);
    assert!(likeness(report, CALLER_SAYS) > 0.9, "before the hold");
    assert!(likeness(report, 77) > 0.9, "after the resume");
    assert_eq!(
        world.transcript().messages(SWITCH, a.address(), "INVITE").len(),
        3
    );
}

#[test]
fn the_callee_may_hold_as_well() {
    let mut callee = talk(CALLEE_SAYS, None);
    callee.steps = vec![at(seconds(5), Action::Hold), at(seconds(7), Action::Resume)];
    let mut world = one(2, answers_with(seconds(1), callee));
    place(&mut world, call(Some(seconds(10))));
    let caller = world.host("caller");
    assert_eq!(world.report(caller).held, [true, false]);
    assert_two_way(&world, "a");
}

#[test]
fn a_refused_re_invite_is_refused_to_its_sender_and_the_call_goes_on() {
    let mut callee = talk(CALLEE_SAYS, None);
    callee.refuse_reinvite = Some(488);
    let mut world = one(3, answers_with(seconds(1), callee));
    place(&mut world, with_steps(vec![at(millis(500), Action::Hold)], 6));
    let caller = world.host("caller");
    assert_eq!(world.report(caller).answers, [488]);
    assert_eq!(outcome(&world), "answered");
    assert_two_way(&world, "a");
}

#[test]
fn re_invites_that_cross_each_other_are_491() {
    let mut callee = talk(CALLEE_SAYS, None);
    callee.steps = vec![at(seconds(2), Action::Refresh)];
    let mut world = one(4, answers_with(seconds(1), callee));
    let far = pointsman_sim::Conditions {
        delay: millis(50),
        ..pointsman_sim::Conditions::CLEAN
    };
    world.network().set_conditions(far);
    place(
        &mut world,
        with_steps(vec![at(millis(1_950), Action::Refresh)], 12),
    );
    let refused = world
        .transcript()
        .lines()
        .iter()
        .filter(|line| line.what == "491 INVITE")
        .count();
    assert!(
        refused > 0,
        "one of the two had to wait\n{}",
        world.transcript().text()
    );
    assert_two_way(&world, "a");
}

#[test]
fn an_info_crosses_with_its_body_and_its_answer_comes_back() {
    let mut world = one(5, answers(seconds(1), None));
    place(
        &mut world,
        with_steps(vec![at(seconds(1), info("Signal=5\r\nDuration=160\r\n"))], 4),
    );
    let (caller, a) = (world.host("caller"), world.host("a"));
    let got = [(
        "application/dtmf-relay".to_owned(),
        "Signal=5\r\nDuration=160\r\n".to_owned(),
    )];
    assert_eq!(world.report(a).infos, got);
    assert_eq!(world.report(caller).answers, [200]);
}

#[test]
fn an_info_during_an_announcement_is_taken() {
    let setup = stage(6, Plan::of(play("long", true)), &[]).prompt("long", announcement(44, 6.0));
    let mut world = setup.build();
    place(
        &mut world,
        with_steps(vec![at(seconds(1), info("Signal=1\r\n"))], 30),
    );
    let caller = world.host("caller");
    assert_eq!(world.report(caller).answers, [200]);
    assert_eq!(outcome(&world), "announced");
}

#[test]
fn a_hold_during_an_announcement_is_answered_by_the_switch() {
    let setup = stage(7, Plan::of(play("long", true)), &[]).prompt("long", announcement(44, 8.0));
    let mut world = setup.build();
    place(
        &mut world,
        with_steps(
            vec![at(seconds(1), Action::Hold), at(seconds(2), Action::Resume)],
            30,
        ),
    );
    let caller = world.host("caller");
    assert_eq!(world.report(caller).answers, [200, 200]);
    assert_eq!(outcome(&world), "announced");
}

#[test]
fn digits_cross_as_rfc_4733_events() {
    let mut world = one(8, answers(seconds(1), None));
    place(
        &mut world,
        with_steps(vec![at(seconds(4), Action::Digits("19#*".to_owned()))], 8),
    );
    let a = world.host("a");
    assert_eq!(world.report(a).digits, "19#*");
}

#[test]
fn a_bye_that_meets_a_re_invite_ends_both_legs() {
    let mut callee = talk(CALLEE_SAYS, Some(millis(2_001)));
    callee.steps = vec![];
    let mut world = one(9, answers_with(seconds(1), callee));
    place(&mut world, with_steps(vec![at(seconds(2), Action::Hold)], 20));
    assert_eq!(outcome(&world), "answered");
}

/// RFC 3261, 12.2.2: a target refresh that is refused refreshes nothing.
#[test]
fn a_refused_re_invite_does_not_move_its_sender() {
    let mut world = one(9, answers(seconds(1), None));
    let (caller, a) = (world.host("caller"), world.host("a"));
    world.call(caller, call(Some(seconds(6))));
    world.run(seconds(3));
    let ack = world.transcript().messages(SWITCH, a.address(), "ACK")[0].clone();
    let elsewhere = format!(
        "INVITE sip:192.0.2.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP {host};branch=z9hG4bKmove\r\nMax-Forwards: 70\r\n\
         From: <sip:a@{host}>;tag={theirs}\r\nTo: <sip:us@192.0.2.1>;tag={ours}\r\nCall-ID: {call}\r\n\
         CSeq: 5 INVITE\r\nContact: <sip:a@192.0.2.99:5060>\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nmove",
        host = a.address(),
        theirs = ack.to_tag().expect("confirmed"),
        ours = ack.from_tag().expect("ours"),
        call = ack.call_id(),
    );
    world.inject(a.address(), elsewhere.into_bytes());
    world.settle();
    let said = world.transcript();
    assert!(!said.messages(SWITCH, a.address(), "415 INVITE").is_empty());
    assert_eq!(said.messages(SWITCH, a.address(), "BYE").len(), 1);
}
