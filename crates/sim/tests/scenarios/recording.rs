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
