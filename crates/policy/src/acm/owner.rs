//! The owner of all agents and queues of a node.

mod alive;
mod dispatch;
mod show;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::agent::{Agent, Input};
use super::directory::{AgentId, Directory, GroupId, Start};
use super::mail::{Notice, Phase, Refusal, Report, ReservationId, ShardId, Ticket, Word};
use super::queue::{CallerId, Queue, Rank};
use super::view::Wish;
use crate::step::Ended;

/// After so long without a beat a shard is taken for dead, and everything it had is free.
pub const LEASE: Duration = Duration::from_secs(2);

/// An offer is void after so many beats of its shard: less than a second, and far longer than a word takes.
const OFFER_BEATS: u64 = 3;

/// After it could not be dialled for a caller, that caller is offered nobody for so long: the lack may be over then.
const REST: Duration = Duration::from_secs(1);

/// Longest reason of a pause that is kept, in characters.
pub const MOST_REASON: usize = 100;

/// A command names an agent that is not configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no agent {0}")]
pub struct UnknownAgent(pub AgentId);

/// An agent promised to a caller, or talking with it.
#[derive(Debug)]
struct Reservation {
    agent: AgentId,
    group: GroupId,
    caller: CallerId,
    /// A beat from this one on that does not name it frees the agent.
    before: u64,
    phase: Phase,
}

/// A caller that waits.
#[derive(Debug)]
struct Waiting {
    group: GroupId,
    rank: Rank,
}

/// A shard that has, or had, something.
#[derive(Debug)]
struct Shard {
    /// The last of its beats that counts: one that was made before a word that has come is out of date.
    beat: u64,
    heard: Instant,
}

/// Decides who gets whom.
///
/// Bounded: agents and groups by the configuration, callers by the length of each queue, reservations by the agents,
/// shards by those that have been heard within [`LEASE`].
#[derive(Debug)]
pub struct Owner {
    directory: Arc<Directory>,
    members: BTreeMap<GroupId, BTreeSet<AgentId>>,
    agents: BTreeMap<AgentId, Agent>,
    /// What agents asked for last: one that a reload takes away and brings back begins with it.
    wished: BTreeMap<AgentId, Wish>,
    queues: BTreeMap<GroupId, Queue>,
    callers: BTreeMap<CallerId, Waiting>,
    /// Callers for whom we could not dial, and until when they rest.
    resting: BTreeMap<CallerId, Instant>,
    reservations: BTreeMap<ReservationId, Reservation>,
    shards: BTreeMap<ShardId, Shard>,
    outputs: VecDeque<(ShardId, Notice)>,
    last_reservation: u64,
    last_caller: u64,
    /// Until then calls that are up may still tell of agents they have.
    listens_until: Option<Instant>,
    conflicts: u64,
}

impl Owner {
    /// An owner that knows of no call. Reservations are numbered above `after`, which has to be above every one that an
    /// earlier owner made (Unix milliseconds times 1024 are). For the first [`LEASE`] it makes no offer: calls may
    /// be up that have agents.
    #[must_use]
    pub fn new(now: Instant, directory: Arc<Directory>, after: u64) -> Self {
        let mut owner = Self {
            directory: Arc::default(),
            members: BTreeMap::new(),
            agents: BTreeMap::new(),
            wished: BTreeMap::new(),
            queues: BTreeMap::new(),
            callers: BTreeMap::new(),
            resting: BTreeMap::new(),
            reservations: BTreeMap::new(),
            shards: BTreeMap::new(),
            outputs: VecDeque::new(),
            last_reservation: after,
            last_caller: 0,
            listens_until: Some(now + LEASE),
            conflicts: 0,
        };
        owner.set_directory(now, directory);
        owner
    }

    /// A reload. Who stays keeps its state; an agent that is gone is forgotten after its call, and callers of a group
    /// that is gone are refused.
    pub fn set_directory(&mut self, now: Instant, directory: Arc<Directory>) {
        for (id, setup) in &directory.agents {
            let wished = self.wished.get(id);
            let new = || {
                let mut agent = Agent::new(now, setup.start == Start::Available);
                if let Some(wish) = wished {
                    agent.handle(now, Input::Wish(wish.clone()));
                }
                agent
            };
            self.agents.entry(id.clone()).or_insert_with(new);
        }
        self.agents
            .retain(|id, agent| directory.agents.contains_key(id) || agent.state().is_taken());
        self.members = directory.members();
        self.directory = directory;
        self.dispatch(now);
    }

    /// What agents asked for before this owner was: in place of how they are configured to begin.
    pub fn restore(&mut self, now: Instant, wished: impl IntoIterator<Item = (AgentId, Wish)>) {
        for (id, wish) in wished {
            if let Some(agent) = self.agents.get_mut(&id) {
                agent.handle(now, Input::Wish(wish.clone()));
            }
            self.wished.insert(id, wish);
        }
        self.dispatch(now);
    }

    /// An agent, or its supervisor, asks for a state. During a call it takes effect afterwards.
    ///
    /// # Errors
    /// There is no such agent.
    pub fn handle_command(&mut self, now: Instant, agent: &AgentId, wish: Wish) -> Result<(), UnknownAgent> {
        let known = self.directory.agents.contains_key(agent);
        let Some(found) = self.agents.get_mut(agent).filter(|_| known) else {
            return Err(UnknownAgent(agent.clone()));
        };
        let wish = match wish {
            Wish::Pause { reason } => Wish::Pause {
                reason: reason.chars().take(MOST_REASON).collect(),
            },
            other => other,
        };
        found.handle(now, Input::Wish(wish.clone()));
        self.wished.insert(agent.clone(), wish);
        self.dispatch(now);
        Ok(())
    }

    /// A shard says something.
    pub fn handle_word(&mut self, now: Instant, shard: ShardId, word: Word) {
        let seen = self.shards.entry(shard).or_insert(Shard { beat: 0, heard: now });
        if matches!(word, Word::Alive { .. }) && word.beat() <= seen.beat {
            return;
        }
        seen.beat = seen.beat.max(word.beat());
        seen.heard = now;
        match word {
            Word::Join {
                ticket,
                customer,
                group,
                priority,
                waited,
                ..
            } => {
                let group = GroupId { customer, group };
                let arrived = now.checked_sub(waited).unwrap_or(now);
                self.join((shard, ticket), group, (priority, arrived));
            }
            Word::Leave { ticket, .. } => self.left(now, (shard, ticket)),
            Word::Report {
                reservation, report, ..
            } => self.report(now, shard, reservation, report),
            Word::Alive { beat, waiting, held } => self.alive(now, shard, beat, waiting, held),
        }
        self.dispatch(now);
    }

    /// A shard has crashed: what it had is free at once. Its number does not come again.
    pub fn handle_gone(&mut self, now: Instant, shard: ShardId) {
        self.forget(now, shard);
        self.dispatch(now);
    }

    /// A time of [`Self::poll_timeout`] has come.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.listens_until = self.listens_until.filter(|until| *until > now);
        for agent in self.agents.values_mut() {
            agent.handle(now, Input::Time);
        }
        self.end_rests(now);
        let is_silent = |seen: &Shard| seen.heard + LEASE <= now;
        let silent = self.shards.iter().filter(|(_, seen)| is_silent(seen));
        for shard in silent.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.forget(now, shard);
        }
        self.dispatch(now);
    }

    /// When the owner wants to be called next, and for what.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<(Instant, &'static str)> {
        let agents = self.agents.values().filter_map(Agent::until);
        let agents = agents.map(|at| (at, "end of a wrap-up or a short pause"));
        let shards = self.shards.values().map(|seen| seen.heard + LEASE);
        let shards = shards.map(|at| (at, "a shard is silent"));
        let listens = self.listens_until.map(|at| (at, "the owner has listened"));
        let rests = self.resting.values().map(|until| (*until, "a caller has rested"));
        agents
            .chain(shards)
            .chain(listens)
            .chain(rests)
            .min_by_key(|(at, _)| *at)
    }

    /// What to tell which shard.
    pub fn poll_output(&mut self) -> Option<(ShardId, Notice)> {
        self.outputs.pop_front()
    }

    fn tell(&mut self, shard: ShardId, notice: Notice) {
        self.outputs.push_back((shard, notice));
    }

    fn join(&mut self, id: CallerId, group: GroupId, (priority, arrived): (u8, Instant)) {
        let (shard, ticket) = id;
        if let Some(known) = self.callers.get(&id) {
            let position = self
                .queues
                .get(&known.group)
                .map_or(1, |queue| queue.position_of(known.rank));
            self.tell(shard, Notice::Waiting { ticket, position });
            return;
        }
        let held = self
            .reservations
            .iter()
            .find(|(_, reservation)| reservation.caller == id);
        let held = held.map(|(reservation, found)| (*reservation, found.phase));
        if matches!(held, Some((_, Phase::Talking))) {
            return; // an old word: the caller has its agent
        }
        let Some(setup) = self.directory.groups.get(&group) else {
            let why = Refusal::NobodyLoggedIn;
            self.tell(shard, Notice::Refused { ticket, why });
            return;
        };
        let queue = self.queues.entry(group.clone()).or_default();
        if queue.len() >= setup.max_length {
            let why = Refusal::Full;
            self.tell(shard, Notice::Refused { ticket, why });
            return;
        }
        self.last_caller += 1;
        let rank = Rank::new(priority, arrived, self.last_caller);
        queue.insert(rank, id, held.map(|(reservation, _)| reservation));
        let position = queue.position_of(rank);
        self.callers.insert(id, Waiting { group, rank });
        self.tell(shard, Notice::Waiting { ticket, position });
    }

    /// The caller left: an agent that was promised to it is free, whether or not the offer has come.
    fn left(&mut self, now: Instant, id: CallerId) {
        let mut promised = self.reservations.iter().filter(|(_, held)| held.caller == id);
        if let Some(promised) = promised.next().map(|(promised, _)| *promised) {
            self.release(now, promised, None);
        }
        self.leave(id);
    }

    /// The caller does not wait any more.
    fn leave(&mut self, id: CallerId) {
        self.resting.remove(&id);
        let Some(left) = self.callers.remove(&id) else {
            return;
        };
        if let Some(queue) = self.queues.get_mut(&left.group) {
            queue.remove(left.rank);
            if queue.len() == 0 {
                self.queues.remove(&left.group);
            }
        }
    }

    fn report(&mut self, now: Instant, shard: ShardId, id: ReservationId, report: Report) {
        if self
            .reservations
            .get(&id)
            .is_none_or(|found| found.caller.0 != shard)
        {
            return;
        }
        match report {
            Report::Ringing => self.goes_on(now, id, Phase::Ringing),
            Report::Answered => self.goes_on(now, id, Phase::Talking),
            Report::NotDialled => self.not_dialled(now, id),
            Report::Failed(why) => self.release(now, id, Some(why)),
            Report::Over => self.release(now, id, None),
        }
    }

    /// A call is so far with its agent, or further.
    fn goes_on(&mut self, now: Instant, id: ReservationId, phase: Phase) {
        let Some(reservation) = self.reservations.get_mut(&id) else {
            return;
        };
        // The shard has it: from now on any beat that does not name it says that it is over.
        reservation.before = 0;
        reservation.phase = reservation.phase.max(phase);
        let (agent, caller) = (reservation.agent.clone(), reservation.caller);
        if let Some(agent) = self.agents.get_mut(&agent) {
            agent.handle(now, Input::Has(id, phase));
        }
        if phase == Phase::Talking {
            self.leave(caller);
        }
    }

    /// The agent is free, as if nothing had been; the caller keeps its place and rests.
    fn not_dialled(&mut self, now: Instant, id: ReservationId) {
        let Some(caller) = self.reservations.get(&id).map(|found| found.caller) else {
            return;
        };
        self.release(now, id, None);
        if let Some(waiting) = self.callers.get(&caller)
            && let Some(queue) = self.queues.get_mut(&waiting.group)
        {
            queue.set_offered(waiting.rank, Some(id));
            self.resting.insert(caller, now + REST);
        }
    }

    /// Callers that have rested may be offered agents again.
    fn end_rests(&mut self, now: Instant) {
        let due = self.resting.iter().filter(|(_, until)| **until <= now);
        for caller in due.map(|(caller, _)| *caller).collect::<Vec<_>>() {
            self.resting.remove(&caller);
            let is_served = self.reservations.values().any(|held| held.caller == caller);
            if let Some(waiting) = self.callers.get(&caller).filter(|_| !is_served)
                && let Some(queue) = self.queues.get_mut(&waiting.group)
            {
                queue.set_offered(waiting.rank, None);
            }
        }
    }

    /// The agent is free; a caller that still waits is first again.
    fn release(&mut self, now: Instant, id: ReservationId, failed: Option<Ended>) {
        let Some(Reservation {
            agent, group, caller, ..
        }) = self.reservations.remove(&id)
        else {
            return;
        };
        let setup = self.directory.groups.get(&group);
        let input = match failed {
            Some(Ended::CallerGone) | None => Input::Over {
                wrap_up: setup.map_or(Duration::ZERO, |setup| setup.wrap_up),
            },
            Some(_) => Input::Failed {
                pause: setup.map_or(Duration::ZERO, |setup| setup.no_answer_pause),
            },
        };
        if let Some(found) = self
            .agents
            .get_mut(&agent)
            .filter(|found| found.reservation() == Some(id))
        {
            found.handle(now, input);
            if !self.directory.agents.contains_key(&agent) {
                self.agents.remove(&agent);
            }
        }
        if let Some(waiting) = self.callers.get(&caller)
            && let Some(queue) = self.queues.get_mut(&waiting.group)
        {
            queue.set_offered(waiting.rank, None);
        }
    }

    /// Everything that a shard had is free.
    fn forget(&mut self, now: Instant, shard: ShardId) {
        self.shards.remove(&shard);
        let callers = self.callers.range((shard, Ticket(0))..=(shard, Ticket(u64::MAX)));
        for caller in callers.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.leave(caller);
        }
        let held = self
            .reservations
            .iter()
            .filter(|(_, held)| held.caller.0 == shard);
        for reservation in held.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.release(now, reservation, None);
        }
    }
}

#[cfg(test)]
mod tests;
