//! The thread of the owner of agents and queues.
//!
//! It waits for nothing but its letters: words of the signalling thread, wishes of agents, and questions how things stand.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use pointsman_policy::acm::{AgentId, Directory, Owner, ShardId, Snapshot, Wish, Word};
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::ring::RingSender;
use crate::signalling::Order;

/// The one shard of a node.
const SHARD: ShardId = 1;

/// Letters that may wait for the owner. A word that finds no room is said again within two seconds.
const MOST_WAITING: usize = 10_000;

/// How long the thread sleeps at most.
const LOOK: Duration = Duration::from_secs(1);

enum Letter {
    Word(Word),
    Wish(AgentId, Wish, oneshot::Sender<Result<(), String>>),
    Snapshot(oneshot::Sender<Snapshot>),
    Directory(Arc<Directory>),
    Exit,
}

/// Where letters to the owner go. Never waits.
#[derive(Clone)]
pub(crate) struct AgentMail {
    sender: Sender<Letter>,
    waiting: Arc<AtomicUsize>,
}

impl AgentMail {
    /// The signalling thread says something. `false`: too much waits already.
    pub(crate) fn say(&self, word: Word) -> bool {
        self.post(Letter::Word(word))
    }

    /// An agent, or its supervisor, asks for a state. The answer says whether there is such an agent.
    pub(crate) fn wish(&self, agent: AgentId, wish: Wish) -> oneshot::Receiver<Result<(), String>> {
        let (sender, answer) = oneshot::channel();
        self.post(Letter::Wish(agent, wish, sender));
        answer
    }

    /// All agents and queues.
    pub(crate) fn snapshot(&self) -> oneshot::Receiver<Snapshot> {
        let (sender, answer) = oneshot::channel();
        self.post(Letter::Snapshot(sender));
        answer
    }

    /// A reload.
    pub(crate) fn directory(&self, directory: Arc<Directory>) {
        // Without an owner nobody wants to know.
        let _ = self.sender.send(Letter::Directory(directory));
    }

    /// The node ends.
    pub(crate) fn exit(&self) {
        let _ = self.sender.send(Letter::Exit);
    }

    fn post(&self, letter: Letter) -> bool {
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= MOST_WAITING {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return false;
        }
        self.sender.send(letter).is_ok()
    }
}

/// What the thread owns.
pub(crate) struct AgentsThread {
    owner: Owner,
    letters: Receiver<Letter>,
    waiting: Arc<AtomicUsize>,
    orders: RingSender<Order>,
}

impl AgentsThread {
    /// An owner that knows of no call, and the way to it.
    pub(crate) fn new(
        directory: Arc<Directory>,
        orders: RingSender<Order>,
        clock: &Clock,
    ) -> (Self, AgentMail) {
        let (sender, letters) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        // Above every reservation of an earlier process: that one made far fewer than 1,024 in a millisecond.
        let after = u64::try_from(clock.unix_ms()).unwrap_or(0) << 10;
        let thread = Self {
            owner: Owner::new(Instant::now(), directory, after),
            letters,
            waiting: waiting.clone(),
            orders,
        };
        (thread, AgentMail { sender, waiting })
    }

    /// Serves until the node ends.
    pub(crate) fn run(mut self) {
        loop {
            let mut next = self.letters.recv_timeout(self.patience());
            // Everything that was said counts before anything is taken for silent.
            loop {
                match next {
                    Ok(Letter::Exit) | Err(RecvTimeoutError::Disconnected) => return,
                    Ok(letter) => self.take(letter),
                    Err(RecvTimeoutError::Timeout) => break,
                }
                next = self.letters.try_recv().map_err(|_| RecvTimeoutError::Timeout);
            }
            let now = Instant::now();
            if self.owner.poll_timeout().is_some_and(|(at, _)| at <= now) {
                self.owner.handle_timeout(now);
            }
            while let Some((_, notice)) = self.owner.poll_output() {
                self.orders.push(Order::Notice(notice));
            }
            self.orders.settle(now, true);
        }
    }

    /// How long there is nothing to do.
    fn patience(&self) -> Duration {
        let now = Instant::now();
        let owner = self.owner.poll_timeout().map(|(at, _)| at);
        let due = [owner, self.orders.due(now)].into_iter().flatten();
        due.map(|at| at.saturating_duration_since(now))
            .fold(LOOK, Duration::min)
    }

    fn take(&mut self, letter: Letter) {
        let now = Instant::now();
        if !matches!(letter, Letter::Directory(_) | Letter::Exit) {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        match letter {
            Letter::Word(word) => self.owner.handle_word(now, SHARD, word),
            Letter::Wish(agent, wish, answer) => {
                let done = self.owner.handle_command(now, &agent, wish);
                // Whoever asked may have gone.
                let _ = answer.send(done.map_err(|error| error.to_string()));
            }
            Letter::Snapshot(answer) => {
                let _ = answer.send(self.owner.snapshot(now));
            }
            Letter::Directory(directory) => self.owner.set_directory(now, directory),
            Letter::Exit => {}
        }
    }
}
