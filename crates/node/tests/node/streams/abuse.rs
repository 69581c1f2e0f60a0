//! Peers that are slow, greedy, deaf or broken: each loses its own connection and nothing else.

use super::Node;
use super::peer::{Peer, header, request};
use std::net::TcpStream;

/// The node still answers by other connections.
fn assert_serves(node: &Node) {
    let mut peer = Peer::to(node.tcp());
    let local = peer.local();
    peer.send(&request("OPTIONS", 1, "still-there", local, "ping", ""));
    assert!(peer.receive().starts_with("SIP/2.0 200 OK\r\n"));
}

#[test]
fn a_peer_that_does_not_finish_its_message_is_cut_off() {
    let node = Node::with_limits("message_within: \"1s\"");
    // Silent from the start, stuck in a head, stuck in a body, alive but for messages, stuck in the second message.
    let mut peers: Vec<Peer> = (0..5).map(|_| Peer::to(node.tcp())).collect();
    let local = peers[0].local();
    let options = request("OPTIONS", 1, "slow", local, "ping", "");
    peers[1].send(&options[..40]);
    peers[2].send(&options.replace("Content-Length: 0", "Content-Length: 10"));
    peers[3].send("\r\n\r\n");
    peers[4].send(&format!("{options}OPTIONS "));
    for (index, peer) in peers.iter_mut().enumerate() {
        let rest = peer.rest();
        match index {
            3 => assert_eq!(rest, "\r\n"),
            4 => assert!(rest.starts_with("SIP/2.0 200 OK\r\n"), "{rest}"),
            _ => assert_eq!(rest, ""),
        }
    }
    node.await_metric("connections_closed_total{why=\"slow\"} 5");
    node.await_metric("connections{by=\"peer\"} 0");
    assert_serves(&node);
}

#[test]
fn a_peer_that_says_one_octet_now_and_then_has_no_more_time() {
    let node = Node::with_limits("message_within: \"1s\"");
    let peer = Peer::to(node.tcp());
    let mut drip = peer.stream.try_clone().unwrap();
    let dripping = std::thread::spawn(move || {
        use std::io::Write;
        // Ends with the connection, whose end is what is tested.
        while drip.write_all(b"O").is_ok() {
            std::thread::park_timeout(std::time::Duration::from_millis(100));
        }
    });
    node.await_metric("connections_closed_total{why=\"slow\"} 1");
    dripping.join().unwrap();
}

#[test]
fn an_idle_connection_is_closed() {
    let node = Node::with_limits("idle: \"1s\"");
    let mut peer = Peer::to(node.tcp());
    let local = peer.local();
    peer.send(&request("OPTIONS", 1, "idle", local, "ping", ""));
    assert!(peer.rest().starts_with("SIP/2.0 200 OK\r\n"));
    node.await_metric("connections_closed_total{why=\"idle\"} 1");
}

#[test]
fn one_source_gets_so_many_connections_and_another_still_gets_its_own() {
    let node = Node::with_limits("connections_per_source: 5, connections: 7");
    let mut flood: Vec<Peer> = (0..30).map(|_| Peer::to(node.tcp())).collect();
    node.await_metric("connections_refused_total{limit=\"source\"} 25");
    node.await_metric("connections{by=\"peer\"} 5");
    let from = |host: u8| {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        let address = |ip: [u8; 4], port: u16| std::net::SocketAddr::from((ip, port)).into();
        socket.bind(&address([127, 0, 0, host], 0)).unwrap();
        socket.connect(&node.tcp().into()).unwrap();
        Peer::over(TcpStream::from(socket))
    };
    let others: Vec<Peer> = (50..53).map(from).collect();
    node.await_metric("connections{by=\"peer\"} 7");
    node.await_metric("connections_refused_total{limit=\"total\"} 1");
    for refused in &mut flood[5..] {
        assert_eq!(refused.rest(), "", "it is closed, not left hanging");
    }
    drop((flood, others));
    node.await_metric("connections{by=\"peer\"} 0");
    assert_serves(&node);
}

#[test]
fn what_cannot_be_cut_is_answered_if_it_can_be_and_the_connection_closed() {
    let node = Node::new();
    let head = format!("X: {}", "y".repeat(100_000));
    let sent = [
        ("400 Content-Length is required", ""),
        ("400 malformed Content-Length", "Content-Length: many\r\n"),
        ("400 two different", "Content-Length: 0\r\nl: 7\r\n"),
        ("513 body larger", "Content-Length: 100000\r\n"),
        ("513 header part", &*head),
    ];
    for (wanted, instead) in sent {
        let mut peer = Peer::to(node.tcp());
        let good = request("OPTIONS", 1, "broken", peer.local(), "ping", "");
        peer.send(&good.replace("Content-Length: 0\r\n", instead));
        let rest = peer.rest();
        assert!(rest.starts_with(&format!("SIP/2.0 {wanted}")), "{wanted}: {rest}");
        assert_eq!(header(&rest, "Call-ID"), "broken");
    }
    let mut browser = Peer::to(node.tcp());
    browser.send("GET / HTTP/1.1\r\nHost: node\r\n\r\n");
    assert_eq!(browser.rest(), "");
    node.await_metric("connections_closed_total{why=\"broken\"} 6");
    assert_serves(&node);
}

#[test]
fn a_peer_that_does_not_read_is_cut_off_and_nobody_waits_for_it() {
    let node = Node::new();
    let deaf = Peer::to(node.tcp());
    let local = deaf.local();
    let stream = deaf.stream.try_clone().unwrap();
    let talking = std::thread::spawn(move || {
        use std::io::Write;
        let mut stream = stream;
        // Far more answers than the kernel and the queue hold together; the error is the end of the connection.
        (0..)
            .take_while(|number| {
                let options = request("OPTIONS", 1, &format!("deaf-{number}"), local, "ping", "");
                stream.write_all(options.as_bytes()).is_ok()
            })
            .count()
    });
    node.await_metric("connections_closed_total{why=\"overflow\"} 1");
    assert!(talking.join().unwrap() > 100);
    node.await_metric("connections{by=\"peer\"} 0");
    assert_serves(&node);
    drop(deaf);
}

/// Its connection is not left to the idle time: who is banned has nothing more to say.
#[test]
fn the_connections_of_a_banned_source_are_closed() {
    let node = Node::new();
    let from = |host: u8| {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket
            .bind(&std::net::SocketAddr::from(([127, 0, 9, host], 0)).into())
            .unwrap();
        socket.connect(&node.tcp().into()).unwrap();
        Peer::over(socket.into())
    };
    let (mut flooding, mut quiet, mut other) = (from(1), from(1), from(2));
    let local = flooding.local();
    for number in 0..200 {
        let options = request("OPTIONS", 1, &format!("flood-{number}"), local, "ping", "");
        // The connection may be closed before all of them are written.
        if std::io::Write::write_all(&mut flooding.stream, options.as_bytes()).is_err() {
            break;
        }
    }
    node.await_metric("bans_total 1");
    assert_eq!(quiet.rest(), "");
    assert_eq!(from(1).rest(), "", "as long as the ban lasts");
    node.await_metric("connections_closed_total{why=\"banned\"} 3");
    let local = other.local();
    other.send(&request("OPTIONS", 1, "other", local, "ping", ""));
    assert!(other.receive().starts_with("SIP/2.0 "));
    assert_serves(&node);
}
