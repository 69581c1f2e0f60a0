//! One datagram through the scanner, every accessor, an answer and a dialog.

use bytes::Bytes;
use pointsman_sip::{Builder, Dialog, Flow, Message, Method, Name, NameAddr, ParseError, Status, Uri, Via};

/// Whatever the octets, the scanner and everything behind it return, and what was accepted survives being written and
/// read again.
pub fn message(octets: &[u8]) {
    match Message::parse(Bytes::copy_from_slice(octets)) {
        Ok(message) => {
            look(&message);
            if message.is_request() {
                write_back(&message, false);
            }
        }
        Err(ParseError::Answerable { message, .. }) => {
            look(&message);
            write_back(&message, true);
        }
        Err(ParseError::NotSip(_)) => {}
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
            look_at_value(&value);
        }
    }
    let mut lines = 0;
    for (name, text, value) in message.header_lines() {
        lines += text.len() + value.len();
        assert!(!text.is_empty());
        if name == Name::Other {
            assert!(message.other(&String::from_utf8_lossy(text)).is_some());
        } else {
            assert!(message.header(name).is_some());
        }
    }
    assert!(
        lines + message.body().len() <= message.raw().len(),
        "parts of a message are more than the whole"
    );
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

fn look_at_value(value: &str) {
    if let Some(address) = NameAddr::parse(value) {
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
    if let Some(via) = Via::parse(value) {
        assert_eq!(Via::parse(&via.to_string()).as_ref(), Some(&via), "{value:?}");
    }
}

/// What answers and dialogs make of a request, read again as a peer would.
fn write_back(message: &Message, tolerant: bool) {
    let response = Builder::response(Status::OK, None, message, Some("t")).finish();
    assert_eq!(response.status(), Some(Status::OK));
    assert!(
        response.raw().len() <= 2 * message.raw().len() + 512,
        "an answer outgrows its request"
    );
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
    if let Ok(dialog) = Dialog::uas(message, "local", "<sip:us@192.0.2.9>", flow) {
        hang_up(dialog, message, &response);
    }
}

fn hang_up(mut dialog: Dialog, message: &Message, response: &Message) {
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
        dialog.confirm(response),
    );
}
