//! Connections: reuse, loss, answers that need another way, requests too large for UDP.
use pointsman_sip::{BreakReason, Broken, Connect, ConnectionId, Dialog};

use super::*;

/// The peer's own port on a connection that it opened.
const FROM: &str = "192.0.2.1:41000";

fn tcp(peer: &str) -> Flow {
    Flow::new(0, Transport::Tcp, peer.parse().expect("a socket address"))
}

fn accepted(bench: &mut Bench, number: u64) -> Flow {
    let flow = tcp(FROM).by(ConnectionId::accepted(number));
    bench.layer.handle_accepted(flow);
    flow
}

fn receive(bench: &mut Bench, flow: Flow, octets: Bytes) {
    bench.layer.handle_datagram(bench.now, flow, octets);
    bench.drain();
}

fn connects(bench: &mut Bench) -> Vec<String> {
    std::iter::from_fn(|| bench.layer.poll_connect())
        .map(|Connect { flow }| format!("{} {}", flow.transport.as_str(), flow.remote))
        .collect()
}

fn send(bench: &mut Bench, method: &Method, flow: Flow) -> ClientTx {
    let tx = bench.layer.send_request(bench.now, outgoing(method), flow);
    bench.drain();
    tx
}

fn lose(bench: &mut Bench, connection: Option<ConnectionId>) {
    let connection = connection.expect("a connection was used");
    bench.layer.handle_connection_lost(bench.now, connection, &[]);
    bench.drain();
}

fn last_flow(bench: &Bench) -> Flow {
    bench.sent.last().expect("something was sent").1.flow
}

#[test]
fn responses_go_back_by_the_connection_of_their_request() {
    let mut bench = Bench::new();
    let flow = accepted(&mut bench, 0);
    receive(
        &mut bench,
        flow,
        incoming("INVITE", "192.0.2.1:5066;branch=z9hG4bK1"),
    );
    let (tx, request) = bench.request();
    bench.respond(tx, reply(&request, 180));
    let used: Vec<_> = bench
        .sent
        .iter()
        .map(|(_, transmit)| transmit.flow.connection)
        .collect();
    assert_eq!(used, [flow.connection, flow.connection]);
    assert!(connects(&mut bench).is_empty());
}

#[test]
fn a_response_whose_connection_is_gone_opens_one_to_the_port_of_sent_by() {
    for (via, to) in [
        ("10.0.0.1:5066;branch=z9hG4bK1", "TCP 192.0.2.1:5066"),
        ("10.0.0.1;branch=z9hG4bK1;rport", "TCP 192.0.2.1:5060"),
    ] {
        let mut bench = Bench::new();
        let flow = accepted(&mut bench, 0);
        receive(&mut bench, flow, incoming("INVITE", via));
        let (tx, request) = bench.request();
        lose(&mut bench, flow.connection);
        bench.respond(tx, reply(&request, 180));
        assert_eq!(connects(&mut bench), [to]);
        let second = last_flow(&bench).connection;
        assert!(second.is_some_and(ConnectionId::is_ours));
        // The next response finds the new connection up.
        bench.respond(tx, reply(&request, 486));
        assert_eq!(
            (last_flow(&bench).connection, connects(&mut bench).len()),
            (second, 0)
        );
        // Nobody is there either: the user hears of it, the transaction waits for its ACK.
        bench.events.clear();
        lose(&mut bench, second);
        assert_eq!(
            bench.events(),
            ["Dropped a response may not have reached its receiver"]
        );
        bench.run_to(33_000);
        assert_eq!(bench.events(), ["ServerEnded AckTimeout"]);
    }
}

/// RFC 3261, 18.2.2. There is no transaction that would say it again: Timer J is zero.
#[test]
fn a_final_response_that_its_connection_had_not_sent_is_tried_once_more() {
    let mut bench = Bench::new();
    let flow = accepted(&mut bench, 0);
    let via = "10.0.0.1:5066;branch=z9hG4bK1";
    receive(&mut bench, flow, incoming("OPTIONS", via));
    let (tx, request) = bench.request();
    bench.respond(tx, reply(&request, 200));
    let ok = bench.sent.last().expect("an answer").1.payload.clone();
    let unsent = [
        incoming("OPTIONS", via),
        reply(&request, 180).raw().clone(),
        ok.clone(),
        Bytes::from_static(b"\r\n"),
    ];
    bench.sent.clear();
    let connection = flow.connection.expect("it came by one");
    bench.layer.handle_connection_lost(bench.now, connection, &unsent);
    bench.drain();
    assert_eq!(connects(&mut bench), ["TCP 192.0.2.1:5066"]);
    let (_, again) = bench.sent.pop().expect("it was sent again");
    assert_eq!((again.payload, bench.sent.len()), (ok.clone(), 0));
    // A peer that takes connections and ends them does not keep us busy.
    bench.events.clear();
    let second = again.flow.connection.expect("a new one");
    bench.layer.handle_connection_lost(bench.now, second, &[ok]);
    bench.drain();
    assert_eq!(
        bench.events(),
        ["Dropped a response found no connection to its receiver"]
    );
    assert_eq!((bench.sent.len(), connects(&mut bench).len()), (0, 0));
    assert_eq!(bench.layer.counts().connections, 0);
}

/// The peer said its request and its end in one segment: both are heard before our answer is fetched.
#[test]
fn a_final_response_that_nobody_has_fetched_when_its_connection_ends_takes_another() {
    let mut bench = Bench::new();
    let flow = accepted(&mut bench, 0);
    receive(
        &mut bench,
        flow,
        incoming("OPTIONS", "10.0.0.1:5066;branch=z9hG4bK1"),
    );
    let (tx, request) = bench.request();
    bench.layer.respond(bench.now, tx, reply(&request, 200));
    lose(&mut bench, flow.connection);
    assert_eq!(connects(&mut bench), ["TCP 192.0.2.1:5066"]);
    let [(_, again)] = &bench.sent[..] else {
        panic!("once: {:?}", bench.sent)
    };
    assert!(again.payload.starts_with(b"SIP/2.0 200 ") && again.flow.remote.port() == 5066);
}

#[test]
fn requests_to_one_place_share_a_connection() {
    let mut bench = Bench::new();
    send(&mut bench, &Method::OPTIONS, tcp(PEER));
    let first = last_flow(&bench).connection;
    send(&mut bench, &Method::OPTIONS, tcp(PEER));
    assert_eq!(last_flow(&bench).connection, first);
    assert_eq!(connects(&mut bench), [format!("TCP {PEER}")]);
    let elsewhere = Flow {
        listener: 1,
        ..tcp(PEER)
    };
    send(&mut bench, &Method::OPTIONS, elsewhere);
    send(&mut bench, &Method::OPTIONS, tcp("192.0.2.1:5061"));
    assert_eq!(connects(&mut bench).len(), 2);
    assert_eq!(bench.layer.counts().connections, 3);
}

#[test]
fn a_request_goes_by_a_connection_that_the_peer_opened_from_that_place() {
    let mut bench = Bench::new();
    let flow = accepted(&mut bench, 3);
    send(&mut bench, &Method::OPTIONS, tcp(FROM));
    assert_eq!(last_flow(&bench), flow);
    assert!(connects(&mut bench).is_empty());
}

#[test]
fn what_is_sending_by_a_lost_connection_fails_and_nothing_else() {
    let mut bench = Bench::new();
    send(&mut bench, &Method::INVITE, tcp(PEER));
    let lost = last_flow(&bench).connection;
    send(&mut bench, &Method::OPTIONS, tcp("192.0.2.2:5060"));
    lose(&mut bench, lost);
    assert_eq!(bench.events(), ["ClientEnded TransportError"]);
    assert_eq!(bench.layer.counts().client, 1);
    // A new request opens a new connection, and the end of the old one is old news.
    send(&mut bench, &Method::INVITE, tcp(PEER));
    assert_ne!(last_flow(&bench).connection, lost);
    lose(&mut bench, lost);
    assert!(bench.events().is_empty());
}

#[test]
fn an_invite_that_is_ringing_outlives_its_connection() {
    let mut bench = Bench::new();
    let tx = send(&mut bench, &Method::INVITE, tcp(PEER));
    let first = last_flow(&bench);
    let invite = bench.layer.sent_request(tx).expect("just sent").into_owned();
    receive(&mut bench, first, answer(&invite, 180, "b1"));
    lose(&mut bench, first.connection);
    assert_eq!(bench.events(), ["Response 180 b1"]);
    // The peer answers by a connection of its own (RFC 3261 section 18.2.2).
    let second = accepted(&mut bench, 9);
    receive(&mut bench, second, answer(&invite, 486, "b1"));
    assert_eq!(bench.events(), ["Response 486 b1"]);
    assert!(
        bench
            .sent
            .last()
            .is_some_and(|(_, ack)| ack.payload.starts_with(b"ACK "))
    );
    assert_eq!(
        connects(&mut bench),
        [format!("TCP {PEER}"), format!("TCP {PEER}")]
    );
}

/// An INVITE with a body of `body` octets, and TCP for what is large.
fn send_sized(bench: &mut Bench, method: &Method, body: usize) -> ClientTx {
    let request = outgoing(method).body("application/sdp", &vec![b'x'; body]);
    let tx = bench.layer.send_sized(bench.now, request, flow_to(PEER), Some(1));
    bench.drain();
    tx
}

#[test]
fn only_what_is_over_1300_octets_goes_by_tcp() {
    let length = |body| {
        let mut bench = Bench::new();
        send_sized(&mut bench, &Method::INVITE, body);
        let (_, transmit) = bench.sent.remove(0);
        (transmit.flow.transport, transmit.payload.len())
    };
    let (_, small) = length(500);
    let most = 500 + 1300 - small;
    assert_eq!(length(most), (Transport::Udp, 1300));
    // One octet for the body, one for TCP's own sent-by of another length.
    assert_eq!(length(most + 1).0, Transport::Tcp);
}

#[test]
fn a_large_request_says_tcp_in_its_via_and_comes_from_the_tcp_listener() {
    let mut bench = Bench::new();
    let tx = send_sized(&mut bench, &Method::INVITE, 2_000);
    assert_eq!(connects(&mut bench), [format!("TCP {PEER}")]);
    assert_eq!(last_flow(&bench).listener, 1);
    let sent = bench.layer.sent_request(tx).expect("just sent").into_owned();
    let via = sent.header(Name::Via).expect("it has one").into_owned();
    assert!(via.starts_with("SIP/2.0/TCP [2001:db8::1]:5070;branch="), "{via}");
    bench.run_to(5_000);
    assert_eq!(bench.sent.len(), 1, "a stream repeats by itself");
}

#[test]
fn a_large_request_goes_by_udp_when_tcp_is_refused() {
    for method in [Method::INVITE, Method::INFO] {
        let mut bench = Bench::new();
        let tx = send_sized(&mut bench, &method, 2_000);
        let refused = last_flow(&bench).connection;
        lose(&mut bench, refused);
        assert!(bench.events().is_empty());
        let second = last_flow(&bench);
        assert_eq!(second, flow_to(PEER));
        let sent = bench.layer.sent_request(tx).expect("it goes on").into_owned();
        assert_eq!(&bench.sent[1].1.payload, sent.raw());
        let via = sent.header(Name::Via).expect("it has one").into_owned();
        assert!(via.starts_with("SIP/2.0/UDP 198.51.100.1:5060;branch="), "{via}");
        bench.run_to(600);
        assert_eq!(bench.sent.len(), 3, "UDP repeats");
        bench.receive(answer(&sent, 200, "b1"));
        assert_eq!(bench.events(), ["Response 200 b1"]);
        bench.run_out();
    }
}

#[test]
fn udp_is_no_way_out_once_the_peer_has_answered_or_if_it_fails_too() {
    let mut bench = Bench::new();
    let tx = send_sized(&mut bench, &Method::INVITE, 2_000);
    let flow = last_flow(&bench);
    let invite = bench.layer.sent_request(tx).expect("just sent").into_owned();
    receive(&mut bench, flow, answer(&invite, 100, ""));
    lose(&mut bench, flow.connection);
    assert_eq!(bench.sent.len(), 1);

    let mut bench = Bench::new();
    send_sized(&mut bench, &Method::INVITE, 2_000);
    let refused = last_flow(&bench).connection;
    lose(&mut bench, refused);
    bench.layer.handle_transport_error(bench.now, flow_to(PEER));
    bench.drain();
    assert_eq!(bench.events(), ["ClientEnded TransportError"]);
}

#[test]
fn a_request_that_tcp_lost_ends_with_the_time_of_its_first_attempt() {
    let mut bench = Bench::new();
    send_sized(&mut bench, &Method::INVITE, 2_000);
    let flow = last_flow(&bench);
    bench.run_to(10_000);
    lose(&mut bench, flow.connection);
    bench.run_to(31_999);
    assert!(bench.events().is_empty());
    bench.run_to(32_000);
    assert_eq!(bench.events(), ["ClientEnded Timeout"]);
    bench.run_out();
}

/// RFC 3261, 13.2.2.4: the ACK of a 2xx is a request of its own.
#[test]
fn a_large_ack_goes_by_tcp_and_by_udp_once_tcp_has_failed() {
    let ack = |body| outgoing(&Method::ACK).body("application/sdp", &vec![b'x'; body]);
    let mut bench = Bench::new();
    bench
        .layer
        .send_sized_ack(bench.now, ack(100), flow_to(PEER), Some(1));
    let large = bench
        .layer
        .send_sized_ack(bench.now, ack(1_300), flow_to(PEER), Some(1));
    bench.drain();
    assert_eq!(connects(&mut bench), [format!("TCP {PEER}")]);
    let by = |bench: &Bench| -> Vec<_> {
        let sent = bench.sent.iter();
        sent.map(|(_, transmit)| transmit.flow.transport).collect()
    };
    assert_eq!(by(&bench), [Transport::Udp, Transport::Tcp]);
    bench.layer.send_again(&large);
    bench.drain();
    assert_eq!(bench.sent[1].1, bench.sent[2].1);
    let refused = last_flow(&bench).connection;
    lose(&mut bench, refused);
    bench.layer.send_again(&large);
    bench.drain();
    assert_eq!(last_flow(&bench), flow_to(PEER));
    let sent = bench.sent();
    let via = |text: &str| text.lines().nth(1).unwrap_or_default().to_owned();
    let (stream, datagram) = (via(&sent[2].1), via(&sent[3].1));
    assert!(
        stream.starts_with("Via: SIP/2.0/TCP [2001:db8::1]:5070;"),
        "{stream}"
    );
    assert!(
        datagram.starts_with("Via: SIP/2.0/UDP 198.51.100.1:5060;"),
        "{datagram}"
    );
}

#[test]
fn a_broken_stream_is_answered_if_its_head_can_be() {
    let mut bench = Bench::new();
    let flow = accepted(&mut bench, 0);
    let broken = |head: Bytes| Broken {
        head,
        why: BreakReason::NoLength,
    };
    bench.layer.handle_broken(flow, &broken(incoming("OPTIONS", VIA)));
    bench.drain();
    assert_eq!(last_flow(&bench).connection, flow.connection);
    let answers = bench.start_lines();
    assert_eq!(
        answers,
        [(0, "SIP/2.0 400 Content-Length is required on a stream".to_owned())]
    );
    for head in [Bytes::new(), incoming("ACK", VIA), "SIP/2.0 200 OK\r\n".into()] {
        bench.layer.handle_broken(flow, &broken(head));
    }
    bench.drain();
    assert!(bench.sent.is_empty());
    assert_eq!(bench.events().len(), 4);
}

#[test]
fn requests_in_a_dialog_stay_on_its_connection_as_long_as_it_leads_to_the_peer() {
    let mut bench = Bench::new();
    let flow = accepted(&mut bench, 0);
    let invite = |contact: &str| {
        let text = String::from_utf8(incoming("INVITE", VIA).to_vec()).expect("text");
        let text = text.replace("sip:a@192.0.2.1", contact);
        Message::parse(text.into()).expect("well formed")
    };
    let dialog = |contact| Dialog::uas(&invite(contact), "t", "<sip:us@h>", flow).expect("it forms one");
    let same_host = dialog("sip:a@192.0.2.1:5071;transport=tcp");
    assert_eq!(
        same_host.flow(),
        tcp("192.0.2.1:5071").by(ConnectionId::accepted(0))
    );
    assert_eq!(dialog("sip:a@pbx.example.com").flow(), flow);
    assert_eq!(dialog("sip:a@192.0.2.7").flow(), tcp("192.0.2.7:5060"));

    // After a new connection of the peer's, that one.
    let mut moved = same_host;
    moved.heard_by(tcp("192.0.2.1:42000").by(ConnectionId::accepted(5)));
    assert_eq!(moved.flow(), tcp("192.0.2.1:5071").by(ConnectionId::accepted(5)));
    // Nothing changes for datagrams.
    let mut by_udp =
        Dialog::uas(&invite("sip:a@192.0.2.1:5071"), "t", "<sip:us@h>", flow_to(FROM)).expect("it forms one");
    by_udp.heard_by(flow_to("192.0.2.66:5060"));
    by_udp.heard_by(flow);
    assert_eq!(by_udp.flow(), flow_to("192.0.2.1:5071"));
}
