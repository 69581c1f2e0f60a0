//! The content hash by which versions are known.

use std::fmt::Write;

use serde::Serialize;
use sha2::{Digest, Sha256};

/// The first 16 hex digits of SHA-256 over the JSON form.
///
/// # Panics
/// The content has a map whose keys are no texts; nothing that is hashed has one.
#[must_use]
pub fn content_hash(content: &impl Serialize) -> String {
    let text = serde_json::to_vec(content).expect("maps with text keys always have a JSON form");
    octets_hash(&text)
}

/// The same of octets that are no JSON.
///
/// # Panics
/// Never: a `String` takes everything.
#[must_use]
pub fn octets_hash(octets: &[u8]) -> String {
    let digest = Sha256::digest(octets);
    digest
        .iter()
        .take(8)
        .fold(String::with_capacity(16), |mut hex, octet| {
            write!(hex, "{octet:02x}").expect("a String takes everything");
            hex
        })
}
