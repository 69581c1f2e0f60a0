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
    /// The caller has waited long enough with the next key.
    Keys,
    /// An owner has not answered.
    Answer,
    /// The caller has waited for an agent long enough.
    Wait,
    /// The caller is told its place in the queue.
    Position,
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
            Self::Keys => "key timer",
            Self::Answer => "an owner owes an answer",
            Self::Wait => "longest wait in a queue",
            Self::Position => "place in a queue",
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

/// Below so many deadlines a sweep is not worth its while.
const LEAST_SWEPT: usize = 1024;

/// All deadlines of a shard. A deadline that its call has moved or cleared stays until it passes: the owner compares
/// the instant with the one it remembers. Those of calls that are gone are swept out when they may be half of all, so
/// that minute-long timers of short calls neither pile up nor wake anybody.
#[derive(Debug)]
pub(crate) struct TimerQueue {
    heap: BinaryHeap<Reverse<(Instant, u64, TimerKey)>>,
    armed: u64,
    sweep_above: usize,
}

impl Default for TimerQueue {
    fn default() -> Self {
        Self {
            heap: BinaryHeap::new(),
            armed: 0,
            sweep_above: LEAST_SWEPT,
        }
    }
}

impl TimerQueue {
    pub(crate) fn arm(&mut self, at: Instant, key: TimerKey) {
        self.armed += 1;
        self.heap.push(Reverse((at, self.armed, key)));
    }

    /// To be asked when a call has gone: drops the deadlines of calls that are not `alive`, if it is time. A sweep
    /// costs as much as the deadlines armed since the last one, so a constant for each.
    pub(crate) fn sweep(&mut self, alive: impl Fn(CallKey) -> bool) {
        if self.heap.len() <= self.sweep_above {
            return;
        }
        self.heap.retain(|Reverse((_, _, key))| alive(key.call));
        self.sweep_above = (self.heap.len() * 2).max(LEAST_SWEPT);
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[expect(clippy::disallowed_methods, reason = "any instant will do")]
    fn any_instant() -> Instant {
        Instant::now()
    }

    fn key(slot: u32) -> TimerKey {
        let call = CallKey { slot, generation: 0 };
        TimerKey {
            call,
            kind: TimerKind::Progress,
        }
    }

    #[test]
    fn deadlines_of_calls_that_are_gone_do_not_pile_up() {
        let start = any_instant();
        let mut timers = TimerQueue::default();
        let alive = |call: CallKey| call.slot == 0;
        timers.arm(start + Duration::from_secs(60), key(0));
        for gone in 1..100_000 {
            timers.arm(start + Duration::from_secs(30), key(gone));
            timers.sweep(alive);
            assert!(timers.heap.len() <= LEAST_SWEPT + 1);
        }
        let late = start + Duration::from_secs(61);
        let kept = std::iter::from_fn(|| timers.pop_due(late)).filter(|(_, key)| alive(key.call));
        assert_eq!(kept.count(), 1, "the deadline of the living call stays");
    }

    #[test]
    fn deadlines_pass_in_order_also_after_a_sweep() {
        let start = any_instant();
        let mut timers = TimerQueue::default();
        for number in 0..3_000_u32 {
            let after = u64::from(number * 7_919 % 3_000);
            timers.arm(start + Duration::from_millis(after), key(number));
        }
        timers.sweep(|call| call.slot.is_multiple_of(2));
        let late = start + Duration::from_secs(3);
        let passed: Vec<_> = std::iter::from_fn(|| timers.pop_due(late)).collect();
        assert_eq!(passed.len(), 1_500);
        assert!(passed.is_sorted_by_key(|(at, _)| *at));
    }
}
