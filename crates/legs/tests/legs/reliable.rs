//! Reliable provisional responses (RFC 3262).

use pointsman_legs::behaviour::{Answer, Behaviour, Tone};
use pointsman_legs::{EndedBy, Numbers, Speak, Talk};

use crate::world::{World, seconds, to};

fn world() -> World {
    let answer = Answer {
        after: seconds(2.0),
        early: Some(Speak::Tone(Tone::default())),
        reliable: true,
        talk: Talk::default(),
        ..Answer::default()
    };
    World::new(1, Numbers::default().with("100", Behaviour::Answer(answer)))
}

fn reliable() -> pointsman_legs::CallSpec {
    let mut spec = to("100").hang_up_after(seconds(2.0));
    spec.reliable = true;
    spec
}

#[test]
fn a_183_is_acknowledged_by_prack_and_not_repeated() {
    let mut world = world();
    world.call(reliable());
    world.run_to_the_end();
    assert_eq!((world.count("SIP/2.0 183"), world.count("PRACK")), (1, 1));
    assert_eq!(world.caller().statuses(), [183, 200]);
    assert!(
        world.caller().rtp.received > 190,
        "early media and talk: {}",
        world.caller().rtp.received
    );
    assert!(world.caller().complaints.is_empty() && world.callee().complaints.is_empty());
}

#[test]
fn a_lost_183_is_repeated_until_its_prack() {
    let mut world = world();
    let mut seen = 0;
    world.trap = Box::new(move |packet| {
        seen += usize::from(packet.is("SIP/2.0 183"));
        packet.is("SIP/2.0 183") && seen <= 2
    });
    world.call(reliable());
    world.run_to_the_end();
    assert_eq!((world.count("SIP/2.0 183"), world.count("PRACK")), (3, 1));
    assert_eq!(world.caller().final_status, Some(200));
}

#[test]
fn the_answer_waits_for_the_prack() {
    let mut world = world();
    let mut seen = 0;
    world.trap = Box::new(move |packet| {
        seen += usize::from(packet.is("SIP/2.0 183"));
        packet.is("SIP/2.0 183") && seen <= 3
    });
    world.call(reliable());
    world.run_to_the_end();
    let waited = world
        .callee()
        .answered_at
        .expect("answered")
        .duration_since(world.callee().started_at);
    assert!(
        waited > seconds(3.4),
        "the fourth 183 leaves after 3.5 s: {waited:?}"
    );
}

#[test]
fn without_any_prack_the_call_is_refused() {
    let mut world = world();
    world.trap = Box::new(|packet| packet.is("PRACK"));
    world.call(reliable());
    world.run_to_the_end();
    assert_eq!(world.callee().ended_by, Some(EndedBy::Timer));
    assert_eq!(world.caller().final_status, Some(480));
}

#[test]
fn a_caller_that_does_not_support_it_gets_a_plain_183() {
    let mut world = world();
    world.call(to("100").hang_up_after(seconds(1.0)));
    world.run_to_the_end();
    assert_eq!((world.count("SIP/2.0 183"), world.count("PRACK")), (1, 0));
    assert_eq!(world.caller().final_status, Some(200));
}
