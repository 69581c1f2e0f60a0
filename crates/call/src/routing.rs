//! What a configuration compiles into for the call path: trunks, numbers, prompts, media addresses.
//!
//! A `Routing` is immutable. A reload swaps the whole value; a call keeps the one it began with.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use pointsman_media::{Family, Latch, Prompt};
use pointsman_policy::acm::Directory;
use pointsman_policy::campaign::CampaignId;
use pointsman_policy::drs::Plan;
use pointsman_policy::{RoutingPolicy, Target};
use pointsman_sip::{Flow, Transport};

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
    /// How well a message from `flow` with that port in the sent-by of its Via matches; `None`: not at all.
    ///
    /// A connection comes from whatever port was free, so there the port only tells trunks at one address apart, and
    /// it is the one that the peer says it listens on.
    fn rank(&self, flow: Flow, sent_by: Option<u16>) -> Option<(bool, bool, u8)> {
        if !self.covers(flow.remote.ip()) {
            return None;
        }
        let stream = flow.transport.is_reliable();
        let port = if stream {
            sent_by.unwrap_or(5060)
        } else {
            flow.remote.port()
        };
        let exact = self.port == Some(port);
        (stream || exact || self.port.is_none()).then_some((exact, self.port.is_none(), self.prefix))
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
    /// Index of our TCP listener for requests too large for a datagram, if the peer takes TCP too (RFC 3261 section
    /// 18.1.1).
    pub large: Option<u16>,
    /// Sources accepted as this trunk; the first trunk that matches wins, the longest prefix first.
    pub accept_from: Vec<Source>,
    /// The family of our offers towards it.
    pub media: Family,
    /// Whether RTP may come from elsewhere than its SDP says.
    pub latch: Latch,
    /// Country code for national numbers ("32").
    pub country: String,
    /// What it may send us.
    pub limits: TrunkLimits,
    /// Whether who answers there may transfer the call (REFER, RFC 3515).
    pub transfer: bool,
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

/// An agent whose calls are recorded (REC-05).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedAgent {
    /// Its name.
    pub name: Arc<str>,
    /// Where it is: who is called there, or calls from there, is the agent.
    pub contact: Target,
}

impl RecordedAgent {
    /// Those of a customer, by name.
    #[must_use]
    pub fn of(customer: &str, directory: &Directory) -> Vec<Self> {
        let agents = directory.agents.iter();
        agents
            .filter(|(id, setup)| id.customer == customer && setup.record)
            .map(|(id, setup)| Self {
                name: id.agent.as_str().into(),
                contact: setup.contact.clone(),
            })
            .collect()
    }
}

/// What a campaign's calls are made of.
#[derive(Clone)]
pub struct CampaignEntry {
    /// By which trunk people are called.
    pub trunk: String,
    /// The customer's number that they see.
    pub caller: String,
    /// No-answer timer of a call.
    pub ring: Duration,
    /// What those hear who answer.
    pub script: Arc<dyn RoutingPolicy>,
}

impl std::fmt::Debug for CampaignEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CampaignEntry")
            .field("trunk", &self.trunk)
            .field("caller", &self.caller)
            .field("ring", &self.ring)
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
    /// Disaster plans by the numbers they are about.
    pub plans: HashMap<String, Vec<Arc<Plan>>>,
    /// Capacity for recordings of the customers that ordered another one than the default, in octets (REC-24).
    pub recording_octets: HashMap<String, u64>,
    /// Agents whose calls are recorded, by customer (REC-05).
    pub recorded_agents: HashMap<String, Vec<RecordedAgent>>,
    /// Customers to whose sites a trunk leads, by its name: who comes from there and shows a number of theirs calls
    /// for them (REC-02).
    pub sites: HashMap<String, BTreeSet<String>>,
    /// Campaigns.
    pub campaigns: HashMap<CampaignId, CampaignEntry>,
    /// Announcements by `customer/name`.
    pub prompts: HashMap<String, Arc<Prompt>>,
}

impl Routing {
    /// The trunk that a request belongs to: an exact port first, then the longest matching prefix, then the order of
    /// the configuration. `sent_by` is the port in the sent-by of the request's Via.
    #[must_use]
    pub fn trunk_of(&self, flow: Flow, sent_by: Option<u16>) -> Option<&Trunk> {
        let mut best = None;
        for trunk in &self.trunks {
            for source in &trunk.accept_from {
                let rank = source.rank(flow, sent_by);
                if rank > best.and_then(|(rank, _)| rank) {
                    best = Some((rank, trunk));
                }
            }
        }
        best.map(|(_, trunk)| trunk)
    }

    /// Whether calls of some trunk may come from this address.
    #[must_use]
    pub fn is_of_a_trunk(&self, ip: IpAddr) -> bool {
        let mut sources = self.trunks.iter().flat_map(|trunk| &trunk.accept_from);
        sources.any(|source| source.covers(ip))
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

    /// A customer's announcement, or what the node itself says under that name (`fr/digit-1`).
    #[must_use]
    pub fn prompt(&self, customer: &str, name: &str) -> Option<&Arc<Prompt>> {
        let own = self.prompts.get(&format!("{customer}/{name}"));
        own.or_else(|| self.prompts.get(&format!("/{name}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trunk(name: &str, source: &str) -> Trunk {
        let (address, port) = match source.parse::<SocketAddr>() {
            Ok(address) => (address.ip(), Some(address.port())),
            Err(_) => (source.parse().unwrap(), None),
        };
        Trunk {
            name: name.to_owned(),
            remote: SocketAddr::new(address, 5060),
            transport: Transport::Udp,
            listener: 0,
            large: None,
            accept_from: vec![Source {
                address,
                prefix: if address.is_ipv4() { 32 } else { 128 },
                port,
            }],
            media: Family::of(address),
            latch: Latch::Strict,
            country: String::new(),
            limits: TrunkLimits::default(),
            transfer: false,
        }
    }

    fn found<'a>(
        routing: &'a Routing,
        transport: Transport,
        remote: &str,
        sent_by: Option<u16>,
    ) -> Option<&'a str> {
        let flow = Flow::new(0, transport, remote.parse().unwrap());
        routing.trunk_of(flow, sent_by).map(|trunk| trunk.name.as_str())
    }

    #[test]
    fn a_connection_comes_from_any_port_and_the_sent_by_tells_trunks_apart() {
        let routing = Routing {
            trunks: vec![
                trunk("first", "192.0.2.1:5071"),
                trunk("second", "192.0.2.1:5072"),
                trunk("six", "[2001:db8::1]:5060"),
                trunk("open", "192.0.2.9"),
                trunk("exact", "192.0.2.9:5060"),
            ],
            ..Routing::default()
        };
        assert!(routing.is_of_a_trunk("192.0.2.9".parse().unwrap()));
        assert!(!routing.is_of_a_trunk("192.0.2.2".parse().unwrap()));
        let by = |transport, remote, sent_by| found(&routing, transport, remote, sent_by);
        assert_eq!(by(Transport::Udp, "192.0.2.1:5072", Some(5071)), Some("second"));
        assert_eq!(by(Transport::Udp, "192.0.2.1:41000", Some(5071)), None);
        assert_eq!(by(Transport::Tcp, "192.0.2.1:41000", Some(5072)), Some("second"));
        assert_eq!(by(Transport::Tcp, "192.0.2.1:41000", Some(5099)), Some("first"));
        assert_eq!(by(Transport::Tcp, "192.0.2.1:41000", None), Some("first"));
        assert_eq!(by(Transport::Tcp, "[2001:db8::1]:41000", None), Some("six"));
        assert_eq!(by(Transport::Tcp, "192.0.2.2:5071", Some(5071)), None);
        assert_eq!(by(Transport::Tcp, "192.0.2.9:41000", None), Some("exact"));
        assert_eq!(by(Transport::Tcp, "192.0.2.9:41000", Some(5099)), Some("open"));
        assert_eq!(by(Transport::Udp, "192.0.2.9:5099", None), Some("open"));
    }
}
