//! A customer file: its names, its trees, its numbers.

mod acm;
mod campaigns;
mod contacts;
mod contract;
mod drs;
mod names;
mod trees;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::tz::TimeZone;
use pointsman_call::NumberEntry;
use pointsman_contract::{Contract, Element};
use pointsman_media::Prompt;
use pointsman_policy::acm::Directory;
use pointsman_policy::drs::{Plan, Service};
use pointsman_policy::{CustomerContext, Kind, Registry};

pub(crate) use self::campaigns::Campaign;
use crate::config::{Customer, ManagedBy};
use crate::files::Files;
use crate::form::{CustomerFile, ManagedByWord};
use crate::node_file::{NodeParts, is_version_known, require};
use crate::numbers::{self, Owner};
use crate::source::{Collector, Source};
use crate::yaml::{At, Span};

/// Announcements by name, with the bytes they were made of.
pub(crate) type Prompts = BTreeMap<String, (Arc<Prompt>, Vec<u8>)>;

/// What a customer file gives, as far as it is right.
#[derive(Debug, Default)]
pub(crate) struct CustomerParts {
    /// Name of the customer and its place; `None` if it has none.
    pub(crate) name: Option<(String, Span)>,
    pub(crate) title: String,
    pub(crate) managed_by: ManagedBy,
    /// What it bought; `None` only if that is wrong.
    pub(crate) contract: Option<Contract>,
    pub(crate) trees: Vec<String>,
    /// Its numbers, with their places.
    pub(crate) numbers: Vec<(String, Span)>,
    pub(crate) entries: BTreeMap<String, NumberEntry>,
    pub(crate) prompts: Prompts,
    /// Trunks that lead to its sites.
    pub(crate) site_trunks: BTreeSet<String>,
    /// Capacity for recordings, if it is not the default.
    pub(crate) recording_octets: Option<u64>,
    pub(crate) plans: Vec<Arc<Plan>>,
    /// Its skill groups and agents.
    pub(crate) agents: Directory,
    /// Contact lists that are right as far as their rows are.
    pub(crate) contact_lists: BTreeMap<String, Vec<String>>,
    /// Names of the others.
    pub(crate) unread_lists: BTreeSet<String>,
    /// Who of a list is not called.
    pub(crate) struck: BTreeMap<String, BTreeSet<String>>,
    /// Whom no campaign calls.
    pub(crate) do_not_call: BTreeSet<String>,
    /// The files with numbers, by the place of the list that has it: `contact_lists/clients`.
    pub(crate) contact_files: BTreeMap<String, Vec<u8>>,
    pub(crate) campaigns: Vec<Campaign>,
    /// What the owner of the plans has to know, and the place of the customer's number for the line.
    pub(crate) service: Option<(Service, Span)>,
}

impl CustomerParts {
    /// The customer in short.
    pub(crate) fn summary(&self, source: &Source) -> Customer {
        let mut numbers: Vec<String> = self.numbers.iter().map(|(number, _)| number.clone()).collect();
        numbers.sort_unstable();
        let name = self
            .name
            .as_ref()
            .map(|(name, _)| name.clone())
            .unwrap_or_default();
        Customer {
            title: if self.title.is_empty() {
                name.clone()
            } else {
                self.title.clone()
            },
            name,
            managed_by: self.managed_by,
            contract: self.contract.clone(),
            file: source.path.clone(),
            numbers,
            trees: self.trees.clone(),
        }
    }
}

/// Checks a customer file.
pub(crate) fn read(
    collector: &mut Collector,
    source: &Source,
    node: &NodeParts,
    (files, registry): (&dyn Files, &Registry),
) -> CustomerParts {
    let mut parts = CustomerParts::default();
    let Some(file) = collector.decode::<CustomerFile>(source, &source.value) else {
        return parts;
    };
    if !is_version_known(collector, source, file.version.as_ref()) {
        return parts;
    }
    require(
        collector,
        source,
        file.customer.as_ref(),
        ("customer", "with a short name, such as bakery"),
    );
    require(
        collector,
        source,
        file.contract.as_ref(),
        ("contract", "{ formula: classic }"),
    );
    require(collector, source, file.country.as_ref(), ("country", "\"32\""));
    require(collector, source, file.zone.as_ref(), ("zone", "Europe/Brussels"));
    parts.name = file
        .customer
        .as_ref()
        .and_then(|item| Some((item.value.as_ref()?.0.clone(), item.at)));
    parts.title = file
        .name
        .as_ref()
        .and_then(|item| item.value.clone())
        .unwrap_or_default();
    parts.managed_by = match file.managed_by.as_ref().and_then(|item| item.value) {
        Some(ManagedByWord::Customer) => ManagedBy::Customer,
        Some(ManagedByWord::Operator) | None => ManagedBy::Operator,
    };
    let mut reading = Reading {
        collector,
        source,
        node,
        context: context(&file, node),
        is_blind: node.trunks_unknown,
    };
    reading.check_zone(&file);
    reading.read_contract(file.contract.as_ref());
    reading.read_names(file.sites, file.lists, file.calendars);
    let sites = reading.context.sites.values();
    parts.site_trunks = sites.map(|site| site.trunk.clone()).collect();
    parts.prompts = reading.read_announcements(file.announcements, files);
    let numbers = numbers::read(
        reading.collector,
        source,
        &file.numbers,
        (&reading.context.country, Owner::Customer),
    );
    parts.numbers = numbers::places(&numbers);
    reading.read_groups(file.skill_groups);
    parts.agents = reading.read_agents(file.agents);
    reading.require_recording(&numbers);
    parts.recording_octets = reading.read_capacity(file.recording.as_ref());
    if file.trees.is_some() {
        reading.require_element(Element::Trm, &["trees"]);
    }
    parts.trees = reading.read_trees(file.trees, &numbers);
    parts.contract = reading.context.contract.clone();
    reading.read_drs(file.drs, files, &mut parts);
    reading.read_contact_lists(file.contact_lists, files, &mut parts);
    reading.read_do_not_call(file.do_not_call, files, &mut parts);
    reading.read_campaigns(file.campaigns, &mut parts);
    if !reading.is_blind {
        let context = &reading.context;
        parts.entries = numbers::build(reading.collector, source, &numbers, (context, registry));
    }
    parts
}

fn context(file: &CustomerFile, node: &NodeParts) -> CustomerContext {
    let country = file
        .country
        .as_ref()
        .and_then(|item| item.value.as_ref())
        .map(|country| country.0.clone());
    let unread = node
        .unread_trunks
        .iter()
        .map(|name| (Kind::Trunk, name.clone()))
        .collect();
    CustomerContext {
        customer: file
            .customer
            .as_ref()
            .and_then(|item| Some(item.value.as_ref()?.0.clone()))
            .unwrap_or_default(),
        // Without a country, which is reported, national numbers would all be reported too.
        country: country.unwrap_or_else(|| "32".to_owned()),
        zone: file
            .zone
            .as_ref()
            .and_then(|item| item.value.clone())
            .unwrap_or_default(),
        trunks: node.trunk_names.clone(),
        spoken: node.spoken.clone(),
        unread,
        ..CustomerContext::default()
    }
}

/// A customer file that is being read: what is known of its names so far.
struct Reading<'a> {
    collector: &'a mut Collector,
    source: &'a Source,
    node: &'a NodeParts,
    context: CustomerContext,
    /// A whole section is wrong, so that nothing can be said about names.
    is_blind: bool,
}

impl Reading<'_> {
    fn check_zone(&mut self, file: &CustomerFile) {
        if TimeZone::get(&self.context.zone).is_ok() {
            return;
        }
        if let Some(At {
            value: Some(zone),
            at,
            ..
        }) = &file.zone
        {
            let message = format!("there is no time zone '{zone}'");
            self.collector
                .add(self.source, *at, message, "write it like \"Europe/Brussels\"");
        }
        // Any zone does for the checks of trees, which otherwise would all report this one.
        self.context.zone = "UTC".to_owned();
    }
}
