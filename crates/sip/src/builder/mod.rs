//! Writes messages into one buffer: start line, headers, body; Content-Length comes last and by itself.
mod response;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use smallvec::SmallVec;

use crate::decimal::Decimal;
use crate::syntax::is_token;
use crate::{Message, Method, Name, Status};

/// Most octets of start line and headers; beyond it headers are left out, so that the head can be scanned.
const MAX_HEAD: usize = 60_000;
/// Most octets of a Request-URI.
const MAX_URI: usize = 8_192;

/// Writes one message. CR, LF and NUL inside any value become a space (header injection).
///
/// Headers stand in the order of the calls, the body after them. A head is never longer than 60,000 octets:
/// a header that would exceed that is left out.
#[derive(Debug, Clone)]
pub struct Builder {
    /// Head without the empty line, then the body.
    buffer: Vec<u8>,
    /// Where the head ends.
    head: usize,
    /// Where the start line ends.
    first: usize,
}

impl Builder {
    /// Starts a request. Nothing in method or URI can break the request line: what may not stand in a method
    /// becomes `-`, blanks in a URI become `%20`.
    pub fn request(method: &Method, uri: &str) -> Self {
        // A guess that spares most requests a second allocation: only an INVITE has a large body.
        let mut buffer = Vec::with_capacity(if *method == Method::INVITE { 1_152 } else { 576 });
        let token = |octet| if is_token(octet) { octet } else { b'-' };
        buffer.extend(method.as_str().bytes().take(255).map(token));
        if buffer.is_empty() {
            buffer.push(b'-');
        }
        buffer.push(b' ');
        let cut = (0..=MAX_URI.min(uri.len()))
            .rev()
            .find(|at| uri.is_char_boundary(*at))
            .unwrap_or(0);
        for octet in uri[..cut].bytes() {
            if octet <= b' ' || octet == 0x7f {
                buffer.extend_from_slice(b"%20");
            } else {
                buffer.push(octet);
            }
        }
        buffer.extend_from_slice(b" SIP/2.0\r\n");
        Self {
            head: buffer.len(),
            first: buffer.len(),
            buffer,
        }
    }

    /// Starts the response to `request` (RFC 3261 section 8.2.6): copies Vias, From, To, Call-ID and CSeq.
    ///
    /// - The top Via gets `received` and `rport` when the transaction layer noted where the request came from
    ///   (RFC 3261 section 18.2.1, RFC 3581 section 4).
    /// - To gets `to_tag` unless it has a tag or the status is 100.
    /// - Timestamp goes into a 100, Record-Route into 101 to 299 to a request that can form a dialog
    ///   (section 12.1.1).
    ///
    /// `reason` defaults to [`Status::reason`]. A status outside 100..=699 is written as 500.
    pub fn response(status: Status, reason: Option<&str>, request: &Message, to_tag: Option<&str>) -> Self {
        response::start(status, reason, request, to_tag)
    }

    /// Adds a header. `Content-Length` and `Other` are passed over: the one is written by `finish`, the other
    /// has no name.
    pub fn header(mut self, name: Name, value: &str) -> Self {
        self.known(name, value.as_bytes());
        self
    }

    /// Adds a header whose value is these parts, one behind the other.
    pub fn joined(mut self, name: Name, parts: &[&str]) -> Self {
        if !matches!(name, Name::Other | Name::ContentLength) {
            let parts: SmallVec<[&[u8]; 8]> = parts.iter().map(|part| part.as_bytes()).collect();
            self.line(name.as_str().as_bytes(), &parts);
        }
        self
    }

    /// Adds a header of any name; octets that may not stand in a name become `-`.
    pub fn other(mut self, name: &str, value: &str) -> Self {
        match Name::parse(name.as_bytes()) {
            Name::ContentLength => {}
            Name::Other if name.is_empty() => {}
            Name::Other => {
                let at = self.head;
                self.line(name.as_bytes(), &[value.as_bytes()]);
                for octet in &mut self.buffer[at..self.head.min(at + name.len())] {
                    if !is_token(*octet) {
                        *octet = b'-';
                    }
                }
            }
            _ => self.line(name.as_bytes(), &[value.as_bytes()]),
        }
        self
    }

    /// Copies every header of that name, one line each, octet for octet (folds become blanks).
    pub fn copy(mut self, name: Name, from: &Message) -> Self {
        self.copy_lines(name, from);
        self
    }

    /// Sets the body and its Content-Type; the last call counts for the body.
    pub fn body(mut self, content_type: &str, body: &[u8]) -> Self {
        self.buffer.truncate(self.head);
        self.known(Name::ContentType, content_type.as_bytes());
        self.buffer.extend_from_slice(body);
        self
    }

    /// The message.
    pub fn finish(self) -> Message {
        Message::of_own(self.finish_octets())
    }

    /// The message as it is sent.
    pub(crate) fn finish_octets(mut self) -> Bytes {
        let length = Decimal::new((self.buffer.len() - self.head) as u64);
        let mut tail = SmallVec::<[u8; 48]>::from_slice(b"Content-Length: ");
        tail.extend_from_slice(length.octets());
        tail.extend_from_slice(b"\r\n\r\n");
        self.insert(self.head, &tail);
        // Responses are kept for half a minute; a much too large buffer is given back.
        if self.buffer.capacity() > self.buffer.len() + 512 {
            self.buffer.shrink_to_fit();
        }
        Bytes::from(self.buffer)
    }

    /// Writes the CSeq.
    pub(crate) fn cseq(mut self, number: u32, method: &Method) -> Self {
        let number = Decimal::new(u64::from(number));
        self.line(b"CSeq", &[number.octets(), b" ", method.as_str().as_bytes()]);
        self
    }

    /// Writes the Via of this hop above all other headers.
    pub(crate) fn top_via(&mut self, line: &[u8]) {
        self.insert(self.first, line);
        self.head += line.len();
    }

    /// Length of the finished message with this Via line.
    pub(crate) fn finished_len(&self, via: &[u8]) -> usize {
        let body = Decimal::new((self.buffer.len() - self.head) as u64);
        self.buffer.len() + via.len() + "Content-Length: \r\n\r\n".len() + body.octets().len()
    }

    fn known(&mut self, name: Name, value: &[u8]) {
        if !matches!(name, Name::Other | Name::ContentLength) {
            self.line(name.as_str().as_bytes(), &[value]);
        }
    }

    fn copy_lines(&mut self, name: Name, from: &Message) {
        for value in from.raw_values(name) {
            self.known(name, value);
        }
    }

    /// Adds `name: parts...`.
    fn line(&mut self, name: &[u8], parts: &[&[u8]]) {
        let length = name.len() + 4 + parts.iter().map(|part| part.len()).sum::<usize>();
        if self.head + length > MAX_HEAD {
            return;
        }
        let start = self.head;
        let body = self.buffer.len() - start;
        if body > 0 {
            self.buffer.resize(start + body + length, 0);
            self.buffer.copy_within(start..start + body, start + length);
            let mut at = start;
            for part in [name, b": "].into_iter().chain(parts.iter().copied()) {
                self.buffer[at..at + part.len()].copy_from_slice(part);
                at += part.len();
            }
        } else {
            for part in [name, b": "].into_iter().chain(parts.iter().copied()) {
                self.buffer.extend_from_slice(part);
            }
            self.buffer.extend_from_slice(b"\r\n");
        }
        self.head = start + length;
        disarm(&mut self.buffer[start..start + length - 2]);
        self.buffer[start + length - 2..start + length].copy_from_slice(b"\r\n");
    }

    fn insert(&mut self, at: usize, octets: &[u8]) {
        let old = self.buffer.len();
        self.buffer.resize(old + octets.len(), 0);
        self.buffer.copy_within(at..old, at + octets.len());
        self.buffer[at..at + octets.len()].copy_from_slice(octets);
    }
}

/// Replaces what could end a line early.
fn disarm(octets: &mut [u8]) {
    let mut at = 0;
    while let Some(offset) = memchr::memchr3(b'\r', b'\n', 0, &octets[at..]) {
        at += offset;
        octets[at] = b' ';
        at += 1;
    }
}
