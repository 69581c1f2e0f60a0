//! The callee's half before the answer: an INVITE is treated as its number's plan says.

use std::time::Duration;

use pointsman_sip::{Builder, Dialog, Flow, Message, Name, OkRetransmit, ServerTx, Status};

use crate::behaviour::Talk;
use crate::phone::call::{Call, Cx, LONGEST_AS_CALLEE, State, Task, Unacked};
use crate::phone::config::PhoneEvent;
use crate::phone::plan::{End, Plan, Refused};
use crate::phone::reliable::{Reliable, Support};
use crate::phone::words::{ALLOW, PRODUCT, contact, user_of_header, user_of_uri};
use crate::report::{CallId, EndedBy, Role};

/// Ringing is repeated, or proxies on the way give up after three minutes (RFC 3261, 13.3.1.1).
const RING_AGAIN: Duration = Duration::from_secs(60);

/// An INVITE without its final response.
#[derive(Debug)]
pub(super) struct Offered {
    pub(super) tx: ServerTx,
    pub(super) invite: Message,
    pub(super) plan: Plan,
    /// The answer to the INVITE's offer, once written.
    pub(super) answer: Option<Vec<u8>>,
    /// A provisional response that awaits its PRACK, or did.
    pub(super) reliable: Option<Reliable>,
    /// The plan came to its end while a PRACK was awaited.
    pub(super) decided: bool,
    /// What was last sent to say that it rings.
    pub(super) ringing: Option<u16>,
}

/// A new INVITE.
pub(super) struct NewCall {
    pub(super) tx: ServerTx,
    pub(super) invite: Message,
    pub(super) flow: Flow,
}

impl Call {
    /// Takes a call, or answers an INVITE that makes none.
    pub(super) fn offered(cx: &mut Cx<'_>, id: CallId, new: NewCall, plan: Plan) -> Option<Self> {
        let NewCall { tx, invite, flow } = new;
        let tag = cx.layer.token(12);
        let to = user_of_uri(invite.request_uri());
        let dialog = match Dialog::uas(&invite, &tag, &contact(&to, cx.config.sip), flow) {
            Ok(dialog) => dialog,
            Err(error) => {
                let reason = error.to_string();
                let response = Builder::response(Status(400), Some(&reason), &invite, Some(&tag)).finish();
                cx.layer.respond(cx.now, tx, response);
                return None;
            }
        };
        let talk = match &plan.end {
            End::Answer(talk) => talk.clone(),
            End::Refuse(_) => Talk::default(),
        };
        let (ring, early, after) = (plan.ring, plan.early.is_some(), plan.after);
        let answers = matches!(plan.end, End::Answer(_));
        let offered = Offered {
            tx,
            invite,
            plan,
            answer: None,
            reliable: None,
            decided: false,
            ringing: None,
        };
        let from = user_of_header(&offered.invite, Name::From);
        let call_id = offered.invite.call_id().to_owned();
        let mut call = Self::new(id, Role::Callee, State::Offered(Box::new(offered)), tag, talk, cx);
        call.report.call_id = call_id;
        call.report.from = from.clone();
        call.report.to = to.clone();
        call.dialog = Some(dialog);
        cx.index.tags.insert(call.tag.clone(), id);
        call.own_server(cx, tx);
        call.at(cx.now + LONGEST_AS_CALLEE, Task::Longest);
        cx.events.push_back(PhoneEvent::Incoming { call: id, from, to });
        if let Err(refused) = if answers { call.describe(cx) } else { Ok(()) } {
            call.refuse(cx, &refused, EndedBy::Us);
            return Some(call);
        }
        if early {
            call.early_media(cx);
        } else if ring {
            call.progress(cx, 180, None);
        }
        if let Some(after) = after {
            call.at(cx.now + after, Task::Decide);
        }
        Some(call)
    }

    /// Takes a port and reads the offer before anything rings, so that a call that cannot be talked is refused.
    fn describe(&mut self, cx: &mut Cx<'_>) -> Result<(), Refused> {
        let body = match &self.state {
            State::Offered(offered) => offered.invite.body(),
            _ => return Ok(()),
        };
        let flavour = cx.config.flavour;
        if !self.open_stream(cx) {
            return Err(Refused::with(503, None, flavour));
        }
        let (State::Offered(offered), Some(stream)) = (&mut self.state, &mut self.stream) else {
            return Ok(());
        };
        if !body.is_empty() {
            let answer = stream.exchange.answer(&body).map_err(|error| {
                let refused = Refused::with(488, None, flavour);
                Refused {
                    phrase: Some(format!("Not Acceptable Here: {error}")),
                    ..refused
                }
            })?;
            offered.answer = Some(answer);
        }
        Ok(())
    }

    /// 183 with SDP and audio. Without an offer in the INVITE there is nothing to answer yet: it only rings.
    fn early_media(&mut self, cx: &mut Cx<'_>) {
        let State::Offered(offered) = &mut self.state else {
            return;
        };
        let (answer, speak) = (offered.answer.clone(), offered.plan.early.clone());
        let Some(answer) = answer else {
            return self.progress(cx, 180, None);
        };
        if let (Some(stream), Some(speak)) = (&mut self.stream, speak) {
            stream.say(speak);
            stream.follow(cx.now);
        }
        self.progress(cx, 183, Some(answer));
    }

    fn progress(&mut self, cx: &mut Cx<'_>, status: u16, body: Option<Vec<u8>>) {
        let (State::Offered(offered), Some(dialog)) = (&mut self.state, &self.dialog) else {
            return;
        };
        let mut response = dialog.respond(&offered.invite, Status(status), None);
        response = response.header(Name::Allow, ALLOW).header(Name::Server, PRODUCT);
        offered.ringing = Some(status);
        let reliable = match Support::of(&offered.invite) {
            Support::No => false,
            Support::Can => offered.plan.reliable,
            Support::Must => true,
        };
        let first = offered.reliable.is_none();
        if reliable && first {
            let rseq = 1 + (self.seed.next() >> 34) as u32;
            response = response
                .header(Name::Require, "100rel")
                .header(Name::RSeq, &rseq.to_string());
            if let Some(body) = &body {
                response = response.body("application/sdp", body);
            }
            let response = response.finish();
            offered.reliable = Some(Reliable::new(
                rseq,
                response.clone(),
                cx.config.timers.t1,
                body.is_some(),
            ));
            cx.layer.respond(cx.now, offered.tx, response);
            self.at(cx.now + cx.config.timers.t1, Task::RepeatReliable);
        } else {
            if let Some(body) = &body {
                response = response.body("application/sdp", body);
            }
            cx.layer.respond(cx.now, offered.tx, response.finish());
        }
        self.report.timeline.push((cx.now, status));
        cx.events.push_back(PhoneEvent::Progress {
            call: self.id(),
            status,
        });
        self.at(cx.now + RING_AGAIN, Task::RingAgain);
    }

    pub(super) fn ring_again(&mut self, cx: &mut Cx<'_>) {
        let State::Offered(offered) = &self.state else {
            return;
        };
        let body = offered.answer.clone().filter(|_| offered.ringing == Some(183));
        let status = offered.ringing.unwrap_or(180);
        self.progress(cx, status, body);
    }

    /// The plan is at its end: 200 or refusal.
    pub(super) fn decide(&mut self, cx: &mut Cx<'_>) {
        let State::Offered(offered) = &mut self.state else {
            return;
        };
        match &offered.plan.end {
            End::Refuse(refused) => {
                let refused = refused.clone();
                self.refuse(cx, &refused, EndedBy::Us);
            }
            // A 2xx must wait for the PRACK of a response with SDP (RFC 3262, 3).
            End::Answer(_) if offered.reliable.as_ref().is_some_and(Reliable::blocks) => {
                offered.decided = true;
            }
            End::Answer(_) => self.answer(cx),
        }
    }

    fn answer(&mut self, cx: &mut Cx<'_>) {
        self.not_any_more(Task::RingAgain);
        self.not_any_more(Task::RepeatReliable);
        let State::Offered(offered) = std::mem::replace(&mut self.state, State::Up) else {
            return;
        };
        let (Some(dialog), Some(stream)) = (&mut self.dialog, &mut self.stream) else {
            return;
        };
        let offers = offered.answer.is_none();
        let told = offered.reliable.as_ref().is_some_and(Reliable::has_answer);
        let body = match offered.answer {
            Some(answer) => answer,
            None => stream.exchange.offer(false),
        };
        let mut response = dialog.respond(&offered.invite, Status(200), None);
        response = response.header(Name::Allow, ALLOW).header(Name::Server, PRODUCT);
        if !told {
            response = response.body("application/sdp", &body);
        }
        let response = response.finish();
        dialog.confirm(&response);
        cx.layer.respond(cx.now, offered.tx, response.clone());
        let (cseq, _) = offered.invite.cseq();
        let ok = OkRetransmit::start(cx.now, cx.config.timers, response);
        self.unacked.push(Unacked {
            tx: offered.tx,
            cseq,
            ok,
            offers,
        });
        self.report.timeline.push((cx.now, 200));
        self.report.final_status = Some(200);
        self.begin_talk(cx);
    }

    pub(super) fn refuse(&mut self, cx: &mut Cx<'_>, refused: &Refused, by: EndedBy) {
        let (State::Offered(offered), Some(dialog)) = (&self.state, &self.dialog) else {
            return;
        };
        let mut response = dialog.respond(&offered.invite, Status(refused.status), refused.phrase.as_deref());
        response = response.header(Name::Server, PRODUCT);
        if let Some(reason) = &refused.reason {
            response = response.header(Name::Reason, reason);
        }
        for contact in &refused.contacts {
            response = response.header(Name::Contact, &format!("<{contact}>"));
        }
        cx.layer.respond(cx.now, offered.tx, response.finish());
        self.report.timeline.push((cx.now, refused.status));
        self.report.final_status = Some(refused.status);
        self.end(cx, by);
    }

    /// The owner or the clock ends a call that is not answered.
    pub(super) fn refuse_now(&mut self, cx: &mut Cx<'_>, by: EndedBy) {
        self.refuse(cx, &Refused::with(480, None, cx.config.flavour), by);
    }

    /// The caller gave up.
    pub(super) fn cancelled(&mut self, cx: &mut Cx<'_>, cancel: &Message) {
        self.report.reason = cancel.header(Name::Reason).map(Into::into);
        self.refuse(
            cx,
            &Refused {
                status: 487,
                ..Refused::default()
            },
            EndedBy::Peer,
        );
    }

    /// The ACK of one of our 2xx.
    pub(super) fn acked(&mut self, cx: &mut Cx<'_>, ack: &Message) {
        let (cseq, _) = ack.cseq();
        let Some(at) = self.unacked.iter().position(|unacked| unacked.cseq == cseq) else {
            return;
        };
        let unacked = self.unacked.remove(at);
        if unacked.offers {
            self.answered_in_ack(cx, ack);
        }
        if let Some(by) = self.leave_after_ack.take() {
            self.bye(cx, by);
        } else {
            self.grant_wishes(cx);
        }
    }

    fn answered_in_ack(&mut self, cx: &mut Cx<'_>, ack: &Message) {
        let Some(stream) = &mut self.stream else { return };
        match stream.exchange.accept(&ack.body()) {
            Ok(()) => self.follow_offer(cx),
            Err(error) => {
                self.report
                    .complaints
                    .push(format!("the ACK of our offer has no usable answer: {error}"));
                self.leave_after_ack.get_or_insert(EndedBy::Us);
            }
        }
    }

    /// The INVITE's server transaction ended without what it waited for.
    pub(super) fn server_ended(&mut self, cx: &mut Cx<'_>, tx: ServerTx) {
        if matches!(&self.state, State::Offered(offered) if offered.tx == tx) {
            self.report
                .complaints
                .push("our response could not be sent".to_owned());
            self.end(cx, EndedBy::Timer);
        }
    }
}
