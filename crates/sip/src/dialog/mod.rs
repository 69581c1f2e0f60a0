//! Dialogs (RFC 3261 section 12).
mod id;

use std::net::SocketAddr;

pub use id::{DialogId, dialog_key_of};

use crate::{Builder, Flow, Message, Method, Status};

/// Why no dialog came into being.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DialogError {
    /// No Contact with a usable URI.
    #[error("the message has no usable Contact")]
    NoContact,
    /// No usable From or To.
    #[error("the message has no usable From or To")]
    NoParty,
    /// The response has no To tag or is not in 101..=299.
    #[error("the response creates no dialog")]
    NotCreating,
}

/// A dialog.
#[derive(Debug, Clone)]
pub struct Dialog {
    id: DialogId,
}

impl Dialog {
    /// The dialog of a request that we answer.
    pub fn uas(request: &Message, local_tag: &str, contact: &str, flow: Flow) -> Result<Self, DialogError> {
        let _ = (request, local_tag, contact, flow);
        todo!()
    }
    /// The dialog of a request that we sent and of one response to it.
    pub fn uac(sent: &Message, response: &Message, flow: Flow) -> Result<Self, DialogError> {
        let _ = (sent, response, flow);
        todo!()
    }
    /// A 2xx came: route set and remote target are recomputed.
    pub fn confirm(&mut self, response: &Message) {
        let _ = response;
        todo!()
    }
    /// Identifier.
    pub fn id(&self) -> &DialogId {
        &self.id
    }
    /// Confirmed rather than early.
    pub fn is_confirmed(&self) -> bool {
        todo!()
    }
    /// The next request in the dialog.
    pub fn request(&mut self, method: &Method) -> Builder {
        let _ = method;
        todo!()
    }
    /// The ACK of a 2xx.
    pub fn ack(&self, invite_cseq: u32) -> Builder {
        let _ = invite_cseq;
        todo!()
    }
    /// Checks a request of the peer.
    pub fn accept(&mut self, request: &Message) -> Result<(), (Status, &'static str)> {
        let _ = request;
        todo!()
    }
    /// A response with our tag.
    pub fn respond(&self, request: &Message, status: Status, reason: Option<&str>) -> Builder {
        let _ = (request, status, reason);
        todo!()
    }
    /// Literal address of the first hop.
    pub fn next_hop(&self) -> Option<SocketAddr> {
        todo!()
    }
    /// Where the next request goes.
    pub fn flow(&self) -> Flow {
        todo!()
    }
}
