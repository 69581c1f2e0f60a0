//! The relay.

mod tap;

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

pub use tap::{NoTap, Side, TapSink};

use crate::{Command, MediaEvent, Port};

/// Which of a stream's two ports a packet came in on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The even port.
    Rtp,
    /// The odd one.
    Rtcp,
}

/// What becomes of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Send the same buffer out of `port` (or its RTCP port, if it came in as RTCP) to `to`.
    Forward {
        /// The peer's port.
        port: Port,
        /// The peer's far end.
        to: SocketAddr,
    },
    /// Accepted, and nothing to send now.
    Consumed,
    /// Refused; counted.
    Dropped(DropReason),
}

/// Why a packet was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DropReason {
    /// No stream is open on the port.
    Closed,
    /// Not RTP version 2, or a length in it is wrong.
    NotRtp,
    /// Not RTCP.
    NotRtcp,
    /// Another source than the one latched or signalled: RTP injection.
    Source,
    /// The far end may not send, or the peer may not be sent to.
    Hold,
}

/// Settings of a worker.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// For SSRCs, first sequence numbers and first timestamps.
    pub seed: [u8; 32],
    /// Silence after which [`MediaEvent::Silent`] is reported.
    pub rtp_timeout: Duration,
    /// How many packets can be held for latching at one time, all streams together.
    pub held_packets: usize,
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self {
            seed: [0; 32],
            rtp_timeout: Duration::from_secs(30),
            held_packets: 512,
        }
    }
}

/// Relays the streams of many calls. Sans-IO: after any `handle_*` the owner drains [`Worker::poll_packet`],
/// [`Worker::poll_event`] and [`Worker::poll_connect`], then sleeps until [`Worker::poll_timeout`].
#[derive(Debug)]
pub struct Worker<S = NoTap> {
    sink: S,
}

impl Worker {
    /// A worker that records nothing.
    pub fn new(config: WorkerConfig) -> Self {
        Self::with_sink(config, NoTap)
    }
}

impl<S: TapSink> Worker<S> {
    /// A worker whose recorded packets go to `sink`.
    pub fn with_sink(config: WorkerConfig, sink: S) -> Self {
        let _ = config;
        Self { sink }
    }

    /// The sink.
    pub fn sink(&self) -> &S {
        &self.sink
    }

    /// The sink, to take from it.
    pub fn sink_mut(&mut self) -> &mut S {
        &mut self.sink
    }

    /// Obeys an order.
    pub fn handle_command(&mut self, now: Instant, command: Command) {
        let _ = (now, command);
        todo!()
    }

    /// Judges one packet that arrived on `port` from `source`. In place and without allocation.
    pub fn handle_packet(
        &mut self,
        now: Instant,
        port: Port,
        kind: Kind,
        source: SocketAddr,
        packet: &mut [u8],
    ) -> Verdict {
        let _ = (now, port, kind, source, packet);
        todo!()
    }

    /// Does what has become due.
    pub fn handle_timeout(&mut self, now: Instant) {
        let _ = now;
        todo!()
    }

    /// The next RTP packet of our own to send: announcements, and packets released when a stream latched. Written
    /// into `out` (at least 1,500 bytes); returns port to send from, destination and length.
    pub fn poll_packet(&mut self, out: &mut [u8]) -> Option<(Port, SocketAddr, usize)> {
        let _ = out;
        todo!()
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<MediaEvent> {
        todo!()
    }

    /// A change of [`Worker::connected`]: connect the RTP socket of the port to the address, or disconnect it.
    pub fn poll_connect(&mut self) -> Option<(Port, Option<SocketAddr>)> {
        todo!()
    }

    /// When to call [`Worker::handle_timeout`], and why.
    pub fn poll_timeout(&self) -> Option<(Instant, &'static str)> {
        todo!()
    }

    /// The address that the RTP socket of a port may be connected to: the latched one, as long as no other source
    /// would be believed.
    pub fn connected(&self, port: Port) -> Option<SocketAddr> {
        let _ = port;
        todo!()
    }

    /// Open streams.
    pub fn streams(&self) -> usize {
        todo!()
    }
}
