//! How many connections there are, in all and with each peer.

use pointsman_call::network_of;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// Why there may be no more connections. The text is a metrics label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// The node has as many as it may.
    Total,
    /// This peer has as many as it may.
    Source,
}

impl Full {
    pub(crate) const ALL: [Self; 2] = [Self::Total, Self::Source];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Source => "source",
        }
    }
}

#[derive(Debug, Default)]
struct Counts {
    total: usize,
    /// Peers without connections have no entry.
    by_source: HashMap<IpAddr, usize>,
}

/// Counts connections. Touched when one begins and when it ends, never for a message.
#[derive(Debug)]
pub(super) struct Census {
    most: usize,
    most_per_source: usize,
    counts: Mutex<Counts>,
    emptied: Notify,
}

impl Census {
    pub(super) fn new(most: usize, most_per_source: usize) -> Self {
        Self {
            most,
            most_per_source,
            counts: Mutex::default(),
            emptied: Notify::new(),
        }
    }

    /// Takes a place, which is given back when it is dropped.
    pub(super) fn take(self: &Arc<Self>, peer: IpAddr) -> Result<Place, Full> {
        let source = network_of(peer);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.total >= self.most {
            return Err(Full::Total);
        }
        let own = counts.by_source.get(&source).copied().unwrap_or(0);
        if own >= self.most_per_source {
            return Err(Full::Source);
        }
        counts.total += 1;
        counts.by_source.insert(source, own + 1);
        Ok(Place {
            census: self.clone(),
            source,
        })
    }

    /// Ends when there is no connection.
    pub(super) async fn empty(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.counts.lock().unwrap_or_else(PoisonError::into_inner).total == 0 {
                return;
            }
            emptied.await;
        }
    }
}

/// A connection's place in the census.
#[derive(Debug)]
pub(super) struct Place {
    census: Arc<Census>,
    source: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.census.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.total -= 1;
        if let Some(own) = counts.by_source.get_mut(&self.source) {
            *own -= 1;
            if *own == 0 {
                counts.by_source.remove(&self.source);
            }
        }
        if counts.total == 0 {
            self.census.emptied.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_and_all_of_them_have_a_limit() {
        let census = Arc::new(Census::new(3, 2));
        let take = |peer: &str| census.take(peer.parse().unwrap());
        let first = take("192.0.2.1").unwrap();
        let _second = take("192.0.2.1").unwrap();
        assert_eq!(take("192.0.2.1").unwrap_err(), Full::Source);
        let other = take("192.0.2.2").unwrap();
        assert_eq!(take("192.0.2.3").unwrap_err(), Full::Total);
        drop((first, other));
        assert!(take("192.0.2.1").is_ok());
    }

    #[test]
    fn a_network_of_ipv6_is_one_source_and_nothing_stays() {
        let census = Arc::new(Census::new(9, 1));
        let place = census.take("2001:db8::1".parse().unwrap()).unwrap();
        assert_eq!(
            census.take("2001:db8::ffff:1".parse().unwrap()).unwrap_err(),
            Full::Source
        );
        let next = census.take("2001:db8:0:1::1".parse().unwrap()).unwrap();
        drop((place, next));
        let counts = census.counts.lock().unwrap();
        assert_eq!((counts.total, counts.by_source.len()), (0, 0));
    }
}
