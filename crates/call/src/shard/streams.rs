//! What the shard hears of connections: it passes them to the transaction layer.

use std::net::IpAddr;
use std::time::Instant;

use bytes::Bytes;
use pointsman_sip::{Broken, Connect, ConnectionId, Flow};

use super::Shard;

impl Shard {
    /// A peer opened the connection of `flow`. Its messages come by `handle_datagram` with the same flow.
    pub fn handle_accepted(&mut self, now: Instant, flow: Flow) {
        if let Some(journal) = &mut self.journal {
            journal.accepted(now, flow);
        }
        self.core.now = now;
        self.core.layer.handle_accepted(flow);
    }

    /// Whether calls of some trunk may come from this address.
    #[must_use]
    pub fn is_of_a_trunk(&self, ip: IpAddr) -> bool {
        self.routing.is_of_a_trunk(ip)
    }

    /// A connection is gone, or one that was asked for could not be opened. Calls stay up: the next request to that
    /// peer opens a new connection. `unsent` is what it had taken and not sent: final responses are sent another way.
    pub fn handle_connection_lost(&mut self, now: Instant, connection: ConnectionId, unsent: &[Bytes]) {
        if let Some(journal) = &mut self.journal {
            journal.lost(now, connection, unsent);
        }
        self.core.now = now;
        self.core.layer.handle_connection_lost(now, connection, unsent);
        self.settle();
    }

    /// A connection sent what cannot be cut into messages; it is closed after the answer, if there is one.
    pub fn handle_broken(&mut self, now: Instant, flow: Flow, broken: &Broken) {
        if let Some(journal) = &mut self.journal {
            journal.broken(now, flow, broken);
        }
        self.core.now = now;
        self.core.layer.handle_broken(flow, broken);
        self.settle();
    }

    /// Next connection to open. The messages for it come out of `poll_transmit` and wait for it.
    pub fn poll_connect(&mut self) -> Option<Connect> {
        self.core.layer.poll_connect()
    }
}
