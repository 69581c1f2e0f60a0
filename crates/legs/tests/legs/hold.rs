//! re-INVITE: hold, resume, refresh, without SDP, refused, and two that meet.

use pointsman_legs::behaviour::{Action, Step};
use pointsman_legs::sound::babble;
use pointsman_legs::{Numbers, PhoneEvent, Speak, Talk};

use crate::world::{CALLEE, CALLER, World, answers, likeness, says, seconds, to};

fn world(talk: Talk) -> World {
    World::new(1, Numbers::default().with("100", answers(talk)))
}

#[test]
fn nobody_is_heard_while_one_side_holds_and_both_go_on_where_they_were() {
    let (a, b) = (babble(1, 6.0), babble(2, 6.0));
    let mut world = world(says(&b));
    let spec = to("100")
        .speak(Speak::samples(a.as_slice()))
        .hang_up_after(seconds(9.0));
    world.call(
        spec.step(seconds(2.0), Action::Hold)
            .step(seconds(4.0), Action::Resume),
    );
    world.until(4.0, |world| {
        world.saw(CALLEE, |e| matches!(e, PhoneEvent::Held { held: true, .. }))
    });
    world.until(4.0, |world| {
        world.saw(CALLEE, |e| matches!(e, PhoneEvent::Held { held: false, .. }))
    });
    world.run_to_the_end();
    let (caller, callee) = (world.caller(), world.callee());
    assert_eq!(
        (caller.answers.as_slice(), callee.held.as_slice()),
        ([200, 200].as_slice(), [true, false].as_slice())
    );
    assert_eq!(callee.reinvites, 2);
    for (heard, said) in [(&callee.heard, &a), (&caller.heard, &b)] {
        assert!(
            heard.samples[17_200..31_200]
                .iter()
                .all(|sample| sample.abs() < 50),
            "silence while held"
        );
        assert!(likeness(&heard.samples[..16_000], &said[..15_000]) > 0.97);
        assert!(likeness(&heard.samples[32_800..], &said[20_000..44_000]) > 0.97);
    }
    assert!(caller.complaints.is_empty() && callee.complaints.is_empty());
}

#[test]
fn the_callee_can_hold_too() {
    let at = |at, action| Step {
        at: seconds(at),
        action,
    };
    let mut world = world(Talk {
        steps: vec![at(1.0, Action::Hold), at(2.0, Action::Resume)],
        ..Talk::default()
    });
    world.call(to("100").hang_up_after(seconds(4.0)));
    world.run_to_the_end();
    assert_eq!(world.caller().held, [true, false]);
    assert_eq!(world.callee().answers, [200, 200]);
}

#[test]
fn a_reinvite_that_changes_nothing_and_one_without_sdp_leave_the_call_as_it_is() {
    let b = babble(2, 5.0);
    let mut world = world(says(&b));
    let spec = to("100").hang_up_after(seconds(6.0));
    world.call(
        spec.step(seconds(1.0), Action::Refresh)
            .step(seconds(2.0), Action::Offerless),
    );
    world.run_to_the_end();
    assert_eq!(world.caller().answers, [200, 200]);
    assert_eq!((world.callee().reinvites, world.callee().held.len()), (2, 0));
    assert!(likeness(&world.caller().heard.samples, &b) > 0.98);
    assert!(world.caller().complaints.is_empty() && world.callee().complaints.is_empty());
}

#[test]
fn an_update_is_answered_without_an_ack() {
    let mut world = world(Talk::default());
    world.call(
        to("100")
            .step(seconds(1.0), Action::Update)
            .hang_up_after(seconds(2.0)),
    );
    world.run_to_the_end();
    assert_eq!((world.count("UPDATE"), world.count("ACK")), (1, 1));
    assert_eq!(
        (world.caller().answers.as_slice(), world.callee().held.len()),
        ([200].as_slice(), 0)
    );
}

#[test]
fn a_refused_reinvite_changes_nothing() {
    let b = babble(2, 4.0);
    let mut world = world(Talk {
        refuse_reinvite: Some(488),
        ..says(&b)
    });
    world.call(
        to("100")
            .step(seconds(1.0), Action::Hold)
            .hang_up_after(seconds(5.0)),
    );
    world.run_to_the_end();
    assert_eq!(world.caller().answers, [488]);
    assert!(likeness(&world.caller().heard.samples, &b) > 0.98);
}

#[test]
fn two_reinvites_that_meet_are_both_tried_again() {
    let steps = vec![Step {
        at: seconds(1.0),
        action: Action::Refresh,
    }];
    let mut world = world(Talk {
        steps,
        ..Talk::default()
    });
    world.call(
        to("100")
            .step(seconds(0.99), Action::Refresh)
            .hang_up_after(seconds(9.0)),
    );
    world.run_to_the_end();
    assert!(world.count("SIP/2.0 491") >= 1, "they met");
    assert_eq!(
        (
            world.caller().answers.as_slice(),
            world.callee().answers.as_slice()
        ),
        ([200].as_slice(), [200].as_slice())
    );
    assert!(!world.saw(CALLER, |event| matches!(event, PhoneEvent::Held { .. })));
}
