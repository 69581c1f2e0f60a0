//! Which call a transaction event belongs to, and what is answered when it belongs to none.

use std::time::Instant;

use bytes::Bytes;
use pointsman_sip::{Builder, Flow, Message, Method, Name, ServerTx, Status, TransactionEvent};

use crate::behaviour::Behaviour;
use crate::phone::Phone;
use crate::phone::call::Call;
use crate::phone::callee::NewCall;
use crate::phone::plan::{Plan, Refused};
use crate::phone::words::{ALLOW, PRODUCT, user_of_uri};
use crate::report::CallId;

impl Phone {
    /// Hands every event of the layer to its call.
    pub(super) fn drain(&mut self, now: Instant) {
        while let Some(event) = self.layer.poll_event() {
            match event {
                TransactionEvent::Request { tx, request, flow } => self.request(now, tx, request, flow),
                TransactionEvent::Ack { ack, .. } => {
                    if let Some(id) = self.call_of(&ack) {
                        self.on(now, id, |call, cx| call.acked(cx, &ack));
                    }
                }
                TransactionEvent::Cancel { invite, cancel } => {
                    if let Some(id) = self.index.servers.get(&invite).copied() {
                        self.on(now, id, |call, cx| call.cancelled(cx, &cancel));
                    }
                }
                TransactionEvent::Response { tx, response, flow } => {
                    if let Some(id) = self.index.clients.get(&tx).copied() {
                        self.on(now, id, |call, cx| call.response(cx, tx, &response, flow));
                    }
                }
                TransactionEvent::ClientEnded { tx, why } => {
                    if let Some(id) = self.index.clients.get(&tx).copied() {
                        self.on(now, id, |call, cx| call.client_ended(cx, tx, why));
                    }
                }
                TransactionEvent::ServerEnded { tx, .. } => {
                    if let Some(id) = self.index.servers.get(&tx).copied() {
                        self.on(now, id, |call, cx| call.server_ended(cx, tx));
                    }
                }
                TransactionEvent::Refused { .. } | TransactionEvent::Dropped { .. } => {}
            }
        }
    }

    fn call_of(&self, request: &Message) -> Option<CallId> {
        self.index.tags.get(request.to_tag()?).copied()
    }

    fn request(&mut self, now: Instant, tx: ServerTx, request: Message, flow: Flow) {
        if request.to_tag().is_some() {
            match self.call_of(&request) {
                Some(id) => self.on(now, id, |call, cx| call.request(cx, tx, &request)),
                None => self.answer(now, tx, Builder::response(Status(481), None, &request, None)),
            }
            return;
        }
        match *request.method() {
            Method::INVITE => self.invite(now, tx, request, flow),
            Method::OPTIONS => self.reply(now, tx, &request, 200),
            // A BYE or another request that needs a dialog (RFC 3261, 12.2.2).
            Method::BYE | Method::INFO | Method::UPDATE | Method::PRACK => {
                self.reply(now, tx, &request, 481);
            }
            _ => self.reply(now, tx, &request, 405),
        }
    }

    fn invite(&mut self, now: Instant, tx: ServerTx, invite: Message, flow: Flow) {
        let unknown: Vec<String> = invite
            .values(Name::Require)
            .filter(|option| !option.eq_ignore_ascii_case("100rel"))
            .map(std::borrow::Cow::into_owned)
            .collect();
        if !unknown.is_empty() {
            let tag = self.layer.token(12);
            let response = Builder::response(Status(420), None, &invite, Some(&tag));
            return self.answer(now, tx, response.header(Name::Unsupported, &unknown.join(", ")));
        }
        let number = user_of_uri(invite.request_uri());
        let flavour = self.config.flavour;
        let plan = match self.config.numbers.find(&number) {
            Some(behaviour) => Plan::of(behaviour, flavour),
            None => {
                let refused = Refused::with(404, None, flavour);
                Some(Plan::refuse(false, std::time::Duration::ZERO, refused))
            }
        };
        // A silent number was kept from the layer before; nothing is left to do should one come this far.
        let Some(plan) = plan else { return };
        let id = self.next_id();
        let new = NewCall { tx, invite, flow };
        if let Some(call) = Call::offered(&mut self.cx(now), id, new, plan) {
            self.calls.insert(id, call);
            self.settle(id);
            self.wake(now, id);
        }
    }

    /// What is due at once, such as an answer after no time, is done at once.
    fn wake(&mut self, now: Instant, id: CallId) {
        if self.due.contains(&(now, id)) {
            self.on(now, id, Call::handle_timeout);
        }
    }

    fn reply(&mut self, now: Instant, tx: ServerTx, request: &Message, status: u16) {
        let tag = self.layer.token(12);
        let response = Builder::response(Status(status), None, request, Some(&tag));
        self.answer(now, tx, response.header(Name::Allow, ALLOW));
    }

    fn answer(&mut self, now: Instant, tx: ServerTx, response: Builder) {
        self.layer
            .respond(now, tx, response.header(Name::Server, PRODUCT).finish());
    }

    /// Whether a datagram is a request to a number that says nothing at all. Requests in dialogs are for calls.
    pub(super) fn falls_on_the_floor(&self, payload: &Bytes) -> bool {
        let Ok(message) = Message::parse(payload.clone()) else {
            return false;
        };
        if !message.is_request() || message.to_tag().is_some() {
            return false;
        }
        let number = user_of_uri(message.request_uri());
        matches!(self.config.numbers.find(&number), Some(Behaviour::Silent(_)))
    }
}
