//! Two phones, a network between them and a clock that jumps from one event to the next.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use pointsman_legs::behaviour::{Answer, Behaviour};
use pointsman_legs::{
    CallId, CallReport, CallSpec, Flavour, Numbers, Phone, PhoneConfig, PhoneEvent, Role, Speak, Talk,
};
use pointsman_media::Port;
use pointsman_media::measure::{Sound, same_speech};

/// The one that calls.
pub(crate) const CALLER: usize = 0;
/// The one that is called.
pub(crate) const CALLEE: usize = 1;

/// How the network treats a packet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Net {
    pub(crate) loss: f64,
    pub(crate) duplicate: f64,
    pub(crate) delay: Duration,
    /// Up to this much more, so that packets overtake each other.
    pub(crate) jitter: Duration,
}

#[derive(Clone, Debug)]
pub(crate) struct Packet {
    pub(crate) from: SocketAddr,
    pub(crate) to: SocketAddr,
    pub(crate) bytes: Vec<u8>,
}

impl Packet {
    /// First line of a SIP message; empty for RTP.
    pub(crate) fn line(&self) -> String {
        if self.to.port() != 5060 {
            return String::new();
        }
        String::from_utf8_lossy(&self.bytes)
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    pub(crate) fn is(&self, beginning: &str) -> bool {
        self.line().starts_with(beginning)
    }
}

type Trap = Box<dyn FnMut(&Packet) -> bool>;

pub(crate) struct World {
    pub(crate) start: Instant,
    pub(crate) now: Instant,
    pub(crate) phones: Vec<Phone>,
    pub(crate) net: Net,
    /// Packets for which it says true are lost.
    pub(crate) trap: Trap,
    pub(crate) events: Vec<(usize, PhoneEvent)>,
    pub(crate) reports: Vec<CallReport>,
    /// Time, sender and first line of every SIP message sent, and every RTP packet's length.
    pub(crate) transcript: Vec<String>,
    wire: BTreeMap<(Instant, u64), Packet>,
    sent: u64,
    random: u64,
}

/// The address of a phone.
pub(crate) fn address(phone: usize) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, phone as u8 + 1], 5060))
}

/// A call from the caller to this number of the callee.
pub(crate) fn to(number: &str) -> CallSpec {
    CallSpec::new("+32475112233", number, address(CALLEE))
}

/// Answers at once, then talks like this.
pub(crate) fn answers(talk: Talk) -> Behaviour {
    Behaviour::Answer(Answer {
        talk,
        ..Answer::default()
    })
}

/// Waits, says this, never hangs up.
pub(crate) fn says(samples: &[i16]) -> Talk {
    Talk {
        speak: Speak::samples(samples),
        ..Talk::default()
    }
}

pub(crate) fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// How well what was heard matches what was said, 0 to 1.
pub(crate) fn likeness(heard: &[i16], said: &[i16]) -> f64 {
    same_speech(
        &Sound::from_linear(8_000, heard),
        &Sound::from_linear(8_000, said),
    )
}

impl World {
    /// A plain caller, and a callee whose numbers these are.
    pub(crate) fn new(seed: u64, numbers: Numbers) -> Self {
        Self::of(
            seed,
            [Flavour::Voip, Flavour::Voip],
            [Numbers::default(), numbers],
        )
    }

    pub(crate) fn of(seed: u64, flavours: [Flavour; 2], numbers: [Numbers; 2]) -> Self {
        let start = Instant::now();
        let phones = flavours
            .into_iter()
            .zip(numbers)
            .enumerate()
            .map(|(at, (flavour, numbers))| {
                let config = PhoneConfig {
                    flavour,
                    numbers,
                    ports: (0..4).map(|n| Port(4_000 + 2 * n)).collect(),
                    seed,
                    ..PhoneConfig::new(["caller", "callee"][at], address(at))
                };
                Phone::new(config).expect("no sound file is named")
            });
        Self {
            start,
            now: start,
            phones: phones.collect(),
            net: Net {
                loss: 0.0,
                duplicate: 0.0,
                delay: seconds(0.01),
                jitter: Duration::ZERO,
            },
            trap: Box::new(|_| false),
            events: Vec::new(),
            reports: Vec::new(),
            transcript: Vec::new(),
            wire: BTreeMap::new(),
            sent: 0,
            random: seed,
        }
    }

    pub(crate) fn call(&mut self, spec: CallSpec) -> CallId {
        let id = self.phones[CALLER].call(self.now, spec).expect("a port is free");
        self.drain();
        id
    }

    /// Runs until `done`, or panics after `limit` of virtual time.
    pub(crate) fn until(&mut self, limit: f64, done: impl Fn(&Self) -> bool) {
        let end = self.now + seconds(limit);
        while !done(self) {
            assert!(
                self.step(end),
                "it did not happen within {limit} s:\n{}",
                self.transcript.join("\n")
            );
        }
    }

    pub(crate) fn run_for(&mut self, time: f64) {
        let end = self.now + seconds(time);
        while self.step(end) {}
        self.now = end;
    }

    /// Runs until both sides have reported, then until nothing is left anywhere.
    pub(crate) fn run_to_the_end(&mut self) {
        self.until(400.0, |world| {
            world.reports.len() >= 2 && world.phones.iter().all(|p| p.active() == 0)
        });
        self.quiesce();
    }

    /// Runs until nothing is left anywhere.
    pub(crate) fn quiesce(&mut self) {
        self.until(400.0, |world| world.phones.iter().all(Phone::is_quiet));
    }

    pub(crate) fn report(&self, role: Role) -> &CallReport {
        let mut found = self.reports.iter().filter(|report| report.role == role);
        let report = found.next().expect("it has ended");
        assert!(found.next().is_none(), "there is one call only");
        report
    }

    pub(crate) fn caller(&self) -> &CallReport {
        self.report(Role::Caller)
    }

    pub(crate) fn callee(&self) -> &CallReport {
        self.report(Role::Callee)
    }

    /// How often a message that begins like this was sent.
    pub(crate) fn count(&self, beginning: &str) -> usize {
        self.transcript
            .iter()
            .filter(|line| {
                line.split_once("| ")
                    .is_some_and(|(_, l)| l.starts_with(beginning))
            })
            .count()
    }

    pub(crate) fn saw(&self, phone: usize, wanted: impl Fn(&PhoneEvent) -> bool) -> bool {
        self.events
            .iter()
            .any(|(whose, event)| *whose == phone && wanted(event))
    }

    /// The next thing that happens, if it happens by `end`.
    fn step(&mut self, end: Instant) -> bool {
        let arrival = self.wire.first_key_value().map(|((when, _), _)| *when);
        let timeouts = self
            .phones
            .iter()
            .filter_map(|phone| phone.poll_timeout().map(|(when, _)| when));
        let Some(next) = timeouts.chain(arrival).min().map(|when| when.max(self.now)) else {
            return false;
        };
        if next > end {
            return false;
        }
        self.now = next;
        while let Some(entry) = self.wire.first_entry().filter(|entry| entry.key().0 <= next) {
            let packet = entry.remove();
            self.arrive(packet);
        }
        for phone in &mut self.phones {
            if phone.poll_timeout().is_some_and(|(when, _)| when <= next) {
                phone.handle_timeout(next);
            }
        }
        self.drain();
        true
    }

    fn arrive(&mut self, packet: Packet) {
        let Some(at) = (0..self.phones.len()).find(|at| address(*at).ip() == packet.to.ip()) else {
            return;
        };
        let phone = &mut self.phones[at];
        match packet.to.port() {
            5060 => phone.handle_datagram(self.now, packet.from, Bytes::from(packet.bytes)),
            port => phone.handle_rtp(self.now, Port(port), packet.from, &packet.bytes),
        }
        self.drain();
    }

    fn drain(&mut self) {
        for at in 0..self.phones.len() {
            while let Some(transmit) = self.phones[at].poll_transmit() {
                let (to, bytes) = (transmit.flow.remote, transmit.payload.to_vec());
                self.send(Packet {
                    from: address(at),
                    to,
                    bytes,
                });
            }
            let mut out = [0; 172];
            while let Some((port, to, length)) = self.phones[at].poll_rtp(&mut out) {
                let from = SocketAddr::new(address(at).ip(), port.0);
                self.send(Packet {
                    from,
                    to,
                    bytes: out[..length].to_vec(),
                });
            }
            while let Some(event) = self.phones[at].poll_event() {
                if let PhoneEvent::Ended { report, .. } = event {
                    self.reports.push(*report);
                } else {
                    self.events.push((at, event));
                }
            }
        }
    }

    fn send(&mut self, packet: Packet) {
        let time = self.now.duration_since(self.start).as_micros();
        let what = match packet.line() {
            line if line.is_empty() => format!("rtp {}", packet.bytes.len()),
            line => line,
        };
        self.transcript.push(format!("{time} {}| {what}", packet.from));
        if (self.trap)(&packet) || self.chance() < self.net.loss {
            return;
        }
        let copies = if self.chance() < self.net.duplicate { 2 } else { 1 };
        for _ in 0..copies {
            let delay = self.net.delay + self.net.jitter.mul_f64(self.chance());
            self.sent += 1;
            self.wire.insert((self.now + delay, self.sent), packet.clone());
        }
    }

    /// From 0 to 1 (an LCG: the phones' own generator must not judge itself).
    fn chance(&mut self) -> f64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 11) as f64 / (1_u64 << 53) as f64
    }
}
