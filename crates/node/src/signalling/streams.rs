//! What the signalling thread does with connections.

use super::SignallingThread;
use crate::streams::{Event, serves};
use pointsman_call::CallEvent;
use pointsman_sip::Transmit;
use std::time::Instant;

/// Events taken from connections before the outputs are sent, as with batches of datagrams.
const EVENTS: usize = 128;

impl SignallingThread {
    /// Takes what connections have to say. What is left is seen when the thread next looks before it sleeps.
    pub(super) fn hear_streams(&mut self, now: Instant) {
        for _ in 0..EVENTS {
            let Some(event) = self.inbox.streams.poll() else {
                return;
            };
            self.stream_event(now, event);
        }
    }

    fn stream_event(&mut self, now: Instant, event: Event) {
        let streams = &mut self.inbox.streams;
        match event {
            Event::Accepted { flow, outbox } => {
                let shard = &self.shard;
                streams.insert(now, flow, outbox, |ip| shard.is_of_a_trunk(ip));
                self.shard.handle_accepted(now, flow);
            }
            Event::Message { connection, payload } => {
                // A connection that was cut off has nothing to say any more.
                if let Some(flow) = streams.flow(connection) {
                    self.metrics.count_received(&payload);
                    self.trace.received(now, flow, &payload);
                    self.shard.handle_datagram(now, flow, payload);
                }
            }
            Event::Broken { connection, broken } => {
                let Some(flow) = streams.flow(connection) else {
                    return;
                };
                self.shard.handle_broken(now, flow, &broken);
                self.send(now);
                self.inbox.streams.let_go(connection);
                self.shard.handle_connection_lost(now, connection, &[]);
            }
            Event::Closed {
                connection,
                mut unsent,
            } => {
                if let Some(late) = streams.let_go(connection) {
                    unsent.extend(late);
                    self.shard.handle_connection_lost(now, connection, &unsent);
                }
            }
        }
    }

    /// A banned source has no use for its connections.
    pub(super) fn note_ban(&mut self, now: Instant, event: &CallEvent) {
        if let CallEvent::Banned { source, lasts } = event {
            let shard = &self.shard;
            self.inbox
                .streams
                .ban(now, *source, *lasts, |ip| shard.is_of_a_trunk(ip));
        }
    }

    /// Opens the connections that the shard asked for.
    pub(super) fn connect(&mut self, now: Instant) {
        while let Some(connect) = self.shard.poll_connect() {
            let Some(connection) = connect.flow.connection else {
                continue;
            };
            if !self.inbox.streams.open(connect) {
                self.shard.handle_connection_lost(now, connection, &[]);
            }
        }
    }

    /// Queues one message, on its socket or on its connection.
    pub(super) fn transmit(&mut self, now: Instant, transmit: Transmit) {
        if !serves(transmit.flow.transport) {
            if let Err(flow) = self.listeners.queue(transmit) {
                self.shard.handle_transport_error(now, flow);
            }
        } else if let Err(Some(connection)) = self.inbox.streams.send(transmit) {
            self.shard.handle_connection_lost(now, connection, &[]);
        }
    }
}
