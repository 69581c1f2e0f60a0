//! Mutated torture messages: whatever the octets, the scanner and everything behind it return, and what was
//! accepted survives being written and read again. Seeded, so a failure repeats.
mod mutate;

use bytes::Bytes;
use mutate::{Dice, corpus, mutate};
use pointsman_sip::{Builder, Dialog, Flow, Message, Method, Name, NameAddr, ParseError, Status, Uri, Via};

const ROUNDS: u64 = 40_000;

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
    let flow = Flow::udp(0, ([192, 0, 2, 1], 5060).into());
    if let Ok(mut dialog) = Dialog::uas(message, "local", "<sip:us@192.0.2.9>", flow) {
        let bye = dialog.request(&Method::BYE);
        let bye = bye
            .header(Name::Via, "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKbye")
            .finish();
        assert_eq!(bye.call_id(), message.call_id());
        assert_eq!(bye.header(Name::Contact), None);
        // The peer's Contact may be no fit Request-URI, but what we say is a request.
        let read = Message::parse(bye.raw().clone());
        let read = read.or_else(|error| match error {
            ParseError::Answerable { message, .. } => Ok(*message),
            error @ ParseError::NotSip(_) => Err(error),
        });
        assert_eq!(read.expect("a request").from_tag(), bye.from_tag());
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
    let many = format!("sip:a@h{}", ";x=1".repeat(15_000))
        .parse::<Uri>()
        .expect("long but right");
    assert!(many.equivalent(&many) && !many.equivalent(&"sip:a@h;x=1".parse().expect("short")));
    assert!(matches!(
        Message::parse(vec![b'a'; 65_507].into()),
        Err(ParseError::NotSip(_))
    ));
    assert!(matches!(
        Message::parse(vec![b'\n'; 65_507].into()),
        Err(ParseError::NotSip(_))
    ));
}
