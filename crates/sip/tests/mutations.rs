//! Mutated torture messages: whatever the octets, the scanner and everything behind it return, and what was
//! accepted survives being written and read again. Seeded, so a failure repeats.
use std::path::Path;

use bytes::Bytes;
use pointsman_sip::{
    Builder, Dialog, Flow, Message, Name, NameAddr, ParseError, Status, Transport, Uri, Via,
};

const ROUNDS: u64 = 40_000;

/// A small generator of repeatable numbers (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides.max(1) as u64).expect("below a usize")
    }
}

fn corpus() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the corpus is a folder")
        .map(|entry| entry.expect("a readable entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sip"))
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| std::fs::read(file).expect("a readable file"))
        .collect()
}

/// Octets that mean something to the grammar.
const SHARP: &[u8] = b"\r\n\t :;,=<>\"\\@?/[]%*\0\xff09aZ.-";
const WORDS: &[&[u8]] = &[
    b"\r\n\r\n",
    b"\r\n ",
    b"SIP/2.0",
    b"Content-Length: 4294967296\r\n",
    b"Content-Length: 18446744073709551615\r\n",
    b"l: -1\r\n",
    b"Via: SIP/2.0/UDP h;rport=\r\n",
    b"v:,,;;\r\n",
    b"CSeq: 4294967295 INVITE\r\n",
    b";tag=",
    b";branch=z9hG4bK",
    b"sip:%00@[::1]:65535",
    b"\"\\",
    b"Contact: *\r\n",
];

fn mutate(dice: &mut Dice, octets: &mut Vec<u8>, other: &[u8]) {
    for _ in 0..=dice.roll(6) {
        let at = dice.roll(octets.len() + 1);
        match dice.roll(8) {
            0 if at < octets.len() => octets[at] = SHARP[dice.roll(SHARP.len())],
            1 => octets.insert(at, SHARP[dice.roll(SHARP.len())]),
            2 if at < octets.len() => drop(octets.remove(at)),
            3 => octets.truncate(at),
            4 => drop(octets.splice(at..at, WORDS[dice.roll(WORDS.len())].iter().copied())),
            5 => {
                let end = (at + dice.roll(60)).min(octets.len());
                let copy = octets[at..end].to_vec();
                octets.splice(
                    at..at,
                    copy.iter().copied().cycle().take(copy.len() * dice.roll(4)),
                );
            }
            6 => {
                let from = dice.roll(other.len());
                let end = (from + dice.roll(200)).min(other.len());
                octets.splice(at..at, other[from..end].iter().copied());
            }
            _ if at < octets.len() => octets[at] ^= 1 << dice.roll(8),
            _ => {}
        }
    }
}

/// Every accessor, for its panics.
fn look(message: &Message) {
    for name in [
        Name::Via,
        Name::From,
        Name::To,
        Name::Contact,
        Name::Route,
        Name::RecordRoute,
    ] {
        for value in message.values(name) {
            if let Some(address) = NameAddr::parse(&value) {
                assert_eq!(
                    NameAddr::parse(&address.to_string()).as_ref(),
                    Some(&address),
                    "{value:?}"
                );
                if let Ok(uri) = address.parsed_uri() {
                    assert_eq!(uri.to_string().parse::<Uri>().as_ref(), Ok(&uri), "{value:?}");
                    assert!(uri.equivalent(&uri), "{value:?}");
                }
            }
            if let Some(via) = Via::parse(&value) {
                assert_eq!(Via::parse(&via.to_string()).as_ref(), Some(&via), "{value:?}");
            }
        }
    }
    for (name, text, value) in message.header_lines() {
        assert!(!text.is_empty());
        assert!(value.len() <= message.raw().len());
        if name == Name::Other {
            assert!(message.other(&String::from_utf8_lossy(text)).is_some());
        } else {
            assert!(message.header(name).is_some());
        }
    }
    let _ = (
        message.reason_phrase(),
        message.request_uri(),
        message.max_forwards(),
        message.content_type(),
    );
    let _ = (
        message.from(),
        message.to(),
        message.contact(),
        message.top_via(),
        message.body(),
    );
}

/// What answers and dialogs make of a request, read again as a peer would.
fn write_back(message: &Message, tolerant: bool) {
    let response = Builder::response(Status::OK, None, message, Some("t")).finish();
    assert_eq!(response.status(), Some(Status::OK));
    if tolerant {
        return;
    }
    let again = Message::parse(response.raw().clone());
    let again = again.unwrap_or_else(|error| panic!("{error:?} for {:?}", response.raw()));
    assert_eq!(again.call_id(), message.call_id());
    assert_eq!(again.cseq(), message.cseq());
    assert_eq!(again.from_tag(), message.from_tag());
    assert_eq!(
        again.headers(Name::Via).count(),
        message.headers(Name::Via).count()
    );
    let flow = Flow {
        listener: 0,
        transport: Transport::Udp,
        remote: ([192, 0, 2, 1], 5060).into(),
    };
    if let Ok(mut dialog) = Dialog::uas(message, "local", "<sip:us@192.0.2.9>", flow) {
        let bye = dialog.request(&pointsman_sip::Method::BYE).finish();
        assert_eq!(bye.call_id(), message.call_id());
        assert_eq!(bye.header(Name::Contact), None);
        let _ = (
            dialog.next_hop(),
            dialog.accept(message),
            dialog.confirm(&response),
        );
    }
}

#[test]
fn nothing_makes_the_scanner_panic_and_what_it_accepts_can_be_written() {
    let corpus = corpus();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let (mut accepted, mut answerable, mut dropped) = (0u32, 0u32, 0u32);
    for _ in 0..ROUNDS {
        let mut octets = corpus[dice.roll(corpus.len())].clone();
        let other = &corpus[dice.roll(corpus.len())];
        mutate(&mut dice, &mut octets, other);
        match Message::parse(Bytes::from(octets)) {
            Ok(message) => {
                accepted += 1;
                look(&message);
                if message.is_request() {
                    write_back(&message, false);
                }
            }
            Err(ParseError::Answerable { message, .. }) => {
                answerable += 1;
                look(&message);
                write_back(&message, true);
            }
            Err(ParseError::NotSip(_)) => dropped += 1,
        }
    }
    // The mutations must reach all three verdicts, or they test little.
    assert!(
        accepted > 1_000 && answerable > 1_000 && dropped > 1_000,
        "{accepted} {answerable} {dropped}"
    );
}

#[test]
fn the_longest_datagrams_are_read_too() {
    let head = "OPTIONS sip:a@h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\n\
                Call-ID: c\r\nCSeq: 1 OPTIONS\r\n";
    let fill = |line: &str| {
        let mut text = head.to_owned();
        while text.len() + line.len() + 2 < 65_507 {
            text.push_str(line);
        }
        text.push_str("\r\n");
        Message::parse(text.into())
    };
    for line in [
        "a:\r\n",
        "Route: <sip:a;lr>,<sip:b;lr>\r\n",
        "Contact: <sip:a@h>;x=\"y\"\r\n",
        " fold\r\n",
    ] {
        match fill(line) {
            Ok(message) => look(&message),
            Err(ParseError::Answerable { message, status, .. }) => {
                assert_eq!(status, Status::BAD_REQUEST);
                look(&message);
            }
            Err(ParseError::NotSip(why)) => panic!("{line:?}: {why}"),
        }
    }
    let routes = format!("{head}Route: {}\r\n\r\n", vec!["<sip:a;lr>"; 5_000].join(","));
    assert_eq!(
        Message::parse(routes.into())
            .expect("long but right")
            .values(Name::Route)
            .count(),
        5_000
    );
    assert!(matches!(
        Message::parse(vec![b'a'; 65_507].into()),
        Err(ParseError::NotSip(_))
    ));
    assert!(matches!(
        Message::parse(vec![b'\n'; 65_507].into()),
        Err(ParseError::NotSip(_))
    ));
}
