//! A configuration as plain values under names: what its version is the hash of, and what two
//! configurations are compared by.

use std::collections::BTreeMap;

use pointsman_call::Trunk;
use pointsman_media::{Family, Latch};
use pointsman_policy::{content_hash, octets_hash};
use pointsman_sip::Transport;
use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::config::NodeConfig;
use crate::customer::CustomerParts;
use crate::source::Source;
use crate::yaml::Kind;

/// Everything that was read, with the keys of maps in order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Model {
    /// The node's own settings, as written.
    pub(crate) node: Json,
    /// Trunks by name, as they are in force.
    pub(crate) trunks: BTreeMap<String, Json>,
    pub(crate) customers: BTreeMap<String, CustomerModel>,
    pub(crate) numbers: BTreeMap<String, NumberModel>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct CustomerModel {
    /// Settings of the customer itself.
    pub(crate) settings: Json,
    /// Items by what they are (`site`, `list`, `calendar`, `announcement`) and their names.
    pub(crate) items: BTreeMap<&'static str, BTreeMap<String, Json>>,
    pub(crate) trees: BTreeMap<String, TreeModel>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct TreeModel {
    /// Settings of the tree itself.
    pub(crate) settings: Json,
    pub(crate) nodes: BTreeMap<String, Json>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct NumberModel {
    /// Its customer; empty for the node itself.
    pub(crate) customer: String,
    pub(crate) settings: Json,
}

/// Sections of a customer file and what one of their items is called.
const ITEMS: [(&str, &str); 4] = [
    ("announcements", "announcement"),
    ("calendars", "calendar"),
    ("lists", "list"),
    ("sites", "site"),
];

impl Model {
    pub(crate) fn new(
        node_source: &Source,
        node: &NodeConfig,
        trunks: &[Trunk],
        customers: &[(Source, CustomerParts)],
    ) -> Self {
        let mut model = Self {
            node: settings(node_source, &["version", "trunks", "customers", "numbers"]),
            trunks: trunks
                .iter()
                .map(|trunk| (trunk.name.clone(), trunk_json(trunk, node)))
                .collect(),
            customers: BTreeMap::new(),
            numbers: BTreeMap::new(),
        };
        model.add_numbers(node_source, "");
        for (source, parts) in customers {
            let name = parts
                .name
                .as_ref()
                .map(|(name, _)| name.clone())
                .unwrap_or_default();
            model.add_numbers(source, &name);
            model.customers.insert(name, customer_model(source, parts));
        }
        model
    }

    fn add_numbers(&mut self, source: &Source, customer: &str) {
        for (number, settings) in section(source, "numbers") {
            self.numbers.insert(
                number,
                NumberModel {
                    customer: customer.to_owned(),
                    settings,
                },
            );
        }
    }

    /// The first 16 hex digits of SHA-256 over everything.
    pub(crate) fn version(&self) -> String {
        content_hash(self)
    }
}

/// The top of a file without some of its keys.
fn settings(source: &Source, without: &[&str]) -> Json {
    let Kind::Map(entries) = &source.value.kind else {
        return Json::Null;
    };
    let kept = entries
        .iter()
        .filter(|entry| !without.contains(&entry.key.as_str()));
    kept.map(|entry| (entry.key.clone(), entry.value.to_json()))
        .collect()
}

fn section(source: &Source, name: &str) -> BTreeMap<String, Json> {
    match source.value.entry(name).map(|entry| entry.value.to_json()) {
        Some(Json::Object(items)) => items.into_iter().collect(),
        _ => BTreeMap::new(),
    }
}

fn trunk_json(trunk: &Trunk, node: &NodeConfig) -> Json {
    let peers = trunk.accept_from.iter().map(|peer| {
        let port = peer.port.map(|port| format!(" port {port}")).unwrap_or_default();
        Json::from(format!("{}/{}{port}", peer.address, peer.prefix))
    });
    let listener = node.listeners.get(usize::from(trunk.listener));
    let mut json = json!({
        "address": trunk.remote.to_string(),
        "accept_from": peers.collect::<Vec<_>>(),
        "country": trunk.country,
        "latch": match trunk.latch { Latch::Strict => "strict", Latch::Probation => "probation" },
        "listener": listener.map(|listener| listener.bind.to_string()),
    });
    // What most trunks do not have is left out of lines for people.
    if trunk.transport != Transport::Udp {
        json["transport"] = trunk.transport.as_str().to_ascii_lowercase().into();
    }
    if trunk.media != Family::of(trunk.remote.ip()) {
        json["media"] = match trunk.media {
            Family::V4 => "ipv4",
            Family::V6 => "ipv6",
        }
        .into();
    }
    if trunk.large.is_some() {
        json["large_by_tcp"] = true.into();
    }
    let limits = [
        ("calls", trunk.limits.calls),
        ("setups", trunk.limits.setups),
        ("calls_per_second", trunk.limits.calls_per_second),
    ];
    let set = limits
        .into_iter()
        .filter_map(|(name, limit)| Some((name, limit?)));
    let set: serde_json::Map<_, _> = set.map(|(name, limit)| (name.to_owned(), limit.into())).collect();
    if !set.is_empty() {
        json["limits"] = set.into();
    }
    if trunk.transfer {
        json["transfer"] = "allowed".into();
    }
    json
}

fn customer_model(source: &Source, parts: &CustomerParts) -> CustomerModel {
    let mut items: BTreeMap<&'static str, BTreeMap<String, Json>> = ITEMS
        .into_iter()
        .map(|(key, what)| (what, section(source, key)))
        .collect();
    for (name, (_, bytes)) in &parts.prompts {
        if let Some(Json::Object(announcement)) =
            items.get_mut("announcement").and_then(|all| all.get_mut(name))
        {
            announcement.insert("content".to_owned(), octets_hash(bytes).into());
        }
    }
    let sections: Vec<&str> = ITEMS
        .into_iter()
        .map(|(key, _)| key)
        .chain(["version", "trees", "numbers"])
        .collect();
    let mut settings = settings(source, &sections);
    for (list, bytes) in &parts.contact_files {
        if let Some(list) = settings
            .pointer_mut(&format!("/{list}"))
            .and_then(Json::as_object_mut)
        {
            list.insert("content".to_owned(), octets_hash(bytes).into());
        }
    }
    CustomerModel {
        settings,
        items,
        trees: trees(source),
    }
}

fn trees(source: &Source) -> BTreeMap<String, TreeModel> {
    section(source, "trees")
        .into_iter()
        .map(|(name, mut settings)| {
            let nodes = settings.as_object_mut().and_then(|tree| tree.remove("nodes"));
            let nodes = match nodes {
                Some(Json::Object(nodes)) => nodes.into_iter().collect(),
                _ => BTreeMap::new(),
            };
            (name, TreeModel { settings, nodes })
        })
        .collect()
}
