//! Where responses go (RFC 3261 section 18.2.2, RFC 3581 section 4).
use super::*;

fn destination(via: &str, peer: &str) -> (String, String) {
    let mut bench = Bench::new();
    bench.receive_from(peer, incoming("OPTIONS", via));
    let (tx, request) = bench.request();
    bench.respond(tx, reply(&request, 200));
    let (_, transmit) = bench.sent.remove(0);
    let response = Message::parse(transmit.payload).expect("our own");
    let via = response
        .header(Name::Via)
        .expect("the Via of the request")
        .into_owned();
    (transmit.flow.remote.to_string(), via)
}

#[test]
fn responses_go_back_through_the_same_hole_when_rport_asks_for_it() {
    let (to, via) = destination("10.0.0.1:5060;branch=z9hG4bK1;rport", "203.0.113.9:41000");
    assert_eq!(to, "203.0.113.9:41000");
    assert_eq!(
        via,
        "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1;received=203.0.113.9;rport=41000"
    );
}

#[test]
fn without_rport_they_go_to_the_port_of_sent_by() {
    let (to, via) = destination("10.0.0.1:5071;branch=z9hG4bK1", "203.0.113.9:41000");
    assert_eq!(to, "203.0.113.9:5071");
    assert_eq!(
        via,
        "SIP/2.0/UDP 10.0.0.1:5071;branch=z9hG4bK1;received=203.0.113.9"
    );
    let (to, via) = destination("host.example.com;branch=z9hG4bK1", "203.0.113.9:41000");
    assert_eq!(to, "203.0.113.9:5060");
    assert_eq!(
        via,
        "SIP/2.0/UDP host.example.com;branch=z9hG4bK1;received=203.0.113.9"
    );
}

#[test]
fn a_stray_semicolon_does_not_spoil_the_tag() {
    let mut bench = Bench::new();
    bench.receive(incoming_to("OPTIONS", VIA, " ; "));
    let (tx, request) = bench.request();
    bench.respond(tx, reply(&request, 200));
    let sent = bench.sent();
    assert!(
        sent[0].1.contains("To: <sip:us@198.51.100.1>;tag=oursrv\r\n"),
        "{}",
        sent[0].1
    );
}

#[test]
fn nobody_can_aim_them_at_others() {
    let (to, _) = destination(
        "10.0.0.1;branch=z9hG4bK1;maddr=198.51.100.66;received=198.51.100.66",
        "203.0.113.9:5060",
    );
    assert_eq!(to, "203.0.113.9:5060");
}

#[test]
fn they_leave_through_the_listener_that_heard_the_request() {
    let mut bench = Bench::new();
    let flow = Flow {
        listener: 1,
        ..flow_to("[2001:db8::9]:5062")
    };
    bench.layer.handle_datagram(
        bench.now,
        flow,
        incoming("INVITE", "[2001:db8::9]:5062;branch=z9hG4bK1"),
    );
    bench.drain();
    assert_eq!(bench.sent[0].1.flow, flow);
}

#[test]
fn a_broken_request_without_a_readable_via_is_answered_to_its_source() {
    let mut bench = Bench::new();
    bench.receive_from("203.0.113.9:41000", incoming("OPTIONS", ";;"));
    assert_eq!(bench.sent[0].1.flow.remote.to_string(), "203.0.113.9:41000");
    assert!(bench.sent()[0].1.starts_with("SIP/2.0 400 malformed Via"));
}
