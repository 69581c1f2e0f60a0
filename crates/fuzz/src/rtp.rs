//! Packets through the media worker: two bridged streams, a recording, and whatever arrives.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use pointsman_media::{
    Command, Family, Kind, Latch, MediaEvent, PayloadSet, Port, StreamSpec, Verdict, Worker, WorkerConfig,
};

const PORTS: [Port; 2] = [Port(20_000), Port(20_002)];

/// Most packets of one input.
const MOST: usize = 400;

#[expect(
    clippy::disallowed_methods,
    reason = "the one base of virtual time; nothing depends on its value"
)]
fn any_instant() -> Instant {
    Instant::now()
}

fn source(number: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, number], 30_000))
}

fn spec(number: u8, latch: Latch) -> StreamSpec {
    StreamSpec {
        remote: Some(source(number)),
        payloads: [0_u8, 8, 101].into_iter().collect::<PayloadSet>(),
        telephone_event: Some(101),
        send: true,
        receive: true,
        ..StreamSpec::unknown(Family::V4, latch, PayloadSet::default())
    }
}

/// Every packet begins with a head of two octets: what it is, and its length. A packet only ever leaves by the other
/// stream, nothing is kept without bound, and a closed stream reports that once.
pub fn rtp(octets: &[u8]) {
    let mut now = any_instant();
    let mut worker = Worker::new(WorkerConfig::default());
    let latch = match octets.first().is_some_and(|first| first & 0x80 != 0) {
        true => Latch::Probation,
        false => Latch::Strict,
    };
    for (port, number) in PORTS.into_iter().zip(1..) {
        let spec = spec(number, latch);
        worker.handle_command(now, Command::Open { port, spec });
    }
    let [a, b] = PORTS;
    worker.handle_command(now, Command::Bridge { a, b });
    let mut rest = octets;
    for _ in 0..MOST {
        let [what, length, tail @ ..] = rest else { break };
        let (packet, tail) = tail.split_at(usize::from(*length).min(tail.len()));
        rest = tail;
        now += Duration::from_millis(u64::from(what >> 4) * 5);
        arrive(&mut worker, now, *what, packet);
        drain(&mut worker, now);
        assert!(worker.held_packets() <= 64, "held packets pile up");
    }
    for port in PORTS {
        worker.handle_command(now, Command::Close { port });
    }
    let closed = std::iter::from_fn(|| worker.poll_event())
        .filter(|event| matches!(event, MediaEvent::Closed { .. }))
        .count();
    assert_eq!((closed, worker.streams()), (2, 0));
}

fn arrive(worker: &mut Worker, now: Instant, what: u8, packet: &[u8]) {
    let side = usize::from(what & 1);
    let kind = if what & 2 == 0 { Kind::Rtp } else { Kind::Rtcp };
    // Mostly from where it should come, sometimes from a stranger.
    let from = if what & 12 == 12 { 9 } else { what % 2 + 1 };
    let mut bytes = packet.to_vec();
    let verdict = worker.handle_packet(now, PORTS[side], kind, source(from), &mut bytes);
    if let Verdict::Forward { port, .. } = verdict {
        assert_eq!(port, PORTS[1 - side], "a packet left by its own stream");
        assert_eq!(bytes.len(), packet.len());
    }
}

fn drain(worker: &mut Worker, now: Instant) {
    if worker.poll_timeout().is_some_and(|(at, _)| at <= now) {
        worker.handle_timeout(now);
    }
    let mut out = [0; 1500];
    let mut sent = 0;
    while let Some((_, _, length)) = worker.poll_packet(&mut out) {
        sent += 1;
        assert!(length <= out.len() && sent <= 128, "one packet makes many");
    }
    while worker.poll_connect().is_some() {}
    while worker.poll_event().is_some() {}
}
