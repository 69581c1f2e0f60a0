//! What issue 2 must show about recordings, with every codec and over a bad network.

use super::*;
use crate::measure::synthetic::{sound, voice};
use crate::measure::{align, fit};

#[test]
fn one_voice_is_recorded_where_and_as_it_was_heard() {
    for (side, codec) in [(Side::Caller, Codec::Pcma), (Side::Callee, Codec::Pcmu)] {
        let speech = voice(11, 8.0);
        let mut sender = Sender {
            codec,
            ..Sender::new(side, 7)
        };
        let recording = heard(sender.send(&speech, 430_000), 9.0);
        let found = align(&recording, &sound(&speech)).unwrap();
        assert!(found.correlation > 0.99, "{codec:?}: {found:?}");
        assert!((found.at - 0.43).abs() < 1.0 / 8000.0, "{codec:?}: {found:?}");
    }
}

#[test]
fn levels_are_not_changed() {
    pointsman_conformance::shows(&["REC-15 levels"]);
    let speech = voice(12, 6.0);
    let recording = heard(Sender::new(Side::Caller, 7).send(&speech, 0), 6.0);
    assert!((recording.level_db() - sound(&speech).level_db()).abs() < 0.1);
    let silence = Sound::from_linear(8000, &vec![0; 8000]);
    let fitted = fit(&recording, &sound(&speech), &silence);
    assert!(fitted.is_none());
}

#[test]
fn one_voice_over_a_bad_network_still_correlates() {
    for seed in 0..8 {
        let mut random = Random::new(seed);
        let speech = voice(seed, 10.0);
        let mut packets = Sender::new(Side::Callee, 9).send(&speech, 100_000);
        lose(&mut packets, &mut random, 5);
        jitter(&mut packets, &mut random, 30_000, 60_000);
        let found = align(&heard(packets, 11.0), &sound(&speech)).unwrap();
        assert!(found.correlation > 0.93, "seed {seed}: {found:?}");
        // The earliest packets decide: 100 ms and 30 ms of delay.
        assert!((found.at - 0.13).abs() < 0.02, "seed {seed}: {found:?}");
    }
}

#[test]
fn two_voices_at_once_are_both_there_at_the_same_level() {
    for (seed, percent, delay) in [(0, 0, 1), (1, 5, 40_000), (2, 5, 60_000), (3, 5, 80_000)] {
        let mut random = Random::new(seed);
        let (one, two) = (voice(seed + 20, 8.0), voice(seed + 40, 8.0));
        let mut packets = Sender::new(Side::Caller, 1).send(&one, 50_000);
        let mut callee = Sender {
            codec: Codec::Pcmu,
            ..Sender::new(Side::Callee, 2)
        };
        packets.extend(callee.send(&two, 333_000));
        lose(&mut packets, &mut random, percent);
        jitter(&mut packets, &mut random, 20_000, delay);
        let fitted = fit(&heard(packets, 9.0), &sound(&one), &sound(&two)).unwrap();
        assert!(fitted.explained > 0.9, "seed {seed}: {fitted:?}");
        assert!(fitted.difference_db() < 1.0, "seed {seed}: {fitted:?}");
        if percent == 0 {
            assert!(
                fitted.explained > 0.99 && fitted.difference_db() < 0.1,
                "seed {seed}: {fitted:?}"
            );
            assert!(fitted.first.gain_db.abs() < 0.1, "seed {seed}: {fitted:?}");
        }
    }
}

#[test]
fn the_sum_saturates() {
    let loud: Vec<i16> = (0..16_000)
        .map(|n| if n / 20 % 2 == 0 { 30_000 } else { -30_000 })
        .collect();
    let mut packets = Sender::new(Side::Caller, 1).send(&loud, 0);
    packets.extend(Sender::new(Side::Callee, 2).send(&loud, 0));
    let recording = heard(packets, 2.0);
    let middle = &recording.samples[4000..18_000];
    let agreeing = middle.iter().filter(|sample| sample.abs() > 0.8).count();
    assert!(agreeing > middle.len() * 8 / 10, "{agreeing} of {}", middle.len());
}
