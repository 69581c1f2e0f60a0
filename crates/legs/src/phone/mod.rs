//! The user agent without sockets, clocks or threads.
//!
//! What comes in is matched to a `call::Call` in `dispatch.rs`; what a call does is told in `callee.rs` and
//! `caller.rs` (up to the answer), `within.rs` and `requests.rs` (after it), and `stream.rs` (audio).

mod call;
mod callee;
mod caller;
mod config;
mod digits;
mod dispatch;
mod exchange;
mod listener;
mod plan;
mod reliable;
mod requests;
mod speaker;
mod stream;
mod voice;
mod within;
mod words;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;
use pointsman_media::Port;
use pointsman_sip::{Counts, Flow, LayerConfig, TransactionLayer, Transmit};

use crate::numbers::Numbers;
use crate::phone::call::{Call, Cx, Index};
pub use crate::phone::config::{CallError, PhoneConfig, PhoneEvent};
use crate::phone::speaker::RtpOut;
use crate::report::{CallId, CallReport, EndedBy};
use crate::seed::Seed;
use crate::spec::CallSpec;

/// Most INVITEs and other requests a phone has open at a time; beyond it, it answers 503.
const MOST_TRANSACTIONS: usize = 100_000;

/// A sans-IO user agent with many simultaneous calls.
///
/// After each `call`, `hang_up` or `handle_*` the owner drains [`Phone::poll_transmit`], [`Phone::poll_rtp`] and
/// [`Phone::poll_event`] and asks [`Phone::poll_timeout`] anew.
#[derive(Debug)]
pub struct Phone {
    config: PhoneConfig,
    layer: TransactionLayer,
    calls: BTreeMap<CallId, Call>,
    last: u64,
    index: Index,
    /// When each call has something to do.
    due: BTreeSet<(Instant, CallId)>,
    reasons: BTreeMap<CallId, (Instant, &'static str)>,
    events: VecDeque<PhoneEvent>,
    rtp: VecDeque<RtpOut>,
    /// Some number says nothing at all, so requests must be looked at before the layer answers 100.
    has_silent: bool,
}

impl Phone {
    /// A phone; fails when a behaviour names a sound file that was not loaded.
    pub fn new(mut config: PhoneConfig) -> Result<Self, CallError> {
        if let Some(path) = config.numbers.unloaded() {
            return Err(CallError::NotLoaded(path));
        }
        let identity = format!("{} {}", config.name, config.sip);
        let mut seed = Seed::named(config.seed ^ config.salt, &identity);
        let layer = TransactionLayer::new(LayerConfig {
            timers: config.timers,
            seed: seed.bytes(),
            sent_by: vec![config.sip.to_string()],
            max_server: MOST_TRANSACTIONS,
        });
        let index = Index {
            free: config.ports.iter().copied().collect(),
            ..Index::default()
        };
        Ok(Self {
            has_silent: config.numbers.has_silent(),
            config,
            layer,
            calls: BTreeMap::new(),
            last: 0,
            index,
            due: BTreeSet::new(),
            reasons: BTreeMap::new(),
            events: VecDeque::new(),
            rtp: VecDeque::new(),
        })
    }

    /// Places a call.
    pub fn call(&mut self, now: Instant, mut spec: CallSpec) -> Result<CallId, CallError> {
        if let Some(path) = spec.talk.voices().into_iter().find_map(|voice| voice.unloaded()) {
            return Err(CallError::NotLoaded(path));
        }
        let id = self.next_id();
        let call = Call::place(&mut self.cx(now), id, spec)?;
        self.calls.insert(id, call);
        self.settle(id);
        self.drain(now);
        Ok(id)
    }

    /// Ends a call in the way its state allows: CANCEL, refusal or BYE. Does nothing when it is over.
    pub fn hang_up(&mut self, now: Instant, call: CallId) {
        self.on(now, call, |call, cx| call.hang_up(cx, EndedBy::Us));
        self.drain(now);
    }

    /// Ends every call.
    pub fn hang_up_all(&mut self, now: Instant) {
        for call in self.calls.keys().copied().collect::<Vec<_>>() {
            self.on(now, call, |call, cx| call.hang_up(cx, EndedBy::Us));
        }
        self.drain(now);
    }

    /// Replaces what called numbers do, for calls to come.
    pub fn set_numbers(&mut self, mut numbers: Numbers) -> Result<(), CallError> {
        if let Some(path) = numbers.unloaded() {
            return Err(CallError::NotLoaded(path));
        }
        self.has_silent = numbers.has_silent();
        self.config.numbers = numbers;
        Ok(())
    }

    /// A SIP datagram arrived.
    pub fn handle_datagram(&mut self, now: Instant, source: SocketAddr, payload: Bytes) {
        if self.has_silent && self.falls_on_the_floor(&payload) {
            return;
        }
        self.layer.handle_datagram(now, flow_to(source), payload);
        self.drain(now);
    }

    /// Sending to `remote` failed.
    pub fn handle_transport_error(&mut self, now: Instant, remote: SocketAddr) {
        self.layer.handle_transport_error(now, flow_to(remote));
        self.drain(now);
    }

    /// An RTP packet arrived.
    pub fn handle_rtp(&mut self, now: Instant, port: Port, source: SocketAddr, packet: &[u8]) {
        let Some(id) = self.index.ports.get(&port).copied() else {
            return;
        };
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let Some(stream) = &mut call.stream else { return };
        let news = stream.packet(now, source, packet, &mut call.report);
        if news.first {
            self.events.push_back(PhoneEvent::Hears { call: id });
        }
        if let Some(digit) = news.digit {
            call.report.digits.push(digit);
            self.events.push_back(PhoneEvent::Digit { call: id, digit });
        }
    }

    /// An RTCP packet arrived at `port` + 1. Phones count them and send none.
    pub fn handle_rtcp(&mut self, port: Port) {
        let id = self.index.ports.get(&port);
        if let Some(call) = id.and_then(|id| self.calls.get_mut(id)) {
            call.report.rtp.rtcp_received += 1;
        }
    }

    /// Time passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.layer.handle_timeout(now);
        self.drain(now);
        while let Some((when, id)) = self.due.first().copied().filter(|(when, _)| *when <= now) {
            self.due.remove(&(when, id));
            self.on(now, id, Call::handle_timeout);
        }
        self.drain(now);
    }

    /// The next SIP datagram to send.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.layer.poll_transmit()
    }

    /// The next RTP packet, written into `out` (at least 172 bytes): from, to, length.
    pub fn poll_rtp(&mut self, out: &mut [u8]) -> Option<(Port, SocketAddr, usize)> {
        let packet = self.rtp.pop_front()?;
        let length = packet.length.min(out.len());
        out[..length].copy_from_slice(&packet.bytes[..length]);
        Some((packet.from, packet.to, length))
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<PhoneEvent> {
        self.events.pop_front()
    }

    /// When [`Phone::handle_timeout`] is due next, and why.
    pub fn poll_timeout(&self) -> Option<(Instant, &'static str)> {
        let call = self.due.first().and_then(|(_, id)| self.reasons.get(id).copied());
        [self.layer.poll_timeout(), call]
            .into_iter()
            .flatten()
            .min_by_key(|(when, _)| *when)
    }

    /// A running call as it stands. Its audio and its lost packets are counted at its end.
    pub fn report(&self, call: CallId) -> Option<&CallReport> {
        self.calls
            .get(&call)
            .filter(|call| !call.is_over())
            .map(|call| &call.report)
    }

    /// Calls that are not over.
    pub fn active(&self) -> usize {
        self.calls.values().filter(|call| !call.is_over()).count()
    }

    /// RTP ports in use.
    pub fn ports_in_use(&self) -> usize {
        self.index.ports.len()
    }

    /// Transactions of the SIP layer.
    pub fn transactions(&self) -> Counts {
        self.layer.counts()
    }

    /// Nothing left to do or to remember: no call, no transaction, every port free.
    pub fn is_quiet(&self) -> bool {
        self.calls.is_empty() && self.index.ports.is_empty() && self.layer.counts() == Counts::default()
    }

    fn next_id(&mut self) -> CallId {
        self.last += 1;
        CallId(self.last)
    }

    fn cx(&mut self, now: Instant) -> Cx<'_> {
        Cx {
            now,
            config: &self.config,
            layer: &mut self.layer,
            index: &mut self.index,
            events: &mut self.events,
            rtp: &mut self.rtp,
        }
    }

    /// Lets a call act, then notes when it wants to be woken.
    fn on(&mut self, now: Instant, id: CallId, act: impl FnOnce(&mut Call, &mut Cx<'_>)) {
        let Some(mut call) = self.calls.remove(&id) else {
            return;
        };
        act(&mut call, &mut self.cx(now));
        self.calls.insert(id, call);
        self.settle(id);
    }

    fn settle(&mut self, id: CallId) {
        if let Some((when, _)) = self.reasons.remove(&id) {
            self.due.remove(&(when, id));
        }
        let Some(call) = self.calls.get(&id) else { return };
        if call.is_forgotten() {
            call.leave_index(&mut self.index);
            self.calls.remove(&id);
        } else if let Some((when, why)) = call.poll_timeout() {
            self.due.insert((when, id));
            self.reasons.insert(id, (when, why));
        }
    }
}

fn flow_to(remote: SocketAddr) -> Flow {
    Flow::udp(0, remote)
}
