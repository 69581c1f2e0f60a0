//! What is sent: messages of real calls and of the corpora, damaged.

use std::net::SocketAddr;

use pointsman_fuzz::Damage;

/// Largest UDP payload over IPv4.
pub(crate) const DATAGRAM: usize = 65_507;

/// One in so many messages is blown up to many kilobytes.
const HUGE: usize = 150;

/// Methods of the requests that are made anew for each message; the first ones begin a call.
const METHODS: [&str; 12] = [
    "INVITE", "INVITE", "INVITE", "ACK", "BYE", "CANCEL", "UPDATE", "INFO", "PRACK", "OPTIONS", "REGISTER",
    "REFER",
];
const STATUSES: [&str; 6] = [
    "100 Trying",
    "180 Ringing",
    "183 Session Progress",
    "200 OK",
    "302 Moved Temporarily",
    "486 Busy Here",
];

/// Parties of the messages.
#[derive(Clone, Copy)]
pub(crate) struct Parties {
    pub(crate) node: SocketAddr,
    pub(crate) from: SocketAddr,
    pub(crate) transport: &'static str,
}

/// An endless supply of damaged messages; the same seed gives the same ones.
pub(crate) struct Messages {
    damage: Damage,
    corpus: Vec<Vec<u8>>,
    number: u64,
    pub(crate) parties: Parties,
    /// To headers, with their tags, of 2xx the node sent; requests in dialogs name them.
    pub(crate) known: Vec<(u64, String)>,
}

impl Messages {
    pub(crate) fn new(seed: u64, corpus: Vec<Vec<u8>>, parties: Parties) -> Self {
        Self {
            damage: Damage::new(seed),
            corpus,
            number: seed << 32,
            parties,
            known: Vec::new(),
        }
    }

    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.damage.roll(sides)
    }

    /// The next one, damaged.
    pub(crate) fn next(&mut self) -> Vec<u8> {
        let fresh = [self.fresh(), self.fresh()];
        let Self { damage, corpus, .. } = self;
        let mut octets = if damage.roll(4) == 0 {
            damage.of(|at| &corpus[at], corpus.len())
        } else {
            damage.of(|at| fresh[at].as_bytes(), fresh.len())
        };
        if damage.roll(HUGE) == 0 {
            let at = octets
                .iter()
                .position(|&octet| octet == b'\n')
                .map_or(0, |at| at + 1);
            let size = damage.roll(64 << 10);
            octets.splice(at..at, huge(damage.roll(SHAPES.len()), size));
        }
        octets
    }

    /// What was received, damaged.
    pub(crate) fn damaged(&mut self, text: &str) -> Vec<u8> {
        self.damage.of(|_| text.as_bytes(), 1)
    }

    /// A good message of a call that is new, or of one begun not long ago.
    fn fresh(&mut self) -> String {
        let pick = self.roll(METHODS.len() + STATUSES.len());
        let recent = self.number.saturating_sub(self.damage.roll(24) as u64);
        let Some(method) = METHODS.get(pick) else {
            return self.response(recent, STATUSES[pick - METHODS.len()]);
        };
        if *method == "INVITE" && self.roll(4) > 0 {
            self.number += 1;
            return request(self.parties, method, self.number, None);
        }
        let dialog = match self.known.len() {
            0 => None,
            count => Some(self.known[self.damage.roll(count)].clone()),
        };
        match dialog {
            Some((number, to)) if self.roll(2) == 0 => request(self.parties, method, number, Some(&to)),
            _ => request(self.parties, method, recent, None),
        }
    }

    fn response(&mut self, number: u64, status: &str) -> String {
        let Parties {
            node,
            from,
            transport,
        } = self.parties;
        let body = sdp(from);
        format!(
            "SIP/2.0 {status}\r\nVia: SIP/2.0/{transport} {node};branch=z9hG4bK{number:x};rport=5060\r\n\
             From: <sip:+3225550100@{node}>;tag=n{number:x}\r\nTo: <sip:+3225550200@{from}>;tag=p{number:x}\r\n\
             Call-ID: {number:x}@{node}\r\nCSeq: 1 INVITE\r\nContact: <sip:p@{from}>\r\n\
             Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }
}

/// A good request of call `number`, in the dialog whose To header is given.
pub(crate) fn request(parties: Parties, method: &str, number: u64, to: Option<&str>) -> String {
    let Parties {
        node,
        from,
        transport,
    } = parties;
    let first = format!("<sip:+3225550100@{node}>");
    let in_dialog = to.is_some();
    let to = to.unwrap_or(&first);
    let cseq = if in_dialog && method != "ACK" {
        2 + number % 50
    } else {
        1
    };
    let branch = match method {
        "ACK" | "CANCEL" if !in_dialog => format!("{number:x}INVITE"),
        _ => format!("{number:x}{method}{}", u8::from(in_dialog)),
    };
    let body = if matches!(method, "INVITE" | "UPDATE") {
        sdp(from)
    } else {
        String::new()
    };
    let sort = if body.is_empty() {
        ""
    } else {
        "Content-Type: application/sdp\r\n"
    };
    format!(
        "{method} sip:+3225550100@{node} SIP/2.0\r\nVia: SIP/2.0/{transport} {from};rport;branch=z9hG4bK{branch}\r\n\
         Max-Forwards: 70\r\nFrom: \"A. Caller\" <sip:+3225550200@{from}>;tag=c{number:x}\r\nTo: {to}\r\n\
         Call-ID: w{number:x}@{}\r\nCSeq: {cseq} {method}\r\nContact: <sip:c@{from};transport={transport}>\r\n\
         Supported: timer, replaces\r\nAllow: INVITE, ACK, BYE, CANCEL, INFO, UPDATE\r\nUser-Agent: wire\r\n\
         {sort}Content-Length: {}\r\n\r\n{body}",
        from.ip(),
        body.len()
    )
}

/// Audio that nobody sends.
pub(crate) fn sdp(of: SocketAddr) -> String {
    let ip = of.ip();
    format!(
        "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio 30000 RTP/AVP 8 0 101\r\n\
         a=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
    )
}

/// What a message can be large of: a name, the request that it weighs most in, and how a header of it is made. An empty
/// tail is a header line of its own for each piece.
pub(crate) const SHAPES: [(&str, &str, [&str; 3]); 10] = [
    ("long", "OPTIONS", ["Subject: ", "x", "\r\n"]),
    ("many", "OPTIONS", ["", "X-Many: 1\r\n", ""]),
    ("commas", "OPTIONS", ["Require: ", "a,", "a\r\n"]),
    ("folded", "OPTIONS", ["Subject: a", "\r\n b", "\r\n"]),
    (
        "routes",
        "OPTIONS",
        ["Route: ", "<sip:a@192.0.2.1;lr>,", "<sip:b@192.0.2.1;lr>\r\n"],
    ),
    (
        "vias",
        "OPTIONS",
        ["", "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\n", ""],
    ),
    (
        "record-routes",
        "INVITE",
        [
            "Record-Route: ",
            "<sip:a@192.0.2.1;lr>,",
            "<sip:b@192.0.2.1;lr>\r\n",
        ],
    ),
    ("accept", "INVITE", ["Accept: ", "a/b,", "application/sdp\r\n"]),
    ("privacy", "INVITE", ["Privacy: ", "none,", "none\r\n"]),
    (
        "contacts",
        "INVITE",
        ["Contact: ", "<sip:a@192.0.2.1>,", "<sip:b@192.0.2.1>\r\n"],
    ),
];

/// Header lines of about `size` octets in all.
pub(crate) fn huge(shape: usize, size: usize) -> Vec<u8> {
    let (_, _, [head, piece, tail]) = SHAPES[shape];
    let count = size.saturating_sub(head.len() + tail.len()) / piece.len();
    [head, &piece.repeat(count), tail].concat().into_bytes()
}

/// Makes the Content-Length true again, so that a stream goes on behind the message.
pub(crate) fn mend(octets: &mut Vec<u8>) {
    let find = |what: &[u8]| octets.windows(what.len()).position(|piece| piece == what);
    let (Some(head), Some(name)) = (find(b"\r\n\r\n"), find(b"\r\nContent-Length:")) else {
        return;
    };
    let line = name + 2;
    let end = octets[line..]
        .iter()
        .position(|&octet| octet == b'\n')
        .map_or(line, |at| line + at);
    if line < head + 2 {
        let length = octets.len() - head - 4;
        octets.splice(line..end, format!("Content-Length: {length}\r").into_bytes());
    }
}
