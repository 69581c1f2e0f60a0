use std::net::SocketAddr;

use crate::Codec;

/// Which way media flows, seen from whoever wrote the description (RFC 3264 section 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// Both ways; the default.
    #[default]
    SendRecv,
    /// The writer only sends: we are on hold, perhaps with music.
    SendOnly,
    /// The writer only receives.
    RecvOnly,
    /// Nothing flows.
    Inactive,
}

impl Direction {
    /// Does the writer send?
    pub fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// Does the writer receive?
    pub fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// The same flow seen from the other end.
    pub fn reversed(self) -> Self {
        match self {
            Self::SendOnly => Self::RecvOnly,
            Self::RecvOnly => Self::SendOnly,
            same => same,
        }
    }

    /// The attribute name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }
}

/// One format of an audio stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// RTP payload type.
    pub pt: u8,
    /// Encoding name as written, or from the static table of RFC 3551; empty if neither says.
    pub encoding: String,
    /// Clock rate in Hz.
    pub clock: u32,
    /// The `a=fmtp` value.
    pub fmtp: Option<String>,
}

/// The audio stream of a description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audio {
    /// Where its writer wants RTP.
    pub rtp: SocketAddr,
    /// Where its writer wants RTCP: `a=rtcp` (RFC 3605), else one port higher.
    pub rtcp: SocketAddr,
    /// The transport profile as written, such as `RTP/AVP`.
    pub profile: String,
    /// Formats in order of preference.
    pub payloads: Vec<Payload>,
    /// The G.711 ones, in that order, without repeats.
    pub codecs: Vec<Codec>,
    /// Payload type of telephone-event at 8 kHz (RFC 4733).
    pub telephone_event: Option<u8>,
    /// From the media level, else the session level, else both ways.
    pub direction: Direction,
    /// Packet time in milliseconds.
    pub ptime: Option<u32>,
    /// On hold: address 0.0.0.0 (RFC 2543), `sendonly` or `inactive`.
    pub held: bool,
    /// Port 0: refused or ended.
    pub disabled: bool,
}

impl Audio {
    /// The payload type its writer gave a codec.
    pub fn payload_type(&self, codec: Codec) -> Option<u8> {
        let _ = codec;
        todo!()
    }

    /// Is it plain RTP, without SRTP?
    pub fn is_plain(&self) -> bool {
        todo!()
    }
}
