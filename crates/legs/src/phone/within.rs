//! Requests the other side sends within a dialog.

use pointsman_sip::{Message, Method, Name, OkRetransmit, ServerTx, Status};

use crate::phone::call::{Call, Cx, State, Unacked};
use crate::phone::config::PhoneEvent;
use crate::phone::exchange::Unusable;
use crate::phone::plan::Refused;
use crate::phone::words::{ALLOW, PRODUCT};
use crate::report::EndedBy;

impl Call {
    /// Any request with our tag but ACK and CANCEL.
    pub(super) fn request(&mut self, cx: &mut Cx<'_>, tx: ServerTx, request: &Message) {
        let Some(dialog) = self.dialog_of(request) else {
            let response = pointsman_sip::Builder::response(Status(481), None, request, None).finish();
            return cx.layer.respond(cx.now, tx, response);
        };
        if let Err((status, phrase)) = dialog.accept(request) {
            return self.reply(cx, tx, request, status, Some(phrase));
        }
        match *request.method() {
            Method::BYE => self.peer_left(cx, tx, request),
            Method::INVITE => self.reinvite(cx, tx, request),
            Method::UPDATE => self.update(cx, tx, request),
            Method::INFO => {
                let kind = request.content_type().unwrap_or_default().into_owned();
                let body = String::from_utf8_lossy(&request.body()).into_owned();
                self.report.infos.push((kind, body));
                self.reply(cx, tx, request, Status(200), None);
            }
            Method::PRACK => self.prack(cx, tx, request),
            Method::OPTIONS => self.reply(cx, tx, request, Status(200), None),
            _ => self.reply(cx, tx, request, Status(405), None),
        }
    }

    /// The dialog a request belongs to: the call's own or, for a caller, an early one.
    fn dialog_of(&mut self, request: &Message) -> Option<&mut pointsman_sip::Dialog> {
        let theirs = request.from_tag().unwrap_or_default();
        let known = |dialog: &pointsman_sip::Dialog| {
            dialog.id().remote_tag() == theirs && dialog.id().call_id() == request.call_id()
        };
        if self.is_over() {
            return None;
        }
        match (&mut self.state, &mut self.dialog) {
            (State::Calling(calling), _) => calling
                .early
                .iter_mut()
                .map(|early| &mut early.dialog)
                .find(|dialog| known(dialog)),
            (_, Some(dialog)) if known(dialog) => Some(dialog),
            _ => None,
        }
    }

    fn reply(&self, cx: &mut Cx<'_>, tx: ServerTx, request: &Message, status: Status, phrase: Option<&str>) {
        let mut response = pointsman_sip::Builder::response(status, phrase, request, Some(&self.tag));
        response = response.header(Name::Server, PRODUCT);
        if matches!(status.0, 200 | 405) {
            response = response.header(Name::Allow, ALLOW);
        }
        if status == Status(500) {
            response = response.header(Name::RetryAfter, "1");
        }
        cx.layer.respond(cx.now, tx, response.finish());
    }

    fn peer_left(&mut self, cx: &mut Cx<'_>, tx: ServerTx, bye: &Message) {
        self.reply(cx, tx, bye, Status(200), None);
        match &self.state {
            // Our BYE crossed theirs; ours will be answered too.
            State::Leaving => self.crossed = true,
            State::Over => {}
            State::Offered(_) => {
                self.report.reason = bye.header(Name::Reason).map(Into::into);
                self.refuse(
                    cx,
                    &Refused {
                        status: 487,
                        ..Refused::default()
                    },
                    EndedBy::Peer,
                );
            }
            // A BYE in an early dialog ends that dialog only; the INVITE's final response is still to come.
            State::Calling(_) => {}
            State::Up => {
                self.report.reason = bye.header(Name::Reason).map(Into::into);
                self.end(cx, EndedBy::Peer);
            }
        }
    }

    fn reinvite(&mut self, cx: &mut Cx<'_>, tx: ServerTx, invite: &Message) {
        match self.state {
            State::Up => {}
            // Not before the first INVITE has its final response (RFC 3261, 14.2).
            State::Offered(_) => return self.reply(cx, tx, invite, Status(500), None),
            State::Calling(_) => return self.reply(cx, tx, invite, Status(491), None),
            State::Leaving | State::Over => return self.reply(cx, tx, invite, Status(481), None),
        }
        // A 2xx of ours that awaits its ACK is in the way only if it carries an offer (RFC 5407, 3.1.4).
        if self.awaits_answer() {
            return self.reply(cx, tx, invite, Status(491), None);
        }
        self.report.reinvites += 1;
        if let Some(status) = self.talk.refuse_reinvite {
            return self.reply(cx, tx, invite, Status(status), None);
        }
        let offers = invite.body().is_empty();
        let described = match &mut self.stream {
            Some(stream) if offers => Ok(stream.exchange.offer(stream.exchange.holding)),
            Some(stream) => stream.exchange.answer(&invite.body()),
            None => Err(Unusable::NoAudio),
        };
        let (Ok(body), Some(dialog)) = (described, &self.dialog) else {
            return self.reply(cx, tx, invite, Status(488), None);
        };
        let response = dialog
            .respond(invite, Status(200), None)
            .header(Name::Allow, ALLOW);
        let response = response
            .header(Name::Server, PRODUCT)
            .body("application/sdp", &body)
            .finish();
        cx.layer.respond(cx.now, tx, response.clone());
        let (cseq, _) = invite.cseq();
        let ok = OkRetransmit::start(cx.now, cx.config.timers, response);
        self.unacked.push(Unacked { tx, cseq, ok, offers });
        self.own_server(cx, tx);
        self.follow_offer(cx);
    }

    /// RFC 3311. Without SDP it only refreshes.
    fn update(&mut self, cx: &mut Cx<'_>, tx: ServerTx, update: &Message) {
        let body = update.body();
        if body.is_empty() {
            return self.reply(cx, tx, update, Status(200), None);
        }
        let answered = match &mut self.stream {
            Some(stream) if !stream.exchange.is_offered() => stream.exchange.answer(&body),
            _ => return self.reply(cx, tx, update, Status(491), None),
        };
        let (Ok(answer), Some(dialog)) = (answered, &self.dialog) else {
            return self.reply(cx, tx, update, Status(488), None);
        };
        let response = dialog
            .respond(update, Status(200), None)
            .header(Name::Server, PRODUCT);
        cx.layer
            .respond(cx.now, tx, response.body("application/sdp", &answer).finish());
        self.follow_offer(cx);
    }

    /// Does what the other side's offer says, and notes a change of hold.
    pub(super) fn follow_offer(&mut self, cx: &mut Cx<'_>) {
        let Some(stream) = &mut self.stream else { return };
        stream.follow(cx.now);
        let Some(held) = stream.exchange.agreed().map(|agreed| agreed.held) else {
            return;
        };
        if held != self.report.held.last().copied().unwrap_or(false) {
            self.report.held.push(held);
            cx.events.push_back(PhoneEvent::Held {
                call: self.id(),
                held,
            });
        }
    }
}
