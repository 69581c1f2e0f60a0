//! The deadlines of calls: a heap whose stale entries are ignored by their owner.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

use crate::core::{CallKey, LegKey};

/// What a deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TimerKind {
    /// The no-answer timer of an attempt.
    Ring(LegKey),
    /// Nobody at the attempt's address said anything at all.
    Silence(LegKey),
    /// Our 2xx on this leg is due again, or given up.
    Ok(LegKey),
    /// The ringing is repeated to the caller.
    Progress,
    /// The media side owes us the end of a stream or a recording.
    MediaOwes,
}

impl TimerKind {
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Ring(_) => "no-answer timer",
            Self::Silence(_) => "first response timer",
            Self::Ok(_) => "2xx retransmission",
            Self::Progress => "ringing repeated",
            Self::MediaOwes => "media owes an end",
        }
    }
}

/// Whose deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TimerKey {
    pub(crate) call: CallKey,
    pub(crate) kind: TimerKind,
}

/// All deadlines of a shard. Nothing is removed early: the owner compares the instant with the deadline it
/// remembers and ignores what it has moved or cleared.
#[derive(Debug, Default)]
pub(crate) struct TimerQueue {
    heap: BinaryHeap<Reverse<(Instant, u64, TimerKey)>>,
    armed: u64,
}

impl TimerQueue {
    pub(crate) fn arm(&mut self, at: Instant, key: TimerKey) {
        self.armed += 1;
        self.heap.push(Reverse((at, self.armed, key)));
    }

    pub(crate) fn next(&self) -> Option<(Instant, &'static str)> {
        self.heap
            .peek()
            .map(|Reverse((at, _, key))| (*at, key.kind.reason()))
    }

    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<(Instant, TimerKey)> {
        let Reverse((at, _, key)) = *self.heap.peek()?;
        if at > now {
            return None;
        }
        self.heap.pop();
        Some((at, key))
    }
}
