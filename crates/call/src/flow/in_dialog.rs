//! Requests in a dialog of ours.

use pointsman_media::{Family, announcement_answer};
use pointsman_sip::{Builder, Dialog, Flow, Message, Method, Name, ServerTx, Status};

use crate::call::Call;
use crate::core::{Core, LegKey};
use crate::flow::dial::{ALLOW, described};
use crate::leg::Leg;

impl Call {
    /// A request of one side. CSeq and target refresh are the dialog's business, the meaning is ours.
    pub(crate) fn in_dialog(
        &mut self,
        core: &mut Core,
        key: LegKey,
        tx: ServerTx,
        request: Message,
        flow: Flow,
    ) {
        let Some(dialog) = self.leg_mut(key).and_then(|leg| leg.dialog.as_mut()) else {
            core.respond(tx, Builder::response(Status(481), None, &request, None).finish());
            return;
        };
        if !is_of(dialog, &request) {
            let theirs = request.from_tag().unwrap_or_default();
            // Another branch of a fork: its dialog has had its BYE, and there is no other one with this tag of ours.
            let known = self
                .leg(key)
                .is_some_and(|leg| leg.acked.iter().any(|acked| acked.remote_tag == theirs));
            let crossed = known && request.method() == &Method::BYE;
            let status = if crossed { Status(200) } else { Status(481) };
            core.respond(tx, Builder::response(status, None, &request, None).finish());
            return;
        }
        if let Err((status, reason)) = dialog.accept(&request) {
            self.answer_request(core, key, tx, &request, status, Some(reason));
            return;
        }
        dialog.heard_by(flow);
        match request.method() {
            &Method::BYE => self.bye_received(core, key, tx, &request),
            &Method::INVITE => self.reinvite(core, key, tx, request),
            &Method::INFO => self.pass_across(core, key, tx, request),
            &Method::REFER => self.refer(core, key, tx, &request),
            &Method::OPTIONS => self.answer_request(core, key, tx, &request, Status(200), None),
            Method::Known(_) => self.answer_request(core, key, tx, &request, Status(405), None),
            Method::Extension(_) => self.answer_request(core, key, tx, &request, Status(501), None),
        }
    }

    fn allow(&self, key: LegKey) -> &'static str {
        self.leg(key).map_or(ALLOW, Leg::allow)
    }

    /// A response without a body, with what it must carry.
    pub(crate) fn answer_request(
        &self,
        core: &mut Core,
        key: LegKey,
        tx: ServerTx,
        request: &Message,
        status: Status,
        reason: Option<&str>,
    ) {
        let Some(dialog) = self.leg(key).and_then(|leg| leg.dialog.as_ref()) else {
            return;
        };
        let mut response = dialog.respond(request, status, reason);
        if matches!(status.0, 200 | 405 | 501) && *request.method() != Method::BYE {
            response = response.header(Name::Allow, self.allow(key));
        }
        if status.0 == 500 {
            // RFC 3261 14.2: the offerer tries again after a random while below 10 s; ours is short and fixed.
            response = response.header(Name::RetryAfter, "1");
        }
        core.respond(tx, response.finish());
    }

    /// A re-INVITE: across if there is another side, by ourselves if not.
    fn reinvite(&mut self, core: &mut Core, key: LegKey, tx: ServerTx, request: Message) {
        if self.is_over() {
            self.answer_request(core, key, tx, &request, Status(481), None);
            return;
        }
        if let Some(status) = self.reinvite_conflict(key) {
            self.answer_request(core, key, tx, &request, status, None);
            return;
        }
        core.index.servers.insert(tx, (self.key, key));
        let usual = self.leg(key).map_or(Family::V4, |leg| leg.family);
        let Some(family) = core.family_for(described(&request).as_ref(), usual) else {
            self.refuse_family(core, key, tx, &request);
            return;
        };
        match self.peer_of(key) {
            Some(peer) => self.carry_reinvite(core, key, peer, tx, request),
            None => self.answer_reinvite_alone(core, key, tx, &request, family),
        }
    }

    /// A re-INVITE is about to be answered with a 2xx. Whether its sender is reached at another place from now on.
    pub(crate) fn refresh(&mut self, key: LegKey, request: &Message) -> bool {
        self.leg_mut(key)
            .and_then(|leg| leg.dialog.as_mut())
            .is_some_and(|dialog| dialog.refresh(request))
    }

    /// 488 for a description of an IP version that we have no address of; everything stays as it was.
    pub(crate) fn refuse_family(&self, core: &mut Core, key: LegKey, tx: ServerTx, request: &Message) {
        let Some(dialog) = self.leg(key).and_then(|leg| leg.dialog.as_ref()) else {
            return;
        };
        let response = dialog
            .respond(request, Status(488), None)
            .header(Name::Warning, &core.family_warning(dialog.flow()));
        core.respond(tx, response.finish());
    }

    /// RFC 3261 14.2: 500 while an INVITE of the same side is open, 491 while one of ours is.
    fn reinvite_conflict(&self, key: LegKey) -> Option<Status> {
        let leg = self.leg(key)?;
        if !leg.is_up() {
            return Some(Status(500));
        }
        match &self.exchange {
            Some(exchange) if exchange.requester == key => return Some(Status(500)),
            Some(_) => return Some(Status(491)),
            None => {}
        }
        if self.awaited.is_some() || leg.unacknowledged.is_some() {
            return Some(Status(491));
        }
        let peer_busy = self
            .peer_of(key)
            .and_then(|peer| self.leg(peer))
            .is_some_and(|peer| peer.unacknowledged.is_some());
        peer_busy.then_some(Status(491))
    }

    /// During an announcement there is nobody to ask: a hold or a session refresh is answered as we are.
    fn answer_reinvite_alone(
        &mut self,
        core: &mut Core,
        key: LegKey,
        tx: ServerTx,
        request: &Message,
        family: Family,
    ) {
        let Some(leg) = self.leg_mut(key) else { return };
        let Some(port) = leg.port else { return };
        let address = core.addresses.shown(family);
        let answered = match described(request) {
            Some(offer) => match announcement_answer(&offer, address, port, leg.origin) {
                Ok((mut answer, chosen)) => {
                    leg.origin.follow(leg.local_sdp.as_ref(), &mut answer);
                    leg.family = family;
                    leg.remote_sdp = Some(offer);
                    leg.local_sdp = Some(answer);
                    self.chosen = Some(chosen);
                    true
                }
                Err(_) => {
                    self.answer_request(core, key, tx, request, Status(488), None);
                    return;
                }
            },
            None => leg.local_sdp.as_ref().is_some_and(|sdp| sdp.audio().is_some()),
        };
        if self.refresh(key, request) {
            self.note_dialogs(core);
        }
        self.set_stream(core, key);
        self.send_ok(core, key, tx, request, answered);
    }
}

/// Whether a message that names our tag is of this dialog: the same Call-ID and the peer's tag (RFC 3261 12.2.2).
pub(crate) fn is_of(dialog: &Dialog, message: &Message) -> bool {
    let id = dialog.id();
    id.call_id() == message.call_id() && id.remote_tag() == message.from_tag().unwrap_or_default()
}
