//! Reception statistics (RFC 3550 section 6.4.1 and appendix A).

use crate::Codec;

/// Totals of one stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamStats {
    /// RTP packets accepted from the far end.
    pub received: u64,
    /// RTP packets sent to the far end: forwarded and announcements.
    pub sent: u64,
    /// Packets the far end sent that never arrived (RFC 3550 A.3), summed over its SSRCs.
    pub lost: u64,
    /// Packets that arrived and were refused: wrong source, not RTP, held back for ever, on hold.
    pub dropped: u64,
    /// Interarrival jitter in microseconds (RFC 3550 A.8), taking the RTP clock as 8 kHz.
    pub jitter_us: u32,
    /// The G.711 law last received, if it was one with its static payload type.
    pub codec: Option<Codec>,
    /// The control side.
    pub rtcp: RtcpStats,
}

/// What RTCP told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RtcpStats {
    /// Compound packets accepted from the far end.
    pub received: u64,
    /// Compound packets forwarded to the far end.
    pub sent: u64,
    /// Packets the far end says it lost (its last report block).
    pub far_lost: Option<i32>,
    /// Jitter the far end sees, in microseconds at 8 kHz.
    pub far_jitter_us: Option<u32>,
}
