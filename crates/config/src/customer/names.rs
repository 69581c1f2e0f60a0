//! Sites, lists, calendars and announcements: what trees refer to by name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pointsman_media::Prompt;
use pointsman_policy::tree::yaml::{AnnouncementForm, CalendarForm, ListForm, SiteForm};
use pointsman_policy::{Kind, PolicyError};

use super::{Prompts, Reading};
use crate::files::Files;
use crate::suggest;
use crate::yaml::{Each, Fault, Section, steps};

/// The items of a section that are right, and the names of the others.
type Items<T> = (BTreeMap<String, T>, BTreeSet<String>);

impl Reading<'_> {
    /// Makes items of a section's forms.
    pub(super) fn items<F, T>(
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

    pub(super) fn report(&mut self, item: &[&str], error: PolicyError) {
        let at = self
            .source
            .value
            .place(item.iter().copied().chain(steps(&error.path)));
        self.collector
            .fault(self.source, Fault::described(at, error.message, error.hint));
    }

    pub(super) fn unread(&mut self, kind: Kind, names: BTreeSet<String>) {
        self.context
            .unread
            .extend(names.into_iter().map(|name| (kind, name)));
    }

    pub(super) fn read_names(
        &mut self,
        sites: Option<Section<Each<SiteForm>>>,
        lists: Option<Section<Each<ListForm>>>,
        calendars: Option<Section<Each<CalendarForm>>>,
    ) {
        let country = self.context.country.clone();
        let (sites, wrong) = self.items("sites", sites, |form| form.read(&country));
        self.context.sites = sites;
        self.unread(Kind::Site, wrong);
        self.check_trunks_of_sites();
        let (lists, wrong) = self.items("lists", lists, |form| form.read(&country));
        self.context.lists = lists;
        self.unread(Kind::List, wrong);
        let (calendars, wrong) = self.items("calendars", calendars, CalendarForm::read);
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

    pub(super) fn read_announcements(
        &mut self,
        section: Option<Section<Each<AnnouncementForm>>>,
        files: &dyn Files,
    ) -> Prompts {
        let (announcements, wrong) = self.items("announcements", section, AnnouncementForm::read);
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
}
