//! The content hash of a tree and of everything it names.

use std::collections::BTreeMap;

use crate::customer::Site;
use crate::hash::content_hash;
use crate::tree::{Calendar, List, Tree};

/// The first 16 hex digits of SHA-256 over the tree and the sites, lists and calendars it names: two trees that could
/// decide differently have different versions. What an announcement says is not part of a decision.
pub(crate) fn version_of(
    tree: &Tree,
    sites: &BTreeMap<String, Site>,
    lists: &BTreeMap<String, List>,
    calendars: &BTreeMap<String, Calendar>,
) -> String {
    content_hash(&(
        &tree.name,
        &tree.zone,
        &tree.start,
        &tree.nodes,
        sites,
        lists,
        calendars,
    ))
}
