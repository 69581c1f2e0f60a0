//! The torture messages of RFC 4475 and RFC 5118 (`tests/corpus`): what the scanner makes of each.
use std::path::Path;

use bytes::Bytes;
use pointsman_sip::{Message, ParseError};

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It is a usable request or response.
    Usable,
    /// It is answered with this status.
    Answered(u16),
    /// It is dropped.
    Dropped,
}

use Verdict::{Answered, Dropped, Usable};

/// File, section, verdict. A usable request may still be refused by the user of the transaction: by its
/// method (intmeth, esc02), Require (bext01), body (invut), Max-Forwards (zeromf) and so on.
const EXPECTED: &[(&str, &str, Verdict)] = &[
    ("wsinv", "RFC 4475 3.1.1.1", Usable),
    ("intmeth", "RFC 4475 3.1.1.2", Usable),
    ("esc01", "RFC 4475 3.1.1.3", Usable),
    ("escnull", "RFC 4475 3.1.1.4", Usable),
    ("esc02", "RFC 4475 3.1.1.5", Usable),
    ("lwsdisp", "RFC 4475 3.1.1.6", Usable),
    ("longreq", "RFC 4475 3.1.1.7", Usable),
    ("dblreq", "RFC 4475 3.1.1.8", Usable),
    ("semiuri", "RFC 4475 3.1.1.9", Usable),
    ("transports", "RFC 4475 3.1.1.10", Usable),
    ("mpart01", "RFC 4475 3.1.1.11", Usable),
    ("unreason", "RFC 4475 3.1.1.12", Usable),
    ("noreason", "RFC 4475 3.1.1.13", Usable),
    ("badinv01", "RFC 4475 3.1.2.1", Answered(400)),
    ("clerr", "RFC 4475 3.1.2.2", Answered(400)),
    ("ncl", "RFC 4475 3.1.2.3", Answered(400)),
    ("scalar02", "RFC 4475 3.1.2.4", Answered(400)),
    ("scalarlg", "RFC 4475 3.1.2.5", Dropped),
    ("quotbal", "RFC 4475 3.1.2.6", Answered(400)),
    ("ltgtruri", "RFC 4475 3.1.2.7", Answered(400)),
    ("lwsruri", "RFC 4475 3.1.2.8", Answered(400)),
    ("lwsstart", "RFC 4475 3.1.2.9", Answered(400)),
    ("trws", "RFC 4475 3.1.2.10", Answered(400)),
    ("escruri", "RFC 4475 3.1.2.11", Answered(400)),
    // Date means nothing to this switch, so a bad one does no harm.
    ("baddate", "RFC 4475 3.1.2.12", Usable),
    ("regbadct", "RFC 4475 3.1.2.13", Answered(400)),
    ("badaspec", "RFC 4475 3.1.2.14", Answered(400)),
    ("baddn", "RFC 4475 3.1.2.15", Answered(400)),
    ("badvers", "RFC 4475 3.1.2.16", Answered(505)),
    ("mismatch01", "RFC 4475 3.1.2.17", Answered(400)),
    ("mismatch02", "RFC 4475 3.1.2.18", Answered(400)),
    ("bigcode", "RFC 4475 3.1.2.19", Dropped),
    // The bare magic cookie is no branch: the transaction is matched as RFC 2543 does.
    ("badbranch", "RFC 4475 3.2.1", Usable),
    ("insuf", "RFC 4475 3.3.1", Answered(400)),
    ("unkscm", "RFC 4475 3.3.2", Answered(416)),
    ("novelsc", "RFC 4475 3.3.3", Answered(416)),
    ("unksm2", "RFC 4475 3.3.4", Usable),
    ("bext01", "RFC 4475 3.3.5", Usable),
    ("invut", "RFC 4475 3.3.6", Usable),
    ("regaut01", "RFC 4475 3.3.7", Usable),
    ("multi01", "RFC 4475 3.3.8", Answered(400)),
    ("mcl01", "RFC 4475 3.3.9", Answered(400)),
    // Two Via values in a response to us: the transaction layer drops it.
    ("bcast", "RFC 4475 3.3.10", Usable),
    ("zeromf", "RFC 4475 3.3.11", Usable),
    ("cparam01", "RFC 4475 3.3.12", Usable),
    ("cparam02", "RFC 4475 3.3.13", Usable),
    ("regescrt", "RFC 4475 3.3.14", Usable),
    ("sdp01", "RFC 4475 3.3.15", Usable),
    ("inv2543", "RFC 4475 3.4.1", Usable),
    ("ipv6-good", "RFC 5118 4.1", Usable),
    ("ipv6-bad", "RFC 5118 4.2", Answered(400)),
    ("port-ambiguous", "RFC 5118 4.3", Usable),
    ("port-unambiguous", "RFC 5118 4.4", Usable),
    ("via-received-param-with-delim", "RFC 5118 4.5", Usable),
    ("via-received-param-no-delim", "RFC 5118 4.5", Usable),
    ("ipv6-in-sdp", "RFC 5118 4.6", Usable),
    ("mult-ip-in-header", "RFC 5118 4.7", Usable),
    ("mult-ip-in-sdp", "RFC 5118 4.8", Usable),
    ("ipv4-mapped-ipv6", "RFC 5118 4.9", Usable),
    ("ipv6-bug-abnf-3-colons", "RFC 5118 4.10", Usable),
    ("ipv6-correct-abnf-2-colons", "RFC 5118 4.10", Usable),
];

fn read(name: &str) -> Bytes {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(format!("{name}.sip"));
    std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .into()
}

fn verdict(raw: Bytes) -> Verdict {
    match Message::parse(raw) {
        Ok(_) => Usable,
        Err(ParseError::Answerable { status, .. }) => Answered(status.0),
        Err(ParseError::NotSip(_)) => Dropped,
    }
}

#[test]
fn every_message_gets_the_verdict_that_its_rfc_wants() {
    let wrong: Vec<_> = EXPECTED
        .iter()
        .filter(|(name, _, expected)| verdict(read(name)) != *expected)
        .map(|(name, section, expected)| {
            format!(
                "{name} ({section}): {expected:?}, got {:?}",
                Message::parse(read(name))
            )
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_file_of_the_corpus_is_in_the_table() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the corpus is a folder")
        .map(|entry| entry.expect("a readable entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sip"))
        .map(|path| {
            path.file_stem()
                .expect("a file name")
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    files.sort();
    let mut listed: Vec<_> = EXPECTED.iter().map(|(name, ..)| (*name).to_owned()).collect();
    listed.sort();
    assert_eq!(files, listed);
}

/// LF-only line ends and empty lines before the start line change no verdict, but for bodies whose length
/// they change.
#[test]
fn bare_line_feeds_and_leading_empty_lines_are_tolerated() {
    for (name, section, expected) in EXPECTED {
        let raw = read(name);
        let mut padded = b"\r\n\n\r\n".to_vec();
        padded.extend_from_slice(&raw);
        assert_eq!(verdict(padded.into()), *expected, "{name} ({section})");
        let body = raw
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .map_or(raw.len(), |at| at + 4);
        let mut feeds: Vec<u8> = raw[..body]
            .iter()
            .copied()
            .filter(|octet| *octet != b'\r')
            .collect();
        feeds.extend_from_slice(&raw[body..]);
        assert_eq!(verdict(feeds.into()), *expected, "{name} ({section})");
    }
}
