//! The scanner: one pass over the lines, then the checks that RFC 4475 asks for.
use bytes::Bytes;
use smallvec::SmallVec;

use super::{Envelope, Line, MAX_HEAD, Message, ParseError, Span, Start};
use crate::syntax::{self, CommaList, Fault, ParamWalk, is_blank, is_token, skip_blank, trim};
use crate::uri::{sip_parts, split_scheme};
use crate::{Method, Name, Status};

/// Most header lines that are looked at.
const MAX_LINES: usize = 512;

/// The first thing that is wrong, as the answer to it.
#[derive(Debug, Clone, Copy, Default)]
struct Verdict(Option<(Status, Fault)>);

impl Verdict {
    fn blame(&mut self, status: Status, fault: Fault) {
        self.0.get_or_insert((status, fault));
    }

    fn note<T>(&mut self, result: Result<T, Fault>) -> Option<T> {
        result
            .map_err(|fault| self.blame(Status::BAD_REQUEST, fault))
            .ok()
    }
}

pub(super) fn parse(raw: Bytes) -> Result<Message, ParseError> {
    let (message, verdict) = scan(raw).map_err(ParseError::NotSip)?;
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

pub(super) fn lenient(raw: Bytes) -> Result<Message, Fault> {
    scan(raw).map(|(message, _)| message)
}

/// Lines of a head: each without its line end, folds joined in place.
struct Lines<'a> {
    raw: &'a [u8],
    at: usize,
}

impl Lines<'_> {
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
    fn next(&mut self) -> Option<std::ops::Range<usize>> {
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

fn scan(mut raw: Bytes) -> Result<(Message, Verdict), Fault> {
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
    let mut verdict = Verdict::default();
    let mut lines = Lines { raw: &raw, at: 0 };
    let (first, next) = lines.physical(0);
    lines.at = next;
    if next > MAX_HEAD {
        return Err("start line too long");
    }
    let (start, method) = start_line(&raw[first], &mut verdict)?;
    let mut table = Table {
        raw: &raw,
        lines: SmallVec::new(),
        seen: Seen::default(),
        verdict,
    };
    let head = table.read(&mut lines)?;
    let Table {
        lines,
        seen,
        mut verdict,
        ..
    } = table;
    let method = method
        .or_else(|| seen.cseq_method(&raw))
        .unwrap_or(Method::Extension("".into()));
    let mut envelope = seen.check(&raw, &start, &method, &mut verdict);
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

/// Request-Line or Status-Line (RFC 3261 sections 7.1 and 7.2). The method is `None` for a response.
fn start_line(line: &[u8], verdict: &mut Verdict) -> Result<(Start, Option<Method>), Fault> {
    if line.len() >= 4 && line[..4].eq_ignore_ascii_case(b"SIP/") {
        return status_line(line).map(|start| (start, None));
    }
    let end = line
        .iter()
        .position(|octet| !is_token(*octet))
        .unwrap_or(line.len());
    if end == 0 || line.get(end) != Some(&b' ') {
        return Err("no method at the start");
    }
    let method = std::str::from_utf8(&line[..end]).map_err(|_| "no method at the start")?;
    let kept = line
        .iter()
        .rposition(|octet| !is_blank(*octet))
        .map_or(0, |last| last + 1);
    let space = memchr::memrchr(b' ', &line[..kept]).unwrap_or(end);
    let version = line.get(space + 1..kept).unwrap_or(b"");
    if version.len() < 4 || !version[..4].eq_ignore_ascii_case(b"SIP/") {
        return Err("no SIP version in the request line");
    }
    if !version[4..].eq_ignore_ascii_case(b"2.0") {
        verdict.blame(Status::VERSION_NOT_SUPPORTED, "Version Not Supported");
    }
    let (mut start, mut stop) = (end + 1, space.max(end + 1));
    if kept != line.len() || start == stop || is_blank(line[start]) || is_blank(line[stop - 1]) {
        // RFC 4475 sections 3.1.2.9 and 3.1.2.10.
        verdict.blame(Status::BAD_REQUEST, "extra blanks in the request line");
        start = skip_blank(line, start).min(stop);
        stop = start + trim(&line[start..stop]).len();
    }
    verdict.check_request_uri(&line[start..stop]);
    Ok((
        Start::Request {
            uri: span(start..stop, 0),
        },
        Some(Method::parse(method)),
    ))
}

fn status_line(line: &[u8]) -> Result<Start, Fault> {
    let version = line.get(..8).ok_or("status line too short")?;
    if !version.eq_ignore_ascii_case(b"SIP/2.0 ") {
        return Err("a response of another SIP version");
    }
    let end = line[8..]
        .iter()
        .position(|octet| *octet == b' ')
        .map_or(line.len(), |offset| 8 + offset);
    let code = &line[8..end];
    let status = syntax::number(code).filter(|status| code.len() == 3 && (100..700).contains(status));
    let status = status
        .and_then(|status| u16::try_from(status).ok())
        .ok_or("no status code")?;
    let reason = span((end + 1).min(line.len())..line.len(), 0);
    Ok(Start::Response {
        status: Status(status),
        reason,
    })
}

impl Verdict {
    /// RFC 4475 sections 3.1.2.7, 3.1.2.8, 3.1.2.11, 3.3.2, 3.3.3; RFC 5118 section 4.2.
    fn check_request_uri(&mut self, uri: &[u8]) {
        let Ok(text) = std::str::from_utf8(uri) else {
            return self.blame(Status::BAD_REQUEST, "Request-URI is not UTF-8");
        };
        if text.bytes().any(is_blank) {
            return self.blame(Status::BAD_REQUEST, "blank in the Request-URI");
        }
        let Some((scheme, rest)) = split_scheme(text) else {
            return self.blame(Status::BAD_REQUEST, "Request-URI without a scheme");
        };
        if scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips") {
            match sip_parts(rest.as_bytes()) {
                Err(_) => self.blame(Status::BAD_REQUEST, "malformed Request-URI"),
                Ok(parts) if parts.headers.is_some() => {
                    self.blame(Status::BAD_REQUEST, "headers in the Request-URI");
                }
                Ok(_) => {}
            }
        } else if !scheme.eq_ignore_ascii_case("tel") {
            self.blame(Status::UNSUPPORTED_URI_SCHEME, "Unsupported URI Scheme");
        }
    }
}

/// The span of a range that lies inside the head.
fn span(range: std::ops::Range<usize>, offset: usize) -> Span {
    // The head is at most 65,535 octets long, so this saturates only for a head that is refused anyway.
    let place = |at: usize| u16::try_from(at + offset).unwrap_or(u16::MAX);
    Span {
        start: place(range.start),
        end: place(range.end),
    }
}

/// Header lines while they are collected.
struct Table<'a> {
    raw: &'a [u8],
    lines: SmallVec<[Line; 24]>,
    seen: Seen,
    verdict: Verdict,
}

/// First lines of the headers that decide, and what must not come twice.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    via: Option<Span>,
    vias: usize,
    from: Option<Span>,
    to: Option<Span>,
    call_id: Option<Span>,
    cseq: Option<Span>,
    max_forwards: Option<Span>,
    content_length: Option<usize>,
    bad_contact: Option<Fault>,
}

impl Table<'_> {
    /// Reads all header lines; returns where the body begins.
    fn read(&mut self, lines: &mut Lines<'_>) -> Result<usize, Fault> {
        loop {
            let Some(line) = lines.next() else {
                break;
            };
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
        let end = line
            .iter()
            .position(|octet| !is_token(*octet))
            .unwrap_or(line.len());
        let colon = skip_blank(line, end);
        if end == 0 || line.get(colon) != Some(&b':') {
            return self.verdict.blame(Status::BAD_REQUEST, "malformed header line");
        }
        let mut start = skip_blank(line, colon + 1);
        let mut stop = line.len();
        while stop > start && is_blank(line[stop - 1]) {
            stop -= 1;
        }
        start = start.min(stop);
        let name = Name::parse(&line[..end]);
        let value = span(start..stop, range.start);
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
            Name::Contact => {
                if let Err(fault) = check_contacts(value.of(self.raw)) {
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

/// RFC 4475 sections 3.1.2.1 and 3.1.2.13.
fn check_contacts(list: &[u8]) -> Result<(), Fault> {
    if list == b"*" {
        return Ok(());
    }
    CommaList::new(list).try_for_each(|value| tag_of(value).map(|_| ()))
}

/// Checks an address value and finds its tag, as positions in `value`.
fn tag_of(value: &[u8]) -> Result<std::ops::Range<usize>, Fault> {
    let mut walk = ParamWalk::new(value, syntax::address(value)?.params);
    let mut tag = 0..0;
    while let Some(param) = walk.next()? {
        if tag.is_empty() && value[param.name].eq_ignore_ascii_case(b"tag") {
            tag = param.value.unwrap_or(0..0);
        }
    }
    if walk.position() < value.len() {
        return Err("more than one address");
    }
    if value[tag.clone()].iter().all(u8::is_ascii_graphic) {
        Ok(tag)
    } else {
        Err("malformed tag")
    }
}

impl Seen {
    fn cseq_parts<'a>(&self, raw: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
        let value = self.cseq?.of(raw);
        let end = value.iter().position(|octet| is_blank(*octet))?;
        Some((&value[..end], &value[skip_blank(value, end)..]))
    }

    fn cseq_method(&self, raw: &[u8]) -> Option<Method> {
        let (_, method) = self.cseq_parts(raw)?;
        let valid = !method.is_empty() && method.iter().all(|octet| is_token(*octet));
        std::str::from_utf8(method)
            .ok()
            .filter(|_| valid)
            .map(Method::parse)
    }

    /// All checks on the headers that decide; what can be found is found also after a fault.
    fn check(&self, raw: &[u8], start: &Start, method: &Method, verdict: &mut Verdict) -> Envelope {
        let mut envelope = Envelope::default();
        self.check_via(raw, &mut envelope, verdict);
        let mut tag = |value: Option<Span>, missing: Fault| {
            let value = verdict.note(value.ok_or(missing))?;
            let tag = verdict.note(tag_of(value.of(raw)))?;
            Some(span(tag, usize::from(value.start)))
        };
        envelope.from_tag = tag(self.from, "no From").unwrap_or_default();
        envelope.to_tag = tag(self.to, "no To").unwrap_or_default();
        envelope.call_id = verdict.note(self.checked_call_id(raw)).unwrap_or_default();
        envelope.cseq = verdict.note(self.checked_cseq(raw, method)).unwrap_or_default();
        if matches!(start, Start::Request { .. }) {
            let forwards = self.max_forwards.map(|value| syntax::number(value.of(raw)));
            if forwards.is_some_and(|forwards| forwards.is_none_or(|forwards| forwards > 255)) {
                verdict.blame(Status::BAD_REQUEST, "malformed Max-Forwards");
            }
            // A response is too precious to drop for its Contact: the dialog finds another target.
            if let Some(fault) = self.bad_contact {
                verdict.blame(Status::BAD_REQUEST, fault);
            }
        }
        envelope
    }

    fn check_via(&self, raw: &[u8], envelope: &mut Envelope, verdict: &mut Verdict) {
        let Some(value) = verdict.note(self.via.ok_or("no Via")) else {
            return;
        };
        let text = value.of(raw);
        let offset = usize::from(value.start);
        let Some(via) = verdict.note(syntax::via(text)) else {
            return;
        };
        envelope.sent_by = span(via.host.start..via.params, offset);
        envelope.via_port = via.port;
        let mut walk = ParamWalk::new(text, via.params);
        while let Some(param) = verdict.note(walk.next()).flatten() {
            let name = &text[param.name];
            if name.eq_ignore_ascii_case(b"branch") {
                envelope.branch = span(param.value.unwrap_or(0..0), offset);
            } else if name.eq_ignore_ascii_case(b"rport") {
                envelope.rport = true;
            }
        }
        envelope.more_vias = walk.position() < text.len();
    }

    fn checked_call_id(&self, raw: &[u8]) -> Result<Span, Fault> {
        let value = self.call_id.ok_or("no Call-ID")?;
        let text = value.of(raw);
        if text.is_empty() || !text.iter().all(u8::is_ascii_graphic) {
            return Err("malformed Call-ID");
        }
        Ok(value)
    }

    fn checked_cseq(&self, raw: &[u8], method: &Method) -> Result<u32, Fault> {
        let value = self.cseq.ok_or("no CSeq")?;
        let (digits, token) = self
            .cseq_parts(raw)
            .filter(|_| !value.is_empty())
            .ok_or("malformed CSeq")?;
        let number = syntax::number(digits).ok_or("malformed CSeq")?;
        // RFC 4475 sections 3.1.2.17 and 3.1.2.18.
        if token != method.as_str().as_bytes() {
            return Err("CSeq method differs from the request");
        }
        Ok(number)
    }
}
