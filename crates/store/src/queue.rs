//! The queue between the call path and the writer: bounded, never waiting, in the order of the events.
//!
//! Its lock is held for one push or one swap, never during a write, so a stalled disk cannot hold up a
//! thread that reports an event.

use std::collections::VecDeque;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pointsman_call::{Cdr, RecordingRecord};

use crate::gauges::Gauges;

/// One thing to write.
#[derive(Debug)]
pub(crate) enum Job {
    Open(Box<Cdr>),
    Answer {
        call: Arc<str>,
        at_ms: i64,
    },
    Dialogs {
        call: Arc<str>,
        dialogs: String,
    },
    Recording {
        call: Arc<str>,
        recording: RecordingRecord,
    },
    Close(Box<Cdr>),
    /// Answered once everything before it is on the disk.
    Flush(SyncSender<()>),
}

impl Job {
    /// The call it is of; empty for a flush.
    pub(crate) fn call(&self) -> &str {
        match self {
            Self::Open(cdr) | Self::Close(cdr) => &cdr.id,
            Self::Answer { call, .. } | Self::Dialogs { call, .. } | Self::Recording { call, .. } => call,
            Self::Flush(_) => "",
        }
    }
}

/// Why a job was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The queue is full; the closing of this call will still be written, with everything in it.
    Skipped,
    /// Even the spill is full: a finished call is lost.
    Lost,
    /// The writer has ended.
    Stopped,
}

/// Bounded queue with a spill for closings.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    ready: Condvar,
    /// Jobs of any kind.
    room: usize,
    /// Further closings.
    spill: usize,
}

#[derive(Debug, Default)]
struct State {
    jobs: VecDeque<Job>,
    /// Jobs the writer has taken and not yet written.
    in_hand: usize,
    /// Somebody waits for a flush: the writer does not wait for company.
    hurry: bool,
    closed: bool,
    gauges: Gauges,
    failing: bool,
}

/// What the writer got.
pub(crate) struct Batch {
    pub(crate) jobs: VecDeque<Job>,
    /// No further jobs will come.
    pub(crate) last: bool,
}

impl Queue {
    pub(crate) fn new(room: usize, spill: usize) -> Self {
        Self {
            state: Mutex::default(),
            ready: Condvar::new(),
            room,
            spill,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while the lock was held leaves counters at worst one off; the queue stays usable.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a job, or hands it back with the reason.
    pub(crate) fn push(&self, job: Job) -> Result<(), Box<(Refusal, Job)>> {
        let mut state = self.state();
        if state.closed {
            return Err(Box::new((Refusal::Stopped, job)));
        }
        let waiting = state.jobs.len() + state.in_hand;
        let is_closing = matches!(job, Job::Close(_));
        let room = if is_closing {
            self.room + self.spill
        } else {
            self.room
        };
        if waiting >= room && !matches!(job, Job::Flush(_)) {
            return Err(Box::new((state.refuse(is_closing), job)));
        }
        let is_flush = matches!(job, Job::Flush(_));
        state.hurry |= is_flush;
        state.jobs.push_back(job);
        if state.jobs.len() == 1 || is_flush {
            self.ready.notify_one();
        }
        Ok(())
    }

    /// Waits up to `patience` for a first job, then `gather` for company, and takes what is there.
    pub(crate) fn take(&self, patience: Duration, gather: Duration) -> Batch {
        let mut state = self.state();
        if state.jobs.is_empty() && !state.closed {
            let waited = self
                .ready
                .wait_timeout_while(state, patience, |s| s.jobs.is_empty() && !s.closed);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if !state.jobs.is_empty() && !state.closed && !gather.is_zero() {
            let waited = self
                .ready
                .wait_timeout_while(state, gather, |s| !s.closed && !s.hurry);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.hurry = false;
        let jobs = std::mem::take(&mut state.jobs);
        state.in_hand = jobs.len();
        Batch {
            jobs,
            last: state.closed,
        }
    }

    /// The batch is on the disk.
    pub(crate) fn written(&self, rows: u64, refused: u64) {
        let mut state = self.state();
        state.in_hand = 0;
        state.failing = false;
        state.gauges.commits += 1;
        state.gauges.rows += rows;
        state.gauges.calls_lost += refused;
    }

    /// The batch could not be written and will be tried again.
    pub(crate) fn failed(&self) {
        let mut state = self.state();
        state.failing = true;
        state.gauges.failures += 1;
    }

    /// No further jobs are taken.
    pub(crate) fn close(&self) {
        self.state().closed = true;
        self.ready.notify_all();
    }

    /// Waits until the queue is closed, at most `patience`.
    pub(crate) fn wait_closed(&self, patience: Duration) -> bool {
        let state = self.state();
        let waited = self.ready.wait_timeout_while(state, patience, |s| !s.closed);
        waited.unwrap_or_else(PoisonError::into_inner).0.closed
    }

    pub(crate) fn gauges(&self) -> Gauges {
        let state = self.state();
        let waiting = state.jobs.len() + state.in_hand;
        Gauges {
            waiting,
            stalled: state.failing || waiting > self.room / 2,
            ..state.gauges
        }
    }
}

impl State {
    fn refuse(&mut self, is_closing: bool) -> Refusal {
        if is_closing {
            self.gauges.calls_lost += 1;
            Refusal::Lost
        } else {
            self.gauges.skipped += 1;
            Refusal::Skipped
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;

    fn answer() -> Job {
        Job::Answer {
            call: "c".into(),
            at_ms: 0,
        }
    }

    /// A call is three events: opened, answered, closed.
    #[test]
    fn a_disk_may_take_nine_tenths_of_a_second_at_six_thousand_calls_a_second() {
        let Settings { room, spill, .. } = Settings::default();
        let queue = Queue::new(room, spill);
        for _ in 0..6_000 * 3 * 9 / 10 {
            assert!(queue.push(answer()).is_ok());
        }
        assert!(!queue.gauges().stalled, "{:?}", queue.gauges());
        // What the writer has taken and not written counts as well.
        queue.take(Duration::ZERO, Duration::ZERO);
        for _ in 0..=room / 2 - queue.gauges().waiting {
            assert!(queue.push(answer()).is_ok());
        }
        assert!(queue.gauges().stalled, "{:?}", queue.gauges());
        queue.written(0, 0);
        assert_eq!((queue.gauges().stalled, queue.gauges().skipped), (false, 0));
    }
}
