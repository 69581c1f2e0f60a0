//! A SIP peer over TCP made of text: it shares nothing with the framing under test but the RFC.

use crate::world::PATIENCE;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

/// One connection.
pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
    unread: Vec<u8>,
}

impl Peer {
    pub(crate) fn to(node: SocketAddr) -> Self {
        Self::over(TcpStream::connect(node).unwrap())
    }

    pub(crate) fn accepted(listener: &TcpListener) -> Self {
        Self::over(listener.accept().unwrap().0)
    }

    pub(crate) fn over(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            unread: Vec::new(),
        }
    }

    pub(crate) fn local(&self) -> SocketAddr {
        self.stream.local_addr().unwrap()
    }

    pub(crate) fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).unwrap();
    }

    /// The next message.
    pub(crate) fn receive(&mut self) -> String {
        loop {
            if let Some(message) = self.cut() {
                return message;
            }
            assert!(self.read(), "the connection ended after {:?}", self.text());
        }
    }

    /// The next message that is not 100 (Trying).
    pub(crate) fn receive_past_100(&mut self) -> String {
        loop {
            let message = self.receive();
            if !message.starts_with("SIP/2.0 100 ") {
                return message;
            }
        }
    }

    /// What comes until the node ends the connection.
    pub(crate) fn rest(&mut self) -> String {
        while self.read() {}
        self.text()
    }

    pub(crate) fn octets(&mut self, count: usize) -> String {
        while self.unread.len() < count {
            assert!(self.read(), "the connection ended after {:?}", self.text());
        }
        String::from_utf8(self.unread.drain(..count).collect()).unwrap()
    }

    /// Ends the connection with a reset instead of a FIN.
    pub(crate) fn reset(self) {
        let socket = socket2::SockRef::from(&self.stream);
        socket.set_linger(Some(std::time::Duration::ZERO)).unwrap();
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.unread).into_owned()
    }

    /// Takes a whole message out of what was read.
    fn cut(&mut self) -> Option<String> {
        let text = self.text();
        let (head, _) = text.split_once("\r\n\r\n")?;
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("Content-Length: "))
            .unwrap();
        let end = head.len() + 4 + length.parse::<usize>().unwrap();
        (self.unread.len() >= end).then(|| String::from_utf8(self.unread.drain(..end).collect()).unwrap())
    }

    fn read(&mut self) -> bool {
        let mut chunk = [0; 4096];
        match self.stream.read(&mut chunk) {
            Ok(0) => false,
            Ok(count) => {
                self.unread.extend_from_slice(&chunk[..count]);
                true
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => false,
            Err(error) => panic!("{error} after {:?}", self.text()),
        }
    }
}

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
                   m=audio 9 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n";

fn with_body(head: &str, kind: &str, body: &str) -> String {
    let kind = if body.is_empty() {
        String::new()
    } else {
        format!("Content-Type: {kind}\r\n")
    };
    format!("{head}{kind}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// A request outside or inside the one dialog of `call`, whose other end has the tag `theirs`.
pub(crate) fn request(
    method: &str,
    cseq: u32,
    call: &str,
    via: SocketAddr,
    to: &str,
    theirs: &str,
) -> String {
    let body = if method == "INVITE" { SDP } else { "" };
    let theirs = if theirs.is_empty() {
        String::new()
    } else {
        format!(";tag={theirs}")
    };
    with_body(
        &format!(
            "{method} sip:{to}@node SIP/2.0\r\nVia: SIP/2.0/TCP {via};branch=z9hG4bK{call}{method}{cseq}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:+32475112233@caller>;tag=ours\r\nTo: <sip:{to}@node>{theirs}\r\n\
             Call-ID: {call}\r\nCSeq: {cseq} {method}\r\nContact: <sip:peer@{via};transport=tcp>\r\n"
        ),
        "application/sdp",
        body,
    )
}

/// The response of a callee to `request`.
pub(crate) fn response(request: &str, status: &str, local: SocketAddr, transport: &str) -> String {
    let copied: String = request
        .lines()
        .filter(|line| {
            ["Via:", "From:", "Call-ID:", "CSeq:"]
                .iter()
                .any(|name| line.starts_with(name))
        })
        .map(|line| format!("{line}\r\n"))
        .collect();
    let to = header(request, "To");
    let to = if to.contains(";tag=") {
        to
    } else {
        format!("{to};tag=theirs")
    };
    let is_answer = status.starts_with("200") && header(request, "CSeq").ends_with("INVITE");
    with_body(
        &format!("SIP/2.0 {status}\r\n{copied}To: {to}\r\nContact: <sip:callee@{local}{transport}>\r\n"),
        "application/sdp",
        if is_answer { SDP } else { "" },
    )
}

pub(crate) fn header(message: &str, name: &str) -> String {
    message
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        .unwrap_or_else(|| panic!("no {name} in {message}"))
        .to_owned()
}

/// The tag of the To of a message.
pub(crate) fn to_tag(message: &str) -> String {
    let to = header(message, "To");
    to.split_once(";tag=").map(|(_, tag)| tag.to_owned()).unwrap()
}
