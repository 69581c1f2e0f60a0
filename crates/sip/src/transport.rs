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

    /// The word in a Via: `UDP`, `TCP` or `TLS`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
        }
    }
}

impl From<Transport> for rsip::Transport {
    fn from(transport: Transport) -> Self {
        match transport {
            Transport::Udp => Self::Udp,
            Transport::Tcp => Self::Tcp,
            Transport::Tls => Self::Tls,
        }
    }
}

/// A transport that this switch does not speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("transport {0:?} is not supported")]
pub struct UnsupportedTransport(pub rsip::Transport);

impl TryFrom<rsip::Transport> for Transport {
    type Error = UnsupportedTransport;

    fn try_from(transport: rsip::Transport) -> Result<Self, UnsupportedTransport> {
        match transport {
            rsip::Transport::Udp => Ok(Self::Udp),
            rsip::Transport::Tcp => Ok(Self::Tcp),
            rsip::Transport::Tls => Ok(Self::Tls),
            other => Err(UnsupportedTransport(other)),
        }
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
