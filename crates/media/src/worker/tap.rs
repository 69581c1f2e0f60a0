use std::{path::Path, time::Instant};

use crate::RecordingId;

/// Whose words a tapped packet carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// What the caller says.
    Caller,
    /// What the caller hears: the callee, or an announcement.
    Callee,
}

/// Takes copies of recorded packets. Must not block: in the daemon it is a bounded ring to the recorder thread.
pub trait TapSink {
    /// A recording begins. Comes before its first packet, once, even if the order is repeated.
    fn start(&mut self, recording: RecordingId, path: &Path, at: Instant) {
        let _ = (recording, path, at);
    }

    /// A copy of one RTP packet, header included.
    fn tap(&mut self, recording: RecordingId, side: Side, arrival: Instant, packet: &[u8]);

    /// A recording ends. Comes after its last packet.
    fn stop(&mut self, recording: RecordingId, at: Instant) {
        let _ = (recording, at);
    }
}

/// A sink for workers that record nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTap;

impl TapSink for NoTap {
    fn tap(&mut self, _: RecordingId, _: Side, _: Instant, _: &[u8]) {}
}
