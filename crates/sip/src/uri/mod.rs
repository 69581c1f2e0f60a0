//! SIP, SIPS, tel and other URIs (RFC 3261 section 19.1, RFC 3966).
mod compare;
mod escape;
mod split;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::{fmt, str::FromStr};

use crate::Params;
pub(crate) use split::{sip_parts, split_scheme};

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

impl Scheme {
    /// The scheme as it is written, without the colon.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Sip => "sip",
            Self::Sips => "sips",
            Self::Tel => "tel",
            Self::Other(scheme) => scheme,
        }
    }
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
    /// Host; IPv6 with its brackets. Empty for `tel:`; the opaque rest of a URI of another scheme.
    pub host: String,
    /// Port.
    pub port: Option<u16>,
    /// `;` parameters, without their escapes.
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
    /// A character that may not stand there, or an escape that is none or does not give UTF-8.
    #[error("the URI has a character that must be escaped")]
    BadCharacter,
}

impl Uri {
    /// The address when the host is a literal (default port 5060, 5061 for sips).
    pub fn socket_addr(&self) -> Option<SocketAddr> {
        let port = match self.scheme {
            Scheme::Sip => self.port.unwrap_or(5060),
            Scheme::Sips => self.port.unwrap_or(5061),
            Scheme::Tel | Scheme::Other(_) => return None,
        };
        let bare = self
            .host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(&self.host);
        bare.parse::<IpAddr>()
            .ok()
            .map(|address| SocketAddr::new(address, port))
    }

    /// User (without its escapes) and host of a URI: all that many readers want, without a value for each of the
    /// other parts.
    ///
    /// # Errors
    /// The URI cannot be read as far as that.
    pub fn user_and_host(text: &str) -> Result<(Option<String>, Cow<'_, str>), UriError> {
        match split_scheme(text) {
            Some((scheme, rest)) if ["sip", "sips"].iter().any(|sip| scheme.eq_ignore_ascii_case(sip)) => {
                let parts = sip_parts(rest.as_bytes())?;
                let text = |span: std::ops::Range<usize>| rest.get(span).ok_or(UriError::BadCharacter);
                let user = parts.user.map(|span| escape::unescape(text(span)?)).transpose()?;
                Ok((user, Cow::Borrowed(text(parts.host)?)))
            }
            _ => text.parse().map(|uri: Self| (uri.user, Cow::Owned(uri.host))),
        }
    }

    /// Equality of RFC 3261 section 19.1.4 (sip, sips) and RFC 3966 section 4 (tel); other schemes compare
    /// as text.
    pub fn equivalent(&self, other: &Self) -> bool {
        compare::equivalent(self, other)
    }

    fn of_sip(scheme: Scheme, rest: &str) -> Result<Self, UriError> {
        let parts = sip_parts(rest.as_bytes())?;
        let text = |span: std::ops::Range<usize>| rest.get(span).ok_or(UriError::BadCharacter);
        let unescaped = |span: Option<std::ops::Range<usize>>| match span {
            Some(span) => escape::unescape(text(span)?).map(Some),
            None => Ok(None),
        };
        Ok(Self {
            scheme,
            user: unescaped(parts.user)?,
            password: unescaped(parts.password)?,
            host: text(parts.host)?.to_owned(),
            port: parts.port,
            params: params(text(parts.params)?)?,
            headers: match parts.headers {
                Some(span) => Some(text(span)?.to_owned()),
                None => None,
            },
        })
    }

    fn of_tel(rest: &str) -> Result<Self, UriError> {
        let (number, list) = rest.split_at(rest.find(';').unwrap_or(rest.len()));
        let allowed = |octet: u8| octet.is_ascii_hexdigit() || b"+-.()*#".contains(&octet);
        if number.is_empty() || !number.bytes().all(allowed) {
            return Err(UriError::BadCharacter);
        }
        if !list.bytes().all(split::is_plain) {
            return Err(UriError::BadCharacter);
        }
        Ok(Self {
            scheme: Scheme::Tel,
            user: Some(number.to_owned()),
            password: None,
            host: String::new(),
            port: None,
            params: params(list)?,
            headers: None,
        })
    }
}

/// URI parameters; empty ones are passed over, of two with one name the first counts.
fn params(list: &str) -> Result<Params, UriError> {
    let mut params = Params::default();
    for item in list.split(';').filter(|item| !item.is_empty()) {
        let (name, value) = match item.split_once('=') {
            Some((name, value)) => (name, Some(escape::unescape(value)?)),
            None => (item, None),
        };
        let name = escape::unescape(name)?;
        if name.is_empty() {
            return Err(UriError::BadCharacter);
        }
        params.push(name, value);
    }
    Ok(params)
}

impl FromStr for Uri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        let (scheme, rest) = split_scheme(text).ok_or(UriError::NoScheme)?;
        if scheme.eq_ignore_ascii_case("sip") {
            return Self::of_sip(Scheme::Sip, rest);
        }
        if scheme.eq_ignore_ascii_case("sips") {
            return Self::of_sip(Scheme::Sips, rest);
        }
        if scheme.eq_ignore_ascii_case("tel") {
            return Self::of_tel(rest);
        }
        if rest.is_empty() || !rest.bytes().all(split::is_plain) {
            return Err(UriError::BadCharacter);
        }
        Ok(Self {
            scheme: Scheme::Other(scheme.to_owned()),
            user: None,
            password: None,
            host: rest.to_owned(),
            port: None,
            params: Params::default(),
            headers: None,
        })
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.scheme.as_str())?;
        match self.scheme {
            Scheme::Other(_) => return f.write_str(&self.host),
            Scheme::Tel => f.write_str(self.user.as_deref().unwrap_or(""))?,
            Scheme::Sip | Scheme::Sips => {
                if let Some(user) = &self.user {
                    escape::write(f, user, escape::USER)?;
                    if let Some(password) = &self.password {
                        f.write_str(":")?;
                        escape::write(f, password, escape::PASSWORD)?;
                    }
                    f.write_str("@")?;
                }
                f.write_str(&self.host)?;
                if let Some(port) = self.port {
                    write!(f, ":{port}")?;
                }
            }
        }
        for (name, value) in self.params.iter() {
            f.write_str(";")?;
            escape::write(f, name, escape::PARAM)?;
            if let Some(value) = value {
                f.write_str("=")?;
                escape::write(f, value, escape::PARAM)?;
            }
        }
        match &self.headers {
            Some(headers) => write!(f, "?{headers}"),
            None => Ok(()),
        }
    }
}
