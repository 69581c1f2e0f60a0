//! The content hash of a tree and of everything it names.

use std::collections::BTreeMap;
use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::customer::Site;
use crate::tree::{Calendar, List, Tree};

/// The first 16 hex digits of SHA-256 over the tree and the sites, lists and calendars it names: two trees that could
/// decide differently have different versions. What an announcement says is not part of a decision.
pub(crate) fn version_of(
    tree: &Tree,
    sites: &BTreeMap<String, Site>,
    lists: &BTreeMap<String, List>,
    calendars: &BTreeMap<String, Calendar>,
) -> String {
    let text = serde_json::to_vec(&(
        &tree.name,
        &tree.zone,
        &tree.start,
        &tree.nodes,
        sites,
        lists,
        calendars,
    ));
    let digest = Sha256::digest(text.expect("maps with text keys always have a JSON form"));
    digest
        .iter()
        .take(8)
        .fold(String::with_capacity(16), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("a String takes everything");
            hex
        })
}
