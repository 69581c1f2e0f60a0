//! Requests we send within a dialog: BYE, re-INVITE, INFO.

use std::time::Duration;

use pointsman_sip::{ClientTx, Ended, Message, Method, Name, Status};

use crate::behaviour::{Action, InfoBody};
use crate::cause::{Flavour, reason_header};
use crate::phone::call::{Call, Cx, State, Task};
use crate::phone::config::PhoneEvent;
use crate::phone::words::PRODUCT;
use crate::report::{EndedBy, Role};

/// A re-INVITE or UPDATE that waits for its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Hold,
    Resume,
    Refresh,
    Offerless,
    Update,
}

impl Wish {
    fn method(self) -> Method {
        match self {
            Self::Update => Method::UPDATE,
            Self::Hold | Self::Resume | Self::Refresh | Self::Offerless => Method::INVITE,
        }
    }
}

/// A request of ours without its final response.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) tx: ClientTx,
    pub(super) purpose: Purpose,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Bye,
    ByeOfFork,
    ReInvite(Wish),
    Info,
    Prack,
}

impl Call {
    /// One step of the talk.
    pub(super) fn step(&mut self, cx: &mut Cx<'_>, at: usize) {
        let Some(step) = self.talk.steps.get(at).cloned() else {
            return;
        };
        match step.action {
            Action::Digits(digits) => self.on_stream(|stream| stream.dial(&digits)),
            Action::Speak(speak) => self.on_stream(|stream| stream.say(speak)),
            Action::Hold => self.wish(cx, Wish::Hold),
            Action::Resume => self.wish(cx, Wish::Resume),
            Action::Refresh => self.wish(cx, Wish::Refresh),
            Action::Offerless => self.wish(cx, Wish::Offerless),
            Action::Update => self.wish(cx, Wish::Update),
            Action::Info(body) => self.info(cx, &body),
            Action::HangUp => self.hang_up(cx, EndedBy::Us),
        }
    }

    fn on_stream(&mut self, act: impl FnOnce(&mut crate::phone::stream::Stream)) {
        if let Some(stream) = &mut self.stream {
            act(stream);
        }
    }

    fn wish(&mut self, cx: &mut Cx<'_>, wish: Wish) {
        self.wishes.push_back(wish);
        self.grant_wishes(cx);
    }

    /// Whether an INVITE of either side is under way in the dialog.
    pub(super) fn is_negotiating(&self) -> bool {
        self.awaits_answer() || !self.unacked.is_empty()
    }

    /// Whether an offer of ours in the dialog is under way.
    pub(super) fn awaits_answer(&self) -> bool {
        let ours = |pending: &Pending| matches!(pending.purpose, Purpose::ReInvite(_));
        self.pending.iter().any(ours) || self.unacked.iter().any(|unacked| unacked.offers)
    }

    /// Sends the next re-INVITE if the dialog is free for it.
    pub(super) fn grant_wishes(&mut self, cx: &mut Cx<'_>) {
        if !matches!(self.state, State::Up) || self.is_negotiating() {
            return;
        }
        let (Some(dialog), Some(stream)) = (&mut self.dialog, &mut self.stream) else {
            return;
        };
        let Some(wish) = self.wishes.pop_front() else {
            return;
        };
        let mut invite = dialog.request(&wish.method()).header(Name::UserAgent, PRODUCT);
        let hold = match wish {
            Wish::Hold => Some(true),
            Wish::Resume => Some(false),
            Wish::Refresh | Wish::Update => Some(stream.exchange.holding),
            Wish::Offerless => None,
        };
        if let Some(hold) = hold {
            invite = invite.body("application/sdp", &stream.exchange.offer(hold));
        }
        let flow = dialog.flow();
        let tx = cx.layer.send_request(cx.now, invite, flow);
        self.own_client(cx, tx);
        self.pending.push(Pending {
            tx,
            purpose: Purpose::ReInvite(wish),
        });
    }

    fn info(&mut self, cx: &mut Cx<'_>, body: &InfoBody) {
        let Some(dialog) = self.dialog.as_mut().filter(|_| matches!(self.state, State::Up)) else {
            return;
        };
        let info = dialog.request(&Method::INFO).header(Name::UserAgent, PRODUCT);
        let info = info.body(&body.content_type, body.body.as_bytes());
        let flow = dialog.flow();
        let tx = cx.layer.send_request(cx.now, info, flow);
        self.own_client(cx, tx);
        self.pending.push(Pending {
            tx,
            purpose: Purpose::Info,
        });
    }

    /// Ends an answered call.
    pub(super) fn bye(&mut self, cx: &mut Cx<'_>, by: EndedBy) {
        let Some(dialog) = self.dialog.as_mut().filter(|_| matches!(self.state, State::Up)) else {
            return;
        };
        let mut bye = dialog.request(&Method::BYE).header(Name::UserAgent, PRODUCT);
        if cx.config.flavour == Flavour::Pstn {
            bye = bye.header(Name::Reason, &reason_header(16));
        }
        let flow = dialog.flow();
        let tx = cx.layer.send_request(cx.now, bye, flow);
        self.own_client(cx, tx);
        self.pending.push(Pending {
            tx,
            purpose: Purpose::Bye,
        });
        self.stop_talk(cx, by);
        self.state = State::Leaving;
    }

    /// The final response to one of our requests.
    pub(super) fn request_response(
        &mut self,
        cx: &mut Cx<'_>,
        pending: Pending,
        response: &Message,
        status: Status,
    ) {
        match pending.purpose {
            Purpose::Bye => {
                if !status.is_success() && !self.crossed {
                    self.report
                        .complaints
                        .push(format!("our BYE was answered {}", status.0));
                }
                self.end(cx, EndedBy::Us);
            }
            Purpose::ByeOfFork | Purpose::Prack => {}
            Purpose::Info => {
                self.replied(cx, status);
                self.end_if_gone(cx, status);
            }
            Purpose::ReInvite(wish) => self.reinvite_response(cx, pending.tx, wish, response, status),
        }
    }

    fn replied(&mut self, cx: &mut Cx<'_>, status: Status) {
        self.report.answers.push(status.0);
        cx.events.push_back(PhoneEvent::Replied {
            call: self.id(),
            status: status.0,
        });
    }

    fn reinvite_response(
        &mut self,
        cx: &mut Cx<'_>,
        tx: ClientTx,
        wish: Wish,
        response: &Message,
        status: Status,
    ) {
        if status == Status(491) && matches!(self.state, State::Up) {
            return self.try_later(cx, wish);
        }
        self.replied(cx, status);
        if status.is_success() {
            self.reinvite_accepted(cx, tx, wish, response);
        } else {
            self.on_stream(|stream| stream.exchange.withdraw());
            self.end_if_gone(cx, status);
        }
        self.grant_wishes(cx);
    }

    fn reinvite_accepted(&mut self, cx: &mut Cx<'_>, tx: ClientTx, wish: Wish, response: &Message) {
        if let Some(dialog) = &mut self.dialog {
            dialog.confirm(response);
        }
        let read = match &mut self.stream {
            Some(stream) if wish == Wish::Offerless => stream.exchange.answer(&response.body()).map(Some),
            Some(stream) => stream.exchange.accept(&response.body()).map(|()| None),
            None => Ok(None),
        };
        let (cseq, _) = response.cseq();
        let answer = read.as_ref().ok().cloned().flatten();
        if wish.method() == Method::INVITE {
            let tag = response.to_tag().unwrap_or_default();
            self.send_ack(cx, tx, cseq, tag, answer);
        }
        match read {
            Ok(_) => self.on_stream(|stream| stream.follow(cx.now)),
            Err(error) => {
                self.report
                    .complaints
                    .push(format!("2xx of our {}: {error}", wish.method()));
                self.bye(cx, EndedBy::Us);
            }
        }
    }

    /// Two re-INVITEs met. Whoever made the Call-ID waits longer (RFC 3261, 14.1).
    fn try_later(&mut self, cx: &mut Cx<'_>, wish: Wish) {
        self.on_stream(|stream| stream.exchange.withdraw());
        self.wishes.push_front(wish);
        let tens = (self.seed.fraction() * 200.0) as u64;
        let wait = match self.report.role {
            Role::Caller => 2_100 + tens * 19 / 20 * 10,
            Role::Callee => tens * 10,
        };
        self.at(cx.now + Duration::from_millis(wait), Task::Wishes);
    }

    /// 408 and 481 to a request within a dialog say that the other side has no such dialog any more
    /// (RFC 3261, 12.2.1.2).
    fn end_if_gone(&mut self, cx: &mut Cx<'_>, status: Status) {
        if matches!(status.0, 408 | 481) {
            self.report
                .complaints
                .push(format!("the other side has lost the dialog: {}", status.0));
            self.bye(cx, EndedBy::Us);
        }
    }

    /// A request of ours got no final response.
    pub(super) fn request_ended(&mut self, cx: &mut Cx<'_>, pending: Pending, why: Ended) {
        match pending.purpose {
            Purpose::Bye => {
                self.report
                    .complaints
                    .push(format!("our BYE got no response: {why:?}"));
                self.end(cx, EndedBy::Us);
            }
            Purpose::ByeOfFork | Purpose::Prack => {}
            Purpose::Info | Purpose::ReInvite(_) => {
                self.report
                    .complaints
                    .push(format!("our {:?} got no response: {why:?}", pending.purpose));
                self.on_stream(|stream| stream.exchange.withdraw());
                self.bye(cx, EndedBy::Timer);
            }
        }
    }
}
