//! The torture messages of RFC 4475 and RFC 5118, sent from an address of a trunk and answered by a running node.

use crate::world::{NODE, PATIENCE, World};
use pointsman_legs::behaviour::Refusal;
use pointsman_legs::{Behaviour, Numbers};
use pointsman_sip::{Builder, Message, Method, Name};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::time::Duration;

/// Where the messages come from, and where answers go whose Via asks for nothing else.
const SOURCE: Ipv4Addr = Ipv4Addr::new(127, 0, 44, 75);

/// What a message deserves.
#[derive(Clone, Copy, Debug)]
enum Ideal {
    /// A final response with this status.
    Is(u16),
    /// A final response other than 400.
    Sound,
    /// No answer.
    Nothing,
}

use Ideal::{Is, Nothing, Sound};

/// Every message, with the section, and what it deserves of a switch where no phone is configured: every REGISTER is asked who sends it.
const IDEALS: &[(&str, Ideal)] = &[
    ("wsinv", Is(481)),
    ("intmeth", Is(501)),
    ("esc01", Sound),
    ("escnull", Sound),
    ("esc02", Is(501)),
    ("lwsdisp", Is(200)),
    ("longreq", Sound),
    // What follows the first message in the datagram is no message.
    ("dblreq", Is(401)),
    ("semiuri", Is(200)),
    ("transports", Is(200)),
    ("mpart01", Is(405)),
    ("unreason", Nothing),
    ("noreason", Nothing),
    ("badinv01", Is(400)),
    ("clerr", Is(400)),
    ("ncl", Is(400)),
    ("scalar02", Is(400)),
    ("scalarlg", Nothing),
    ("quotbal", Is(400)),
    ("ltgtruri", Is(400)),
    ("lwsruri", Is(400)),
    ("lwsstart", Is(400)),
    ("trws", Is(400)),
    ("escruri", Is(400)),
    ("baddate", Sound),
    ("regbadct", Is(400)),
    ("badaspec", Is(400)),
    ("baddn", Is(400)),
    ("badvers", Is(505)),
    ("mismatch01", Is(400)),
    ("mismatch02", Is(400)),
    ("bigcode", Nothing),
    ("badbranch", Is(200)),
    ("insuf", Is(400)),
    ("unkscm", Is(416)),
    ("novelsc", Is(416)),
    ("unksm2", Is(401)),
    ("bext01", Is(420)),
    ("invut", Is(415)),
    ("regaut01", Is(401)),
    ("multi01", Is(400)),
    ("mcl01", Is(400)),
    ("bcast", Nothing),
    ("zeromf", Is(200)),
    ("cparam01", Is(401)),
    ("cparam02", Is(401)),
    ("regescrt", Is(401)),
    ("sdp01", Is(406)),
    ("inv2543", Sound),
    ("ipv6-good", Is(401)),
    ("ipv6-bad", Is(400)),
    ("port-ambiguous", Is(401)),
    ("port-unambiguous", Is(401)),
    ("via-received-param-with-delim", Is(481)),
    ("via-received-param-no-delim", Is(200)),
    ("ipv6-in-sdp", Sound),
    ("mult-ip-in-header", Is(481)),
    ("mult-ip-in-sdp", Sound),
    ("ipv4-mapped-ipv6", Sound),
    ("ipv6-bug-abnf-3-colons", Sound),
    ("ipv6-correct-abnf-2-colons", Sound),
];

fn corpus(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sip/tests/corpus");
    std::fs::read(folder.join(format!("{name}.sip"))).unwrap()
}

/// The port in the topmost Via: there an answer goes unless `rport` asks for the source port (RFC 3261 18.2.2).
fn via_port(message: &[u8]) -> Option<u16> {
    let text = String::from_utf8_lossy(message);
    let unfolded = text.replace("\r\n ", " ").replace("\r\n\t", " ");
    let via = unfolded.lines().find(|line| {
        let name = line.split(':').next().unwrap_or_default().trim();
        name.eq_ignore_ascii_case("via") || name.eq_ignore_ascii_case("v")
    })?;
    let (_, sent_by) = via.split_once(':')?.1.trim().split_once(' ')?;
    let sent_by = sent_by.trim().split([';', ',']).next()?.trim();
    let (_, after_host) = sent_by.rsplit_once(']').unwrap_or(("", sent_by));
    after_host
        .rsplit_once(':')
        .and_then(|(_, port)| port.trim().parse().ok())
}

struct Peer {
    sockets: BTreeMap<u16, UdpSocket>,
}

impl Peer {
    fn at(&mut self, port: u16) -> &UdpSocket {
        self.sockets.entry(port).or_insert_with(|| {
            let socket = UdpSocket::bind((SOURCE, port)).unwrap();
            socket.set_nonblocking(true).unwrap();
            socket
        })
    }

    /// Everything that has arrived, as text: some answers repeat the fault that they are about.
    fn heard(&self) -> Vec<String> {
        let mut buffer = vec![0; 65_536];
        let mut heard = Vec::new();
        for socket in self.sockets.values() {
            loop {
                match socket.recv(&mut buffer) {
                    Ok(len) => heard.push(String::from_utf8_lossy(&buffer[..len]).into_owned()),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(error) => panic!("{error}"),
                }
            }
        }
        heard
    }

    /// Sends an OPTIONS of our own behind the message; its answer shows that the message has been dealt with, but for
    /// what a call that it began still does.
    fn ask(&self, node: SocketAddr, number: usize) -> String {
        let options = format!(
            "OPTIONS sip:{node} SIP/2.0\r\nVia: SIP/2.0/UDP {SOURCE}:5060;rport;branch=z9hG4bKprobe{number}\r\n\
             From: <sip:probe@{SOURCE}>;tag=p\r\nTo: <sip:{node}>\r\nCall-ID: probe-{number}\r\nCSeq: 1 OPTIONS\r\n\
             Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        );
        self.sockets[&5060].send_to(options.as_bytes(), node).unwrap();
        format!("Call-ID: probe-{number}\r\n")
    }
}

fn final_status(answers: &[String]) -> Option<u16> {
    let statuses = answers
        .iter()
        .filter_map(|text| text.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok());
    statuses.into_iter().find(|status| *status >= 200)
}

/// Stops the node from sending a failure of an INVITE again.
fn acknowledge(peer: &Peer, node: SocketAddr, invite: &[u8], answer: &str) {
    let parse = |text: &[u8]| Message::parse(text.to_vec().into());
    let (Ok(invite), Ok(answer)) = (parse(invite), parse(answer.as_bytes())) else {
        return;
    };
    let (cseq, method) = answer.cseq();
    if *method == Method::INVITE && answer.status().is_some_and(|status| status.0 >= 300) {
        let ack = Builder::request(&Method::ACK, invite.request_uri())
            .copy(Name::Via, &invite)
            .copy(Name::From, &answer)
            .copy(Name::To, &answer)
            .copy(Name::CallId, &answer)
            .header(Name::CSeq, &format!("{cseq} ACK"))
            .finish();
        peer.sockets[&5060].send_to(ack.raw(), node).unwrap();
    }
}

#[test]
fn each_torture_message_gets_the_answer_it_deserves() {
    let busy = Behaviour::Busy(Refusal::default());
    let mut world = World::prepared(Numbers::default().with("*", busy), 100);
    let trunk = format!("trunks:\n  torture: {{ address: \"{SOURCE}:5060\", accept_from: [\"{SOURCE}\"] }}");
    world.files.write("node.yaml", &NODE.replace("trunks:", &trunk));
    world.start();
    let node = world.sip();
    let mut peer = Peer {
        sockets: BTreeMap::new(),
    };
    peer.at(5060);
    let mut wrong = Vec::new();
    assert_eq!(IDEALS.len(), 61);
    for (number, (name, ideal)) in IDEALS.iter().enumerate() {
        let message = corpus(name);
        peer.at(via_port(&message).unwrap_or(5060));
        peer.sockets[&5060].send_to(&message, node).unwrap();
        let probe = peer.ask(node, number);
        let mut answers = Vec::new();
        let wants_more = !matches!(ideal, Nothing);
        let waited = std::time::Instant::now();
        let mut probed = false;
        while !(probed && (!wants_more || final_status(&answers).is_some())) && waited.elapsed() < PATIENCE {
            for answer in peer.heard() {
                if answer.contains(&probe) {
                    probed = true;
                } else {
                    acknowledge(&peer, node, &message, &answer);
                    answers.push(answer);
                }
            }
            std::thread::park_timeout(Duration::from_millis(2));
        }
        assert!(probed, "after {name} the node is silent");
        let status = final_status(&answers);
        let right = match ideal {
            Is(wanted) => status == Some(*wanted),
            Sound => status.is_some_and(|status| status != 400),
            Nothing => answers.is_empty(),
        };
        if !right {
            wrong.push(format!("{name}: {ideal:?} but {status:?} {answers:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
