//! What a peer may not do, on a running node: every refusal with its status, as the wire shows it.

use crate::world::{NODE, PATIENCE, World};
use pointsman_legs::Numbers;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Instant;

/// A node with two peers that are plain sockets: one that asks, and one that its calls lead to and that never answers.
struct Peers {
    world: World,
    near: UdpSocket,
    far: UdpSocket,
}

impl Peers {
    /// `host` keeps tests that run at the same time apart; `limits` are those of the peer that asks.
    fn new(host: u8, limits: &str) -> Self {
        let address = |last| Ipv4Addr::new(127, 0, host, last);
        let (near_at, far_at) = (address(2), address(3));
        let bind = |address| UdpSocket::bind((address, 5060)).unwrap();
        let (near, far) = (bind(near_at), bind(far_at));
        for socket in [&near, &far] {
            socket
                .set_read_timeout(Some(std::time::Duration::from_millis(20)))
                .unwrap();
        }
        let trunks = format!(
            "trunks:\n  near: {{ address: \"{near_at}:5060\", accept_from: [\"{near_at}\"]{limits} }}\n  \
             far: {{ address: \"{far_at}:5060\", accept_from: [\"{far_at}\"] }}"
        );
        let mut world = World::prepared(Numbers::default(), 100);
        let node = NODE
            .replace("trunks:", &trunks)
            .replace("trunk: bob }", "trunk: far }");
        world.files.write("node.yaml", &node);
        world.start();
        Self { world, near, far }
    }

    fn ask(&self, request: &Request<'_>) {
        let text = request.text(self.near.local_addr().unwrap());
        self.near.send_to(text.as_bytes(), self.world.sip()).unwrap();
    }

    /// The first answer to a request with this branch that is not 100, unless 100 is `wanted`.
    fn answer(&self, branch: &str, wanted: u16) -> String {
        let mark = format!("z9hG4bK{branch}\r\n");
        received(&self.near, |text| {
            let status = text
                .split(' ')
                .nth(1)
                .and_then(|status| status.parse::<u16>().ok());
            text.starts_with("SIP/2.0 ") && text.contains(&mark) && (status != Some(100) || wanted == 100)
        })
    }

    fn refused(&self, request: &Request<'_>, status: u16) -> String {
        self.ask(request);
        let answer = self.answer(request.branch, status);
        assert!(answer.starts_with(&format!("SIP/2.0 {status} ")), "{answer}");
        answer
    }
}

/// The next message that is looked for; others are passed over.
fn received(socket: &UdpSocket, is_it: impl Fn(&str) -> bool) -> String {
    let (began, mut buffer) = (Instant::now(), vec![0; 65_536]);
    while began.elapsed() < PATIENCE {
        let Ok(length) = socket.recv(&mut buffer) else {
            continue;
        };
        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
        if is_it(&text) {
            return text;
        }
    }
    panic!("what was awaited did not come");
}

#[derive(Clone, Copy)]
struct Request<'a> {
    method: &'a str,
    user: &'a str,
    branch: &'a str,
    call_id: &'a str,
    to_tag: &'a str,
    forwards: u32,
    extra: &'a str,
}

impl<'a> Request<'a> {
    fn new(method: &'a str, branch: &'a str) -> Self {
        Self {
            method,
            user: "+3299990000",
            branch,
            call_id: branch,
            to_tag: "",
            forwards: 70,
            extra: "",
        }
    }

    fn text(&self, from: SocketAddr) -> String {
        let Self {
            method,
            user,
            branch,
            call_id,
            to_tag,
            forwards,
            extra,
        } = self;
        format!(
            "{method} sip:{user}@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK{branch}\r\n\
             From: <sip:+32475112233@{from}>;tag=near\r\nTo: <sip:{user}@127.0.0.1>{to_tag}\r\nCall-ID: {call_id}\r\n\
             CSeq: 1 {method}\r\nMax-Forwards: {forwards}\r\nContact: <sip:near@{from}>\r\n{extra}Content-Length: 0\r\n\r\n"
        )
    }
}

#[test]
fn requests_that_fit_nothing_are_refused_each_with_its_status() {
    let peers = Peers::new(68, "");
    let gone = Request {
        to_tag: ";tag=gone",
        ..Request::new("BYE", "stray")
    };
    peers.refused(&gone, 481);
    let info = Request {
        branch: "strayinfo",
        ..Request {
            method: "INFO",
            ..gone
        }
    };
    peers.refused(&info, 481);
    assert!(
        peers
            .refused(&Request::new("PUBLISH", "publish"), 405)
            .contains("\r\nAllow: ")
    );
    assert!(
        peers
            .refused(&Request::new("DANCE", "dance"), 501)
            .contains("\r\nAllow: ")
    );
    let require = Request {
        extra: "Require: teleport\r\n",
        ..Request::new("INVITE", "require")
    };
    assert!(
        peers
            .refused(&require, 420)
            .contains("\r\nUnsupported: teleport\r\n")
    );
    let tired = Request {
        forwards: 0,
        ..Request::new("INVITE", "tired")
    };
    peers.refused(&tired, 483);
}

#[test]
fn an_invite_that_comes_twice_by_other_ways_is_merged_and_one_of_our_own_is_a_loop() {
    let peers = Peers::new(69, "");
    let first = Request::new("INVITE", "first");
    peers.ask(&first);
    let ours = received(&peers.far, |text| text.starts_with("INVITE "));
    let merged = Request {
        branch: "second",
        call_id: "first",
        ..first
    };
    peers.refused(&merged, 482);
    // The far side sends our INVITE back to us, one hop further on.
    let from = peers.far.local_addr().unwrap();
    let (line, rest) = ours.split_once("\r\n").unwrap();
    let back = format!("{line}\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bKback\r\n{rest}");
    peers.far.send_to(back.as_bytes(), peers.world.sip()).unwrap();
    let answer = received(&peers.far, |text| {
        text.starts_with("SIP/2.0 ") && !text.starts_with("SIP/2.0 100") && text.contains("z9hG4bKback")
    });
    assert!(answer.starts_with("SIP/2.0 482 "), "{answer}");
}

#[test]
fn a_flood_of_invites_that_nobody_answers_stops_at_the_limit_and_112_passes() {
    let peers = Peers::new(70, ", limits: { setups: 3 }");
    for branch in ["one", "two", "three"] {
        peers.refused(&Request::new("INVITE", branch), 100);
    }
    for branch in ["four", "five"] {
        let refused = peers.refused(&Request::new("INVITE", branch), 503);
        assert!(refused.contains("\r\nRetry-After: "), "{refused}");
    }
    let emergency = Request {
        user: "112",
        ..Request::new("INVITE", "emergency")
    };
    peers.refused(&emergency, 100);
    received(&peers.far, |text| text.starts_with("INVITE sip:112@"));
    peers.refused(&Request::new("OPTIONS", "options"), 200);
}

#[test]
fn line_ends_in_a_number_make_no_header_on_the_other_side() {
    let peers = Peers::new(71, "");
    let evil = Request {
        user: "+3232%0D%0AX-Evil:%201%0D%0A",
        extra: "Subject: a\tb\r\n X-Evil: folded\r\n",
        ..Request::new("INVITE", "evil")
    };
    peers.ask(&evil);
    let ours = received(&peers.far, |text| text.starts_with("INVITE "));
    let injected = ours
        .lines()
        .filter(|line| line.to_lowercase().starts_with("x-evil"));
    assert_eq!(injected.count(), 0, "{ours}");
}
