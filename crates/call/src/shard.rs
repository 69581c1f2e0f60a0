//! A shard: the calls and transactions of one signalling thread.
//!
//! Everything that happens comes in by a `handle_*` with `now`; everything that follows from it is pulled out with
//! `poll_*` afterwards. A call is a value in a slot; nothing but this file touches the slots.

mod audit;
mod ingress;
mod originate;
mod owners;
mod register;
mod streams;

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Instant;

use ahash::RandomState;
use bytes::Bytes;
use pointsman_media::{Command, MediaEvent, Port};
use pointsman_sip::{
    Authenticator, ClientTx, Dialog, Ended, Flow, LayerConfig, Message, Method, Name, ServerTx, Status,
    Timers, TransactionEvent, TransactionLayer, Transmit,
};

use crate::addresses::MediaAddresses;
use crate::admission::Ban;
use crate::call::{Call, Input};
use crate::core::{CallKey, Core, LegKey};
use crate::ended::EndedTags;
use crate::event::CallEvent;
use crate::journal::{Entry, Journal, Line};
use crate::outcome::reason_header;
use crate::routing::Routing;

/// Server transactions, finished ones of the last 32 s included, that are taken whatever the limit of calls: short calls
/// leave far more of them behind than there are calls at a time.
const LEAST_TRANSACTIONS: usize = 200_000;

/// What a shard needs to know once.
#[derive(Clone, Debug)]
pub struct ShardConfig {
    /// `host:port` of each listener, as peers shall see it (Via, Contact).
    pub advertised: Vec<String>,
    /// Addresses in our SDP.
    pub media: MediaAddresses,
    /// RTP ports; even ones carry RTP, the next one RTCP.
    pub ports: RangeInclusive<u16>,
    /// SIP base timers.
    pub timers: Timers,
    /// Seed of tags, branches and hash keys: from the OS in the daemon, fixed in tests.
    pub seed: [u8; 32],
    /// Most calls at a time; above it INVITEs get 503.
    pub max_calls: usize,
    /// Pairs a monotonic instant with Unix milliseconds.
    pub wall: (Instant, i64),
}

/// Live counts; all zero when idle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gauges {
    /// Calls that are not over.
    pub calls: usize,
    /// Transactions, finished ones that linger included.
    pub transactions: usize,
    /// RTP port pairs in use.
    pub ports: usize,
}

#[derive(Debug, Default)]
struct Slot {
    generation: u32,
    call: Option<Box<Call>>,
}

/// The calls and transactions of one signalling thread.
#[derive(Debug)]
pub struct Shard {
    core: Core,
    slots: Vec<Slot>,
    free: Vec<u32>,
    routing: Arc<Routing>,
    ended: EndedTags,
    journal: Option<Box<Journal>>,
    authenticator: Authenticator,
}

impl Shard {
    /// An idle shard.
    #[must_use]
    pub fn new(config: ShardConfig, routing: Arc<Routing>) -> Self {
        let word = |at: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&config.seed[at..at + 8]);
            u64::from_le_bytes(word)
        };
        let hasher = RandomState::with_seeds(word(0), word(8), word(16), word(24));
        let layer = TransactionLayer::new(LayerConfig {
            timers: config.timers,
            seed: config.seed,
            sent_by: config.advertised.clone(),
            max_server: config.max_calls.saturating_mul(64).max(LEAST_TRANSACTIONS),
        });
        let ended = EndedTags::new(&hasher, config.timers.t1 * 64);
        let realm = config.advertised.first().map_or("", String::as_str);
        let authenticator = Authenticator::new(&config.seed, realm);
        Self {
            core: Core::new(config, &hasher, layer),
            slots: Vec::new(),
            free: Vec::new(),
            routing,
            ended,
            journal: None,
            authenticator,
        }
    }

    /// From now on everything that comes in and goes out is written down; `start` is the instant of
    /// [`ShardConfig::wall`]. To be called before anything else.
    pub fn record(&mut self, start: Instant) {
        self.journal = Some(Box::new(Journal::new(start)));
    }

    /// What was written down since the last time.
    pub fn take_journal(&mut self) -> Vec<Line> {
        self.journal
            .as_mut()
            .map(|journal| journal.take())
            .unwrap_or_default()
    }

    fn note(&mut self, now: Option<Instant>, entry: impl FnOnce() -> Entry) {
        if let Some(journal) = &mut self.journal {
            journal.input(now, entry());
        }
    }

    /// A datagram arrived on a listener, or a whole message on a connection.
    pub fn handle_datagram(&mut self, now: Instant, flow: Flow, payload: Bytes) {
        self.note_received(now, flow, &payload);
        self.core.now = now;
        let Core { layer, admission, .. } = &mut self.core;
        let routing = &*self.routing;
        layer.handle_datagram_through(now, flow, payload, &mut |request| {
            let trunk = routing.trunk_of(flow, request.via_port());
            admission.judge(now, flow.remote.ip(), trunk, request)
        });
        while let Some(Ban { source, lasts }) = self.core.admission.next_ban() {
            self.core.events.push_back(CallEvent::Banned { source, lasts });
        }
        self.settle();
    }

    /// Sending to `flow` failed, or ICMP said that nobody is there.
    pub fn handle_transport_error(&mut self, now: Instant, flow: Flow) {
        if let Some(journal) = &mut self.journal {
            journal.unreachable(now, flow);
        }
        self.core.now = now;
        self.core.layer.handle_transport_error(now, flow);
        self.settle();
    }

    /// The media worker, or the recorder, reports.
    pub fn handle_media(&mut self, now: Instant, event: MediaEvent) {
        self.note_media(now, &event);
        self.core.now = now;
        match event {
            MediaEvent::Closed { port, stats } => {
                self.core.ports.give(now, port);
                if let Some((key, leg)) = self.core.index.ports.remove(&port) {
                    self.deliver(key, Input::StreamClosed { leg, stats });
                }
            }
            MediaEvent::PlayEnded { port, id } => self.deliver_to_port(port, |_| Input::PlayEnded { id }),
            MediaEvent::Silent { port } => self.deliver_to_port(port, |leg| Input::Silent { leg }),
            MediaEvent::FirstPacket { port } | MediaEvent::Latched { port, .. } => {
                self.deliver_to_port(port, |leg| Input::Heard { leg });
            }
            MediaEvent::RecordingEnded {
                id,
                bytes,
                samples,
                error,
            } => {
                if let Some(key) = self.core.index.recordings.remove(&id.0) {
                    self.deliver(
                        key,
                        Input::RecordingEnded {
                            id: id.0,
                            bytes,
                            samples,
                            error,
                        },
                    );
                }
            }
            MediaEvent::Digit { port, digit, .. } => {
                self.deliver_to_port(port, |leg| Input::Key { leg, key: digit });
            }
        }
        self.settle();
    }

    /// A deadline of [`Self::poll_timeout`] passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.note(Some(now), || Entry::Timeout);
        self.core.now = now;
        self.core.layer.handle_timeout(now);
        self.core.released.handle_timeout(now);
        self.core.desk.handle_timeout(now);
        self.ended.handle_timeout(now);
        while let Some((at, key)) = self.core.timers.pop_due(now) {
            self.deliver(key.call, Input::Timer { at, kind: key.kind });
        }
        self.settle();
    }

    /// A reload: calls from now on follow `routing`, running ones keep theirs.
    pub fn set_routing(&mut self, routing: Arc<Routing>) {
        self.note(None, || Entry::Routing(routing.version.clone()));
        self.routing = routing;
    }

    /// The wall clock was read: pairs an instant with Unix milliseconds.
    pub fn set_wall(&mut self, now: Instant, unix_ms: i64) {
        self.note(Some(now), || Entry::Wall(unix_ms));
        self.core.set_wall(now, unix_ms);
    }

    /// New INVITEs get 503 from now on.
    pub fn drain(&mut self) {
        self.note(None, || Entry::Drain);
        self.core.admission.draining = true;
    }

    /// As long as calls cannot be written down in time, new INVITEs get 503; calls that are up go on.
    pub fn set_store_behind(&mut self, behind: bool) {
        if self.core.admission.store_behind != behind {
            self.note(None, || Entry::StoreBehind(behind));
        }
        self.core.admission.store_behind = behind;
    }

    /// While there is more to read than can be handled in time, new INVITEs get 503 at the least cost.
    pub fn set_overloaded(&mut self, overloaded: bool) {
        if self.core.admission.overloaded != overloaded {
            self.note(None, || Entry::Overloaded(overloaded));
        }
        self.core.admission.overloaded = overloaded;
    }

    /// Ends dialogs that an earlier process left behind, as [`CallEvent::Dialogs`] told them.
    pub fn end_orphans(&mut self, now: Instant, dialogs: &str) {
        self.note(Some(now), || Entry::Orphans(dialogs.to_owned()));
        self.core.now = now;
        for mut dialog in Dialog::restore(dialogs) {
            let bye = dialog
                .request(&Method::BYE)
                .header(Name::Reason, &reason_header(41, "The switch restarted"));
            self.core.send_and_forget(bye, dialog.flow(), None);
        }
        self.settle();
    }

    /// Ends every call with BYE, CANCEL or a final response.
    pub fn end_all(&mut self, now: Instant) {
        self.note(Some(now), || Entry::EndAll);
        self.core.now = now;
        for slot in 0..self.slots.len() {
            let key = CallKey {
                slot: u32::try_from(slot).unwrap_or(u32::MAX),
                generation: self.slots[slot].generation,
            };
            self.deliver(key, Input::Shutdown);
        }
        self.settle();
    }

    /// Next message to send.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        let transmit = self.core.layer.poll_transmit()?;
        if let Some(journal) = &mut self.journal {
            journal.sent(transmit.flow, &transmit.payload);
        }
        Some(transmit)
    }

    /// Next command for the media worker.
    pub fn poll_media(&mut self) -> Option<Command> {
        let command = self.core.media.pop_front()?;
        if let Some(journal) = &mut self.journal {
            journal.ordered(&command);
        }
        Some(command)
    }

    /// Next event for store, metrics and log.
    pub fn poll_event(&mut self) -> Option<CallEvent> {
        let event = self.core.events.pop_front()?;
        if let Some(journal) = &mut self.journal {
            journal.told(&event);
        }
        Some(event)
    }

    /// Next deadline and what it is for.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<(Instant, &'static str)> {
        [
            self.core.layer.poll_timeout(),
            self.core.timers.next(),
            self.core.released.next(),
            self.core.desk.next(),
            self.ended.next(),
        ]
        .into_iter()
        .flatten()
        .min_by_key(|(at, _)| *at)
    }

    /// Live counts.
    #[must_use]
    pub fn gauges(&self) -> Gauges {
        let counts = self.core.layer.counts();
        Gauges {
            calls: self.core.admission.calls(),
            transactions: counts.client + counts.server + counts.linger,
            ports: self.core.ports.in_use(),
        }
    }

    /// Call-IDs of the legs of a call that is up.
    #[must_use]
    pub fn call_ids(&self, call: &str) -> Vec<Arc<str>> {
        let calls = self.slots.iter().filter_map(|slot| slot.call.as_ref());
        let legs = calls.filter(|up| &*up.cdr.id == call).flat_map(|up| &up.cdr.legs);
        legs.map(|leg| leg.call_id.clone()).collect()
    }

    /// Drains the transaction layer to quiescence.
    fn settle(&mut self) {
        while let Some(event) = self.core.layer.poll_event() {
            self.transaction_event(event);
        }
    }

    fn transaction_event(&mut self, event: TransactionEvent) {
        match event {
            TransactionEvent::Request { tx, request, flow } => self.request(tx, request, flow),
            TransactionEvent::Ack { ack, .. } => {
                if let Some((key, leg)) = self.leg_of(&ack) {
                    self.deliver(key, Input::Ack { leg, ack });
                }
            }
            TransactionEvent::Cancel { invite, cancel } => {
                if let Some(&(key, _)) = self.core.index.servers.get(&invite) {
                    self.deliver(key, Input::Cancelled { tx: invite, cancel });
                }
            }
            TransactionEvent::Response { tx, response, flow } => self.response(tx, response, flow),
            TransactionEvent::ClientEnded { tx, why } => self.client_ended(tx, why),
            TransactionEvent::ServerEnded { tx, why } => {
                if let Some((key, leg)) = self.core.index.servers.remove(&tx) {
                    self.deliver(key, Input::ServerEnded { leg, tx, why });
                }
            }
            TransactionEvent::Refused { refusal } => {
                self.core.received += 1;
                self.refused(refusal.status.0, refusal.warning, true);
            }
            TransactionEvent::Dropped { why } => self.core.events.push_back(CallEvent::Dropped { why }),
        }
    }

    fn response(&mut self, tx: ClientTx, response: Message, flow: Flow) {
        let now = self.core.now;
        if self.is_of_no_dialog(tx, &response) {
            let why = "2xx to a re-INVITE from another dialog";
            self.core.events.push_back(CallEvent::Dropped { why });
            return;
        }
        if self
            .core
            .released
            .handle_response(now, &mut self.core.layer, tx, &response, flow)
        {
            return;
        }
        if let Some(&(key, leg)) = self.core.index.clients.get(&tx) {
            self.deliver(
                key,
                Input::Response {
                    leg,
                    tx,
                    response,
                    flow,
                },
            );
        }
    }

    /// A re-INVITE cannot fork: a 2xx to it with another tag than its dialog has is of nobody.
    fn is_of_no_dialog(&self, tx: ClientTx, response: &Message) -> bool {
        response.status().is_some_and(Status::is_success)
            && *response.method() == Method::INVITE
            && self.core.layer.sent_request(tx).is_some_and(|sent| {
                sent.to_tag()
                    .is_some_and(|theirs| response.to_tag() != Some(theirs))
            })
    }

    fn client_ended(&mut self, tx: ClientTx, why: Ended) {
        if let Some(&(key, leg)) = self.core.index.clients.get(&tx) {
            self.deliver(key, Input::ClientEnded { leg, tx, why });
        }
    }

    /// The leg whose dialog a message from a peer names: our tag is in its To.
    fn leg_of(&self, message: &Message) -> Option<(CallKey, LegKey)> {
        self.core.index.tags.get(message.to_tag()?).copied()
    }

    fn deliver_to_port(&mut self, port: Port, input: impl FnOnce(LegKey) -> Input) {
        if let Some(&(key, leg)) = self.core.index.ports.get(&port) {
            self.deliver(key, input(leg));
        }
    }

    fn deliver(&mut self, key: CallKey, input: Input) {
        let Some(slot) = self.slots.get_mut(key.slot as usize) else {
            return;
        };
        if slot.generation != key.generation {
            return;
        }
        let Some(call) = &mut slot.call else { return };
        call.handle(&mut self.core, input);
        if call.is_gone() {
            self.remove(key);
        }
    }

    fn insert(&mut self, build: impl FnOnce(CallKey, &mut Core) -> Call) -> CallKey {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            u32::try_from(self.slots.len() - 1).expect("max_calls bounds the slots far below 2^32")
        });
        let place = &mut self.slots[slot as usize];
        let key = CallKey {
            slot,
            generation: place.generation,
        };
        let call = build(key, &mut self.core);
        self.core.admission.opened(&call.cdr.trunk);
        place.call = Some(Box::new(call));
        key
    }

    /// Frees a call's slot and everything that still names it.
    fn remove(&mut self, key: CallKey) {
        let slot = &mut self.slots[key.slot as usize];
        let Some(call) = slot.call.take() else { return };
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(key.slot);
        self.core
            .admission
            .closed(&call.facts.trunk, call.answered_at.is_some());
        self.core.index.callers.remove(&call.caller_key);
        for leg in call.legs {
            self.core.index.tags.remove(&leg.local_tag);
            if leg.dialog.is_some() {
                self.ended.insert(self.core.now, leg.local_tag);
            }
        }
        let slots = &self.slots;
        self.core.timers.sweep(|call| {
            slots
                .get(call.slot as usize)
                .is_some_and(|slot| slot.generation == call.generation)
        });
    }

    fn remember_server(&mut self, tx: ServerTx, key: CallKey, leg: LegKey) {
        self.core.index.servers.insert(tx, (key, leg));
    }
}
