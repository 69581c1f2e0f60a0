use std::net::SocketAddr;

use pointsman_media::{Command, DropReason, Kind, StreamSpec, Verdict};

use crate::world::{A, B, World, far, forward, loose, packet, spec, stranger};

/// A receiver report with one block: 3 lost, jitter 40 ticks.
fn report() -> Vec<u8> {
    let mut packet = vec![
        0x81, 201, 0, 7, 0, 0, 0, 1, 0, 0, 0, 2, 12, 0, 0, 3, 0, 0, 1, 0, 0, 0, 0, 40,
    ];
    packet.extend([0; 8]);
    packet
}

fn above(rtp: SocketAddr) -> SocketAddr {
    SocketAddr::new(rtp.ip(), rtp.port() + 1)
}

fn rtcp(world: &mut World, source: SocketAddr) -> Verdict {
    world.raw(A, Kind::Rtcp, source, &mut report())
}

const REFUSED: Verdict = Verdict::Dropped(DropReason::Source);

#[test]
fn it_crosses_unchanged_and_is_counted() {
    let mut world = World::bridged();
    let mut bytes = report();
    assert_eq!(
        world.raw(A, Kind::Rtcp, above(far(A)), &mut bytes),
        forward(B, above(far(B)))
    );
    assert_eq!(bytes, report());
    let (a, b) = (world.close(A), world.close(B));
    assert_eq!(
        (a.rtcp.received, a.rtcp.far_lost, a.rtcp.far_jitter_us),
        (1, Some(3), Some(5000))
    );
    assert_eq!((b.rtcp.sent, a.received, b.sent), (1, 0, 0));
}

#[test]
fn it_crosses_during_hold() {
    let mut world = World::bridged();
    world.update(
        A,
        StreamSpec {
            receive: false,
            ..spec(A)
        },
    );
    world.update(
        B,
        StreamSpec {
            send: false,
            ..spec(B)
        },
    );
    assert_eq!(rtcp(&mut world, above(far(A))), forward(B, above(far(B))));
}

#[test]
fn what_is_not_rtcp_is_dropped() {
    let mut world = World::bridged();
    for mut bytes in [vec![], vec![0x80; 7], packet(1, 8, 1), b"SSH-2.0-hello".to_vec()] {
        let verdict = world.raw(A, Kind::Rtcp, above(far(A)), &mut bytes);
        assert_eq!(verdict, Verdict::Dropped(DropReason::NotRtcp), "{bytes:?}");
    }
    assert_eq!(world.close(A).dropped, 4);
}

#[test]
fn strict_takes_it_only_from_where_the_sdp_says() {
    let mut world = World::bridged();
    world.rtp(A, far(A), 1);
    let mut near = far(A);
    near.set_port(9);
    assert_eq!(rtcp(&mut world, near), REFUSED);
    assert_eq!(rtcp(&mut world, stranger(1)), REFUSED);

    world.update(
        A,
        StreamSpec {
            remote_rtcp: Some(near),
            ..spec(A)
        },
    );
    assert_eq!(rtcp(&mut world, near), forward(B, above(far(B))));
    assert_eq!(rtcp(&mut world, above(far(A))), REFUSED);
}

#[test]
fn behind_a_nat_it_may_come_from_the_address_of_rtp() {
    let mut world = World::bridged();
    world.update(A, loose(A));
    let (mut near, other) = (stranger(1), stranger(2));
    near.set_port(61_000);
    assert_eq!(rtcp(&mut world, near), REFUSED);
    for seq in 1..=5 {
        world.rtp(A, stranger(1), seq);
    }
    assert_eq!(rtcp(&mut world, near), forward(B, above(far(B))));
    assert_eq!(rtcp(&mut world, other), REFUSED);
}

#[test]
fn where_it_goes_by_case() {
    let named: SocketAddr = "10.0.0.1:5555".parse().unwrap();
    let mut world = World::bridged();
    let mut to_b = |spec: StreamSpec| {
        world.order(Command::Close { port: B });
        world.open(B, spec);
        world.order(Command::Bridge { a: A, b: B });
        (rtcp(&mut world, above(far(A))), {
            for seq in 1..=5 {
                world.rtp(B, stranger(1), seq);
            }
            rtcp(&mut world, above(far(A)))
        })
    };
    // Before B's far end was heard, and after it latched elsewhere.
    assert_eq!(
        to_b(spec(B)),
        (forward(B, above(far(B))), forward(B, above(far(B))))
    );
    let named_spec = StreamSpec {
        remote_rtcp: Some(named),
        ..spec(B)
    };
    assert_eq!(to_b(named_spec), (forward(B, named), forward(B, named)));
    assert_eq!(
        to_b(loose(B)),
        (forward(B, above(far(B))), forward(B, above(stranger(1))))
    );
    let unknown = StreamSpec {
        remote: None,
        ..spec(B)
    };
    assert_eq!(to_b(unknown), (Verdict::Consumed, Verdict::Consumed));
}

#[test]
fn where_it_came_from_is_forgotten_when_the_far_end_moves() {
    let mut world = World::bridged();
    rtcp(&mut world, above(far(A)));
    let moved = StreamSpec {
        remote: Some(stranger(4)),
        ..spec(A)
    };
    world.update(A, moved);
    let back = world.raw(B, Kind::Rtcp, above(far(B)), &mut report());
    assert_eq!(back, forward(A, above(stranger(4))));
}

#[test]
fn it_goes_back_to_where_it_came_from() {
    let mut world = World::bridged();
    world.update(A, loose(A));
    for seq in 1..=5 {
        world.rtp(A, stranger(1), seq);
    }
    let mut near = stranger(1);
    near.set_port(61_000);
    rtcp(&mut world, near);
    let back = world.raw(B, Kind::Rtcp, above(far(B)), &mut report());
    assert_eq!(back, forward(A, near));
}
