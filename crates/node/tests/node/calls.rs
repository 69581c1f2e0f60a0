//! Calls through the node: audio both ways, CDRs, and nothing left behind.

use crate::world::{ALICE, BOB, DEAD, World, assert_talked, await_that, voice};
use pointsman_call::{EndedBy, Outcome};
use pointsman_legs::behaviour::{Answer, Refusal, Ring};
use pointsman_legs::{Behaviour, Numbers, Speak, Talk};
use std::time::Duration;

pub(crate) fn answers(seed: u64) -> Behaviour {
    let talk = Talk {
        speak: Speak::samples(voice(seed)),
        ..Talk::default()
    };
    Behaviour::Answer(Answer {
        talk,
        ..Answer::default()
    })
}

#[test]
fn a_call_is_heard_both_ways_and_leaves_one_cdr_and_nothing_else() {
    pointsman_conformance::shows(&["FRM-07 inbound", "TRM-02 number"]);
    let world = World::new(Numbers::default().with(BOB, answers(2)));
    let caller = world.call(world.spec(BOB));
    assert_talked(&caller, &world.bobs(), &voice(2));

    let cdr = world.cdr();
    assert_eq!(
        (cdr.from.as_deref(), &*cdr.to, &*cdr.trunk),
        (Some(ALICE), BOB, "alice")
    );
    assert_eq!(
        (cdr.outcome, cdr.ended_by),
        (Some(Outcome::Answered), Some(EndedBy::Caller))
    );
    assert_eq!(cdr.status, Some(200));
    assert_eq!(cdr.attempts.len(), 1);
    assert_eq!(cdr.legs.len(), 2);
    let said: Vec<(u64, u64)> = cdr.legs.iter().map(|leg| (leg.received, leg.lost)).collect();
    assert!(
        said.iter().all(|&(received, lost)| received > 150 && lost == 0),
        "{said:?}"
    );
    assert!(cdr.talk_ms >= 3_400, "{}", cdr.talk_ms);

    world.await_idle();
    let metrics = world.node().metrics_text();
    for line in [
        "pointsman_calls_total{outcome=\"answered\"} 1",
        "pointsman_sip_messages_total{direction=\"in\",kind=\"INVITE\"} 1",
        "pointsman_sip_messages_total{direction=\"out\",kind=\"INVITE\"} 1",
        "pointsman_unreachable_total 0",
        "pointsman_rtp_bind_failures_total 0",
    ] {
        assert!(
            metrics.lines().any(|one| one == line),
            "{line} is missing in\n{metrics}"
        );
    }
}

#[test]
fn a_dead_local_port_is_unreachable_long_before_timer_b() {
    let world = World::new(Numbers::default());
    let caller = world.call(world.spec(DEAD));
    assert_eq!(caller.final_status, Some(480));
    let cdr = world.cdr();
    assert_eq!(cdr.attempts[0].outcome.as_deref(), Some("unreachable"));
    assert_eq!(cdr.attempts[0].status, None);
    assert_eq!(cdr.outcome, Some(Outcome::Rejected));
    let metrics = world.node().metrics_text();
    assert!(!metrics.contains("pointsman_unreachable_total 0"), "{metrics}");
    // Had ICMP not been heard, the INVITE would have gone out several times.
    assert!(
        metrics.contains("pointsman_sip_messages_total{direction=\"out\",kind=\"INVITE\"} 1"),
        "{metrics}"
    );
    world.await_idle();
}

#[test]
fn a_busy_callee_is_busy_for_the_caller() {
    let world = World::new(Numbers::default().with(BOB, Behaviour::Busy(Refusal::default())));
    let caller = world.call(world.spec(BOB));
    assert_eq!(caller.final_status, Some(486));
    assert_eq!(world.cdr().outcome, Some(Outcome::Busy));
    world.await_idle();
}

#[test]
fn a_caller_who_gives_up_is_abandoned_and_the_callee_stops_ringing() {
    let world = World::new(Numbers::default().with(BOB, Behaviour::Ring(Ring::default())));
    let caller = world.call(world.spec(BOB).cancel_after(Duration::from_millis(400)));
    assert_eq!(caller.final_status, Some(487));
    assert_eq!(world.bobs().final_status, Some(487));
    let cdr = world.cdr();
    assert_eq!(
        (cdr.outcome, cdr.ended_by),
        (Some(Outcome::Abandoned), Some(EndedBy::Caller))
    );
    world.await_idle();
}

#[test]
fn ports_are_used_again_and_no_call_hears_another() {
    // Two pairs: room for one call at a time.
    let numbers = (1..=3).fold(Numbers::default(), |numbers, n| {
        numbers.with(&number(n), answers(10 + n))
    });
    let world = World::with_ports(numbers, 4);
    for n in 1..=3 {
        let caller = world.call(world.spec(&number(n)));
        let callee = world
            .legs
            .wait_report(crate::world::PATIENCE, |report| {
                report.phone == "bob" && report.to == number(n)
            })
            .unwrap();
        assert_talked(&caller, &callee, &voice(10 + n));
        world.await_metric("pointsman_rtp_ports_in_use 0");
    }
    assert_eq!(world.cdrs(3).len(), 3);
}

fn number(n: u64) -> String {
    format!("+329200010{n}")
}

#[test]
fn many_calls_at_once_all_talk() {
    let world = World::new(Numbers::default().with(BOB, answers(2)));
    let calls: Vec<_> = (0..10).map(|_| world.place(world.spec(BOB))).collect();
    for call in calls {
        let caller = call.wait(crate::world::PATIENCE).unwrap();
        assert_eq!(caller.final_status, Some(200));
        assert!(crate::world::likeness(&caller.heard.samples, &voice(2)) > 0.9);
    }
    let bobs = await_that(|| {
        let reports = world.legs.reports();
        let bobs: Vec<_> = reports
            .into_iter()
            .filter(|report| report.phone == "bob")
            .collect();
        (bobs.len() == 10).then_some(bobs)
    });
    for callee in bobs {
        assert!(crate::world::likeness(&callee.heard.samples, &voice(1)) > 0.9);
    }
    assert_eq!(world.cdrs(10).len(), 10);
    world.await_idle();
}
