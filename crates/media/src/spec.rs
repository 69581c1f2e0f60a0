//! What a stream is told about itself: its port, its far end, and what it may carry.

use std::net::{IpAddr, SocketAddr};

use crate::sdp::Audio;
use serde::{Deserialize, Serialize};

/// An even local RTP port; its RTCP port is one higher. It identifies one leg's stream while that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Port(pub u16);

impl Port {
    /// The RTCP port that belongs to it (RFC 3550 section 11).
    pub fn rtcp(self) -> u16 {
        self.0.saturating_add(1)
    }
}

/// Version of the Internet Protocol of a stream: our socket and the far end's address are of the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
pub enum Family {
    /// IPv4.
    #[default]
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The family of an address.
    pub fn of(address: IpAddr) -> Self {
        if address.is_ipv4() { Self::V4 } else { Self::V6 }
    }
}

/// A set of RTP payload types (0 to 127).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct PayloadSet(pub u128);

impl PayloadSet {
    /// Adds a payload type; one above 127 cannot exist and is ignored.
    pub fn insert(&mut self, pt: u8) {
        if pt < 128 {
            self.0 |= 1 << pt;
        }
    }

    /// Is `pt` in the set?
    pub fn contains(self, pt: u8) -> bool {
        pt < 128 && self.0 >> pt & 1 == 1
    }

    /// Is it empty?
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<u8> for PayloadSet {
    fn from_iter<I: IntoIterator<Item = u8>>(pts: I) -> Self {
        let mut set = Self::default();
        pts.into_iter().for_each(|pt| set.insert(pt));
        set
    }
}

/// How far a trunk is trusted to send from another address than it signalled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Latch {
    /// Only the exact address and port of the SDP.
    #[default]
    Strict,
    /// Also another source (a peer behind NAT), after five in-sequence packets of one SSRC with an offered payload
    /// type. They are held and released when it latches, so that no word is clipped.
    Probation,
}

/// What is known about one stream. Sent with [`Command::Open`](crate::Command::Open), replaced by
/// [`Command::Update`](crate::Command::Update).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamSpec {
    /// Which of our sockets carries it.
    pub family: Family,
    /// Where the far end's SDP says RTP goes. `None` until its SDP is known.
    pub remote: Option<SocketAddr>,
    /// Where RTCP goes. `None`: one port above `remote`.
    pub remote_rtcp: Option<SocketAddr>,
    /// Payload types offered or answered on this stream; only these can make a [`Latch::Probation`] latch.
    pub payloads: PayloadSet,
    /// The payload type of telephone-event (RFC 4733), if negotiated.
    pub telephone_event: Option<u8>,
    /// Which sources are believed.
    pub latch: Latch,
    /// May we send to the far end? False while it is on hold.
    pub send: bool,
    /// Do we accept packets from the far end?
    pub receive: bool,
}

impl StreamSpec {
    /// A stream whose far end is not known yet: it accepts what latches and sends nothing.
    pub fn unknown(family: Family, latch: Latch, payloads: PayloadSet) -> Self {
        Self {
            family,
            remote: None,
            remote_rtcp: None,
            payloads,
            telephone_event: None,
            latch,
            send: true,
            receive: true,
        }
    }

    /// The stream that the far end describes in `audio`, its own SDP: we send if it receives, and the reverse. An
    /// address of the other family than our socket's cannot be reached and counts as unknown.
    pub fn from_audio(family: Family, audio: &Audio<'_>, latch: Latch) -> Self {
        let usable = |address: SocketAddr| {
            let ip = address.ip();
            let known = address.port() != 0 && !ip.is_unspecified() && Family::of(ip) == family;
            (!audio.disabled && known).then_some(address)
        };
        Self {
            family,
            remote: usable(audio.rtp),
            remote_rtcp: usable(audio.rtcp),
            payloads: audio.payloads.iter().map(|payload| payload.pt).collect(),
            telephone_event: audio.telephone_event,
            latch,
            send: !audio.disabled && !audio.held,
            receive: !audio.disabled && audio.direction.sends(),
        }
    }
}
