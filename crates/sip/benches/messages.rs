//! What messages and whole calls cost: time and allocations. `cargo bench -p pointsman-sip`, with part of a name
//! behind `--` for one of them; prints, judges nothing.
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use bytes::Bytes;
use pointsman_sip::{
    Builder, Dialog, Flow, Framer, LayerConfig, Message, Method, Name, Status, Timers, TransactionEvent,
    TransactionLayer,
};

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call goes on to the system allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[expect(clippy::disallowed_methods, reason = "a bench is there to read the clock")]
fn clock() -> Instant {
    Instant::now()
}

/// Best time of one round over a hundred short runs (others may be using the machine), and its allocations.
fn measure(name: &str, rounds: u32, mut work: impl FnMut()) {
    let wanted = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    if wanted.is_some_and(|wanted| !name.contains(&wanted)) {
        return;
    }
    for _ in 0..rounds / 4 {
        work();
    }
    let mut times: Vec<f64> = (0..100)
        .map(|_| {
            let start = clock();
            for _ in 0..rounds / 50 {
                work();
            }
            start.elapsed().as_secs_f64() * 1e9 / f64::from(rounds / 50)
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    for _ in 0..rounds {
        work();
    }
    let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
    let each = allocations as f64 / f64::from(rounds);
    println!("{name:<40} {:>9.0} ns {each:>7.2} allocations", times[0]);
}

fn invite() -> Bytes {
    let sdp = "v=0\r\no=- 2890844526 2890844526 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
               m=audio 49170 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n\
               a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n";
    let head = "INVITE sip:+3225550100@198.51.100.1:5060;user=phone SIP/2.0\r\n\
                Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-524287-1---a1b2c3d4e5f6a7b8;rport\r\n\
                Max-Forwards: 70\r\nContact: <sip:+3225550199@192.0.2.1:5060>\r\n\
                To: <sip:+3225550100@198.51.100.1;user=phone>\r\n\
                From: \"Alice Example\" <sip:+3225550199@192.0.2.1;user=phone>;tag=7a3f19c2\r\n\
                Call-ID: 84719ZDk0NWYxMjM0NTY3ODkwYWJjZGVm@192.0.2.1\r\nCSeq: 1 INVITE\r\n\
                Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK, INFO\r\nContent-Type: application/sdp\r\n\
                Supported: replaces, timer, 100rel\r\nUser-Agent: Example Softphone 5.2\r\n\
                P-Asserted-Identity: <sip:+3225550199@192.0.2.1>\r\n";
    format!("{head}Content-Length: {}\r\n\r\n{sdp}", sdp.len()).into()
}

fn flow(remote: [u8; 4]) -> Flow {
    Flow::udp(0, (remote, 5060).into())
}

fn layer(seed: u8) -> TransactionLayer {
    TransactionLayer::new(LayerConfig {
        timers: Timers::default(),
        seed: [seed; 32],
        sent_by: vec!["198.51.100.1:5060".to_owned()],
        max_server: usize::MAX,
    })
}

/// A caller and a callee whose layers carry whole calls; no network between them.
struct Pair {
    now: Instant,
    caller: TransactionLayer,
    callee: TransactionLayer,
    number: u32,
}

impl Pair {
    fn deliver_to_callee(&mut self) -> Option<TransactionEvent> {
        while let Some(transmit) = self.caller.poll_transmit() {
            self.callee
                .handle_datagram(self.now, flow([192, 0, 2, 1]), transmit.payload);
        }
        self.callee.poll_event()
    }

    fn deliver_to_caller(&mut self) -> Option<TransactionEvent> {
        while let Some(transmit) = self.callee.poll_transmit() {
            self.caller
                .handle_datagram(self.now, flow([198, 51, 100, 1]), transmit.payload);
        }
        std::iter::from_fn(|| self.caller.poll_event()).last()
    }

    /// INVITE, 100, 180, 200, ACK, BYE, 200: seven messages, each built once and received once.
    fn call(&mut self) {
        self.number += 1;
        let call_id = self.number.to_string();
        let invite = Builder::request(&Method::INVITE, "sip:+3225550100@198.51.100.1")
            .header(Name::MaxForwards, "70")
            .header(Name::From, "<sip:+3225550199@192.0.2.1>;tag=7a3f19c2")
            .header(Name::To, "<sip:+3225550100@198.51.100.1>")
            .header(Name::CallId, &call_id)
            .header(Name::CSeq, "1 INVITE")
            .header(Name::Contact, "<sip:+3225550199@192.0.2.1:5060>")
            .body("application/sdp", &[b'x'; 280]);
        let tx = self
            .caller
            .send_request(self.now, invite, flow([198, 51, 100, 1]));
        let Some(TransactionEvent::Request {
            tx: server, request, ..
        }) = self.deliver_to_callee()
        else {
            panic!("no INVITE");
        };
        let mut callee = Dialog::uas(
            &request,
            "b1c2d3e4",
            "<sip:198.51.100.1:5060>",
            flow([192, 0, 2, 1]),
        )
        .expect("a dialog");
        self.callee.respond(
            self.now,
            server,
            callee.respond(&request, Status::RINGING, None).finish(),
        );
        let ok = callee
            .respond(&request, Status::OK, None)
            .body("application/sdp", &[b'x'; 280])
            .finish();
        callee.confirm(&ok);
        self.callee.respond(self.now, server, ok);
        let Some(TransactionEvent::Response { response, .. }) = self.deliver_to_caller() else {
            panic!("no 200");
        };
        let sent = self.caller.sent_request(tx).expect("an accepted INVITE is kept");
        let mut dialog = Dialog::uac(&sent, &response, flow([198, 51, 100, 1])).expect("a dialog");
        let ack = dialog.ack(1);
        self.caller.send_ack(self.now, ack, dialog.flow());
        assert!(matches!(
            self.deliver_to_callee(),
            Some(TransactionEvent::Ack { .. })
        ));
        let bye = dialog.request(&Method::BYE);
        self.caller.send_request(self.now, bye, dialog.flow());
        let Some(TransactionEvent::Request {
            tx: server, request, ..
        }) = self.deliver_to_callee()
        else {
            panic!("no BYE");
        };
        callee.accept(&request).expect("in order");
        self.callee.respond(
            self.now,
            server,
            callee.respond(&request, Status::OK, None).finish(),
        );
        assert!(matches!(
            self.deliver_to_caller(),
            Some(TransactionEvent::Response { .. })
        ));
        // Half a millisecond a call, so that timers run and tables reach their size.
        self.now += std::time::Duration::from_micros(500);
        self.caller.handle_timeout(self.now);
        self.callee.handle_timeout(self.now);
        while self.caller.poll_event().is_some() || self.callee.poll_event().is_some() {}
    }
}

fn main() {
    let octets = invite();
    println!(
        "INVITE of {} octets; Message takes {} octets",
        octets.len(),
        size_of::<Message>()
    );
    measure("parse INVITE", 200_000, || {
        drop(black_box(Message::parse(black_box(octets.clone()))));
    });
    let head = octets.clone();
    let framed = |piece: usize| {
        let mut framer = Framer::new();
        for piece in head.chunks(piece) {
            framer.push(black_box(piece));
            drop(black_box(framer.poll()));
        }
    };
    measure("frame INVITE", 200_000, || framed(octets.len()));
    measure("frame INVITE, octet by octet", 20_000, || framed(1));
    let request = Message::parse(octets).expect("a good INVITE");
    measure("clone INVITE", 200_000, || {
        drop(black_box(black_box(&request).clone()));
    });
    measure("build 180", 200_000, || {
        let response = Builder::response(Status::RINGING, None, black_box(&request), Some("b1c2d3e4"));
        drop(black_box(
            response.header(Name::Contact, "<sip:198.51.100.1:5060>").finish(),
        ));
    });
    measure("dialog of an INVITE", 200_000, || {
        drop(black_box(Dialog::uas(
            &request,
            "b1c2d3e4",
            "<sip:198.51.100.1:5060>",
            flow([192, 0, 2, 1]),
        )));
    });
    let mut pair = Pair {
        now: clock(),
        caller: layer(1),
        callee: layer(2),
        number: 0,
    };
    measure("a call, both sides", 40_000, || pair.call());
    let (caller, callee) = (pair.caller.counts(), pair.callee.counts());
    println!(
        "lingering transactions at 2,000 calls a second: {} and {}",
        caller.linger, callee.linger
    );
}
