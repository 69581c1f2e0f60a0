//! The scanner: one pass over the lines, then the checks that RFC 4475 asks for.
use bytes::Bytes;
use smallvec::SmallVec;

use super::check::{self, Seen};
use super::start::{self, FirstLine};
use super::{Line, MAX_HEAD, Message, ParseError, Span, Start};
use crate::syntax::{self, Fault, is_blank, is_token, skip_blank};
use crate::{Method, Name, Status};

/// Most header lines that are looked at.
const MAX_LINES: usize = 512;

/// Whose message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writer {
    /// Somebody else's: everything is checked.
    Peer,
    /// Ours: only what is asked for later is looked for.
    Us,
}

/// The first thing that is wrong, as the answer to it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Verdict(Option<(Status, Fault)>);

impl Verdict {
    pub(super) fn blame(&mut self, status: Status, fault: Fault) {
        self.0.get_or_insert((status, fault));
    }

    pub(super) fn note<T>(&mut self, result: Result<T, Fault>) -> Option<T> {
        result
            .map_err(|fault| self.blame(Status::BAD_REQUEST, fault))
            .ok()
    }
}

pub(super) fn parse(raw: Bytes) -> Result<Message, ParseError> {
    let (message, verdict) = scan(raw, Writer::Peer).map_err(ParseError::NotSip)?;
    match verdict.0 {
        None => Ok(message),
        // RFC 3261 section 8.1.3: a broken response is dropped; RFC 4475 section 3.1.2.5.
        Some((_, fault)) if !message.is_request() => Err(ParseError::NotSip(fault)),
        Some((_, fault)) if message.raw_values(Name::Via).next().is_none() => Err(ParseError::NotSip(fault)),
        Some((status, reason)) => Err(ParseError::Answerable {
            message: Box::new(message),
            status,
            reason,
        }),
    }
}

pub(super) fn own(raw: Bytes) -> Result<Message, Fault> {
    scan(raw, Writer::Us).map(|(message, _)| message)
}

/// Lines of a head: each without its line end, folds joined in place.
pub(super) struct Lines<'a> {
    raw: &'a [u8],
    at: usize,
}

impl<'a> Lines<'a> {
    /// The header lines behind a start line.
    pub(super) fn behind_start(raw: &'a [u8]) -> Self {
        let mut lines = Self { raw, at: 0 };
        (_, lines.at) = lines.physical(0);
        lines
    }

    /// Position range of the next physical line, and where the one after it begins.
    fn physical(&self, at: usize) -> (std::ops::Range<usize>, usize) {
        match memchr::memchr(b'\n', &self.raw[at..]) {
            Some(offset) => {
                let end = at + offset;
                let cut = if end > at && self.raw[end - 1] == b'\r' {
                    end - 1
                } else {
                    end
                };
                (at..cut, end + 1)
            }
            None => (at..self.raw.len(), self.raw.len()),
        }
    }

    /// Next line with its continuation lines; `None` at the empty line or at the end of the octets.
    pub(super) fn next(&mut self) -> Option<std::ops::Range<usize>> {
        if self.at >= self.raw.len() {
            return None;
        }
        let (mut line, mut next) = self.physical(self.at);
        if line.is_empty() {
            self.at = next;
            return None;
        }
        while matches!(self.raw.get(next), Some(b' ' | b'\t')) {
            let (folded, after) = self.physical(next);
            line.end = folded.end;
            next = after;
        }
        self.at = next;
        Some(line)
    }
}

fn scan(mut raw: Bytes, writer: Writer) -> Result<(Message, Verdict), Fault> {
    // RFC 3261 section 7.5: empty lines before the start line are ignored.
    let blank = raw
        .iter()
        .position(|octet| !matches!(octet, b'\r' | b'\n'))
        .unwrap_or(raw.len());
    if blank > 0 {
        bytes::Buf::advance(&mut raw, blank);
    }
    if raw.is_empty() {
        return Err("empty datagram");
    }
    let mut lines = Lines { raw: &raw, at: 0 };
    let (first, next) = lines.physical(0);
    lines.at = next;
    if next > MAX_HEAD {
        return Err("start line too long");
    }
    let FirstLine {
        start,
        method,
        verdict,
    } = start::read(&raw[first], writer)?;
    let mut table = Table {
        raw: &raw,
        lines: SmallVec::new(),
        seen: Seen::default(),
        judged: writer == Writer::Peer && matches!(start, Start::Request { .. }),
        verdict,
    };
    let head = table.read(&mut lines)?;
    let Table {
        lines,
        seen,
        mut verdict,
        judged,
        ..
    } = table;
    let method = method
        .or_else(|| seen.cseq_method(&raw))
        .unwrap_or(Method::Extension("".into()));
    let mut envelope = seen.check(&raw, &method, &mut verdict);
    if writer == Writer::Peer {
        seen.check_via(&raw, &mut envelope, &mut verdict);
    }
    if judged {
        seen.check_request(&raw, &mut verdict);
    }
    envelope.more_vias |= seen.vias > 1;
    let length = match seen.content_length {
        Some(length) if head + length > raw.len() => {
            verdict.blame(Status::BAD_REQUEST, "Content-Length larger than the message");
            raw.len() - head
        }
        Some(length) => length,
        None => raw.len() - head,
    };
    let end = head + length;
    if end < raw.len() {
        raw.truncate(end);
    }
    let place = |at: usize| u32::try_from(at).map_err(|_| "message too large");
    let body = (place(head)?, place(end)?);
    Ok((
        Message {
            raw,
            start,
            method,
            lines,
            envelope,
            body,
            source: None,
        },
        verdict,
    ))
}

/// The span of a range that lies inside the head.
pub(super) fn span(range: std::ops::Range<usize>, offset: usize) -> Span {
    // The head is at most 65,535 octets long, so this saturates only for a head that is refused anyway.
    let place = |at: usize| u16::try_from(at + offset).unwrap_or(u16::MAX);
    Span {
        start: place(range.start),
        end: place(range.end),
    }
}

/// Where the name of a header line ends, and its value.
pub(super) fn parts(line: &[u8]) -> Option<(usize, std::ops::Range<usize>)> {
    let end = line
        .iter()
        .position(|octet| !is_token(*octet))
        .unwrap_or(line.len());
    let colon = skip_blank(line, end);
    if end == 0 || line.get(colon) != Some(&b':') {
        return None;
    }
    let start = skip_blank(line, colon + 1);
    let mut stop = line.len();
    while stop > start && is_blank(line[stop - 1]) {
        stop -= 1;
    }
    Some((end, start.min(stop)..stop))
}

/// Header lines while they are collected.
struct Table<'a> {
    raw: &'a [u8],
    lines: SmallVec<[Line; 24]>,
    seen: Seen,
    /// A request of a peer: it deserves an answer if it is wrong.
    judged: bool,
    verdict: Verdict,
}

impl Table<'_> {
    /// Reads all header lines; returns where the body begins.
    fn read(&mut self, lines: &mut Lines<'_>) -> Result<usize, Fault> {
        while let Some(line) = lines.next() {
            if lines.at > MAX_HEAD {
                return Err("header part larger than 65535 octets");
            }
            if self.lines.len() == MAX_LINES {
                self.verdict.blame(Status::BAD_REQUEST, "too many header lines");
                continue;
            }
            self.line(line);
        }
        let head = lines.at;
        // The empty line is two octets or one; without it the message was cut (RFC 3261 section 7).
        if !self.raw[..head].ends_with(b"\n\r\n") && !self.raw[..head].ends_with(b"\n\n") {
            self.verdict
                .blame(Status::BAD_REQUEST, "no empty line after the headers");
        }
        if head > MAX_HEAD {
            return Err("header part larger than 65535 octets");
        }
        Ok(head)
    }

    fn line(&mut self, range: std::ops::Range<usize>) {
        let line = &self.raw[range.clone()];
        let Some((end, value)) = parts(line) else {
            return self.verdict.blame(Status::BAD_REQUEST, "malformed header line");
        };
        let name = Name::parse(&line[..end]);
        let value = span(value, range.start);
        self.lines.push(Line {
            name,
            text: span(0..end, range.start),
            value,
        });
        self.note(name, value);
    }

    /// Keeps the line if it is one that decides; RFC 4475 sections 3.3.8 and 3.3.9 for those that come twice.
    fn note(&mut self, name: Name, value: Span) {
        let once = match name {
            Name::Via => {
                self.seen.vias += 1;
                self.seen.via.get_or_insert(value);
                return;
            }
            Name::From => &mut self.seen.from,
            Name::To => &mut self.seen.to,
            Name::CallId => &mut self.seen.call_id,
            Name::CSeq => &mut self.seen.cseq,
            Name::MaxForwards => &mut self.seen.max_forwards,
            Name::ContentLength => return self.content_length(value),
            // A response is too precious to drop for its Contact: the dialog finds another target.
            Name::Contact if self.judged => {
                if let Err(fault) = check::contacts(value.of(self.raw)) {
                    self.seen.bad_contact.get_or_insert(fault);
                }
                return;
            }
            _ => return,
        };
        if once.replace(value).is_some() {
            self.verdict
                .blame(Status::BAD_REQUEST, "a header that may come once comes twice");
        }
    }

    fn content_length(&mut self, value: Span) {
        match syntax::number(value.of(self.raw)) {
            None => self
                .verdict
                .blame(Status::BAD_REQUEST, "malformed Content-Length"),
            Some(length) => {
                let length = length as usize;
                if self
                    .seen
                    .content_length
                    .replace(length)
                    .is_some_and(|other| other != length)
                {
                    self.verdict
                        .blame(Status::BAD_REQUEST, "two different Content-Length headers");
                }
            }
        }
    }
}
