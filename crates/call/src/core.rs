//! What every call of a shard shares: the transaction layer, the queues out, the indices, the timers.
//!
//! Calls get `&mut Core` as their way out; they never see each other.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ahash::{AHashMap, RandomState};
use pointsman_media::{Command, Family, Port, PortPool, Sdp};
use pointsman_policy::drs::{Plan, Switched};
use pointsman_sip::{Builder, ClientTx, Flow, Message, ServerTx, Timers, TransactionLayer, Transport};

use crate::addresses::MediaAddresses;
use crate::admission::Admission;
use crate::asked::Asked;
use crate::desk::Desk;
use crate::event::CallEvent;
use crate::leg::family_of;
use crate::released::Released;
use crate::routing::Routing;
use crate::timers::{TimerKey, TimerQueue};

/// A call's place in the shard; the generation makes a stale key harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct CallKey {
    pub(crate) slot: u32,
    pub(crate) generation: u32,
}

/// A leg's place in its call; 0 is the one we serve: the caller's, or that of the person whom we called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct LegKey(pub(crate) u16);

impl LegKey {
    pub(crate) const CALLER: Self = Self(0);
}

/// Who is meant by a transaction, a tag, a port or a recording.
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) servers: AHashMap<ServerTx, (CallKey, LegKey)>,
    pub(crate) clients: AHashMap<ClientTx, (CallKey, LegKey)>,
    pub(crate) tags: AHashMap<String, (CallKey, LegKey)>,
    pub(crate) ports: AHashMap<Port, (CallKey, LegKey)>,
    pub(crate) recordings: AHashMap<u64, CallKey>,
    /// Calls by what their INVITE has in common with the same one on another way, see [`Self::caller_key`].
    pub(crate) callers: AHashMap<u64, CallKey>,
    hasher: RandomState,
}

impl Index {
    pub(crate) fn new(hasher: &RandomState) -> Self {
        Self {
            servers: AHashMap::with_hasher(hasher.clone()),
            clients: AHashMap::with_hasher(hasher.clone()),
            tags: AHashMap::with_hasher(hasher.clone()),
            ports: AHashMap::with_hasher(hasher.clone()),
            recordings: AHashMap::with_hasher(hasher.clone()),
            callers: AHashMap::with_hasher(hasher.clone()),
            hasher: hasher.clone(),
        }
    }

    /// The same of an INVITE that we send: it must not come back as another call.
    pub(crate) fn own_key(&self, call_id: &str, local_tag: &str) -> u64 {
        self.hasher.hash_one((call_id, Some(local_tag), 1_u32))
    }

    /// Keyed hash of Call-ID, From tag and CSeq (RFC 3261 8.2.2.2).
    pub(crate) fn caller_key(&self, request: &Message) -> u64 {
        let (cseq, _) = request.cseq();
        self.hasher
            .hash_one((request.call_id(), request.from_tag(), cseq))
    }
}

/// What our Contact says of its transport: a SIP URI without a word of it means UDP (RFC 3263 section 4.1).
pub(crate) const fn transport_param(transport: Transport) -> &'static str {
    match transport {
        Transport::Udp => "",
        Transport::Tcp => ";transport=tcp",
        Transport::Tls => ";transport=tls",
    }
}

/// Why a stream cannot be had.
pub(crate) const NO_FAMILY: &str = "no media address of this IP version here";

/// The shared part of a shard.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) now: Instant,
    wall: (Instant, i64),
    pub(crate) layer: TransactionLayer,
    pub(crate) media: VecDeque<Command>,
    pub(crate) events: VecDeque<CallEvent>,
    pub(crate) questions: VecDeque<Asked>,
    pub(crate) desk: Desk,
    pub(crate) timers: TimerQueue,
    pub(crate) ports: PortPool,
    pub(crate) index: Index,
    /// Customers whose capacity for recordings is full.
    pub(crate) recordings_full: Arc<BTreeSet<String>>,
    /// The disaster plans that are on.
    pub(crate) switched: Arc<Switched>,
    pub(crate) released: Released,
    pub(crate) admission: Admission,
    /// INVITEs outside of dialogs, each once.
    pub(crate) received: u64,
    pub(crate) advertised: Vec<String>,
    pub(crate) addresses: MediaAddresses,
    pub(crate) sip_timers: Timers,
    last_id: u64,
    plays: u32,
    asks: u32,
}

impl Core {
    pub(crate) fn new(config: crate::ShardConfig, hasher: &RandomState, layer: TransactionLayer) -> Self {
        Self {
            now: config.wall.0,
            wall: config.wall,
            layer,
            media: VecDeque::new(),
            events: VecDeque::new(),
            questions: VecDeque::new(),
            desk: Desk::default(),
            timers: TimerQueue::default(),
            ports: PortPool::new(config.ports),
            index: Index::new(hasher),
            recordings_full: Arc::default(),
            switched: Arc::default(),
            released: Released::new(hasher, config.timers.t1),
            admission: Admission::new(hasher, config.max_calls),
            received: 0,
            advertised: config.advertised,
            addresses: config.media,
            sip_timers: config.timers,
            last_id: 0,
            plays: 0,
            asks: 0,
        }
    }

    /// Unix milliseconds now.
    pub(crate) fn wall_ms(&self) -> i64 {
        let since = self.now.saturating_duration_since(self.wall.0);
        self.wall.1 + i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    /// The wall clock now.
    pub(crate) fn wall_clock(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.wall_ms()).unwrap_or_default()
    }

    /// The disaster plan that is on for a number; it decides instead of the number's own policy.
    pub(crate) fn plan_of<'r>(&self, routing: &'r Routing, number: &str) -> Option<&'r Arc<Plan>> {
        let plans = routing.plans.get(number)?;
        self.switched.plan_of(plans, self.wall_clock())
    }

    pub(crate) fn set_wall(&mut self, now: Instant, unix_ms: i64) {
        self.wall = (now, unix_ms);
    }

    /// A number that rises for ever, also over restarts: Unix milliseconds and a counter, below 2^53 so that JSON
    /// readers keep it whole.
    pub(crate) fn next_id(&mut self) -> u64 {
        let from_clock = u64::try_from(self.wall_ms()).unwrap_or(0) << 10;
        self.last_id = from_clock.max(self.last_id + 1);
        self.last_id
    }

    pub(crate) fn next_play(&mut self) -> u32 {
        self.plays = self.plays.wrapping_add(1);
        self.plays
    }

    pub(crate) fn next_ask(&mut self) -> u32 {
        self.asks = self.asks.wrapping_add(1);
        self.asks
    }

    /// `host:port` we show on the listener of `flow`.
    pub(crate) fn advertised(&self, flow: Flow) -> &str {
        self.advertised
            .get(usize::from(flow.listener))
            .map_or("", String::as_str)
    }

    /// Our Contact on the listener of `flow`.
    pub(crate) fn contact(&self, flow: Flow) -> String {
        format!(
            "<sip:{}{}>",
            self.advertised(flow),
            transport_param(flow.transport)
        )
    }

    /// The family of a stream whose far end makes `offer`, or the usual one where that says nothing. `None` if we have
    /// no address of it: no answer of ours could be of use there.
    pub(crate) fn family_for(&self, offer: Option<&Sdp>, usual: Family) -> Option<Family> {
        let family = offer.and_then(family_of).unwrap_or(usual);
        self.addresses.of(family).map(|_| family)
    }

    /// The Warning of a 488 for the family of an offer (RFC 3261 section 20.43).
    pub(crate) fn family_warning(&self, flow: Flow) -> String {
        format!("301 {} \"{NO_FAMILY}\"", self.advertised(flow))
    }

    pub(crate) fn arm(&mut self, after: Duration, key: TimerKey) -> Instant {
        let at = self.now + after;
        self.timers.arm(at, key);
        at
    }

    /// Sends a request in a dialog whose answer nobody waits for (BYE).
    pub(crate) fn send_and_forget(&mut self, request: Builder, flow: Flow, large: Option<u16>) {
        self.layer.send_sized(self.now, request, flow, large);
    }

    pub(crate) fn respond(&mut self, tx: ServerTx, response: Message) {
        self.layer.respond(self.now, tx, response);
    }

    /// Cancels an INVITE of ours, with the Reason values to carry (RFC 3326).
    pub(crate) fn cancel(&mut self, tx: ClientTx, reasons: &[String]) {
        self.layer.cancel_because(self.now, tx, reasons);
    }
}
