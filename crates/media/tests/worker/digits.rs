use pointsman_media::{Codec, DigitPackets, Kind, MediaEvent, Packet, StreamSpec, Verdict, dual_tone};

use crate::world::{A, B, EVENT, World, far, forward, ms, spec, write};

/// Presses a key at the far end of A; returns the verdicts.
fn press(world: &mut World, digit: char, first_seq: u16, timestamp: u32) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for (n, sent) in DigitPackets::new(digit, 100).expect("a key").enumerate() {
        let seq = first_seq.wrapping_add(n as u16);
        let packet = Packet {
            pt: EVENT,
            marker: sent.marker,
            seq,
            timestamp,
            ssrc: 1,
            payload: &sent.payload,
        };
        verdicts.push(world.raw(A, Kind::Rtp, far(A), &mut write(&packet)));
        world.run(ms(20));
    }
    verdicts
}

fn digits(world: &mut World) -> Vec<(char, u32)> {
    let events = world.events().into_iter();
    events
        .filter_map(|event| match event {
            MediaEvent::Digit {
                port: A,
                digit,
                duration_ms,
            } => Some((digit, duration_ms)),
            _ => None,
        })
        .collect()
}

#[test]
fn a_key_crosses_as_it_is_and_is_reported_once() {
    let mut world = World::bridged();
    let verdicts = press(&mut world, '5', 100, 16_000);
    assert_eq!(verdicts, [forward(B, far(B)); 7]);
    assert_eq!(digits(&mut world), [('5', 100)]);
    press(&mut world, '#', 110, 17_600);
    assert_eq!(digits(&mut world), [('#', 100)]);
}

#[test]
fn the_same_payload_type_is_audio_where_it_was_not_negotiated() {
    let mut world = World::bridged();
    world.update(
        A,
        StreamSpec {
            telephone_event: None,
            ..spec(A)
        },
    );
    press(&mut world, '5', 100, 16_000);
    assert_eq!(digits(&mut world), []);
}

#[test]
fn a_key_whose_ends_are_all_lost_is_reported_when_audio_goes_on() {
    let mut world = World::bridged();
    let payload = [3, 10, 1, 0x40];
    let packet = Packet {
        pt: EVENT,
        marker: true,
        seq: 1,
        timestamp: 160,
        ssrc: 1,
        payload: &payload,
    };
    world.raw(A, Kind::Rtp, far(A), &mut write(&packet));
    assert_eq!(digits(&mut world), []);
    for seq in 2..20 {
        world.rtp(A, far(A), seq);
    }
    assert_eq!(digits(&mut world), [('3', 40)]);
}

#[test]
fn the_standing_timestamp_of_a_key_is_no_jitter() {
    let mut world = World::bridged();
    for seq in 0..20 {
        world.rtp(A, far(A), seq);
        world.run(ms(20));
    }
    press(&mut world, '1', 20, 3200);
    for seq in 27..40 {
        world.rtp(A, far(A), seq);
        world.run(ms(20));
    }
    let stats = world.close(A);
    assert_eq!((stats.jitter_us, stats.lost, stats.received), (0, 0, 40));
}

#[test]
fn a_digit_never_shows_in_debug_output() {
    let event = MediaEvent::Digit {
        port: A,
        digit: '7',
        duration_ms: 100,
    };
    let text = format!("{event:?} {event:#?}");
    assert!(
        text.contains("Digit") && text.contains("100") && !text.contains('7'),
        "{text}"
    );
}

/// Sends `samples` from the far end of A in packets of 20 ms, and the pause after them.
fn says(world: &mut World, samples: &[i16], first_seq: u16) {
    let pause = [0; 800];
    let samples = [samples, &pause].concat();
    for (n, part) in samples.chunks(160).enumerate() {
        let payload: Vec<u8> = part.iter().map(|&sample| Codec::Pcma.encode(sample)).collect();
        let packet = Packet {
            pt: 8,
            marker: false,
            seq: first_seq.wrapping_add(n as u16),
            timestamp: u32::from(first_seq) * 160 + n as u32 * 160,
            ssrc: 1,
            payload: &payload,
        };
        world.raw(A, Kind::Rtp, far(A), &mut write(&packet));
        world.run(ms(20));
    }
}

#[test]
fn tones_are_keys_where_there_are_no_events_and_nobody_to_talk_to() {
    let tone = dual_tone('4', 100, -10.0).unwrap();
    let without = StreamSpec {
        telephone_event: None,
        ..spec(A)
    };
    let heard = |world: &mut World, first_seq| {
        says(world, &tone, first_seq);
        let keys: String = digits(world).into_iter().map(|(key, _)| key).collect();
        keys
    };
    let mut alone = World::empty();
    alone.open(A, spec(A));
    assert_eq!(heard(&mut alone, 100), "", "events were negotiated");
    alone.update(A, without.clone());
    assert_eq!(heard(&mut alone, 200), "4");
    let mut bridged = World::bridged();
    bridged.update(A, without);
    assert_eq!(heard(&mut bridged, 300), "", "what is relayed is not looked into");
}
