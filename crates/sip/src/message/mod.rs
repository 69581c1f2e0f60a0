//! A SIP message: one `Bytes` and an inline table of where its headers stand.
mod check;
mod length;
mod scan;
mod start;
mod text;

pub(crate) use length::content_length;

use std::borrow::Cow;
use std::net::SocketAddr;

use bytes::Bytes;
use smallvec::SmallVec;

use crate::syntax::{CommaList, number};
use crate::{Method, Name, NameAddr, Status, Via};

/// Most octets of everything before the body; positions are 16 bits wide.
pub(crate) const MAX_HEAD: usize = u16::MAX as usize;

/// Positions in a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Span {
    start: u16,
    end: u16,
}

impl Span {
    fn of(self, raw: &[u8]) -> &[u8] {
        raw.get(usize::from(self.start)..usize::from(self.end))
            .unwrap_or(b"")
    }

    /// The text of a span; empty when it is not UTF-8, which the scanner has made a fault.
    fn text(self, raw: &[u8]) -> &str {
        std::str::from_utf8(self.of(raw)).unwrap_or("")
    }

    const fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

/// One header line.
#[derive(Debug, Clone, Copy)]
struct Line {
    name: Name,
    text: Span,
    value: Span,
}

#[derive(Debug, Clone, Copy)]
enum Start {
    Request { uri: Span },
    Response { status: Status, reason: Span },
}

/// What transactions and dialogs look at, found while scanning.
#[derive(Debug, Clone, Copy, Default)]
struct Envelope {
    call_id: Span,
    from_tag: Span,
    to_tag: Span,
    cseq: u32,
    /// sent-by of the top Via, host and port, as written.
    sent_by: Span,
    branch: Span,
    /// Port in sent-by.
    via_port: Option<u16>,
    /// The top Via asks for the source port (RFC 3581).
    rport: bool,
    /// More than one Via value.
    more_vias: bool,
}

/// A SIP request or response. Cloning is cheap: the octets are shared, the table is inline.
#[derive(Debug, Clone)]
pub struct Message {
    raw: Bytes,
    start: Start,
    method: Method,
    lines: SmallVec<[Line; 24]>,
    envelope: Envelope,
    body: (u32, u32),
    source: Option<SocketAddr>,
}

/// Why a datagram is not a usable message.
#[derive(Debug, Clone)]
pub enum ParseError {
    /// Not SIP, or nothing that may be answered (a broken response, a request without Via): drop and count.
    NotSip(&'static str),
    /// A request that is answered with `status`.
    Answerable {
        /// What could be read of it; enough for `Builder::response`.
        message: Box<Message>,
        /// 400, 416 or 505.
        status: Status,
        /// Reason phrase of the answer.
        reason: &'static str,
    },
}

impl Message {
    /// Reads one message from a datagram; octets after its Content-Length are ignored (RFC 3261 section 18.3).
    ///
    /// Linear in the length of `raw`, never panics.
    ///
    /// # Errors
    /// See [`ParseError`]; RFC 4475 says which message deserves which answer.
    pub fn parse(raw: Bytes) -> Result<Self, ParseError> {
        scan::parse(raw)
    }

    /// Reads what the builder wrote; faults in values that the caller gave are the receiver's to judge.
    pub(crate) fn of_own(raw: Bytes) -> Self {
        scan::own(raw).expect("the builder writes a start line that can be read and bounds the head")
    }

    /// The octets of this message.
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// Request or response.
    pub fn is_request(&self) -> bool {
        matches!(self.start, Start::Request { .. })
    }

    /// Method of the request line, or of the CSeq of a response.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Status code of a response.
    pub fn status(&self) -> Option<Status> {
        match self.start {
            Start::Request { .. } => None,
            Start::Response { status, .. } => Some(status),
        }
    }

    /// Reason phrase of a response, as received; empty for a request.
    pub fn reason_phrase(&self) -> &str {
        match self.start {
            Start::Request { .. } => "",
            Start::Response { reason, .. } => text::valid_prefix(reason.of(&self.raw)),
        }
    }

    /// Request-URI as written; empty for a response.
    pub fn request_uri(&self) -> &str {
        match self.start {
            Start::Request { uri } => uri.text(&self.raw),
            Start::Response { .. } => "",
        }
    }

    fn lines_of(&self, name: Name) -> impl Iterator<Item = &[u8]> {
        self.lines
            .iter()
            .filter(move |line| line.name == name)
            .map(|line| line.value.of(&self.raw))
    }

    /// The octets of the values of each line of that name, folds included.
    pub(crate) fn raw_values(&self, name: Name) -> impl Iterator<Item = &[u8]> {
        self.lines_of(name)
    }

    /// First header of that name, unfolded, trimmed, invalid UTF-8 replaced. Compact forms are known.
    pub fn header(&self, name: Name) -> Option<Cow<'_, str>> {
        self.lines_of(name).next().map(text::unfold)
    }

    /// Each header line of that name.
    pub fn headers(&self, name: Name) -> impl Iterator<Item = Cow<'_, str>> {
        self.lines_of(name).map(text::unfold)
    }

    /// Each value of the comma lists of that name (RFC 3261 section 7.3.1); empty elements are passed over.
    pub fn values(&self, name: Name) -> impl Iterator<Item = Cow<'_, str>> {
        self.lines_of(name)
            .flat_map(CommaList::new)
            .filter(|value| !value.is_empty())
            .map(text::unfold)
    }

    /// First header of any name, compared case-insensitively; long and compact forms are the same.
    pub fn other(&self, name: &str) -> Option<Cow<'_, str>> {
        let known = Name::parse(name.as_bytes());
        if known != Name::Other {
            return self.header(known);
        }
        let mut lines = self.lines.iter().filter(|line| line.name == Name::Other);
        let line = lines.find(|line| line.text.of(&self.raw).eq_ignore_ascii_case(name.as_bytes()))?;
        Some(text::unfold(line.value.of(&self.raw)))
    }

    /// Every header line: known name, name as written, value as written (folds included).
    pub fn header_lines(&self) -> impl Iterator<Item = (Name, &[u8], &[u8])> {
        self.lines
            .iter()
            .map(|line| (line.name, line.text.of(&self.raw), line.value.of(&self.raw)))
    }

    /// Call-ID.
    pub fn call_id(&self) -> &str {
        self.envelope.call_id.text(&self.raw)
    }

    /// CSeq number and method.
    pub fn cseq(&self) -> (u32, &Method) {
        (self.envelope.cseq, &self.method)
    }

    fn tag(&self, span: Span) -> Option<&str> {
        (!span.is_empty()).then(|| span.text(&self.raw))
    }

    /// Tag of From; RFC 2543 elements may send none.
    pub fn from_tag(&self) -> Option<&str> {
        self.tag(self.envelope.from_tag)
    }

    /// Tag of To.
    pub fn to_tag(&self) -> Option<&str> {
        self.tag(self.envelope.to_tag)
    }

    /// From.
    pub fn from(&self) -> Option<NameAddr> {
        NameAddr::parse(&self.header(Name::From)?)
    }

    /// To.
    pub fn to(&self) -> Option<NameAddr> {
        NameAddr::parse(&self.header(Name::To)?)
    }

    /// First Contact value.
    pub fn contact(&self) -> Option<NameAddr> {
        NameAddr::parse(&self.values(Name::Contact).next()?)
    }

    /// First Via value.
    pub fn top_via(&self) -> Option<Via> {
        Via::parse(&self.header(Name::Via)?)
    }

    /// Max-Forwards.
    pub fn max_forwards(&self) -> Option<u32> {
        number(self.lines_of(Name::MaxForwards).next()?)
    }

    /// Everything before the body, with the empty line.
    pub(crate) fn head(&self) -> &[u8] {
        self.raw.get(..self.body.0 as usize).unwrap_or_default()
    }

    /// The body, by Content-Length; without one, the rest of the datagram.
    pub fn body(&self) -> Bytes {
        let (start, end) = self.body;
        self.raw.slice(start as usize..end as usize)
    }

    /// Content-Type as written.
    pub fn content_type(&self) -> Option<Cow<'_, str>> {
        self.header(Name::ContentType)
    }

    /// Branch of the top Via; `None` when it is missing or is the bare magic cookie (RFC 4475 section 3.2.1).
    pub(crate) fn branch(&self) -> &[u8] {
        self.envelope.branch.of(&self.raw)
    }

    pub(crate) fn sent_by(&self) -> &[u8] {
        self.envelope.sent_by.of(&self.raw)
    }

    /// Port in the sent-by of the top Via: where the sender says it listens.
    pub fn via_port(&self) -> Option<u16> {
        self.envelope.via_port
    }

    pub(crate) fn wants_rport(&self) -> bool {
        self.envelope.rport
    }

    pub(crate) fn has_more_vias(&self) -> bool {
        self.envelope.more_vias
    }

    /// Where the layer received this request from; responses get it as `received` and `rport`.
    pub(crate) fn source(&self) -> Option<SocketAddr> {
        self.source
    }

    pub(crate) fn set_source(&mut self, source: SocketAddr) {
        self.source = Some(source);
    }
}
