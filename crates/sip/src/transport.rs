//! Where messages come from and go to.
use std::net::SocketAddr;

use bytes::Bytes;

/// A transport that this switch speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Datagrams (RFC 3261 section 18).
    Udp,
    /// A stream.
    Tcp,
    /// A stream under TLS.
    Tls,
}

impl Transport {
    /// Whether the transport retransmits by itself (RFC 3261 section 17: Timers A, D, E, G, I, J and K).
    pub const fn is_reliable(self) -> bool {
        !matches!(self, Self::Udp)
    }
}

/// The path of a message: our listener, the transport and the far address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Flow {
    /// Index of our listener in the node's list.
    pub listener: u16,
    /// Transport of the listener.
    pub transport: Transport,
    /// The far address.
    pub remote: SocketAddr,
}

/// An outgoing datagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transmit {
    /// Where it goes.
    pub flow: Flow,
    /// The octets.
    pub payload: Bytes,
}
