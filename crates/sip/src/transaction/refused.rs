//! INVITEs that were refused without a transaction, for as long as they may come again.
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use ahash::RandomState;

use super::gate::Refusal;
use super::key::Key;

/// INVITEs remembered at a time; above it the oldest is forgotten. About 2 MiB when full; at 1,000 refusals a second
/// this is all that can come again.
const MOST: usize = 32_768;

/// RFC 3261 section 8.2.7 wants the same answer for each repetition of a request that is refused without state. What
/// was refused because there was no room would otherwise become a call as soon as there is some, when the caller has
/// its 503 and listens to nothing more: a phone rings and nobody is there.
///
/// Known by transaction and source, so that nobody can have the INVITE of somebody else refused.
#[derive(Debug)]
pub(super) struct Refused {
    hasher: RandomState,
    /// Looked up, never iterated.
    refusals: HashMap<u64, Refusal, RandomState>,
    /// In the order of time.
    order: VecDeque<(Instant, u64)>,
    keep: Duration,
}

impl Refused {
    /// Each is kept for `keep`, which is 64*T1: for so long the sender repeats it.
    pub(super) fn new(hasher: RandomState, keep: Duration) -> Self {
        Self {
            refusals: HashMap::with_hasher(hasher.clone()),
            hasher,
            order: VecDeque::new(),
            keep,
        }
    }

    /// How this INVITE was refused before.
    pub(super) fn of(&mut self, now: Instant, key: Key, source: IpAddr) -> Option<Refusal> {
        self.forget(now);
        if self.refusals.is_empty() {
            return None;
        }
        self.refusals.get(&self.hasher.hash_one((key, source))).copied()
    }

    /// This INVITE is being refused. The first refusal stays; `true` if this is it.
    pub(super) fn insert(&mut self, now: Instant, key: Key, source: IpAddr, refusal: Refusal) -> bool {
        let name = self.hasher.hash_one((key, source));
        if self.refusals.contains_key(&name) {
            return false;
        }
        if self.order.len() >= MOST
            && let Some((_, oldest)) = self.order.pop_front()
        {
            self.refusals.remove(&oldest);
        }
        self.refusals.insert(name, refusal);
        self.order.push_back((now + self.keep, name));
        true
    }

    /// What nobody repeats any more goes when the next request comes: there is no timer for it.
    fn forget(&mut self, now: Instant) {
        while self.order.front().is_some_and(|(until, _)| *until <= now) {
            if let Some((_, name)) = self.order.pop_front() {
                self.refusals.remove(&name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Status;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "any instant will do")]
    fn only_so_many_are_remembered_and_only_for_their_time() {
        let now = Instant::now();
        let keep = Duration::from_secs(32);
        let mut refused = Refused::new(RandomState::with_seeds(1, 2, 3, 4), keep);
        let (source, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let refusal = |status| Refusal {
            status: Status(status),
            warning: "full",
            retry_after: None,
        };
        let most = MOST as u128;
        for key in 0..=most {
            refused.insert(now, key, source, refusal(503));
            refused.insert(now, key, source, refusal(403));
        }
        assert_eq!(refused.of(now, 0, source), None, "the oldest made room");
        assert_eq!(
            refused.of(now, 1, source),
            Some(refusal(503)),
            "the first refusal stays"
        );
        assert_eq!(refused.of(now, 1, other), None, "of somebody else");
        let almost = now + keep - Duration::from_millis(1);
        assert_eq!(refused.of(almost, most, source), Some(refusal(503)));
        assert_eq!(refused.of(now + keep, most, source), None);
        assert_eq!((refused.order.len(), refused.refusals.len()), (0, 0));
    }
}
