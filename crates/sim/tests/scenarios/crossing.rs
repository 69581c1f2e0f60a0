//! What is on its way from one leg to the other when a leg ends. Each was found by chaos (`tests/chaos`).

use pointsman_legs::behaviour::{Action, Talk};
use pointsman_policy::Ended;
use pointsman_sim::{Plan, SWITCH, World, dial};
use pointsman_sip::{Message, Name};

use crate::stage::*;

/// A caller whose re-INVITE meets the callee's BYE, 50 ms away from each other.
fn hold_meets_bye(plan: Plan) -> World {
    let sites = [
        ("a", answers(seconds(1), Some(seconds(2)))),
        ("b", answers(seconds(1), Some(seconds(2)))),
    ];
    let mut world = stage(1, plan, &sites)
        .conditions(pointsman_sim::Conditions {
            delay: millis(50),
            ..pointsman_sim::Conditions::CLEAN
        })
        .build();
    let mut spec = call(Some(seconds(20)));
    spec.talk = Talk {
        steps: vec![at(millis(1_890), Action::Hold)],
        ..spec.talk
    };
    place(&mut world, spec);
    world
}

#[test]
fn a_leg_that_ends_with_a_re_invite_on_its_way_to_it_gets_one_bye() {
    let mut world = one(2, answers(seconds(1), None));
    let (caller, a) = (world.host("caller"), world.host("a"));
    let mut spec = call(Some(seconds(2)));
    spec.talk.steps = vec![at(millis(1_999), Action::Refresh)];
    world.call(caller, spec);
    world.settle();
    let sent = world.transcript().messages(SWITCH, a.address(), "BYE");
    assert_eq!(sent.len(), 1, "{}", world.transcript().text());
    let acked = world.transcript().messages(SWITCH, a.address(), "ACK");
    assert!(acked.iter().any(|ack| ack.cseq().0 == 2), "its 2xx is ACKed");
}

#[test]
fn a_callee_may_leave_with_a_re_invite_on_its_way_and_the_call_goes_on() {
    let plan = Plan::default()
        .step("first", dial(&["a"], 20))
        .step("then", dial(&["b"], 20))
        .on("first", Ended::Answered, "then");
    let world = hold_meets_bye(plan);
    assert_eq!(
        attempts(&world),
        pairs(&[("site:a", "answered"), ("site:b", "answered")])
    );
    let caller = world.host("caller").address();
    assert!(
        world.transcript().between(SWITCH, caller).contains(&"487 INVITE"),
        "the re-INVITE is answered at once\n{}",
        world.transcript().text()
    );
}

/// The first 200 to an INVITE that `from` sent.
fn first_ok(world: &World, from: std::net::SocketAddr) -> Message {
    world.transcript().messages(from, SWITCH, "200 INVITE")[0].clone()
}

#[test]
fn the_bye_of_a_losing_fork_does_not_end_the_winners_call() {
    let mut world = one(3, answers(seconds(1), None));
    let (caller, a) = (world.host("caller"), world.host("a"));
    world.call(caller, call(Some(seconds(6))));
    world.run(seconds(2));
    let ok = first_ok(&world, a.address());
    let tag = ok.to_tag().expect("a tag").to_owned();
    let text = String::from_utf8(ok.raw().to_vec()).expect("text");
    world.inject(a.address(), text.replace(&tag, "loser"));
    world.run(millis(100));
    let value = |name| ok.header(name).expect("there").into_owned();
    let bye = format!(
        "BYE sip:{SWITCH} SIP/2.0\r\nVia: SIP/2.0/UDP {};branch=z9hG4bKloser;rport\r\nMax-Forwards: 70\r\n\
         From: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n",
        a.address(),
        value(Name::To).replace(&tag, "loser"),
        value(Name::From),
        ok.call_id(),
    );
    world.inject(a.address(), bye);
    world.run(seconds(1));
    assert_eq!(world.gauges().calls, 1, "the call goes on");
    world.settle();
    let loser = world.transcript().messages(SWITCH, a.address(), "BYE");
    let told = |tag: &str| loser.iter().filter(|bye| bye.to_tag() == Some(tag)).count();
    assert_eq!((told("loser"), told(&tag)), (1, 1), "each dialog has its BYE");
    assert_two_way(&world, "a");
}

#[test]
fn the_answer_that_refuses_an_offer_nobody_answered_has_a_version_of_its_own() {
    let mut world = one(4, answers(seconds(1), None));
    let (caller, a) = (world.host("caller"), world.host("a"));
    let mut spec = call(None);
    spec.talk.steps = vec![at(seconds(1), Action::Offerless)];
    world.call(caller, spec);
    world.run(millis(2_007));
    world.cut(caller);
    world.run(millis(500));
    world.end_all();
    world.settle();
    let version = |message: &Message| {
        let body = String::from_utf8_lossy(&message.body()).into_owned();
        let origin = body
            .lines()
            .find(|line| line.starts_with("o="))
            .map(str::to_owned);
        (origin, body)
    };
    let invite = version(world.transcript().messages(SWITCH, a.address(), "INVITE")[0]);
    let acks = world.transcript().messages(SWITCH, a.address(), "ACK");
    let answer = acks
        .iter()
        .map(|ack| version(ack))
        .find(|(origin, _)| origin.is_some());
    let answer = answer.expect("the offer in the 2xx was answered in an ACK");
    assert_ne!(answer.1, invite.1);
    assert_ne!(answer.0, invite.0, "another description, another version");
}

#[test]
fn the_first_2xx_is_known_again_after_many_re_invites() {
    let mut world = one(5, answers(seconds(1), None));
    let (caller, a) = (world.host("caller"), world.host("a"));
    let mut spec = call(Some(seconds(14)));
    spec.talk.steps = (1..=6).map(|n| at(seconds(n * 2), Action::Refresh)).collect();
    world.call(caller, spec);
    world.run(seconds(14));
    let ok = first_ok(&world, a.address());
    world.inject(a.address(), ok.raw().clone());
    world.settle();
    let acks = world.transcript().messages(SWITCH, a.address(), "ACK");
    assert_eq!(acks.iter().filter(|ack| ack.cseq().0 == 1).count(), 2);
    assert_eq!(world.transcript().messages(SWITCH, a.address(), "BYE").len(), 1);
}
