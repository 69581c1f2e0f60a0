use pointsman_media::{Command, DropReason, Kind, Latch, MediaEvent, Packet, StreamSpec, Verdict};

use crate::world::{A, B, World, far, forward, loose, ms, spec, stranger, write};

const REFUSED: Verdict = Verdict::Dropped(DropReason::Source);

/// A is loose, B strict, and they are bridged.
fn loose_world() -> World {
    let mut world = World::bridged();
    world.update(A, loose(A));
    world
}

fn latched_at(world: &mut World) -> Vec<std::net::SocketAddr> {
    let events = world.events().into_iter();
    events
        .filter_map(|event| {
            if let MediaEvent::Latched { source, .. } = event {
                Some(source)
            } else {
                None
            }
        })
        .collect()
}

#[test]
fn the_signalled_source_is_accepted_at_once() {
    for latch in [Latch::Strict, Latch::Probation] {
        let mut world = World::bridged();
        world.update(A, StreamSpec { latch, ..spec(A) });
        assert_eq!(world.rtp(A, far(A), 1), forward(B, far(B)));
        let expected = [
            MediaEvent::Latched {
                port: A,
                source: far(A),
            },
            MediaEvent::FirstPacket { port: A },
        ];
        assert_eq!(world.events(), expected, "{latch:?}");
    }
}

#[test]
fn strict_is_exact() {
    let mut world = World::bridged();
    let mut other_port = far(A);
    other_port.set_port(9);
    for source in [stranger(1), other_port] {
        for seq in 0..20 {
            assert_eq!(world.rtp(A, source, seq), REFUSED);
        }
    }
    // Not even before its address is known, or after a long silence.
    world.update(
        B,
        StreamSpec {
            remote: None,
            ..spec(B)
        },
    );
    world.run(ms(60_000));
    assert_eq!(world.rtp(A, stranger(1), 20), REFUSED);
    assert_eq!(latched_at(&mut world), []);
}

#[test]
fn five_in_sequence_latch_and_none_is_lost() {
    let mut world = loose_world();
    for seq in 1..=5 {
        assert_eq!(world.rtp(A, stranger(1), seq), Verdict::Consumed, "{seq}");
        let out: Vec<_> = world
            .packets()
            .iter()
            .map(|sent| (sent.port, sent.to, sent.seq))
            .collect();
        let expected: Vec<_> = if seq < 5 {
            vec![]
        } else {
            (1..=5).map(|seq| (B, far(B), seq)).collect()
        };
        assert_eq!(out, expected);
        world.run(ms(20));
    }
    assert_eq!(world.rtp(A, stranger(1), 6), forward(B, far(B)));
    assert_eq!(world.worker.held_packets(), 0);
    let stats = world.close(A);
    assert_eq!((stats.received, stats.dropped, stats.lost), (6, 0, 0));
}

/// What is meant; payload type, SSRC and sequence number of packets from one stranger; whether they latch.
type Probation<'a> = (&'a str, &'a [(u8, u32, u16)], bool);

#[test]
fn probation_by_case() {
    let table: [Probation<'_>; 8] = [
        ("four", &[(8, 1, 1), (8, 1, 2), (8, 1, 3), (8, 1, 4)], false),
        (
            "five",
            &[(8, 1, 1), (8, 1, 2), (8, 1, 3), (8, 1, 4), (8, 1, 5)],
            true,
        ),
        (
            "a gap",
            &[(8, 1, 1), (8, 1, 2), (8, 1, 4), (8, 1, 5), (8, 1, 6)],
            false,
        ),
        (
            "five after a gap",
            &[(8, 1, 1), (8, 1, 3), (8, 1, 4), (8, 1, 5), (8, 1, 6), (8, 1, 7)],
            true,
        ),
        (
            "another SSRC",
            &[(8, 1, 1), (8, 1, 2), (8, 2, 3), (8, 2, 4), (8, 2, 5)],
            false,
        ),
        (
            "a payload type not offered",
            &[(18, 1, 1), (18, 1, 2), (18, 1, 3), (18, 1, 4), (18, 1, 5)],
            false,
        ),
        (
            "over the end of the numbers",
            &[(8, 1, 65_534), (8, 1, 65_535), (8, 1, 0), (8, 1, 1), (8, 1, 2)],
            true,
        ),
        (
            "duplicates count once",
            &[(8, 1, 1), (8, 1, 1), (8, 1, 2), (8, 1, 2), (8, 1, 3)],
            false,
        ),
    ];
    for (what, packets, latches) in table {
        let mut world = loose_world();
        for &(pt, ssrc, seq) in packets {
            world.rtp_as(A, stranger(1), seq, pt, ssrc);
        }
        assert_eq!(
            latched_at(&mut world),
            if latches { vec![stranger(1)] } else { vec![] },
            "{what}"
        );
    }
}

#[test]
fn packets_before_a_gap_are_released_too_but_no_more_than_ten_are_held() {
    let mut world = loose_world();
    let numbers = [1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 16, 17, 18, 19, 20];
    for seq in numbers {
        world.rtp(A, stranger(1), seq);
        if seq < 20 {
            assert!(world.worker.held_packets() <= 10);
            assert_eq!(world.packets(), []);
        }
    }
    let out: Vec<_> = world.packets().iter().map(|sent| sent.seq).collect();
    assert_eq!(out, numbers[4..]);
    let stats = world.close(A);
    assert_eq!((stats.received, stats.dropped), (11, 4));
}

#[test]
fn once_latched_other_sources_are_dropped() {
    let mut world = loose_world();
    for seq in 1..=5 {
        world.rtp(A, stranger(1), seq);
    }
    world.packets();
    for seq in 6..60 {
        assert_eq!(world.rtp(A, stranger(2), seq), REFUSED);
        assert_eq!(world.rtp(A, stranger(1), seq), forward(B, far(B)));
        world.run(ms(100));
    }
    assert_eq!(latched_at(&mut world), [stranger(1)]);
}

#[test]
fn two_seconds_of_silence_let_another_source_in() {
    let mut world = loose_world();
    world.rtp(A, far(A), 1);
    world.run(ms(1999));
    assert_eq!(world.rtp(A, stranger(1), 10), REFUSED);
    world.run(ms(1));
    for seq in 10..=14 {
        assert_eq!(world.rtp(A, stranger(1), seq), Verdict::Consumed);
    }
    assert_eq!(latched_at(&mut world), [far(A), stranger(1)]);
    let released: Vec<_> = world.packets().iter().map(|sent| sent.seq).collect();
    assert_eq!(released, [10, 11, 12, 13, 14]);
}

#[test]
fn a_far_end_that_may_not_send_but_does_keeps_strangers_out() {
    let mut world = loose_world();
    world.rtp(A, far(A), 1);
    world.update(
        A,
        StreamSpec {
            receive: false,
            ..loose(A)
        },
    );
    for seq in 2..=51 {
        assert_eq!(world.rtp(A, far(A), seq), Verdict::Dropped(DropReason::Hold));
        world.run(ms(100));
    }
    world.update(A, loose(A));
    assert_eq!(world.rtp(A, stranger(1), 1), REFUSED);
}

#[test]
fn until_another_source_has_latched_packets_still_go_to_the_old_one() {
    let mut world = loose_world();
    for seq in 1..=5 {
        world.rtp(A, stranger(1), seq);
    }
    world.run(ms(10_000));
    world.rtp(A, stranger(2), 1);
    assert_eq!(world.rtp(B, far(B), 1), forward(A, stranger(1)));
}

#[test]
fn the_signalled_address_wins_over_a_stranger_that_was_first() {
    let mut world = loose_world();
    for seq in 1..=5 {
        world.rtp(A, stranger(1), seq);
    }
    world.packets();
    assert_eq!(world.rtp(A, far(A), 1), forward(B, far(B)));
    assert_eq!(world.rtp(A, stranger(1), 6), REFUSED);
    assert_eq!(latched_at(&mut world), [stranger(1), far(A)]);
}

#[test]
fn what_was_held_of_a_stranger_is_forgotten_when_the_far_end_comes() {
    let mut world = loose_world();
    for seq in 1..=4 {
        world.rtp(A, stranger(1), seq);
    }
    assert_eq!(world.worker.held_packets(), 4);
    world.rtp(A, far(A), 1);
    assert_eq!((world.packets(), world.worker.held_packets()), (vec![], 0));
    assert_eq!(world.close(A).dropped, 4);
}

#[test]
fn a_second_stranger_cannot_hinder_the_first() {
    let mut world = loose_world();
    for seq in 1..=5 {
        world.rtp(A, stranger(1), seq);
        world.rtp(A, stranger(2), 1000 + 7 * seq);
        // A third finds no place.
        assert_eq!(world.rtp(A, stranger(3), seq), REFUSED);
    }
    assert_eq!(latched_at(&mut world), [stranger(1)]);
    assert_eq!(world.packets().len(), 5);
    assert_eq!(world.worker.held_packets(), 0);
}

#[test]
fn a_probation_that_pauses_for_two_seconds_starts_again() {
    let mut world = loose_world();
    for seq in 1..=4 {
        world.rtp(A, stranger(1), seq);
    }
    world.run(ms(2000));
    for seq in 5..=8 {
        world.rtp(A, stranger(1), seq);
    }
    assert_eq!((latched_at(&mut world), world.worker.held_packets()), (vec![], 4));
    world.rtp(A, stranger(1), 9);
    let released: Vec<_> = world.packets().iter().map(|sent| sent.seq).collect();
    assert_eq!(released, [5, 6, 7, 8, 9]);
}

#[test]
fn another_address_in_the_sdp_re_arms_and_the_same_does_not() {
    let mut world = loose_world();
    for seq in 1..=5 {
        world.rtp(A, stranger(1), seq);
    }
    world.packets();
    world.update(A, loose(A));
    assert_eq!(world.rtp(A, stranger(1), 6), forward(B, far(B)));
    // On hold without an address and back: the far end has not moved.
    world.update(
        A,
        StreamSpec {
            remote: None,
            send: false,
            ..loose(A)
        },
    );
    world.update(A, loose(A));
    assert_eq!(world.rtp(A, stranger(1), 7), forward(B, far(B)));

    world.update(
        A,
        StreamSpec {
            remote: Some(stranger(9)),
            ..loose(A)
        },
    );
    assert_eq!(world.rtp(B, far(B), 1), forward(A, stranger(9)));
    assert_eq!(world.rtp(A, stranger(1), 8), Verdict::Consumed);
    assert_eq!(world.rtp(A, stranger(9), 1), forward(B, far(B)));
    assert_eq!(latched_at(&mut world), [stranger(1), far(B), stranger(9)]);
}

#[test]
fn becoming_strict_ends_a_latch_elsewhere() {
    let mut world = loose_world();
    for seq in 1..=5 {
        world.rtp(A, stranger(1), seq);
    }
    world.update(A, spec(A));
    assert_eq!(world.rtp(A, stranger(1), 6), REFUSED);
    assert_eq!(world.rtp(B, far(B), 1), forward(A, far(A)));
}

#[test]
fn packets_held_before_there_is_a_bridge_are_counted_and_go_nowhere() {
    let mut world = World::empty();
    world.open(A, loose(A));
    for seq in 1..=5 {
        assert_eq!(world.rtp(A, stranger(1), seq), Verdict::Consumed);
    }
    assert_eq!((world.packets(), world.worker.held_packets()), (vec![], 0));
    assert_eq!(world.close(A).received, 5);
}

#[test]
fn packets_too_long_to_be_held_cost_words_but_not_the_latch() {
    let mut world = loose_world();
    for seq in 1..=4 {
        let payload = [0; 1989];
        let long = Packet {
            pt: 8,
            marker: false,
            seq,
            timestamp: 0,
            ssrc: 1,
            payload: &payload,
        };
        assert_eq!(
            world.raw(A, Kind::Rtp, stranger(1), &mut write(&long)),
            Verdict::Consumed
        );
    }
    assert_eq!(world.worker.held_packets(), 0);
    assert_eq!(world.rtp(A, stranger(1), 5), Verdict::Consumed);
    assert_eq!(world.packets().len(), 1);
    assert_eq!(world.close(A).dropped, 4);
}

#[test]
fn a_full_pool_costs_words_but_not_the_latch() {
    let config = pointsman_media::WorkerConfig {
        held_packets: 2,
        ..Default::default()
    };
    let mut world = World::empty();
    world.worker = pointsman_media::Worker::with_sink(config, crate::world::Tape::default());
    world.open(A, loose(A));
    world.open(B, spec(B));
    world.order(Command::Bridge { a: A, b: B });
    for seq in 1..=4 {
        assert_eq!(world.rtp(A, stranger(1), seq), Verdict::Consumed);
    }
    assert_eq!(world.rtp(A, stranger(1), 5), forward(B, far(B)));
    let stats = world.close(A);
    assert_eq!((stats.received, stats.dropped), (3, 2));
}

#[test]
fn closing_frees_what_is_held_and_what_was_released_to_it() {
    let mut world = loose_world();
    for seq in 1..=3 {
        world.rtp(A, stranger(1), seq);
    }
    world.close(A);
    assert_eq!(world.worker.held_packets(), 0);

    let mut world = loose_world();
    for seq in 1..=5 {
        world.rtp(A, stranger(1), seq);
    }
    world.close(B);
    assert_eq!((world.packets(), world.worker.held_packets()), (vec![], 0));
}
