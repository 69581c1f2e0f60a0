//! What the phones did, for whoever waits for it.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::phone::PhoneEvent;
use crate::report::CallReport;
use crate::run::WaitError;

/// Events that are kept; older ones are dropped.
const MOST_EVENTS: usize = 100_000;

/// Reports that are kept; older ones are dropped.
const MOST_REPORTS: usize = 10_000;

/// What happened so far.
#[derive(Debug, Default)]
pub(super) struct Entries {
    pub(super) events: VecDeque<(Arc<str>, PhoneEvent)>,
    pub(super) reports: VecDeque<Arc<CallReport>>,
    pub(super) stopped: bool,
}

/// Shared between the thread of the phones and those that wait.
#[derive(Debug, Default)]
pub(super) struct Board {
    entries: Mutex<Entries>,
    news: Condvar,
}

impl Board {
    pub(super) fn look(&self) -> MutexGuard<'_, Entries> {
        // A waiter that panicked left nothing half done: entries are only ever added.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, phone: &Arc<str>, event: PhoneEvent) {
        let mut entries = self.look();
        if let PhoneEvent::Ended { report, .. } = event {
            if entries.reports.len() == MOST_REPORTS {
                entries.reports.pop_front();
            }
            entries.reports.push_back(Arc::from(report));
        } else {
            if entries.events.len() == MOST_EVENTS {
                entries.events.pop_front();
            }
            entries.events.push_back((Arc::clone(phone), event));
        }
        drop(entries);
        self.news.notify_all();
    }

    pub(super) fn stop(&self) {
        self.look().stopped = true;
        self.news.notify_all();
    }

    /// Awaits what `found` finds, for `timeout` at most.
    pub(super) fn wait<T>(
        &self,
        timeout: Duration,
        found: impl Fn(&Entries) -> Option<T>,
    ) -> Result<T, WaitError> {
        let end = Instant::now() + timeout;
        let mut entries = self.look();
        loop {
            if let Some(found) = found(&entries) {
                return Ok(found);
            }
            if entries.stopped {
                return Err(WaitError::Stopped);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(WaitError::TimeOut(timeout));
            }
            let woken = self
                .news
                .wait_timeout(entries, left)
                .unwrap_or_else(PoisonError::into_inner);
            entries = woken.0;
        }
    }
}
