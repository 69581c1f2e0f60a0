//! Header octets as text.
use std::borrow::Cow;

use crate::syntax::is_blank;

/// The longest prefix of `octets` that is UTF-8.
pub(super) fn valid_prefix(octets: &[u8]) -> &str {
    match std::str::from_utf8(octets) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&octets[..error.valid_up_to()]).unwrap_or(""),
    }
}

/// A header value as text: each fold becomes one space (RFC 3261 section 7.3.1), invalid UTF-8 is replaced.
pub(super) fn unfold(octets: &[u8]) -> Cow<'_, str> {
    if memchr::memchr(b'\n', octets).is_none() {
        return match std::str::from_utf8(octets) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(octets),
        };
    }
    let mut joined = Vec::with_capacity(octets.len());
    let mut rest = octets;
    while let Some(end) = memchr::memchr(b'\n', rest) {
        let line = &rest[..end];
        let kept = line
            .iter()
            .rposition(|octet| !is_blank(*octet))
            .map_or(0, |last| last + 1);
        joined.extend_from_slice(&line[..kept]);
        joined.push(b' ');
        let next = rest[end..]
            .iter()
            .position(|octet| !is_blank(*octet))
            .map_or(rest.len(), |at| end + at);
        rest = &rest[next..];
    }
    joined.extend_from_slice(rest);
    Cow::Owned(String::from_utf8_lossy(&joined).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fold_is_one_space() {
        assert_eq!(unfold(b"a \r\n \t b\n c"), "a b c");
        assert_eq!(unfold(b"0009\r\n  INVITE"), "0009 INVITE");
        assert!(matches!(unfold(b"a  b"), Cow::Borrowed("a  b")));
    }

    #[test]
    fn invalid_utf8_is_replaced_or_cut() {
        assert_eq!(unfold(b"J\xf6rg"), "J\u{fffd}rg");
        assert_eq!(valid_prefix(b"ok \xff no"), "ok ");
    }
}
