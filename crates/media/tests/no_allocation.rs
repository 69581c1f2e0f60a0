//! A relayed packet costs no allocation, and neither does any other packet once its kind has been seen.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use pointsman_media::{
    Command, Family, Kind, Latch, Packet, PayloadSet, Port, RecordingId, Side, StreamSpec, TapSink, Verdict,
    Worker, WorkerConfig, build_rtp,
};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: everything is passed to the system's allocator; counting touches nothing that allocates.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Counts bytes, as a ring with room would take them.
#[derive(Debug, Default)]
struct Meter(usize);

impl TapSink for Meter {
    fn start(&mut self, _: RecordingId, _: &Path, _: Instant) {}
    fn tap(&mut self, _: RecordingId, _: Side, _: Instant, packet: &[u8]) {
        self.0 += packet.len();
    }
}

fn far(port: Port) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1], port.0 + 10_000))
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "std has no other way to an Instant; which one does not matter"
)]
fn none_per_packet() {
    let (a, b) = (Port(20_000), Port(20_002));
    let mut worker = Worker::with_sink(WorkerConfig::default(), Meter::default());
    let mut now = Instant::now();
    for port in [a, b] {
        let spec = StreamSpec {
            remote: Some(far(port)),
            payloads: PayloadSet::from_iter([8, 101]),
            telephone_event: Some(101),
            ..StreamSpec::unknown(Family::V4, Latch::Probation, PayloadSet::default())
        };
        worker.handle_command(now, Command::Open { port, spec });
    }
    worker.handle_command(now, Command::Bridge { a, b });
    let record = Command::Record {
        id: RecordingId(1),
        path: "x".into(),
        caller: a,
        callee: Some(b),
    };
    worker.handle_command(now, record);

    let mut buffer = [0; 172];
    let mut out = [0; 1500];
    let before = ALLOCATIONS.get();
    let mut forwarded = 0;
    for n in 0..5000_u32 {
        now += Duration::from_millis(10);
        let (port, source) = match n % 4 {
            0 => (a, far(a)),
            1 | 2 => (b, far(b)),
            _ => (b, SocketAddr::from(([203, 0, 113, 9], 9))),
        };
        let digit = n % 500 == 0;
        let (pt, payload) = if digit {
            (101, &[5, 0x80, 3, 0x20][..])
        } else {
            (8, &[0xd5; 160][..])
        };
        let packet = Packet {
            pt,
            marker: false,
            seq: n as u16,
            timestamp: 80 * n,
            ssrc: 1,
            payload,
        };
        let length = build_rtp(&packet, &mut buffer).unwrap();
        let verdict = worker.handle_packet(now, port, Kind::Rtp, source, &mut buffer[..length]);
        forwarded += u32::from(matches!(verdict, Verdict::Forward { .. }));
        worker.handle_timeout(now);
        while worker.poll_packet(&mut out).is_some() {}
        while worker.poll_event().is_some() {}
        while worker.poll_connect().is_some() {}
    }
    assert_eq!(ALLOCATIONS.get() - before, 0);
    assert_eq!(forwarded, 3750);
    assert!(worker.sink().0 > 3000 * 172);
}
