use std::net::IpAddr;

use crate::{Port, sdp::Origin};

/// Which half of an exchange a relayed description is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// An offer.
    Offer,
    /// An answer. Refused streams lose their attributes: they mean nothing there (RFC 3264 section 6).
    Answer,
}

/// How a description is to look on the other leg.
#[derive(Debug, Clone)]
pub struct RelayAs<'a> {
    /// Our media address there.
    pub address: IpAddr,
    /// Our port for the audio.
    pub port: Port,
    /// The `o=` line.
    pub origin: Origin,
    /// Offer or answer.
    pub mode: Mode,
    /// Payload types that stay, with their `rtpmap` and `fmtp`; `None` keeps all.
    pub keep_payloads: Option<&'a [u8]>,
}
