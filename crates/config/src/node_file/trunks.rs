//! `trunks`: the peers that calls are exchanged with.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;

use pointsman_call::{Source as Peer, Trunk, TrunkLimits};
use pointsman_media::{Family, Latch};
use pointsman_sip::Transport;

use super::NodeParts;
use crate::config::{Listener, MediaConfig, Overrides};
use crate::form::{FamilyWord, LatchWord, TransferWord, TransportWord, TrunkForm, TrunkLimitsSection};
use crate::source::{Collector, Source};
use crate::yaml::{Each, Section, Span};

/// What of the rest of the file a trunk depends on.
pub(super) struct Around<'a> {
    pub(super) listeners: &'a [Listener],
    /// `None`: it is wrong, which has been reported.
    pub(super) media: Option<&'a MediaConfig>,
    pub(super) overrides: &'a Overrides,
}

pub(super) fn read_trunks(
    collector: &mut Collector,
    source: &Source,
    section: Option<&Section<Each<TrunkForm>>>,
    around: &Around<'_>,
    parts: &mut NodeParts,
) {
    let Around {
        listeners, overrides, ..
    } = *around;
    let Some(section) = section else { return };
    let Some(items) = &section.value else {
        parts.trunks_unknown = true;
        return;
    };
    parts.trunk_names = items.names().map(str::to_owned).collect();
    let mut known: BTreeMap<(IpAddr, u8, Option<u16>), (String, Span)> = BTreeMap::new();
    for (name, item) in &items.0 {
        let Some(form) = &item.value else {
            parts.unread_trunks.insert(name.clone());
            continue;
        };
        let (mut trunk, is_replaced) = trunk(name, form, overrides);
        if !listeners.is_empty() {
            let wanted = Wanted { form, is_replaced };
            choose_listeners(collector, source, &mut trunk, &wanted, listeners);
        }
        let is_v4 = trunk.remote.is_ipv4();
        let has_listener = listeners.iter().any(|listener| listener.bind.is_ipv4() == is_v4);
        if has_listener && !is_replaced {
            require_media(collector, source, &trunk, form, around.media);
        }
        for peer in &trunk.accept_from {
            let key = (network(peer), peer.prefix, peer.port);
            if let Some((other, first)) = known.get(&key).filter(|(other, _)| other != name) {
                let at = source.value.place(["trunks", name, "accept_from"]);
                let message = format!(
                    "a call from {} could be of trunk '{name}' or of trunk '{other}' at {}",
                    shown(peer),
                    source.place(*first)
                );
                collector.add(
                    source,
                    at,
                    message,
                    "give each trunk an accept_from of its own, with ports if needed",
                );
            }
            known.entry(key).or_insert_with(|| (name.clone(), item.key_at));
        }
        parts.trunks.push(trunk);
    }
    for name in overrides
        .trunks
        .keys()
        .filter(|name| !parts.trunk_names.contains(*name))
    {
        let message = format!("there is no trunk '{name}' whose address could be replaced");
        collector.add(source, section.key_at, message, "write the trunk in the file");
    }
}

/// The trunk but for its listeners, and whether its address was replaced.
fn trunk(name: &str, form: &TrunkForm, overrides: &Overrides) -> (Trunk, bool) {
    let exact = |address: SocketAddr| Peer {
        port: Some(address.port()),
        ..host(address.ip())
    };
    let replaced = overrides.trunks.get(name);
    let (remote, accept_from) = match replaced {
        Some(address) => (*address, vec![exact(*address)]),
        None if form.accept_from.is_empty() => (form.address.0, vec![host(form.address.0.ip())]),
        None => (
            form.address.0,
            form.accept_from.iter().map(|source| source.0.clone()).collect(),
        ),
    };
    let trunk = Trunk {
        name: name.to_owned(),
        remote,
        transport: match form.transport {
            TransportWord::Udp => Transport::Udp,
            TransportWord::Tcp => Transport::Tcp,
        },
        listener: 0,
        large: None,
        accept_from,
        media: match form.media {
            Some(FamilyWord::Ipv4) => Family::V4,
            Some(FamilyWord::Ipv6) => Family::V6,
            None => Family::of(remote.ip()),
        },
        latch: match form.latch {
            LatchWord::Strict => Latch::Strict,
            LatchWord::Probation => Latch::Probation,
        },
        country: form
            .country
            .as_ref()
            .map(|country| country.0.clone())
            .unwrap_or_default(),
        limits: form
            .limits
            .as_ref()
            .and_then(|item| item.value.as_ref())
            .map(trunk_limits)
            .unwrap_or_default(),
        transfer: form.transfer == TransferWord::Allowed,
    };
    (trunk, replaced.is_some())
}

fn trunk_limits(limits: &TrunkLimitsSection) -> TrunkLimits {
    TrunkLimits {
        calls: limits.calls.map(NonZeroU32::get),
        setups: limits.setups.map(NonZeroU32::get),
        calls_per_second: limits.calls_per_second.map(NonZeroU32::get),
    }
}

/// Every call to a trunk whose IP version we have no media address of would fail.
fn require_media(
    collector: &mut Collector,
    source: &Source,
    trunk: &Trunk,
    form: &TrunkForm,
    media: Option<&MediaConfig>,
) {
    let Some(media) = media.filter(|media| media.addresses().of(trunk.media).is_none()) else {
        return;
    };
    let (family, key, other) = match trunk.media {
        Family::V4 => ("IPv4", "address", "ipv6"),
        Family::V6 => ("IPv6", "address6", "ipv4"),
    };
    let name = &trunk.name;
    let (at, why) = match form.media {
        Some(_) => ("media", "is offered"),
        None => ("address", "is reached by"),
    };
    let at = source.value.place(["trunks", name, at]);
    let message = format!(
        "trunk '{name}' {why} {family}, but the only media address is {}",
        media.address
    );
    let help = format!(
        "write an {family} address as {key} under media, or media: {other} in the trunk if it takes that"
    );
    collector.add(source, at, message, help);
}

struct Wanted<'a> {
    form: &'a TrunkForm,
    is_replaced: bool,
}

/// Finds the listeners that lead to a trunk: a socket of the other family cannot reach it, and a Via has to name an
/// address that takes what it says.
fn choose_listeners(
    collector: &mut Collector,
    source: &Source,
    trunk: &mut Trunk,
    wanted: &Wanted<'_>,
    listeners: &[Listener],
) {
    let is_v4 = trunk.remote.is_ipv4();
    let leading = |transport: Transport| {
        listeners
            .iter()
            .position(|listener| listener.transport == transport && listener.bind.is_ipv4() == is_v4)
            .and_then(|index| u16::try_from(index).ok())
    };
    let mut need = |transport: Transport, key: &str| {
        let found = leading(transport);
        // An address that a test put in place is not the file's mistake.
        if found.is_none() && !wanted.is_replaced {
            let (transport, example) = match transport {
                Transport::Udp => ("UDP", "udp"),
                Transport::Tcp | Transport::Tls => ("TCP", "tcp"),
            };
            let (family, address) = if is_v4 {
                ("IPv4", "0.0.0.0:5060")
            } else {
                ("IPv6", "[::]:5060")
            };
            let name = &trunk.name;
            let message =
                format!("trunk '{name}' is reached by {transport} over {family}, but nothing listens there");
            let help =
                format!("add {{ {example}: \"{address}\" }} to listen, with the address of this machine");
            let at = source.value.place(["trunks", name, key]);
            collector.add(source, at, message, help);
        }
        found
    };
    trunk.listener = need(trunk.transport, "address").unwrap_or(0);
    if wanted.form.large_by_tcp && trunk.transport == Transport::Udp {
        trunk.large = need(Transport::Tcp, "large_by_tcp");
    }
}

/// Any port of one address.
fn host(address: IpAddr) -> Peer {
    Peer {
        address,
        prefix: if address.is_ipv4() { 32 } else { 128 },
        port: None,
    }
}

/// The address with the bits outside the network cleared: 127.0.0.9/8 and 127.0.0.1/8 are the same network.
fn network(peer: &Peer) -> IpAddr {
    match peer.address {
        IpAddr::V4(ip) => {
            let mask = u32::MAX
                .checked_shl(32 - u32::from(peer.prefix.min(32)))
                .unwrap_or(0);
            IpAddr::V4((u32::from(ip) & mask).into())
        }
        IpAddr::V6(ip) => {
            let mask = u128::MAX
                .checked_shl(128 - u32::from(peer.prefix.min(128)))
                .unwrap_or(0);
            IpAddr::V6((u128::from(ip) & mask).into())
        }
    }
}

fn shown(peer: &Peer) -> String {
    match (peer.port, host(peer.address).prefix == peer.prefix) {
        (Some(port), _) => SocketAddr::new(peer.address, port).to_string(),
        (None, true) => peer.address.to_string(),
        (None, false) => format!("{}/{}", peer.address, peer.prefix),
    }
}
