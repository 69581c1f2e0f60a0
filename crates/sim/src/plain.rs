//! Plain calls one after the other, for measuring what the switch does for them and nothing else.
//!
//! The two phones are as simple as phones can be, their network loses nothing, and everything the switch does happens
//! in [`PlainCalls::switch`]: whoever counts allocations or instructions counts there.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use pointsman_call::{
    CallEvent, Gauges, NumberEntry, Routing, Shard, ShardConfig, Source, Trunk, TrunkLimits,
};
use pointsman_media::{Family, Kind, Latch, Port, Verdict, Worker, WorkerConfig};
use pointsman_policy::Direct;
use pointsman_sip::{Builder, Flow, Message, Method, Name, Status, Timers, Transmit, Transport};

use crate::clock::{START_MS, any_instant};
use crate::world::SWITCH;

const CALLER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 10)), 5060);
const CALLEE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 11)), 5060);

/// Where a phone has its RTP.
const RTP: u16 = 30_000;

/// The switch, a caller and a callee.
pub struct PlainCalls {
    now: Instant,
    meter: fn(bool),
    shard: Shard,
    worker: Worker,
    received: BytesMut,
    sent: Vec<Transmit>,
    number: u32,
    closed: usize,
}

/// A call that is up.
#[derive(Clone, Debug)]
pub struct Up {
    number: u32,
    to_tag: String,
    /// The switch's RTP ports towards the caller and the callee.
    ports: [Port; 2],
}

enum Input {
    Datagram(SocketAddr, Bytes),
    Time,
}

impl std::fmt::Debug for PlainCalls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PlainCalls")
            .field("calls", &self.number)
            .finish_non_exhaustive()
    }
}

impl PlainCalls {
    /// An idle switch. `meter` is told `true` when the switch begins to work and `false` when it has done.
    #[must_use]
    pub fn new(meter: fn(bool)) -> Self {
        let began = any_instant();
        let config = ShardConfig {
            advertised: vec![SWITCH.to_string()],
            media: SWITCH.ip().into(),
            ports: 20_000..=29_999,
            timers: Timers::default(),
            seed: [7; 32],
            max_calls: 10_000,
            wall: (began, START_MS),
        };
        Self {
            now: began,
            meter,
            shard: Shard::new(config, Arc::new(routing())),
            worker: Worker::new(WorkerConfig::default()),
            received: BytesMut::new(),
            sent: Vec::with_capacity(16),
            number: 0,
            closed: 0,
        }
    }

    /// A whole call: INVITE, 100, 180, 200, ACK, BYE, 200 on both sides, seven messages in and seven out.
    pub fn call(&mut self) {
        let up = self.set_up();
        self.hang_up(&up);
    }

    /// The part of a call up to and with the ACK.
    pub fn set_up(&mut self) -> Up {
        self.number += 1;
        let number = self.number;
        self.receive(CALLER, invite(number).as_bytes());
        let [trying, invite] = self.take_sent();
        assert_eq!(trying.status(), Some(Status::TRYING));
        self.receive(
            CALLEE,
            Builder::response(Status::TRYING, None, &invite, None)
                .finish()
                .raw(),
        );
        self.receive(CALLEE, answer(Status::RINGING, &invite).finish().raw());
        let [ringing] = self.take_sent();
        assert_eq!(ringing.status(), Some(Status::RINGING));
        let ok = answer(Status::OK, &invite).body("application/sdp", sdp(CALLEE, "8 101").as_bytes());
        self.receive(CALLEE, ok.finish().raw());
        let [ack, ok] = self.take_sent();
        assert_eq!((ack.method(), ok.status()), (&Method::ACK, Some(Status::OK)));
        let up = Up {
            number,
            to_tag: ok.to_tag().expect("a 2xx has a tag").to_owned(),
            ports: [port_in(&ok), port_in(&invite)],
        };
        self.receive(CALLER, in_dialog("ACK", 1, &up).as_bytes());
        let [] = self.take_sent();
        up
    }

    /// The rest: the caller hangs up.
    pub fn hang_up(&mut self, up: &Up) {
        let closed = self.closed;
        self.receive(CALLER, in_dialog("BYE", 2, up).as_bytes());
        let [ok, bye] = self.take_sent();
        assert_eq!((ok.status(), bye.method()), (Some(Status::OK), &Method::BYE));
        assert_eq!(self.closed, closed + 1, "one call, one CDR");
        self.receive(CALLEE, answer(Status::OK, &bye).finish().raw());
        let [] = self.take_sent();
    }

    /// Both sides send `packets` packets of 20 ms; returns how many were forwarded.
    pub fn talk(&mut self, up: &Up, packets: u16) -> usize {
        let mut packet = [0; 172];
        packet[..2].copy_from_slice(&[0x80, 8]);
        let mut forwarded = 0;
        for number in 0..packets {
            self.now += Duration::from_millis(20);
            packet[2..4].copy_from_slice(&number.to_be_bytes());
            packet[4..8].copy_from_slice(&(u32::from(number) * 160).to_be_bytes());
            for (port, phone) in up.ports.into_iter().zip([CALLER, CALLEE]) {
                let source = SocketAddr::new(phone.ip(), RTP);
                (self.meter)(true);
                let verdict = self
                    .worker
                    .handle_packet(self.now, port, Kind::Rtp, source, &mut packet);
                (self.meter)(false);
                forwarded += usize::from(matches!(verdict, Verdict::Forward { .. }));
            }
        }
        forwarded
    }

    /// Time passes, with everything that falls due in it.
    pub fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            let deadlines = [self.shard.poll_timeout(), self.worker.poll_timeout()];
            match deadlines.into_iter().flatten().map(|(at, _)| at).min() {
                Some(at) if at <= until => self.now = self.now.max(at),
                _ => break,
            }
            self.switch(Input::Time);
        }
        self.now = until;
    }

    /// Live counts of the switch.
    #[must_use]
    pub fn gauges(&self) -> Gauges {
        self.shard.gauges()
    }

    /// Gives back everything about media, so that what is left is signalling.
    pub fn forget_media(&mut self) {
        self.worker = Worker::new(WorkerConfig::default());
    }

    /// Octets from the caller's address, and how many datagrams they were worth.
    pub fn ask(&mut self, octets: &[u8]) -> usize {
        self.receive(CALLER, octets);
        self.sent.drain(..).count()
    }

    fn receive(&mut self, from: SocketAddr, payload: &[u8]) {
        // As the daemon keeps what it receives: several messages in one piece of memory.
        if self.received.capacity() < payload.len() {
            self.received = BytesMut::with_capacity(4096);
        }
        self.received.extend_from_slice(payload);
        let payload = self.received.split().freeze();
        self.switch(Input::Datagram(from, payload));
    }

    /// Everything the switch does: takes one input and drains what follows from it.
    #[inline(never)]
    fn switch(&mut self, input: Input) {
        (self.meter)(true);
        match input {
            Input::Datagram(remote, payload) => {
                let flow = Flow::udp(0, remote);
                self.shard.handle_datagram(self.now, flow, payload);
            }
            Input::Time => {
                self.shard.handle_timeout(self.now);
                self.worker.handle_timeout(self.now);
            }
        }
        while let Some(command) = self.shard.poll_media() {
            self.worker.handle_command(self.now, command);
        }
        while let Some(event) = self.worker.poll_event() {
            self.shard.handle_media(self.now, event);
        }
        while self.worker.poll_connect().is_some() {}
        while let Some(transmit) = self.shard.poll_transmit() {
            self.sent.push(transmit);
        }
        while let Some(event) = self.shard.poll_event() {
            self.closed += usize::from(matches!(event, CallEvent::Closed(_)));
        }
        (self.meter)(false);
    }

    fn take_sent<const N: usize>(&mut self) -> [Message; N] {
        let sent: Vec<Message> = self
            .sent
            .drain(..)
            .map(|transmit| Message::parse(transmit.payload).expect("the switch writes good messages"))
            .collect();
        sent.try_into().expect("a plain call goes as planned")
    }
}

fn routing() -> Routing {
    let trunk = |name: &str, remote: SocketAddr| Trunk {
        name: name.to_owned(),
        remote,
        transport: Transport::Udp,
        listener: 0,
        large: None,
        accept_from: vec![Source {
            address: remote.ip(),
            prefix: 32,
            port: None,
        }],
        media: Family::V4,
        latch: Latch::Strict,
        country: "32".to_owned(),
        limits: TrunkLimits::default(),
        transfer: false,
    };
    let direct = Direct {
        trunk: "pbx-antwerp".to_owned(),
        ring: Duration::from_secs(60),
    };
    let entry = NumberEntry {
        customer: "bakery".into(),
        policy_name: "direct".into(),
        policy: Arc::new(direct),
        record: false,
    };
    Routing {
        version: "plain".to_owned(),
        trunks: vec![trunk("pstn", CALLER), trunk("pbx-antwerp", CALLEE)],
        numbers: [("*".to_owned(), entry)].into(),
        prompts: Default::default(),
        plans: Default::default(),
        recording_octets: Default::default(),
        recorded_agents: Default::default(),
        sites: Default::default(),
        campaigns: Default::default(),
    }
}

fn sdp(phone: SocketAddr, payloads: &str) -> String {
    let ip = phone.ip();
    let maps: String = payloads
        .split(' ')
        .map(|payload| match payload {
            "0" => "a=rtpmap:0 PCMU/8000\r\n",
            "8" => "a=rtpmap:8 PCMA/8000\r\n",
            _ => "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n",
        })
        .collect();
    format!(
        "v=0\r\no=- 2890844526 2890844526 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n\
         m=audio {RTP} RTP/AVP {payloads}\r\n{maps}a=ptime:20\r\na=sendrecv\r\n"
    )
}

fn invite(number: u32) -> String {
    let body = sdp(CALLER, "8 0 101");
    format!(
        "INVITE sip:+3232000100@{SWITCH};user=phone SIP/2.0\r\n\
         Via: SIP/2.0/UDP {CALLER};branch=z9hG4bK-524287-1---{number:08x};rport\r\n\
         Max-Forwards: 70\r\nContact: <sip:+32475112233@{CALLER}>\r\nTo: <sip:+3232000100@{SWITCH};user=phone>\r\n\
         From: \"Alice Example\" <sip:+32475112233@{CALLER};user=phone>;tag=7a3f{number:08x}\r\n\
         Call-ID: 84719ZDk0NWYxMjM0NTY3ODkwYWJjZGVm-{number}@{CALLER}\r\nCSeq: 1 INVITE\r\n\
         Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK, INFO\r\nContent-Type: application/sdp\r\n\
         Supported: replaces, timer, 100rel\r\nUser-Agent: Example Softphone 5.2\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// ACK or BYE of the caller.
fn in_dialog(method: &str, cseq: u32, up: &Up) -> String {
    let Up { number, to_tag, .. } = up;
    format!(
        "{method} sip:{SWITCH} SIP/2.0\r\n\
         Via: SIP/2.0/UDP {CALLER};branch=z9hG4bK-524287-{cseq}-{method}-{number:08x};rport\r\n\
         Max-Forwards: 70\r\nTo: <sip:+3232000100@{SWITCH};user=phone>;tag={to_tag}\r\n\
         From: \"Alice Example\" <sip:+32475112233@{CALLER};user=phone>;tag=7a3f{number:08x}\r\n\
         Call-ID: 84719ZDk0NWYxMjM0NTY3ODkwYWJjZGVm-{number}@{CALLER}\r\nCSeq: {cseq} {method}\r\n\
         User-Agent: Example Softphone 5.2\r\nContent-Length: 0\r\n\r\n"
    )
}

/// A response of the callee.
fn answer(status: Status, request: &Message) -> Builder {
    Builder::response(status, None, request, Some("b1c2d3e4f5"))
        .header(Name::Contact, &format!("<sip:100@{CALLEE}>"))
        .header(Name::UserAgent, "Example PBX 12")
}

/// The port of the audio stream that a message of the switch describes.
fn port_in(message: &Message) -> Port {
    let body = message.body();
    let text = std::str::from_utf8(&body).expect("the switch writes text");
    let port = text
        .split_once("m=audio ")
        .and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
    Port(port.expect("the switch describes one audio stream"))
}
