//! From files to a configuration: what is read and checked in which order.
//!
//! 1. The node file, then the customer files it names and those named beside it.
//! 2. Of each file: the text, then its items one by one, then names against names.
//! 3. Across files: customers and numbers that two files have.
//! 4. If nothing was wrong: the routing and its version.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pointsman_call::{RecordedAgent, Routing};
use pointsman_policy::acm;
use pointsman_policy::campaign;
use pointsman_policy::drs::{Directory, Service};
use pointsman_policy::{Announcement, CustomerContext, Kind, Registry};

use crate::config::{Config, Overrides};
use crate::customer::{self, Campaign, CustomerParts};
use crate::files::{Files, plain};
use crate::model::Model;
use crate::node_file::{self, NodeParts, Voice};
use crate::numbers;
use crate::report::Report;
use crate::source::{Collector, Source};
use crate::yaml::Span;

/// Reads and checks everything.
pub(crate) fn assemble(
    paths: &[&Path],
    registry: &Registry,
    files: &dyn Files,
    overrides: &Overrides,
) -> Result<Config, Report> {
    let mut collector = Collector::default();
    let (node_source, mut customer_sources) = read_named(&mut collector, paths, files);
    let Some(node_source) = node_source else {
        return Err(collector.into_report());
    };
    let mut node = node_file::read(&mut collector, &node_source, overrides);
    let voice = match &node.voice {
        Some((folder, at)) => node_file::read_voice(&mut collector, &node_source, (folder, *at), files),
        None => Voice::new(),
    };
    node.spoken = voice.keys().cloned().collect();
    customer_sources.extend(read_listed(&mut collector, &node_source, &node, (files, paths)));
    let customers: Vec<(Source, CustomerParts)> = customer_sources
        .into_iter()
        .map(|source| {
            let parts = customer::read(&mut collector, &source, &node, (files, registry));
            (source, parts)
        })
        .collect();
    let own = build_own_numbers(&mut collector, &node_source, (&node, &voice), registry);
    report_duplicates(&mut collector, &node_source, &own, &customers);
    if !collector.is_empty() {
        return Err(collector.into_report());
    }
    let Some(config) = node.config.take() else {
        collector.general(
            &node_source.path,
            "the file is not complete",
            "compare it with config/pointsman.yaml",
        );
        return Err(collector.into_report());
    };
    let model = Model::new(&node_source, &config, &node.trunks, &customers);
    let version = model.version();
    Ok(Config {
        version: version.clone(),
        node: config,
        plans: Arc::new(directory(&customers)),
        agents: Arc::new(agents(&customers)),
        campaigns: Arc::new(campaigns(&customers)),
        routing: Arc::new(routing(version, &node, (own, voice), &customers)),
        customers: customers
            .iter()
            .map(|(source, parts)| parts.summary(source))
            .collect(),
        model: Arc::new(model),
    })
}

/// The node file and the customer files among the named ones.
fn read_named(
    collector: &mut Collector,
    paths: &[&Path],
    files: &dyn Files,
) -> (Option<Source>, Vec<Source>) {
    let (mut node, mut customers): (Option<Source>, Vec<Source>) = (None, Vec::new());
    let mut known = BTreeSet::new();
    let mut is_one_unread = false;
    for path in paths.iter().filter(|path| known.insert(plain(path))) {
        let Some(source) = collector.read(files, path, None) else {
            is_one_unread = true;
            continue;
        };
        if source.value.entry("customer").is_some() {
            customers.push(source);
        } else if let Some(first) = &node {
            let message = format!("this is a second node file, beside {}", first.path.display());
            collector.add(
                &source,
                source.value.at,
                message,
                "name one node file; a customer file begins with customer:",
            );
        } else {
            node = Some(source);
        }
    }
    if node.is_none() && !is_one_unread {
        let path = customers.first().map_or(Path::new(""), |source| &source.path);
        let help = "name the node file too, such as config/pointsman.yaml; it says which trunks there are";
        collector.general(path, "no node file is named", help);
    }
    (node, customers)
}

/// The customer files that the node file names, without those that were named already.
fn read_listed(
    collector: &mut Collector,
    node_source: &Source,
    node: &NodeParts,
    (files, paths): (&dyn Files, &[&Path]),
) -> Vec<Source> {
    let mut known: BTreeSet<PathBuf> = paths.iter().map(|path| plain(path)).collect();
    let mut sources = Vec::new();
    for (pattern, at) in &node.customers {
        for path in matches(collector, node_source, (pattern, *at), files) {
            if known.insert(plain(&path)) {
                sources.extend(collector.read(files, &path, Some((node_source, *at))));
            }
        }
    }
    sources
}

/// The paths that an entry of `customers` means.
fn matches(
    collector: &mut Collector,
    source: &Source,
    (pattern, at): (&str, Span),
    files: &dyn Files,
) -> Vec<PathBuf> {
    let path = source.resolve(pattern);
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    if folder.to_string_lossy().contains('*') {
        collector.add(
            source,
            at,
            "only the name of a file may contain '*'",
            "write one entry for each folder",
        );
        return Vec::new();
    }
    if !name.contains('*') {
        return vec![path];
    }
    let fits = |path: &PathBuf| {
        path.file_name()
            .is_some_and(|found| is_match(&name, &found.to_string_lossy()))
    };
    let found: Vec<PathBuf> = files
        .list(&folder)
        .unwrap_or_default()
        .into_iter()
        .filter(fits)
        .map(|path| plain(&path))
        .collect();
    if found.is_empty() {
        let message = format!("no file matches '{}'", path.display());
        collector.add(
            source,
            at,
            message,
            "correct the path, which is relative to this file, or remove it",
        );
    }
    found
}

/// Whether `*` in `pattern` can stand for something so that it becomes `name`. Hidden files need their dot.
fn is_match(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Numbers of the node itself, with their places.
struct OwnNumbers {
    places: Vec<(String, Span)>,
    entries: BTreeMap<String, pointsman_call::NumberEntry>,
}

fn build_own_numbers(
    collector: &mut Collector,
    source: &Source,
    (node, voice): (&NodeParts, &Voice),
    registry: &Registry,
) -> OwnNumbers {
    let spoken = |name: &String| {
        let language = name.split('/').next().map(str::to_owned);
        let file = format!("{name}.wav");
        (name.clone(), Announcement { file, language })
    };
    let context = CustomerContext {
        zone: "UTC".to_owned(),
        trunks: node.trunk_names.clone(),
        announcements: voice.keys().map(spoken).collect(),
        unread: node
            .unread_trunks
            .iter()
            .map(|name| (Kind::Trunk, name.clone()))
            .collect(),
        ..CustomerContext::default()
    };
    let entries = if node.trunks_unknown {
        BTreeMap::new()
    } else {
        numbers::build(collector, source, &node.numbers, (&context, registry))
    };
    OwnNumbers {
        places: numbers::places(&node.numbers),
        entries,
    }
}

/// Customers and numbers that more than one file has.
fn report_duplicates(
    collector: &mut Collector,
    node_source: &Source,
    own: &OwnNumbers,
    customers: &[(Source, CustomerParts)],
) {
    let mut names: BTreeMap<&str, String> = BTreeMap::new();
    let mut lines: BTreeMap<&str, String> = BTreeMap::new();
    let mut numbers: BTreeMap<&str, String> = own
        .places
        .iter()
        .map(|(number, at)| (number.as_str(), node_source.place(*at)))
        .collect();
    for (source, parts) in customers {
        if let Some((name, at)) = &parts.name {
            if let Some(first) = names.get(name.as_str()) {
                let message = format!("customer '{name}' is also in another file, at {first}");
                collector.add(source, *at, message, "give one of the two another name");
            } else {
                names.insert(name, source.place(*at));
            }
        }
        if let Some((
            Service {
                number: Some(line), ..
            },
            at,
        )) = &parts.service
        {
            if let Some(first) = lines.get(line.as_str()) {
                let message = format!("another customer keys {line} too; the first one is at {first}");
                collector.add(
                    source,
                    *at,
                    message,
                    "give each customer its own number for the line",
                );
            } else {
                lines.insert(line, source.place(*at));
            }
        }
        for (number, at) in &parts.numbers {
            if let Some(first) = numbers.get(number.as_str()) {
                let message = format!("number {number} is defined twice; the first one is at {first}");
                collector.add(source, *at, message, "remove it from one of the two files");
            } else {
                numbers.insert(number, source.place(*at));
            }
        }
    }
}

/// What the owner of campaigns knows of each one.
fn campaigns(customers: &[(Source, CustomerParts)]) -> campaign::Directory {
    let campaigns = customers.iter().flat_map(|(_, parts)| &parts.campaigns);
    campaigns
        .map(|(plan, _)| (plan.id.clone(), plan.clone()))
        .collect()
}

/// What the owner of disaster plans knows of each customer.
fn directory(customers: &[(Source, CustomerParts)]) -> Directory {
    let service = |(_, parts): &(Source, CustomerParts)| {
        let (name, _) = parts.name.as_ref()?;
        let (service, _) = parts.service.as_ref()?;
        Some((name.clone(), service.clone()))
    };
    customers.iter().filter_map(service).collect()
}

/// What the owner of agents and queues knows of all customers.
fn agents(customers: &[(Source, CustomerParts)]) -> acm::Directory {
    let mut all = acm::Directory::default();
    for (_, parts) in customers {
        all.groups.extend(parts.agents.groups.clone());
        all.agents.extend(parts.agents.agents.clone());
    }
    all
}

fn routing(
    version: String,
    node: &NodeParts,
    (own, voice): (OwnNumbers, Voice),
    customers: &[(Source, CustomerParts)],
) -> Routing {
    let mut routing = Routing {
        version,
        trunks: node.trunks.clone(),
        ..Routing::default()
    };
    routing.numbers.extend(own.entries);
    let said = voice.into_iter().map(|(name, sound)| (format!("/{name}"), sound));
    routing.prompts.extend(said);
    for (_, parts) in customers {
        let name = parts.name.as_ref().map_or("", |(name, _)| name.as_str());
        routing.numbers.extend(parts.entries.clone());
        let named =
            |(prompt, (sound, _)): (&String, &(_, _))| (format!("{name}/{prompt}"), Arc::clone(sound));
        routing.prompts.extend(parts.prompts.iter().map(named));
        let ordered = parts.recording_octets.map(|octets| (name.to_owned(), octets));
        routing.recording_octets.extend(ordered);
        let recorded = RecordedAgent::of(name, &parts.agents);
        if !recorded.is_empty() {
            routing.recorded_agents.insert(name.to_owned(), recorded);
        }
        for trunk in &parts.site_trunks {
            let customers = routing.sites.entry(trunk.clone()).or_default();
            customers.insert(name.to_owned());
        }
        let entry = |(plan, entry): &Campaign| (plan.id.clone(), entry.clone());
        routing.campaigns.extend(parts.campaigns.iter().map(entry));
        for plan in &parts.plans {
            for number in &plan.numbers {
                routing
                    .plans
                    .entry(number.clone())
                    .or_default()
                    .push(plan.clone());
            }
        }
    }
    routing
}

#[cfg(test)]
mod tests {
    use super::is_match;

    #[test]
    fn a_star_is_any_part_of_a_name() {
        assert!(is_match("*.yaml", "bakery.yaml"));
        assert!(is_match("c*-*.yaml", "customer-bakery.yaml"));
        assert!(is_match("bakery.yaml", "bakery.yaml"));
        assert!(!is_match("*.yaml", "bakery.yaml.bak"));
        assert!(!is_match("*.yaml", ".hidden.yaml"));
        assert!(!is_match("a*a", "a"));
    }
}
