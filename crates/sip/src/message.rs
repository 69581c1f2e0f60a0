//! A SIP message over one `Bytes`.
use std::borrow::Cow;

use bytes::Bytes;

use crate::{Method, Name, NameAddr, Status, Via};

/// A SIP request or response. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Message {
    raw: Bytes,
}

/// Why a datagram is not a usable message.
#[derive(Debug, Clone)]
pub enum ParseError {
    /// Not SIP, or nothing that may be answered: drop and count.
    NotSip(&'static str),
    /// A request that is answered with `status`.
    Answerable {
        /// What could be read of it.
        message: Box<Message>,
        /// 400, 505, ...
        status: Status,
        /// Reason phrase of the answer.
        reason: &'static str,
    },
}

impl Message {
    /// Reads one message from a datagram; octets after its Content-Length are ignored.
    pub fn parse(raw: Bytes) -> Result<Self, ParseError> {
        let _ = raw;
        todo!()
    }
    /// The octets.
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }
    /// Request or response.
    pub fn is_request(&self) -> bool {
        todo!()
    }
    /// Method of the request line, or of the CSeq of a response.
    pub fn method(&self) -> &Method {
        todo!()
    }
    /// Status code of a response.
    pub fn status(&self) -> Option<Status> {
        todo!()
    }
    /// Reason phrase of a response, as received.
    pub fn reason_phrase(&self) -> &str {
        todo!()
    }
    /// Request-URI as written.
    pub fn request_uri(&self) -> &str {
        todo!()
    }
    /// First header of that name, unfolded and trimmed.
    pub fn header(&self, name: Name) -> Option<Cow<'_, str>> {
        let _ = name;
        todo!()
    }
    /// Each header line of that name.
    pub fn headers(&self, name: Name) -> impl Iterator<Item = Cow<'_, str>> {
        let _ = name;
        std::iter::empty()
    }
    /// Each value of the comma lists of that name.
    pub fn values(&self, name: Name) -> impl Iterator<Item = Cow<'_, str>> {
        let _ = name;
        std::iter::empty()
    }
    /// First header of any name, compared case-insensitively.
    pub fn other(&self, name: &str) -> Option<Cow<'_, str>> {
        let _ = name;
        todo!()
    }
    /// Every header line: known name, name as written, value as written.
    pub fn header_lines(&self) -> impl Iterator<Item = (Name, &[u8], &[u8])> {
        std::iter::empty()
    }
    /// Call-ID.
    pub fn call_id(&self) -> &str {
        todo!()
    }
    /// CSeq number and method.
    pub fn cseq(&self) -> (u32, &Method) {
        todo!()
    }
    /// Tag of From.
    pub fn from_tag(&self) -> Option<&str> {
        todo!()
    }
    /// Tag of To.
    pub fn to_tag(&self) -> Option<&str> {
        todo!()
    }
    /// From.
    pub fn from(&self) -> Option<NameAddr> {
        todo!()
    }
    /// To.
    pub fn to(&self) -> Option<NameAddr> {
        todo!()
    }
    /// First Contact value.
    pub fn contact(&self) -> Option<NameAddr> {
        todo!()
    }
    /// First Via value.
    pub fn top_via(&self) -> Option<Via> {
        todo!()
    }
    /// Max-Forwards.
    pub fn max_forwards(&self) -> Option<u32> {
        todo!()
    }
    /// The body, by Content-Length.
    pub fn body(&self) -> Bytes {
        todo!()
    }
    /// Content-Type as written.
    pub fn content_type(&self) -> Option<Cow<'_, str>> {
        self.header(Name::ContentType)
    }
}
