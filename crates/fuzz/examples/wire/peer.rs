//! A trunk that sends damaged messages and answers what it gets as it likes, often damaged.

use std::io::{ErrorKind, Read};
use std::net::UdpSocket;
use std::time::Duration;

use crate::fence::Fence;
use crate::messages::{DATAGRAM, Messages, request, sdp};

/// Dialogs that requests are made for.
const KNOWN: usize = 64;

pub(crate) struct Peer {
    socket: UdpSocket,
    messages: Messages,
    /// Requests that would end the dialogs whose beginning was seen.
    byes: Vec<String>,
    received: u64,
    answered: u64,
}

impl Peer {
    pub(crate) fn new(messages: Messages) -> Self {
        let socket = UdpSocket::bind(messages.parties.from).expect("the peer's address is free");
        socket.set_nonblocking(true).expect("a socket");
        Self {
            socket,
            messages,
            byes: Vec::new(),
            received: 0,
            answered: 0,
        }
    }

    /// Sends `count` messages, and answers in between.
    pub(crate) fn attack(&mut self, count: u64, fence: &mut Fence) {
        for _ in 0..count {
            let mut octets = self.messages.next();
            octets.truncate(DATAGRAM);
            self.send(&octets);
            fence.sent(octets.len());
            self.serve(true);
        }
        fence.await_node();
    }

    /// Ends its dialogs and answers as it should, until standard input ends.
    pub(crate) fn settle(mut self) {
        self.hang_up();
        let (told, ended) = std::sync::mpsc::channel::<()>();
        #[expect(
            clippy::disallowed_methods,
            reason = "an example beside the switch, not of it"
        )]
        std::thread::spawn(move || {
            // Whatever is read, or fails to be: it is the end that counts.
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            drop(told);
        });
        while ended.recv_timeout(Duration::from_millis(2)) == Err(std::sync::mpsc::RecvTimeoutError::Timeout)
        {
            self.serve(false);
            self.hang_up();
        }
        println!("peer_received {}\npeer_answered {}", self.received, self.answered);
    }

    fn hang_up(&mut self) {
        for bye in std::mem::take(&mut self.byes) {
            self.answered += 1;
            self.send(bye.as_bytes());
            self.serve(false);
        }
    }

    fn send(&self, octets: &[u8]) {
        match self.socket.send_to(octets, self.messages.parties.node) {
            Ok(_) => {}
            // What ICMP says of an earlier datagram.
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
            Err(error) => panic!("loopback refuses: {error}"),
        }
    }

    /// Reads what has come and answers it.
    fn serve(&mut self, wildly: bool) {
        let mut buffer = vec![0; 65_536];
        while let Ok(length) = self.socket.recv(&mut buffer) {
            self.received += 1;
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            let answer = if text.starts_with("SIP/2.0 ") {
                self.learn(&text)
            } else {
                self.answer(&text, wildly)
            };
            let Some(answer) = answer else { continue };
            self.answered += 1;
            let octets = if wildly && self.messages.roll(2) == 0 {
                self.messages.damaged(&answer)
            } else {
                answer.into_bytes()
            };
            self.send(&octets);
        }
    }

    /// Takes a response: a 2xx to an INVITE is a dialog, most of the time acknowledged.
    fn learn(&mut self, text: &str) -> Option<String> {
        let is_ok = text.starts_with("SIP/2.0 2")
            && header(text, "CSeq").is_some_and(|cseq| cseq.ends_with("INVITE"));
        if !is_ok {
            return None;
        }
        let (from, to, call_id) = (
            header(text, "From")?,
            header(text, "To")?,
            header(text, "Call-ID")?,
        );
        self.byes
            .push(in_dialog(&self.messages, "BYE", 100, from, to, call_id));
        let number = call_id.strip_prefix('w').and_then(|rest| rest.split('@').next());
        if let Some(number) = number.and_then(|number| u64::from_str_radix(number, 16).ok()) {
            let place = self.messages.roll(KNOWN);
            match self.messages.known.get_mut(place) {
                Some(known) => *known = (number, to.to_owned()),
                None => self.messages.known.push((number, to.to_owned())),
            }
        }
        let cseq = header(text, "CSeq")?.split(' ').next()?.parse().ok()?;
        (self.messages.roll(4) > 0).then(|| in_dialog(&self.messages, "ACK", cseq, from, to, call_id))
    }

    /// Answers a request of the node.
    fn answer(&mut self, text: &str, wildly: bool) -> Option<String> {
        let method = text.split(' ').next()?;
        let statuses: &[&str] = match (method, wildly) {
            ("ACK", _) => return None,
            ("INVITE", true) => &[
                "100 Trying",
                "180 Ringing",
                "183 Session Progress",
                "200 OK",
                "200 OK",
                "302 Moved",
                "404 Not Found",
                "480 Unavailable",
                "486 Busy Here",
                "503 Unavailable",
                "603 Decline",
                "",
            ],
            ("INVITE", false) => &["486 Busy Here"],
            (_, true) => &["200 OK", "200 OK", "481 None", "500 Oops", ""],
            (_, false) => &["200 OK"],
        };
        let status = statuses[self.messages.roll(statuses.len())];
        if status.is_empty() {
            return None;
        }
        let copied: String = text
            .lines()
            .filter(|line| {
                ["Via:", "From:", "Call-ID:", "CSeq:"]
                    .iter()
                    .any(|name| line.starts_with(name))
            })
            .flat_map(|line| [line, "\r\n"])
            .collect();
        let mut to = header(text, "To")?.to_owned();
        if !to.contains(";tag=") {
            to += ";tag=callee";
        }
        let from = self.messages.parties.from;
        let body = if method == "INVITE" {
            sdp(from)
        } else {
            String::new()
        };
        if method == "INVITE" && status.starts_with('2') {
            let (ours, theirs) = (to.as_str(), header(text, "From")?);
            let bye = in_dialog(&self.messages, "BYE", 100, ours, theirs, header(text, "Call-ID")?);
            self.byes.push(bye);
        }
        let sort = if body.is_empty() {
            ""
        } else {
            "Content-Type: application/sdp\r\n"
        };
        Some(format!(
            "SIP/2.0 {status}\r\n{copied}To: {to}\r\nContact: <sip:callee@{from}>\r\n{sort}Content-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    }
}

/// A request in the dialog that these headers name.
fn in_dialog(messages: &Messages, method: &str, cseq: u32, from: &str, to: &str, call_id: &str) -> String {
    let place = messages.parties;
    let branch = call_id.bytes().fold(u64::from(cseq), |sum, octet| {
        sum.wrapping_mul(31).wrapping_add(u64::from(octet))
    });
    request(place, method, branch, Some(to))
        .lines()
        .map(|line| {
            let line = match line.split(':').next().unwrap_or_default() {
                "From" => format!("From: {from}"),
                "Call-ID" => format!("Call-ID: {call_id}"),
                "CSeq" => format!("CSeq: {cseq} {method}"),
                _ => line.to_owned(),
            };
            line + "\r\n"
        })
        .collect()
}

fn header<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .map(str::trim)
}
