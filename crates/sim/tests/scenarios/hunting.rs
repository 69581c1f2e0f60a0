//! One attempt after the other (TRM-07, NET-04).

use pointsman_legs::Behaviour;
use pointsman_policy::Ended;
use pointsman_sim::{Plan, SWITCH, World, dial, reject};

use crate::stage::*;

/// Two sites hunted in one dial step; the second answers.
fn failover(seed: u64, first: Behaviour) -> World {
    let plan = Plan::of(dial(&["a", "b"], 10));
    let sites = [("a", first), ("b", answers(seconds(1), None))];
    let mut world = stage(seed, plan, &sites).build();
    place(&mut world, call(Some(seconds(5))));
    world
}

fn assert_fails_over(world: &World, outcome_of_first: &str) {
    assert_eq!(
        attempts(world),
        pairs(&[("site:a", outcome_of_first), ("site:b", "answered")])
    );
    let (caller, b) = (world.host("caller"), world.host("b"));
    assert!(likeness(world.report(b), CALLER_SAYS) > 0.9);
    assert!(likeness(world.report(caller), CALLEE_SAYS) > 0.9);
}

#[test]
fn a_busy_site_fails_over() {
    pointsman_conformance::shows(&["TRM-07 busy"]);
    assert_fails_over(&failover(1, busy()), "busy");
}

#[test]
fn a_congested_site_fails_over() {
    pointsman_conformance::shows(&["TRM-07 congestion"]);
    assert_fails_over(&failover(2, rejects(503, None)), "congestion");
}

#[test]
fn an_unassigned_number_fails_over() {
    assert_fails_over(&failover(3, rejects(404, Some(1))), "unreachable");
}

#[test]
fn a_rejecting_site_fails_over() {
    pointsman_conformance::shows(&["TRM-07 rejected"]);
    assert_fails_over(&failover(4, rejects(603, None)), "rejected");
}

#[test]
fn the_q850_cause_says_more_than_the_status() {
    pointsman_conformance::shows(&["NET-04 outcomes"]);
    assert_fails_over(&failover(5, rejects(480, Some(17))), "busy");
    assert_fails_over(&failover(6, rejects(480, Some(20))), "unreachable");
}

#[test]
fn a_site_that_rings_out_is_cancelled_and_fails_over() {
    pointsman_conformance::shows(&["TRM-07 no_answer"]);
    let world = failover(7, rings());
    assert_fails_over(&world, "no_answer");
    let a = world.host("a").address();
    assert_eq!(world.transcript().between(SWITCH, a), ["INVITE", "CANCEL", "ACK"]);
    let attempt = &world.cdr().attempts[0];
    assert_eq!(attempt.ended_ms.expect("ended") - attempt.started_ms, 10_000);
}

#[test]
fn a_dead_site_fails_over_after_four_seconds() {
    pointsman_conformance::shows(&["TRM-07 unreachable", "NET-03 failover"]);
    let world = failover(8, dead());
    assert_fails_over(&world, "unreachable");
    let attempt = &world.cdr().attempts[0];
    assert_eq!(attempt.ended_ms.expect("ended") - attempt.started_ms, 4_000);
}

#[test]
fn an_answer_that_crosses_the_cancel_is_acked_and_sent_bye() {
    // The site answers in the very millisecond of the no-answer timer: its 200 and our CANCEL cross.
    let world = failover(9, answers(millis(9_999), None));
    assert_fails_over(&world, "no_answer");
    let a = world.host("a").address();
    let sent = world.transcript().between(SWITCH, a);
    assert!(sent.contains(&"ACK") && sent.contains(&"BYE"), "{sent:?}");
    assert_eq!(world.cdr().talk_ms / 1000, 5);
}

#[test]
fn when_all_targets_fail_the_last_failure_is_passed_on_with_its_reason() {
    let plan = Plan::of(dial(&["a", "b"], 10));
    let sites = [("a", rings()), ("b", rejects(486, Some(17)))];
    let mut world = stage(10, plan, &sites).build();
    place(&mut world, call(None));
    let caller = world.host("caller");
    let report = world.report(caller);
    assert_eq!((report.final_status, report.cause()), (Some(486), Some(17)));
    assert_eq!(outcome(&world), "busy");
    assert_eq!(
        attempts(&world),
        pairs(&[("site:a", "no_answer"), ("site:b", "busy")])
    );
}

#[test]
fn a_redirection_does_not_show_where_to() {
    let mut world = one(
        11,
        Behaviour::Redirect(pointsman_legs::behaviour::Redirect {
            to: vec!["sip:x@203.0.113.9".into()],
        }),
    );
    place(&mut world, call(None));
    let caller = world.host("caller");
    assert_eq!(world.report(caller).final_status, Some(480));
    assert!(world.report(caller).redirects.is_empty());
}

#[test]
fn each_outcome_takes_its_own_exit() {
    pointsman_conformance::shows(&["TRM-07 no_answer busy unreachable rejected congestion"]);
    let cases = [
        (busy(), Ended::Busy),
        (rings(), Ended::NoAnswer),
        (dead(), Ended::Unreachable),
        (rejects(603, None), Ended::Rejected),
        (rejects(503, Some(34)), Ended::Congestion),
    ];
    for (seed, (behaviour, ended)) in (20..).zip(cases) {
        let plan = Plan::default()
            .step("desk", dial(&["a"], 10))
            .step("out", reject(600, 17, "taken"))
            .step("wrong", reject(500, 41, "not taken"));
        let all = [
            Ended::Busy,
            Ended::NoAnswer,
            Ended::Unreachable,
            Ended::Rejected,
            Ended::Congestion,
        ];
        let plan = all.into_iter().fold(plan, |plan, exit| {
            plan.on("desk", exit, if exit == ended { "out" } else { "wrong" })
        });
        let mut world = stage(seed, plan, &[("a", behaviour)]).build();
        place(&mut world, call(None));
        let caller = world.host("caller");
        assert_eq!(world.report(caller).final_status, Some(600), "{ended}");
        let path: Vec<&str> = world.cdr().path.iter().map(|entry| entry.node.as_str()).collect();
        assert_eq!(path, ["desk", "out"]);
        assert_eq!(outcome(&world), "rejected");
    }
}

#[test]
fn a_trunk_that_does_not_exist_is_unreachable_at_once() {
    let plan = Plan::of(dial(&["nowhere", "b"], 10));
    let mut world = stage(30, plan, &[("b", answers(seconds(1), None))]).build();
    place(&mut world, call(Some(seconds(1))));
    assert_eq!(
        attempts(&world),
        pairs(&[("site:nowhere", "unreachable"), ("site:b", "answered")])
    );
}
