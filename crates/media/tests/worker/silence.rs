use pointsman_media::{Command, MediaEvent, StreamSpec};

use crate::world::{A, B, World, far, loose, ms, spec, stranger};

fn silences(world: &mut World) -> usize {
    world
        .events()
        .iter()
        .filter(|event| matches!(event, MediaEvent::Silent { port: A }))
        .count()
}

#[test]
fn silence_is_reported_once_and_only_after_a_first_packet() {
    let mut world = World::bridged();
    world.run(ms(600_000));
    assert_eq!(silences(&mut world), 0);

    world.rtp(A, far(A), 1);
    world.run(ms(29_999));
    assert_eq!(silences(&mut world), 0);
    world.run(ms(1));
    assert_eq!(silences(&mut world), 1);
    world.run(ms(600_000));
    assert_eq!(silences(&mut world), 0);

    // Packets again: it can fall silent again.
    world.rtp(A, far(A), 2);
    world.run(ms(30_000));
    assert_eq!(silences(&mut world), 1);
}

#[test]
fn every_packet_puts_it_off() {
    let mut world = World::bridged();
    for seq in 0..100 {
        world.rtp(A, far(A), seq);
        world.run(ms(20_000));
    }
    assert_eq!(silences(&mut world), 0);
    world.run(ms(10_000));
    assert_eq!(silences(&mut world), 1);
}

#[test]
fn whoever_may_not_send_is_not_silent() {
    let mut world = World::bridged();
    world.rtp(A, far(A), 1);
    world.run(ms(10_000));
    world.update(
        A,
        StreamSpec {
            receive: false,
            ..spec(A)
        },
    );
    world.run(ms(600_000));
    assert_eq!(silences(&mut world), 0);

    // The clock starts anew when the hold ends.
    world.update(A, spec(A));
    world.run(ms(29_999));
    assert_eq!(silences(&mut world), 0);
    world.run(ms(1));
    assert_eq!(silences(&mut world), 1);
}

#[test]
fn packets_of_strangers_are_no_sign_of_life() {
    let mut world = World::bridged();
    world.rtp(A, far(A), 1);
    for seq in 0..300 {
        world.rtp(A, stranger(1), seq);
        world.run(ms(100));
    }
    assert_eq!(silences(&mut world), 1);
}

#[test]
fn nothing_is_left_to_wait_for_when_all_is_closed() {
    let mut world = World::bridged();
    world.update(A, loose(A));
    world.rtp(A, far(A), 1);
    world.rtp(B, far(B), 1);
    world.play(A, 1, &crate::world::prompt(800), 0);
    assert!(world.worker.poll_timeout().is_some());
    world.order(Command::Close { port: A });
    world.order(Command::Close { port: B });
    assert_eq!(world.worker.poll_timeout(), None);
    assert_eq!(world.worker.streams(), 0);
}

#[test]
fn the_socket_is_connected_while_only_one_source_can_be_believed() {
    let mut world = World::bridged();
    world.update(A, loose(A));
    assert_eq!(world.worker.connected(A), None);

    world.rtp(A, far(A), 1);
    assert_eq!(
        (world.worker.connected(A), world.connects()),
        (Some(far(A)), vec![(A, Some(far(A)))])
    );

    // Silence re-arms the latch: others must be heard again.
    world.run(ms(2000));
    assert_eq!(
        (world.worker.connected(A), world.connects()),
        (None, vec![(A, None)])
    );
    world.rtp(A, far(A), 2);
    assert_eq!(world.connects(), [(A, Some(far(A)))]);

    world.order(Command::Close { port: A });
    assert_eq!(
        (world.worker.connected(A), world.connects()),
        (None, vec![(A, None)])
    );
}

#[test]
fn a_strict_stream_stays_connected_through_silence() {
    let mut world = World::bridged();
    world.rtp(A, far(A), 1);
    world.run(ms(600_000));
    assert_eq!(world.connects(), [(A, Some(far(A)))]);
    // Until its far end moves.
    world.update(
        A,
        StreamSpec {
            remote: Some(stranger(2)),
            ..spec(A)
        },
    );
    assert_eq!(world.connects(), [(A, None)]);
}

#[test]
fn a_stranger_that_latched_is_not_connected_so_that_the_signalled_address_can_be_heard() {
    let mut world = World::bridged();
    world.update(A, loose(A));
    for seq in 1..=9 {
        world.rtp(A, stranger(1), seq);
    }
    assert_eq!((world.worker.connected(A), world.connects()), (None, vec![]));
}
