//! Messages that cross each other, and messages that never come.

use pointsman_legs::behaviour::{Answer, Behaviour, Ring};
use pointsman_legs::{EndedBy, Numbers, Talk};

use crate::world::{CALLEE, CALLER, World, address, answers, seconds, to};

fn world(behaviour: Behaviour) -> World {
    World::new(1, Numbers::default().with("100", behaviour))
}

#[test]
fn a_cancel_that_crosses_the_200_ends_in_ack_and_bye() {
    let answer = Answer {
        after: seconds(1.0),
        ..Answer::default()
    };
    let mut world = world(Behaviour::Answer(answer));
    // The INVITE takes 10 ms, so the 200 leaves at 1.010 s and the CANCEL at 1.015 s.
    world.call(to("100").cancel_after(seconds(1.015)));
    world.run_to_the_end();
    let (caller, callee) = (world.caller(), world.callee());
    assert_eq!(
        (world.count("CANCEL"), world.count("ACK"), world.count("BYE")),
        (1, 1, 1)
    );
    assert_eq!((caller.final_status, callee.final_status), (Some(200), Some(200)));
    assert_eq!(
        (caller.ended_by, callee.ended_by),
        (Some(EndedBy::Us), Some(EndedBy::Peer))
    );
}

#[test]
fn a_cancel_before_the_answer_ends_in_487_and_its_ack() {
    let mut world = world(Behaviour::Ring(Ring::default()));
    world.call(to("100").cancel_after(seconds(2.0)));
    world.run_to_the_end();
    assert_eq!(
        (world.count("CANCEL"), world.count("ACK"), world.count("BYE")),
        (1, 1, 0)
    );
    assert_eq!(world.caller().final_status, Some(487));
    assert_eq!(world.callee().final_status, Some(487));
}

#[test]
fn a_cancel_waits_for_the_first_provisional_response() {
    let mut world = world(Behaviour::Ring(Ring::default()));
    let mut provisional = 0;
    // The first 100 and 180 are lost, so the caller knows of none until the INVITE is repeated.
    world.trap = Box::new(move |packet| {
        provisional += usize::from(packet.is("SIP/2.0 1"));
        packet.is("SIP/2.0 1") && provisional <= 2
    });
    world.call(to("100").cancel_after(seconds(0.1)));
    world.until(0.4, |world| world.count("SIP/2.0 180") == 1);
    world.run_for(0.3);
    assert_eq!(world.count("CANCEL"), 0);
    world.run_to_the_end();
    assert_eq!(world.caller().final_status, Some(487));
}

#[test]
fn a_lost_ack_is_sent_again_with_each_repeated_200() {
    let mut world = world(answers(Talk::default()));
    let mut acks = 0;
    world.trap = Box::new(move |packet| {
        acks += usize::from(packet.is("ACK"));
        packet.is("ACK") && acks <= 3
    });
    world.call(to("100").hang_up_after(seconds(10.0)));
    world.run_to_the_end();
    assert_eq!(
        (world.count("SIP/2.0 200"), world.count("ACK")),
        (5, 4),
        "four for the INVITE, one for the BYE"
    );
    assert_eq!(world.callee().complaints, Vec::<String>::new());
    assert_eq!(world.callee().talked().as_secs(), 10);
}

#[test]
fn a_callee_without_an_ack_gives_up_with_bye() {
    let mut world = world(answers(Talk::default()));
    world.trap = Box::new(|packet| packet.is("ACK"));
    world.call(to("100"));
    world.run_to_the_end();
    let callee = world.callee();
    assert_eq!(callee.ended_by, Some(EndedBy::Timer));
    assert_eq!(callee.talked(), seconds(32.0));
    assert_eq!(callee.complaints, ["the ACK of our 2xx never came"]);
    assert_eq!(world.caller().ended_by, Some(EndedBy::Peer));
}

#[test]
fn a_callee_does_not_hang_up_before_the_ack() {
    let mut world = world(answers(Talk {
        hang_up: Some(seconds(0.2)),
        ..Talk::default()
    }));
    let mut acks = 0;
    world.trap = Box::new(move |packet| {
        acks += usize::from(packet.is("ACK"));
        packet.is("ACK") && acks == 1
    });
    world.call(to("100"));
    world.run_for(0.4);
    assert_eq!(world.count("BYE"), 0);
    world.run_to_the_end();
    assert_eq!(
        (world.count("BYE"), world.callee().ended_by),
        (1, Some(EndedBy::Us))
    );
    assert!(world.callee().talked() > seconds(0.5));
}

#[test]
fn two_byes_that_cross_both_end_the_call() {
    let mut world = world(answers(Talk {
        hang_up: Some(seconds(2.0)),
        ..Talk::default()
    }));
    world.call(to("100").hang_up_after(seconds(1.99)));
    world.run_to_the_end();
    assert_eq!(world.count("BYE"), 2);
    for report in &world.reports {
        assert_eq!(report.ended_by, Some(EndedBy::Us));
        assert!(report.complaints.is_empty(), "{:?}", report.complaints);
    }
}

#[test]
fn a_caller_that_vanishes_while_it_rings_does_not_ring_for_ever() {
    let mut world = world(Behaviour::Ring(Ring::default()));
    world.call(to("100"));
    world.until(5.0, |world| world.count("SIP/2.0 180") == 1);
    world.trap = Box::new(|packet| packet.to == address(CALLEE) || packet.from == address(CALLEE));
    world.until(4_000.0, |world| world.reports.len() == 2);
    let callee = world.callee();
    assert_eq!(
        (callee.final_status, callee.ended_by),
        (Some(480), Some(EndedBy::Timer))
    );
    assert_eq!(world.phones[CALLEE].ports_in_use(), 0);
}

#[test]
fn a_callee_that_vanishes_leaves_no_call_behind() {
    let mut world = world(answers(Talk::default()));
    world.call(to("100").hang_up_after(seconds(5.0)));
    world.until(5.0, |world| world.count("ACK") == 1);
    world.trap = Box::new(|packet| packet.to == address(CALLEE) || packet.from == address(CALLEE));
    world.until(60.0, |world| !world.reports.is_empty());
    let caller = world.caller();
    assert_eq!(caller.ended_by, Some(EndedBy::Us));
    assert_eq!(caller.complaints, ["our BYE got no response: Timeout"]);
    assert_eq!(
        (world.phones[CALLER].active(), world.phones[CALLER].ports_in_use()),
        (0, 0)
    );
    let (now, own) = (
        world.now,
        world
            .events
            .iter()
            .find(|(whose, _)| *whose == CALLEE)
            .map(|(_, e)| e.call()),
    );
    world.phones[CALLEE].hang_up(now, own.expect("it was called"));
    world.run_to_the_end();
}
