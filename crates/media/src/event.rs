//! What a [`Worker`](crate::Worker) is told, and what it reports.

use std::{fmt, net::SocketAddr, path::PathBuf, sync::Arc};

use crate::{Codec, Port, Prompt, StreamSpec, StreamStats};
use serde::{Deserialize, Serialize};

/// Names one play-out; chosen by the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PlayId(pub u32);

/// Names one recording; chosen by the call, unique on the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RecordingId(pub u64);

/// An order from the call to the media worker. Orders that name a port that is not open are ignored.
#[derive(Debug, Clone)]
pub enum Command {
    /// Begins a stream. Opening an open port closes the old stream first.
    Open {
        /// The local port.
        port: Port,
        /// Its far end.
        spec: StreamSpec,
    },
    /// Replaces what is known about a stream. Another `remote` than before re-arms the latch.
    Update {
        /// The local port.
        port: Port,
        /// The new description.
        spec: StreamSpec,
    },
    /// Forwards what arrives on one port out of the other, both ways. Earlier bridges of both end.
    Bridge {
        /// One leg.
        a: Port,
        /// The other leg.
        b: Port,
    },
    /// Ends the bridge of a port with its peer, whatever the peer is.
    Unbridge {
        /// Either leg.
        a: Port,
    },
    /// Plays a prompt to the far end in 20 ms packets. Packets bridged towards that far end are consumed meanwhile.
    /// Replaces a running play-out, which then reports nothing.
    Play {
        /// The leg that hears it.
        port: Port,
        /// Comes back in [`MediaEvent::PlayEnded`].
        id: PlayId,
        /// What to play.
        prompt: Arc<Prompt>,
        /// How to encode it.
        codec: Codec,
        /// The payload type the far end gave that codec.
        pt: u8,
        /// How often in all; 0 is for ever.
        repeat: u32,
    },
    /// Stops a play-out at once; reports nothing.
    StopPlay {
        /// The leg that hears it.
        port: Port,
    },
    /// Starts a recording, or gives a running one another `callee`. Packets are copied from this order on.
    Record {
        /// The recording.
        id: RecordingId,
        /// Where the file goes; handed to the sink untouched.
        path: PathBuf,
        /// The leg whose incoming packets are the caller's side; what it hears is the callee's side.
        caller: Port,
        /// The leg bridged with it, once there is one.
        callee: Option<Port>,
    },
    /// Ends a recording.
    StopRecord {
        /// The recording.
        id: RecordingId,
    },
    /// Ends a stream; answered by [`MediaEvent::Closed`].
    Close {
        /// The local port.
        port: Port,
    },
}

/// What happened to a stream. `Debug` never shows a digit: a password may be typed as DTMF.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum MediaEvent {
    /// The first packet was accepted on a port.
    FirstPacket {
        /// The local port.
        port: Port,
    },
    /// Packets for the far end now go to this source.
    Latched {
        /// The local port.
        port: Port,
        /// The address the far end really sends from.
        source: SocketAddr,
    },
    /// A play-out came to its end by itself.
    PlayEnded {
        /// The leg that heard it.
        port: Port,
        /// From [`Command::Play`].
        id: PlayId,
    },
    /// The far end pressed a key (RFC 4733). Once per key, whatever is repeated or lost.
    Digit {
        /// Where it arrived.
        port: Port,
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        digit: char,
        /// How long it was pressed.
        duration_ms: u32,
    },
    /// No packet for the RTP time-out. Needs a first packet, and never comes while the far end may not send.
    Silent {
        /// The local port.
        port: Port,
    },
    /// A stream is gone.
    Closed {
        /// The local port.
        port: Port,
        /// Its totals.
        stats: StreamStats,
    },
    /// A recording is on disk. Made by the owner of the recorder, not by the worker.
    RecordingEnded {
        /// From [`Command::Record`].
        id: RecordingId,
        /// Size of the file.
        bytes: u64,
        /// Samples at 11,025 Hz.
        samples: u64,
        /// Why it is not whole, if so.
        error: Option<String>,
    },
}

impl fmt::Debug for MediaEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FirstPacket { port } => f.debug_struct("FirstPacket").field("port", port).finish(),
            Self::Latched { port, source } => f
                .debug_struct("Latched")
                .field("port", port)
                .field("source", source)
                .finish(),
            Self::PlayEnded { port, id } => f
                .debug_struct("PlayEnded")
                .field("port", port)
                .field("id", id)
                .finish(),
            Self::Digit {
                port, duration_ms, ..
            } => f
                .debug_struct("Digit")
                .field("port", port)
                .field("duration_ms", duration_ms)
                .finish_non_exhaustive(),
            Self::Silent { port } => f.debug_struct("Silent").field("port", port).finish(),
            Self::Closed { port, stats } => f
                .debug_struct("Closed")
                .field("port", port)
                .field("stats", stats)
                .finish(),
            Self::RecordingEnded {
                id,
                bytes,
                samples,
                error,
            } => f
                .debug_struct("RecordingEnded")
                .field("id", id)
                .field("bytes", bytes)
                .field("samples", samples)
                .field("error", error)
                .finish(),
        }
    }
}
