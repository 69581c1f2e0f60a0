//! What a customer has: the names that policies may refer to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use pointsman_contract::Contract;
use serde::Serialize;

use crate::acm::GroupSetup;
use crate::tree::{Calendar, List, Trm};

/// Everything of one customer (or of the node, for node-level numbers) that a policy may name.
#[derive(Debug, Clone, Default)]
pub struct CustomerContext {
    /// Name of the customer, "" for the node itself.
    pub customer: String,
    /// What the customer bought; `None` for the node itself, and where the contract could not be read.
    pub contract: Option<Contract>,
    /// Country code without plus, such as "32"; national numbers are read with it.
    pub country: String,
    /// Time zone of the customer, such as "Europe/Brussels".
    pub zone: String,
    /// Trunks of the node.
    pub trunks: BTreeSet<String>,
    /// Sites by name.
    pub sites: BTreeMap<String, Site>,
    /// Caller lists by name.
    pub lists: BTreeMap<String, List>,
    /// Calendars by name.
    pub calendars: BTreeMap<String, Calendar>,
    /// Announcements by name.
    pub announcements: BTreeMap<String, Announcement>,
    /// Skill groups by name.
    pub groups: BTreeMap<String, GroupSetup>,
    /// What the node itself can say, such as `fr/digit-1`.
    pub spoken: BTreeSet<String>,
    /// Numbers bound to each tree; "*" in a set means that any number may arrive there.
    pub bound: BTreeMap<String, BTreeSet<String>>,
    /// Trees that compiled.
    pub trees: BTreeMap<String, Arc<Trm>>,
    /// What is declared but could not be read (its mistake is reported elsewhere): referring to it is no second mistake.
    pub unread: BTreeSet<(Kind, String)>,
}

/// What a name names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A trunk of the node.
    Trunk,
    /// A site.
    Site,
    /// A caller list.
    List,
    /// A calendar.
    Calendar,
    /// An announcement.
    Announcement,
    /// A routing tree.
    Tree,
    /// A skill group.
    Group,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Trunk => "trunk",
            Self::Site => "site",
            Self::List => "list",
            Self::Calendar => "calendar",
            Self::Announcement => "announcement",
            Self::Tree => "tree",
            Self::Group => "skill group",
        })
    }
}

impl CustomerContext {
    /// Can this be said to a caller of this customer?
    pub fn can_say(&self, name: &str) -> bool {
        self.announcements.contains_key(name) || self.spoken.contains(name)
    }
}

/// A place of the customer where calls are taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Site {
    /// Trunk that leads to it.
    pub trunk: String,
    /// Number (or literal user) to dial there.
    pub number: String,
}

/// A sound file of the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Announcement {
    /// Path as written, relative to the customer's file.
    pub file: String,
    /// Language code such as "nl".
    pub language: Option<String>,
}
