//! Recording, through the real recorder (REC-02, REC-04).

use pointsman_media::measure::{Sound, fit, same_speech};
use pointsman_sim::{Plan, World, WorldSetup, dial, play};

use crate::stage::*;

fn recorded(setup: WorldSetup) -> World {
    let mut world = setup.build();
    place(&mut world, call(Some(seconds(5))));
    world
}

fn tape(world: &World) -> Vec<u8> {
    world.wav(world.cdr().recordings[0].id)
}

fn said(seed: u64, seconds: f64) -> Sound {
    Sound::from_linear(8000, &pointsman_legs::sound::babble(seed, seconds))
}

fn answering_site(seed: u64) -> WorldSetup {
    WorldSetup::new(seed)
        .phone("caller", busy())
        .phone("a", answers(seconds(1), None))
        .number(CALLED, Plan::of(dial(&["a"], 20)), true)
}

#[test]
fn both_sides_are_in_one_8_bit_11025_hz_mono_file_as_long_as_the_talk() {
    pointsman_conformance::shows(&["REC-02 inbound", "REC-16 file"]);
    let world = recorded(answering_site(1));
    let wav = tape(&world);
    assert_eq!((&wav[..4], &wav[8..12]), (&b"RIFF"[..], &b"WAVE"[..]));
    let word = |at: usize| u16::from_le_bytes([wav[at], wav[at + 1]]);
    let long = |at: usize| u32::from_le_bytes([wav[at], wav[at + 1], wav[at + 2], wav[at + 3]]);
    assert_eq!((word(20), word(22), long(24), word(34)), (1, 1, 11_025, 8));
    assert_eq!(long(40) % 2, 0);
    assert_eq!(long(40) as usize + 44, wav.len());
    let seconds = f64::from(long(40)) / 11_025.0;
    let talked = world.cdr().talk_ms as f64 / 1000.0;
    assert!(
        (seconds - talked).abs() < 0.1,
        "{seconds} s of a talk of {talked} s"
    );
    let record = &world.cdr().recordings[0];
    assert_eq!(record.bytes as usize, wav.len());
}

#[test]
fn the_recording_is_the_sum_of_both_voices_at_equal_gain() {
    let world = recorded(answering_site(2));
    let recording = Sound::from_wav(&tape(&world), "tape").expect("a WAV");
    let fit = fit(&recording, &said(CALLER_SAYS, 4.0), &said(CALLEE_SAYS, 4.0)).expect("both are in it");
    assert!(fit.explained >= 0.9, "{fit:?}");
    assert!(fit.difference_db().abs() <= 1.0, "{fit:?}");
}

#[test]
fn an_announcement_is_recorded_as_the_caller_hears_it() {
    let setup = WorldSetup::new(3)
        .phone("caller", busy())
        .number(CALLED, Plan::of(play("closed", true)), true)
        .prompt("closed", announcement(44, 3.0));
    let mut world = setup.build();
    let mut spec = call(None);
    spec.talk.speak = pointsman_legs::Speak::Silence;
    place(&mut world, spec);
    let recording = Sound::from_wav(&tape(&world), "tape").expect("a WAV");
    let likeness = same_speech(&recording, &said(44, 3.0));
    assert!(likeness >= 0.9, "{likeness}");
}

#[test]
fn a_call_that_nobody_answers_has_no_recording() {
    let setup = WorldSetup::new(4)
        .phone("caller", busy())
        .phone("a", busy())
        .number(CALLED, Plan::of(dial(&["a"], 20)), true);
    let world = recorded(setup);
    assert!(world.cdr().recordings.is_empty());
}

/// Calls `CALLED`, which leads to another recorded number of the same customer.
fn diverted(seed: u64) -> WorldSetup {
    let other = pointsman_policy::Target::number("+3225550200", "a");
    let to_other =
        pointsman_policy::Step::Dial(pointsman_policy::Dial::new("other", vec![other], seconds(20)));
    answering_site(seed)
        .number(CALLED, Plan::of(to_other), true)
        .number("+3225550200", Plan::of(dial(&["a"], 20)), true)
}

#[test]
fn rec_09_10_a_diversion_inside_the_customer_is_recorded_twice_and_linked() {
    pointsman_conformance::shows(&["REC-09 twice", "REC-10 own"]);
    let world = recorded(diverted(11));
    let cdr = world.cdr();
    let called: Vec<_> = cdr
        .recordings
        .iter()
        .map(|record| record.called.as_deref())
        .collect();
    assert_eq!(called, [Some(CALLED), Some("+3225550200")], "one for each number");
    assert_ne!(cdr.recordings[0].path, cdr.recordings[1].path);
    for record in &cdr.recordings {
        assert!(record.path.contains(&*cdr.id), "the call links them");
        assert_eq!(
            (&*record.customer, record.caller.as_deref()),
            ("sim", Some(CALLER))
        );
        assert!(record.error.is_none() && record.samples > 40_000);
        let heard = Sound::from_wav(&world.wav(record.id), "tape").expect("a WAV");
        let fit = fit(&heard, &said(CALLER_SAYS, 4.0), &said(CALLEE_SAYS, 4.0)).expect("both are in it");
        assert!(fit.explained >= 0.9, "{fit:?}");
    }
}

#[test]
fn rec_25_at_full_capacity_nothing_is_recorded_and_the_call_goes_on() {
    pointsman_conformance::shows(&["REC-08 before", "REC-25 new"]);
    let plan = Plan::default()
        .step("hello", play("hello", true))
        .step("desk", dial(&["a"], 20))
        .on("hello", pointsman_policy::Ended::Played, "desk");
    let mut world = answering_site(12)
        .number(CALLED, plan, true)
        .prompt("hello", announcement(99, 0.5))
        .build();
    let full = std::sync::Arc::new(std::collections::BTreeSet::from(["sim".to_owned()]));
    let now = world.instant();
    world.shard().set_recordings_full(now, full);
    place(&mut world, call(Some(seconds(5))));
    assert_eq!(outcome(&world), "answered");
    assert_two_way(&world, "a");
    assert!(world.cdr().recordings.is_empty());
    assert_eq!(world.not_recorded(), 1, "it is told once");
}

#[test]
fn rec_25_what_runs_when_the_capacity_is_full_stops_there_and_the_call_goes_on() {
    pointsman_conformance::shows(&["REC-25 running"]);
    let mut world = answering_site(13).build();
    let caller = world.host("caller");
    world.call(caller, call(Some(seconds(8))));
    world.run(seconds(4));
    let now = world.instant();
    let full = std::collections::BTreeSet::from(["sim".to_owned()]);
    world.shard().set_recordings_full(now, std::sync::Arc::new(full));
    world.settle();
    let cdr = world.cdr();
    assert!(cdr.talk_ms > 7_500, "the people talked on: {} ms", cdr.talk_ms);
    assert_two_way(&world, "a");
    let heard = world.report(world.host("a")).heard.samples.len();
    assert!(heard > 8_000 * 7, "they heard each other to the end");
    let lasted = cdr.recordings[0].samples as f64 / 11_025.0;
    assert!((2.0..4.0).contains(&lasted), "{lasted} s");
    // With room again the next call is recorded.
    let now = world.instant();
    world.shard().set_recordings_full(now, std::sync::Arc::default());
    world.call(caller, call(Some(seconds(3))));
    world.settle();
    assert_eq!(world.cdrs()[1].recordings.len(), 1);
}
