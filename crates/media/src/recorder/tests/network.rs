//! What networks and clocks do to packets, and where they are heard nevertheless.

use super::*;
use crate::measure::synthetic::{sound, voice};
use crate::measure::{align, same_speech};

/// The phrases of a voice, as ranges of samples: what lies between pauses of at least 0.25 s.
fn phrases(speech: &[i16]) -> Vec<(usize, usize)> {
    let spoken: Vec<usize> = (0..speech.len()).filter(|&n| speech[n] != 0).collect();
    spoken
        .chunk_by(|&a, &b| b - a < 2000)
        .map(|phrase| (phrase[0], phrase[phrase.len() - 1]))
        .collect()
}

/// Every phrase of a long call is heard whole, where the sender's wall clock had it.
fn assert_on_the_wall_clock(recording: &Sound, speech: &[i16], ppm: i64, from: f64) {
    for (first, last) in phrases(speech) {
        let at = first as f64 / 8000.0;
        let reference = Sound::from_linear(8000, &speech[first..=last]);
        let wall = from + at * (1.0 - ppm as f64 / 1e6);
        let around = recording.part(wall - 0.2, wall + reference.seconds() + 0.2);
        let found = align(&around, &reference).unwrap();
        let early = (wall - 0.2).max(0.0) + found.at - wall;
        assert!(found.speaking > 0.97, "{ppm} ppm at {at} s: {found:?}");
        assert!(early.abs() < 0.03, "{ppm} ppm: phrase of {at} s is {early} s off");
    }
}

#[test]
fn a_clock_that_drifts_is_corrected_in_pauses() {
    for (ppm, seconds) in [(200_i64, 250.0), (-200, 250.0), (1000, 60.0), (-1000, 60.0)] {
        let mut random = Random::new(ppm.unsigned_abs());
        let speech = voice(5, seconds);
        let mut packets = Sender {
            ppm,
            ..Sender::new(Side::Caller, 3)
        }
        .send(&speech, 500_000);
        jitter(&mut packets, &mut random, 0, 10_000);
        let recording = heard(packets, seconds + 2.0);
        assert!(phrases(&speech).len() > 15);
        assert_on_the_wall_clock(&recording, &speech, ppm, 0.5);
    }
}

#[test]
fn a_correction_never_cuts_or_repeats_speech() {
    // Bursts of 0.1 s would be shorter, longer, lost or doubled if a correction lay in one of them.
    for ppm in [1500_i64, -1500] {
        let mut speech = vec![0; 8000 * 120];
        for click in 0..120 {
            for n in 0..800 {
                speech[click * 8000 + n] = if n / 8 % 2 == 0 { 8000 } else { -8000 };
            }
        }
        let recording = heard(
            Sender {
                ppm,
                ..Sender::new(Side::Caller, 3)
            }
            .send(&speech, 0),
            121.0,
        );
        let loud: Vec<usize> = (0..recording.samples.len())
            .filter(|&n| recording.samples[n].abs() > 0.1)
            .collect();
        let clicks: Vec<&[usize]> = loud.chunk_by(|&a, &b| b - a < 1000).collect();
        assert_eq!(clicks.len(), 120, "{ppm} ppm");
        for click in clicks {
            let seconds = (click[click.len() - 1] - click[0]) as f64 / 11_025.0;
            assert!((seconds - 0.1).abs() < 0.002, "{ppm} ppm: {seconds} s");
        }
    }
}

#[test]
fn without_a_pause_nothing_is_corrected_not_even_where_packets_are_lost() {
    let mut random = Random::new(4);
    let speech: Vec<i16> = voice(14, 50.0)
        .into_iter()
        .filter(|&sample| sample != 0)
        .collect();
    let mut packets = Sender {
        ppm: 1000,
        ..Sender::new(Side::Caller, 3)
    }
    .send(&speech, 100_000);
    lose(&mut packets, &mut random, 5);
    let found = align(&heard(packets, 45.0), &sound(&speech)).unwrap();
    assert!(found.correlation > 0.95, "{found:?}");
}

#[test]
fn a_few_late_packets_in_a_pause_are_no_drift() {
    for seed in 0..10 {
        let mut random = Random::new(seed);
        let (one, two) = (voice(15, 3.0), voice(16, 3.0));
        let mut sender = Sender::new(Side::Caller, 3);
        let mut packets = sender.send(&one, 0);
        for half_second in 6..20 {
            sender.timestamp = (half_second * 4000_u32).wrapping_add(u32::MAX - 5000);
            let mut sparse = sender.send(&[0; 160], i64::from(half_second) * 500_000);
            jitter(&mut sparse, &mut random, 20_000, 60_000);
            packets.extend(sparse);
        }
        sender.timestamp = 80_000_u32.wrapping_add(u32::MAX - 5000);
        let mut spurt = sender.send(&two, 10_000_000);
        spurt[0].arrival += 39_000;
        spurt[1].arrival += 19_500;
        packets.extend(spurt);
        let found = align(&heard(packets, 14.0), &sound(&two)).unwrap();
        assert!(
            (found.at - 10.0).abs() < 0.001 && found.speaking > 0.98,
            "seed {seed}: {found:?}"
        );
    }
}

#[test]
fn silence_suppression_is_silence_of_the_right_length() {
    let speech = voice(6, 20.0);
    let mut sender = Sender::new(Side::Caller, 3);
    let mut packets = sender.send(&speech, 200_000);
    packets.retain(|packet| {
        packet.bytes[12..]
            .iter()
            .any(|&byte| byte != Codec::Pcma.encode(0))
    });
    assert!(packets.len() < 900, "the voice has pauses");
    let mut seq = 0_u16;
    for packet in &mut packets {
        packet.bytes[2..4].copy_from_slice(&seq.to_be_bytes());
        seq = seq.wrapping_add(1);
    }
    let found = align(&heard(packets, 21.0), &sound(&speech)).unwrap();
    assert!(
        found.correlation > 0.99 && (found.at - 0.2).abs() < 0.001,
        "{found:?}"
    );
}

#[test]
fn overtaken_packets_find_their_place_and_repeated_ones_change_nothing() {
    let speech = voice(7, 6.0);
    let mut packets = Sender::new(Side::Caller, 3).send(&speech, 100_000);
    let plain = record(packets.clone(), 7.0).0;
    let count = packets.len() as u64;
    for (n, packet) in packets.iter_mut().enumerate().skip(20) {
        packet.arrival += [0, 55_000, 110_000, 30_000, 170_000][n % 5];
    }
    let (shuffled, counts) = record(packets.clone(), 7.0);
    assert_eq!((counts.heard, counts.misplaced), (count, 0));
    assert!(plain == shuffled);
    let repeated = packets
        .iter()
        .flat_map(|packet| [packet.clone(), packet.clone()])
        .collect();
    let (doubled, counts) = record(repeated, 7.0);
    assert_eq!((counts.heard, counts.misplaced), (2 * count, 0));
    assert!(plain == doubled);
}

#[test]
fn a_packet_later_than_the_window_is_silence_and_moves_nothing() {
    let speech = voice(8, 6.0);
    let mut packets = Sender::new(Side::Caller, 3).send(&speech, 100_000);
    let mut without = packets.clone();
    for n in [60, 120, 180] {
        packets[n].arrival += 350_000;
    }
    let mut n = 0;
    without.retain(|_| {
        n += 1;
        ![61, 121, 181].contains(&n)
    });
    let (late, counts) = record(packets, 7.0);
    assert_eq!(counts.misplaced, 3);
    assert!(late == record(without, 7.0).0);
}

#[test]
fn a_stalled_network_loses_the_stall_and_nothing_after_it() {
    let speech = voice(9, 10.0);
    for stall in [150_000, 300_000, 1_200_000] {
        let mut packets = Sender::new(Side::Callee, 3).send(&speech, 100_000);
        let (from, until) = (3_000_000, 3_000_000 + stall);
        for packet in &mut packets {
            if (from..until).contains(&packet.arrival) {
                packet.arrival = until + (packet.arrival - from) / 100;
            }
        }
        let recording = heard(packets, 11.0);
        let (before, after) = (sound(&speech).part(0.0, 2.8), sound(&speech).part(5.0, 10.0));
        let (first, second) = (
            align(&recording, &before).unwrap(),
            align(&recording, &after).unwrap(),
        );
        assert!(
            (first.at - 0.1).abs() < 0.001 && first.speaking > 0.98,
            "{stall}: {first:?}"
        );
        assert!(
            (second.at - 5.1).abs() < 0.001 && second.speaking > 0.98,
            "{stall}: {second:?}"
        );
    }
}

#[test]
fn a_late_first_packet_does_not_shift_the_call() {
    let speech = voice(10, 5.0);
    let mut packets = Sender::new(Side::Caller, 3).send(&speech, 300_000);
    for (n, packet) in packets[..5].iter_mut().enumerate() {
        packet.arrival = 390_000 + n as i64;
    }
    let found = align(&heard(packets, 6.0), &sound(&speech)).unwrap();
    assert!(
        found.correlation > 0.99 && (found.at - 0.3).abs() < 0.001,
        "{found:?}"
    );
}

#[test]
fn long_packets_and_short_ones_are_equal() {
    let speech = voice(13, 4.0);
    for length in [40, 80, 240, 480, 1600] {
        let mut sender = Sender::new(Side::Caller, 3);
        let mut packets = Vec::new();
        for (n, piece) in speech.chunks(length).enumerate() {
            // One call per piece longer than 20 ms would split it: the payload is written as a whole.
            let payload: Vec<u8> = piece.iter().map(|&sample| Codec::Pcma.encode(sample)).collect();
            let bytes = rtp(8, sender.seq, sender.timestamp, 3, &payload);
            sender.seq = sender.seq.wrapping_add(1);
            sender.timestamp = sender.timestamp.wrapping_add(length as u32);
            packets.push(Sent {
                side: Side::Caller,
                arrival: (n * length * 125) as i64,
                bytes,
            });
        }
        assert!(
            same_speech(&heard(packets, 4.2), &sound(&speech)) > 0.99,
            "{length} samples a packet"
        );
    }
}
