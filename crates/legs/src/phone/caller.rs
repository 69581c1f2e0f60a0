//! The caller's half up to the final response.

use pointsman_sip::{Builder, ClientTx, Dialog, Ended, Flow, Message, Method, Name, NameAddr, Status};

use crate::behaviour::Speak;
use crate::cause::Flavour;
use crate::phone::call::{Call, Cx, SentAck, State, Task};
use crate::phone::config::{CallError, PhoneEvent};
use crate::phone::exchange::Unusable;
use crate::phone::requests::{Pending, Purpose};
use crate::phone::words::{ALLOW, PRODUCT, contact, escape_user};
use crate::report::{CallId, EndedBy, Role};
use crate::spec::CallSpec;

/// An INVITE of ours without its final response.
#[derive(Debug)]
pub(super) struct Calling {
    pub(super) tx: ClientTx,
    /// We gave up, and who is to blame.
    pub(super) cancelled: Option<EndedBy>,
    /// One early dialog for each tag that rang (RFC 3261, 13.2.2.4).
    pub(super) early: Vec<Early>,
    /// No SDP in the INVITE.
    delayed: bool,
    /// The description that answered our offer first, and whose it is.
    answer: Option<(String, Vec<u8>)>,
}

#[derive(Debug)]
pub(super) struct Early {
    pub(super) dialog: Dialog,
    /// The last reliable response that was acknowledged.
    pub(super) rseq: Option<u32>,
}

impl Call {
    /// Sends the INVITE.
    pub(super) fn place(cx: &mut Cx<'_>, id: CallId, spec: CallSpec) -> Result<Self, CallError> {
        let ports = cx.index.free.len() + cx.index.ports.len();
        let tag = cx.layer.token(12);
        let call_id = format!("{}@{}", cx.layer.token(20), cx.config.sip.ip());
        let mut call = Self::new(id, Role::Caller, State::Over, tag, spec.talk.clone(), cx);
        if !call.open_stream(cx) {
            return Err(CallError::NoFreePort(ports));
        }
        let mut invite = call.invite(cx, &spec, &call_id);
        if let Some(stream) = &mut call.stream {
            if spec.talk.speak == Speak::Nothing {
                stream.say(Speak::Nothing);
            }
            if !spec.delayed_offer {
                invite = invite.body("application/sdp", &stream.exchange.offer(false));
            }
        }
        let flow = Flow::udp(0, spec.via);
        let tx = cx.layer.send_request(cx.now, invite, flow);
        let delayed = spec.delayed_offer;
        let calling = Calling {
            tx,
            cancelled: None,
            early: Vec::new(),
            delayed,
            answer: None,
        };
        call.state = State::Calling(Box::new(calling));
        call.own_client(cx, tx);
        cx.index.tags.insert(call.tag.clone(), id);
        call.report.call_id = call_id;
        call.report.from = spec.from;
        call.report.to = spec.to;
        if let Some(wait) = spec.cancel_after {
            call.at(cx.now + wait, Task::GiveUp);
        }
        call.at(cx.now + spec.longest, Task::Longest);
        Ok(call)
    }

    fn invite(&self, cx: &Cx<'_>, spec: &CallSpec, call_id: &str) -> Builder {
        let sip = cx.config.sip;
        let pstn = cx.config.flavour == Flavour::Pstn;
        let phone = if pstn { ";user=phone" } else { "" };
        let uri = format!("sip:{}@{}{phone}", escape_user(&spec.to), spec.via);
        let own = spec
            .from
            .as_deref()
            .map(|from| format!("sip:{}@{sip}{phone}", escape_user(from)));
        let shown = own.as_deref().unwrap_or("sip:anonymous@anonymous.invalid");
        let display = match (&spec.display, &spec.from) {
            (Some(name), _) => format!("\"{}\" ", name.replace(['"', '\\'], "")),
            (None, None) => "\"Anonymous\" ".to_owned(),
            (None, Some(_)) => String::new(),
        };
        let mut invite = Builder::request(&Method::INVITE, &uri)
            .header(Name::MaxForwards, &spec.max_forwards.to_string())
            .header(Name::From, &format!("{display}<{shown}>;tag={}", self.tag))
            .header(Name::To, &format!("<{uri}>"))
            .header(Name::CallId, call_id)
            .header(Name::CSeq, "1 INVITE")
            .header(
                Name::Contact,
                &contact(spec.from.as_deref().unwrap_or("anonymous"), sip),
            )
            .header(Name::Allow, ALLOW)
            .header(Name::UserAgent, PRODUCT);
        match own {
            Some(own) if pstn => invite = invite.header(Name::PAssertedIdentity, &format!("<{own}>")),
            Some(_) => {}
            None => invite = invite.header(Name::Privacy, "id"),
        }
        if spec.reliable {
            invite = invite.header(Name::Supported, "100rel");
        }
        spec.headers
            .iter()
            .fold(invite, |invite, (name, value)| invite.other(name, value))
    }

    /// A response to any request of ours.
    pub(super) fn response(&mut self, cx: &mut Cx<'_>, tx: ClientTx, response: &Message, flow: Flow) {
        let Some(status) = response.status() else { return };
        let accepts_invite = status.is_success() && *response.method() == Method::INVITE;
        let tag = response.to_tag().unwrap_or_default();
        if accepts_invite && let Some(sent) = self.acks.iter().find(|sent| sent.tx == tx && sent.tag == tag) {
            // The ACK was lost, or crossed this repetition (RFC 3261, 13.2.2.4).
            cx.layer.send_again(&sent.ack);
            return;
        }
        if matches!(&self.state, State::Calling(calling) if calling.tx == tx) {
            self.invite_response(cx, response, status, flow);
        } else if let Some(at) = self.pending.iter().position(|pending| pending.tx == tx) {
            if status.is_final() {
                let pending = self.pending.remove(at);
                self.request_response(cx, pending, response, status);
            }
        } else if accepts_invite {
            self.late_ok(cx, tx, response, flow);
        }
    }

    fn invite_response(&mut self, cx: &mut Cx<'_>, response: &Message, status: Status, flow: Flow) {
        if status == Status(100) {
            return;
        }
        self.report.timeline.push((cx.now, status.0));
        if status.is_provisional() {
            self.ringing(cx, response, flow);
        } else if status.is_success() {
            self.report.final_status = Some(status.0);
            self.accepted(cx, response, flow);
        } else {
            self.report.final_status = Some(status.0);
            self.report.reason = response.header(Name::Reason).map(Into::into);
            if (300..400).contains(&status.0) {
                let contacts = response.values(Name::Contact);
                self.report.redirects = contacts
                    .filter_map(|contact| Some(NameAddr::parse(&contact)?.uri))
                    .collect();
            }
            let by = match &self.state {
                State::Calling(calling) => calling.cancelled.unwrap_or(EndedBy::Peer),
                _ => EndedBy::Peer,
            };
            self.end(cx, by);
        }
    }

    fn ringing(&mut self, cx: &mut Cx<'_>, response: &Message, flow: Flow) {
        let status = response.status().map_or(0, |status| status.0);
        cx.events.push_back(PhoneEvent::Progress {
            call: self.id(),
            status,
        });
        let Some(tag) = response.to_tag() else { return };
        let State::Calling(calling) = &mut self.state else {
            return;
        };
        if !calling
            .early
            .iter()
            .any(|early| early.dialog.id().remote_tag() == tag)
        {
            let sent = cx.layer.sent_request(calling.tx);
            let Some(dialog) = sent.and_then(|sent| Dialog::uac(&sent, response, flow).ok()) else {
                return;
            };
            calling.early.push(Early { dialog, rseq: None });
        }
        let reliable = response
            .values(Name::Require)
            .any(|value| value.eq_ignore_ascii_case("100rel"));
        let body = response.body();
        let mut answer = None;
        if !body.is_empty() && (reliable || !calling.delayed) {
            match self.read_description(response) {
                Ok(ours) => answer = ours,
                Err(error) => self.report.complaints.push(format!("{status}: {error}")),
            }
            if let Some(stream) = &mut self.stream {
                stream.follow(cx.now);
            }
        }
        if reliable {
            self.acknowledge_reliable(cx, response, answer);
        }
    }

    /// Reads the SDP of a response: an answer to our offer, or an offer whose answer is returned.
    fn read_description(&mut self, response: &Message) -> Result<Option<Vec<u8>>, Unusable> {
        let (State::Calling(calling), Some(stream)) = (&mut self.state, &mut self.stream) else {
            return Ok(None);
        };
        let (tag, body) = (response.to_tag().unwrap_or_default(), response.body());
        if calling.delayed {
            return match stream.exchange.agreed() {
                None => stream.exchange.answer(&body).map(Some),
                Some(_) => Ok(None),
            };
        }
        match &calling.answer {
            None => stream.exchange.accept(&body)?,
            Some((of, first)) if of == tag => {
                if **first != *body {
                    let text = "the answer changed within one early dialog (RFC 3261, 13.2.1)";
                    self.report.complaints.push(text.to_owned());
                }
                return Ok(None);
            }
            Some(_) => stream.exchange.accept_again(&body)?,
        }
        calling.answer = Some((tag.to_owned(), body.to_vec()));
        Ok(None)
    }

    fn accepted(&mut self, cx: &mut Cx<'_>, response: &Message, flow: Flow) {
        let described = match (response.body().is_empty(), self.is_described()) {
            (false, _) => self.read_description(response),
            (true, true) => Ok(None),
            (true, false) => Err(Unusable::NoAudio),
        };
        let State::Calling(calling) = &mut self.state else {
            return;
        };
        let (tx, cancelled) = (calling.tx, calling.cancelled);
        let tag = response.to_tag().unwrap_or_default();
        let early = calling
            .early
            .iter()
            .position(|early| early.dialog.id().remote_tag() == tag);
        let dialog = match early {
            Some(at) => Some(calling.early.remove(at).dialog),
            None => cx
                .layer
                .sent_request(tx)
                .and_then(|sent| Dialog::uac(&sent, response, flow).ok()),
        };
        let Some(mut dialog) = dialog else {
            self.report
                .complaints
                .push("a 2xx that makes no dialog: without To tag or Contact".to_owned());
            return self.end(cx, EndedBy::Us);
        };
        dialog.confirm(response);
        self.dialog = Some(dialog);
        let (cseq, _) = response.cseq();
        let ours = described.as_ref().ok().cloned().flatten();
        self.send_ack(cx, tx, cseq, tag, ours);
        self.begin_talk(cx);
        if let Err(error) = described {
            self.report.complaints.push(format!("2xx: {error}"));
            self.bye(cx, EndedBy::Us);
        } else if let Some(by) = cancelled {
            self.bye(cx, by);
        }
    }

    fn is_described(&self) -> bool {
        self.stream
            .as_ref()
            .is_some_and(|stream| stream.exchange.agreed().is_some())
    }

    /// ACK of a 2xx in our dialog.
    pub(super) fn send_ack(
        &mut self,
        cx: &mut Cx<'_>,
        tx: ClientTx,
        cseq: u32,
        tag: &str,
        answer: Option<Vec<u8>>,
    ) {
        let Some(dialog) = &self.dialog else { return };
        let mut ack = dialog.ack(cseq);
        if let Some(answer) = answer {
            ack = ack.body("application/sdp", &answer);
        }
        let flow = dialog.flow();
        let ack = cx.layer.send_ack(cx.now, ack, flow);
        self.acks.push(SentAck {
            tx,
            tag: tag.to_owned(),
            ack,
        });
    }

    /// A 2xx that is not the first: of another branch, or of a re-INVITE that a BYE overtook. It is acknowledged,
    /// and another branch is ended at once (RFC 3261, 13.2.2.4).
    fn late_ok(&mut self, cx: &mut Cx<'_>, tx: ClientTx, response: &Message, flow: Flow) {
        let (cseq, _) = response.cseq();
        let tag = response.to_tag().unwrap_or_default();
        if self
            .dialog
            .as_ref()
            .is_some_and(|dialog| dialog.id().remote_tag() == tag)
        {
            return self.send_ack(cx, tx, cseq, tag, None);
        }
        let sent = cx.layer.sent_request(tx);
        let Some(mut dialog) = sent.and_then(|sent| Dialog::uac(&sent, response, flow).ok()) else {
            return;
        };
        dialog.confirm(response);
        let flow = dialog.flow();
        let ack = cx.layer.send_ack(cx.now, dialog.ack(cseq), flow);
        self.acks.push(SentAck {
            tx,
            tag: tag.to_owned(),
            ack,
        });
        let bye = cx.layer.send_request(cx.now, dialog.request(&Method::BYE), flow);
        self.own_client(cx, bye);
        self.pending.push(Pending {
            tx: bye,
            purpose: Purpose::ByeOfFork,
        });
    }

    /// A request of ours got no final response.
    pub(super) fn client_ended(&mut self, cx: &mut Cx<'_>, tx: ClientTx, why: Ended) {
        if let State::Calling(calling) = &self.state
            && calling.tx == tx
        {
            let by = calling.cancelled.unwrap_or(EndedBy::Timer);
            self.report
                .complaints
                .push(format!("no final response to our INVITE: {why:?}"));
            self.end(cx, by);
        } else if let Some(at) = self.pending.iter().position(|pending| pending.tx == tx) {
            let pending = self.pending.remove(at);
            self.request_ended(cx, pending, why);
        }
    }

    /// The caller gives up. A 200 that crosses the CANCEL is acknowledged and ended with BYE.
    pub(super) fn cancel(&mut self, cx: &mut Cx<'_>, by: EndedBy) {
        let State::Calling(calling) = &mut self.state else {
            return;
        };
        if calling.cancelled.is_none() {
            calling.cancelled = Some(by);
            cx.layer.cancel(cx.now, calling.tx);
        }
    }
}
