//! What strangers try on a running node while it serves its peers.

use crate::calls::answers;
use crate::world::{BOB, NODE, PATIENCE, World, assert_talked, voice};
use pointsman_legs::{Numbers, PhoneEvent};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// An address of no trunk.
const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 66, 1);

/// An address of a trunk that asks whether the node is well.
const MONITOR: Ipv4Addr = Ipv4Addr::new(127, 0, 66, 2);

fn world() -> World {
    let mut world = World::prepared(Numbers::default().with(BOB, answers(2)), 100);
    let trunk =
        format!("trunks:\n  monitor: {{ address: \"{MONITOR}:5060\", accept_from: [\"{MONITOR}\"] }}");
    world.files.write("node.yaml", &NODE.replace("trunks:", &trunk));
    world.start();
    world
}

fn socket(address: Ipv4Addr) -> UdpSocket {
    let socket = UdpSocket::bind((address, 0)).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    socket
}

fn request(method: &str, from: SocketAddr, branch: &str, extra: &str) -> String {
    format!(
        "{method} sip:{BOB}@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {from};rport;branch=z9hG4bK{branch}\r\n\
         From: <sip:x@{from}>;tag=t\r\nTo: <sip:{BOB}@127.0.0.1>\r\nCall-ID: {branch}\r\nCSeq: 1 {method}\r\n\
         Max-Forwards: 70\r\nContact: <sip:x@{from}>\r\n{extra}Content-Length: 0\r\n\r\n"
    )
}

/// The status line of the answer to a request of `socket`.
fn answer(socket: &UdpSocket, node: SocketAddr, request: &str, call_id: &str) -> Option<String> {
    socket.send_to(request.as_bytes(), node).unwrap();
    let began = Instant::now();
    let mut buffer = vec![0; 65_536];
    while began.elapsed() < PATIENCE {
        let Ok(len) = socket.recv(&mut buffer) else {
            continue;
        };
        let text = String::from_utf8_lossy(&buffer[..len]);
        if text.contains(&format!("Call-ID: {call_id}\r\n")) {
            return text.lines().next().map(str::to_owned);
        }
    }
    None
}

/// A peer asks with OPTIONS and is answered.
fn assert_well(world: &World, monitor: &UdpSocket, name: &str) {
    let from = monitor.local_addr().unwrap();
    let asked = request("OPTIONS", from, name, "");
    let line = answer(monitor, world.sip(), &asked, name);
    assert_eq!(line.as_deref(), Some("SIP/2.0 200 OK"), "{name}");
}

#[test]
fn a_stranger_that_floods_is_banned_and_peers_notice_nothing() {
    let world = world();
    let (stranger, monitor) = (socket(STRANGER), socket(MONITOR));
    let from = stranger.local_addr().unwrap();
    let call = world.place(world.spec(BOB));
    for number in 0..5_000 {
        let method = ["INVITE", "OPTIONS", "REGISTER", "FOO"][number % 4];
        let text = request(method, from, &format!("flood{number}"), "");
        stranger.send_to(text.as_bytes(), world.sip()).unwrap();
        if number % 500 == 0 {
            assert_well(&world, &monitor, &format!("during{number}"));
        }
    }
    assert_well(&world, &monitor, "after");
    world.await_metric("pointsman_bans_total 1");
    let mut buffer = [0; 4096];
    let mut answers = 0;
    while stranger.recv(&mut buffer).is_ok() {
        answers += 1;
    }
    assert!(
        (50..=150).contains(&answers),
        "{answers} answers to 5,000 requests"
    );
    let caller = call.wait(PATIENCE).unwrap();
    assert_talked(&caller, &world.bobs(), &voice(2));
    world.await_idle();
}

#[test]
fn the_largest_datagrams_and_endless_headers_harm_nobody() {
    let world = world();
    let monitor = socket(MONITOR);
    let from = monitor.local_addr().unwrap();
    let long = |head: &str| format!("{head}{}\r\n", "x".repeat(63_000));
    let many = "X-Many: 1\r\n".repeat(5_700);
    let commas = format!("Require: {}1\r\n", "a,".repeat(31_000));
    let folded = format!("Subject: a{}\r\n", "\r\n b".repeat(15_000));
    let cases = [
        ("long", long("Subject: ")),
        ("many", many),
        ("commas", commas),
        ("folded", folded),
        ("route", long("Route: <sip:a@b>;p=")),
    ];
    for (name, extra) in cases {
        for method in ["OPTIONS", "INVITE"] {
            let call_id = format!("{name}{method}");
            let text = request(method, from, &call_id, &extra);
            let line = answer(&monitor, world.sip(), &text, &call_id);
            assert!(line.is_some_and(|line| line.starts_with("SIP/2.0 ")), "{call_id}");
        }
        assert_well(&world, &monitor, &format!("after-{name}"));
    }
}

#[test]
fn rtp_from_elsewhere_is_not_heard_and_takes_no_stream() {
    let world = world();
    let attacker = socket(STRANGER);
    let call = world.place(world.spec(BOB));
    call.wait_event(PATIENCE, |event| matches!(event, PhoneEvent::Hears { .. }))
        .unwrap();
    let ports = world.options.overrides.ports.clone().unwrap();
    // Loud noise in G.711 A-law, on every port, as one source and as many.
    for sequence in 0..150_u16 {
        for port in ports.clone().step_by(2) {
            let mut packet = vec![0x80, 8];
            packet.extend(sequence.to_be_bytes());
            packet.extend((u32::from(sequence) * 160).to_be_bytes());
            packet.extend([0, 0, 0, if sequence < 75 { 1 } else { sequence as u8 }]);
            packet.extend((0..160).map(|sample: u8| if sample % 8 < 4 { 0xAA } else { 0x2A }));
            let target = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
            let _ = attacker.send_to(&packet, target);
        }
        std::thread::park_timeout(Duration::from_millis(10));
    }
    let caller = call.wait(PATIENCE).unwrap();
    assert_talked(&caller, &world.bobs(), &voice(2));
    let mut buffer = [0; 2048];
    assert!(
        attacker.recv(&mut buffer).is_err(),
        "a stream was sent to the attacker"
    );
}
