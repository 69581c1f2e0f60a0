//! Requests that belong to no call.

use bytes::Bytes;
use pointsman_legs::Numbers;

use crate::world::{CALLEE, World, address, answers};

/// What the callee says to a request with these headers.
fn reply_to(method: &str, headers: &str) -> String {
    let numbers = Numbers::default().with("100", answers(pointsman_legs::Talk::default()));
    let mut world = World::new(1, numbers);
    let request = format!(
        "{method} sip:100@10.0.0.2 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKx;rport\r\n\
         From: <sip:a@10.0.0.1>;tag=a\r\nCall-ID: c\r\nCSeq: 1 {method}\r\nMax-Forwards: 70\r\n\
         Contact: <sip:a@10.0.0.1>\r\n{headers}Content-Length: 0\r\n\r\n"
    );
    world.phones[CALLEE].handle_datagram(world.now, address(0), Bytes::from(request));
    let mut last = String::new();
    while let Some(transmit) = world.phones[CALLEE].poll_transmit() {
        last = String::from_utf8_lossy(&transmit.payload).into_owned();
    }
    assert_eq!(world.phones[CALLEE].active(), 0);
    last
}

#[test]
fn options_is_answered_with_what_the_phone_understands() {
    let reply = reply_to("OPTIONS", "To: <sip:100@10.0.0.2>\r\n");
    assert!(reply.starts_with("SIP/2.0 200 OK\r\n"), "{reply}");
    assert!(reply.contains("\r\nAllow: INVITE, ACK, BYE, CANCEL"), "{reply}");
}

#[test]
fn a_request_for_a_dialog_that_is_not_there_is_481() {
    for method in ["BYE", "INFO", "INVITE", "UPDATE"] {
        let reply = reply_to(method, "To: <sip:100@10.0.0.2>;tag=gone\r\n");
        assert!(reply.starts_with("SIP/2.0 481 "), "{method}: {reply}");
    }
    assert!(reply_to("BYE", "To: <sip:100@10.0.0.2>\r\n").starts_with("SIP/2.0 481 "));
}

#[test]
fn a_method_the_phone_does_not_know_is_405() {
    for method in ["SUBSCRIBE", "MESSAGE", "DANCE"] {
        let reply = reply_to(method, "To: <sip:100@10.0.0.2>\r\n");
        assert!(reply.starts_with("SIP/2.0 405 "), "{method}: {reply}");
    }
}

#[test]
fn an_extension_the_phone_does_not_know_is_refused_by_name() {
    let reply = reply_to(
        "INVITE",
        "To: <sip:100@10.0.0.2>\r\nRequire: 100rel, teleport\r\n",
    );
    assert!(reply.starts_with("SIP/2.0 420 "), "{reply}");
    assert!(reply.contains("\r\nUnsupported: teleport\r\n"), "{reply}");
}

#[test]
fn an_offer_that_is_no_sdp_is_not_acceptable() {
    let numbers = Numbers::default().with("100", answers(pointsman_legs::Talk::default()));
    let mut world = World::new(1, numbers);
    let request = "INVITE sip:100@10.0.0.2 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKx\r\n\
         From: <sip:a@10.0.0.1>;tag=a\r\nTo: <sip:100@10.0.0.2>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\
         Contact: <sip:a@10.0.0.1>\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\nhello";
    world.phones[CALLEE].handle_datagram(world.now, address(0), Bytes::from(request));
    world.until(40.0, |world| !world.reports.is_empty());
    assert_eq!(world.callee().final_status, Some(488));
    world.until(80.0, |world| world.phones[CALLEE].is_quiet());
}
