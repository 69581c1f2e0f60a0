use std::path::PathBuf;

use pointsman_media::{Command, Kind, Port, RecordingId, Side, StreamSpec, read_rtp};

use crate::world::{A, B, EVENT, Taped, World, far, loose, ms, packet, prompt, spec, stranger};

const C: Port = Port(20_004);

/// Side and sequence number of what was taped since the last look; of announcements only the side.
fn sides(world: &mut World) -> Vec<(Side, u16)> {
    let taped = world.taped().into_iter();
    taped
        .filter_map(|taped| match taped {
            Taped::Tap(_, side, _, packet) => Some((side, read_rtp(&packet).expect("RTP was taped").seq)),
            _ => None,
        })
        .collect()
}

fn stop(world: &mut World, id: u64) {
    world.order(Command::StopRecord { id: RecordingId(id) });
}

#[test]
fn it_begins_with_the_order_and_ends_with_the_order() {
    let mut world = World::bridged();
    world.rtp(A, far(A), 1);
    world.record(9, A, Some(B));
    world.run(ms(20));
    let now = world.now;
    world.rtp(A, far(A), 2);
    world.rtp(B, far(B), 3);
    stop(&mut world, 9);
    world.rtp(A, far(A), 4);
    let id = RecordingId(9);
    let expected = [
        Taped::Start(id, PathBuf::from("9.wav"), world.start),
        Taped::Tap(id, Side::Caller, now, packet(2, 8, 1)),
        Taped::Tap(id, Side::Callee, now, packet(3, 8, 1)),
        Taped::Stop(id, now),
    ];
    assert_eq!(world.taped(), expected);
    // A second stop finds nothing.
    stop(&mut world, 9);
    assert_eq!(world.taped(), []);
}

#[test]
fn the_callee_is_on_tape_only_while_the_caller_hears_it() {
    let mut world = World::empty();
    for port in [A, B, C] {
        world.open(port, spec(port));
    }
    world.record(1, A, Some(B));
    world.rtp(B, far(B), 1);
    assert_eq!(sides(&mut world), [], "not bridged");

    world.order(Command::Bridge { a: C, b: B });
    world.rtp(B, far(B), 2);
    assert_eq!(sides(&mut world), [], "bridged with somebody else");

    world.order(Command::Bridge { a: A, b: B });
    world.rtp(B, far(B), 3);
    assert_eq!(sides(&mut world), [(Side::Callee, 3)]);

    world.update(
        A,
        StreamSpec {
            send: false,
            ..spec(A)
        },
    );
    world.rtp(B, far(B), 4);
    world.rtp(A, far(A), 5);
    assert_eq!(
        sides(&mut world),
        [(Side::Caller, 5)],
        "the caller is on hold, but may speak"
    );

    world.update(
        A,
        StreamSpec {
            receive: false,
            ..spec(A)
        },
    );
    world.rtp(B, far(B), 6);
    world.rtp(A, far(A), 7);
    assert_eq!(sides(&mut world), [(Side::Callee, 6)], "the caller may not speak");
}

#[test]
fn an_announcement_to_the_caller_is_what_the_caller_hears() {
    let mut world = World::bridged();
    world.record(1, A, Some(B));
    world.taped();
    world.play(A, 1, &prompt(320), 1);
    let sent = world.run(ms(39));
    world.rtp(B, far(B), 99);
    world.rtp(A, far(A), 50);
    let expected = [
        (Side::Callee, sent[0].1.seq),
        (Side::Callee, sent[1].1.seq),
        (Side::Caller, 50),
    ];
    assert_eq!(sides(&mut world), expected);
}

#[test]
fn an_announcement_is_on_tape_as_it_was_due_and_as_it_was_sent() {
    let mut world = World::bridged();
    world.record(1, A, None);
    world.taped();
    world.play(A, 1, &prompt(160), 1);
    // Polled 7 ms late.
    world.now += ms(7);
    world.worker.handle_timeout(world.now);
    let sent = world.packets().remove(0);
    let Taped::Tap(RecordingId(1), Side::Callee, at, bytes) = world.taped().remove(0) else {
        panic!("no tap")
    };
    assert_eq!(
        (at, read_rtp(&bytes).unwrap().payload),
        (world.start, sent.payload.as_slice())
    );
}

#[test]
fn an_announcement_to_the_callee_is_not_on_tape() {
    let mut world = World::bridged();
    world.record(1, A, Some(B));
    world.taped();
    world.play(B, 1, &prompt(320), 1);
    world.run(ms(100));
    assert_eq!(world.taped(), []);
}

#[test]
fn digits_are_not_on_tape() {
    let mut world = World::bridged();
    world.record(1, A, Some(B));
    world.taped();
    world.rtp_as(A, far(A), 1, EVENT, 1);
    world.rtp_as(B, far(B), 1, EVENT, 1);
    world.rtp_as(A, far(A), 2, 8, 1);
    assert_eq!(sides(&mut world), [(Side::Caller, 2)]);
}

#[test]
fn refused_packets_are_not_on_tape() {
    let mut world = World::bridged();
    world.record(1, A, Some(B));
    world.taped();
    world.rtp(A, stranger(1), 1);
    world.raw(A, Kind::Rtp, far(A), &mut [0x80; 11]);
    let mut rtcp = [0x80, 201, 0, 1, 0, 0, 0, 1];
    world.raw(A, Kind::Rtcp, stranger(1), &mut rtcp);
    assert_eq!(world.taped(), []);
}

#[test]
fn held_packets_are_on_tape_with_the_time_they_came() {
    let mut world = World::bridged();
    world.update(A, loose(A));
    world.record(1, A, Some(B));
    world.taped();
    let mut times = Vec::new();
    for seq in 1..=5 {
        times.push((world.now, seq));
        world.rtp(A, stranger(1), seq);
        world.run(ms(20));
    }
    let taped = world.taped().into_iter().map(|taped| match taped {
        Taped::Tap(_, Side::Caller, at, packet) => (at, read_rtp(&packet).unwrap().seq),
        other => panic!("{other:?}"),
    });
    assert_eq!(taped.collect::<Vec<_>>(), times);
}

#[test]
fn a_recording_is_given_another_callee_without_a_new_start() {
    let mut world = World::bridged();
    world.open(C, spec(C));
    world.record(1, A, None);
    world.rtp(B, far(B), 1);
    assert_eq!(world.taped().len(), 1, "only the start");

    world.record(1, A, Some(B));
    world.rtp(B, far(B), 2);
    world.order(Command::Bridge { a: A, b: C });
    world.record(1, A, Some(C));
    world.rtp(B, far(B), 3);
    world.rtp(C, far(C), 4);
    world.rtp(A, far(A), 5);
    let first = [(Side::Callee, 2), (Side::Callee, 4), (Side::Caller, 5)];
    let taped = world.taped();
    assert!(!taped.iter().any(|taped| matches!(taped, Taped::Start(..))));
    world.worker.sink_mut().0 = taped;
    assert_eq!(sides(&mut world), first);
}

#[test]
fn two_recordings_of_one_leg_do_not_mix() {
    let mut world = World::bridged();
    world.record(1, A, Some(B));
    world.record(2, B, Some(A));
    world.taped();
    world.rtp(A, far(A), 1);
    let sides = |world: &mut World| {
        let taped = world.taped().into_iter();
        let row = |taped| {
            if let Taped::Tap(id, side, ..) = taped {
                Some((id.0, side))
            } else {
                None
            }
        };
        taped.filter_map(row).collect::<Vec<_>>()
    };
    assert_eq!(sides(&mut world), [(1, Side::Caller), (2, Side::Callee)]);
    stop(&mut world, 1);
    world.rtp(A, far(A), 2);
    assert_eq!(sides(&mut world), [(2, Side::Callee)]);
}

#[test]
fn the_next_call_on_a_port_is_not_recorded() {
    let mut world = World::bridged();
    world.record(1, A, Some(B));
    world.close(A);
    world.close(B);
    world.taped();
    for port in [A, B] {
        world.open(port, spec(port));
    }
    world.order(Command::Bridge { a: A, b: B });
    world.rtp(A, far(A), 1);
    world.rtp(B, far(B), 1);
    assert_eq!(world.taped(), []);
    // The recording itself is still there to be ended.
    stop(&mut world, 1);
    assert_eq!(world.taped(), [Taped::Stop(RecordingId(1), world.now)]);
}
