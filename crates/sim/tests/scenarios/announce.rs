//! Announcements (TRM-02).

use pointsman_media::measure::{Sound, same_speech};
use pointsman_policy::Ended;
use pointsman_sim::{Plan, SWITCH, World, dial, play, reject};

use crate::stage::*;

const CLOSED: u64 = 44;

fn hears_announcement(world: &World) -> f64 {
    let caller = world.host("caller");
    let heard = Sound::from_linear(8000, &world.report(caller).heard.samples);
    same_speech(
        &heard,
        &Sound::from_linear(8000, &pointsman_legs::sound::babble(CLOSED, 3.0)),
    )
}

#[test]
fn an_answered_announcement_is_heard_whole_and_ends_in_a_bye() {
    pointsman_conformance::shows(&["TRM-02 announcement"]);
    let mut world = stage(1, Plan::of(play("closed", true)), &[])
        .prompt("closed", announcement(CLOSED, 3.0))
        .build();
    place(&mut world, call(None));
    assert!(hears_announcement(&world) > 0.9);
    assert_eq!(outcome(&world), "announced");
    let caller = world.host("caller");
    let talked = world.report(caller).talked().as_millis();
    assert!((2_950..3_300).contains(&talked), "{talked} ms");
    assert_eq!(
        world.transcript().between(SWITCH, caller.address()).last(),
        Some(&"BYE")
    );
}

#[test]
fn an_announcement_in_early_media_is_heard_and_then_refused() {
    let plan = Plan::default()
        .step("say", play("closed", false))
        .step("no", reject(480, 31, "Closed"))
        .on("say", Ended::Played, "no");
    let mut world = stage(2, plan, &[])
        .prompt("closed", announcement(CLOSED, 3.0))
        .build();
    place(&mut world, call(None));
    assert!(hears_announcement(&world) > 0.9);
    let caller = world.host("caller");
    assert_eq!(world.report(caller).statuses(), [183, 480]);
    assert_eq!(world.report(caller).cause(), Some(31));
    assert_eq!(outcome(&world), "rejected");
    assert_eq!(world.cdr().answered_ms, None);
}

#[test]
fn after_an_announcement_the_call_may_go_on_to_a_site() {
    let plan = Plan::default()
        .step("say", play("closed", true))
        .step("desk", dial(&["a"], 20))
        .on("say", Ended::Played, "desk");
    let setup = stage(3, plan, &[("a", answers(seconds(1), None))]);
    let mut world = setup.prompt("closed", announcement(CLOSED, 3.0)).build();
    let mut spec = call(Some(seconds(12)));
    // The caller speaks when the announcement is over and the site has answered.
    spec.talk.speak = pointsman_legs::Speak::Silence;
    spec.talk.steps = vec![at(
        seconds(5),
        pointsman_legs::behaviour::Action::Speak(voice(CALLER_SAYS)),
    )];
    place(&mut world, spec);
    assert!(hears_announcement(&world) > 0.9);
    assert_two_way(&world, "a");
    assert_eq!(outcome(&world), "answered");
}

#[test]
fn when_the_callee_hangs_up_the_policy_may_still_say_something() {
    let plan = Plan::default()
        .step("desk", dial(&["a"], 20))
        .step("thanks", play("closed", true))
        .on("desk", Ended::Answered, "thanks");
    let setup = stage(4, plan, &[("a", answers(seconds(1), Some(seconds(5))))]);
    let mut world = setup.prompt("closed", announcement(CLOSED, 3.0)).build();
    place(&mut world, call(None));
    assert!(hears_announcement(&world) > 0.9);
    assert_two_way(&world, "a");
    let path: Vec<&str> = world.cdr().path.iter().map(|entry| entry.node.as_str()).collect();
    assert_eq!(path, ["desk", "thanks"]);
}

#[test]
fn a_failed_dial_may_end_in_an_announcement() {
    let plan = Plan::default()
        .step("desk", dial(&["a"], 20))
        .step("sorry", play("closed", true))
        .on("desk", Ended::Busy, "sorry");
    let mut world = stage(5, plan, &[("a", busy())])
        .prompt("closed", announcement(CLOSED, 3.0))
        .build();
    place(&mut world, call(None));
    assert!(hears_announcement(&world) > 0.9);
    assert_eq!(outcome(&world), "announced");
    assert_eq!(attempts(&world), pairs(&[("site:a", "busy")]));
}
