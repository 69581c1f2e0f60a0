//! What kind of message a datagram is, from its first bytes: enough to count it.

/// Labels of the kinds, in the order of their numbers. A bounded set: safe as metrics labels.
pub(crate) const LABELS: [&str; 22] = [
    "INVITE",
    "ACK",
    "BYE",
    "CANCEL",
    "OPTIONS",
    "INFO",
    "UPDATE",
    "PRACK",
    "REGISTER",
    "REFER",
    "NOTIFY",
    "SUBSCRIBE",
    "MESSAGE",
    "PUBLISH",
    "1xx",
    "2xx",
    "3xx",
    "4xx",
    "5xx",
    "6xx",
    "keep-alive",
    "other",
];

/// How many of [`LABELS`] are methods.
const METHODS: usize = 14;
const KEEP_ALIVE: usize = 20;
const OTHER: usize = 21;

/// Index into [`LABELS`].
pub(crate) fn kind_of(datagram: &[u8]) -> usize {
    if let Some(status) = datagram.strip_prefix(b"SIP/2.0 ") {
        return match status.first() {
            Some(class @ b'1'..=b'6') => METHODS + usize::from(class - b'1'),
            _ => OTHER,
        };
    }
    if datagram.iter().all(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
        return KEEP_ALIVE;
    }
    let method = datagram.split(|&byte| byte == b' ').next().unwrap_or_default();
    LABELS[..METHODS]
        .iter()
        .position(|label| label.as_bytes() == method)
        .unwrap_or(OTHER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_apart_by_their_first_bytes() {
        for (datagram, label) in [
            ("INVITE sip:2000@127.0.0.1 SIP/2.0\r\n", "INVITE"),
            ("BYE sip:a@b SIP/2.0\r\n", "BYE"),
            ("PUBLISH sip:a@b SIP/2.0\r\n", "PUBLISH"),
            ("SIP/2.0 100 Trying\r\n", "1xx"),
            ("SIP/2.0 603 Decline\r\n", "6xx"),
            ("SIP/2.0 700 Odd\r\n", "other"),
            ("SIP/2.0 ", "other"),
            ("PING sip:a@b SIP/2.0\r\n", "other"),
            ("\r\n\r\n", "keep-alive"),
            ("", "keep-alive"),
            ("invite sip:a@b SIP/2.0\r\n", "other"),
        ] {
            assert_eq!(LABELS[kind_of(datagram.as_bytes())], label, "{datagram:?}");
        }
    }
}
