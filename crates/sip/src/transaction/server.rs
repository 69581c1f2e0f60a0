//! Server transactions in the layer.
use std::time::Instant;

use bytes::Bytes;

use super::key::Key;
use super::layer::{TransactionLayer, reply_flow};
use super::machine::{Action, Timer};
use super::server_invite::{self, ServerInvite};
use super::server_other::{self, ServerOther};
use super::timers::Side;
use super::{Ended, ServerTx, TransactionEvent};
use crate::{Builder, Flow, Message, Method, Status};

/// Either machine.
#[derive(Debug, Clone, Copy)]
pub(super) enum ServerState {
    Invite(ServerInvite),
    Other(ServerOther),
}

type Step = (ServerState, &'static [Action]);

impl ServerState {
    fn invite((state, actions): (ServerInvite, &'static [Action])) -> Step {
        (Self::Invite(state), actions)
    }

    fn other((state, actions): (ServerOther, &'static [Action])) -> Step {
        (Self::Other(state), actions)
    }

    fn on_request(self) -> Step {
        match self {
            Self::Invite(state) => Self::invite(state.step(server_invite::Input::Invite)),
            Self::Other(state) => Self::other(state.step(server_other::Input::Request)),
        }
    }

    fn on_ack(self) -> Step {
        match self {
            Self::Invite(state) => Self::invite(state.step(server_invite::Input::Ack)),
            Self::Other(_) => (self, &[]),
        }
    }

    fn on_reply(self, status: Status) -> Step {
        match self {
            Self::Invite(state) => {
                use server_invite::Input;
                Self::invite(state.step(match status {
                    status if status.is_provisional() => Input::Provisional,
                    status if status.is_success() => Input::Success,
                    _ => Input::Failure,
                }))
            }
            Self::Other(state) => {
                use server_other::Input;
                Self::other(state.step(if status.is_final() {
                    Input::Final
                } else {
                    Input::Provisional
                }))
            }
        }
    }

    pub(super) fn on_timer(self, timer: Timer) -> Step {
        match (self, timer) {
            (Self::Invite(state), Timer::G) => Self::invite(state.step(server_invite::Input::TimerG)),
            (Self::Invite(state), Timer::H) => Self::invite(state.step(server_invite::Input::TimerH)),
            (Self::Invite(state), Timer::I) => Self::invite(state.step(server_invite::Input::TimerI)),
            (Self::Invite(state), Timer::L) => Self::invite(state.step(server_invite::Input::TimerL)),
            (Self::Other(state), Timer::J) => Self::other(state.step(server_other::Input::TimerJ)),
            (Self::Invite(_) | Self::Other(_), _) => (self, &[]),
        }
    }

    pub(super) fn on_transport_error(self) -> Step {
        match self {
            Self::Invite(state) => Self::invite(state.step(server_invite::Input::TransportError)),
            Self::Other(state) => Self::other(state.step(server_other::Input::TransportError)),
        }
    }

    pub(super) const fn awaits(self, timer: Timer) -> bool {
        match self {
            Self::Invite(state) => state.awaits(timer),
            Self::Other(state) => state.awaits(timer),
        }
    }

    const fn lingers(self) -> bool {
        match self {
            Self::Invite(state) => state.lingers(),
            Self::Other(state) => state.lingers(),
        }
    }

    /// Whether a final response was sent.
    const fn has_final(self) -> bool {
        match self {
            Self::Invite(ServerInvite::Proceeding) => false,
            Self::Other(ServerOther::Trying | ServerOther::Proceeding) => false,
            Self::Invite(_) | Self::Other(_) => true,
        }
    }

    /// Whether what was sent last will never be repeated by the layer.
    const fn forgets_response(self) -> bool {
        matches!(
            self,
            Self::Invite(ServerInvite::Confirmed | ServerInvite::Accepted)
        )
    }
}

/// One server transaction.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) state: ServerState,
    /// Where responses go.
    pub(super) flow: Flow,
    key: Key,
    /// What was sent last.
    last: Bytes,
    cancelled: bool,
    doublings: u8,
}

impl TransactionLayer {
    pub(super) fn start_server(&mut self, now: Instant, key: Key, flow: Flow, request: Message) {
        let _ = now;
        let reply = reply_flow(flow, &request);
        let mut server = Server {
            state: ServerState::Other(ServerOther::Trying),
            flow: reply,
            key,
            last: Bytes::new(),
            cancelled: false,
            doublings: 0,
        };
        if *request.method() == Method::INVITE {
            server.state = ServerState::Invite(ServerInvite::Proceeding);
            server.last = Builder::response(Status::TRYING, None, &request, None).finish_octets();
            self.transmit(reply, server.last.clone());
        }
        let id = self.servers.insert(server);
        self.server_of.insert(key, id);
        self.event(TransactionEvent::Request {
            tx: ServerTx(id),
            request,
            flow,
        });
    }

    /// The request of a known transaction came again.
    pub(super) fn repeat_server(&mut self, now: Instant, id: u64) {
        self.server_step(now, id, None, ServerState::on_request);
    }

    pub(super) fn acknowledge(&mut self, now: Instant, id: u64, flow: Flow, ack: Message) {
        self.server_step(now, id, Some(Passed::Ack(ack, flow)), ServerState::on_ack);
    }

    /// A CANCEL of a known INVITE is answered here, each time it comes (RFC 3261 section 9.2), with the tag
    /// that the INVITE's responses have. The user hears of the first one that comes before its final response.
    pub(super) fn cancel_server(&mut self, id: u64, flow: Flow, cancel: Message) {
        let Some(server) = self.servers.get_mut(id) else {
            return;
        };
        let tell =
            matches!(server.state, ServerState::Invite(_)) && !server.state.has_final() && !server.cancelled;
        server.cancelled |= tell;
        let last = Message::parse(server.last.clone()).ok();
        let tag = last.as_ref().and_then(Message::to_tag).map(str::to_owned);
        let tag =
            tag.unwrap_or_else(|| String::from_utf8_lossy(&self.keys.stateless_tag(&cancel)).into_owned());
        let ok = Builder::response(Status::OK, None, &cancel, Some(&tag)).finish_octets();
        self.transmit(reply_flow(flow, &cancel), ok);
        if tell {
            self.event(TransactionEvent::Cancel {
                invite: ServerTx(id),
                cancel,
            });
        }
    }

    /// Sends a response: provisional ones and one final one; a 2xx to an INVITE again and again until its ACK
    /// (see [`crate::OkRetransmit`]). What the state does not allow is dropped.
    pub fn respond(&mut self, now: Instant, tx: ServerTx, response: Message) {
        let Some(status) = response.status() else {
            return self.drop_with("a request is no response");
        };
        if self.servers.get(tx.0).is_none() {
            return self.drop_with("response to a transaction that has ended");
        }
        self.server_step(now, tx.0, Some(Passed::Reply(response)), |state| {
            state.on_reply(status)
        });
        self.settle();
    }

    pub(super) fn server_step(
        &mut self,
        now: Instant,
        id: u64,
        mut passed: Option<Passed>,
        step: impl FnOnce(ServerState) -> Step,
    ) {
        let Some(server) = self.servers.get_mut(id) else {
            return;
        };
        let (state, actions) = step(server.state);
        server.state = state;
        for action in actions {
            match action {
                Action::Repeat => self.repeat_response(id),
                Action::Reply => self.reply(id, passed.take()),
                Action::Deliver => {
                    if let Some(Passed::Ack(ack, flow)) = passed.take() {
                        self.event(TransactionEvent::Ack { ack, flow });
                    }
                }
                Action::Start(timer) | Action::StartSlow(timer) => self.start_server_timer(now, id, *timer),
                Action::Report => self.drop_with("a response may not have reached its receiver"),
                Action::End(why) => self.end_server(id, *why),
                // A client action; no server machine asks for it.
                Action::Ack => {}
            }
        }
        let Some(server) = self.servers.get_mut(id).filter(|server| server.state.lingers()) else {
            return;
        };
        if server.state.forgets_response() {
            server.last = Bytes::new();
        }
        self.servers.linger(id);
    }

    fn repeat_response(&mut self, id: u64) {
        if let Some(server) = self.servers.get(id).filter(|server| !server.last.is_empty()) {
            let (flow, payload) = (server.flow, server.last.clone());
            self.transmit(flow, payload);
        }
    }

    fn reply(&mut self, id: u64, passed: Option<Passed>) {
        if let (Some(server), Some(Passed::Reply(response))) = (self.servers.get_mut(id), passed) {
            server.last = response.raw().clone();
            server.flow = self.connections.path(server.flow);
            self.repeat_response(id);
        }
    }

    fn start_server_timer(&mut self, now: Instant, id: u64, timer: Timer) {
        let Some(server) = self.servers.get_mut(id) else {
            return;
        };
        let reliable = server.flow.transport.is_reliable();
        let doublings = server.doublings;
        if timer == Timer::G {
            server.doublings = doublings.saturating_add(1);
        }
        self.deadlines
            .start(now, (Side::Server, id), timer, doublings, reliable);
    }

    fn end_server(&mut self, id: u64, why: Ended) {
        if let Some(server) = self.servers.remove(id) {
            self.server_of.remove(&server.key);
            self.event(TransactionEvent::ServerEnded {
                tx: ServerTx(id),
                why,
            });
        }
    }
}

/// A message on its way through a server transaction.
#[derive(Debug)]
pub(super) enum Passed {
    Ack(Message, Flow),
    Reply(Message),
}
