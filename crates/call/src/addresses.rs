//! Where peers send RTP: one address of ours for each version of IP.

use std::net::IpAddr;

use pointsman_media::Family;
use serde::{Deserialize, Serialize};

/// Our addresses in session descriptions, at most one of each family.
///
/// A leg's stream is of one family: an answer is of the family of its offer, and an offer of ours of the family of its
/// trunk. A relayed packet may go in by one and out by the other (RFC 6157 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaAddresses {
    first: IpAddr,
    second: Option<IpAddr>,
}

impl MediaAddresses {
    /// `first`, and `second` if that is of the other family.
    #[must_use]
    pub fn new(first: IpAddr, second: Option<IpAddr>) -> Self {
        let second = second.filter(|second| Family::of(*second) != Family::of(first));
        Self { first, second }
    }

    /// The address of a family; `None` if peers of that family cannot be given one.
    #[must_use]
    pub fn of(&self, family: Family) -> Option<IpAddr> {
        let all = [Some(self.first), self.second];
        all.into_iter()
            .flatten()
            .find(|address| Family::of(*address) == family)
    }

    /// The address that a leg of `family` shows. A leg is only made of a family that there is; the first address stands
    /// in so that this needs no proof.
    pub(crate) fn shown(&self, family: Family) -> IpAddr {
        self.of(family).unwrap_or(self.first)
    }
}

impl From<IpAddr> for MediaAddresses {
    fn from(only: IpAddr) -> Self {
        Self::new(only, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_address_of_each_family() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let (four, six) = (ip("192.0.2.1"), ip("2001:db8::1"));
        let cases = [
            (four, None, Some(four), None),
            (six, None, None, Some(six)),
            (four, Some(six), Some(four), Some(six)),
            (six, Some(four), Some(four), Some(six)),
            (four, Some(ip("192.0.2.2")), Some(four), None),
        ];
        for (first, second, v4, v6) in cases {
            let all = MediaAddresses::new(first, second);
            assert_eq!((all.of(Family::V4), all.of(Family::V6)), (v4, v6), "{all:?}");
        }
    }
}
