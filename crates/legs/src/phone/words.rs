//! Small pieces of SIP text.

use std::fmt::Write;
use std::net::SocketAddr;

use pointsman_sip::{Message, Name, NameAddr, Scheme, Uri};

/// Methods a phone understands.
pub(super) const ALLOW: &str = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK";

/// Value of User-Agent and Server.
pub(super) const PRODUCT: &str = "Pointsman-Legs";

/// A user part: what RFC 3261 does not let stand there is written as %XX.
pub(super) fn escape_user(user: &str) -> String {
    let mut text = String::with_capacity(user.len());
    for byte in user.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// Our Contact.
pub(super) fn contact(user: &str, sip: SocketAddr) -> String {
    match user {
        "" => format!("<sip:{sip}>"),
        user => format!("<sip:{}@{sip}>", escape_user(user)),
    }
}

/// The number a URI names; empty when it names none.
pub(super) fn user_of_uri(uri: &str) -> String {
    let Ok(uri) = uri.parse::<Uri>() else {
        return String::new();
    };
    match uri.user {
        Some(user) => user,
        None if uri.scheme == Scheme::Tel => uri.host,
        None => String::new(),
    }
}

/// The number in From or a header like it; `None` when it is withheld (RFC 3323, 4.1.1.3).
pub(super) fn user_of_header(message: &Message, name: Name) -> Option<String> {
    let header = NameAddr::parse(&message.header(name)?)?;
    let user = user_of_uri(&header.uri);
    let hidden = user.is_empty() || user.eq_ignore_ascii_case("anonymous");
    (!hidden).then_some(user)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_part_is_escaped_where_it_must_be() {
        assert_eq!(escape_user("+3232000100"), "+3232000100");
        assert_eq!(escape_user("jan peeters@home"), "jan%20peeters%40home");
        assert_eq!(escape_user("a;b"), "a;b");
    }

    #[test]
    fn a_contact_names_the_user_if_there_is_one() {
        let sip = "127.0.0.1:5070".parse().expect("an address");
        assert_eq!(contact("+32", sip), "<sip:+32@127.0.0.1:5070>");
        assert_eq!(contact("", sip), "<sip:127.0.0.1:5070>");
    }
}
