//! What the owner shows of itself.

use std::collections::BTreeMap;
use std::time::Instant;

use super::Owner;
use crate::acm::directory::{AgentId, GroupId};
use crate::acm::mail::{ReservationId, ShardId};
use crate::acm::queue::Queue;
use crate::acm::view::{AgentState, AgentView, QueueView, Snapshot};

impl Owner {
    /// All agents and queues now.
    #[must_use]
    pub fn snapshot(&self, now: Instant) -> Snapshot {
        Snapshot {
            agents: self.agents.keys().map(|id| self.agent_view(now, id)).collect(),
            queues: self
                .directory
                .groups
                .keys()
                .map(|id| self.queue_view(now, id))
                .collect(),
            conflicts: self.conflicts,
        }
    }

    /// The reservation that has an agent, and the shard of its call.
    #[must_use]
    pub fn reservation_of(&self, agent: &AgentId) -> Option<(ReservationId, ShardId)> {
        let id = self.agents.get(agent)?.reservation()?;
        Some((id, self.reservations.get(&id)?.caller.0))
    }

    /// Entries of every table that must be empty when no call is up: for tests that look for leaks.
    #[must_use]
    pub fn table_entries(&self) -> usize {
        self.queues.len() + self.callers.len() + self.reservations.len() + self.shards.len()
    }

    /// Compares the tables with each other.
    ///
    /// # Errors
    /// A sentence for the first thing that does not hold.
    pub fn audit(&self) -> Result<(), String> {
        for (id, agent) in &self.agents {
            let known = agent.reservation().and_then(|held| self.reservations.get(&held));
            let sound = agent.state().is_taken() == agent.reservation().is_some()
                && agent.reservation().is_some() == known.is_some_and(|held| held.agent == *id);
            if !sound {
                return Err(format!(
                    "{id} is {} without a call, or not for it",
                    agent.state().as_str()
                ));
            }
        }
        let taken = self
            .agents
            .values()
            .filter(|agent| agent.reservation().is_some())
            .count();
        if taken != self.reservations.len() {
            return Err(format!(
                "{taken} agents and {} reservations",
                self.reservations.len()
            ));
        }
        let queued: usize = self.queues.values().map(Queue::len).sum();
        if queued != self.callers.len() {
            return Err(format!("{queued} places and {} callers", self.callers.len()));
        }
        let offered = |id| {
            self.reservations
                .values()
                .filter(|held| held.caller == id)
                .count()
        };
        if let Some((id, _)) = self.callers.iter().find(|(id, _)| offered(**id) > 1) {
            return Err(format!("caller {id:?} has two agents"));
        }
        Ok(())
    }

    fn agent_view(&self, now: Instant, id: &AgentId) -> AgentView {
        let agent = &self.agents[id];
        let groups = self
            .directory
            .agents
            .get(id)
            .map(|setup| setup.groups.keys().cloned().collect());
        AgentView {
            customer: id.customer.clone(),
            agent: id.agent.clone(),
            state: agent.state(),
            for_ms: millis(now, agent.since()),
            reason: agent.reason().map(str::to_owned),
            afterwards: agent.afterwards().cloned(),
            groups: groups.unwrap_or_default(),
        }
    }

    /// Where every agent stands, and why it pauses.
    pub fn states(&self) -> impl Iterator<Item = (&AgentId, AgentState, Option<&str>)> {
        let agents = self.agents.iter();
        agents.map(|(id, agent)| (id, agent.state(), agent.reason()))
    }

    /// One agent now; none if it is not configured, and has no call any more.
    #[must_use]
    pub fn agent(&self, now: Instant, id: &AgentId) -> Option<AgentView> {
        self.agents.contains_key(id).then(|| self.agent_view(now, id))
    }

    fn queue_view(&self, now: Instant, id: &GroupId) -> QueueView {
        let queue = self.queues.get(id);
        let members = self.members.get(id).into_iter().flatten();
        let states: Vec<AgentState> = members
            .filter_map(|id| Some(self.agents.get(id)?.state()))
            .collect();
        let mut agents = BTreeMap::new();
        for state in &states {
            *agents.entry(*state).or_insert(0) += 1;
        }
        let count = |of: fn(&AgentState) -> bool| states.iter().filter(|state| of(state)).count();
        QueueView {
            customer: id.customer.clone(),
            group: id.group.clone(),
            waiting: queue.map_or(0, Queue::len),
            longest_wait_ms: queue.and_then(Queue::oldest).map_or(0, |came| millis(now, came)),
            logged_in: count(|state| *state != AgentState::Offline),
            available: count(|state| *state == AgentState::Available),
            talking: count(|state| *state == AgentState::Talking),
            agents,
        }
    }
}

fn millis(now: Instant, since: Instant) -> u64 {
    u64::try_from(now.saturating_duration_since(since).as_millis()).unwrap_or(u64::MAX)
}
