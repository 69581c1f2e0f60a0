//! The callers of one group, in their order: priority first, then arrival.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Instant;

use super::mail::{ReservationId, ShardId, Ticket};

/// A caller, wherever its call is.
pub(super) type CallerId = (ShardId, Ticket);

/// A caller's place: the smaller, the sooner. One order for all queues of the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    priority: Reverse<u8>,
    arrived: Instant,
    number: u64,
}

impl Rank {
    /// `number` tells callers of one instant apart.
    pub(super) fn new(priority: u8, arrived: Instant, number: u64) -> Self {
        Self {
            priority: Reverse(priority),
            arrived,
            number,
        }
    }
}

#[derive(Debug)]
struct Caller {
    id: CallerId,
    offered: Option<ReservationId>,
}

/// One queue.
#[derive(Debug, Default)]
pub(super) struct Queue {
    callers: BTreeMap<Rank, Caller>,
}

impl Queue {
    pub(super) fn len(&self) -> usize {
        self.callers.len()
    }

    pub(super) fn insert(&mut self, rank: Rank, id: CallerId, offered: Option<ReservationId>) {
        self.callers.insert(rank, Caller { id, offered });
    }

    pub(super) fn remove(&mut self, rank: Rank) {
        self.callers.remove(&rank);
    }

    /// An agent is being rung for the caller, or not any more; the caller keeps its place.
    pub(super) fn set_offered(&mut self, rank: Rank, offered: Option<ReservationId>) {
        if let Some(caller) = self.callers.get_mut(&rank) {
            caller.offered = offered;
        }
    }

    /// The first caller for whom nobody is being rung.
    pub(super) fn first_waiting(&self) -> Option<(Rank, CallerId)> {
        let mut waiting = self.callers.iter().filter(|(_, caller)| caller.offered.is_none());
        waiting.next().map(|(rank, caller)| (*rank, caller.id))
    }

    /// Everybody for whom nobody is being rung, in order.
    pub(super) fn waiting(&self) -> Vec<CallerId> {
        let waiting = self.callers.values().filter(|caller| caller.offered.is_none());
        waiting.map(|caller| caller.id).collect()
    }

    /// Everybody's place, from 1.
    pub(super) fn positions(&self) -> impl Iterator<Item = (u32, CallerId)> {
        (1..).zip(self.callers.values().map(|caller| caller.id))
    }

    pub(super) fn position_of(&self, rank: Rank) -> u32 {
        let before = self.callers.range(..rank).count();
        u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// When the one came that has waited longest.
    pub(super) fn oldest(&self) -> Option<Instant> {
        self.callers.keys().map(|rank| rank.arrived).min()
    }
}
