//! Route sets: loose routing, and the strict router of RFC 2543 as first hop (RFC 3261 sections 12.2.1.1 and
//! 16.12.1).
use std::borrow::Cow;
use std::net::SocketAddr;

use crate::{NameAddr, Uri};

/// Route values in the order in which requests pass them. Empty for most trunks, then nothing is allocated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RouteSet {
    values: Vec<String>,
    /// URI of the first value.
    first: String,
    /// The first hop does not know loose routing.
    strict: bool,
}

impl RouteSet {
    /// In the order of Record-Route, as the callee sees it. Values that are no addresses are left out.
    pub(super) fn of<'a>(values: impl Iterator<Item = Cow<'a, str>>) -> Self {
        Self::new(
            values
                .filter(|value| NameAddr::parse(value).is_some())
                .map(Cow::into_owned)
                .collect(),
        )
    }

    /// Against the order of Record-Route, as the caller sees it.
    pub(super) fn reversed<'a>(values: impl Iterator<Item = Cow<'a, str>>) -> Self {
        let mut set = Self::of(values);
        if set.values.len() < 2 {
            return set;
        }
        set.values.reverse();
        Self::new(set.values)
    }

    fn new(values: Vec<String>) -> Self {
        let first = values
            .first()
            .and_then(|value| NameAddr::parse(value))
            .map(|value| value.uri);
        let first = first.unwrap_or_default();
        let strict = !first.is_empty() && !first.parse::<Uri>().is_ok_and(|uri| uri.params.has("lr"));
        Self {
            values,
            first,
            strict,
        }
    }

    /// The values, in order.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(String::as_str)
    }

    /// URI of the first hop.
    pub(super) fn first(&self) -> Option<&str> {
        (!self.first.is_empty()).then_some(self.first.as_str())
    }

    /// Request-URI and Route values of a request to `target`.
    pub(super) fn apply<'a>(&'a self, target: &'a str) -> (&'a str, impl Iterator<Item = Cow<'a, str>>) {
        let skipped = usize::from(self.strict);
        let last = self.strict.then(|| Cow::Owned(format!("<{target}>")));
        let uri = if self.strict { bare(&self.first) } else { target };
        (
            uri,
            self.values
                .iter()
                .skip(skipped)
                .map(|value| Cow::Borrowed(value.as_str()))
                .chain(last),
        )
    }
}

/// A URI without headers, which may not stand in a Request-URI.
fn bare(uri: &str) -> &str {
    uri.split_once('?').map_or(uri, |(uri, _)| uri)
}

/// A Contact URI as Request-URI: no headers, no `method` parameter (RFC 3261 section 19.1.1, table 1).
pub(super) fn as_request_uri(uri: &str) -> Cow<'_, str> {
    if !uri.contains('?') && !uri.contains(";method=") {
        return Cow::Borrowed(uri);
    }
    let Ok(mut parsed) = uri.parse::<Uri>() else {
        return Cow::Borrowed(uri);
    };
    parsed.headers = None;
    parsed.params.remove("method");
    Cow::Owned(parsed.to_string())
}

/// The literal address of a URI.
pub(super) fn address(uri: &str) -> Option<SocketAddr> {
    uri.parse::<Uri>().ok()?.socket_addr()
}
