//! Callers who give up, and the races of it.

use pointsman_legs::CallSpec;
use pointsman_sim::{Plan, SWITCH, World, play};
use pointsman_sip::Name;

use crate::stage::*;

fn gives_up(after: std::time::Duration) -> CallSpec {
    call(Some(seconds(2))).cancel_after(after)
}

#[test]
fn a_caller_who_gives_up_cancels_the_attempt() {
    let mut world = one(1, rings());
    place(&mut world, gives_up(seconds(4)));
    let (caller, a) = (world.host("caller"), world.host("a").address());
    assert_eq!(world.report(caller).final_status, Some(487));
    assert_eq!(world.transcript().between(SWITCH, a), ["INVITE", "CANCEL", "ACK"]);
    assert_eq!(outcome(&world), "abandoned");
    assert_eq!(attempts(&world), pairs(&[("site:a", "caller_gone")]));
    assert!(
        world.cdr().why.contains("while ringing site:a"),
        "{}",
        world.cdr().why
    );
}

#[test]
fn giving_up_on_a_dead_site_ends_without_a_cancel() {
    let mut world = one(2, dead());
    place(&mut world, gives_up(seconds(2)));
    let a = world.host("a").address();
    let sent = world.transcript().between(SWITCH, a);
    assert!(
        sent.iter().all(|what| *what == "INVITE"),
        "a CANCEL must not go before a 1xx: {sent:?}"
    );
    assert_eq!(outcome(&world), "abandoned");
}

/// The caller's CANCEL and the callee's 200 pass each other; whichever wins, nobody is left with a dead call.
fn race(seed: u64, offset_us: u64) -> World {
    let mut world = one(seed, answers(seconds(3), None));
    let cancel = seconds(3) + std::time::Duration::from_micros(offset_us);
    place(&mut world, gives_up(cancel));
    world
}

#[test]
fn a_cancel_that_meets_the_answer_ends_in_a_bye_or_a_talk_but_never_in_between() {
    let mut outcomes = std::collections::BTreeSet::new();
    for (seed, offset) in (100..).zip((0..8_000).step_by(250)) {
        let world = race(seed, offset);
        let a = world.host("a").address();
        let got_ok = !world.transcript().messages(a, SWITCH, "200 INVITE").is_empty();
        let sent = world.transcript().between(SWITCH, a);
        assert_eq!(
            got_ok,
            sent.contains(&"BYE") || world.transcript().between(a, SWITCH).contains(&"BYE"),
            "{sent:?}"
        );
        outcomes.insert(outcome(&world));
    }
    assert_eq!(
        outcomes.into_iter().collect::<Vec<_>>(),
        ["abandoned", "answered"]
    );
}

#[test]
fn the_reason_of_a_cancel_is_carried_across() {
    let mut world = one(4, rings());
    let (caller, a) = (world.host("caller").address(), world.host("a").address());
    let host = world.host("caller");
    world.call(host, gives_up(seconds(30)));
    world.run(seconds(2));
    let invite = world.transcript().messages(caller, SWITCH, "INVITE")[0].clone();
    let via = invite.header(Name::Via).expect("a Via").into_owned();
    let text = format!(
        "CANCEL {} SIP/2.0\r\nVia: {via}\r\nMax-Forwards: 70\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {} CANCEL\r\n\
         Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\nContent-Length: 0\r\n\r\n",
        invite.request_uri(),
        invite.header(Name::From).expect("a From"),
        invite.header(Name::To).expect("a To"),
        invite.call_id(),
        invite.cseq().0,
    );
    world.inject(caller, text);
    world.settle();
    let cancel = world.transcript().messages(SWITCH, a, "CANCEL")[0].clone();
    assert!(
        cancel
            .header(Name::Reason)
            .is_some_and(|reason| reason.contains("completed elsewhere"))
    );
}

#[test]
fn a_caller_may_give_up_during_an_announcement_in_early_media() {
    let setup = stage(5, Plan::of(play("long", false)), &[]).prompt("long", announcement(44, 20.0));
    let mut world = setup.build();
    place(&mut world, gives_up(seconds(4)));
    assert_eq!(outcome(&world), "abandoned");
    let caller = world.host("caller");
    assert_eq!(world.report(caller).final_status, Some(487));
}
