//! Damaged SIP messages at a running switch, for `./scripts/fuzz-wire`:
//!
//! * `wire strangers-udp NODE MONITOR SEED COUNT FOLDER…` and `strangers-tcp`: from addresses of no trunk;
//! * `wire trunk-udp NODE MONITOR PEER SEED COUNT FOLDER…`: from a trunk, that then ends its calls and answers as it
//!   should until standard input ends;
//! * `wire cost NODE MONITOR SHAPE SIZE COUNT`: good requests of a size, for weighing;
//! * `wire one SHAPE SIZE COUNT`: the same to a switch inside this process, for counting instructions.
//!
//! The monitor asks with OPTIONS so often that nothing overflows. What happened is printed, a name and a number a line.
#![expect(
    clippy::disallowed_types,
    reason = "an example beside the switch, not of it: sockets are its business"
)]

mod fence;
mod messages;
mod peer;
mod streams;

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};

use fence::Fence;
use messages::{DATAGRAM, Messages, Parties, SHAPES, huge, request};
use peer::Peer;
use pointsman_sim::PlainCalls;

/// Addresses of strangers: 127.66.0.1 to 127.66.79.64, more than the switch remembers.
const SOURCES: [u8; 2] = [80, 64];

/// Messages in a row from one stranger: often so many that it is banned.
const ROW: usize = 240;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["strangers-udp", node, monitor, seed, count, folders @ ..] => {
            strangers_udp(
                &mut supply(node, node, "UDP", seed, folders),
                number(count),
                &mut fence(node, monitor),
            );
        }
        ["strangers-tcp", node, monitor, seed, count, folders @ ..] => {
            let mut fence = fence(node, monitor);
            let mut messages = supply(node, node, "TCP", seed, folders);
            streams::attack(&mut messages, number(count), &sources(), &mut fence);
            fence.report();
        }
        ["trunk-udp", node, monitor, peer, seed, count, folders @ ..] => {
            let mut fence = fence(node, monitor);
            let mut peer = Peer::new(supply(node, peer, "UDP", seed, folders));
            peer.attack(number(count), &mut fence);
            fence.report();
            println!("sent {count}\nsettling 1");
            peer.settle();
        }
        ["cost", node, monitor, shape, size, count] => {
            let mut fence = fence(node, monitor);
            let parties = parties(node, monitor, "UDP");
            for at in 0..number(count) {
                let asked = large(parties, shape, number(size) as usize, 1 << 40 | at);
                fence.ask(parties.node, &asked, 1 << 40 | at);
            }
            fence.report();
        }
        ["one", shape, size, count] => {
            let parties = parties("192.0.2.1:5060", "192.0.2.10:5060", "UDP");
            let mut calls = PlainCalls::new(|_| {});
            let answers: usize = (0..number(count))
                .map(|at| calls.ask(&large(parties, shape, number(size) as usize, at)))
                .sum();
            println!("answers {answers}");
        }
        _ => panic!("see the head of crates/fuzz/examples/wire/main.rs"),
    }
}

fn number(word: &str) -> u64 {
    word.parse().expect("a number")
}

fn parties(node: &str, from: &str, transport: &'static str) -> Parties {
    let address = |word: &str| word.parse().expect("an address with a port");
    Parties {
        node: address(node),
        from: address(from),
        transport,
    }
}

fn fence(node: &str, monitor: &str) -> Fence {
    Fence::new(parties(node, monitor, "UDP"))
}

fn supply(node: &str, from: &str, transport: &'static str, seed: &str, folders: &[&str]) -> Messages {
    Messages::new(number(seed), corpus(folders), parties(node, from, transport))
}

fn corpus(folders: &[&str]) -> Vec<Vec<u8>> {
    let mut files: Vec<_> = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).expect("a corpus is a folder"))
        .map(|entry| entry.expect("a readable entry").path())
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| std::fs::read(file).expect("a readable file"))
        .collect()
}

fn sources() -> Vec<Ipv4Addr> {
    let [nets, hosts] = SOURCES;
    (0..nets)
        .flat_map(|net| (1..=hosts).map(move |host| Ipv4Addr::new(127, 66, net, host)))
        .collect()
}

fn strangers_udp(messages: &mut Messages, count: u64, fence: &mut Fence) {
    let sources = sources();
    let (mut sent, mut answers, mut row) = (0, 0_u64, 0);
    while sent < count {
        let socket = UdpSocket::bind((sources[row % sources.len()], 0)).expect("a free port");
        socket.set_nonblocking(true).expect("a socket");
        messages.parties.from = socket.local_addr().expect("a bound socket");
        row += 1;
        for _ in 0..(1 + messages.roll(ROW)).min((count - sent) as usize) {
            let mut octets = messages.next();
            octets.truncate(DATAGRAM);
            let node: SocketAddr = messages.parties.node;
            // An error can only be of what ICMP says of an earlier one, and then this one is sent again.
            if socket.send_to(&octets, node).is_err() {
                socket.send_to(&octets, node).expect("loopback takes it");
            }
            sent += 1;
            fence.sent(octets.len());
        }
        fence.await_node();
        let mut buffer = [0; 64];
        while socket.recv(&mut buffer).is_ok() {
            answers += 1;
        }
    }
    println!(
        "sent {sent}\nsources {}\nanswers {answers}",
        row.min(sources.len())
    );
    fence.report();
}

/// A good request of `size` octets, large of one thing.
fn large(parties: Parties, shape: &str, size: usize, number: u64) -> Vec<u8> {
    let shape = SHAPES.iter().position(|known| known.0 == shape).expect("a shape");
    let mut octets = request(parties, SHAPES[shape].1, number, None).into_bytes();
    // Behind the headers that an answer needs: lines after the 512th are not looked at.
    let agent = b"User-Agent:";
    let at = octets.windows(agent.len()).position(|piece| piece == agent);
    let at = at.expect("every request says whose it is");
    octets.splice(at..at, huge(shape, size.saturating_sub(octets.len())));
    octets
}
