//! Calls by TCP: over one connection, over another, and without one.

use super::peer::{Peer, header, request, response, to_tag};
use super::{BY_SIZE, BY_TCP, BY_UDP, Node};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};

/// A call from `caller` to the callee on the node's TCP trunk, up on both sides. Returns the callee's connection and the
/// tag that the caller sees.
fn up(node: &Node, caller: &mut Peer, call: &str) -> (Peer, String) {
    let local = caller.local();
    caller.send(&request("INVITE", 1, call, local, BY_TCP, ""));
    assert!(caller.receive().starts_with("SIP/2.0 100 Trying\r\n"));
    let mut callee = Peer::accepted(&node.callee);
    let invite = callee.receive();
    let at = node.callee.local_addr().unwrap();
    callee.send(&response(&invite, "200 OK", at, ";transport=tcp"));
    assert!(callee.receive().starts_with("ACK "));
    let ok = caller.receive();
    assert!(ok.starts_with("SIP/2.0 200 OK\r\n"), "{ok}");
    let contact = header(&ok, "Contact");
    assert_eq!(contact, format!("<sip:{};transport=tcp>", node.tcp()));
    let tag = to_tag(&ok);
    caller.send(&request("ACK", 1, call, local, BY_TCP, &tag));
    (callee, tag)
}

/// The peer hangs up by `by`, the other one by `other` hears of it.
fn hang_up(by: &mut Peer, call: &str, tag: &str, other: &mut Peer) {
    let local = by.local();
    by.send(&request("BYE", 2, call, local, BY_TCP, tag));
    let bye = other.receive();
    assert!(bye.starts_with("BYE "), "{bye}");
    let at = other.local();
    other.send(&response(&bye, "200 OK", at, ""));
    assert!(by.receive().starts_with("SIP/2.0 200 OK\r\n"));
}

#[test]
fn a_call_goes_by_one_connection_on_each_side_and_the_next_call_too() {
    let node = Node::new();
    let mut caller = Peer::to(node.tcp());
    let (mut callee, tag) = up(&node, &mut caller, "first");
    hang_up(&mut caller, "first", &tag, &mut callee);

    let local = caller.local();
    caller.send(&request("INVITE", 1, "second", local, BY_TCP, ""));
    let invite = callee.receive();
    assert!(invite.starts_with("INVITE "), "{invite}");
    assert!(header(&invite, "Via").starts_with(&format!("SIP/2.0/TCP {};", node.tcp())));
    let at = node.callee.local_addr().unwrap();
    callee.send(&response(&invite, "486 Busy Here", at, ""));
    assert!(callee.receive().starts_with("ACK "));
    let busy = caller.receive_past_100();
    assert!(busy.starts_with("SIP/2.0 486 "), "{busy}");
    caller.send(&request("ACK", 1, "second", local, BY_TCP, &to_tag(&busy)));

    node.await_metric("connections{by=\"peer\"} 1");
    node.await_metric("connections_opened_total{by=\"us\"} 1");
    node.await_metric("calls_total{outcome=\"answered\"} 1");
    node.await_idle();
}

#[test]
fn two_messages_in_one_segment_and_single_octets_are_the_same_to_it() {
    let node = Node::new();
    let mut peer = Peer::to(node.tcp());
    let local = peer.local();
    let options = |call: &str| request("OPTIONS", 1, call, local, "ping", "");
    peer.send(&format!("\r\n{}{}", options("a"), options("b")));
    for call in ["a", "b"] {
        let ok = peer.receive();
        assert!(ok.starts_with("SIP/2.0 200 OK\r\n"), "{ok}");
        assert_eq!(header(&ok, "Call-ID"), call);
    }
    for octet in options("c").as_bytes() {
        peer.send(std::str::from_utf8(&[*octet]).unwrap());
    }
    assert_eq!(header(&peer.receive(), "Call-ID"), "c");
}

#[test]
fn a_keepalive_is_answered_and_its_answer_is_not() {
    let node = Node::new();
    let mut peer = Peer::to(node.tcp());
    peer.send("\r\n\r\n");
    assert_eq!(peer.octets(2), "\r\n");
    peer.send("\r\n");
    let local = peer.local();
    peer.send(&request("OPTIONS", 1, "a", local, "ping", ""));
    assert!(peer.receive().starts_with("SIP/2.0 200 OK\r\n"));
}

#[test]
fn a_call_outlives_a_reset_and_ends_by_a_new_connection() {
    let node = Node::new();
    // The caller says in its Contact that it listens, so requests find it again.
    let listens = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listens.local_addr().unwrap();
    let mut caller = Peer::to(node.tcp());
    caller.send(&request("INVITE", 1, "lost", at, BY_TCP, ""));
    caller.receive();
    let mut callee = Peer::accepted(&node.callee);
    let invite = callee.receive();
    let callee_at = node.callee.local_addr().unwrap();
    let ok = response(&invite, "200 OK", callee_at, ";transport=tcp");
    callee.send(&ok);
    assert!(callee.receive().starts_with("ACK "));
    let tag = to_tag(&caller.receive());
    caller.send(&request("ACK", 1, "lost", at, BY_TCP, &tag));
    caller.reset();
    node.await_metric("connections_closed_total{why=\"reset\"} 1");
    node.await_metric("calls 1");

    // The callee hangs up.
    let bye = format!(
        "BYE sip:{} SIP/2.0\r\nVia: SIP/2.0/TCP {callee_at};branch=z9hG4bKbye\r\nMax-Forwards: 70\r\n\
         From: {};tag=theirs\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n",
        node.tcp(),
        header(&invite, "To"),
        header(&invite, "From"),
        header(&invite, "Call-ID"),
    );
    callee.send(&bye);
    let mut again = Peer::accepted(&listens);
    let bye = again.receive();
    assert!(
        bye.starts_with(&format!("BYE sip:peer@{at};transport=tcp SIP/2.0\r\n")),
        "{bye}"
    );
    again.send(&response(&bye, "200 OK", at, ""));
    assert!(callee.receive().starts_with("SIP/2.0 200 OK\r\n"));
    node.await_idle();
}

#[test]
fn a_request_in_a_dialog_may_come_by_a_new_connection_and_is_followed_there() {
    let node = Node::new();
    let mut first = Peer::to(node.tcp());
    // Nobody listens at the Contact, as behind a NAT: only the peer's own connections lead to it.
    let (mut callee, tag) = up(&node, &mut first, "moved");
    let local = first.local();
    first.reset();
    node.await_metric("connections_closed_total{why=\"reset\"} 1");
    let mut second = Peer::to(node.tcp());
    second.send(&request("INFO", 2, "moved", local, BY_TCP, &tag));
    let info = callee.receive();
    assert!(info.starts_with("INFO "), "{info}");
    let at = callee.local();
    callee.send(&response(&info, "200 OK", at, ""));
    assert!(second.receive().starts_with("SIP/2.0 200 OK\r\n"));
    callee.send(
        &request("BYE", 1, &header(&info, "Call-ID"), at, "x", "")
            .replace(
                "From: <sip:+32475112233@caller>;tag=ours",
                &format!("From: {}", header(&info, "To")),
            )
            .replace("To: <sip:x@node>", &format!("To: {}", header(&info, "From"))),
    );
    let bye = second.receive();
    assert!(bye.starts_with("BYE "), "{bye}");
    let at = second.local();
    second.send(&response(&bye, "200 OK", at, ""));
    assert!(callee.receive().starts_with("SIP/2.0 200 OK\r\n"));
    node.await_idle();
}

#[test]
fn a_response_whose_connection_is_gone_goes_to_the_port_of_sent_by() {
    let node = Node::new();
    let listens = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut caller = Peer::to(node.tcp());
    caller.send(&request(
        "INVITE",
        1,
        "gone",
        listens.local_addr().unwrap(),
        BY_TCP,
        "",
    ));
    caller.receive();
    let mut callee = Peer::accepted(&node.callee);
    let invite = callee.receive();
    caller.reset();
    node.await_metric("connections_closed_total{why=\"reset\"} 1");
    let at = callee.local();
    callee.send(&response(&invite, "486 Busy Here", at, ""));
    let mut again = Peer::accepted(&listens);
    let busy = again.receive();
    assert!(busy.starts_with("SIP/2.0 486 "), "{busy}");
    again.send(&request(
        "ACK",
        1,
        "gone",
        listens.local_addr().unwrap(),
        BY_TCP,
        &to_tag(&busy),
    ));
    node.await_idle();
}

/// The peer has said all it wants to say before our answer is there: wherever it waits, it arrives.
#[test]
fn an_answer_arrives_also_when_the_peer_ends_its_connection_at_once() {
    let node = Node::new();
    let listens = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listens.local_addr().unwrap();
    let mut again: Option<Peer> = None;
    for number in 0..20 {
        let mut peer = Peer::to(node.tcp());
        peer.send(&request("OPTIONS", 1, &format!("hasty-{number}"), at, "ping", ""));
        peer.stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = peer.rest();
        if answer.is_empty() {
            answer = again.get_or_insert_with(|| Peer::accepted(&listens)).receive();
        }
        assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
        assert!(answer.contains(&format!("hasty-{number}")), "{answer}");
    }
}

#[test]
fn a_peer_that_refuses_connections_is_unreachable_at_once() {
    let node = Node::new().without_callee();
    let mut caller = Peer::to(node.tcp());
    let local = caller.local();
    caller.send(&request("INVITE", 1, "dead", local, BY_TCP, ""));
    let answer = caller.receive_past_100();
    assert!(answer.starts_with("SIP/2.0 480 "), "{answer}");
    node.await_metric("connections_closed_total{why=\"refused\"} 1");
}

#[test]
fn a_peer_that_does_not_take_the_connection_is_given_up_in_time() {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket
        .bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())
        .unwrap();
    socket.listen(0).unwrap();
    let callee = TcpListener::from(socket);
    let at = callee.local_addr().unwrap();
    // The kernel takes a few for it; when it takes no more, it says nothing at all.
    let patience = std::time::Duration::from_millis(300);
    let taken: Vec<_> = std::iter::from_fn(|| TcpStream::connect_timeout(&at, patience).ok())
        .take(16)
        .collect();
    assert!(taken.len() < 16);
    let node = Node::calling(callee, "calls: 10");
    let mut caller = Peer::to(node.tcp());
    let local = caller.local();
    caller.send(&request("INVITE", 1, "full", local, BY_TCP, ""));
    let answer = caller.receive_past_100();
    assert!(answer.starts_with("SIP/2.0 480 "), "{answer}");
    node.await_metric("connections_closed_total{why=\"no_answer\"} 1");
}

/// An INVITE whose display name makes the INVITE of the other leg larger than a datagram may be.
fn large(call: &str, via: SocketAddr, to: &str) -> String {
    let name = "x".repeat(900);
    request("INVITE", 1, call, via, to, "").replace("From: <sip:", &format!("From: \"{name}\" <sip:"))
}

/// A node whose callee has both transports on one port.
fn with_both() -> (Node, UdpSocket) {
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        if let Ok(socket) = UdpSocket::bind(listener.local_addr().unwrap()) {
            socket.set_read_timeout(Some(crate::world::PATIENCE)).unwrap();
            return (Node::calling(listener, "calls: 10"), socket);
        }
    }
}

fn datagram(socket: &UdpSocket) -> String {
    let mut buffer = [0; 65_535];
    let length = socket.recv(&mut buffer).unwrap();
    String::from_utf8(buffer[..length].to_vec()).unwrap()
}

#[test]
fn large_requests_go_by_tcp_where_the_peer_has_it_and_small_ones_do_not() {
    let (node, socket) = with_both();
    let mut caller = Peer::to(node.tcp());
    let local = caller.local();
    caller.send(&request("INVITE", 1, "small", local, BY_SIZE, ""));
    let small = datagram(&socket);
    assert!(
        small.len() <= 1300 && header(&small, "Via").starts_with(&format!("SIP/2.0/UDP {};", node.udp()))
    );
    caller.send(&large("unsized", local, BY_UDP));
    let by_udp = datagram(&socket);
    assert!(by_udp.len() > 1300, "its trunk does not say that it has TCP");

    caller.send(&large("large", local, BY_SIZE));
    let mut callee = Peer::accepted(&node.callee);
    let invite = callee.receive();
    assert!(
        invite.len() > 1300 && header(&invite, "Via").starts_with(&format!("SIP/2.0/TCP {};", node.tcp()))
    );
    let at = node.callee.local_addr().unwrap();
    callee.send(&response(&invite, "486 Busy Here", at, ""));
    assert!(callee.receive().starts_with("ACK "));
}

#[test]
fn a_large_request_goes_by_udp_when_tcp_is_refused() {
    let (node, socket) = with_both();
    let at = node.callee.local_addr().unwrap();
    let mut caller = Peer::to(node.tcp());
    let local = caller.local();
    // The callee's TCP listener goes, its UDP socket stays.
    let node = node.without_callee();
    caller.send(&large("large", local, BY_SIZE));
    let invite = datagram(&socket);
    assert!(
        invite.len() > 1300 && header(&invite, "Via").starts_with("SIP/2.0/UDP "),
        "{invite}"
    );
    socket
        .send_to(response(&invite, "486 Busy Here", at, "").as_bytes(), node.udp())
        .unwrap();
    let busy = caller.receive_past_100();
    assert!(busy.starts_with("SIP/2.0 486 "), "{busy}");
    node.await_metric("connections_closed_total{why=\"refused\"} 1");
}
