//! The world: one switch, some phones, one clock.

mod agents;
mod carry;
mod owners;
mod replayed;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use pointsman_call::{Cdr, Gauges, MediaAddresses, QueueExit, Routing, Shard, ShardConfig};
use pointsman_legs::{CallId, CallReport, CallSpec, Numbers, Phone, PhoneEvent};
use pointsman_media::{Worker, WorkerConfig};
use pointsman_policy::campaign::{DialOrder, Progress};
use pointsman_sip::{Flow, Timers};

use crate::clock::{START_MS, any_instant};
use crate::network::Network;
use crate::setup::{WorldSetup, phone_of, routing_of};
use crate::tape::Tapes;
use crate::transcript::Transcript;
use crate::watch::Watch;
use agents::Agents;
use owners::Owners;

/// The switch's SIP address.
pub const SWITCH: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 5060);

/// The switch's SIP address towards phones of IPv6.
pub const SWITCH6: SocketAddr =
    SocketAddr::new(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)), 5060);

/// What a host's number is above, if it speaks IPv6.
const SIX: usize = 128;

/// A phone's place in the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Host(pub(crate) usize);

impl Host {
    /// The phone's SIP address.
    #[must_use]
    pub fn address(self) -> SocketAddr {
        let last = 10 + u8::try_from(self.index()).unwrap_or(u8::MAX);
        let ip = if self.0 < SIX {
            IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))
        } else {
            IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last.into()))
        };
        SocketAddr::new(ip, 5060)
    }

    /// The host of that index, with IPv6 or with IPv4.
    pub(crate) fn new(index: usize, is_six: bool) -> Self {
        Self(if is_six { index + SIX } else { index })
    }

    pub(crate) fn index(self) -> usize {
        self.0 % SIX
    }
}

/// The switch's SIP address for somebody at `remote`.
fn switch_of(remote: SocketAddr) -> SocketAddr {
    if remote.is_ipv4() { SWITCH } else { SWITCH6 }
}

/// The way between somebody at `remote` and the switch.
fn flow_of(remote: SocketAddr) -> Flow {
    Flow::udp(u16::from(remote.is_ipv6()), remote)
}

/// One switch, its phones, the network between them, and the clock.
pub struct World {
    began: Instant,
    now: Instant,
    seed: u64,
    shard: Shard,
    config: ShardConfig,
    worker: Worker<Tapes>,
    phones: Vec<Phone>,
    names: Vec<String>,
    hosts: Vec<Host>,
    network: Network,
    tapes_due: Instant,
    transcript: Transcript,
    opened: Vec<String>,
    cdrs: Vec<Cdr>,
    left_queues: Vec<QueueExit>,
    refusals: Vec<(u16, &'static str)>,
    calls_in: u64,
    refused_invites: u64,
    not_recorded: usize,
    contacts: Vec<(u64, Progress)>,
    reports: Vec<(Host, CallReport)>,
    events: Vec<(Host, PhoneEvent)>,
    down: BTreeSet<SocketAddr>,
    /// Hosts that are up but have no phone: what is sent there comes back as an ICMP error.
    deserted: BTreeSet<SocketAddr>,
    made_of: Vec<Numbers>,
    crashes: u64,
    keep_audio: bool,
    routing: Arc<Routing>,
    watch: Option<Box<Watch>>,
    owners: Owners,
    agents: Option<Agents>,
    /// What it takes to end each call after a crash.
    dialogs: BTreeMap<String, String>,
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
        let hosts: Vec<Host> = (0..)
            .zip(&names)
            .map(|(at, name)| Host::new(at, setup.sixes.contains(name)))
            .collect();
        let routing = Arc::new(routing_of(&setup, &names, &hosts));
        let keep_audio = setup.keep_audio;
        let agents = Some(setup.agents.clone()).filter(|agents| !agents.agents.is_empty());
        let seed = seed_octets(setup.seed);
        let config = ShardConfig {
            advertised: [SWITCH, SWITCH6].map(|address| address.to_string()).into(),
            media: MediaAddresses::new(SWITCH.ip(), setup.media6.then_some(SWITCH6.ip())),
            ports: 20_000..=20_000 + setup.ports * 2 - 1,
            timers: Timers::default(),
            seed,
            max_calls: setup.max_calls,
            wall: (began, START_MS),
        };
        let made_of: Vec<Numbers> = setup.phones.into_iter().map(|(_, numbers)| numbers).collect();
        let phones = (0..names.len())
            .map(|at| phone_of(hosts[at], &names[at], made_of[at].clone(), setup.seed, keep_audio));
        Self {
            began,
            now: began,
            seed: setup.seed,
            shard: Shard::new(config.clone(), routing.clone()),
            config,
            worker: worker_of(setup.seed),
            phones: phones.collect(),
            names,
            hosts,
            made_of,
            network: Network::new(setup.conditions, setup.seed),
            tapes_due: began,
            transcript: Transcript::default(),
            opened: Vec::new(),
            cdrs: Vec::new(),
            left_queues: Vec::new(),
            refusals: Vec::new(),
            calls_in: 0,
            refused_invites: 0,
            not_recorded: 0,
            contacts: Vec::new(),
            reports: Vec::new(),
            events: Vec::new(),
            down: BTreeSet::new(),
            deserted: BTreeSet::new(),
            crashes: 0,
            keep_audio,
            routing,
            watch: setup.watched.then(Box::default),
            owners: Owners::new(began, setup.directory),
            agents: agents.map(|agents| Agents::new(began, agents, setup.seed, setup.word_loss)),
            dialogs: BTreeMap::new(),
        }
    }

    /// The phone of that name.
    #[must_use]
    pub fn host(&self, name: &str) -> Host {
        let index = self.names.iter().position(|known| known == name);
        self.hosts[index.expect("the scenario names its phones")]
    }

    /// Time since the world began.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.now - self.began
    }

    /// A phone places a call to the switch.
    pub fn call(&mut self, from: Host, spec: CallSpec) -> CallId {
        let call = self.phones[from.index()]
            .call(self.now, spec)
            .expect("the scenario's phone has ports");
        self.drain();
        call
    }

    /// The owner of a campaign wants somebody called.
    pub fn originate(&mut self, order: DialOrder) {
        self.shard.originate(self.now, order);
        self.drain();
    }

    /// How far each attempt of a campaign is, in the order it was told.
    #[must_use]
    pub fn contacts(&self) -> &[(u64, Progress)] {
        &self.contacts
    }

    /// What the watch found after the end, if the world was made with one.
    #[must_use]
    pub fn faults(&mut self) -> Vec<String> {
        let now = self.now;
        self.watch.as_deref_mut().map_or_else(Vec::new, |watch| {
            watch.finish(now);
            watch.faults().to_vec()
        })
    }

    /// The same where the phone may have no port left, as after many calls.
    pub(crate) fn try_call(&mut self, from: Host, spec: CallSpec) -> Option<CallId> {
        let call = self.phones[from.index()].call(self.now, spec).ok();
        self.drain();
        call
    }

    /// The instant it is.
    #[must_use]
    pub fn instant(&self) -> Instant {
        self.now
    }

    pub(crate) fn table_entries(&self) -> usize {
        self.shard.table_entries()
    }

    /// A phone hangs up, or gives up.
    pub fn hang_up(&mut self, host: Host, call: CallId) {
        self.phones[host.index()].hang_up(self.now, call);
        self.drain();
    }

    /// From now on nothing reaches this address and nothing comes from it.
    pub fn cut(&mut self, host: Host) {
        self.down.insert(host.address());
    }

    /// The address is back.
    pub fn restore(&mut self, host: Host) {
        self.down.remove(&host.address());
    }

    /// The phone dies and starts again at once: it knows nothing of its calls any more.
    pub fn crash(&mut self, host: Host) {
        self.crashes += 1;
        let seed = self.seed.wrapping_add(self.crashes << 32);
        let (name, numbers) = (&self.names[host.index()], self.made_of[host.index()].clone());
        self.phones[host.index()] = phone_of(host, name, numbers, seed, self.keep_audio);
    }

    /// The phone dies; until [`World::crash`] and [`World::settle_in`] nobody listens at its address, and the switch
    /// is told so by ICMP.
    pub fn desert(&mut self, host: Host) {
        self.crash(host);
        self.deserted.insert(host.address());
    }

    /// Somebody listens at the address again.
    pub fn settle_in(&mut self, host: Host) {
        self.deserted.remove(&host.address());
    }

    /// A phone ends every call it knows.
    pub fn hang_up_all(&mut self, host: Host) {
        self.phones[host.index()].hang_up_all(self.now);
        self.drain();
    }

    /// The routing the world began with.
    #[must_use]
    pub fn routing(&self) -> &Arc<Routing> {
        &self.routing
    }

    /// What the watch saw, if the world was made with one.
    pub(crate) fn watch(&mut self) -> Option<&mut Watch> {
        self.watch.as_deref_mut()
    }

    /// Any datagram, from anywhere, to the switch.
    pub fn inject(&mut self, from: SocketAddr, payload: impl Into<Bytes>) {
        let payload = payload.into();
        let to = switch_of(from);
        self.transcript.add(self.elapsed(), from, to, false, &payload);
        self.network.send(self.now, from, to, &payload);
    }

    /// The network, to change its conditions.
    pub fn network(&mut self) -> &mut Network {
        &mut self.network
    }

    /// The switch.
    pub fn shard(&mut self) -> &mut Shard {
        &mut self.shard
    }

    /// From now on no change of a disaster plan can be written down.
    pub fn fill_disk(&mut self) {
        self.owners.fill_disk();
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
        assert_eq!(self.account(), Ok(()), "seed {}\n{}", self.seed, text());
    }

    /// Whether every INVITE that came became a call or was refused, and was counted once (DRS-10).
    ///
    /// # Errors
    /// The two sides of the account.
    pub(crate) fn account(&self) -> Result<(), String> {
        let (received, calls, refused) = (self.shard.received(), self.calls_in, self.refused_invites);
        (received == calls + refused)
            .then_some(())
            .ok_or_else(|| format!("{received} INVITEs became {calls} calls and {refused} refusals"))
    }

    /// CDRs so far.
    #[must_use]
    pub fn cdrs(&self) -> &[Cdr] {
        &self.cdrs
    }

    /// How callers left queues so far.
    #[must_use]
    pub fn left_queues(&self) -> &[QueueExit] {
        &self.left_queues
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

    /// How often it was told that a call is not recorded.
    #[must_use]
    pub fn not_recorded(&self) -> usize {
        self.not_recorded
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
            self.names[host.index()],
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
}

fn seed_octets(seed: u64) -> [u8; 32] {
    let mut octets = [0; 32];
    octets[..8].copy_from_slice(&seed.to_le_bytes());
    octets
}

fn worker_of(seed: u64) -> Worker<Tapes> {
    let config = WorkerConfig {
        seed: seed_octets(seed),
        ..WorkerConfig::default()
    };
    Worker::with_sink(config, Tapes::default())
}
