//! The thread of the owner of agents and queues.
//!
//! It waits for nothing but its letters: words of the signalling thread, wishes of agents, and questions how things stand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pointsman_policy::acm::{
    AgentId, AgentState, AgentView, Directory, Owner, ShardId, Snapshot, Wish, Word,
};
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::events::{EventSender, Happening};
use crate::mailbox::{Letters, Mailbox, mailbox};
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
    Wish(AgentId, Wish, oneshot::Sender<Option<AgentView>>),
    Snapshot(oneshot::Sender<Snapshot>),
    Directory(Arc<Directory>),
    Exit,
}

/// Where letters to the owner go. Never waits.
#[derive(Clone)]
pub(crate) struct AgentMail(Mailbox<Letter>);

impl AgentMail {
    /// The signalling thread says something. `false`: too much waits already.
    pub(crate) fn say(&self, word: Word) -> bool {
        self.0.post(Letter::Word(word))
    }

    /// An agent, or its supervisor, asks for a state. The answer is the agent then; none: there is no such agent.
    pub(crate) fn wish(&self, agent: AgentId, wish: Wish) -> oneshot::Receiver<Option<AgentView>> {
        let (sender, answer) = oneshot::channel();
        // One at a time by whoever writes them down: what is on the disk is not dropped here.
        self.0.send(Letter::Wish(agent, wish, sender));
        answer
    }

    /// All agents and queues.
    pub(crate) fn snapshot(&self) -> oneshot::Receiver<Snapshot> {
        let (sender, answer) = oneshot::channel();
        self.0.post(Letter::Snapshot(sender));
        answer
    }

    /// A reload.
    pub(crate) fn directory(&self, directory: Arc<Directory>) {
        self.0.send(Letter::Directory(directory));
    }

    /// The node ends.
    pub(crate) fn exit(&self) {
        self.0.send(Letter::Exit);
    }
}

/// What the thread owns.
pub(crate) struct AgentsThread {
    owner: Owner,
    letters: Letters<Letter>,
    orders: RingSender<Order>,
    clock: Clock,
    told: EventSender,
    /// Each agent as it was told last.
    states: BTreeMap<AgentId, (AgentState, Option<String>)>,
}

impl AgentsThread {
    /// An owner that knows of no call, and what agents wished before; and the way to it.
    pub(crate) fn new(
        directory: Arc<Directory>,
        wished: Vec<(AgentId, Wish)>,
        orders: RingSender<Order>,
        (clock, told): (&Clock, &EventSender),
    ) -> (Self, AgentMail) {
        let (mail, letters) = mailbox(MOST_WAITING);
        // Above every reservation of an earlier process: that one made far fewer than 1,024 in a millisecond.
        let after = u64::try_from(clock.unix_ms()).unwrap_or(0) << 10;
        let now = Instant::now();
        let mut owner = Owner::new(now, directory, after);
        owner.restore(now, wished);
        let thread = Self {
            owner,
            letters,
            orders,
            clock: clock.clone(),
            told: told.clone(),
            states: BTreeMap::new(),
        };
        (thread, AgentMail(mail))
    }

    /// Serves until the node ends.
    pub(crate) fn run(mut self) {
        // How they are at the start is no change.
        let states = self.owner.states();
        self.states = states
            .map(|(id, state, reason)| (id.clone(), (state, reason.map(str::to_owned))))
            .collect();
        loop {
            let mut next = self.letters.await_next(self.patience());
            // Everything that was said counts before anything is taken for silent.
            loop {
                match next {
                    Ok(Some(Letter::Exit)) | Err(_) => return,
                    Ok(Some(letter)) => {
                        self.take(letter);
                        self.tell_states();
                    }
                    Ok(None) => break,
                }
                next = self.letters.next();
            }
            let now = Instant::now();
            if self.owner.poll_timeout().is_some_and(|(at, _)| at <= now) {
                self.owner.handle_timeout(now);
                self.tell_states();
            }
            while let Some((_, notice)) = self.owner.poll_output() {
                self.orders.push(Order::Notice(notice));
            }
            self.orders.settle(now, true);
        }
    }

    /// Tells who is in another state than after the letter before. Who was taken out of the configuration is offline.
    fn tell_states(&mut self) {
        let (at_ms, told) = (self.clock.unix_ms(), &self.told);
        let tell = |id: &AgentId, state: AgentState, reason: Option<String>| {
            let changed = Happening::AgentState {
                agent: id.agent.clone(),
                state,
                reason,
            };
            told.tell(at_ms, Some(id.customer.as_str().into()), changed);
        };
        let mut count = 0;
        for (id, state, reason) in self.owner.states() {
            count += 1;
            let known = self.states.get(id);
            if known.is_none_or(|(known, why)| *known != state || why.as_deref() != reason) {
                let reason = reason.map(str::to_owned);
                tell(id, state, reason.clone());
                self.states.insert(id.clone(), (state, reason));
            }
        }
        if count < self.states.len() {
            let there: BTreeSet<&AgentId> = self.owner.states().map(|(id, ..)| id).collect();
            self.states.retain(|id, _| {
                let stays = there.contains(id);
                if !stays {
                    tell(id, AgentState::Offline, None);
                }
                stays
            });
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
        match letter {
            Letter::Word(word) => self.owner.handle_word(now, SHARD, word),
            Letter::Wish(agent, wish, answer) => {
                let done = self.owner.handle_command(now, &agent, wish);
                let seen = done.ok().and_then(|()| self.owner.agent(now, &agent));
                // Whoever asked may have gone.
                let _ = answer.send(seen);
            }
            Letter::Snapshot(answer) => {
                let _ = answer.send(self.owner.snapshot(now));
            }
            Letter::Directory(directory) => self.owner.set_directory(now, directory),
            Letter::Exit => {}
        }
    }
}
