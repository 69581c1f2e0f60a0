//! Where messages come from and go to.
use std::net::SocketAddr;
use std::num::NonZeroU64;

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

/// One connection of a stream transport; no two connections of a node ever have the same.
///
/// Whoever makes a connection numbers it: the I/O side those that peers opened, the transaction layer those that
/// it wants opened. The lowest bit keeps the two apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(NonZeroU64);

impl ConnectionId {
    /// The `number`th connection that a peer opened.
    pub const fn accepted(number: u64) -> Self {
        Self(NonZeroU64::MIN.saturating_add(number << 1))
    }

    /// The `number`th connection that we opened.
    pub(crate) const fn opened(number: u64) -> Self {
        Self(NonZeroU64::MIN.saturating_add(number << 1 | 1))
    }

    /// Its number, unlike that of any other connection; for writing it down.
    pub const fn number(self) -> u64 {
        self.0.get()
    }

    /// The connection of a [`Self::number`]; zero is none.
    pub fn of_number(number: u64) -> Option<Self> {
        NonZeroU64::new(number).map(Self)
    }

    /// Whether we opened it.
    pub const fn is_ours(self) -> bool {
        self.0.get() & 1 == 0
    }
}

/// The path of a message: our listener, the transport, the far address, and the connection if there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Flow {
    /// Index of our listener in the node's list.
    pub listener: u16,
    /// Transport of the listener.
    pub transport: Transport,
    /// The far address.
    pub remote: SocketAddr,
    /// The connection to use as long as it is up; a message without one, or after its end, goes by a connection
    /// to `remote`. Always `None` for datagrams.
    pub connection: Option<ConnectionId>,
}

impl Flow {
    /// Datagrams to `remote` through a listener.
    pub const fn udp(listener: u16, remote: SocketAddr) -> Self {
        Self::new(listener, Transport::Udp, remote)
    }

    /// To `remote` by the transport of a listener, by whatever connection leads there.
    pub const fn new(listener: u16, transport: Transport, remote: SocketAddr) -> Self {
        Self {
            listener,
            transport,
            remote,
            connection: None,
        }
    }

    /// The same path by this connection.
    #[must_use]
    pub const fn by(self, connection: ConnectionId) -> Self {
        Self {
            connection: Some(connection),
            ..self
        }
    }
}

/// An outgoing message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transmit {
    /// Where it goes. On a stream transport its connection is one that is up, or one that the layer has asked for
    /// before.
    pub flow: Flow,
    /// The octets.
    pub payload: Bytes,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_of_both_sides_have_numbers_of_their_own() {
        let mut all = Vec::new();
        for number in 0..100 {
            assert!(!ConnectionId::accepted(number).is_ours());
            assert!(ConnectionId::opened(number).is_ours());
            all.push(ConnectionId::accepted(number));
            all.push(ConnectionId::opened(number));
        }
        for one in &all {
            assert_eq!(ConnectionId::of_number(one.number()), Some(*one));
        }
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 200);
    }
}
