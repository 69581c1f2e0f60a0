use std::{net::SocketAddr, time::Duration};

use crate::Port;

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
    /// Accepted, and nothing to send now: there is no peer, it is on hold, it hears an announcement, its address is not
    /// known, or the packet is held until the latch decides.
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
    /// The far end may not send.
    Hold,
}

/// Settings of a worker.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// For SSRCs, first sequence numbers and first timestamps. From a random source; fixed only in tests.
    pub seed: [u8; 32],
    /// Silence after which [`MediaEvent::Silent`](crate::MediaEvent::Silent) is reported.
    pub rtp_timeout: Duration,
    /// How many packets can be held for latching at one time, all streams together. 1,500 bytes each.
    pub held_packets: u16,
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
