//! Sources whose connections are not wanted.

use pointsman_call::network_of;
use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Bans remembered at a time. Beyond it a source keeps the connections it opens from now on; its messages are dropped
/// all the same.
const MOST: usize = 16_384;

/// Bans and when they end, by [`network_of`] the source.
#[derive(Debug, Default)]
pub(super) struct Bans(HashMap<IpAddr, Instant>);

impl Bans {
    pub(super) fn add(&mut self, now: Instant, source: IpAddr, lasts: Duration) {
        self.0.retain(|_, until| *until > now);
        if self.0.len() < MOST {
            self.0.insert(source, now + lasts);
        }
    }

    /// Whether one of them holds for this address.
    pub(super) fn hold(&self, now: Instant, address: IpAddr) -> bool {
        !self.0.is_empty() && self.0.get(&network_of(address)).is_some_and(|until| *until > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ban_holds_for_its_time_and_its_network() {
        let now = Instant::now();
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let mut bans = Bans::default();
        bans.add(now, address("192.0.2.1"), Duration::from_secs(10));
        bans.add(now, address("2001:db8::"), Duration::from_secs(20));
        let later = now + Duration::from_secs(10);
        assert!(bans.hold(now, address("192.0.2.1")) && !bans.hold(later, address("192.0.2.1")));
        assert!(!bans.hold(now, address("192.0.2.2")));
        assert!(bans.hold(later, address("2001:db8::7")));
        bans.add(later, address("192.0.2.3"), Duration::from_secs(1));
        assert_eq!(bans.0.len(), 2);
    }
}
