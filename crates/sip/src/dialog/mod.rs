//! Dialogs (RFC 3261 section 12): who we are to each other, where requests go, which number comes next.
mod id;
mod parties;
mod route;
mod save;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;

pub use id::{DialogId, dialog_key_of};
use parties::Parties;
use route::RouteSet;

use crate::syntax::{self, is_blank};
use crate::uri::{sip_parts, split_scheme};
use crate::{Builder, Flow, Message, Method, Name, Status};

/// Why no dialog came into being.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DialogError {
    /// Neither Contact nor another URI says where requests would go.
    #[error("the message has no usable Contact")]
    NoContact,
    /// No usable From or To.
    #[error("the message has no usable From or To")]
    NoParty,
    /// The message has the wrong kind: no request, or no response of 101..=299 with a To tag.
    #[error("the message creates no dialog")]
    NotCreating,
}

/// A dialog: our side of it.
#[derive(Debug, Clone)]
pub struct Dialog {
    id: DialogId,
    parties: Parties,
    /// URI of the peer's Contact.
    target: String,
    routes: RouteSet,
    local_cseq: u32,
    /// Highest number of the peer; unknown until its first request.
    remote_cseq: Option<u32>,
    confirmed: bool,
    /// We sent the request that made the dialog.
    caller: bool,
    flow: Flow,
}

impl Dialog {
    /// The dialog of a request that we answer (RFC 3261 section 12.1.1). `contact` is our Contact value, such
    /// as `<sip:10.0.0.1:5060>`. It is early until [`Self::confirm`].
    ///
    /// A request without Contact (RFC 2543) is reached at its From URI.
    ///
    /// # Errors
    /// The message is no request or has no usable parties.
    pub fn uas(request: &Message, local_tag: &str, contact: &str, flow: Flow) -> Result<Self, DialogError> {
        if !request.is_request() {
            return Err(DialogError::NotCreating);
        }
        let remote = request.header(Name::From).ok_or(DialogError::NoParty)?;
        let local = request.header(Name::To).ok_or(DialogError::NoParty)?;
        let local = if request.to_tag().is_some() {
            [&*local, "", ""]
        } else {
            // A stray semicolon at the end would leave an empty parameter before the tag.
            [local.trim_end_matches([';', ' ', '\t']), ";tag=", local_tag]
        };
        let target = target_of(request)
            .or_else(|| uri_of(&remote))
            .ok_or(DialogError::NoContact)?;
        Ok(Self {
            id: DialogId::new(
                request.call_id(),
                request.to_tag().unwrap_or(local_tag),
                request.from_tag().unwrap_or(""),
            ),
            parties: Parties::new(&local, &remote, contact),
            target,
            routes: RouteSet::of(request.values(Name::RecordRoute)),
            local_cseq: 0,
            remote_cseq: Some(request.cseq().0),
            confirmed: false,
            caller: false,
            flow,
        })
    }

    /// The dialog of a request that we sent and of one response to it (RFC 3261 section 12.1.2): confirmed by
    /// a 2xx, early by a 1xx. Each To tag is a dialog of its own.
    ///
    /// A response without Contact is reached at the request's URI.
    ///
    /// # Errors
    /// The response creates no dialog, or `sent` has no usable From.
    pub fn uac(sent: &Message, response: &Message, flow: Flow) -> Result<Self, DialogError> {
        let status = response.status().filter(|status| (101..300).contains(&status.0));
        let (Some(status), Some(remote_tag)) = (status, response.to_tag()) else {
            return Err(DialogError::NotCreating);
        };
        let local_tag = sent.from_tag().ok_or(DialogError::NoParty)?;
        let target = target_of(response).unwrap_or_else(|| sent.request_uri().to_owned());
        if target.is_empty() {
            return Err(DialogError::NoContact);
        }
        Ok(Self {
            id: DialogId::new(sent.call_id(), local_tag, remote_tag),
            parties: Parties::new(
                &[&sent.header(Name::From).ok_or(DialogError::NoParty)?],
                &response.header(Name::To).ok_or(DialogError::NoParty)?,
                &sent.header(Name::Contact).unwrap_or_default(),
            ),
            target,
            routes: RouteSet::reversed(response.values(Name::RecordRoute)),
            local_cseq: sent.cseq().0,
            remote_cseq: None,
            confirmed: status.is_success(),
            caller: true,
            flow,
        })
    }

    /// A 2xx went by. As the caller of an early dialog we take route set and remote target anew from it
    /// (RFC 3261 section 13.2.2.4); as the caller of a later INVITE or UPDATE only the target (section
    /// 12.2.1.2). As the callee we have sent it ourselves: the dialog is confirmed, no more.
    pub fn confirm(&mut self, response: &Message) {
        let ours = response.to_tag() == Some(self.id.remote_tag());
        if ours {
            if self.caller && !self.confirmed {
                self.routes = RouteSet::reversed(response.values(Name::RecordRoute));
            }
            if let Some(target) = target_of(response) {
                self.target = target;
            }
        }
        self.confirmed = true;
    }

    /// Identifier.
    pub fn id(&self) -> &DialogId {
        &self.id
    }

    /// Confirmed rather than early.
    pub fn is_confirmed(&self) -> bool {
        self.confirmed
    }

    /// URI of the peer's Contact, where requests are addressed to.
    pub fn remote_target(&self) -> &str {
        &self.target
    }

    /// Our Contact value.
    pub fn contact(&self) -> &str {
        self.parties.contact()
    }

    /// Sets our Contact value for later messages.
    pub fn set_contact(&mut self, contact: &str) {
        self.parties.set_contact(contact);
    }

    /// CSeq number of our last request.
    pub fn local_cseq(&self) -> u32 {
        self.local_cseq
    }

    /// The next request in the dialog (RFC 3261 section 12.2.1.1): next CSeq, From, To, Call-ID, Route,
    /// Max-Forwards 70 and Contact are written. ACK has [`Self::ack`], CANCEL is the layer's.
    pub fn request(&mut self, method: &Method) -> Builder {
        self.local_cseq = self.local_cseq.wrapping_add(1).max(1);
        let builder = self.start(method, self.local_cseq);
        if self.contact().is_empty() || *method == Method::BYE {
            return builder;
        }
        builder.header(Name::Contact, self.contact())
    }

    /// The ACK of a 2xx to the INVITE with that number (RFC 3261 section 13.2.2.4).
    pub fn ack(&self, invite_cseq: u32) -> Builder {
        self.start(&Method::ACK, invite_cseq)
    }

    fn start(&self, method: &Method, cseq: u32) -> Builder {
        let (uri, routes) = self.routes.apply(&self.target);
        let mut builder = Builder::request(method, uri);
        for route in routes {
            builder = builder.header(Name::Route, &route);
        }
        builder
            .header(Name::MaxForwards, "70")
            .header(Name::From, self.parties.local())
            .header(Name::To, self.parties.remote())
            .header(Name::CallId, self.id.call_id())
            .cseq(cseq, method)
    }

    /// Checks a request of the peer before it is acted on (RFC 3261 section 12.2.2). Its Contact becomes the target
    /// only when it is answered with a 2xx: [`Self::refresh`].
    ///
    /// # Errors
    /// Status and reason of the answer: 500 for a CSeq that does not rise. ACK and CANCEL repeat the number of
    /// their INVITE and are not counted.
    pub fn accept(&mut self, request: &Message) -> Result<(), (Status, &'static str)> {
        let (number, method) = request.cseq();
        if matches!(method, &(Method::ACK | Method::CANCEL)) {
            return Ok(());
        }
        if self.remote_cseq.is_some_and(|last| number <= last) {
            return Err((Status::SERVER_INTERNAL_ERROR, "CSeq Out Of Order"));
        }
        self.remote_cseq = Some(number);
        Ok(())
    }

    /// Takes the Contact of an INVITE of the peer that is answered with a 2xx as the new target (RFC 3261 section
    /// 12.2.2). Whether the target is another one now.
    pub fn refresh(&mut self, request: &Message) -> bool {
        let target = target_of(request).filter(|target| *target != self.target);
        let moved = target.is_some();
        self.target = target.unwrap_or_else(|| std::mem::take(&mut self.target));
        moved
    }

    /// A response to a request of the peer, with our tag; Contact goes into 101 to 299 to INVITE and UPDATE
    /// (RFC 3261 section 12.1.1, RFC 3311 section 5.2).
    pub fn respond(&self, request: &Message, status: Status, reason: Option<&str>) -> Builder {
        let builder = Builder::response(status, reason, request, Some(self.id.local_tag()));
        let shows_contact = (101..300).contains(&status.0)
            && matches!(request.method(), &(Method::INVITE | Method::UPDATE))
            && !self.contact().is_empty();
        if shows_contact {
            builder.header(Name::Contact, self.contact())
        } else {
            builder
        }
    }

    /// Literal address of the first Route, else of the remote target; `None` for a name: use the flow.
    pub fn next_hop(&self) -> Option<SocketAddr> {
        route::address(self.routes.first().unwrap_or(&self.target))
    }

    /// Where the next request goes: the flow that made the dialog, towards [`Self::next_hop`] if that is known. The
    /// connection is kept as long as it leads to the same host: behind it the peer need not be reachable at all.
    pub fn flow(&self) -> Flow {
        let Some(remote) = self.next_hop() else {
            return self.flow;
        };
        let same_host = remote.ip() == self.flow.remote.ip();
        Flow {
            remote,
            connection: self.flow.connection.filter(|_| same_host),
            ..self.flow
        }
    }

    /// A message of the peer came by this connection, perhaps a newer one than that which made the dialog.
    pub fn heard_by(&mut self, flow: Flow) {
        if flow.connection.is_some() && flow.transport == self.flow.transport {
            self.flow = flow;
        }
    }
}

/// The URI of the first Contact, if it can be a Request-URI.
fn target_of(message: &Message) -> Option<String> {
    uri_of(&message.values(Name::Contact).next()?)
}

/// The URI of an address value, fit for a request line.
fn uri_of(value: &str) -> Option<String> {
    let span = syntax::address(value.as_bytes()).ok()?;
    let uri = value.get(span.uri)?;
    is_fit(uri).then(|| route::as_request_uri(uri).into_owned())
}

/// Whether the peer could read a request to this URI; what is no URI must not become our Request-URI.
fn is_fit(uri: &str) -> bool {
    let Some((scheme, rest)) = split_scheme(uri) else {
        return false;
    };
    let is = |name: &str| scheme.eq_ignore_ascii_case(name);
    let readable = is("tel") || ((is("sip") || is("sips")) && sip_parts(rest.as_bytes()).is_ok());
    readable && !uri.bytes().any(is_blank)
}
