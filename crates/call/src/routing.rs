//! What a configuration compiles into for the call path: trunks, numbers, prompts, media addresses.
//!
//! A `Routing` is immutable. A reload swaps the whole value; a call keeps the one it began with.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use pointsman_media::{Latch, Prompt};
use pointsman_policy::RoutingPolicy;
use pointsman_sip::Transport;

/// Who may send to us as a trunk: an address or network, and a port if it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Network address.
    pub address: IpAddr,
    /// Prefix length in bits: 32 for one IPv4 host, 128 for one IPv6 host.
    pub prefix: u8,
    /// Source port; `None` accepts any.
    pub port: Option<u16>,
}

impl Source {
    /// Whether a message from `remote` matches.
    #[must_use]
    pub fn matches(&self, remote: SocketAddr) -> bool {
        self.port.is_none_or(|port| port == remote.port()) && self.covers(remote.ip())
    }

    fn covers(&self, ip: IpAddr) -> bool {
        match (self.address, ip) {
            (IpAddr::V4(net), IpAddr::V4(ip)) => {
                let shift = 32 - u32::from(self.prefix.min(32));
                let mask = u32::MAX.checked_shl(shift).unwrap_or(0);
                u32::from(net) & mask == u32::from(ip) & mask
            }
            (IpAddr::V6(net), IpAddr::V6(ip)) => {
                let shift = 128 - u32::from(self.prefix.min(128));
                let mask = u128::MAX.checked_shl(shift).unwrap_or(0);
                u128::from(net) & mask == u128::from(ip) & mask
            }
            _ => false,
        }
    }
}

/// A peer we exchange calls with: a PBX, a gateway, a carrier.
#[derive(Clone, Debug)]
pub struct Trunk {
    /// Name in the configuration.
    pub name: String,
    /// Where its INVITEs go.
    pub remote: SocketAddr,
    /// Transport towards it.
    pub transport: Transport,
    /// Index of our listener used towards it.
    pub listener: u16,
    /// Sources accepted as this trunk; the first trunk that matches wins, the longest prefix first.
    pub accept_from: Vec<Source>,
    /// Whether RTP may come from elsewhere than its SDP says.
    pub latch: Latch,
    /// Country code for national numbers ("32").
    pub country: String,
    /// What it may send us.
    pub limits: TrunkLimits,
}

/// Limits of the calls that come in by a trunk; above them an INVITE gets 503. `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrunkLimits {
    /// Calls at a time.
    pub calls: Option<u32>,
    /// Calls at a time that are not answered yet: a flood of INVITEs is one that nobody wants answered.
    pub setups: Option<u32>,
    /// New calls a second; a second's worth may come at once.
    pub calls_per_second: Option<u32>,
}

/// What a called number does.
#[derive(Clone)]
pub struct NumberEntry {
    /// Owner of the number; empty for a node-level default.
    pub customer: Arc<str>,
    /// Registered name of the policy.
    pub policy_name: Arc<str>,
    /// The policy instance.
    pub policy: Arc<dyn RoutingPolicy>,
    /// Record every answered call of this number (REC-04).
    pub record: bool,
}

impl std::fmt::Debug for NumberEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NumberEntry")
            .field("customer", &self.customer)
            .field("policy", &self.policy_name)
            .field("record", &self.record)
            .finish_non_exhaustive()
    }
}

/// One published configuration, ready for the call path.
#[derive(Clone, Debug, Default)]
pub struct Routing {
    /// Content hash of everything below.
    pub version: String,
    /// Trunks by index; steps name them by name.
    pub trunks: Vec<Trunk>,
    /// Entries by E.164 number or literal user; `*` is the default.
    pub numbers: HashMap<String, NumberEntry>,
    /// Announcements by `customer/name`.
    pub prompts: HashMap<String, Arc<Prompt>>,
}

impl Routing {
    /// The trunk a message from `remote` belongs to: longest matching prefix, an exact port first.
    #[must_use]
    pub fn trunk_of(&self, remote: SocketAddr) -> Option<&Trunk> {
        self.trunks
            .iter()
            .flat_map(|trunk| trunk.accept_from.iter().map(move |source| (source, trunk)))
            .filter(|(source, _)| source.matches(remote))
            .max_by_key(|(source, _)| (source.port.is_some(), source.prefix))
            .map(|(_, trunk)| trunk)
    }

    /// The trunk called `name`.
    #[must_use]
    pub fn trunk(&self, name: &str) -> Option<&Trunk> {
        self.trunks.iter().find(|trunk| trunk.name == name)
    }

    /// The entry of a called number, or the default.
    #[must_use]
    pub fn number(&self, called: &str) -> Option<&NumberEntry> {
        self.numbers.get(called).or_else(|| self.numbers.get("*"))
    }

    /// A customer's announcement.
    #[must_use]
    pub fn prompt(&self, customer: &str, name: &str) -> Option<&Arc<Prompt>> {
        self.prompts.get(&format!("{customer}/{name}"))
    }
}
