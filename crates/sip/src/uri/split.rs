//! Where the parts of a SIP URI stand; allocates nothing, so the scanner uses it on every Request-URI.
use std::ops::Range;

use super::UriError;
use crate::syntax;

/// Positions of the parts after `sip:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SipParts {
    pub(crate) user: Option<Range<usize>>,
    pub(crate) password: Option<Range<usize>>,
    pub(crate) host: Range<usize>,
    pub(crate) port: Option<u16>,
    /// With the leading semicolon, or empty.
    pub(crate) params: Range<usize>,
    /// Without the question mark.
    pub(crate) headers: Option<Range<usize>>,
}

/// Characters that may stand unescaped somewhere in a URI; those that may not stand in their own part are
/// accepted, for phones send them, and are escaped when written.
pub(crate) const fn is_plain(octet: u8) -> bool {
    octet > b' ' && octet != 0x7f && !matches!(octet, b'<' | b'>' | b'"')
}

/// Splits `scheme:rest` (RFC 3986 section 3.1).
pub(crate) fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let mut octets = scheme.bytes();
    let first = octets.next()?;
    let valid = first.is_ascii_alphabetic()
        && octets.all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'-' | b'.'));
    valid.then_some((scheme, rest))
}

/// Finds the parts of `user:password@host:port;params?headers`.
pub(crate) fn sip_parts(text: &[u8]) -> Result<SipParts, UriError> {
    if !text.iter().all(|octet| is_plain(*octet)) {
        return Err(UriError::BadCharacter);
    }
    // Neither parameters nor headers may hold a bare @, so the first one ends the user part
    // (RFC 4475 section 3.1.1.9).
    let mut user = None;
    let mut password = None;
    let mut start = 0;
    if let Some(at) = memchr::memchr(b'@', text) {
        if at == 0 {
            return Err(UriError::BadHost);
        }
        let colon = memchr::memchr(b':', &text[..at]);
        user = Some(0..colon.unwrap_or(at));
        password = colon.map(|colon| colon + 1..at);
        start = at + 1;
    }
    let host = syntax::host(text, start).ok_or(UriError::BadHost)?;
    let mut at = host.end;
    let mut port = None;
    if text.get(at) == Some(&b':') {
        let end = text[at + 1..].iter().position(|octet| !octet.is_ascii_digit());
        let end = end.map_or(text.len(), |offset| at + 1 + offset);
        let value = syntax::number(&text[at + 1..end]).and_then(|port| u16::try_from(port).ok());
        port = Some(value.ok_or(UriError::BadPort)?);
        at = end;
    }
    match text.get(at) {
        None | Some(b';' | b'?') => {}
        Some(_) if port.is_some() => return Err(UriError::BadPort),
        Some(_) => return Err(UriError::BadHost),
    }
    let question = memchr::memchr(b'?', &text[at..]).map(|offset| at + offset);
    Ok(SipParts {
        user,
        password,
        host,
        port,
        params: at..question.unwrap_or(text.len()),
        headers: question.map(|question| question + 1..text.len()),
    })
}
