//! Bounded queues from one thread to another, drained by a thread that sleeps in epoll.

use crate::wake::Wake;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::time::{Duration, Instant};

/// How long something that is not urgent may lie in a ring before its reader is woken for it. A busy reader comes
/// by sooner on its own, so that under load nearly no wake-up is needed.
const PATIENCE: Duration = Duration::from_millis(20);

/// When to look again after a ring was full.
const RETRY: Duration = Duration::from_millis(1);

/// A ring of `capacity` places; the receiver sleeps on `wake`, which several rings may share.
pub(crate) fn ring<T>(capacity: usize, wake: Arc<Wake>) -> (RingSender<T>, RingReceiver<T>) {
    let (sender, receiver) = sync_channel(capacity);
    let taken = Arc::new(AtomicU64::new(0));
    let sender = RingSender {
        sender: Some(sender),
        wake,
        waiting: VecDeque::new(),
        pushed: 0,
        taken: taken.clone(),
        wake_by: None,
    };
    (
        sender,
        RingReceiver {
            receiver,
            taken,
            peeked: None,
            closed: false,
        },
    )
}

/// The writing end. Nothing is lost when the ring is full: it waits here, in order, and [`RingSender::due`] tells
/// the owner to come back soon.
pub(crate) struct RingSender<T> {
    sender: Option<SyncSender<T>>,
    wake: Arc<Wake>,
    waiting: VecDeque<T>,
    pushed: u64,
    taken: Arc<AtomicU64>,
    wake_by: Option<Instant>,
}

impl<T> RingSender<T> {
    /// Appends without waking the receiver, so that a batch costs one wake at most.
    pub(crate) fn push(&mut self, item: T) {
        self.waiting.push_back(item);
        self.flush();
    }

    /// After a batch: wakes the receiver if it sleeps and what was pushed is urgent or has waited long enough.
    pub(crate) fn settle(&mut self, now: Instant, urgent: bool) {
        self.flush();
        if self.taken.load(Ordering::Relaxed) == self.pushed && self.waiting.is_empty() {
            self.wake_by = None;
        } else if urgent || self.is_behind() || self.wake_by.is_some_and(|by| by <= now) {
            self.wake_by = None;
            self.wake.wake();
        } else {
            self.wake_by.get_or_insert(now + PATIENCE);
        }
    }

    /// When to call [`RingSender::settle`] again.
    pub(crate) fn due(&self, now: Instant) -> Option<Instant> {
        if self.is_behind() {
            Some(now + RETRY)
        } else {
            self.wake_by
        }
    }

    /// The ring was full: items wait on this side.
    pub(crate) fn is_behind(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Moves what waits into the ring as far as it has room.
    fn flush(&mut self) {
        let Some(sender) = &self.sender else { return };
        while let Some(item) = self.waiting.pop_front() {
            match sender.try_send(item) {
                Ok(()) => self.pushed += 1,
                Err(TrySendError::Full(item)) => {
                    self.waiting.push_front(item);
                    return;
                }
                // The receiving thread is gone; the node is ending and nobody wants it any more.
                Err(TrySendError::Disconnected(_)) => {
                    self.waiting.clear();
                    self.pushed = self.taken.load(Ordering::Relaxed);
                }
            }
        }
    }
}

impl<T> Drop for RingSender<T> {
    fn drop(&mut self) {
        self.sender = None;
        // The receiver may sleep for ever otherwise.
        self.wake.wake();
    }
}

/// The reading end.
pub(crate) struct RingReceiver<T> {
    receiver: Receiver<T>,
    taken: Arc<AtomicU64>,
    peeked: Option<T>,
    closed: bool,
}

impl<T> RingReceiver<T> {
    /// The oldest item.
    pub(crate) fn pop(&mut self) -> Option<T> {
        self.peeked.take().or_else(|| self.take())
    }

    /// Nothing is waiting. The last look before sleeping, after [`Wake::falling_asleep`].
    pub(crate) fn is_empty(&mut self) -> bool {
        if self.peeked.is_none() {
            self.peeked = self.take();
        }
        self.peeked.is_none()
    }

    /// The writing end is gone and everything was read.
    pub(crate) fn is_closed(&mut self) -> bool {
        self.is_empty() && self.closed
    }

    fn take(&mut self) -> Option<T> {
        match self.receiver.try_recv() {
            Ok(item) => {
                // Only this side writes it.
                self.taken
                    .store(self.taken.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
                Some(item)
            }
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                self.closed = true;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::{Epoll, Events};

    fn wake() -> Arc<Wake> {
        Arc::new(Wake::new().unwrap())
    }

    fn reported(wake: &Wake) -> bool {
        let epoll = Epoll::new().unwrap();
        epoll.add(wake, 0).unwrap();
        let mut events = Events::with_capacity(1);
        epoll.wait(&mut events, Some(Duration::ZERO)).unwrap();
        events.len() == 1
    }

    #[test]
    fn order_is_kept_over_a_full_ring() {
        let (mut sender, mut receiver) = ring(4, wake());
        for number in 0..10 {
            sender.push(number);
        }
        assert!(sender.is_behind());
        let mut seen = Vec::new();
        while seen.len() < 10 {
            seen.extend(std::iter::from_fn(|| receiver.pop()));
            sender.settle(Instant::now(), false);
        }
        assert_eq!(seen, (0..10).collect::<Vec<_>>());
        assert!(!sender.is_behind() && receiver.is_empty());
    }

    #[test]
    fn looking_does_not_take() {
        let (mut sender, mut receiver) = ring(4, wake());
        assert!(receiver.is_empty());
        sender.push('a');
        assert!(!receiver.is_empty());
        assert_eq!(receiver.pop(), Some('a'));
        assert!(receiver.is_empty());
    }

    #[test]
    fn a_ring_is_closed_once_it_was_read_to_the_end() {
        let (mut sender, mut receiver) = ring(4, wake());
        sender.push(1);
        assert!(!receiver.is_closed());
        drop(sender);
        assert!(!receiver.is_closed());
        assert_eq!(receiver.pop(), Some(1));
        assert!(receiver.is_closed());
    }

    #[test]
    fn the_end_of_the_writer_wakes_the_reader() {
        let wake = wake();
        let (sender, _receiver) = ring::<u8>(4, wake.clone());
        wake.falling_asleep();
        drop(sender);
        assert!(reported(&wake));
    }

    #[test]
    fn pushing_to_a_thread_that_is_gone_keeps_nothing() {
        let (mut sender, receiver) = ring(1, wake());
        drop(receiver);
        sender.push(1);
        sender.push(2);
        assert!(!sender.is_behind());
    }

    #[test]
    fn what_is_not_urgent_waits_for_its_time_or_for_a_reader_that_comes_by() {
        let wake = wake();
        let (mut sender, mut receiver) = ring(4, wake.clone());
        let now = Instant::now();
        wake.falling_asleep();
        sender.push(1);
        sender.settle(now, false);
        let by = sender.due(now).expect("a wake-up is due");
        assert!(!reported(&wake));

        // The reader came by on its own: no wake-up any more.
        assert_eq!(receiver.pop(), Some(1));
        sender.settle(by, false);
        assert_eq!(sender.due(by), None);
        assert!(!reported(&wake));

        sender.push(2);
        sender.settle(now, false);
        sender.settle(by, false);
        assert!(reported(&wake));
    }

    #[test]
    fn what_is_urgent_wakes_at_once() {
        let wake = wake();
        let (mut sender, _receiver) = ring(4, wake.clone());
        wake.falling_asleep();
        sender.push(1);
        sender.settle(Instant::now(), true);
        assert!(reported(&wake));
    }

    /// The receiver sleeps whenever it finds nothing, the sender wakes once per batch: if a wake-up could be
    /// lost, this would hang.
    #[test]
    fn no_wake_up_is_lost() {
        const ROUNDS: u64 = 20_000;
        let wake = wake();
        let (mut sender, mut receiver) = ring(64, wake.clone());
        let producer = std::thread::spawn(move || {
            for number in 0..ROUNDS {
                sender.push(number);
                sender.settle(Instant::now(), number % 3 == 0);
                while sender.is_behind() {
                    std::thread::yield_now();
                    sender.settle(Instant::now(), true);
                }
            }
        });
        let epoll = Epoll::new().unwrap();
        epoll.add(&*wake, 0).unwrap();
        let mut events = Events::with_capacity(1);
        let mut expected = 0;
        while expected < ROUNDS {
            while let Some(number) = receiver.pop() {
                assert_eq!(number, expected);
                expected += 1;
            }
            wake.falling_asleep();
            if receiver.is_empty() && expected < ROUNDS {
                epoll.wait(&mut events, None).unwrap();
                wake.clear();
            }
            wake.awake();
        }
        producer.join().unwrap();
    }
}
