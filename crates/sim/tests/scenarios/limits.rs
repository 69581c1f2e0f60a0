//! Limits, drain and shutdown.

use pointsman_call::{EndedBy, Outcome};
use pointsman_sim::{Plan, SWITCH, dial};

use crate::stage::*;

#[test]
fn above_the_limit_of_calls_an_invite_gets_503() {
    let plan = Plan::of(dial(&["a"], 20));
    let mut world = stage(1, plan, &[("a", answers(seconds(1), None))])
        .max_calls(2)
        .build();
    let caller = world.host("caller");
    for _ in 0..3 {
        world.call(caller, call(Some(seconds(5))));
    }
    world.settle();
    let mut finals: Vec<_> = world
        .reports(caller)
        .iter()
        .filter_map(|report| report.final_status)
        .collect();
    finals.sort_unstable();
    assert_eq!(finals, [200, 200, 503]);
    assert_eq!(world.cdrs().len(), 2);
}

#[test]
fn without_a_free_rtp_port_an_invite_gets_503_and_the_next_call_works() {
    let plan = Plan::of(dial(&["a"], 20));
    let mut world = stage(2, plan, &[("a", answers(seconds(1), None))])
        .ports(2)
        .build();
    let caller = world.host("caller");
    world.call(caller, call(Some(seconds(5))));
    world.run(seconds(2));
    world.call(caller, call(Some(seconds(5))));
    world.settle();
    world.call(caller, call(Some(seconds(5))));
    world.settle();
    let finals: Vec<_> = world
        .reports(caller)
        .iter()
        .filter_map(|report| report.final_status)
        .collect();
    assert_eq!(finals.iter().filter(|status| **status == 200).count(), 2);
    assert_eq!(finals.iter().filter(|status| **status == 503).count(), 1);
}

#[test]
fn a_callee_without_a_port_is_congestion() {
    let plan = Plan::of(dial(&["a"], 20));
    let mut world = stage(3, plan, &[("a", answers(seconds(1), None))])
        .ports(1)
        .build();
    place(&mut world, call(None));
    assert_eq!(attempts(&world), pairs(&[("site:a", "congestion")]));
    let caller = world.host("caller");
    assert_eq!(world.report(caller).final_status, Some(503));
}

#[test]
fn while_draining_new_calls_get_503_and_running_ones_go_on() {
    let mut world = one(4, answers(seconds(1), None));
    let caller = world.host("caller");
    world.call(caller, call(Some(seconds(5))));
    world.run(seconds(2));
    world.shard().drain();
    world.call(caller, call(Some(seconds(5))));
    world.settle();
    assert_eq!(world.cdrs().len(), 1);
    assert_eq!(world.cdr().outcome, Some(Outcome::Answered));
    assert!(
        world
            .reports(caller)
            .iter()
            .any(|report| report.final_status == Some(503))
    );
}

#[test]
fn a_shutdown_ends_ringing_and_talking_calls_with_every_side_told() {
    let plan = Plan::of(dial(&["a"], 60));
    let mut world = stage(5, plan, &[("a", answers(seconds(5), None))]).build();
    let (caller, a) = (world.host("caller"), world.host("a"));
    world.call(caller, call(None));
    world.run(seconds(3));
    world.call(caller, call(None));
    world.run(seconds(3));
    world.end_all();
    world.settle();
    let outcomes: Vec<_> = world.cdrs().iter().filter_map(|cdr| cdr.outcome).collect();
    assert!(
        outcomes.contains(&Outcome::Answered) && outcomes.contains(&Outcome::Failed),
        "{outcomes:?}"
    );
    assert!(
        world
            .cdrs()
            .iter()
            .all(|cdr| cdr.ended_by == Some(EndedBy::Switch))
    );
    let told = world.transcript().between(SWITCH, a.address());
    assert!(told.contains(&"BYE") && told.contains(&"CANCEL"), "{told:?}");
    assert!(
        world
            .transcript()
            .between(SWITCH, caller.address())
            .contains(&"503 INVITE")
    );
}

#[test]
fn a_reload_reaches_new_calls_and_leaves_running_ones_alone() {
    let mut world = one(6, answers(seconds(1), None));
    let caller = world.host("caller");
    world.call(caller, call(Some(seconds(6))));
    world.run(seconds(2));
    world.shard().set_routing(std::sync::Arc::default());
    world.call(caller, call(None));
    world.settle();
    assert_eq!(world.cdrs().len(), 1);
    assert_eq!(world.cdr().outcome, Some(Outcome::Answered));
    assert!(
        world
            .reports(caller)
            .iter()
            .any(|report| report.final_status == Some(403))
    );
}

#[test]
fn room_on_a_trunk_comes_back_with_the_end_of_a_call() {
    let plan = Plan::of(dial(&["a"], 20));
    let limits = pointsman_call::TrunkLimits {
        calls: Some(1),
        ..Default::default()
    };
    let mut world = stage(7, plan, &[("a", answers(seconds(1), None))])
        .limits(limits)
        .build();
    let caller = world.host("caller");
    for _ in 0..3 {
        world.call(caller, call(Some(seconds(2))));
        world.settle();
    }
    assert_eq!(world.cdrs().len(), 3, "each found room: {:?}", world.refusals());
}

/// What is refused for want of room and was repeated on the way does not ring a phone once there is room.
#[test]
fn a_refused_invite_that_comes_again_is_no_call() {
    let plan = Plan::of(dial(&["a"], 20));
    let mut world = stage(5, plan, &[("a", answers(seconds(1), None))])
        .max_calls(1)
        .build();
    let (caller, a) = (world.host("caller"), world.host("a"));
    world.call(caller, call(Some(seconds(2))));
    world.run(seconds(2));
    world.call(caller, call(Some(seconds(5))));
    world.run(millis(100));
    let second = world
        .transcript()
        .messages(caller.address(), SWITCH, "INVITE")
        .last()
        .expect("it was sent")
        .raw()
        .clone();
    world.run(seconds(5));
    assert_eq!(world.cdrs().len(), 1, "there is room again");
    world.inject(caller.address(), second);
    world.settle();
    assert_eq!(world.cdrs().len(), 1);
    assert_eq!(
        world.transcript().messages(SWITCH, a.address(), "INVITE").len(),
        1
    );
}
