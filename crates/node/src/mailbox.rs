//! Letters to a thread that may be slow: whoever writes never waits, and what lies there is bounded.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::Duration;

/// A box for `most` letters, besides those that are bounded by their writers.
pub(crate) fn mailbox<T>(most: usize) -> (Mailbox<T>, Letters<T>) {
    let (sender, receiver) = channel();
    let waiting = Arc::new(AtomicUsize::new(0));
    let mailbox = Mailbox {
        sender,
        waiting: waiting.clone(),
        most,
    };
    (mailbox, Letters { receiver, waiting })
}

/// A letter, and whether it takes a place.
struct Sealed<T>(T, bool);

/// The writing end.
pub(crate) struct Mailbox<T> {
    sender: Sender<Sealed<T>>,
    waiting: Arc<AtomicUsize>,
    most: usize,
}

impl<T> Clone for Mailbox<T> {
    fn clone(&self) -> Self {
        Self {
            sender: self.sender.clone(),
            waiting: self.waiting.clone(),
            most: self.most,
        }
    }
}

impl<T> Mailbox<T> {
    /// `false`: the box is full, or nobody reads any more; the letter is dropped.
    pub(crate) fn post(&self, letter: T) -> bool {
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= self.most {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return false;
        }
        self.sender.send(Sealed(letter, true)).is_ok()
    }

    /// A letter of which there are few by their nature: it takes no place. When nobody reads any more, nobody wants it.
    pub(crate) fn send(&self, letter: T) {
        let _ = self.sender.send(Sealed(letter, false));
    }
}

/// Nobody can write any more.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Closed;

/// The reading end.
pub(crate) struct Letters<T> {
    receiver: Receiver<Sealed<T>>,
    waiting: Arc<AtomicUsize>,
}

impl<T> Letters<T> {
    /// The next letter; `None` if none comes for so long.
    pub(crate) fn await_next(&self, patience: Duration) -> Result<Option<T>, Closed> {
        match self.receiver.recv_timeout(patience) {
            Ok(sealed) => Ok(Some(self.open(sealed))),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Closed),
        }
    }

    /// The next letter, if one lies there.
    pub(crate) fn next(&self) -> Result<Option<T>, Closed> {
        match self.receiver.try_recv() {
            Ok(sealed) => Ok(Some(self.open(sealed))),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(Closed),
        }
    }

    fn open(&self, Sealed(letter, takes_place): Sealed<T>) -> T {
        if takes_place {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        letter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_there_is_bounded_and_room_comes_back() {
        let (mailbox, letters) = mailbox(2);
        assert!(mailbox.post(1) && mailbox.post(2) && !mailbox.clone().post(3));
        mailbox.send(4);
        let read: Vec<_> = std::iter::from_fn(|| letters.next().unwrap()).collect();
        assert_eq!(read, [1, 2, 4]);
        assert!(mailbox.post(5));
        assert_eq!(letters.await_next(Duration::from_secs(60)), Ok(Some(5)));
        assert_eq!(letters.await_next(Duration::ZERO), Ok(None));
        drop(mailbox);
        assert_eq!(letters.next(), Err(Closed));
        assert_eq!(letters.await_next(Duration::from_secs(60)), Err(Closed));
    }
}
