//! `"display" <uri>;params` values (From, To, Contact, Route, ...).
use std::fmt;

use crate::{Params, Uri, UriError};

/// A name-addr or addr-spec with the header's parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameAddr {
    /// Display name without quotes and escapes.
    pub display: Option<String>,
    /// The URI as written.
    pub uri: String,
    /// Header parameters (not those of the URI).
    pub params: Params,
}

impl NameAddr {
    /// Reads one value; `None` when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let _ = text;
        todo!()
    }
    /// The `tag` parameter.
    pub fn tag(&self) -> Option<&str> {
        self.param("tag")
    }
    /// A header parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.get(name)
    }
    /// The URI in its parts.
    pub fn parsed_uri(&self) -> Result<Uri, UriError> {
        self.uri.parse()
    }
}

impl fmt::Display for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _ = f;
        todo!()
    }
}
