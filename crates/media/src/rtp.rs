//! RTP headers (RFC 3550 section 5.1).

/// The usual payload type of telephone-event in an offer of ours.
pub const TELEPHONE_EVENT: u8 = 101;

/// One RTP packet to be written with [`build_rtp`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Payload type, 0 to 127.
    pub pt: u8,
    /// First packet of a talk spurt, or of a digit.
    pub marker: bool,
    /// Sequence number.
    pub seq: u16,
    /// Media time in clock ticks.
    pub timestamp: u32,
    /// The source.
    pub ssrc: u32,
    /// The rest.
    pub payload: &'a [u8],
}

/// Writes `packet` into `out` and returns its length; `None` if it does not fit.
pub fn build_rtp(packet: &Packet<'_>, out: &mut [u8]) -> Option<usize> {
    let _ = (packet, out);
    todo!()
}
