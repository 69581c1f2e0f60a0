//! Who gets whom.

use std::cmp::Reverse;
use std::time::Instant;

use super::{OFFER_BEATS, Owner, Reservation};
use crate::acm::agent::{Agent, Input};
use crate::acm::directory::{AgentId, GroupId, Strategy};
use crate::acm::mail::{Notice, Offer, Phase, Refusal, ReservationId};
use crate::acm::queue::CallerId;
use crate::acm::view::AgentState;

impl Owner {
    /// Gives free agents to the callers whose turn it is, one after the other: nobody is served while a caller before
    /// it could be.
    pub(super) fn dispatch(&mut self, now: Instant) {
        if self.listens_until.is_some() || self.queues.is_empty() {
            return;
        }
        self.refuse_where_nobody_is();
        while let Some((caller, group, agent)) = self.next_match() {
            self.reserve(now, caller, group, agent);
        }
    }

    /// The first caller of all groups with a free agent, and that agent.
    fn next_match(&self) -> Option<(CallerId, GroupId, AgentId)> {
        let firsts = self.queues.iter().filter_map(|(group, queue)| {
            let (rank, caller) = queue.first_waiting()?;
            Some((rank, caller, group, self.best_agent(group)?))
        });
        let (_, caller, group, agent) = firsts.min_by_key(|(rank, ..)| *rank)?;
        Some((caller, group.clone(), agent.clone()))
    }

    fn best_agent(&self, group: &GroupId) -> Option<&AgentId> {
        let setup = self.directory.groups.get(group)?;
        let members = self.members.get(group)?.iter();
        let free = members.filter_map(|id| {
            let agent = self.agents.get(id)?;
            (agent.state() == AgentState::Available).then_some((id, agent))
        });
        let level = |id: &AgentId| match setup.strategy {
            Strategy::LongestIdle => 0,
            Strategy::Skill => self.directory.level(id, group).unwrap_or(0),
        };
        let best = free.min_by_key(|(id, agent)| (Reverse(level(id)), agent.idle_since(), *id));
        best.map(|(id, _)| id)
    }

    fn reserve(&mut self, now: Instant, caller: CallerId, group: GroupId, agent: AgentId) {
        let (Some(setup), Some(found)) = (self.directory.agents.get(&agent), self.agents.get_mut(&agent))
        else {
            return;
        };
        let (Some(waiting), Some(shard)) = (self.callers.get(&caller), self.shards.get(&caller.0)) else {
            return;
        };
        self.last_reservation += 1;
        let reservation = ReservationId(self.last_reservation);
        found.handle(now, Input::Reserve(reservation));
        if let Some(queue) = self.queues.get_mut(&group) {
            queue.set_offered(waiting.rank, Some(reservation));
        }
        let before = shard.beat + OFFER_BEATS;
        let ring = self.directory.groups.get(&group).map(|setup| setup.ring);
        let offer = Offer {
            reservation,
            agent: agent.clone(),
            contact: setup.contact.clone(),
            ring: ring.unwrap_or_default(),
            before,
        };
        let (shard, ticket) = caller;
        self.reservations.insert(
            reservation,
            Reservation {
                agent,
                group,
                caller,
                before,
                phase: Phase::Dialling,
            },
        );
        self.tell(shard, Notice::Offer { ticket, offer });
    }

    /// Nobody waits for agents that have all gone home.
    fn refuse_where_nobody_is(&mut self) {
        let deserted = self.queues.iter().filter(|(group, _)| {
            let mut members = self.members.get(*group).into_iter().flatten();
            let is_in = |agent: &Agent| agent.state() != AgentState::Offline;
            let configured = self.directory.groups.contains_key(*group);
            !configured || !members.any(|id| self.agents.get(id).is_some_and(is_in))
        });
        let left: Vec<CallerId> = deserted.flat_map(|(_, queue)| queue.waiting()).collect();
        for caller in left {
            self.leave(caller);
            let (shard, ticket) = caller;
            let why = Refusal::NobodyLoggedIn;
            self.tell(shard, Notice::Refused { ticket, why });
        }
    }
}
