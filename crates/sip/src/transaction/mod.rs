//! The transaction layer.
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::{Builder, Flow, Message, Transmit};

/// A server transaction; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ServerTx(u64);
/// A client transaction; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientTx(u64);

/// The base values of RFC 3261 appendix A.
#[derive(Debug, Clone, Copy)]
pub struct Timers {
    /// Round-trip estimate.
    pub t1: Duration,
    /// Longest retransmission interval.
    pub t2: Duration,
    /// Longest life of a message in the network.
    pub t4: Duration,
    /// Timer D.
    pub d: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
            d: Duration::from_secs(32),
        }
    }
}

/// What the layer needs to know.
#[derive(Debug, Clone)]
pub struct LayerConfig {
    /// Base timers.
    pub timers: Timers,
    /// Seed of tokens and hash keys.
    pub seed: [u8; 32],
    /// `host:port` for the Via of each listener.
    pub sent_by: Vec<String>,
    /// Most server transactions at a time; above it new requests get 503.
    pub max_server: usize,
}

/// Why a transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Timer B or F: no final response.
    Timeout,
    /// Sending failed or ICMP said so.
    TransportError,
    /// Timer H: no ACK.
    AckTimeout,
    /// Ordinary end.
    Done,
}

/// Live entries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Client transactions.
    pub client: usize,
    /// Server transactions.
    pub server: usize,
    /// Finished ones that still absorb retransmissions.
    pub linger: usize,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum TransactionEvent {
    /// A new request.
    Request {
        /// Its transaction.
        tx: ServerTx,
        /// The request.
        request: Message,
        /// Where it came from.
        flow: Flow,
    },
    /// The ACK of a 2xx.
    Ack {
        /// The ACK.
        ack: Message,
        /// Where it came from.
        flow: Flow,
    },
    /// A CANCEL of an INVITE without final response; it has been answered 200.
    Cancel {
        /// The INVITE.
        invite: ServerTx,
        /// The CANCEL.
        cancel: Message,
    },
    /// A response.
    Response {
        /// Its transaction.
        tx: ClientTx,
        /// The response.
        response: Message,
        /// Where it came from.
        flow: Flow,
    },
    /// No final response came.
    ClientEnded {
        /// The transaction.
        tx: ClientTx,
        /// Why.
        why: Ended,
    },
    /// The handle is invalid from now on.
    ServerEnded {
        /// The transaction.
        tx: ServerTx,
        /// Why.
        why: Ended,
    },
    /// Something was dropped.
    Dropped {
        /// Why.
        why: &'static str,
    },
}

/// All transactions of one shard.
#[derive(Debug)]
pub struct TransactionLayer {}

impl TransactionLayer {
    /// An empty layer.
    pub fn new(config: LayerConfig) -> Self {
        let _ = config;
        todo!()
    }
    /// A datagram arrived.
    pub fn handle_datagram(&mut self, now: Instant, flow: Flow, payload: Bytes) {
        let _ = (now, flow, payload);
        todo!()
    }
    /// Sending to `flow` failed.
    pub fn handle_transport_error(&mut self, now: Instant, flow: Flow) {
        let _ = (now, flow);
        todo!()
    }
    /// Time passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        let _ = now;
        todo!()
    }
    /// Starts a client transaction.
    pub fn send_request(&mut self, now: Instant, request: Builder, flow: Flow) -> ClientTx {
        let _ = (now, request, flow);
        todo!()
    }
    /// The request as sent.
    pub fn sent_request(&self, tx: ClientTx) -> Option<&Message> {
        let _ = tx;
        todo!()
    }
    /// Cancels an INVITE.
    pub fn cancel(&mut self, now: Instant, invite: ClientTx) {
        let _ = (now, invite);
        todo!()
    }
    /// Sends a response.
    pub fn respond(&mut self, now: Instant, tx: ServerTx, response: Message) {
        let _ = (now, tx, response);
        todo!()
    }
    /// Sends the ACK of a 2xx.
    pub fn send_ack(&mut self, now: Instant, ack: Builder, flow: Flow) -> Message {
        let _ = (now, ack, flow);
        todo!()
    }
    /// Sends a message again.
    pub fn send_again(&mut self, message: &Message, flow: Flow) {
        let _ = (message, flow);
        todo!()
    }
    /// Next datagram to send.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        todo!()
    }
    /// Next event.
    pub fn poll_event(&mut self) -> Option<TransactionEvent> {
        todo!()
    }
    /// Next deadline and its reason.
    pub fn poll_timeout(&self) -> Option<(Instant, &'static str)> {
        todo!()
    }
    /// Live entries.
    pub fn counts(&self) -> Counts {
        todo!()
    }
    /// An unguessable token.
    pub fn token(&mut self, len: usize) -> String {
        let _ = len;
        todo!()
    }
}
