//! What the measurements must say about signals whose answer is known.

use super::synthetic::{Random, sound, voice};
use super::*;

/// `samples` at a gain, moved by a number of samples within `length` samples of silence.
fn placed(samples: &[i16], gain: f64, lag: i64, length: usize) -> Vec<f64> {
    let mut out = vec![0.0; length];
    for (n, &sample) in samples.iter().enumerate() {
        if let Some(place) = usize::try_from(lag + n as i64)
            .ok()
            .and_then(|at| out.get_mut(at))
        {
            *place += f64::from(sample) * gain;
        }
    }
    out
}

fn recording(parts: &[Vec<f64>], noise: f64) -> Sound {
    let mut random = Random::new(99);
    let mut mixed = |n: usize| {
        let sum: f64 = parts.iter().map(|part| part[n]).sum();
        (sum + noise * (random.unit() - 0.5)).round() as i16
    };
    Sound::from_linear(8000, &(0..parts[0].len()).map(&mut mixed).collect::<Vec<_>>())
}

#[test]
fn a_delayed_and_quieter_copy_is_found_where_it_is() {
    let speech = voice(1, 4.0);
    for lag in [0, 1, 777, 20_000] {
        let found = align(
            &recording(&[placed(&speech, 0.5, lag, 60_000)], 10.0),
            &sound(&speech),
        )
        .unwrap();
        assert!(
            (found.at - lag as f64 / 8000.0).abs() < 1e-5,
            "{lag}: {}",
            found.at
        );
        assert!(found.correlation > 0.999 && found.speaking > 0.999, "{found:?}");
    }
}

#[test]
fn different_rates_and_fractions_of_a_sample_are_aligned() {
    let speech = voice(2, 4.0);
    let wide = crate::resample::convert_all(&sound(&speech).samples, 8000, 44_100);
    let late = Sound {
        rate: 44_100,
        samples: [vec![0.0; 1001], wide].concat(),
    };
    let found = align(&late, &sound(&speech)).unwrap();
    assert!(
        (found.at - 1001.0 / 44_100.0).abs() < 1.0 / 8000.0 / 16.0,
        "{}",
        found.at
    );
    assert!(found.correlation > 0.995, "{found:?}");
}

#[test]
fn other_speech_does_not_correlate() {
    for seed in 0..6 {
        let (one, other) = (voice(seed, 5.0), voice(seed + 50, 5.0));
        assert!(same_speech(&sound(&one), &sound(&other)).abs() < 0.4, "{seed}");
    }
}

#[test]
fn an_inverted_copy_correlates_at_minus_one() {
    let speech = voice(3, 3.0);
    let found = align(
        &recording(&[placed(&speech, -1.0, 100, 30_000)], 0.0),
        &sound(&speech),
    )
    .unwrap();
    assert!(found.correlation < -0.999, "{found:?}");
}

#[test]
fn lead_in_cut_ends_and_replies_in_pauses_do_not_hide_the_speech() {
    let mut speech = voice(4, 3.0);
    speech.extend(vec![0; 16_000]);
    speech.extend(voice(5, 3.0));
    let reply = voice(6, 1.6);
    let answered = recording(
        &[
            placed(&speech, 1.0, 8000, 80_000),
            placed(&reply, 1.5, 8000 + 25_600, 80_000),
        ],
        50.0,
    );
    assert!(same_speech(&answered, &sound(&speech)) > 0.97);
    assert!(align(&answered, &sound(&speech)).unwrap().correlation < 0.95);
    let head_cut = recording(&[placed(&speech, 1.0, -20_000, 30_000)], 50.0);
    assert!(same_speech(&head_cut, &sound(&speech)) > 0.97);
    let end_cut = recording(&[placed(&speech, 1.0, 9000, 40_000)], 50.0);
    assert!(same_speech(&end_cut, &sound(&speech)) > 0.97);
}

#[test]
fn silence_and_emptiness_are_no_speech() {
    let speech = sound(&voice(1, 2.0));
    for nothing in [
        Sound::from_linear(8000, &[]),
        Sound::from_linear(11_025, &[0; 20_000]),
    ] {
        assert_eq!(same_speech(&nothing, &speech), 0.0);
        assert_eq!(same_speech(&speech, &nothing), 0.0);
        assert!(fit(&nothing, &speech, &speech).is_none());
    }
}

#[test]
fn two_voices_are_told_apart_with_their_gains() {
    let (one, two) = (voice(7, 5.0), voice(8, 5.0));
    let both = recording(
        &[placed(&one, 0.8, 1000, 60_000), placed(&two, 0.4, 5003, 60_000)],
        20.0,
    );
    let fitted = fit(&both, &sound(&one), &sound(&two)).unwrap();
    assert!(
        (fitted.first.at - 1000.0 / 8000.0).abs() < 1e-4 && (fitted.second.at - 5003.0 / 8000.0).abs() < 1e-4
    );
    assert!(
        (fitted.first.gain_db - 20.0 * 0.8_f64.log10()).abs() < 0.1,
        "{fitted:?}"
    );
    assert!(
        (fitted.second.gain_db - 20.0 * 0.4_f64.log10()).abs() < 0.1,
        "{fitted:?}"
    );
    assert!(
        fitted.explained > 0.999 && (fitted.difference_db() - 6.02).abs() < 0.15,
        "{fitted:?}"
    );
}

#[test]
fn a_third_voice_stays_unexplained() {
    let (one, two, three) = (voice(7, 5.0), voice(8, 5.0), voice(9, 5.0));
    let parts = [
        placed(&one, 1.0, 0, 45_000),
        placed(&two, 1.0, 0, 45_000),
        placed(&three, 1.0, 0, 45_000),
    ];
    let fitted = fit(&recording(&parts, 0.0), &sound(&one), &sound(&two)).unwrap();
    assert!(fitted.explained > 0.4 && fitted.explained < 0.85, "{fitted:?}");
    let absent = fit(&recording(&parts[..1], 0.0), &sound(&one), &sound(&three)).unwrap();
    assert!(
        absent.explained > 0.99 && absent.second.gain_db < -20.0,
        "{absent:?}"
    );
}

#[test]
fn levels_and_parts_are_in_decibels_and_seconds() {
    let square = Sound::from_linear(8000, &[16_384, -16_384].repeat(8000));
    assert!((square.level_db() + 6.02).abs() < 0.01 && (square.seconds() - 2.0).abs() < 1e-9);
    assert_eq!(square.part(0.5, 1.0).samples.len(), 4000);
    assert_eq!(square.part(1.9, 7.0).samples.len(), 800);
    assert_eq!(square.part(3.0, 1.0).samples.len(), 0);
    assert_eq!(Sound::from_linear(8000, &[0; 8]).level_db(), f64::NEG_INFINITY);
}
