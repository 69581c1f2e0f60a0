//! Calls that are answered: what each side hears, who hangs up, how it rings.

use pointsman_legs::behaviour::{Answer, Behaviour, Tone};
use pointsman_legs::sound::babble;
use pointsman_legs::{EndedBy, Flavour, Numbers, PhoneEvent, Speak, Talk};
use pointsman_media::Codec;

use crate::world::{CALLEE, CALLER, World, answers, likeness, says, seconds, to};

fn one(behaviour: Behaviour) -> World {
    World::new(1, Numbers::default().with("100", behaviour))
}

#[test]
fn each_side_hears_what_the_other_says() {
    let (a, b) = (babble(1, 4.0), babble(2, 4.0));
    let mut world = one(answers(says(&b)));
    world.call(
        to("100")
            .speak(Speak::samples(a.as_slice()))
            .hang_up_after(seconds(5.0)),
    );
    world.run_to_the_end();
    let (caller, callee) = (world.caller(), world.callee());
    assert!(
        likeness(&callee.heard.samples, &a) > 0.99,
        "{}",
        likeness(&callee.heard.samples, &a)
    );
    assert!(likeness(&caller.heard.samples, &b) > 0.99);
    assert!(likeness(&caller.heard.samples, &a) < 0.3, "nobody hears himself");
    assert_eq!(
        (caller.ended_by, callee.ended_by),
        (Some(EndedBy::Us), Some(EndedBy::Peer))
    );
    assert_eq!((caller.final_status, callee.final_status), (Some(200), Some(200)));
    assert_eq!(caller.talked(), seconds(5.0));
    assert!(caller.complaints.is_empty() && callee.complaints.is_empty());
    assert_eq!(caller.rtp.received, callee.rtp.sent);
    assert_eq!(
        (caller.rtp.lost, caller.rtp.refused, callee.rtp.refused),
        (0, 0, 0)
    );
    assert!(caller.said.samples.starts_with(&a[..8_000]));
}

#[test]
fn it_rings_before_it_answers_and_the_callee_hangs_up() {
    let talk = Talk {
        hang_up: Some(seconds(3.0)),
        ..Talk::default()
    };
    let mut world = one(Behaviour::Answer(Answer {
        after: seconds(2.0),
        talk,
        ..Answer::default()
    }));
    world.call(to("100"));
    world.run_to_the_end();
    let (caller, callee) = (world.caller(), world.callee());
    assert_eq!(caller.statuses(), [180, 200]);
    assert_eq!(callee.statuses(), [180, 200]);
    assert_eq!(
        (caller.ended_by, callee.ended_by),
        (Some(EndedBy::Peer), Some(EndedBy::Us))
    );
    let waited = callee
        .answered_at
        .expect("answered")
        .duration_since(callee.started_at);
    assert_eq!(waited, seconds(2.0));
    assert_eq!(callee.talked(), seconds(3.0));
    assert_eq!(callee.from.as_deref(), Some("+32475112233"));
    assert_eq!(callee.to, "100");
}

#[test]
fn early_media_is_heard_before_the_answer() {
    let early = Some(Speak::Tone(Tone {
        hz: 425.0,
        level: 10_000,
    }));
    let answer = Answer {
        after: seconds(3.0),
        early,
        talk: says(&babble(2, 2.0)),
        ..Answer::default()
    };
    let mut world = one(Behaviour::Answer(answer));
    world.call(to("100").hang_up_after(seconds(3.0)));
    world.until(10.0, |world| {
        world.saw(CALLER, |event| matches!(event, PhoneEvent::Hears { .. }))
    });
    assert!(!world.saw(CALLER, |event| matches!(event, PhoneEvent::Answered { .. })));
    world.run_to_the_end();
    let caller = world.caller();
    assert_eq!(caller.statuses(), [183, 200]);
    let tone: Vec<i16> = caller.heard.samples[..20_000].to_vec();
    let wave = (0..20_000).map(|n| (f64::from(n) / 8_000.0 * 425.0 * std::f64::consts::TAU).sin() * 10_000.0);
    assert!(likeness(&tone, &wave.map(|s| s as i16).collect::<Vec<_>>()) > 0.95);
    assert!(likeness(&caller.heard.samples[23_000..], &babble(2, 2.0)) > 0.95);
    assert!(caller.complaints.is_empty(), "{:?}", caller.complaints);
}

#[test]
fn an_echo_says_back_what_the_caller_says() {
    let a = babble(1, 3.0);
    let mut world = one(answers(Talk {
        speak: Speak::Echo,
        ..Talk::default()
    }));
    world.call(
        to("100")
            .speak(Speak::samples(a.as_slice()))
            .hang_up_after(seconds(4.0)),
    );
    world.run_to_the_end();
    assert!(likeness(&world.caller().heard.samples, &a) > 0.98);
}

#[test]
fn a_call_with_a_delayed_offer_is_heard_both_ways() {
    let (a, b) = (babble(1, 3.0), babble(2, 3.0));
    let mut world = one(answers(says(&b)));
    let spec = to("100").delayed_offer().speak(Speak::samples(a.as_slice()));
    world.call(spec.hang_up_after(seconds(4.0)));
    world.run_to_the_end();
    assert!(likeness(&world.callee().heard.samples, &a) > 0.98);
    assert!(likeness(&world.caller().heard.samples, &b) > 0.98);
    assert!(world.caller().complaints.is_empty() && world.callee().complaints.is_empty());
}

#[test]
fn a_side_with_one_codec_gets_that_codec() {
    for codec in [Codec::Pcma, Codec::Pcmu] {
        let (a, b) = (babble(1, 2.0), babble(2, 2.0));
        let mut world = one(answers(Talk {
            codecs: vec![codec],
            ..says(&b)
        }));
        world.call(
            to("100")
                .speak(Speak::samples(a.as_slice()))
                .hang_up_after(seconds(3.0)),
        );
        world.run_to_the_end();
        assert!(likeness(&world.callee().heard.samples, &a) > 0.98, "{codec:?}");
        assert!(likeness(&world.caller().heard.samples, &b) > 0.98, "{codec:?}");
    }
}

#[test]
fn a_phone_that_sends_no_rtp_is_not_heard() {
    let mut world = one(answers(Talk {
        speak: Speak::Nothing,
        ..Talk::default()
    }));
    world.call(to("100").hang_up_after(seconds(2.0)));
    world.run_to_the_end();
    assert_eq!(world.callee().rtp.sent, 0);
    assert_eq!(world.caller().rtp.received, 0);
    assert!(world.callee().rtp.received > 90);
}

#[test]
fn a_withheld_number_is_not_told() {
    let mut world = one(answers(Talk::default()));
    let spec = pointsman_legs::CallSpec::anonymous("100", crate::world::address(CALLEE));
    world.call(spec.hang_up_after(seconds(1.0)));
    world.run_to_the_end();
    assert_eq!(world.callee().from, None);
}

#[test]
fn the_telephone_network_says_normal_clearing_when_it_hangs_up() {
    let talk = Talk {
        hang_up: Some(seconds(1.0)),
        ..Talk::default()
    };
    let numbers = Numbers::default().with("100", answers(talk));
    let mut world = World::of(1, [Flavour::Voip, Flavour::Pstn], [Numbers::default(), numbers]);
    world.call(to("100"));
    world.run_to_the_end();
    assert_eq!(world.caller().cause(), Some(16));
    assert_eq!(world.callee().cause(), None);
}

#[test]
fn many_calls_at_once_are_kept_apart() {
    let (a, b) = (babble(1, 2.0), babble(2, 2.0));
    let mut world = one(answers(Talk {
        speak: Speak::Echo,
        ..Talk::default()
    }));
    let first = world.call(
        to("100")
            .speak(Speak::samples(a.as_slice()))
            .hang_up_after(seconds(3.0)),
    );
    world.run_for(0.5);
    world.call(
        to("100")
            .speak(Speak::samples(b.as_slice()))
            .hang_up_after(seconds(3.0)),
    );
    world.until(20.0, |world| world.reports.len() == 4);
    world.quiesce();
    for report in world.reports.iter().filter(|report| report.phone == "caller") {
        let own = if report.call == first { &a } else { &b };
        assert!(likeness(&report.heard.samples, own) > 0.98);
    }
}

#[test]
fn when_every_port_is_in_use_a_call_is_refused() {
    let mut world = one(answers(Talk::default()));
    for _ in 0..4 {
        world.call(to("100").hang_up_after(seconds(5.0)));
    }
    world.run_for(1.0);
    let refused = world.phones[CALLER].call(world.now, to("100"));
    assert_eq!(refused, Err(pointsman_legs::CallError::NoFreePort(4)));
    world.until(30.0, |world| world.reports.len() == 8);
    world.quiesce();
}
