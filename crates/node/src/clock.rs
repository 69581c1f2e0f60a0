//! The wall clock, read in one place.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The machine's wall clock, or one that was set to another time: the demo and drills make it Tuesday morning.
///
/// Clones are the same clock.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    ahead_ms: Arc<AtomicI64>,
}

impl Clock {
    /// Makes it show `unix_ms` from now on; it goes on from there.
    pub fn set(&self, unix_ms: i64) {
        self.ahead_ms.store(unix_ms - machine_ms(), Ordering::Relaxed);
    }

    /// Unix milliseconds now.
    pub fn unix_ms(&self) -> i64 {
        machine_ms() + self.ahead_ms()
    }

    /// How far it is ahead of the machine's clock: another value means that it was set.
    pub(crate) fn ahead_ms(&self) -> i64 {
        self.ahead_ms.load(Ordering::Relaxed)
    }
}

fn machine_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
