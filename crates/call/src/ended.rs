//! Tags of dialogs that have just ended: a BYE that crosses ours gets 200, not 481.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use ahash::{AHashSet, RandomState};

/// Local tags of ended dialogs, each kept for 64*T1.
#[derive(Debug)]
pub(crate) struct EndedTags {
    tags: AHashSet<u64>,
    order: VecDeque<(Instant, u64)>,
    hasher: RandomState,
    keep: Duration,
}

impl EndedTags {
    pub(crate) fn new(hasher: &RandomState, keep: Duration) -> Self {
        Self {
            tags: AHashSet::with_hasher(hasher.clone()),
            order: VecDeque::new(),
            hasher: hasher.clone(),
            keep,
        }
    }

    pub(crate) fn insert(&mut self, now: Instant, tag: String) {
        let hash = self.hasher.hash_one(tag.as_str());
        self.tags.insert(hash);
        self.order.push_back((now + self.keep, hash));
    }

    pub(crate) fn contains(&self, tag: &str) -> bool {
        self.tags.contains(&self.hasher.hash_one(tag))
    }

    pub(crate) fn next(&self) -> Option<(Instant, &'static str)> {
        self.order.front().map(|(at, _)| (*at, "ended dialog forgotten"))
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        while self.order.front().is_some_and(|(at, _)| *at <= now) {
            if let Some((_, hash)) = self.order.pop_front() {
                self.tags.remove(&hash);
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }
}
