//! A shard: the calls and transactions of one signalling thread.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use pointsman_media::{Command, MediaEvent};
use pointsman_sip::{Flow, Timers, Transmit};

use crate::event::CallEvent;
use crate::routing::Routing;

/// What a shard needs to know once.
#[derive(Clone, Debug)]
pub struct ShardConfig {
    /// `host:port` of each listener, as peers shall see it (Via, Contact).
    pub advertised: Vec<String>,
    /// Address in our SDP.
    pub media_address: IpAddr,
    /// RTP ports; even ones carry RTP, the next one RTCP.
    pub ports: RangeInclusive<u16>,
    /// SIP base timers.
    pub timers: Timers,
    /// Seed of tags, branches and hash keys: from the OS in the daemon, fixed in tests.
    pub seed: [u8; 32],
    /// Most calls at a time; above it INVITEs get 503.
    pub max_calls: usize,
    /// Pairs a monotonic instant with Unix milliseconds.
    pub wall: (Instant, i64),
}

/// Live counts; all zero when idle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gauges {
    /// Calls that are not over.
    pub calls: usize,
    /// Transactions, finished ones that linger included.
    pub transactions: usize,
    /// RTP port pairs in use.
    pub ports: usize,
}

/// The calls and transactions of one signalling thread.
#[derive(Debug)]
pub struct Shard {
    events: VecDeque<CallEvent>,
}

impl Shard {
    /// An idle shard.
    #[must_use]
    pub fn new(config: ShardConfig, routing: Arc<Routing>) -> Self {
        let _ = (config, routing);
        Self { events: VecDeque::new() }
    }
    /// A datagram arrived on a listener.
    pub fn handle_datagram(&mut self, now: Instant, flow: Flow, payload: Bytes) {
        let _ = (now, flow, payload);
    }
    /// Sending to `flow` failed, or ICMP said that nobody is there.
    pub fn handle_transport_error(&mut self, now: Instant, flow: Flow) {
        let _ = (now, flow);
    }
    /// The media worker reports.
    pub fn handle_media(&mut self, now: Instant, event: MediaEvent) {
        let _ = (now, event);
    }
    /// A deadline of [`Self::poll_timeout`] passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        let _ = now;
    }
    /// A reload: calls from now on follow `routing`, running ones keep theirs.
    pub fn set_routing(&mut self, routing: Arc<Routing>) {
        let _ = routing;
    }
    /// The wall clock was read: pairs an instant with Unix milliseconds.
    pub fn set_wall(&mut self, now: Instant, unix_ms: i64) {
        let _ = (now, unix_ms);
    }
    /// New INVITEs get 503 from now on.
    pub fn drain(&mut self) {}
    /// Ends every call with BYE, CANCEL or a final response.
    pub fn end_all(&mut self, now: Instant) {
        let _ = now;
    }
    /// Next datagram to send.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        None
    }
    /// Next command for the media worker.
    pub fn poll_media(&mut self) -> Option<Command> {
        None
    }
    /// Next event for store, metrics and log.
    pub fn poll_event(&mut self) -> Option<CallEvent> {
        self.events.pop_front()
    }
    /// Next deadline and what it is for.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<(Instant, &'static str)> {
        None
    }
    /// Live counts.
    #[must_use]
    pub fn gauges(&self) -> Gauges {
        Gauges::default()
    }
}
