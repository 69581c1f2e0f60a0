//! `"display" <uri>;params` values (From, To, Contact, Route, ...; RFC 3261 section 20.10).
use std::fmt;

use crate::syntax::{self, unquote};
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
        let span = syntax::address(text.as_bytes()).ok()?;
        let (params, end) = Params::read(text, span.params).ok()?;
        if end != text.len() {
            return None;
        }
        let display = text.get(span.display)?;
        Some(Self {
            display: (!display.is_empty())
                .then(|| unquote(display))
                .filter(|name| !name.is_empty()),
            uri: text.get(span.uri)?.to_owned(),
            params,
        })
    }

    /// Display name (without quotes and escapes) and URI (as written) of a value, without its parameters.
    pub fn display_and_uri(text: &str) -> Option<(Option<String>, &str)> {
        let span = syntax::address(text.as_bytes()).ok()?;
        let display = Some(text.get(span.display)?).filter(|name| !name.is_empty());
        let display = display.map(unquote).filter(|name| !name.is_empty());
        Some((display, text.get(span.uri)?))
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
    ///
    /// # Errors
    /// The URI does not follow the grammar.
    pub fn parsed_uri(&self) -> Result<Uri, UriError> {
        self.uri.parse()
    }
}

impl fmt::Display for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(display) = &self.display {
            f.write_str("\"")?;
            for char in display.chars() {
                if matches!(char, '"' | '\\') {
                    f.write_str("\\")?;
                }
                write!(f, "{char}")?;
            }
            f.write_str("\" ")?;
        }
        write!(f, "<{}>{}", self.uri, self.params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> NameAddr {
        NameAddr::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn reads_the_three_forms() {
        let quoted = parse("\"J \\\"Rosenberg\\\" <x>;,\"  <sip:jd@example.com;lr>\r\n ; tag = 98");
        assert_eq!(quoted.display.as_deref(), Some("J \"Rosenberg\" <x>;,"));
        assert_eq!(quoted.uri, "sip:jd@example.com;lr");
        assert_eq!(quoted.tag(), Some("98"));

        let words = parse("A. G. Bell<sip:a.g.bell@example.com>;tag=1");
        assert_eq!(words.display.as_deref(), Some("A. G. Bell"));

        let bare = parse("sip:+1972@gw1.example.net;tag=x;p=\"<y>\"");
        assert_eq!(bare.display, None);
        assert_eq!(bare.uri, "sip:+1972@gw1.example.net");
        assert_eq!(bare.param("p"), Some("\"<y>\""));
    }

    #[test]
    fn writes_what_it_reads_back() {
        for text in [
            "\"back\\\\slash \\\"q\\\"\" <sip:a@b>;tag=1;x=\"y z\"",
            "<tel:+3225551234>",
            "sip:a@b;tag=2",
            "\"\" <sip:a@b>",
            "Jos\u{e9} <sip:a@b>",
        ] {
            let value = parse(text);
            assert_eq!(parse(&value.to_string()), value, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_address() {
        for text in [
            "",
            "Bell, Alexander <sip:a@b>",
            "\"open <sip:a@b>",
            "\"name\" sip:a@b",
            "< sip:a@b>",
            "<sip:a@b >",
            "<sip:a@b",
            "<>",
            "sip:a@b?Route=x",
            "sip:a@b, sip:c@d",
            "no-scheme",
            "<sip:a@b> junk",
            "<sip:a@b>;;",
            "<sip:a@b>;x, <sip:c@d>",
        ] {
            assert_eq!(NameAddr::parse(text), None, "{text}");
        }
    }
}
