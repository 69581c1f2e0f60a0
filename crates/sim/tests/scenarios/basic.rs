//! The plain call.

use pointsman_call::EndedBy;
use pointsman_sim::SWITCH;
use pointsman_sip::Name;

use crate::stage::*;

#[test]
fn an_answered_call_carries_what_both_sides_say() {
    pointsman_conformance::shows(&["FRM-07 inbound", "TRM-02 number", "TRM-01 bound"]);
    let mut world = one(1, answers(seconds(2), None));
    place(&mut world, call(Some(seconds(5))));
    assert_two_way(&world, "a");
    assert_eq!(outcome(&world), "answered");
    assert_eq!(attempts(&world), pairs(&[("site:a", "answered")]));
    let cdr = world.cdr();
    assert_eq!(cdr.ended_by, Some(EndedBy::Caller));
    assert_eq!((cdr.from.as_deref(), &*cdr.to), (Some(CALLER), CALLED));
    assert!(
        (4_900..5_100).contains(&cdr.talk_ms),
        "talked for {} ms",
        cdr.talk_ms
    );
    assert!(
        cdr.legs
            .iter()
            .all(|leg| leg.received > 200 && leg.sent > 200 && leg.lost == 0),
        "{:?}",
        cdr.legs
    );
}

#[test]
fn the_callee_may_hang_up_first() {
    let mut world = one(2, answers(millis(500), Some(seconds(5))));
    place(&mut world, call(None));
    assert_two_way(&world, "a");
    assert_eq!(world.cdr().ended_by, Some(EndedBy::Callee));
    let caller = world.host("caller");
    assert_eq!(
        world.transcript().between(SWITCH, caller.address()).last(),
        Some(&"BYE")
    );
}

#[test]
fn the_caller_hears_ringing_before_the_answer() {
    let mut world = one(3, answers(seconds(3), None));
    place(&mut world, call(Some(seconds(1))));
    let caller = world.host("caller");
    assert_eq!(world.report(caller).statuses(), [180, 200]);
    assert!(world.cdr().attempts[0].ringing_ms.is_some());
}

#[test]
fn the_topology_of_one_side_is_hidden_from_the_other() {
    let mut world = one(4, answers(seconds(1), None));
    place(&mut world, call(Some(seconds(1))));
    let (caller, callee) = (world.host("caller").address(), world.host("a").address());
    for (to, secret) in [(caller, callee), (callee, caller)] {
        let secret = secret.ip().to_string();
        for line in world.transcript().lines().iter().filter(|line| line.to == to) {
            let message = line.message.as_ref().expect("the switch sends SIP");
            let text = String::from_utf8_lossy(message.raw());
            assert!(!text.contains(&secret), "{secret} is shown to {to}:\n{text}");
        }
    }
}

#[test]
fn each_leg_has_its_own_call_id_and_tags() {
    let mut world = one(5, answers(seconds(1), None));
    place(&mut world, call(Some(seconds(1))));
    let (caller, callee) = (world.host("caller").address(), world.host("a").address());
    let inwards = world.transcript().messages(caller, SWITCH, "INVITE")[0].clone();
    let outwards = world.transcript().messages(SWITCH, callee, "INVITE")[0].clone();
    assert_ne!(inwards.call_id(), outwards.call_id());
    assert_ne!(inwards.from_tag(), outwards.from_tag());
    let ids: Vec<&str> = world.cdr().legs.iter().map(|leg| &*leg.call_id).collect();
    assert_eq!(ids, [inwards.call_id(), outwards.call_id()]);
}

#[test]
fn max_forwards_is_one_lower_on_the_other_side() {
    let mut world = one(6, answers(seconds(1), None));
    let mut spec = call(Some(seconds(1)));
    spec.max_forwards = 9;
    place(&mut world, spec);
    let callee = world.host("a").address();
    assert_eq!(
        world.transcript().messages(SWITCH, callee, "INVITE")[0].max_forwards(),
        Some(8)
    );
}

#[test]
fn a_withheld_number_stays_withheld() {
    let mut world = one(7, answers(seconds(1), None));
    let mut spec = pointsman_legs::CallSpec::anonymous(CALLED, SWITCH);
    spec.talk = talk(CALLER_SAYS, Some(seconds(5)));
    place(&mut world, spec);
    assert_eq!(world.cdr().from, None);
    let callee = world.host("a").address();
    let invite = world.transcript().messages(SWITCH, callee, "INVITE")[0].clone();
    assert!(
        invite
            .header(Name::From)
            .is_some_and(|from| from.contains("anonymous@anonymous.invalid"))
    );
    assert_two_way(&world, "a");
}

#[test]
fn a_national_number_reaches_its_e164_entry() {
    pointsman_conformance::shows(&["TRM-04 forms"]);
    let mut world = one(8, answers(seconds(1), None));
    let mut spec = call(Some(seconds(1)));
    spec.to = "025550100".to_owned();
    place(&mut world, spec);
    assert_eq!(&*world.cdr().to, CALLED);
    assert_eq!(outcome(&world), "answered");
}

#[test]
fn the_same_seed_gives_the_same_transcript_byte_for_byte() {
    let text = |seed| {
        let mut world = one(seed, answers(seconds(2), None));
        world
            .network()
            .set_conditions(pointsman_sim::Conditions::rough(0.2));
        place(&mut world, call(Some(seconds(3))));
        world.transcript().text()
    };
    assert_eq!(text(42), text(42));
    assert_ne!(text(42), text(43));
}

#[test]
fn two_calls_at_once_do_not_hear_each_other() {
    let mut world = one(9, answers(seconds(1), None));
    let caller = world.host("caller");
    world.call(caller, call(Some(seconds(5))));
    let mut other = call(Some(seconds(5)));
    other.talk.speak = voice(99);
    world.call(caller, other);
    world.settle();
    let callee = world.host("a");
    let mut heard: Vec<bool> = world
        .reports(callee)
        .iter()
        .map(|r| likeness(r, CALLER_SAYS) > 0.9)
        .collect();
    heard.sort_unstable();
    assert_eq!(heard, [false, true]);
    assert!(
        world
            .reports(callee)
            .iter()
            .any(|report| likeness(report, 99) > 0.9)
    );
}
