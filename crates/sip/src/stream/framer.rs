//! Cuts a stream into messages (RFC 3261 sections 7.5 and 18.3, RFC 5626 section 4.4.1).
use bytes::Bytes;

use crate::Status;
use crate::message::{MAX_HEAD, content_length};
use crate::syntax::is_token;

/// Most octets of a body on a stream. What fits in a datagram fits here too.
pub const MAX_BODY: usize = u16::MAX as usize;

/// Most memory that an empty buffer keeps.
const KEPT: usize = 8 << 10;

/// What was cut off the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// One whole message.
    Message(Bytes),
    /// A keepalive, CRLF CRLF between messages: owed a CRLF.
    Ping,
}

/// The stream cannot be cut any further: nobody knows where the next message begins. The connection has to be
/// closed, after an answer if `head` can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// What could be read of the message, whole lines only; empty if it is not SIP.
    pub head: Bytes,
    /// Why.
    pub why: BreakReason,
}

/// Why a stream cannot be cut any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakReason {
    /// No message begins like that.
    NotSip,
    /// Where the message ends is not said (RFC 3261 section 18.3).
    NoLength,
    /// Where it ends is said in a way that cannot be read.
    MalformedLength,
    /// It is said in two ways.
    TwoLengths,
    /// Start line and headers are too long.
    LongHead,
    /// The body is too long.
    LongBody,
}

impl BreakReason {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::NotSip,
        Self::NoLength,
        Self::MalformedLength,
        Self::TwoLengths,
        Self::LongHead,
        Self::LongBody,
    ];

    /// Reason phrase of the answer.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotSip => "not SIP",
            Self::NoLength => "Content-Length is required on a stream",
            Self::MalformedLength => "malformed Content-Length",
            Self::TwoLengths => "two different Content-Length headers",
            Self::LongHead => "header part larger than 65535 octets",
            Self::LongBody => "body larger than 65535 octets",
        }
    }

    /// Status of the answer.
    pub const fn status(self) -> Status {
        match self {
            Self::LongHead | Self::LongBody => Status::MESSAGE_TOO_LARGE,
            _ => Status::BAD_REQUEST,
        }
    }
}

/// Cuts one connection's octets into messages. After every [`Self::push`] its owner calls [`Self::poll`] until
/// there is nothing more; then no more than one message is held.
///
/// The cost is linear in the octets, however they are spread over the calls.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: Vec<u8>,
    /// Where the next frame begins.
    start: usize,
    /// Where to look for the next line end; everything before it has been looked at.
    seek: usize,
    /// Where the line begins that is not whole yet.
    line: usize,
    /// Where the message ends, once its head is whole.
    end: Option<usize>,
    /// A CRLF went by at the last boundary, half of a keepalive.
    half_ping: bool,
}

impl Framer {
    /// At the beginning of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Octets arrived.
    pub fn push(&mut self, octets: &[u8]) {
        if self.start == self.buffer.len() {
            self.buffer.clear();
            self.rebase();
        } else if self.start > self.buffer.len() / 2 {
            // Moves fewer octets than were taken out since the last time.
            self.buffer.drain(..self.start);
            self.rebase();
        }
        if self.buffer.is_empty() && self.buffer.capacity() > KEPT {
            self.buffer = Vec::new();
        }
        self.buffer.extend_from_slice(octets);
    }

    /// `start` becomes the beginning of the buffer.
    fn rebase(&mut self) {
        self.seek -= self.start;
        self.line -= self.start;
        self.end = self.end.map(|end| end - self.start);
        self.start = 0;
    }

    /// The next frame; `None` when more octets have to come first.
    ///
    /// # Errors
    /// See [`Broken`]; there is no way on after it.
    pub fn poll(&mut self) -> Result<Option<Frame>, Broken> {
        if self.line == self.start && self.skip_blank_lines() {
            return Ok(Some(Frame::Ping));
        }
        let end = match self.end {
            Some(end) => end,
            None => match self.find_end()? {
                Some(end) => *self.end.insert(end),
                None => return Ok(None),
            },
        };
        if self.buffer.len() < end {
            return Ok(None);
        }
        // Exactly as large as the message: it may be kept for half a minute, the buffer would be kept with it.
        let message = Bytes::copy_from_slice(&self.buffer[self.start..end]);
        self.begin_at(end);
        Ok(Some(Frame::Message(message)))
    }

    /// Octets held.
    #[cfg(test)]
    pub(super) fn buffer_len(&self) -> usize {
        self.buffer.len()
    }

    /// Octets that the next search for a line end has to look at.
    #[cfg(test)]
    pub(super) fn unseen(&self) -> usize {
        if self.end.is_some() {
            0
        } else {
            self.buffer.len() - self.seek
        }
    }

    /// Nothing of a message has come.
    pub fn is_between(&self) -> bool {
        self.start == self.buffer.len()
    }

    fn begin_at(&mut self, at: usize) {
        self.start = at;
        self.seek = at;
        self.line = at;
        self.end = None;
        self.half_ping = false;
    }

    /// Passes over the empty lines before a message; `true` if two of them make a keepalive.
    fn skip_blank_lines(&mut self) -> bool {
        loop {
            let rest = &self.buffer[self.start..];
            let length = match rest {
                [b'\n', ..] => 1,
                [b'\r', b'\n', ..] => 2,
                _ => return false,
            };
            let half_ping = length == 2 && !self.half_ping;
            let whole = length == 2 && self.half_ping;
            self.begin_at(self.start + length);
            self.half_ping = half_ping;
            if whole {
                return true;
            }
        }
    }

    /// Looks for the empty line, from where the last look ended, and reads from the head where the message ends.
    fn find_end(&mut self) -> Result<Option<usize>, Broken> {
        if let Some(first) = self.buffer.get(self.start)
            && !is_token(*first)
            && !(*first == b'\r' && self.start + 1 == self.buffer.len())
        {
            return Err(self.not_sip());
        }
        while let Some(offset) = memchr::memchr(b'\n', &self.buffer[self.seek..]) {
            let next = self.seek + offset + 1;
            let is_first = self.line == self.start;
            let line = without_end(&self.buffer[self.line..next]);
            if is_first && !is_start_line(line) {
                return Err(self.not_sip());
            }
            let is_last = line.is_empty();
            self.seek = next;
            if next - self.start > MAX_HEAD {
                return Err(self.broken(self.line, BreakReason::LongHead));
            }
            self.line = next;
            if is_last {
                return self.end_of_message(next).map(Some);
            }
        }
        self.seek = self.buffer.len();
        if self.seek - self.start > MAX_HEAD {
            return Err(self.broken(self.line, BreakReason::LongHead));
        }
        Ok(None)
    }

    fn end_of_message(&self, body: usize) -> Result<usize, Broken> {
        let broken = |why| self.broken(body, why);
        match content_length(&self.buffer[self.start..body]) {
            Err(why) => Err(broken(why)),
            Ok(None) => Err(broken(BreakReason::NoLength)),
            Ok(Some(length)) if length > MAX_BODY => Err(self.broken(body, BreakReason::LongBody)),
            Ok(Some(length)) => Ok(body + length),
        }
    }

    fn not_sip(&self) -> Broken {
        self.broken(self.start, BreakReason::NotSip)
    }

    fn broken(&self, head: usize, why: BreakReason) -> Broken {
        Broken {
            head: Bytes::copy_from_slice(&self.buffer[self.start..head]),
            why,
        }
    }
}

fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Whether a line may begin a message: `SIP/…` or `… SIP/…`. Its version is judged later (RFC 3261 section 21.5.6).
fn is_start_line(line: &[u8]) -> bool {
    let version = |text: &[u8]| text.len() > 4 && text[..4].eq_ignore_ascii_case(b"SIP/");
    version(line)
        || line
            .rsplit(|octet| *octet == b' ')
            .find(|word| !word.is_empty())
            .is_some_and(version)
}
