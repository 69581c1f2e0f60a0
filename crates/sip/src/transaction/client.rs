//! Client transactions in the layer.
use std::borrow::Cow;
use std::time::Instant;

use bytes::Bytes;

use super::client_invite::{self, ClientInvite};
use super::client_other::{self, ClientOther};
use super::layer::TransactionLayer;
use super::machine::{Action, Timer};
use super::outgoing::{self, Branch};
use super::timers::Side;
use super::{ClientTx, Ended, TransactionEvent};
use crate::{Builder, Flow, Message, Method, Status, via};

/// Either machine.
#[derive(Debug, Clone, Copy)]
pub(super) enum ClientState {
    Invite(ClientInvite),
    Other(ClientOther),
}

type Step = (ClientState, &'static [Action]);

impl ClientState {
    fn invite((state, actions): (ClientInvite, &'static [Action])) -> Step {
        (Self::Invite(state), actions)
    }

    fn other((state, actions): (ClientOther, &'static [Action])) -> Step {
        (Self::Other(state), actions)
    }

    fn on_response(self, status: Status) -> Step {
        match self {
            Self::Invite(state) => {
                use client_invite::Input;
                Self::invite(state.step(match status {
                    status if status.is_provisional() => Input::Provisional,
                    status if status.is_success() => Input::Success,
                    _ => Input::Failure,
                }))
            }
            Self::Other(state) => {
                use client_other::Input;
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
            (Self::Invite(state), Timer::A) => Self::invite(state.step(client_invite::Input::TimerA)),
            (Self::Invite(state), Timer::B) => Self::invite(state.step(client_invite::Input::TimerB)),
            (Self::Invite(state), Timer::D) => Self::invite(state.step(client_invite::Input::TimerD)),
            (Self::Invite(state), Timer::M) => Self::invite(state.step(client_invite::Input::TimerM)),
            (Self::Invite(state), Timer::Cancelled) => {
                Self::invite(state.step(client_invite::Input::TimerCancelled))
            }
            (Self::Other(state), Timer::E) => Self::other(state.step(client_other::Input::TimerE)),
            (Self::Other(state), Timer::F) => Self::other(state.step(client_other::Input::TimerF)),
            (Self::Other(state), Timer::K) => Self::other(state.step(client_other::Input::TimerK)),
            (Self::Invite(_) | Self::Other(_), _) => (self, &[]),
        }
    }

    pub(super) fn on_transport_error(self) -> Step {
        match self {
            Self::Invite(state) => Self::invite(state.step(client_invite::Input::TransportError)),
            Self::Other(state) => Self::other(state.step(client_other::Input::TransportError)),
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

    /// Whether the request was sent and nothing came back.
    const fn is_unanswered(self) -> bool {
        matches!(
            self,
            Self::Invite(ClientInvite::Calling) | Self::Other(ClientOther::Trying)
        )
    }

    /// Whether what was sent is needed only if another fork answers.
    const fn is_accepted(self) -> bool {
        matches!(self, Self::Invite(ClientInvite::Accepted))
    }
}

/// How far cancelling an INVITE has come.
#[derive(Debug, PartialEq, Eq)]
enum Cancel {
    No,
    /// Waits for a provisional response (RFC 3261 section 9.1), with the Reason values it will carry.
    Wanted(Box<[String]>),
    /// Sent, as this transaction.
    Sent(u64),
}

/// The place of a request that is no longer kept.
pub(super) const NO_REQUEST: usize = usize::MAX;

/// One client transaction.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) state: ClientState,
    pub(super) flow: Flow,
    /// The other half of the branch: only who saw the request knows it.
    nonce: u64,
    /// Number in CSeq.
    cseq: u32,
    /// Place of the request in the layer's `requests`.
    pub(super) request: usize,
    /// The ACK of a failure once there was one, or the head of an INVITE that was accepted.
    kept: Bytes,
    cancel: Cancel,
    /// A CANCEL of the layer's own: its user is the layer.
    hidden: bool,
    doublings: u8,
    /// The same request for UDP, if TCP was taken only for its size.
    fallback: Option<Box<Fallback>>,
}

/// A request that would have gone by UDP had it been smaller.
#[derive(Debug)]
struct Fallback {
    flow: Flow,
    request: Message,
}

impl Client {
    fn new(flow: Flow, nonce: u64) -> Self {
        Self {
            state: ClientState::Other(ClientOther::Trying),
            flow,
            nonce,
            cseq: 0,
            request: NO_REQUEST,
            kept: Bytes::new(),
            cancel: Cancel::No,
            hidden: false,
            doublings: 0,
            fallback: None,
        }
    }
}

impl TransactionLayer {
    /// Starts a client transaction: the layer makes the branch, writes the top Via with `rport`, sends, and
    /// repeats until an answer comes. Not for an ACK: that is no transaction, see [`Self::send_ack`].
    pub fn send_request(&mut self, now: Instant, request: Builder, flow: Flow) -> ClientTx {
        self.send_sized(now, request, flow, None)
    }

    /// As [`Self::send_request`]; with a TCP listener in `large`, a request over 1,300 octets that would go by UDP
    /// goes to the same address by TCP from that listener, and by UDP after all if that fails (RFC 3261 section
    /// 18.1.1).
    pub fn send_sized(
        &mut self,
        now: Instant,
        mut request: Builder,
        flow: Flow,
        large: Option<u16>,
    ) -> ClientTx {
        let nonce = self.nonce();
        let id = self.clients.insert(Client::new(flow, nonce));
        let via = self.via_line(flow, Branch { nonce, id });
        let stream = outgoing::by_stream(flow, large, request.finished_len(&via));
        let by_stream = stream.map(|stream| {
            let mut request = request.clone();
            request.top_via(&self.via_line(stream, Branch { nonce, id }));
            (stream, request.finish())
        });
        request.top_via(&via);
        let mut request = request.finish();
        if let (Some((stream, large)), Some(client)) = (by_stream, self.clients.get_mut(id)) {
            client.flow = stream;
            client.fallback = Some(Box::new(Fallback {
                flow,
                request: std::mem::replace(&mut request, large),
            }));
        }
        self.start_client(now, id, request);
        self.settle();
        ClientTx(id)
    }

    /// Sends by UDP what was too large for it, if TCP fails before anything came back.
    pub(super) fn fall_back(&mut self, now: Instant, id: u64) -> bool {
        let Some(client) = self.clients.get_mut(id) else {
            return false;
        };
        if !client.state.is_unanswered() {
            return false;
        }
        let Some(fallback) = client.fallback.take() else {
            return false;
        };
        let Fallback { flow, request } = *fallback;
        client.flow = flow;
        client.doublings = 0;
        let payload = request.raw().clone();
        if let Some(kept) = self.requests.get_mut(client.request) {
            *kept = request;
        }
        // Timer B or F goes on from the first attempt.
        let repeat = match client.state {
            ClientState::Invite(_) => Timer::A,
            ClientState::Other(_) => Timer::E,
        };
        self.transmit(flow, payload);
        self.start_client_timer(now, id, repeat);
        true
    }

    fn start_client(&mut self, now: Instant, id: u64, request: Message) {
        let is_invite = *request.method() == Method::INVITE;
        let payload = request.raw().clone();
        let cseq = request.cseq().0;
        let slot = self.requests.insert(request);
        let Some(client) = self.clients.get_mut(id) else {
            return;
        };
        client.request = slot;
        client.cseq = cseq;
        // From now on the client is bound to the connection that takes its request.
        let flow = self.connections.path(client.flow);
        client.flow = flow;
        let timers = if is_invite {
            client.state = ClientState::Invite(ClientInvite::Calling);
            [Timer::A, Timer::B]
        } else {
            [Timer::E, Timer::F]
        };
        self.transmit(flow, payload);
        for timer in timers {
            self.start_client_timer(now, id, timer);
        }
    }

    /// The request as sent, with its Via: until the final response has been drained, for an INVITE with a 2xx
    /// until Timer M, and without its body from the next input on.
    pub fn sent_request(&self, tx: ClientTx) -> Option<Cow<'_, Message>> {
        let client = self.clients.get(tx.0)?;
        let accepted = || {
            client
                .state
                .is_accepted()
                .then(|| Message::of_own(client.kept.clone()))
        };
        match self.requests.get(client.request) {
            Some(request) => Some(Cow::Borrowed(request)),
            None => accepted().map(Cow::Owned),
        }
    }

    /// Frees requests that nobody looks at any more, once their transaction has its final response.
    pub(super) fn retire(&mut self) {
        while let Some(id) = self.retired.pop() {
            let Some(client) = self.clients.get_mut(id) else {
                continue;
            };
            let place = std::mem::replace(&mut client.request, NO_REQUEST);
            if let (Some(request), true) = (self.requests.try_remove(place), client.state.is_accepted()) {
                client.kept = Bytes::copy_from_slice(request.head());
            }
        }
    }

    /// Cancels an INVITE (RFC 3261 section 9.1). The CANCEL waits for the first provisional response; its own
    /// transaction is not seen. Without a final response within 64*T1 of it, `ClientEnded` comes. After a
    /// final response, or a second time, this does nothing.
    pub fn cancel(&mut self, now: Instant, invite: ClientTx) {
        self.cancel_because(now, invite, &[]);
    }

    /// As [`Self::cancel`], with the values of the CANCEL's Reason headers (RFC 3326).
    pub fn cancel_because(&mut self, now: Instant, invite: ClientTx, reasons: &[String]) {
        let Some(client) = self.clients.get_mut(invite.0) else {
            return;
        };
        match (client.state, &client.cancel) {
            (ClientState::Invite(ClientInvite::Calling), Cancel::No) => {
                client.cancel = Cancel::Wanted(reasons.into());
            }
            (ClientState::Invite(ClientInvite::Proceeding), Cancel::No) => {
                self.send_cancel(now, invite.0, reasons);
            }
            _ => {}
        }
        self.settle();
    }

    fn send_cancel(&mut self, now: Instant, invite: u64, reasons: &[String]) {
        let Some(client) = self.clients.get(invite) else {
            return;
        };
        let (flow, nonce) = (client.flow, client.nonce);
        let Some(request) = self.requests.get(client.request) else {
            return;
        };
        let cancel = outgoing::cancel(request, reasons);
        let id = self.clients.insert(Client {
            hidden: true,
            ..Client::new(flow, nonce)
        });
        if let Some(client) = self.clients.get_mut(invite) {
            client.cancel = Cancel::Sent(id);
        }
        self.start_client(now, id, cancel);
        self.start_client_timer(now, invite, Timer::Cancelled);
    }

    pub(super) fn handle_response(&mut self, now: Instant, flow: Flow, response: Message) {
        // RFC 3261 section 8.1.3.3: we are always the last hop of a response to us.
        if response.has_more_vias() {
            return self.drop_with("response with more than one Via");
        }
        if !self.is_sent_by_us(&response) {
            return self.drop_with("response whose Via is not ours");
        }
        let Some(id) = self.client_of(&response) else {
            return self.drop_with("response without a transaction");
        };
        let status = response.status().unwrap_or(Status::TRYING);
        self.client_step(now, id, Some((response, flow)), |state| state.on_response(status));
    }

    /// RFC 3261 section 18.1.2: the sent-by of a response to us is one that we write.
    fn is_sent_by_us(&self, response: &Message) -> bool {
        let theirs = response.sent_by();
        self.sent_by.iter().any(|ours| ours.as_bytes() == theirs)
            || response.top_via().is_some_and(|via| {
                let port = via.port.unwrap_or(5060);
                let is_same = |ours: &String| via::is_host_and_port(ours, &via.host, port);
                self.sent_by.iter().any(is_same)
            })
    }

    /// RFC 3261 section 17.1.3: the branch, and the method in CSeq. Its number too: whoever answers copies it, and an
    /// answer to some other request of ours must not become the dialog of this one.
    fn client_of(&self, response: &Message) -> Option<u64> {
        let Branch { nonce, id } = Branch::parse(response.branch())?;
        let client = self.clients.get(id).filter(|client| client.nonce == nonce)?;
        if response.cseq().0 != client.cseq {
            return None;
        }
        match (client.state, response.method(), &client.cancel) {
            (ClientState::Invite(_), &Method::CANCEL, Cancel::Sent(cancel)) => Some(*cancel),
            (ClientState::Invite(_), &Method::INVITE, _) => Some(id),
            (ClientState::Other(_), &(Method::INVITE | Method::CANCEL), _) => None,
            (ClientState::Other(_), _, _) => Some(id),
            (ClientState::Invite(_), _, _) => None,
        }
    }

    pub(super) fn client_step(
        &mut self,
        now: Instant,
        id: u64,
        mut message: Option<(Message, Flow)>,
        step: impl FnOnce(ClientState) -> Step,
    ) {
        let Some(client) = self.clients.get_mut(id) else {
            return;
        };
        let (state, actions) = step(client.state);
        client.state = state;
        for action in actions {
            match action {
                Action::Repeat => self.repeat_request(id),
                Action::Ack => self.acknowledge_failure(id, message.as_ref().map(|(response, _)| response)),
                Action::Deliver => self.deliver_response(id, message.take()),
                Action::Start(timer) => self.start_client_timer(now, id, *timer),
                Action::StartSlow(timer) => {
                    if let Some(client) = self.clients.get_mut(id) {
                        client.doublings = u8::MAX;
                    }
                    self.start_client_timer(now, id, *timer);
                }
                Action::End(why) => self.end_client(id, *why),
                // Server actions; no client machine asks for them.
                Action::Reply | Action::Report => {}
            }
        }
        self.after_client_step(now, id);
    }

    /// What follows from the new state: a deferred CANCEL, or less to keep.
    fn after_client_step(&mut self, now: Instant, id: u64) {
        let Some(client) = self.clients.get_mut(id) else {
            return;
        };
        if matches!(client.state, ClientState::Invite(ClientInvite::Proceeding))
            && let Cancel::Wanted(reasons) = &mut client.cancel
        {
            let reasons = std::mem::take(reasons);
            return self.send_cancel(now, id, &reasons);
        }
        if client.state.lingers() && client.request != NO_REQUEST {
            self.retired.push(id);
        }
        if client.state.lingers() {
            self.clients.linger(id);
        }
    }

    fn repeat_request(&mut self, id: u64) {
        let Some(client) = self.clients.get(id) else {
            return;
        };
        if let Some(request) = self.requests.get(client.request) {
            let (flow, payload) = (client.flow, request.raw().clone());
            self.transmit(flow, payload);
        }
    }

    /// Sends the ACK of a failure; it is made once and then repeated.
    fn acknowledge_failure(&mut self, id: u64, response: Option<&Message>) {
        let Some(client) = self.clients.get_mut(id) else {
            return;
        };
        if let (true, Some(request), Some(response)) = (
            client.kept.is_empty(),
            self.requests.get(client.request),
            response,
        ) {
            client.kept = outgoing::ack(request, response);
        }
        let (flow, payload) = (client.flow, client.kept.clone());
        self.transmit(flow, payload);
    }

    fn deliver_response(&mut self, id: u64, message: Option<(Message, Flow)>) {
        let hidden = self.clients.get(id).is_none_or(|client| client.hidden);
        if let (false, Some((response, flow))) = (hidden, message) {
            self.event(TransactionEvent::Response {
                tx: ClientTx(id),
                response,
                flow,
            });
        }
    }

    fn start_client_timer(&mut self, now: Instant, id: u64, timer: Timer) {
        let Some(client) = self.clients.get_mut(id) else {
            return;
        };
        let reliable = client.flow.transport.is_reliable();
        let doublings = client.doublings;
        if matches!(timer, Timer::A | Timer::E) {
            client.doublings = doublings.saturating_add(1);
        }
        self.deadlines
            .start(now, (Side::Client, id), timer, doublings, reliable);
    }

    fn end_client(&mut self, id: u64, why: Ended) {
        let Some(client) = self.clients.remove(id) else {
            return;
        };
        self.requests.try_remove(client.request);
        if !client.hidden && why != Ended::Done {
            self.event(TransactionEvent::ClientEnded {
                tx: ClientTx(id),
                why,
            });
        }
    }
}
