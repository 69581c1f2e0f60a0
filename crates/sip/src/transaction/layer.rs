//! The layer as its owner sees it.
use std::collections::VecDeque;
use std::time::Instant;

use ahash::RandomState;
use bytes::Bytes;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use slab::Slab;

use super::client::Client;
use super::gate::{Refusal, Verdict};
use super::key::{Key, Keys, random_state};
use super::refused::Refused;
use super::server::Server;
use super::table::Table;
use super::timers::{Deadline, Deadlines, Side};
use super::{Counts, LayerConfig, TransactionEvent};
use crate::stream::Connections;
use crate::{Builder, ConnectionId, Flow, Message, Method, Name, ParseError, Status, Transmit};

/// All transactions of one shard.
///
/// Push in with `handle_*`, `send_*`, `respond` and `cancel`; after each of them pull out with `poll_transmit`
/// and `poll_event` until both are empty, and be back at `poll_timeout`.
#[derive(Debug)]
pub struct TransactionLayer {
    pub(super) sent_by: Vec<String>,
    max_server: usize,
    pub(super) rng: ChaCha8Rng,
    pub(super) keys: Keys,
    pub(super) clients: Table<Client>,
    /// Requests of client transactions that may still need them.
    pub(super) requests: Slab<Message>,
    /// Transactions that got their final response; their requests go when the next input comes, so that the
    /// user can still look at them while draining.
    pub(super) retired: Vec<u64>,
    pub(super) servers: Table<Server>,
    /// Looked up, never iterated.
    pub(super) server_of: std::collections::HashMap<Key, u64, RandomState>,
    refused: Refused,
    pub(super) deadlines: Deadlines,
    pub(super) connections: Connections,
    transmits: VecDeque<Transmit>,
    events: VecDeque<TransactionEvent>,
}

impl TransactionLayer {
    /// An empty layer.
    pub fn new(config: LayerConfig) -> Self {
        let mut rng = ChaCha8Rng::from_seed(config.seed);
        Self {
            sent_by: config.sent_by,
            max_server: config.max_server,
            keys: Keys::new(&mut rng),
            clients: Table::new(),
            requests: Slab::new(),
            retired: Vec::new(),
            servers: Table::new(),
            server_of: std::collections::HashMap::with_hasher(random_state(&mut rng)),
            connections: Connections::new(random_state(&mut rng)),
            refused: Refused::new(random_state(&mut rng), config.timers.t1 * 64),
            deadlines: Deadlines::new(config.timers),
            transmits: VecDeque::new(),
            events: VecDeque::new(),
            rng,
        }
    }

    /// A datagram arrived, or a whole message of a connection. Keep-alives (RFC 5626 section 4.4.1 and the like) are
    /// dropped without an event, requests that cannot be used are answered 400, 416 or 505 without a transaction.
    pub fn handle_datagram(&mut self, now: Instant, flow: Flow, payload: Bytes) {
        self.handle_datagram_through(now, flow, payload, &mut |_| Verdict::Take);
    }

    /// As [`Self::handle_datagram`]; `gate` is asked about each request outside a dialog, other than ACK and CANCEL,
    /// that no transaction knows, before anything is kept of it. Of one that cannot be used it can only say that it is
    /// to be dropped, and an INVITE that was refused stays refused for 64*T1.
    pub fn handle_datagram_through(
        &mut self,
        now: Instant,
        flow: Flow,
        payload: Bytes,
        gate: &mut dyn FnMut(&Message) -> Verdict,
    ) {
        if payload
            .iter()
            .all(|octet| matches!(octet, b'\r' | b'\n' | b' ' | 0))
        {
            return;
        }
        self.retire();
        match Message::parse(payload) {
            Ok(message) if message.is_request() => self.handle_request(now, flow, message, gate),
            Ok(message) => self.handle_response(now, flow, message),
            Err(ParseError::NotSip(why)) => self.drop_with(why),
            Err(ParseError::Answerable {
                mut message,
                status,
                reason,
            }) => {
                // RFC 3261 section 17: an ACK is never answered.
                if *message.method() == Method::ACK {
                    return self.drop_with("ACK that cannot be used");
                }
                message.set_source(flow.remote);
                match gate(&message) {
                    Verdict::Drop(why) => self.drop_with(why),
                    Verdict::Take | Verdict::Refuse(_) => {
                        self.answer_stateless(flow, &message, status, Some(reason), None);
                    }
                }
            }
        }
        self.settle();
    }

    fn handle_request(
        &mut self,
        now: Instant,
        flow: Flow,
        mut request: Message,
        gate: &mut dyn FnMut(&Message) -> Verdict,
    ) {
        request.set_source(flow.remote);
        let key = self.keys.of(&request);
        let known = self.server_of.get(&key).copied();
        match (request.method(), known) {
            (&Method::ACK, Some(id)) => self.acknowledge(now, id, flow, request),
            (&Method::ACK, None) => {
                // The ACK of an answer without state needs nothing more.
                let tag = request.to_tag().unwrap_or("");
                if tag.as_bytes() != self.keys.stateless_tag(&request) {
                    self.event(TransactionEvent::Ack { ack: request, flow });
                }
            }
            (&Method::CANCEL, Some(id)) => self.cancel_server(id, flow, request),
            (&Method::CANCEL, None) => {
                self.answer_stateless(
                    flow,
                    &request,
                    Status::CALL_TRANSACTION_DOES_NOT_EXIST,
                    None,
                    None,
                );
            }
            (_, Some(id)) => self.repeat_server(now, id),
            (_, None) => self.admit(now, key, flow, request, gate),
        }
    }

    /// A request that nothing is known of: the gate decides, and room.
    fn admit(
        &mut self,
        now: Instant,
        key: Key,
        flow: Flow,
        request: Message,
        gate: &mut dyn FnMut(&Message) -> Verdict,
    ) {
        let verdict = match request.to_tag() {
            Some(_) => Verdict::Take,
            None => gate(&request),
        };
        let is_invite = *request.method() == Method::INVITE;
        let source = flow.remote.ip();
        // The gate was asked all the same: whoever repeats without end is to be banned.
        let refused = is_invite.then(|| self.refused.of(now, key, source)).flatten();
        let refusal = match (verdict, refused) {
            (Verdict::Drop(why), _) => return self.drop_with(why),
            (_, Some(refusal)) | (Verdict::Refuse(refusal), None) => refusal,
            (Verdict::Take, None) if self.is_full(&request) => {
                self.drop_with("request above the limit of server transactions");
                Refusal {
                    status: Status::SERVICE_UNAVAILABLE,
                    warning: "too many transactions",
                    retry_after: Some(5),
                }
            }
            (Verdict::Take, None) => return self.start_server(now, key, flow, request),
        };
        if is_invite && self.refused.insert(now, key, source, refusal) {
            self.event(TransactionEvent::Refused { refusal });
        }
        self.answer_stateless(flow, &request, refusal.status, None, Some(refusal));
    }

    /// Whether there is no room for `request`. Requests inside a dialog end calls, so they get more room.
    fn is_full(&self, request: &Message) -> bool {
        let limit = if request.to_tag().is_some() {
            self.max_server.saturating_mul(2)
        } else {
            self.max_server
        };
        self.servers.len() >= limit
    }

    /// Fires every timer that is due at `now`, in the order of their deadlines.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.retire();
        while let Some(Deadline { id, side, timer, .. }) = self.deadlines.pop_due(now) {
            match side {
                Side::Client => self.client_step(now, id, None, |state| state.on_timer(timer)),
                Side::Server => self.server_step(now, id, None, |state| state.on_timer(timer)),
            }
        }
        self.settle();
    }

    /// Next message to send.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    /// Next event.
    pub fn poll_event(&mut self) -> Option<TransactionEvent> {
        self.events.pop_front()
    }

    /// Next deadline and its reason; `None` when no timer runs.
    pub fn poll_timeout(&self) -> Option<(Instant, &'static str)> {
        self.deadlines.next()
    }

    /// Live entries.
    pub fn counts(&self) -> Counts {
        let (client, server) = (self.clients.busy_len(), self.servers.busy_len());
        Counts {
            connections: self.connections.len(),
            client,
            server,
            linger: self.clients.len() + self.servers.len() - client - server,
        }
    }

    /// An unguessable token of `len` characters, five bits each, for tags and Call-IDs. Tags compare without
    /// case, so there is only one case.
    pub fn token(&mut self, len: usize) -> String {
        const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let mut token = String::with_capacity(len);
        let mut bits = 0u64;
        for index in 0..len {
            if index % 12 == 0 {
                bits = self.rng.next_u64();
            }
            token.push(char::from(ALPHABET[(bits & 31) as usize]));
            bits >>= 5;
        }
        token
    }

    pub(super) fn transmit(&mut self, flow: Flow, payload: Bytes) {
        let flow = self.connections.path(flow);
        self.transmits.push_back(Transmit { flow, payload });
    }

    /// Takes back what was to be sent by a connection and was not polled.
    pub(super) fn take_transmits(&mut self, connection: ConnectionId) -> Vec<Bytes> {
        let is_gone = |transmit: &Transmit| transmit.flow.connection == Some(connection);
        if !self.transmits.iter().any(is_gone) {
            return Vec::new();
        }
        let all = std::mem::take(&mut self.transmits);
        let (gone, kept): (Vec<_>, Vec<_>) = all.into_iter().partition(is_gone);
        self.transmits = kept.into();
        gone.into_iter().map(|transmit| transmit.payload).collect()
    }

    pub(super) fn event(&mut self, event: TransactionEvent) {
        self.events.push_back(event);
    }

    pub(super) fn drop_with(&mut self, why: &'static str) {
        self.event(TransactionEvent::Dropped { why });
    }

    /// Answers without keeping state (RFC 3261 section 8.2.7).
    pub(super) fn answer_stateless(
        &mut self,
        flow: Flow,
        request: &Message,
        status: Status,
        reason: Option<&str>,
        refusal: Option<Refusal>,
    ) {
        let tag = self.keys.stateless_tag(request);
        let tag = std::str::from_utf8(&tag).unwrap_or_default();
        let mut response = Builder::response(status, reason, request, Some(tag));
        if let Some(refusal) = refusal {
            let host = self
                .sent_by
                .get(usize::from(flow.listener))
                .map_or("-", String::as_str);
            response = response.header(Name::Warning, &format!("399 {host} \"{}\"", refusal.warning));
            if let Some(seconds) = refusal.retry_after {
                response = response.header(Name::RetryAfter, &seconds.to_string());
            }
        }
        self.transmit(reply_flow(flow, request), response.finish_octets());
    }

    /// After every input: deadlines at the fronts are ones that somebody waits for.
    pub(super) fn settle(&mut self) {
        let (clients, servers) = (&self.clients, &self.servers);
        self.deadlines.trim(|deadline| match deadline.side {
            Side::Client => clients
                .get(deadline.id)
                .is_some_and(|client| client.state.awaits(deadline.timer)),
            Side::Server => servers
                .get(deadline.id)
                .is_some_and(|server| server.state.awaits(deadline.timer)),
        });
    }
}

/// Where the responses to `request` go (RFC 3261 section 18.2.2, RFC 3581 section 4): by the same connection
/// while it is up; else to the source address, with the source port if `rport` was asked for on UDP, else with the
/// port of sent-by. `maddr` is not honoured: it would let anyone aim our responses at others.
pub(super) fn reply_flow(mut flow: Flow, request: &Message) -> Flow {
    let to_source = request.wants_rport() && !flow.transport.is_reliable();
    if !to_source && !request.sent_by().is_empty() {
        flow.remote.set_port(request.via_port().unwrap_or(5060));
    }
    flow
}
