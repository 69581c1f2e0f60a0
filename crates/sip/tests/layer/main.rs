//! The transaction layer in virtual time: one file for each kind of behaviour.
mod cancel;
mod client_invite;
mod client_other;
mod ends;
mod hostile;
#[path = "../mutate/mod.rs"]
mod mutate;
mod pair;
mod routing;
mod server_invite;
mod server_other;
mod stateless;
mod streams;

use std::time::{Duration, Instant};

use bytes::Bytes;
use pointsman_sip::{
    Builder, ClientTx, Flow, LayerConfig, Message, Method, Name, ServerTx, Status, Timers, TransactionEvent,
    TransactionLayer, Transmit, Transport,
};

/// The address that the peer of a [`Bench`] has.
const PEER: &str = "192.0.2.1:5060";

/// A layer, its clock, and what came out of it.
struct Bench {
    layer: TransactionLayer,
    start: Instant,
    now: Instant,
    sent: Vec<(u64, Transmit)>,
    events: Vec<TransactionEvent>,
}

impl Bench {
    fn new() -> Self {
        Self::with_limit(1_000)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "virtual time needs an instant to count from"
    )]
    fn with_limit(max_server: usize) -> Self {
        let start = Instant::now();
        let config = LayerConfig {
            timers: Timers::default(),
            seed: [1; 32],
            sent_by: vec!["198.51.100.1:5060".to_owned(), "[2001:db8::1]:5070".to_owned()],
            max_server,
        };
        Self {
            layer: TransactionLayer::new(config),
            start,
            now: start,
            sent: Vec::new(),
            events: Vec::new(),
        }
    }

    fn elapsed(&self) -> u64 {
        u64::try_from((self.now - self.start).as_millis()).expect("tests are short")
    }

    fn drain(&mut self) {
        while let Some(transmit) = self.layer.poll_transmit() {
            self.sent.push((self.elapsed(), transmit));
        }
        while let Some(event) = self.layer.poll_event() {
            self.events.push(event);
        }
    }

    /// Fires every timer up to `ms` after the start.
    fn run_to(&mut self, ms: u64) {
        let end = self.start + Duration::from_millis(ms);
        while let Some((at, _)) = self.layer.poll_timeout().filter(|(at, _)| *at <= end) {
            assert!(at >= self.now, "a deadline lies in the past");
            self.now = at;
            self.layer.handle_timeout(at);
            self.drain();
        }
        self.now = end;
    }

    /// Fires timers until none is left.
    fn run_out(&mut self) {
        let mut fired = 0;
        while let Some((at, _)) = self.layer.poll_timeout() {
            self.now = at;
            self.layer.handle_timeout(at);
            self.drain();
            fired += 1;
            assert!(fired < 10_000, "timers never end");
        }
        let counts = self.layer.counts();
        assert_eq!(
            (counts.client, counts.server, counts.linger),
            (0, 0, 0),
            "something is left over"
        );
    }

    fn receive(&mut self, octets: impl Into<Bytes>) {
        self.receive_from(PEER, octets);
    }

    fn receive_from(&mut self, peer: &str, octets: impl Into<Bytes>) {
        self.layer.handle_datagram(self.now, flow_to(peer), octets.into());
        self.drain();
    }

    fn send(&mut self, method: &Method) -> (ClientTx, Message) {
        let tx = self.layer.send_request(self.now, outgoing(method), flow_to(PEER));
        self.drain();
        let message = self
            .layer
            .sent_request(tx)
            .expect("it has just been sent")
            .into_owned();
        (tx, message)
    }

    fn respond(&mut self, tx: ServerTx, response: Message) {
        self.layer.respond(self.now, tx, response);
        self.drain();
    }

    /// Takes what was sent: time in ms and text.
    fn sent(&mut self) -> Vec<(u64, String)> {
        let text = |transmit: &Transmit| String::from_utf8_lossy(&transmit.payload).into_owned();
        self.sent
            .drain(..)
            .map(|(at, transmit)| (at, text(&transmit)))
            .collect()
    }

    /// Takes what was sent: time in ms and start line.
    fn start_lines(&mut self) -> Vec<(u64, String)> {
        let first = |text: String| text.lines().next().unwrap_or("").to_owned();
        self.sent()
            .into_iter()
            .map(|(at, text)| (at, first(text)))
            .collect()
    }

    /// Takes the events, in words.
    fn events(&mut self) -> Vec<String> {
        self.events.drain(..).map(|event| describe(&event)).collect()
    }

    /// Takes the one event that there is, a request.
    fn request(&mut self) -> (ServerTx, Message) {
        match self.events.drain(..).next() {
            Some(TransactionEvent::Request { tx, request, .. }) => (tx, request),
            other => panic!("no request but {other:?}"),
        }
    }
}

fn flow_to(peer: &str) -> Flow {
    Flow::udp(0, peer.parse().expect("a socket address"))
}

fn describe(event: &TransactionEvent) -> String {
    match event {
        TransactionEvent::Request { request, .. } => format!("Request {}", request.method()),
        TransactionEvent::Ack { ack, .. } => format!("Ack {}", ack.cseq().0),
        TransactionEvent::Cancel { .. } => "Cancel".to_owned(),
        TransactionEvent::Response { response, .. } => {
            let status = response.status().map_or(0, |status| status.0);
            format!("Response {status} {}", response.to_tag().unwrap_or("-"))
        }
        TransactionEvent::ClientEnded { why, .. } => format!("ClientEnded {why:?}"),
        TransactionEvent::ServerEnded { why, .. } => format!("ServerEnded {why:?}"),
        TransactionEvent::Refused { refusal } => format!("Refused {}", refusal.status.0),
        TransactionEvent::Dropped { why } => format!("Dropped {why}"),
    }
}

/// A request of ours.
fn outgoing(method: &Method) -> Builder {
    Builder::request(method, "sip:b@example.com")
        .header(Name::Route, "<sip:proxy.example.com;lr>")
        .header(Name::MaxForwards, "70")
        .header(Name::From, "<sip:a@example.com>;tag=ours")
        .header(Name::To, "<sip:b@example.com>")
        .header(Name::CallId, "call-1")
        .header(Name::CSeq, &format!("7 {method}"))
        .header(Name::Contact, "<sip:a@198.51.100.1>")
}

/// A response of the peer to a request of ours.
fn answer(request: &Message, status: u16, tag: &str) -> Bytes {
    Builder::response(Status(status), None, request, Some(tag))
        .finish()
        .raw()
        .clone()
}

/// A request of the peer.
fn incoming(method: &str, via: &str) -> Bytes {
    incoming_to(method, via, "")
}

fn incoming_to(method: &str, via: &str, to_params: &str) -> Bytes {
    let text = format!(
        "{method} sip:us@198.51.100.1 SIP/2.0\r\nVia: SIP/2.0/UDP {via}\r\nMax-Forwards: 70\r\n\
         From: <sip:a@example.com>;tag=theirs\r\nTo: <sip:us@198.51.100.1>{to_params}\r\nCall-ID: call-2\r\n\
         CSeq: 3 {method}\r\nContact: <sip:a@192.0.2.1>\r\nContent-Length: 0\r\n\r\n"
    );
    text.into()
}

const VIA: &str = "192.0.2.1;branch=z9hG4bKpeer1";

/// A response of ours.
fn reply(request: &Message, status: u16) -> Message {
    Builder::response(Status(status), None, request, Some("oursrv")).finish()
}
