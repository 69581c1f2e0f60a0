//! Writes messages.
use crate::{Message, Method, Name, Status};

/// Writes one message. CR, LF and NUL inside any value become a space (header injection).
#[derive(Debug, Clone)]
pub struct Builder {}

impl Builder {
    /// Starts a request.
    pub fn request(method: &Method, uri: &str) -> Self {
        let _ = (method, uri);
        todo!()
    }
    /// Starts the response to `request` (RFC 3261 section 8.2.6).
    pub fn response(status: Status, reason: Option<&str>, request: &Message, to_tag: Option<&str>) -> Self {
        let _ = (status, reason, request, to_tag);
        todo!()
    }
    /// Adds a header.
    pub fn header(self, name: Name, value: &str) -> Self {
        let _ = (name, value);
        todo!()
    }
    /// Adds a header of any name.
    pub fn other(self, name: &str, value: &str) -> Self {
        let _ = (name, value);
        todo!()
    }
    /// Copies every header of that name.
    pub fn copy(self, name: Name, from: &Message) -> Self {
        let _ = (name, from);
        todo!()
    }
    /// Sets the body.
    pub fn body(self, content_type: &str, body: &[u8]) -> Self {
        let _ = (content_type, body);
        todo!()
    }
    /// The message.
    pub fn finish(self) -> Message {
        todo!()
    }
}
