//! A peer that asks the node with OPTIONS and awaits the answer: then everything sent before has been read.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use crate::messages::{Parties, request};

/// What is under way at most before a fence: a receive buffer of 208 KiB, Debian's largest, holds it.
const MESSAGES: usize = 64;
const OCTETS: usize = 80 << 10;

/// Longer than this is a hang.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) struct Fence {
    socket: UdpSocket,
    parties: Parties,
    number: u64,
    messages: usize,
    octets: usize,
    slowest: Duration,
}

impl Fence {
    /// A fence that asks from an address of a trunk.
    pub(crate) fn new(parties: Parties) -> Self {
        let socket = UdpSocket::bind(parties.from).expect("the monitor's address is free");
        socket
            .set_read_timeout(Some(PATIENCE))
            .expect("a timeout that is not 0");
        Self {
            socket,
            parties,
            number: 0,
            messages: 0,
            octets: 0,
            slowest: Duration::ZERO,
        }
    }

    /// So much was sent; waits when it is enough.
    pub(crate) fn sent(&mut self, octets: usize) {
        self.messages += 1;
        self.octets += octets;
        // The next message can be as large as can be.
        if self.messages >= MESSAGES || self.octets >= OCTETS {
            self.await_node();
        }
    }

    /// Waits until the node has read everything.
    pub(crate) fn await_node(&mut self) {
        (self.messages, self.octets) = (0, 0);
        self.number += 1;
        let asked = request(self.parties, "OPTIONS", self.number, None);
        self.ask(self.parties.node, asked.as_bytes(), self.number);
    }

    /// Asks, and awaits the answer.
    pub(crate) fn ask(&mut self, node: SocketAddr, asked: &[u8], number: u64) {
        let began = now();
        self.socket.send_to(asked, node).expect("loopback takes it");
        let wanted = format!("Call-ID: w{number:x}@");
        let mut buffer = vec![0; 65_536];
        loop {
            let length = self.socket.recv(&mut buffer);
            let length = length.expect("the node answers OPTIONS of a peer within 5 s");
            if buffer[..length]
                .windows(wanted.len())
                .any(|piece| piece == wanted.as_bytes())
            {
                break;
            }
        }
        self.slowest = self.slowest.max(began.elapsed());
    }

    /// How many were asked, and how long the slowest answer took.
    pub(crate) fn report(&self) {
        println!("fences {}", self.number);
        println!("fence_slowest_ms {:.1}", self.slowest.as_secs_f64() * 1e3);
    }
}

#[expect(clippy::disallowed_methods, reason = "measures a switch in another process")]
fn now() -> Instant {
    Instant::now()
}
