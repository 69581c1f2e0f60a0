use pointsman_media::{Codec, Command, DropReason, Kind, MediaEvent, Port, StreamSpec, Verdict};

use crate::world::{A, B, World, far, forward, loose, ms, packet, spec, stranger};

const C: Port = Port(20_004);

#[test]
fn a_packet_crosses_unchanged_both_ways() {
    let mut world = World::bridged();
    for (here, there) in [(A, B), (B, A)] {
        let before = packet(77, 8, 0xabcd);
        let mut bytes = before.clone();
        assert_eq!(
            world.raw(here, Kind::Rtp, far(here), &mut bytes),
            forward(there, far(there))
        );
        assert_eq!(bytes, before);
    }
}

#[test]
fn without_a_peer_a_packet_is_only_counted() {
    let mut world = World::empty();
    world.open(A, spec(A));
    assert_eq!(world.rtp(A, far(A), 1), Verdict::Consumed);
    assert_eq!(world.close(A).received, 1);
}

#[test]
fn a_closed_port_drops() {
    let mut world = World::empty();
    for kind in [Kind::Rtp, Kind::Rtcp] {
        let verdict = world.raw(A, kind, far(A), &mut packet(1, 8, 1));
        assert_eq!(verdict, Verdict::Dropped(DropReason::Closed));
    }
    // Neither is it confused with its RTCP neighbour, nor with a port far beyond the table.
    world.open(A, spec(A));
    for port in [Port(20_001), Port(65_534), Port(0)] {
        assert_eq!(
            world.rtp(port, far(A), 1),
            Verdict::Dropped(DropReason::Closed),
            "{port:?}"
        );
    }
}

#[test]
fn what_is_not_rtp_is_dropped_and_counted() {
    let mut world = World::bridged();
    let mut rtcp_on_the_wrong_port = [0x81, 201, 0, 7].to_vec();
    rtcp_on_the_wrong_port.extend([0; 28]);
    let mut garbage: [Vec<u8>; 5] = [
        vec![],
        vec![0x80; 11],
        b"OPTIONS sip:x SIP/2.0".to_vec(),
        vec![0; 172],
        rtcp_on_the_wrong_port,
    ];
    for bytes in &mut garbage {
        let verdict = world.raw(A, Kind::Rtp, far(A), bytes);
        assert_eq!(verdict, Verdict::Dropped(DropReason::NotRtp), "{bytes:?}");
    }
    assert_eq!(world.close(A).dropped, 5);
}

#[test]
fn direction_by_case() {
    let held = Verdict::Dropped(DropReason::Hold);
    let crosses = forward(B, far(B));
    // (A may send to us, we may send to B) → verdict of a packet from A
    let table = [
        (true, true, crosses),
        (false, true, held),
        (true, false, Verdict::Consumed),
        (false, false, held),
    ];
    for (receive, send, expected) in table {
        let mut world = World::bridged();
        world.update(A, StreamSpec { receive, ..spec(A) });
        world.update(B, StreamSpec { send, ..spec(B) });
        assert_eq!(
            world.rtp(A, far(A), 1),
            expected,
            "receive {receive}, send {send}"
        );
        let stats = world.close(A);
        assert_eq!(
            (stats.received, stats.dropped),
            if receive { (1, 0) } else { (0, 1) }
        );
    }
}

#[test]
fn a_hold_ends() {
    let mut world = World::bridged();
    world.update(
        B,
        StreamSpec {
            send: false,
            ..spec(B)
        },
    );
    assert_eq!(world.rtp(A, far(A), 1), Verdict::Consumed);
    world.update(B, spec(B));
    assert_eq!(world.rtp(A, far(A), 2), forward(B, far(B)));
}

#[test]
fn packets_go_to_the_latched_source_of_the_peer_else_where_its_sdp_says_else_nowhere() {
    let mut world = World::empty();
    world.open(A, spec(A));
    world.open(
        B,
        StreamSpec {
            remote: None,
            ..loose(B)
        },
    );
    world.order(Command::Bridge { a: A, b: B });
    assert_eq!(world.rtp(A, far(A), 1), Verdict::Consumed);

    world.update(B, loose(B));
    assert_eq!(world.rtp(A, far(A), 2), forward(B, far(B)));

    for seq in 1..=5 {
        world.rtp(B, stranger(1), seq);
    }
    assert_eq!(world.rtp(A, far(A), 3), forward(B, stranger(1)));
}

#[test]
fn a_new_bridge_ends_the_old_ones() {
    let mut world = World::bridged();
    world.open(C, spec(C));
    world.order(Command::Bridge { a: A, b: C });
    assert_eq!(world.rtp(A, far(A), 1), forward(C, far(C)));
    assert_eq!(world.rtp(C, far(C), 1), forward(A, far(A)));
    assert_eq!(world.rtp(B, far(B), 1), Verdict::Consumed);

    world.order(Command::Unbridge { a: C });
    assert_eq!(world.rtp(A, far(A), 2), Verdict::Consumed);
    assert_eq!(world.rtp(C, far(C), 2), Verdict::Consumed);
}

#[test]
fn a_closed_leg_takes_its_bridge_along() {
    let mut world = World::bridged();
    world.close(B);
    assert_eq!(world.rtp(A, far(A), 1), Verdict::Consumed);
    // The next call on the port has nothing to do with it.
    world.open(B, spec(B));
    assert_eq!(world.rtp(A, far(A), 2), Verdict::Consumed);
    assert_eq!(world.rtp(B, far(B), 1), Verdict::Consumed);
}

#[test]
fn orders_for_ports_that_are_not_open_do_nothing() {
    let mut world = World::empty();
    world.update(A, spec(A));
    world.order(Command::Bridge { a: A, b: B });
    world.order(Command::Unbridge { a: A });
    world.order(Command::StopPlay { port: A });
    world.play(A, 1, &crate::world::prompt(160), 0);
    world.order(Command::Close { port: A });
    assert_eq!(
        (world.events(), world.packets().len(), world.worker.streams()),
        (vec![], 0, 0)
    );

    world.open(A, spec(A));
    world.order(Command::Bridge { a: A, b: A });
    world.order(Command::Bridge { a: A, b: B });
    assert_eq!(world.rtp(A, far(A), 1), Verdict::Consumed);
}

#[test]
fn the_totals_of_a_stream() {
    let mut world = World::bridged();
    for seq in [10, 11, 13, 14] {
        world.rtp(A, far(A), seq);
        world.run(ms(20));
    }
    world.rtp(A, stranger(1), 15);
    world.rtp_as(B, far(B), 1, 0, 9);

    let a = world.close(A);
    assert_eq!(
        (a.received, a.sent, a.lost, a.dropped, a.codec),
        (4, 1, 1, 1, Some(Codec::Pcma))
    );
    let b = world.close(B);
    assert_eq!(
        (b.received, b.sent, b.lost, b.dropped, b.codec),
        (1, 4, 0, 0, Some(Codec::Pcmu))
    );
    // The third came when the fourth was due: 20 ms, of which a sixteenth counts, and then decays by one.
    assert!((1000..1300).contains(&a.jitter_us), "{} µs", a.jitter_us);
}

#[test]
fn opening_an_open_port_closes_it_first() {
    let mut world = World::bridged();
    world.rtp(A, far(A), 1);
    world.events();
    world.open(A, spec(A));
    assert!(matches!(world.events()[..], [MediaEvent::Closed { port: A, .. }]));
    assert_eq!(world.worker.streams(), 2);
    assert_eq!(world.rtp(A, far(A), 2), Verdict::Consumed);
}
