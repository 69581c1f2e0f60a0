//! A network that loses, repeats and reorders: everything still comes to its one right end.

use pointsman_sim::{Conditions, Plan, SWITCH, World, dial};

use crate::stage::*;

fn rough(seed: u64, loss: f64, sites: &[(&str, pointsman_legs::Behaviour)]) -> World {
    let names: Vec<&str> = sites.iter().map(|(name, _)| *name).collect();
    stage(seed, Plan::of(dial(&names, 20)), sites)
        .conditions(Conditions::rough(loss))
        .build()
}

#[test]
fn a_call_survives_ten_per_cent_of_loss() {
    for seed in 0..20 {
        let mut world = rough(seed, 0.1, &[("a", answers(seconds(1), None))]);
        place(&mut world, call(Some(seconds(5))));
        assert_eq!(world.cdrs().len(), 1, "seed {seed}");
    }
}

#[test]
fn nothing_is_left_behind_at_thirty_per_cent_of_loss() {
    let mut answered = 0;
    for seed in 100..140 {
        let sites = [("a", rings()), ("b", answers(seconds(1), None))];
        let mut world = rough(seed, 0.3, &sites);
        place(&mut world, call(Some(seconds(5))));
        answered += usize::from(outcome(&world) == "answered");
    }
    assert!(answered >= 30, "only {answered} of 40 calls were answered");
}

#[test]
fn a_repeated_200_gets_the_same_ack_again_and_nothing_of_it_crosses() {
    let mut world = one(3, answers(seconds(1), None));
    let (caller, a) = (world.host("caller"), world.host("a"));
    world.call(caller, call(Some(seconds(5))));
    world.run(millis(1_002));
    let ok = world
        .transcript()
        .messages(a.address(), SWITCH, "200 INVITE")
        .first()
        .copied()
        .cloned();
    let ok = ok.unwrap_or_else(|| {
        world.run(millis(3));
        world.transcript().messages(a.address(), SWITCH, "200 INVITE")[0].clone()
    });
    for _ in 0..3 {
        world.inject(a.address(), ok.raw().clone());
    }
    world.settle();
    let acks = world.transcript().messages(SWITCH, a.address(), "ACK");
    assert_eq!(acks.len(), 4);
    assert!(acks.iter().all(|ack| ack.raw() == acks[0].raw()));
    assert_eq!(
        world
            .transcript()
            .messages(SWITCH, caller.address(), "200 INVITE")
            .len(),
        1
    );
}

#[test]
fn without_an_ack_both_sides_get_a_bye_after_64_t1() {
    let mut world = one(4, answers(seconds(1), None));
    let (caller, a) = (world.host("caller"), world.host("a"));
    world.call(caller, call(None));
    world.run(millis(1_000));
    world.cut(caller);
    world.run(seconds(40));
    assert!(
        world
            .transcript()
            .messages(SWITCH, caller.address(), "200 INVITE")
            .len()
            >= 7
    );
    world.settle();
    for leg in [caller, a] {
        assert!(world.transcript().between(SWITCH, leg.address()).contains(&"BYE"));
    }
    assert_eq!(outcome(&world), "failed");
    assert!(world.cdr().why.contains("no ACK"), "{}", world.cdr().why);
}

#[test]
fn a_side_that_vanishes_in_mid_call_is_noticed_when_nobody_sends_any_more() {
    let mut world = one(5, answers(seconds(1), None));
    let (caller, a) = (world.host("caller"), world.host("a"));
    world.call(caller, call(None));
    world.run(seconds(4));
    world.cut(caller);
    world.cut(a);
    world.run(seconds(40));
    assert_eq!(outcome(&world), "answered");
    assert!(world.cdr().why.contains("no audio"), "{}", world.cdr().why);
}
