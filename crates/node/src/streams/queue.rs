//! The bounded write queue of a connection.

use super::Why;
use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::sync::{Notify, mpsc};

/// Most octets that wait for a peer: some hundred messages. A peer that lets more lie does not read.
pub(super) const WAITING: usize = 512 << 10;

/// What a waiting message costs besides its octets.
const OVERHEAD: usize = 64;

#[derive(Debug, Default)]
struct Room {
    waiting: AtomicUsize,
    cut: Notify,
    banned: AtomicBool,
    /// One keepalive answer at most waits: ten pings that were read together are answered by one.
    pong: Notify,
}

/// Both ends of a queue.
pub(super) fn queue() -> (Outbox, Queue) {
    let (sender, messages) = mpsc::unbounded_channel();
    let room = Arc::new(Room::default());
    let outbox = Outbox {
        sender,
        room: room.clone(),
    };
    (outbox, Queue { messages, room })
}

/// The writing end. The connection is closed, after what waits was written, once all clones are gone.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    sender: mpsc::UnboundedSender<Bytes>,
    room: Arc<Room>,
}

impl Outbox {
    /// Appends a message. `false`: too much waits already, or the connection has ended.
    pub(super) fn push(&self, message: Bytes) -> bool {
        let size = message.len() + OVERHEAD;
        let waiting = self.room.waiting.fetch_add(size, Ordering::Relaxed);
        if waiting + size > WAITING {
            self.room.waiting.fetch_sub(size, Ordering::Relaxed);
            return false;
        }
        self.sender.send(message).is_ok()
    }

    /// Ends the connection now.
    pub(super) fn cut(&self) {
        self.room.cut.notify_one();
    }

    /// Ends the connection now: its peer is banned.
    pub(super) fn ban(&self) {
        self.room.banned.store(true, Ordering::Relaxed);
        self.cut();
    }

    /// The connection has ended, and will say so if it did not yet.
    pub(super) fn is_gone(&self) -> bool {
        self.sender.is_closed()
    }
}

/// The reading end.
#[derive(Debug)]
pub(super) struct Queue {
    messages: mpsc::UnboundedReceiver<Bytes>,
    room: Arc<Room>,
}

impl Queue {
    /// What to write next; `None` when nobody can send anything any more. A message makes room for others at once:
    /// one more than the limit may be on its way.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        tokio::select! {
            biased;
            message = self.messages.recv() => {
                if let Some(message) = &message {
                    self.room.waiting.fetch_sub(message.len() + OVERHEAD, Ordering::Relaxed);
                }
                message
            }
            () = self.room.pong.notified() => Some(Bytes::from_static(b"\r\n")),
        }
    }

    /// What waits when the connection ends; nothing can be added after that.
    pub(super) fn rest(&mut self) -> Vec<Bytes> {
        self.messages.close();
        std::iter::from_fn(|| self.messages.try_recv().ok()).collect()
    }

    /// The other things that can be asked of the writer.
    pub(super) fn signals(&self) -> Signals {
        Signals(self.room.clone())
    }
}

/// What is asked of a connection besides messages.
#[derive(Debug)]
pub(super) struct Signals(Arc<Room>);

impl Signals {
    /// A keepalive is owed an answer (RFC 5626 section 4.4.1).
    pub(super) fn pong(&self) {
        self.0.pong.notify_one();
    }

    /// Ends when the connection is to end now.
    pub(super) async fn cut(&self) -> Why {
        self.0.cut.notified().await;
        if self.0.banned.load(Ordering::Relaxed) {
            Why::Banned
        } else {
            Why::Overflow
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_taken_and_given_back() {
        let (outbox, mut queue) = queue();
        let message = Bytes::from(vec![b'x'; 1000 - OVERHEAD]);
        let mut taken = 0;
        while outbox.push(message.clone()) {
            taken += 1;
        }
        assert_eq!(taken, WAITING / 1000);
        assert!(!outbox.push(message.clone()), "a refused message takes no room");
        let next = now(queue.next()).unwrap();
        assert_eq!(next.len(), message.len());
        assert!(outbox.push(message.clone()));
        assert!(!outbox.push(message));
    }

    fn now<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(future)
    }

    #[test]
    fn keepalives_read_together_get_one_answer_and_the_end_is_seen() {
        let (outbox, mut queue) = queue();
        let signals = queue.signals();
        signals.pong();
        signals.pong();
        assert!(outbox.push(Bytes::from_static(b"message")));
        assert_eq!(now(queue.next()).unwrap(), &b"message"[..]);
        assert_eq!(now(queue.next()).unwrap(), &b"\r\n"[..]);
        drop(outbox);
        assert_eq!(now(queue.next()), None);
    }

    #[test]
    fn what_waits_at_the_end_comes_back_and_a_ban_is_told_from_an_overflow() {
        let (outbox, mut queue) = queue();
        for message in [&b"first"[..], b"second"] {
            assert!(outbox.push(Bytes::from_static(message)));
        }
        assert_eq!(now(queue.next()).unwrap(), &b"first"[..]);
        assert!(!outbox.is_gone());
        assert_eq!(queue.rest(), [Bytes::from_static(b"second")]);
        assert!(outbox.is_gone() && !outbox.push(Bytes::from_static(b"third")));
        outbox.cut();
        assert_eq!(now(queue.signals().cut()), Why::Overflow);
        outbox.ban();
        assert_eq!(now(queue.signals().cut()), Why::Banned);
    }

    #[test]
    fn a_queue_without_reader_takes_nothing() {
        let (outbox, queue) = queue();
        drop(queue);
        assert!(!outbox.push(Bytes::from_static(b"x")));
    }
}
