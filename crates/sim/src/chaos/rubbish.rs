//! Messages that no phone would send: repeated long after, made up from what was said, out of order, of a fork.
//!
//! They are valid SIP. What they are made of is found in the transcript when their time comes.

use std::net::SocketAddr;

use bytes::Bytes;
use pointsman_sip::{Message, Name};

use super::dice::Dice;
use crate::{Line, SWITCH, Transcript};

/// A message that no phone would send. The numbers choose, each from what there is at the time.
#[derive(Clone, Copy, Debug)]
pub struct Rubbish {
    kind: Kind,
    which: u64,
    salt: u64,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Something a peer said, once more.
    Repeat,
    /// A 2xx with another tag: another branch of a fork was answered too.
    Fork,
    /// A request in a dialog.
    InDialog,
    /// A request in a dialog, with an offer.
    Offer,
    /// A response nobody expects to a request of ours.
    Response,
    /// CANCEL of something a peer asked.
    Cancel,
    /// A request in a dialog that nobody has.
    Stray,
}

const METHODS: [&str; 12] = [
    "BYE", "INFO", "INVITE", "OPTIONS", "UPDATE", "MESSAGE", "REFER", "ACK", "PRACK", "NOTIFY", "PING", "BYE",
];

const STATUSES: [u16; 12] = [100, 180, 183, 199, 200, 202, 302, 408, 481, 487, 500, 603];

impl Rubbish {
    pub(crate) fn new(dice: &mut Dice) -> Self {
        let kind = dice.pick(&[
            Kind::Repeat,
            Kind::Repeat,
            Kind::Fork,
            Kind::InDialog,
            Kind::InDialog,
            Kind::Offer,
            Kind::Response,
            Kind::Response,
            Kind::Cancel,
            Kind::Stray,
        ]);
        Self {
            kind,
            which: dice.roll(1 << 40),
            salt: dice.roll(1 << 40),
        }
    }

    /// The message and who seems to send it; `None` while there is nothing to make it of.
    pub(crate) fn make(self, said: &Transcript) -> Option<(SocketAddr, Bytes)> {
        let from_peer = |line: &&Line| line.to == SWITCH && line.message.is_some();
        let from_us = |line: &&Line| line.from == SWITCH && line.message.is_some();
        match self.kind {
            Kind::Repeat => {
                let line = self.pick(said.lines().iter().filter(from_peer))?;
                Some((line.from, line.message.as_ref()?.raw().clone()))
            }
            Kind::Fork => {
                let oks = said.lines().iter().filter(from_peer);
                let line = self.pick(oks.filter(|line| line.what.ends_with(" INVITE")))?;
                Some((line.from, self.fork(line.message.as_ref()?)?))
            }
            Kind::InDialog | Kind::Offer | Kind::Stray => {
                let dialogs = said.lines().iter().filter(from_us);
                let line = self.pick(dialogs.filter(|line| {
                    line.what == "200 INVITE" || line.what == "180 INVITE" || line.what == "ACK"
                }))?;
                Some((line.to, self.in_dialog(line.message.as_ref()?, line.to)))
            }
            Kind::Response => {
                let asked = said.lines().iter().filter(from_us);
                let line = self.pick(asked.filter(|line| {
                    line.message.as_ref().is_some_and(Message::is_request) && line.what != "ACK"
                }))?;
                Some((line.to, self.response(line.message.as_ref()?)))
            }
            Kind::Cancel => {
                let asked = said.lines().iter().filter(from_peer);
                let line = self.pick(asked.filter(|line| line.what == "INVITE"))?;
                let text = head(line.message.as_ref()?, "CANCEL");
                Some((line.from, text.into()))
            }
        }
    }

    fn pick<'a>(self, lines: impl Iterator<Item = &'a Line>) -> Option<&'a Line> {
        let lines: Vec<&Line> = lines.collect();
        let at = usize::try_from(self.which).ok()?.checked_rem(lines.len())?;
        Some(lines[at])
    }

    fn tag(self) -> String {
        format!("rubbish{}", self.salt % 4)
    }

    fn fork(self, response: &Message) -> Option<Bytes> {
        let text = String::from_utf8(response.raw().to_vec()).ok()?;
        let text = match response.to_tag() {
            Some(tag) if !self.salt.is_multiple_of(5) => text.replace(tag, &self.tag()),
            _ => text,
        };
        let (_, rest) = text.split_once("\r\n")?;
        let mut text = format!("SIP/2.0 200 OK\r\n{rest}");
        if self.salt.is_multiple_of(7) {
            text = text.replace("Contact:", "X-Contact:");
        }
        Some(text.into())
    }

    /// A request of the peer in the dialog of one of our messages to it.
    fn in_dialog(self, ours: &Message, peer: SocketAddr) -> Bytes {
        let method = match self.kind {
            Kind::Offer => "INVITE",
            _ => METHODS[usize::try_from(self.salt % 12).unwrap_or(0)],
        };
        let (local, remote) = match ours.is_request() {
            true => (Name::To, Name::From),
            false => (Name::From, Name::To),
        };
        let value = |name| ours.header(name).unwrap_or_default().into_owned();
        let (from, mut to) = (value(local), value(remote));
        if matches!(self.kind, Kind::Stray) {
            to = format!("<sip:nobody@192.0.2.1>;tag={}", self.tag());
        }
        let cseq = match self.salt % 3 {
            0 => u64::from(ours.cseq().0),
            1 => u64::from(ours.cseq().0) + 1 + self.salt % 5,
            _ => self.salt % 4,
        };
        let body = match self.kind {
            Kind::Offer => format!(
                "v=0\r\no=- 7 {} IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio {} RTP/AVP {}\r\n",
                self.salt,
                30_000 + self.salt % 100 * 2,
                ["0", "8", "0 8", "18", "8 101"][usize::try_from(self.salt % 5).unwrap_or(0)],
                host = peer.ip(),
            ),
            _ => String::new(),
        };
        let kind = if body.is_empty() {
            ""
        } else {
            "Content-Type: application/sdp\r\n"
        };
        format!(
            "{method} sip:{SWITCH} SIP/2.0\r\nVia: SIP/2.0/UDP {peer};rport;branch=z9hG4bKrubbish{}\r\n\
             Max-Forwards: 70\r\nFrom: {from}\r\nTo: {to}\r\nCall-ID: {}\r\nCSeq: {cseq} {method}\r\n\
             Contact: <sip:{peer}>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
            self.salt,
            ours.call_id(),
            body.len(),
        )
        .into()
    }

    fn response(self, request: &Message) -> Bytes {
        let status = STATUSES[usize::try_from(self.salt % 12).unwrap_or(0)];
        let text = head(request, "");
        let (_, rest) = text.split_once("\r\n").unwrap_or_default();
        let to = request.header(Name::To).unwrap_or_default();
        let tagged = if to.contains("tag=") || self.salt.is_multiple_of(4) {
            rest.to_owned()
        } else {
            rest.replace(&format!("To: {to}"), &format!("To: {to};tag={}", self.tag()))
        };
        format!("SIP/2.0 {status} Rubbish\r\nContact: <sip:192.0.2.77>\r\n{tagged}").into()
    }
}

/// A message like this one without what is only its own; with another method if one is given.
fn head(message: &Message, method: &str) -> String {
    let value = |name| message.header(name).unwrap_or_default().into_owned();
    let own = message.cseq();
    let method = if method.is_empty() {
        own.1.to_string()
    } else {
        method.to_owned()
    };
    let vias: String = message
        .headers(Name::Via)
        .map(|via| format!("Via: {via}\r\n"))
        .collect();
    format!(
        "{method} {} SIP/2.0\r\n{vias}Max-Forwards: 70\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\n\
         CSeq: {} {method}\r\nContent-Length: 0\r\n\r\n",
        message.request_uri(),
        value(Name::From),
        value(Name::To),
        message.call_id(),
        own.0,
    )
}
