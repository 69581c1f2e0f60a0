//! How often requests without a good token came from an address lately.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Failures of one source in [`WINDOW`] that get an ordinary answer.
const ALLOWED: u32 = 20;
/// The time they are counted over.
const WINDOW: Duration = Duration::from_secs(60);
/// Sources that are remembered; the oldest is forgotten for a new one.
const SOURCES: usize = 1_024;

/// Failures by source, oldest source first.
#[derive(Debug, Default)]
pub(crate) struct Failures(Mutex<VecDeque<Source>>);

#[derive(Debug)]
struct Source {
    address: IpAddr,
    since: Instant,
    count: u32,
}

impl Failures {
    /// Counts one. If there were too many: the seconds until the next one gets an ordinary answer.
    pub(crate) fn add(&self, from: IpAddr) -> Option<u64> {
        self.add_at(from, Instant::now())
    }

    fn add_at(&self, from: IpAddr, now: Instant) -> Option<u64> {
        let address = network(from);
        let mut sources = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // They are in the order of their beginnings.
        while sources.front().is_some_and(|source| now - source.since >= WINDOW) {
            sources.pop_front();
        }
        let known = sources.iter_mut().find(|source| source.address == address);
        let Some(source) = known else {
            if sources.len() == SOURCES {
                sources.pop_front();
            }
            sources.push_back(Source {
                address,
                since: now,
                count: 1,
            });
            return None;
        };
        source.count = source.count.saturating_add(1);
        let left = WINDOW - (now - source.since);
        (source.count > ALLOWED).then(|| left.as_secs() + 1)
    }
}

/// An IPv6 site has 2^64 addresses and counts once.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_limited_for_a_minute_and_others_are_not() {
        let failures = Failures::default();
        let (start, one) = (Instant::now(), IpAddr::from([192, 0, 2, 1]));
        for _ in 0..ALLOWED {
            assert_eq!(failures.add_at(one, start), None);
        }
        assert_eq!(failures.add_at(one, start + Duration::from_secs(20)), Some(41));
        assert_eq!(failures.add_at([192, 0, 2, 2].into(), start), None);
        assert_eq!(failures.add_at(one, start + WINDOW), None);
    }

    #[test]
    fn a_network_of_ipv6_is_one_source_and_memory_is_bounded() {
        let failures = Failures::default();
        let now = Instant::now();
        for host in 0..u64::from(ALLOWED) {
            let address = Ipv6Addr::from_bits((0x2001_0db8_u128 << 96) | u128::from(host));
            assert_eq!(failures.add_at(address.into(), now), None);
        }
        assert!(
            failures
                .add_at("2001:db8::ffff:1".parse().unwrap(), now)
                .is_some()
        );
        for number in 0..10_000_u32 {
            failures.add_at(std::net::Ipv4Addr::from_bits(number).into(), now);
        }
        assert_eq!(failures.0.lock().unwrap().len(), SOURCES);
    }
}
