//! A customer file: its names, its trees, its numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::tz::TimeZone;
use pointsman_call::NumberEntry;
use pointsman_media::Prompt;
use pointsman_policy::tree::Tree;
use pointsman_policy::tree::yaml::NodeForm;
use pointsman_policy::{CustomerContext, Kind, PolicyError, Registry};

use crate::config::{Customer, ManagedBy};
use crate::files::Files;
use crate::form::{CustomerFile, ManagedByWord, TreeFrame};
use crate::node_file::{NodeParts, is_version_known, require};
use crate::numbers::{self, Number, Owner};
use crate::source::{Collector, Source};
use crate::suggest;
use crate::trees;
use crate::yaml::{At, Each, Fault, Section, Span, steps};

/// What a customer file gives, as far as it is right.
#[derive(Debug, Default)]
pub(crate) struct CustomerParts {
    /// Name of the customer and its place; `None` if it has none.
    pub(crate) name: Option<(String, Span)>,
    pub(crate) title: String,
    pub(crate) managed_by: ManagedBy,
    pub(crate) trees: Vec<String>,
    /// Its numbers, with their places.
    pub(crate) numbers: Vec<(String, Span)>,
    pub(crate) entries: BTreeMap<String, NumberEntry>,
    /// Announcements by name, with the bytes they were made of.
    pub(crate) prompts: BTreeMap<String, (Arc<Prompt>, Vec<u8>)>,
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
    reading.read_names(file.sites, file.lists, file.calendars);
    parts.prompts = reading.read_announcements(file.announcements, files);
    let numbers = numbers::read(
        reading.collector,
        source,
        &file.numbers,
        (&reading.context.country, Owner::Customer),
    );
    parts.numbers = numbers::places(&numbers);
    parts.trees = reading.read_trees(file.trees, &numbers);
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

/// The items of a section that are right, and the names of the others.
type Items<T> = (BTreeMap<String, T>, BTreeSet<String>);

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

    /// Makes items of a section's forms.
    fn items<F, T>(
        &mut self,
        name: &str,
        section: Option<Section<Each<F>>>,
        mut read: impl FnMut(F) -> Result<T, Vec<PolicyError>>,
    ) -> Items<T> {
        let (mut right, mut wrong) = Items::default();
        let Some(section) = section else {
            return (right, wrong);
        };
        self.is_blind |= section.value.is_none();
        for (key, item) in section.value.into_iter().flat_map(|each| each.0) {
            let Some(form) = item.value else {
                wrong.insert(key);
                continue;
            };
            match read(form) {
                Ok(item) => {
                    right.insert(key, item);
                }
                Err(errors) => {
                    for error in errors {
                        self.report(&[name, &key], error);
                    }
                    wrong.insert(key);
                }
            }
        }
        (right, wrong)
    }

    fn report(&mut self, item: &[&str], error: PolicyError) {
        let at = self
            .source
            .value
            .place(item.iter().copied().chain(steps(&error.path)));
        self.collector.fault(
            self.source,
            Fault {
                at: Some(at),
                message: error.message,
                help: error.hint,
            },
        );
    }

    fn unread(&mut self, kind: Kind, names: BTreeSet<String>) {
        self.context
            .unread
            .extend(names.into_iter().map(|name| (kind, name)));
    }

    fn read_names(
        &mut self,
        sites: Option<Section<Each<pointsman_policy::tree::yaml::SiteForm>>>,
        lists: Option<Section<Each<pointsman_policy::tree::yaml::ListForm>>>,
        calendars: Option<Section<Each<pointsman_policy::tree::yaml::CalendarForm>>>,
    ) {
        let country = self.context.country.clone();
        let (sites, wrong) = self.items("sites", sites, |form| form.read(&country));
        self.context.sites = sites;
        self.unread(Kind::Site, wrong);
        self.check_trunks_of_sites();
        let (lists, wrong) = self.items("lists", lists, |form| form.read(&country));
        self.context.lists = lists;
        self.unread(Kind::List, wrong);
        let (calendars, wrong) = self.items(
            "calendars",
            calendars,
            pointsman_policy::tree::yaml::CalendarForm::read,
        );
        self.context.calendars = calendars;
        self.unread(Kind::Calendar, wrong);
    }

    fn check_trunks_of_sites(&mut self) {
        for (name, site) in &self.context.sites {
            if self.node.trunks_unknown || self.node.trunk_names.contains(&site.trunk) {
                continue;
            }
            let at = self.source.value.place(["sites", name, "trunk"]);
            let trunks = self.node.trunk_names.iter().map(String::as_str);
            let help = suggest::help(&site.trunk, "trunks", trunks);
            self.collector.add(
                self.source,
                at,
                format!("there is no trunk '{}'", site.trunk),
                help,
            );
        }
    }

    fn read_announcements(
        &mut self,
        section: Option<Section<Each<pointsman_policy::tree::yaml::AnnouncementForm>>>,
        files: &dyn Files,
    ) -> BTreeMap<String, (Arc<Prompt>, Vec<u8>)> {
        let (announcements, wrong) = self.items(
            "announcements",
            section,
            pointsman_policy::tree::yaml::AnnouncementForm::read,
        );
        self.unread(Kind::Announcement, wrong);
        let mut prompts = BTreeMap::new();
        for (name, announcement) in &announcements {
            let path = self.source.resolve(&announcement.file);
            let prompt = match files.read(&path) {
                Ok(bytes) => Prompt::from_wav(&bytes, &announcement.file)
                    .map(|prompt| (Arc::new(prompt), bytes))
                    .map_err(|error| (error.to_string(), "write it as WAV, PCM, 8 bit, 11025 Hz, mono")),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err((
                    format!("{} does not exist", path.display()),
                    "correct the path; it is relative to this file",
                )),
                Err(error) => Err((
                    format!("{} cannot be read: {error}", path.display()),
                    "make it readable",
                )),
            };
            match prompt {
                Ok(prompt) => {
                    prompts.insert(name.clone(), prompt);
                }
                Err((message, help)) => {
                    let at = self.source.value.place(["announcements", name, "file"]);
                    self.collector.add(self.source, at, message, help);
                }
            }
        }
        self.context.announcements = announcements;
        prompts
    }

    /// Compiles the trees; returns the names of all.
    fn read_trees(
        &mut self,
        section: Option<Section<Each<TreeFrame, false>>>,
        numbers: &[Number],
    ) -> Vec<String> {
        for number in numbers {
            if let Some(tree) = number.tree() {
                self.context
                    .bound
                    .entry(tree.to_owned())
                    .or_default()
                    .insert(number.number.clone());
            }
        }
        let Some(section) = section else { return Vec::new() };
        self.is_blind |= section.value.is_none();
        let mut names = Vec::new();
        for (name, item) in section.value.into_iter().flat_map(|each| each.0) {
            let compiled = self.read_tree(&name, item.key_at, item.value);
            if !compiled {
                self.context.unread.insert((Kind::Tree, name.clone()));
            }
            names.push(name);
        }
        names.sort_unstable();
        names
    }

    /// Whether the tree is right.
    fn read_tree(&mut self, name: &str, key_at: Span, frame: Option<TreeFrame>) -> bool {
        let Some(frame) = frame else { return false };
        let missing: Vec<&str> = [("start", frame.start.is_none()), ("nodes", frame.nodes.is_none())]
            .into_iter()
            .filter_map(|(key, is_missing)| is_missing.then_some(key))
            .collect();
        for key in &missing {
            self.collector.add(
                self.source,
                key_at,
                format!("'{key}' is missing"),
                format!("add {key}: to the tree"),
            );
        }
        let zone = frame
            .zone
            .map_or_else(|| Some(self.context.zone.clone()), |zone| zone.value);
        let start = frame.start.and_then(|start| start.value);
        let nodes = frame.nodes.and_then(|nodes| nodes.value);
        let (Some(start), Some(nodes), Some(zone)) = (start, nodes, zone) else {
            return false;
        };
        let mut tree = Tree {
            name: name.to_owned(),
            zone,
            start,
            ..Tree::default()
        };
        for (node, item) in nodes.0 {
            self.read_node(&mut tree, node, item);
        }
        if self.is_blind {
            return false;
        }
        trees::compile(self.collector, self.source, tree, &mut self.context)
    }

    fn read_node(&mut self, tree: &mut Tree, name: String, item: At<NodeForm>) {
        let country = self.context.country.clone();
        match item.value.map(|form| form.read(&country)) {
            Some(Ok(node)) => {
                tree.nodes.insert(name, node);
            }
            Some(Err(errors)) => {
                for error in errors {
                    self.report(&["trees", &tree.name, "nodes", &name], error);
                }
                tree.unread.insert(name);
            }
            None => {
                tree.unread.insert(name);
            }
        }
    }
}
