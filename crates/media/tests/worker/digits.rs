use pointsman_media::{DigitPackets, Kind, MediaEvent, Packet, StreamSpec, Verdict};

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
