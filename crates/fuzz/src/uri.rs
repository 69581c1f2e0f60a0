//! Text as a URI, as an address and as a Via.

use pointsman_sip::{NameAddr, Uri, Via};

/// What is read can be written and read again, and is no longer than its escapes make it.
pub fn uri(octets: &[u8]) {
    let text = String::from_utf8_lossy(octets);
    if let Ok(uri) = text.parse::<Uri>() {
        let written = uri.to_string();
        assert_eq!(
            written.parse::<Uri>().as_ref(),
            Ok(&uri),
            "{text:?} as {written:?}"
        );
        assert!(uri.equivalent(&uri), "{text:?}");
        assert!(
            written.len() <= 3 * text.len() + 16,
            "{text:?} grew to {written:?}"
        );
        let _ = uri.socket_addr();
    }
    let _ = Uri::user_and_host(&text);
    if let Some(address) = NameAddr::parse(&text) {
        let written = address.to_string();
        assert_eq!(NameAddr::parse(&written).as_ref(), Some(&address), "{text:?}");
        assert!(
            written.len() <= 3 * text.len() + 16,
            "{text:?} grew to {written:?}"
        );
        let _ = (address.tag(), address.parsed_uri());
    }
    if let Some(via) = Via::parse(&text) {
        assert_eq!(Via::parse(&via.to_string()).as_ref(), Some(&via), "{text:?}");
        let _ = (via.branch(), via.received(), via.rport());
    }
}
