//! When the mapping of RTP time to the wall clock must be set anew.

use super::*;
use crate::measure::align;
use crate::measure::synthetic::{sound, voice};

/// Both halves of a call are heard where they were sent: the second one 5 s into the recording.
fn assert_halves(packets: Vec<Sent>, one: &[i16], two: &[i16], what: &str) {
    let recording = heard(packets, 9.0);
    for (speech, at) in [(one, 0.2), (two, 5.0)] {
        let found = align(&recording, &sound(speech)).unwrap();
        assert!(found.correlation > 0.97, "{what}: {found:?}");
        assert!(
            (found.at - at).abs() < 0.001,
            "{what}: at {} instead of {at}",
            found.at
        );
    }
}

/// Two pieces of speech with a pause between them in which `change` does something to the sender.
fn halves(what: &str, change: impl Fn(&mut Sender)) {
    let (one, two) = (voice(31, 3.0), voice(32, 3.0));
    let mut sender = Sender::new(Side::Callee, 5);
    let mut packets = sender.send(&one, 200_000);
    change(&mut sender);
    packets.extend(sender.send(&two, 5_000_000));
    assert_halves(packets, &one, &two, what);
}

#[test]
fn after_a_hold_speech_goes_on_at_its_wall_clock_time() {
    let later =
        |ticks: u32| move |sender: &mut Sender| sender.timestamp = sender.timestamp.wrapping_add(ticks);
    halves("RTP time stood still", later(0));
    halves("RTP time went on", later(8000 * 18 / 10));
    halves("RTP time jumped ahead", later(100_000_000));
    halves("RTP time jumped back", later(0_u32.wrapping_sub(50_000)));
    halves("RTP time is another", later(0x8000_0000));
}

#[test]
fn a_new_ssrc_is_a_new_clock() {
    halves("new SSRC", |sender| {
        sender.ssrc = 6;
        sender.timestamp = 1;
        sender.seq = 9;
    });
}

#[test]
fn a_change_of_ssrc_in_mid_speech_loses_nothing() {
    let speech = voice(33, 6.0);
    let mut sender = Sender::new(Side::Callee, 5);
    let mut packets = sender.send(&speech[..16_000], 100_000);
    sender = Sender {
        timestamp: 77,
        seq: 1,
        ..Sender::new(Side::Callee, 99)
    };
    packets.extend(sender.send(&speech[16_000..], 2_100_000));
    let mut random = Random::new(1);
    jitter(&mut packets, &mut random, 0, 15_000);
    let (bytes, counts) = record(packets, 7.0);
    assert_eq!(counts.misplaced, 0);
    let recording = Sound::from_wav(&bytes, "recording").unwrap();
    for (from, to) in [(0.0, 2.0), (2.0, 6.0)] {
        let found = align(&recording, &sound(&speech).part(from, to)).unwrap();
        assert!(
            found.speaking > 0.97 && (found.at - 0.1 - from).abs() < 0.02,
            "{found:?}"
        );
    }
}

#[test]
fn a_successor_that_is_early_does_not_cut_its_predecessor_off() {
    let tone: Vec<i16> = (0..16_000)
        .map(|n| if n / 8 % 2 == 0 { 8000 } else { -8000 })
        .collect();
    let mut packets = Sender::new(Side::Callee, 1).send(&tone, 0);
    packets.extend(Sender::new(Side::Callee, 2).send(&tone, 1_988_000));
    let recording = heard(packets, 5.0);
    let loud: Vec<usize> = (0..recording.samples.len())
        .filter(|&n| recording.samples[n].abs() > 0.1)
        .collect();
    let seconds = (loud[loud.len() - 1] - loud[0]) as f64 / 11_025.0;
    assert!((seconds - 4.0).abs() < 0.002, "{seconds}");
}

#[test]
fn an_announcement_and_then_the_callee_share_a_side() {
    let (prompt, speech) = (voice(34, 2.0), voice(35, 4.0));
    let mut packets = Sender {
        ssrc: 1,
        codec: Codec::Pcmu,
        ..Sender::new(Side::Callee, 1)
    }
    .send(&prompt, 0);
    packets.extend(Sender::new(Side::Callee, 2).send(&speech, 2_500_000));
    let recording = heard(packets, 7.0);
    for (reference, at) in [(&prompt, 0.0), (&speech, 2.5)] {
        let found = align(&recording, &sound(reference)).unwrap();
        assert!(
            found.correlation > 0.98 && (found.at - at).abs() < 0.001,
            "{found:?}"
        );
    }
}

#[test]
fn a_restart_with_the_same_ssrc_costs_one_packet() {
    let (one, two) = (voice(31, 3.0), voice(32, 3.0));
    let mut sender = Sender::new(Side::Caller, 5);
    let mut packets = sender.send(&one, 200_000);
    sender.seq = sender.seq.wrapping_add(20_000);
    sender.timestamp = 3;
    packets.extend(sender.send(&two, 5_000_000));
    let (_, counts) = record(packets.clone(), 9.0);
    assert_eq!(counts.misplaced, 1);
    assert_halves(packets, &one, &two, "restart");
}

#[test]
fn a_stray_packet_moves_nothing() {
    let speech = voice(36, 4.0);
    let mut packets = Sender::new(Side::Caller, 5).send(&speech, 100_000);
    let plain = record(packets.clone(), 5.0).0;
    for (at, seq) in [(1_005_000, 30_000), (1_505_000, 20_000), (2_005_000, 30_001 - 5)] {
        packets.push(Sent {
            side: Side::Caller,
            arrival: at,
            bytes: rtp(8, seq, 12, 5, &[0x55; 160]),
        });
    }
    let (strayed, counts) = record(packets, 5.0);
    assert_eq!(counts.misplaced, 3);
    assert!(plain == strayed);
}

#[test]
fn both_sides_keep_their_own_clocks() {
    let (one, two) = (voice(37, 4.0), voice(38, 4.0));
    let mut packets = Sender {
        timestamp: 0,
        ..Sender::new(Side::Caller, 5)
    }
    .send(&one, 100_000);
    // The same SSRC on the other side is another source.
    packets.extend(
        Sender {
            timestamp: 4_000_000_000,
            ..Sender::new(Side::Callee, 5)
        }
        .send(&two, 700_000),
    );
    let fitted = crate::measure::fit(&heard(packets, 5.0), &sound(&one), &sound(&two)).unwrap();
    assert!(
        (fitted.first.at - 0.1).abs() < 0.001 && (fitted.second.at - 0.7).abs() < 0.001,
        "{fitted:?}"
    );
    assert!(fitted.explained > 0.99, "{fitted:?}");
}
