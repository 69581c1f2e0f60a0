//! A shard says all it has: what the owner believes is made the same.

use std::collections::BTreeSet;
use std::time::Instant;

use super::{Owner, Reservation};
use crate::acm::agent::{Agent, Input};
use crate::acm::directory::GroupId;
use crate::acm::mail::{Held, Notice, Phase, ReservationId, ShardId, Ticket};
use crate::acm::queue::Queue;

impl Owner {
    pub(super) fn alive(
        &mut self,
        now: Instant,
        shard: ShardId,
        beat: u64,
        waiting: Vec<Ticket>,
        held: Vec<Held>,
    ) {
        let waiting: BTreeSet<Ticket> = waiting.into_iter().collect();
        let named: BTreeSet<ReservationId> = held.iter().map(|held| held.reservation).collect();
        for held in held {
            self.named(now, shard, held);
        }
        let is_over = |id: &ReservationId, found: &Reservation| {
            let (of, ticket) = found.caller;
            // An offer that may still be on its way counts as long as its caller waits.
            let void = found.before <= beat || !waiting.contains(&ticket);
            of == shard && void && !named.contains(id)
        };
        let over = self.reservations.iter().filter(|(id, found)| is_over(id, found));
        for id in over.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.release(now, id, None);
        }
        let callers = self.callers.range((shard, Ticket(0))..=(shard, Ticket(u64::MAX)));
        let gone = callers.filter(|((_, ticket), _)| !waiting.contains(ticket));
        for caller in gone.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.leave(caller);
        }
        self.answer_beat(shard, beat, &waiting);
    }

    /// A call has an agent.
    fn named(&mut self, now: Instant, shard: ShardId, held: Held) {
        if let Some(known) = self.reservations.get(&held.reservation) {
            if known.caller == (shard, held.ticket) && known.agent == held.agent {
                self.goes_on(now, held.reservation, held.phase);
            }
            return;
        }
        // Nobody knows of it here: the owner is new, or took the shard for dead.
        let other = self.agents.get(&held.agent).map(Agent::reservation);
        match other {
            None => {} // not configured any more; nobody else can get it
            Some(None) => self.adopt(now, shard, held),
            Some(Some(other)) => {
                self.conflicts += 1;
                let talks = self
                    .reservations
                    .get(&other)
                    .is_some_and(|found| found.phase == Phase::Talking);
                if talks || held.phase != Phase::Talking {
                    let reservation = held.reservation;
                    self.tell(shard, Notice::Withdrawn { reservation });
                } else {
                    let loser = self
                        .reservations
                        .get(&other)
                        .map_or(shard, |found| found.caller.0);
                    self.release(now, other, None);
                    self.tell(loser, Notice::Withdrawn { reservation: other });
                    self.adopt(now, shard, held);
                }
            }
        }
    }

    fn adopt(&mut self, now: Instant, shard: ShardId, held: Held) {
        let Held {
            reservation,
            ticket,
            agent,
            group,
            phase,
        } = held;
        let caller = (shard, ticket);
        if let Some(found) = self.agents.get_mut(&agent) {
            found.handle(now, Input::Has(reservation, phase));
        }
        if let Some(waiting) = self.callers.get(&caller)
            && let Some(queue) = self.queues.get_mut(&waiting.group)
        {
            queue.set_offered(waiting.rank, Some(reservation));
        }
        let group = GroupId::new(&*agent.customer, group);
        self.last_reservation = self.last_reservation.max(reservation.0);
        let adopted = Reservation {
            agent,
            group,
            caller,
            before: 0,
            phase,
        };
        self.reservations.insert(reservation, adopted);
        if phase == Phase::Talking {
            self.leave(caller);
        }
    }

    fn answer_beat(&mut self, shard: ShardId, beat: u64, waiting: &BTreeSet<Ticket>) {
        let talking = |ticket: Ticket| {
            let mut held = self.reservations.values();
            held.any(|found| found.caller == (shard, ticket) && found.phase == Phase::Talking)
        };
        let unknown = waiting.iter().copied();
        let unknown =
            unknown.filter(|ticket| !self.callers.contains_key(&(shard, *ticket)) && !talking(*ticket));
        let unknown = unknown.collect();
        let places = self.queues.values().flat_map(Queue::positions);
        let own = places.filter(|(_, (of, ticket))| *of == shard && waiting.contains(ticket));
        let positions = own.map(|(position, (_, ticket))| (ticket, position)).collect();
        self.tell(
            shard,
            Notice::Heard {
                beat,
                positions,
                unknown,
            },
        );
    }
}
