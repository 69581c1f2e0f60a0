//! The node file: checked, and made what the daemon and the call path need.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;

use pointsman_call::{Source as Peer, Trunk, TrunkLimits};
use pointsman_media::Latch;
use pointsman_sip::Transport;

use crate::config::{Limits, Listener, MediaConfig, NodeConfig, Overrides};
use crate::form::{LatchWord, ListenForm, MediaSection, NodeFile, TrunkForm, TrunkLimitsSection};
use crate::numbers::{self, Number, Owner};
use crate::source::{Collector, Source};
use crate::yaml::{At, Each, Section, Span};

/// Calls at a time when nothing is said.
const CALLS: usize = 4_000;

/// What the node file gives, as far as it is right.
#[derive(Debug, Default)]
pub(crate) struct NodeParts {
    /// `None`: something is missing, which has been reported.
    pub(crate) config: Option<NodeConfig>,
    pub(crate) trunks: Vec<Trunk>,
    /// Every trunk that is written, right or wrong.
    pub(crate) trunk_names: BTreeSet<String>,
    /// The trunks among them that are wrong.
    pub(crate) unread_trunks: BTreeSet<String>,
    /// The names of trunks are unknown, because the whole section is wrong.
    pub(crate) trunks_unknown: bool,
    /// Numbers of the node itself.
    pub(crate) numbers: Vec<Number>,
    /// Customer files and patterns as written.
    pub(crate) customers: Vec<(String, Span)>,
}

/// Checks the node file.
pub(crate) fn read(collector: &mut Collector, source: &Source, overrides: &Overrides) -> NodeParts {
    let Some(file) = collector.decode::<NodeFile>(source, &source.value) else {
        return NodeParts {
            trunks_unknown: true,
            ..NodeParts::default()
        };
    };
    if !is_version_known(collector, source, file.version.as_ref()) {
        return NodeParts {
            trunks_unknown: true,
            ..NodeParts::default()
        };
    }
    let listeners = listeners(collector, source, file.listen.as_ref(), overrides);
    let mut parts = NodeParts::default();
    read_trunks(
        collector,
        source,
        file.trunks.as_ref(),
        (&listeners, overrides),
        &mut parts,
    );
    parts.customers = file
        .customers
        .iter()
        .flat_map(|section| section.value.iter().flatten())
        .filter_map(|item| Some((item.value.clone()?, item.at)))
        .collect();
    parts.numbers = numbers::read(collector, source, &file.numbers, ("", Owner::Node));
    parts.config = node_config(collector, source, &file, listeners, overrides);
    parts
}

/// Whether the file is of a version that this release reads; of another one nothing more can be said.
pub(crate) fn is_version_known(
    collector: &mut Collector,
    source: &Source,
    version: Option<&At<u32>>,
) -> bool {
    require(collector, source, version, ("version", "1 as the first line"));
    match version {
        Some(At {
            value: Some(version),
            at,
            ..
        }) if *version != 1 => {
            let message = format!("version {version} of this format is not known to this release");
            collector.add(source, *at, message, "write version: 1, or use a newer release");
            false
        }
        _ => true,
    }
}

/// Reports a key of the file that must be there and is not.
pub(crate) fn require<T, const IS_WHOLE: bool>(
    collector: &mut Collector,
    source: &Source,
    item: Option<&At<T, IS_WHOLE>>,
    key: (&str, &str),
) {
    if item.is_none() {
        collector.missing(source, (&source.value, source.value.at), key);
    }
}

fn node_config(
    collector: &mut Collector,
    source: &Source,
    file: &NodeFile,
    listeners: Vec<Listener>,
    overrides: &Overrides,
) -> Option<NodeConfig> {
    require(collector, source, file.node.as_ref(), ("node", "{ name: demo }"));
    let media_example = "{ address: \"127.0.0.1\", ports: \"20000-21999\" }";
    require(collector, source, file.media.as_ref(), ("media", media_example));
    let media = file
        .media
        .as_ref()
        .and_then(|item| media(collector, source, item, overrides));
    let limits = file.limits.as_ref().and_then(|item| item.value.as_ref());
    let calls = limits.and_then(|limits| limits.calls);
    if calls == Some(0) {
        let at = source.value.place(["limits", "calls"]);
        collector.add(
            source,
            at,
            "a limit of 0 calls refuses everything",
            "write calls: 1 or more",
        );
    }
    let node = file.node.as_ref()?.value.as_ref()?;
    let data = source.resolve(node.data.as_deref().unwrap_or("data"));
    let data = overrides.data.clone().unwrap_or(data);
    let written = file
        .recordings
        .as_ref()
        .and_then(|item| item.value.as_ref()?.path.clone());
    let recordings: PathBuf = match (&overrides.recordings, written) {
        (Some(path), _) => path.clone(),
        (None, Some(written)) => source.resolve(&written),
        (None, None) => data.join("recordings"),
    };
    let http = file
        .http
        .as_ref()
        .and_then(|item| item.value)
        .map(|address| address.0);
    Some(NodeConfig {
        name: node.name.0.clone(),
        data,
        listeners,
        media: media?,
        http: overrides.http.or(http),
        recordings,
        limits: Limits {
            calls: calls.map_or(CALLS, |calls| usize::try_from(calls).unwrap_or(CALLS)),
        },
    })
}

fn media(
    collector: &mut Collector,
    source: &Source,
    item: &At<MediaSection>,
    overrides: &Overrides,
) -> Option<MediaConfig> {
    let media = item.value.as_ref()?;
    let address = media.address.0;
    if address.is_unspecified() {
        let message = format!("peers cannot send RTP to {address}");
        let help = "write the address that they reach, and this one under bind";
        collector.add(source, source.value.place(["media", "address"]), message, help);
    }
    let ports = overrides.ports.clone().unwrap_or_else(|| media.ports.0.clone());
    Some(MediaConfig {
        address,
        bind: media.bind.map_or(address, |bind| bind.0),
        ports,
    })
}

fn listeners(
    collector: &mut Collector,
    source: &Source,
    section: Option<&Section<Vec<At<ListenForm>>>>,
    overrides: &Overrides,
) -> Vec<Listener> {
    require(
        collector,
        source,
        section,
        ("listen", "[ { udp: \"127.0.0.1:5060\" } ]"),
    );
    let items = section.and_then(|section| section.value.as_ref().map(|items| (items, section.key_at)));
    if let Some((items, at)) = items
        && items.is_empty()
    {
        collector.add(
            source,
            at,
            "there is no listener",
            "write listen: [ { udp: \"127.0.0.1:5060\" } ]",
        );
    }
    let mut known: BTreeMap<SocketAddr, Span> = BTreeMap::new();
    let mut listeners = Vec::new();
    for item in items.iter().flat_map(|(items, _)| items.iter()) {
        let Some(form) = &item.value else { continue };
        let bind = form.udp.0;
        if let Some(first) = known.insert(bind, item.at) {
            let message = format!(
                "{bind} is listened on twice; the first time at {}",
                source.place(first)
            );
            collector.add(source, item.at, message, "remove one of the two");
        }
        let advertise = form.advertise.as_ref().map(|advertise| advertise.0.clone());
        if advertise.is_none() && bind.ip().is_unspecified() {
            let message = format!("peers cannot send SIP to {bind}");
            collector.add(
                source,
                item.at,
                message,
                "add advertise: with the host and port that they reach",
            );
        }
        let advertise = advertise.unwrap_or_else(|| bind.to_string());
        listeners.push(Listener {
            transport: Transport::Udp,
            bind,
            advertise,
        });
    }
    if overrides.listen.is_empty() {
        return listeners;
    }
    let own = |bind: &SocketAddr| Listener {
        transport: Transport::Udp,
        bind: *bind,
        advertise: bind.to_string(),
    };
    overrides.listen.iter().map(own).collect()
}

fn read_trunks(
    collector: &mut Collector,
    source: &Source,
    section: Option<&Section<Each<TrunkForm>>>,
    (listeners, overrides): (&[Listener], &Overrides),
    parts: &mut NodeParts,
) {
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
        let trunk = trunk(name, form, listeners, overrides);
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

fn trunk(name: &str, form: &TrunkForm, listeners: &[Listener], overrides: &Overrides) -> Trunk {
    let exact = |address: SocketAddr| Peer {
        port: Some(address.port()),
        ..host(address.ip())
    };
    let (remote, accept_from) = match overrides.trunks.get(name) {
        Some(address) => (*address, vec![exact(*address)]),
        None if form.accept_from.is_empty() => (form.address.0, vec![host(form.address.0.ip())]),
        None => (
            form.address.0,
            form.accept_from.iter().map(|source| source.0.clone()).collect(),
        ),
    };
    let same_family = |listener: &Listener| listener.bind.is_ipv4() == remote.is_ipv4();
    let listener = listeners.iter().position(same_family).unwrap_or(0);
    Trunk {
        name: name.to_owned(),
        remote,
        transport: Transport::Udp,
        listener: u16::try_from(listener).unwrap_or(0),
        accept_from,
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
    }
}

fn trunk_limits(limits: &TrunkLimitsSection) -> TrunkLimits {
    TrunkLimits {
        calls: limits.calls.map(NonZeroU32::get),
        setups: limits.setups.map(NonZeroU32::get),
        calls_per_second: limits.calls_per_second.map(NonZeroU32::get),
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
