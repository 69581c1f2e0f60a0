//! SIP, SIPS, tel and other URIs.
use std::{fmt, net::SocketAddr, str::FromStr};

use crate::Params;

/// The scheme of a URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scheme {
    /// `sip:` (RFC 3261 section 19.1).
    Sip,
    /// `sips:`.
    Sips,
    /// `tel:` (RFC 3966).
    Tel,
    /// Anything else, as written.
    Other(String),
}

/// A parsed URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uri {
    /// Scheme.
    pub scheme: Scheme,
    /// The user part without its escapes; the number of a `tel:` URI.
    pub user: Option<String>,
    /// The password part without its escapes.
    pub password: Option<String>,
    /// Host; IPv6 with its brackets. The opaque rest of a URI of another scheme.
    pub host: String,
    /// Port.
    pub port: Option<u16>,
    /// `;` parameters.
    pub params: Params,
    /// What follows `?`, as written.
    pub headers: Option<String>,
}

/// Why a URI could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// No `scheme:` at the start.
    #[error("the URI has no scheme")]
    NoScheme,
    /// Bad or missing host.
    #[error("the URI has no valid host")]
    BadHost,
    /// Port is not 0..=65535.
    #[error("the URI has no valid port")]
    BadPort,
    /// A character that may not stand there, or a bad escape.
    #[error("the URI has a character that must be escaped")]
    BadCharacter,
}

impl Uri {
    /// The address when the host is a literal (default port 5060, 5061 for sips).
    pub fn socket_addr(&self) -> Option<SocketAddr> {
        todo!()
    }
    /// Equality of RFC 3261 section 19.1.4.
    pub fn equivalent(&self, other: &Self) -> bool {
        let _ = other;
        todo!()
    }
}

impl FromStr for Uri {
    type Err = UriError;
    fn from_str(text: &str) -> Result<Self, UriError> {
        let _ = text;
        todo!()
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _ = f;
        todo!()
    }
}
