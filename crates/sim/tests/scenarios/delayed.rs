//! Callers that leave the offer to the callee (RFC 3261 13.2.1, RFC 3264).

use pointsman_sim::{Plan, SWITCH, play};

use crate::stage::*;

fn offerless(hang_up: Option<std::time::Duration>) -> pointsman_legs::CallSpec {
    call(hang_up).delayed_offer()
}

#[test]
fn the_offer_comes_in_the_200_and_the_answer_in_the_ack() {
    let mut world = one(1, answers(seconds(1), None));
    place(&mut world, offerless(Some(seconds(5))));
    assert_two_way(&world, "a");
    let a = world.host("a").address();
    assert!(
        world.transcript().messages(SWITCH, a, "INVITE")[0]
            .body()
            .is_empty()
    );
    assert!(!world.transcript().messages(SWITCH, a, "ACK")[0].body().is_empty());
}

#[test]
fn an_announcement_to_such_a_caller_waits_for_its_answer() {
    let setup = stage(2, Plan::of(play("hello", true)), &[]).prompt("hello", announcement(44, 3.0));
    let mut world = setup.build();
    place(&mut world, offerless(None));
    let caller = world.host("caller");
    let heard = pointsman_media::measure::Sound::from_linear(8000, &world.report(caller).heard.samples);
    let said = pointsman_media::measure::Sound::from_linear(8000, &pointsman_legs::sound::babble(44, 3.0));
    let likeness = pointsman_media::measure::same_speech(&heard, &said);
    assert!(likeness > 0.9, "{likeness}");
    assert_eq!(outcome(&world), "announced");
}

#[test]
fn a_callee_whose_answer_never_comes_gets_an_ack_with_sdp_and_a_bye() {
    let mut world = one(3, answers(seconds(1), None));
    let caller = world.host("caller");
    world.call(caller, offerless(None));
    // The caller's ACK never arrives: it is cut off when the callee answers.
    world.run(millis(1_000));
    world.cut(caller);
    world.settle();
    let a = world.host("a").address();
    let ack = world.transcript().messages(SWITCH, a, "ACK")[0].clone();
    assert!(
        String::from_utf8_lossy(&ack.body()).contains("m=audio 0"),
        "a valid answer that takes nothing"
    );
    let byes = [
        world.transcript().between(SWITCH, a),
        world.transcript().between(a, SWITCH),
    ]
    .concat();
    assert!(byes.contains(&"BYE"), "one of the two ends it");
    assert_eq!(outcome(&world), "failed");
}

#[test]
fn a_re_invite_without_an_offer_crosses_and_keeps_the_audio() {
    let mut talk = talk(CALLER_SAYS, Some(seconds(5)));
    talk.steps = vec![at(seconds(1), pointsman_legs::behaviour::Action::Offerless)];
    let mut world = one(4, answers(seconds(1), None));
    let mut spec = call(None);
    spec.talk = talk;
    place(&mut world, spec);
    assert_two_way(&world, "a");
    let caller = world.host("caller");
    assert!(world.report(caller).answers.contains(&200));
}
