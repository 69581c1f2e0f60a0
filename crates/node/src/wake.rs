//! A wake-up between two threads that costs nothing while the other one is awake.

use crate::sys::event_fd;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering, fence};

/// Wakes one sleeping thread. The sleeper watches the descriptor in its epoll set; the waker writes to it only
/// if the sleeper said that it is going to sleep.
#[derive(Debug)]
pub(crate) struct Wake {
    counter: File,
    asleep: AtomicBool,
}

impl Wake {
    /// A wake-up for a thread that is awake.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            counter: event_fd()?,
            asleep: AtomicBool::new(false),
        })
    }

    /// Waker: call after the thing to be seen was pushed. Returns whether a system call was needed.
    pub(crate) fn wake(&self) -> bool {
        // Pairs with the fence in `falling_asleep`: either the sleeper sees what was pushed, or we see `asleep`.
        fence(Ordering::SeqCst);
        if !self.asleep.swap(false, Ordering::SeqCst) {
            return false;
        }
        // The counter cannot be full: each sleep writes to it once at most.
        (&self.counter).write_all(&1u64.to_ne_bytes()).is_ok()
    }

    /// Sleeper: call before the last look at the queues; if they are empty, it may wait on the descriptor.
    pub(crate) fn falling_asleep(&self) {
        self.asleep.store(true, Ordering::SeqCst);
        fence(Ordering::SeqCst);
    }

    /// Sleeper: call after waiting (or after deciding not to).
    pub(crate) fn awake(&self) {
        self.asleep.store(false, Ordering::SeqCst);
    }

    /// Sleeper: call whenever the descriptor was reported, or it is reported for ever. Nothing else can tell that it
    /// has to be read: the waker writes some time after it has seen the sleeper asleep.
    pub(crate) fn clear(&self) {
        let mut value = [0; 8];
        // Nothing to read means that it was read already.
        let _ = (&self.counter).read(&mut value);
    }
}

impl AsFd for Wake {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.counter.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::{Epoll, Events};
    use std::time::Duration;

    fn reported(wake: &Wake) -> bool {
        let epoll = Epoll::new().unwrap();
        epoll.add(wake, 0).unwrap();
        let mut events = Events::with_capacity(1);
        epoll.wait(&mut events, Some(Duration::ZERO)).unwrap();
        events.len() == 1
    }

    #[test]
    fn a_thread_that_is_awake_is_not_woken() {
        let wake = Wake::new().unwrap();
        assert!(!wake.wake());
        assert!(!reported(&wake));
    }

    #[test]
    fn a_sleeper_is_woken_once() {
        let wake = Wake::new().unwrap();
        wake.falling_asleep();
        assert!(wake.wake());
        assert!(!wake.wake());
        assert!(reported(&wake));
        wake.awake();
        wake.clear();
        assert!(!reported(&wake));
        assert!(!wake.wake());
    }

    /// The waker is slow: its write comes when the sleeper has woken by itself and sleeps again.
    #[test]
    fn a_late_write_ends_one_sleep_and_not_every_one() {
        let wake = Wake::new().unwrap();
        wake.falling_asleep();
        wake.awake();
        (&wake.counter).write_all(&1u64.to_ne_bytes()).unwrap();
        wake.falling_asleep();
        assert!(reported(&wake));
        wake.awake();
        wake.clear();
        wake.falling_asleep();
        assert!(!reported(&wake));
    }

    #[test]
    fn a_sleep_that_ends_by_itself_needs_no_read() {
        let wake = Wake::new().unwrap();
        wake.falling_asleep();
        wake.awake();
        assert!(!wake.wake());
        assert!(!reported(&wake));
    }
}
