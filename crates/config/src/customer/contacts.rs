//! Contact lists: inline, or in a CSV file beside the customer's (OUT-08 to OUT-11).

use std::collections::{BTreeMap, BTreeSet};

use pointsman_contract::{Element, limits};
use pointsman_policy::number::normalise;
use pointsman_policy::tree::yaml::NumberText;
use pointsman_policy::{PolicyError, number};

use super::{CustomerParts, Reading};
use crate::files::Files;
use crate::form::{ContactListForm, DoNotCallForm};
use crate::yaml::{At, Each, Section};

/// Bad rows of one list that are told one by one.
const MOST_TOLD: usize = 20;

/// Belgian numbers that cost whoever calls them.
const PREMIUM: &str = "+3290";

/// A row of a list: where it stands, and what.
type Row = (String, String);

impl Reading<'_> {
    pub(super) fn read_contact_lists(
        &mut self,
        section: Option<Section<Each<ContactListForm>>>,
        files: &dyn Files,
        parts: &mut CustomerParts,
    ) {
        let Some(section) = section else { return };
        self.require_element(Element::OutboundCampaigns, &["contact_lists"]);
        let Some(lists) = section.value else {
            self.is_blind = true;
            return;
        };
        if let Err(exceeded) = limits().outbound.lists.check(lists.0.len()) {
            let message = format!("there are {} contact lists: {exceeded}", lists.0.len());
            self.collector
                .add(self.source, section.key_at, message, "remove a list");
        }
        for (name, item) in lists.0 {
            let list = ["contact_lists", name.as_str()];
            let rows = item.value.and_then(|form| {
                let struck: Vec<Row> = inline("do_not_call", form.do_not_call);
                let struck = self.numbers(&list, &struck);
                parts.struck.insert(name.clone(), struck);
                self.rows(&list, (form.numbers, form.file), files, parts)
            });
            match rows {
                Some(rows) => {
                    let contacts = self.contacts(&list, &rows);
                    parts.contact_lists.insert(name, contacts);
                }
                None => {
                    parts.unread_lists.insert(name);
                }
            }
        }
    }

    /// Whom no campaign of the customer calls.
    pub(super) fn read_do_not_call(
        &mut self,
        item: Option<At<DoNotCallForm>>,
        files: &dyn Files,
        parts: &mut CustomerParts,
    ) {
        let Some(item) = item else { return };
        let list = ["do_not_call"];
        self.require_element(Element::OutboundCampaigns, &list);
        let Some(form) = item.value else { return };
        if let Some(rows) = self.rows(&list, (form.numbers, form.file), files, parts) {
            parts.do_not_call = self.numbers(&list, &rows);
        }
    }

    fn rows(
        &mut self,
        list: &[&str],
        form: (Option<Vec<NumberText>>, Option<String>),
        files: &dyn Files,
        parts: &mut CustomerParts,
    ) -> Option<Vec<Row>> {
        match form {
            (Some(numbers), None) => Some(inline("numbers", numbers)),
            (None, Some(file)) => {
                let path = self.source.resolve(&file);
                let text = files.read(&path).map_err(|error| error.to_string());
                let text = text.and_then(|bytes| {
                    parts.contact_files.insert(list.join("/"), bytes.clone());
                    String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
                });
                match text {
                    Ok(text) => Some(rows_of(&file, &text)),
                    Err(error) => {
                        let message = format!("{} cannot be read: {error}", path.display());
                        let mut error = PolicyError::new("file", message);
                        error.hint = Some("correct the path; it is relative to this file".into());
                        self.report(list, error);
                        None
                    }
                }
            }
            _ => {
                let mut error = PolicyError::new("", "a list has numbers, or a file with them");
                error.hint = Some("write { numbers: [\"+32…\"] } or { file: contacts.csv }".into());
                self.report(list, error);
                None
            }
        }
    }

    /// The numbers of a list. Each bad row is one mistake, with its line.
    fn contacts(&mut self, list: &[&str], rows: &[Row]) -> Vec<String> {
        let limit = &limits().outbound.numbers_per_list;
        let (mut seen, mut contacts, mut faults) = (BTreeMap::new(), Vec::new(), Vec::new());
        for (place, text) in rows {
            let fault = match self.contact(text) {
                Ok(number) => match seen.get(&number) {
                    Some(first) => Some(format!("{number} is listed twice, first at {first}")),
                    None => {
                        seen.insert(number.clone(), place.clone());
                        contacts.push(number);
                        let exceeded = limit.check(contacts.len()).err();
                        exceeded.map(|exceeded| format!("this is number {}: {exceeded}", contacts.len()))
                    }
                },
                Err(why) => Some(why),
            };
            faults.extend(fault.map(|fault| (place.as_str(), fault)));
        }
        self.tell(list, faults);
        contacts
    }

    /// The numbers of a Do Not Call list: any telephone number, as often as one likes.
    fn numbers(&mut self, list: &[&str], rows: &[Row]) -> BTreeSet<String> {
        let (mut numbers, mut faults) = (BTreeSet::new(), Vec::new());
        for (place, text) in rows {
            match normalise(text, &self.context.country) {
                Some(number) => drop(numbers.insert(number)),
                None => faults.push((place.as_str(), format!("'{text}' is not a telephone number"))),
            }
        }
        self.tell(list, faults);
        numbers
    }

    /// Reports rows that are wrong, each with its place.
    fn tell(&mut self, list: &[&str], faults: Vec<(&str, String)>) {
        let more = faults.len().saturating_sub(MOST_TOLD);
        for (place, fault) in faults.into_iter().take(MOST_TOLD) {
            let (path, message) = match place.ends_with(']') {
                true => (place, fault),
                false => ("file", format!("{place}: {fault}")),
            };
            let mut error = PolicyError::new(path, message);
            error.hint = Some("correct the row, or remove it".into());
            self.report(list, error);
        }
        if more > 0 {
            self.report(list, PolicyError::new("", format!("{more} more rows are wrong")));
        }
    }

    fn contact(&self, text: &str) -> Result<String, String> {
        if number::is_emergency(text) {
            return Err(format!("{text} is an emergency number"));
        }
        let number = normalise(text, &self.context.country)
            .ok_or_else(|| format!("'{text}' is not a telephone number"))?;
        if number.starts_with(PREMIUM) {
            return Err(format!("{number} is a premium number"));
        }
        Ok(number)
    }
}

/// Numbers that are written in the customer's file itself, below `key`.
fn inline(key: &str, numbers: Vec<NumberText>) -> Vec<Row> {
    let row = |(at, number): (usize, NumberText)| (format!("{key}[{at}]"), number.0);
    numbers.into_iter().enumerate().map(row).collect()
}

/// The first columns of a CSV file, with file and line. A first row without a digit is a heading.
fn rows_of(file: &str, text: &str) -> Vec<Row> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let rows = text.lines().enumerate().filter_map(|(at, line)| {
        let column = line.split([',', ';', '\t']).next()?.trim().trim_matches('"');
        let is_heading = at == 0 && !column.contains(|c: char| c.is_ascii_digit());
        (!line.trim().is_empty() && !is_heading).then(|| (format!("{file}:{}", at + 1), column.to_owned()))
    });
    rows.collect()
}

/// The lists of a campaign one after the other; nobody comes twice.
pub(super) fn merged(lists: &[&Vec<String>]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    lists
        .iter()
        .flat_map(|list| list.iter())
        .filter(|number| seen.insert(number.as_str()))
        .cloned()
        .collect()
}
