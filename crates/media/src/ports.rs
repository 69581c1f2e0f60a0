//! The pool of RTP ports.

use std::{
    collections::VecDeque,
    ops::RangeInclusive,
    time::{Duration, Instant},
};

use crate::Port;

/// How long a port rests after a call before another call gets it, as long as there are others.
const REST: Duration = Duration::from_secs(2);

/// Hands out RTP ports, the one freed longest ago first, so that a late packet of an old call never reaches a new
/// one. A port given back rests for 2 s; under pressure the one that rested longest is handed out before that.
#[derive(Debug)]
pub struct PortPool {
    first: u16,
    /// One flag per even port.
    taken: Vec<bool>,
    /// Free ones, longest free first, with the time they were given back.
    free: VecDeque<(Port, Option<Instant>)>,
    hurried: u64,
}

impl PortPool {
    /// The even ports of `range` whose odd neighbour is in it too (RFC 3550 section 11).
    pub fn new(range: RangeInclusive<u16>) -> Self {
        let last = u32::from(*range.end());
        let first = range.start().saturating_add(range.start() % 2);
        let count = if range.is_empty() {
            0
        } else {
            (last + 1).saturating_sub(u32::from(first)) / 2
        };
        let ports = (0..count as u16).map(|n| (Port(first + 2 * n), None));
        Self {
            first,
            taken: vec![false; count as usize],
            free: ports.collect(),
            hurried: 0,
        }
    }

    /// A port, or `None` if all are in use.
    pub fn take(&mut self, now: Instant) -> Option<Port> {
        let (port, given) = self.free.pop_front()?;
        if given.is_some_and(|given| now < given + REST) {
            self.hurried += 1;
        }
        self.set_taken(port, true);
        Some(port)
    }

    /// Gives a port back. One that was not taken is ignored.
    pub fn give(&mut self, now: Instant, port: Port) {
        if self.set_taken(port, false) == Some(true) {
            self.free.push_back((port, Some(now)));
        }
    }

    /// Ports taken and not given back.
    pub fn in_use(&self) -> usize {
        self.taken.len() - self.free.len()
    }

    /// Ports that [`PortPool::take`] can still hand out, resting ones included.
    pub fn free(&self) -> usize {
        self.free.len()
    }

    /// How often a port was handed out before its rest was over: the range is too small for the load.
    pub fn hurried(&self) -> u64 {
        self.hurried
    }

    /// Marks a port and returns how it was marked; `None` if it is not of this pool.
    fn set_taken(&mut self, port: Port, taken: bool) -> Option<bool> {
        let offset = port.0.checked_sub(self.first)?;
        if offset % 2 != 0 {
            return None;
        }
        let flag = self.taken.get_mut(usize::from(offset / 2))?;
        Some(std::mem::replace(flag, taken))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::epoch;

    #[test]
    fn only_whole_pairs() {
        #[allow(clippy::reversed_empty_ranges, reason = "an empty range is one of the cases")]
        let table = [
            (20_000..=20_003, 2),
            (20_000..=20_002, 1),
            (20_001..=20_003, 1),
            (20_001..=20_002, 0),
            (20_000..=20_000, 0),
            (65_534..=65_535, 1),
            (65_535..=65_535, 0),
            (5..=4, 0),
        ];
        for (range, count) in table {
            assert_eq!(PortPool::new(range.clone()).free(), count, "{range:?}");
        }
    }

    #[test]
    fn the_longest_free_comes_first() {
        let now = epoch();
        let mut pool = PortPool::new(10..=15);
        assert_eq!([pool.take(now), pool.take(now)], [Some(Port(10)), Some(Port(12))]);
        pool.give(now, Port(12));
        pool.give(now, Port(10));
        let order: Vec<_> = std::iter::from_fn(|| pool.take(now)).collect();
        assert_eq!(order, [Port(14), Port(12), Port(10)]);
        assert_eq!((pool.in_use(), pool.free(), pool.take(now)), (3, 0, None));
    }

    #[test]
    fn a_port_rests_two_seconds_unless_pressed() {
        let now = epoch();
        let mut pool = PortPool::new(10..=11);
        let port = pool.take(now).unwrap();
        pool.give(now, port);
        assert_eq!((pool.take(now + REST), pool.hurried()), (Some(port), 0));
        pool.give(now, port);
        assert_eq!((pool.take(now + REST / 2), pool.hurried()), (Some(port), 1));
    }

    #[test]
    fn giving_back_what_was_not_taken_changes_nothing() {
        let now = epoch();
        let mut pool = PortPool::new(10..=13);
        let port = pool.take(now).unwrap();
        for stranger in [Port(8), Port(11), Port(12), Port(14), Port(0), Port(65_535)] {
            pool.give(now, stranger);
            assert_eq!((pool.in_use(), pool.free()), (1, 1), "{stranger:?}");
        }
        pool.give(now, port);
        pool.give(now, port);
        assert_eq!((pool.in_use(), pool.free()), (0, 2));
    }
}
