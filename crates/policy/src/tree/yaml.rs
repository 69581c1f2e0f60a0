//! How trees, calendars, lists, sites and announcements are written in YAML.
//!
//! Each form is decoded on its own (`serde_yaml::from_value`, under `serde_path_to_error` if you like), then made data
//! by its `read`, which reports what serde cannot see.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::customer::{Announcement, Site};
use crate::registry::PolicyError;
use crate::tree::{Calendar, List, Node};

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

/// One node: a map with one key that names its kind.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct NodeForm {}

/// A calendar.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarForm {}

/// A list of callers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListForm {}

/// A site.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteForm {}

/// An announcement.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnouncementForm {}

impl NodeForm {
    /// The node; numbers are normalised with `country`.
    ///
    /// # Errors
    /// What serde cannot see, each with its path inside the node.
    pub fn read(self, country: &str) -> Result<Node, Vec<PolicyError>> {
        let _ = country;
        todo!()
    }
}

impl CalendarForm {
    /// The calendar.
    ///
    /// # Errors
    /// What serde cannot see, each with its path inside the calendar.
    pub fn read(self) -> Result<Calendar, Vec<PolicyError>> {
        todo!()
    }
}

impl ListForm {
    /// The list; numbers are normalised with `country`.
    ///
    /// # Errors
    /// What serde cannot see, each with its path inside the list.
    pub fn read(self, country: &str) -> Result<List, Vec<PolicyError>> {
        let _ = country;
        todo!()
    }
}

impl SiteForm {
    /// The site; its number is normalised with `country`.
    ///
    /// # Errors
    /// What serde cannot see, each with its path inside the site.
    pub fn read(self, country: &str) -> Result<Site, Vec<PolicyError>> {
        let _ = country;
        todo!()
    }
}

impl AnnouncementForm {
    /// The announcement.
    ///
    /// # Errors
    /// What serde cannot see, each with its path inside the announcement.
    pub fn read(self) -> Result<Announcement, Vec<PolicyError>> {
        todo!()
    }
}
