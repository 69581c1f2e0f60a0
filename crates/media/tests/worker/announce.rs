use std::time::Duration;

use pointsman_media::{Codec, Command, MediaEvent, PlayId, StreamSpec, Verdict};

use crate::world::{A, B, Sent, World, far, forward, loose, ms, prompt, spec, stranger};

/// Only A, strict.
fn one_leg() -> World {
    let mut world = World::empty();
    world.open(A, spec(A));
    world
}

fn ended(world: &mut World) -> Vec<u32> {
    let events = world.events().into_iter();
    events
        .filter_map(|event| {
            if let MediaEvent::PlayEnded { id, .. } = event {
                Some(id.0)
            } else {
                None
            }
        })
        .collect()
}

/// Numbers and timestamps counted from the first packet.
fn relative(sent: &[(Duration, Sent)]) -> Vec<(u64, u16, u32, bool)> {
    let first = &sent[0].1;
    let row = |(at, sent): &(Duration, Sent)| {
        let (seq, timestamp) = (
            sent.seq.wrapping_sub(first.seq),
            sent.timestamp.wrapping_sub(first.timestamp),
        );
        (at.as_millis() as u64, seq, timestamp, sent.marker)
    };
    sent.iter().map(row).collect()
}

#[test]
fn twenty_milliseconds_a_packet_from_the_order_on() {
    let mut world = one_leg();
    let prompt = prompt(400);
    world.play(A, 7, &prompt, 1);
    let sent = world.run(ms(59));
    assert_eq!(
        relative(&sent),
        [(0, 0, 0, true), (20, 1, 160, false), (40, 2, 320, false)]
    );
    assert!(
        sent.iter()
            .all(|(_, sent)| (sent.port, sent.to, sent.pt) == (A, far(A), 8))
    );
    assert!(
        sent.iter()
            .all(|(_, packet)| packet.ssrc == sent[0].1.ssrc && packet.payload.len() == 160)
    );

    let audio: Vec<u8> = sent.iter().flat_map(|(_, sent)| sent.payload.clone()).collect();
    assert_eq!(audio[..400], *prompt.encoded(Codec::Pcma));
    assert_eq!(audio[400..], [Codec::Pcma.silence(); 80]);
    // It ends when its last packet has been heard.
    assert_eq!(ended(&mut world), []);
    world.run(ms(1));
    assert_eq!(ended(&mut world), [7]);
    assert_eq!(world.worker.poll_timeout(), None);
    assert_eq!(world.close(A).sent, 3);
}

#[test]
fn repeats_follow_without_a_seam() {
    let mut world = one_leg();
    let prompt = prompt(200);
    world.play(A, 1, &prompt, 3);
    let sent = world.run(ms(200));
    let audio: Vec<u8> = sent.iter().flat_map(|(_, sent)| sent.payload.clone()).collect();
    assert_eq!(audio[..600], prompt.encoded(Codec::Pcma).repeat(3));
    assert_eq!((sent.len(), ended(&mut world)), (4, vec![1]));
}

#[test]
fn for_ever_means_until_stopped() {
    let mut world = one_leg();
    world.play(A, 1, &prompt(200), 0);
    assert_eq!(world.run(ms(100_000)).len(), 5001);
    world.order(Command::StopPlay { port: A });
    assert_eq!((world.run(ms(1000)).len(), ended(&mut world)), (0, vec![]));
    assert_eq!(world.worker.poll_timeout(), None);
}

#[test]
fn an_empty_prompt_ends_at_once_even_for_ever() {
    for repeat in [0, 1, 5] {
        let mut world = one_leg();
        world.play(A, 1, &prompt(0), repeat);
        assert_eq!(
            (world.run(ms(100)).len(), ended(&mut world)),
            (0, vec![1]),
            "repeat {repeat}"
        );
    }
}

#[test]
fn the_next_announcement_goes_on_where_the_clock_is() {
    let mut world = one_leg();
    world.play(A, 1, &prompt(160), 1);
    let first = world.run(ms(1000));
    world.play(A, 2, &prompt(160), 1);
    let second = world.run(ms(1000));
    let both = [first, second].concat();
    assert_eq!(relative(&both), [(0, 0, 0, true), (1000, 1, 8000, true)]);
    assert_eq!(both[0].1.ssrc, both[1].1.ssrc);
    assert_eq!(ended(&mut world), [1, 2]);
}

#[test]
fn a_short_pause_between_two_announcements_is_not_caught_up() {
    let mut world = one_leg();
    world.play(A, 1, &prompt(160), 1);
    let first = world.run(ms(70));
    world.play(A, 2, &prompt(320), 1);
    let second = world.run(ms(100));
    let both = [first, second].concat();
    assert_eq!(
        relative(&both),
        [(0, 0, 0, true), (70, 1, 560, true), (90, 2, 720, false)]
    );
}

#[test]
fn another_announcement_replaces_one_that_plays_and_keeps_its_beat() {
    let mut world = one_leg();
    world.play(A, 1, &prompt(1600), 1);
    let first = world.run(ms(30));
    world.play(A, 2, &prompt(160), 1);
    let second = world.run(ms(100));
    let both = [first, second].concat();
    assert_eq!(
        relative(&both),
        [(0, 0, 0, true), (20, 1, 160, false), (40, 2, 320, true)]
    );
    assert_eq!(ended(&mut world), [2]);
}

#[test]
fn after_a_stall_the_beat_is_taken_up_again_not_made_up_for() {
    let mut world = one_leg();
    world.play(A, 1, &prompt(8000), 1);
    world.packets();
    // A short one is made up for: the far end has a jitter buffer.
    world.now += ms(70);
    world.worker.handle_timeout(world.now);
    assert_eq!(world.packets().len(), 3);
    // 430 ms later than due: one packet, as far on in time, marked as a new spurt.
    let before = world.run(ms(10)).pop().unwrap().1;
    world.now = world.start + ms(530);
    world.worker.handle_timeout(world.now);
    let after = world.packets();
    assert_eq!(after.len(), 1);
    assert_eq!(after[0].seq, before.seq.wrapping_add(1));
    assert_eq!(after[0].timestamp.wrapping_sub(before.timestamp), 8 * 450);
    assert!(after[0].marker);
}

#[test]
fn on_hold_it_plays_to_nobody_and_time_goes_on() {
    let mut world = one_leg();
    world.play(A, 1, &prompt(8000), 1);
    let before = world.run(ms(99));
    world.update(
        A,
        StreamSpec {
            send: false,
            ..spec(A)
        },
    );
    assert_eq!(world.run(ms(100)), []);
    world.update(A, spec(A));
    let after = world.run(ms(30));
    let both = [before, after].concat();
    let rows = relative(&both);
    assert_eq!(rows[4], (80, 4, 640, false));
    assert_eq!(rows[5], (200, 5, 1600, true));
}

#[test]
fn without_an_address_it_still_comes_to_its_end() {
    let mut world = World::empty();
    world.open(
        A,
        StreamSpec {
            remote: None,
            ..spec(A)
        },
    );
    world.play(A, 1, &prompt(1600), 1);
    assert_eq!((world.run(ms(1000)), ended(&mut world)), (vec![], vec![1]));
    assert_eq!(world.close(A).sent, 0);
}

#[test]
fn it_follows_the_latch() {
    let mut world = World::empty();
    world.open(A, loose(A));
    world.play(A, 1, &prompt(8000), 1);
    assert_eq!(world.packets()[0].to, far(A));
    for seq in 1..=5 {
        world.rtp(A, stranger(1), seq);
    }
    assert!(world.run(ms(100)).iter().all(|(_, sent)| sent.to == stranger(1)));
}

#[test]
fn whoever_hears_an_announcement_does_not_hear_the_peer() {
    let mut world = World::bridged();
    world.play(A, 1, &prompt(1600), 1);
    assert_eq!(world.rtp(B, far(B), 1), Verdict::Consumed);
    assert_eq!(world.rtp(A, far(A), 1), forward(B, far(B)));
    let ssrc = world.packets()[0].ssrc;
    world.run(ms(500));
    assert_eq!(world.rtp(B, far(B), 2), forward(A, far(A)));
    // The relayed stream has a source of its own.
    assert_ne!(ssrc, 1);
}

#[test]
fn the_law_and_its_number_are_those_of_the_order() {
    let mut world = one_leg();
    let prompt = prompt(160);
    let order = Command::Play {
        port: A,
        id: PlayId(1),
        prompt: prompt.clone(),
        codec: Codec::Pcmu,
        pt: 97,
        repeat: 1,
    };
    world.order(order);
    let sent = world.packets();
    assert_eq!(
        (sent[0].pt, sent[0].payload.as_slice()),
        (97, prompt.encoded(Codec::Pcmu))
    );
}

#[test]
fn the_same_seed_gives_the_same_packets_and_another_does_not() {
    let play = |seed| {
        let mut world = World::empty();
        let config = pointsman_media::WorkerConfig {
            seed: [seed; 32],
            ..Default::default()
        };
        world.worker = pointsman_media::Worker::with_sink(config, crate::world::Tape::default());
        world.open(A, spec(A));
        world.play(A, 1, &prompt(800), 1);
        world.run(ms(500))
    };
    assert_eq!(play(1), play(1));
    let (one, two) = (play(1), play(2));
    assert!(one[0].1.ssrc != two[0].1.ssrc && one[0].1.timestamp != two[0].1.timestamp);
}

#[test]
fn many_announcements_share_one_clock() {
    let mut world = World::empty();
    let prompt = prompt(1600);
    for n in 0..50 {
        let port = pointsman_media::Port(20_000 + 2 * n);
        world.open(port, spec(port));
        world.play(port, u32::from(n), &prompt, 1);
        world.run(ms(3));
    }
    world.run(ms(1000));
    let mut all = ended(&mut world);
    all.sort_unstable();
    assert_eq!(all, (0..50).collect::<Vec<_>>());
    for n in 0..50 {
        assert_eq!(world.close(pointsman_media::Port(20_000 + 2 * n)).sent, 10);
    }
}
