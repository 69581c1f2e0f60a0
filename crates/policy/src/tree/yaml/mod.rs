//! How trees, calendars, lists, sites and announcements are written in YAML.
//!
//! Each form is decoded on its own, so that a mistake hides at most the rest of its own item; then its `read` makes
//! data of it and reports what serde cannot see.

mod calendar;
mod node;
mod queue;
mod scalar;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

pub use calendar::{CalendarForm, OpenForm, WeekForm};
pub use node::{
    AnnounceForm, CalledBranchForm, CalledForm, CallerBranchForm, CallerForm, DialForm, EmptyForm, ExitsForm,
    NodeForm, NodeKindForm, RejectForm, TargetForm, TimeForm,
};
pub use queue::{PositionForm, QueueExitsForm, QueueForm};
pub use scalar::{DateText, Day, NumberText, Ring, Wait};

use crate::customer::{Announcement, Site};
use crate::number;
use crate::registry::PolicyError;
use crate::tree::List;

/// The frame of a tree; its nodes are decoded one by one as [`NodeForm`].
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TreeForm {
    /// Time zone, if another than the customer's.
    pub zone: Option<String>,
    /// Node where calls begin.
    pub start: String,
    /// Nodes by name.
    #[schemars(with = "BTreeMap<String, NodeForm>")]
    pub nodes: BTreeMap<String, serde_yaml::Value>,
}

/// A list of callers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListForm {
    /// Exact numbers.
    #[serde(default)]
    pub numbers: Vec<NumberText>,
    /// Beginnings of numbers.
    #[serde(default)]
    pub prefixes: Vec<NumberText>,
}

/// A place of the customer where calls are taken.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteForm {
    /// Trunk that leads to it.
    pub trunk: String,
    /// Number to dial there.
    pub number: NumberText,
}

/// A sound file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnouncementForm {
    /// WAV file, 8 bit, 11.025 kHz, mono; relative to this file.
    pub file: String,
    /// Language spoken.
    pub language: Option<Language>,
}

/// A language of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Dutch.
    Nl,
    /// French.
    Fr,
    /// German.
    De,
    /// English.
    En,
}

impl Language {
    /// The code as written: "nl".
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nl => "nl",
            Self::Fr => "fr",
            Self::De => "de",
            Self::En => "en",
        }
    }
}

impl ListForm {
    /// The list; numbers are normalised with `country`.
    ///
    /// # Errors
    /// Every entry that is no number.
    pub fn read(self, country: &str) -> Result<List, Vec<PolicyError>> {
        let mut faults = Vec::new();
        let numbers = read_numbers(self.numbers, "numbers", country, &mut faults);
        let prefixes = read_prefixes(self.prefixes, "prefixes", country, &mut faults);
        done(
            List {
                numbers: numbers.into_iter().collect(),
                prefixes: prefixes.into_iter().collect(),
            },
            faults,
        )
    }
}

impl SiteForm {
    /// The site; its number is normalised with `country`.
    ///
    /// # Errors
    /// A number that is none.
    pub fn read(self, country: &str) -> Result<Site, Vec<PolicyError>> {
        let mut faults = Vec::new();
        let number = read_number(self.number, "number".into(), country, &mut faults);
        done(
            Site {
                trunk: self.trunk,
                number,
            },
            faults,
        )
    }
}

impl AnnouncementForm {
    /// The announcement.
    ///
    /// # Errors
    /// An empty file name.
    pub fn read(self) -> Result<Announcement, Vec<PolicyError>> {
        let mut faults = Vec::new();
        if self.file.trim().is_empty() {
            faults.push(fault(
                "file".into(),
                "no file is named",
                "write the path of a WAV file",
            ));
        }
        let language = self.language.map(|language| language.as_str().to_owned());
        done(
            Announcement {
                file: self.file,
                language,
            },
            faults,
        )
    }
}

fn done<T>(value: T, faults: Vec<PolicyError>) -> Result<T, Vec<PolicyError>> {
    if faults.is_empty() { Ok(value) } else { Err(faults) }
}

fn fault(path: String, message: impl Into<String>, hint: impl Into<String>) -> PolicyError {
    PolicyError {
        path,
        message: message.into(),
        hint: Some(hint.into()),
    }
}

fn read_numbers(
    raw: Vec<NumberText>,
    path: &str,
    country: &str,
    faults: &mut Vec<PolicyError>,
) -> Vec<String> {
    let numbered = raw.into_iter().enumerate();
    numbered
        .map(|(index, raw)| read_number(raw, format!("{path}[{index}]"), country, faults))
        .collect()
}

/// A number made E.164; what does not look like an international number stays a short number or literal user.
fn read_number(raw: NumberText, path: String, country: &str, faults: &mut Vec<PolicyError>) -> String {
    let NumberText(raw) = raw;
    if let Some(number) = number::normalise(&raw, country) {
        return number;
    }
    if raw.starts_with('+') || raw.starts_with("00") || raw.contains(char::is_whitespace) {
        let hint = "write 7 to 15 digits after the plus, such as \"+3232000100\"";
        faults.push(fault(path, format!("'{raw}' is not a telephone number"), hint));
    }
    raw
}

fn read_prefixes(
    raw: Vec<NumberText>,
    path: &str,
    country: &str,
    faults: &mut Vec<PolicyError>,
) -> Vec<String> {
    let numbered = raw.into_iter().enumerate();
    let read = numbered.map(|(index, NumberText(raw))| {
        number::normalise_prefix(&raw, country).unwrap_or_else(|| {
            let message = format!("'{raw}' is not the beginning of a telephone number");
            faults.push(fault(
                format!("{path}[{index}]"),
                message,
                "write it like \"+32470\" or \"0470\"",
            ));
            raw
        })
    });
    read.collect()
}
