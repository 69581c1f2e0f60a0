//! The world: one switch, some phones, one clock.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use pointsman_call::{CallEvent, Cdr, Gauges, Shard, ShardConfig};
use pointsman_legs::{CallId, CallReport, CallSpec, Phone, PhoneEvent};
use pointsman_media::{Kind, Port, Verdict, Worker, WorkerConfig};
use pointsman_sip::{Flow, Timers, Transport};

use crate::clock::{START_MS, any_instant};
use crate::network::{Datagram, Network};
use crate::setup::{WorldSetup, phone_of, routing_of};
use crate::tape::Tapes;
use crate::transcript::Transcript;

/// The switch's SIP address.
pub const SWITCH: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 5060);

/// A phone's place in the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Host(pub(crate) usize);

impl Host {
    /// The phone's SIP address.
    #[must_use]
    pub fn address(self) -> SocketAddr {
        SocketAddr::new(
            IpAddr::V4(Ipv4Addr::new(
                192,
                0,
                2,
                10 + u8::try_from(self.0).unwrap_or(u8::MAX),
            )),
            5060,
        )
    }
}

/// One switch, its phones, the network between them, and the clock.
pub struct World {
    began: Instant,
    now: Instant,
    seed: u64,
    shard: Shard,
    worker: Worker<Tapes>,
    phones: Vec<Phone>,
    names: Vec<String>,
    network: Network,
    tapes_due: Instant,
    transcript: Transcript,
    opened: Vec<String>,
    cdrs: Vec<Cdr>,
    refusals: Vec<(u16, &'static str)>,
    reports: Vec<(Host, CallReport)>,
    events: Vec<(Host, PhoneEvent)>,
    down: BTreeMap<SocketAddr, ()>,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World")
            .field("seed", &self.seed)
            .field("at", &self.elapsed())
            .finish_non_exhaustive()
    }
}

impl World {
    pub(crate) fn new(setup: WorldSetup) -> Self {
        let began = any_instant();
        let names: Vec<String> = setup.phones.iter().map(|(name, _)| name.clone()).collect();
        let routing = routing_of(&setup, &names);
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&setup.seed.to_le_bytes());
        let config = ShardConfig {
            advertised: vec![SWITCH.to_string()],
            media_address: SWITCH.ip(),
            ports: 20_000..=20_000 + setup.ports * 2 - 1,
            timers: Timers::default(),
            seed,
            max_calls: setup.max_calls,
            wall: (began, START_MS),
        };
        let phones = setup
            .phones
            .into_iter()
            .enumerate()
            .map(|(at, (name, numbers))| phone_of(at, &name, numbers, setup.seed));
        Self {
            began,
            now: began,
            seed: setup.seed,
            shard: Shard::new(config, Arc::new(routing)),
            worker: Worker::with_sink(
                WorkerConfig {
                    seed,
                    ..WorkerConfig::default()
                },
                Tapes::default(),
            ),
            phones: phones.collect(),
            names,
            network: Network::new(setup.conditions, setup.seed),
            tapes_due: began,
            transcript: Transcript::default(),
            opened: Vec::new(),
            cdrs: Vec::new(),
            refusals: Vec::new(),
            reports: Vec::new(),
            events: Vec::new(),
            down: BTreeMap::new(),
        }
    }

    /// The phone of that name.
    #[must_use]
    pub fn host(&self, name: &str) -> Host {
        Host(
            self.names
                .iter()
                .position(|known| known == name)
                .expect("the scenario names its phones"),
        )
    }

    /// Time since the world began.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.now - self.began
    }

    /// A phone places a call to the switch.
    pub fn call(&mut self, from: Host, spec: CallSpec) -> CallId {
        let call = self.phones[from.0]
            .call(self.now, spec)
            .expect("the scenario's phone has ports");
        self.drain();
        call
    }

    /// A phone hangs up, or gives up.
    pub fn hang_up(&mut self, host: Host, call: CallId) {
        self.phones[host.0].hang_up(self.now, call);
        self.drain();
    }

    /// From now on nothing reaches this address and nothing comes from it.
    pub fn cut(&mut self, host: Host) {
        self.down.insert(host.address(), ());
    }

    /// The address is back.
    pub fn restore(&mut self, host: Host) {
        self.down.remove(&host.address());
    }

    /// Any datagram, from anywhere, to the switch.
    pub fn inject(&mut self, from: SocketAddr, payload: impl Into<Bytes>) {
        let payload = payload.into();
        self.transcript.add(self.elapsed(), from, SWITCH, false, &payload);
        self.network.send(self.now, from, SWITCH, &payload);
    }

    /// The network, to change its conditions.
    pub fn network(&mut self) -> &mut Network {
        &mut self.network
    }

    /// The switch.
    pub fn shard(&mut self) -> &mut Shard {
        &mut self.shard
    }

    /// Tells the switch to end every call.
    pub fn end_all(&mut self) {
        let now = self.now;
        self.shard.end_all(now);
        self.drain();
    }

    /// Lets the world go on for a while.
    pub fn run(&mut self, time: Duration) {
        let until = self.now + time;
        while self.step(until) {}
        self.now = self.now.max(until);
    }

    /// Lets the world go on until `done`; panics after an hour of virtual time.
    pub fn run_until(&mut self, what: &str, mut done: impl FnMut(&Self) -> bool) {
        let until = self.now + Duration::from_secs(3600);
        while !done(self) {
            assert!(
                self.step(until),
                "seed {}: never {what}\n{}",
                self.seed,
                self.transcript.text()
            );
        }
    }

    /// Lets every call end and every timer pass, then checks that nothing is left (the invariants of the design).
    pub fn settle(&mut self) {
        // On a network that loses, a phone may ring for ever: a CANCEL must not go before a 1xx was seen (RFC 3261 9.1).
        let lossless = self.network.is_lossless();
        self.run_until("was every call over", |world| {
            let quiet = !lossless || world.phones.iter().all(|phone| phone.active() == 0);
            let arrived = !world.opened.is_empty() || !world.refusals.is_empty();
            quiet && arrived && world.shard.gauges().calls == 0
        });
        self.run(Duration::from_secs(70));
        let gauges = self.shard.gauges();
        let text = || self.transcript.text();
        assert_eq!(
            gauges,
            Gauges::default(),
            "seed {}: something is left\n{}",
            self.seed,
            text()
        );
        assert_eq!(
            self.shard.table_entries(),
            0,
            "seed {}: a table leaks\n{}",
            self.seed,
            text()
        );
        let mut ids: Vec<&str> = self.cdrs.iter().map(|cdr| &*cdr.id).collect();
        let mut opened: Vec<&str> = self.opened.iter().map(String::as_str).collect();
        ids.sort_unstable();
        opened.sort_unstable();
        assert_eq!(
            ids,
            opened,
            "seed {}: a call without its one CDR\n{}",
            self.seed,
            text()
        );
    }

    /// CDRs so far.
    #[must_use]
    pub fn cdrs(&self) -> &[Cdr] {
        &self.cdrs
    }

    /// The only CDR.
    #[must_use]
    pub fn cdr(&self) -> &Cdr {
        assert_eq!(
            self.cdrs.len(),
            1,
            "one call, one CDR\n{}",
            self.transcript.text()
        );
        &self.cdrs[0]
    }

    /// INVITEs that never became calls.
    #[must_use]
    pub fn refusals(&self) -> &[(u16, &'static str)] {
        &self.refusals
    }

    /// Finished calls of one phone.
    #[must_use]
    pub fn reports(&self, host: Host) -> Vec<&CallReport> {
        self.reports
            .iter()
            .filter(|(of, _)| *of == host)
            .map(|(_, report)| report)
            .collect()
    }

    /// The only finished call of one phone.
    #[must_use]
    pub fn report(&self, host: Host) -> &CallReport {
        let reports = self.reports(host);
        assert_eq!(
            reports.len(),
            1,
            "one call at {}\n{}",
            self.names[host.0],
            self.transcript.text()
        );
        reports[0]
    }

    /// What the phones said so far.
    #[must_use]
    pub fn events(&self, host: Host) -> Vec<&PhoneEvent> {
        self.events
            .iter()
            .filter(|(of, _)| *of == host)
            .map(|(_, event)| event)
            .collect()
    }

    /// The WAV file of a recording.
    #[must_use]
    pub fn wav(&self, id: u64) -> Vec<u8> {
        self.worker.sink().wav(id).expect("the recording was started")
    }

    /// Live counts of the switch.
    #[must_use]
    pub fn gauges(&self) -> Gauges {
        self.shard.gauges()
    }

    /// Every SIP message so far.
    #[must_use]
    pub fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// Goes to the next thing that happens, not later than `until`; `false` if nothing does.
    fn step(&mut self, until: Instant) -> bool {
        let timers = self
            .phones
            .iter()
            .map(Phone::poll_timeout)
            .chain([self.shard.poll_timeout(), self.worker.poll_timeout()])
            .flatten()
            .map(|(at, _)| at);
        let tapes = self.worker.sink().is_running().then_some(self.tapes_due);
        let Some(next) = timers.chain(self.network.next()).chain(tapes).min() else {
            return false;
        };
        if next > until {
            return false;
        }
        self.now = self.now.max(next);
        while let Some(datagram) = self.network.arrived(self.now) {
            self.arrive(datagram);
        }
        self.time_passes();
        self.drain();
        true
    }

    fn time_passes(&mut self) {
        let now = self.now;
        let due = |deadline: Option<(Instant, &'static str)>| deadline.is_some_and(|(at, _)| at <= now);
        if due(self.shard.poll_timeout()) {
            self.shard.handle_timeout(now);
        }
        if due(self.worker.poll_timeout()) {
            self.worker.handle_timeout(now);
        }
        if self.tapes_due <= now {
            self.worker.sink_mut().advance(now);
            self.tapes_due = now + Duration::from_millis(100);
        }
        for phone in &mut self.phones {
            if due(phone.poll_timeout()) {
                phone.handle_timeout(now);
            }
        }
    }

    fn arrive(&mut self, datagram: Datagram) {
        let Datagram { from, to, payload } = datagram;
        let host = |address: SocketAddr| SocketAddr::new(address.ip(), 5060);
        if self.down.contains_key(&host(to)) || self.down.contains_key(&host(from)) {
            return;
        }
        if to == SWITCH {
            let flow = Flow {
                listener: 0,
                transport: Transport::Udp,
                remote: from,
            };
            self.shard.handle_datagram(self.now, flow, payload);
        } else if to.ip() == SWITCH.ip() {
            self.relay(from, to, &payload);
        } else if let Some(phone) = self
            .phones
            .iter_mut()
            .enumerate()
            .find_map(|(at, phone)| (Host(at).address().ip() == to.ip()).then_some(phone))
        {
            let even = Port(to.port() & !1);
            if to.port() == 5060 {
                phone.handle_datagram(self.now, from, payload);
            } else if to.port().is_multiple_of(2) {
                phone.handle_rtp(self.now, even, from, &payload);
            } else {
                phone.handle_rtcp(even);
            }
        }
        self.drain();
    }

    fn relay(&mut self, from: SocketAddr, to: SocketAddr, payload: &Bytes) {
        let mut packet = payload.to_vec();
        let port = Port(to.port() & !1);
        let kind = if to.port().is_multiple_of(2) {
            Kind::Rtp
        } else {
            Kind::Rtcp
        };
        if let Verdict::Forward { port: out, to } =
            self.worker.handle_packet(self.now, port, kind, from, &mut packet)
        {
            let source = if kind == Kind::Rtp { out.0 } else { out.rtcp() };
            self.network.send(
                self.now,
                SocketAddr::new(SWITCH.ip(), source),
                to,
                &Bytes::from(packet),
            );
        }
    }

    /// Carries everything everybody has to say to where it goes, until nobody says more.
    fn drain(&mut self) {
        loop {
            let mut said = self.drain_switch();
            for at in 0..self.phones.len() {
                said |= self.drain_phone(at);
            }
            if !said {
                return;
            }
        }
    }

    fn drain_switch(&mut self) -> bool {
        let mut said = false;
        while let Some(transmit) = self.shard.poll_transmit() {
            said = true;
            let to = transmit.flow.remote;
            let arrives = self.network.send(self.now, SWITCH, to, &transmit.payload);
            self.transcript
                .add(self.elapsed(), SWITCH, to, !arrives, &transmit.payload);
        }
        while let Some(command) = self.shard.poll_media() {
            said = true;
            self.worker.handle_command(self.now, command);
        }
        let mut out = [0; 1500];
        while let Some((port, to, length)) = self.worker.poll_packet(&mut out) {
            said = true;
            let from = SocketAddr::new(SWITCH.ip(), port.0);
            self.network
                .send(self.now, from, to, &Bytes::copy_from_slice(&out[..length]));
        }
        while self.worker.poll_connect().is_some() {}
        let mut media = self.worker.sink_mut().take_ended();
        while let Some(event) = self.worker.poll_event() {
            media.push(event);
        }
        for event in media {
            said = true;
            self.shard.handle_media(self.now, event);
        }
        while let Some(event) = self.shard.poll_event() {
            match event {
                CallEvent::Opened(cdr) => self.opened.push(cdr.id.to_string()),
                CallEvent::Closed(cdr) => self.cdrs.push(*cdr),
                CallEvent::Refused { status, why } => self.refusals.push((status, why)),
                // Nothing that a scenario asks about.
                _ => {}
            }
        }
        said
    }

    fn drain_phone(&mut self, at: usize) -> bool {
        let host = Host(at);
        let mut said = false;
        while let Some(transmit) = self.phones[at].poll_transmit() {
            said = true;
            let (from, to) = (host.address(), transmit.flow.remote);
            let arrives = self.network.send(self.now, from, to, &transmit.payload);
            self.transcript
                .add(self.elapsed(), from, to, !arrives, &transmit.payload);
        }
        let mut out = [0; 1500];
        while let Some((port, to, length)) = self.phones[at].poll_rtp(&mut out) {
            said = true;
            let from = SocketAddr::new(host.address().ip(), port.0);
            self.network
                .send(self.now, from, to, &Bytes::copy_from_slice(&out[..length]));
        }
        while let Some(event) = self.phones[at].poll_event() {
            if let PhoneEvent::Ended { report, .. } = &event {
                self.reports.push((host, (**report).clone()));
            }
            self.events.push((host, event));
        }
        said
    }
}
