//! The transaction layer (RFC 3261 chapter 17, RFC 6026): four machines, one table for each side, one set of
//! deadlines.
mod client;
mod client_invite;
mod client_other;
mod gate;
mod key;
mod layer;
mod machine;
mod outgoing;
mod refused;
mod server;
mod server_invite;
mod server_other;
mod table;
mod timers;
mod transport;

use std::time::Duration;

pub use gate::{Refusal, Verdict};
pub use layer::TransactionLayer;
pub use outgoing::SentAck;

use crate::{Flow, Message};

/// A server transaction; never reused for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ServerTx(u64);

/// A client transaction; never reused for another one.
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
    /// Timer D: how long repeated failures of an INVITE are acknowledged.
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
    /// `host:port` for the Via of each listener, by its index.
    pub sent_by: Vec<String>,
    /// Most server transactions at a time, those that linger included; above it a new request outside a dialog
    /// gets 503, above twice as many also one inside.
    pub max_server: usize,
}

/// Why a transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Timer B or F, or 64*T1 after a CANCEL: no final response.
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
    /// Connections that are up or on their way up.
    pub connections: usize,
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
    /// The ACK of a 2xx, each time it comes; also one that belongs to nothing that the layer knows.
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
    /// A response: every provisional one, the first final one, every 2xx of an INVITE (repeated, or of another
    /// fork).
    Response {
        /// Its transaction.
        tx: ClientTx,
        /// The response.
        response: Message,
        /// Where it came from.
        flow: Flow,
    },
    /// No final response came; the handle is invalid from now on.
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
    /// An INVITE outside a dialog was answered without state. Told the first time, not for its repetitions.
    Refused {
        /// The answer.
        refusal: Refusal,
    },
    /// Something was dropped, for the shell to count.
    Dropped {
        /// Why.
        why: &'static str,
    },
}
