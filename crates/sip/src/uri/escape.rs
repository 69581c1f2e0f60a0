//! Percent escapes (RFC 3261 section 25.1, `escaped`).
use std::fmt;

use super::UriError;

/// May stand unescaped in a user part, beside letters and digits.
pub(super) const USER: &[u8] = b"-_.!~*'()&=+$,;?/";
/// May stand unescaped in a password.
pub(super) const PASSWORD: &[u8] = b"-_.!~*'()&=+$,";
/// May stand unescaped in a parameter.
pub(super) const PARAM: &[u8] = b"-_.!~*'()[]/:&+$";

/// `text` with its escapes resolved.
pub(super) fn unescape(text: &str) -> Result<String, UriError> {
    if !text.contains('%') {
        return Ok(text.to_owned());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut octets = text.bytes();
    while let Some(octet) = octets.next() {
        if octet == b'%' {
            let high = octets.next().and_then(hex).ok_or(UriError::BadCharacter)?;
            let low = octets.next().and_then(hex).ok_or(UriError::BadCharacter)?;
            out.push(high << 4 | low);
        } else {
            out.push(octet);
        }
    }
    String::from_utf8(out).map_err(|_| UriError::BadCharacter)
}

fn hex(octet: u8) -> Option<u8> {
    char::from(octet)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// Writes `text`, escaping all but letters, digits and `plain`.
pub(super) fn write(f: &mut fmt::Formatter<'_>, text: &str, plain: &[u8]) -> fmt::Result {
    for octet in text.bytes() {
        if octet.is_ascii_alphanumeric() || plain.contains(&octet) {
            write!(f, "{}", char::from(octet))?;
        } else {
            write!(f, "%{octet:02X}")?;
        }
    }
    Ok(())
}
