//! What the layer hears of its transports: connections that come and go, and failures to send.
use std::time::Instant;

use bytes::Bytes;

use super::client::ClientState;
use super::layer::TransactionLayer;
use super::server::ServerState;
use crate::{Broken, Connect, ConnectionId, Flow, Message, Method, ParseError, Status};

impl TransactionLayer {
    /// A peer opened the connection of `flow`. Its messages come by `handle_datagram` with the same flow.
    pub fn handle_accepted(&mut self, flow: Flow) {
        self.connections.accept(flow);
    }

    /// A connection that somebody opened is gone, or one that the layer asked for could not be opened.
    ///
    /// Client transactions that are sending by it end, or go on by UDP if they took TCP only for their size
    /// (RFC 3261 section 18.1.1). Responses find another way when they are sent (section 18.2.2), and so do final ones
    /// in `unsent`, what the connection had taken and not sent, and those that nobody has polled yet.
    pub fn handle_connection_lost(&mut self, now: Instant, connection: ConnectionId, unsent: &[Bytes]) {
        let lost = self.connections.remove(connection);
        let waiting = self.take_transmits(connection);
        self.fail(now, |flow| flow.connection == Some(connection));
        for octets in unsent.iter().chain(&waiting) {
            match lost {
                Some((flow, false)) => self.redirect(flow, octets),
                Some((_, true)) => self.drop_with("a response found no connection to its receiver"),
                None => {}
            }
        }
    }

    /// Sends a response by another connection than the one it was for: to the address where its request came from, and
    /// the port of sent-by. It is tried once.
    fn redirect(&mut self, lost: Flow, octets: &Bytes) {
        let Ok(response) = Message::parse(octets.clone()) else {
            return;
        };
        if !response.status().is_some_and(Status::is_final) {
            return;
        }
        let mut flow = lost;
        flow.remote.set_port(response.via_port().unwrap_or(5060));
        let flow = self.connections.last_way(flow);
        self.transmit(flow, octets.clone());
    }

    /// Sending to `flow` failed, or an ICMP message said that nobody listens there.
    ///
    /// Client transactions that are sending to it end (RFC 3261 section 17.1.4). Server transactions stay in
    /// their state (RFC 6026 section 8.8): the user hears of it as `Dropped`.
    pub fn handle_transport_error(&mut self, now: Instant, flow: Flow) {
        self.fail(now, |own| *own == flow);
    }

    fn fail(&mut self, now: Instant, failed: impl Fn(&Flow) -> bool) {
        self.retire();
        let clients = self.clients.busy().filter(|id| {
            let client = self.clients.get(*id);
            client.is_some_and(|client| failed(&client.flow))
        });
        let clients: Vec<_> = clients.collect();
        let servers = self.servers.busy().filter(|id| {
            let server = self.servers.get(*id);
            server.is_some_and(|server| failed(&server.flow))
        });
        let servers: Vec<_> = servers.collect();
        for id in clients {
            if !self.fall_back(now, id) {
                self.client_step(now, id, None, ClientState::on_transport_error);
            }
        }
        for id in servers {
            self.server_step(now, id, None, ServerState::on_transport_error);
        }
        self.settle();
    }

    /// A connection sent what cannot be cut into messages. It is answered if it can be; the owner closes the
    /// connection once what is to be sent has been sent.
    pub fn handle_broken(&mut self, flow: Flow, broken: &Broken) {
        self.retire();
        self.drop_with(broken.why.as_str());
        let mut message = match Message::parse(broken.head.clone()) {
            Ok(message) => message,
            Err(ParseError::Answerable { message, .. }) => *message,
            Err(ParseError::NotSip(_)) => return,
        };
        if message.is_request() && *message.method() != Method::ACK {
            message.set_source(flow.remote);
            let why = broken.why;
            self.answer_stateless(flow, &message, why.status(), Some(why.as_str()), None);
        }
    }

    /// Next connection to open; before the messages for it come out of `poll_transmit`.
    pub fn poll_connect(&mut self) -> Option<Connect> {
        self.connections.poll()
    }
}
