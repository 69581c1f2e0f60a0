//! A re-INVITE carried from one leg to the other: hold, resume, a codec change.

use pointsman_media::{Mode, Sdp, refusing_answer};
use pointsman_sip::{Ended, Message, Method, ServerTx, Status};

use crate::call::{AwaitedAnswer, Call, Exchange};
use crate::cdr::EndedBy;
use crate::core::{Core, LegKey};
use crate::flow::answer::with_sdp;
use crate::flow::dial::described;
use crate::leg::family_of;
use crate::released::Released;

impl Call {
    pub(crate) fn carry_reinvite(
        &mut self,
        core: &mut Core,
        requester: LegKey,
        answerer: LegKey,
        server: ServerTx,
        request: Message,
    ) {
        let offer = described(&request);
        if offer.is_none() && !request.body().is_empty() {
            self.answer_request(core, requester, server, &request, Status(415), None);
            return;
        }
        let offered = offer.is_some();
        if let Some(offer) = &offer {
            self.describe(core, answerer, offer, Mode::Offer);
        }
        if let (Some(offer), Some(leg)) = (offer, self.leg_mut(requester)) {
            leg.offered_sdp = Some(offer);
        }
        let leg = self.leg_mut(answerer);
        let Some((dialog, sdp, large)) =
            leg.and_then(|leg| Some((leg.dialog.as_mut()?, &leg.local_sdp, leg.large)))
        else {
            self.answer_request(core, requester, server, &request, Status(481), None);
            return;
        };
        let flow = dialog.flow();
        let sdp = sdp.as_ref().filter(|_| offered);
        let reinvite = with_sdp(dialog.request(&Method::INVITE), sdp);
        let client = core.layer.send_sized(core.now, reinvite, flow, large);
        core.index.clients.insert(client, (self.key, answerer));
        self.exchange = Some(Box::new(Exchange {
            requester,
            server,
            request,
            answerer,
            client,
            offered,
        }));
    }

    pub(crate) fn exchange_response(&mut self, core: &mut Core, response: &Message) {
        let Some(status) = response.status() else { return };
        if status.is_provisional() {
            return;
        }
        let Some(exchange) = self.exchange.take() else {
            return;
        };
        if status.is_success() {
            self.exchange_agreed(core, *exchange, response);
            return;
        }
        core.index.clients.remove(&exchange.client);
        if let Some(leg) = self.leg_mut(exchange.requester) {
            leg.offered_sdp = None;
        }
        self.answer_request(
            core,
            exchange.requester,
            exchange.server,
            &exchange.request,
            status,
            Some(response.reason_phrase()),
        );
        if matches!(status.0, 408 | 481) {
            self.dialog_lost(core, exchange.answerer);
        }
    }

    fn exchange_agreed(&mut self, core: &mut Core, exchange: Exchange, response: &Message) {
        let cseq = response.cseq().0;
        let theirs = described(response);
        let Some(leg) = self.leg_mut(exchange.answerer) else {
            return;
        };
        let mut moved = leg.dialog.as_mut().is_some_and(|dialog| {
            let target = dialog.remote_target().to_owned();
            dialog.confirm(response);
            dialog.remote_target() != target
        });
        let described = theirs.is_some();
        if !exchange.offered {
            let Some(family) = core.family_for(theirs.as_ref(), leg.family) else {
                self.decline_family(core, &exchange, cseq, theirs.as_ref());
                return;
            };
            leg.family = family;
        }
        if described {
            leg.remote_sdp = theirs;
        }
        if exchange.offered {
            self.acknowledge(core, exchange.answerer, exchange.client, cseq, None);
            if let Some(leg) = self.leg_mut(exchange.requester)
                && let Some(offer) = leg.offered_sdp.take()
            {
                leg.family = family_of(&offer).unwrap_or(leg.family);
                leg.remote_sdp = Some(offer);
            }
        } else {
            self.awaited = Some(AwaitedAnswer {
                from: exchange.requester,
                to: exchange.answerer,
                tx: exchange.client,
                cseq,
            });
        }
        moved |= self.refresh(exchange.requester, &exchange.request);
        if moved {
            self.note_dialogs(core);
        }
        let mode = if exchange.offered {
            Mode::Answer
        } else {
            Mode::Offer
        };
        let described = described && self.describe_from(core, exchange.requester, exchange.answerer, mode);
        if exchange.offered {
            self.set_stream(core, exchange.requester);
            self.set_stream(core, exchange.answerer);
        }
        self.send_ok(
            core,
            exchange.requester,
            exchange.server,
            &exchange.request,
            described,
        );
    }

    /// The answerer's offer is of an IP version that we have no address of: it gets an answer that refuses every stream,
    /// and the requester learns why nothing came of its re-INVITE.
    fn decline_family(&mut self, core: &mut Core, exchange: &Exchange, cseq: u32, offer: Option<&Sdp>) {
        let refusal = self.leg_mut(exchange.answerer).zip(offer).map(|(leg, offer)| {
            let mut refusal = refusing_answer(offer, core.addresses.shown(leg.family), leg.origin);
            leg.origin.follow(leg.local_sdp.as_ref(), &mut refusal);
            leg.local_sdp = Some(refusal.clone());
            refusal
        });
        self.acknowledge(core, exchange.answerer, exchange.client, cseq, refusal.as_ref());
        self.refuse_family(core, exchange.requester, exchange.server, &exchange.request);
    }

    /// No final response to the re-INVITE: the far side is gone (RFC 3261 12.2.1.2).
    pub(crate) fn exchange_failed(&mut self, core: &mut Core, _why: Ended) {
        let Some(exchange) = self.exchange.take() else {
            return;
        };
        self.answer_request(
            core,
            exchange.requester,
            exchange.server,
            &exchange.request,
            Status(408),
            None,
        );
        self.dialog_lost(core, exchange.answerer);
    }

    /// The requester gave its re-INVITE up.
    pub(crate) fn exchange_cancelled(&mut self, core: &mut Core, tx: ServerTx) {
        let Some(exchange) = self.exchange.take_if(|exchange| exchange.server == tx) else {
            return;
        };
        self.answer_request(
            core,
            exchange.requester,
            exchange.server,
            &exchange.request,
            Status(487),
            None,
        );
        core.cancel(exchange.client, &[]);
        // A 2xx that crosses the CANCEL still belongs to a living dialog: it is ACKed but not sent BYE.
        self.abandoned_exchange = Some((exchange.client, exchange.answerer));
    }

    /// A response to a re-INVITE that its requester cancelled.
    pub(crate) fn abandoned_response(&mut self, core: &mut Core, response: &Message) {
        let Some((client, answerer)) = self.abandoned_exchange else {
            return;
        };
        if response.status().is_some_and(Status::is_provisional) {
            return;
        }
        if !response.status().is_some_and(Status::is_success) {
            core.index.clients.remove(&client);
            self.abandoned_exchange = None;
            return;
        }
        let Some(leg) = self.leg(answerer) else { return };
        let tag = response.to_tag().unwrap_or_default();
        if let Some(ack) = leg.ack_for(client, tag) {
            core.layer.send_again(ack);
            return;
        }
        self.acknowledge(core, answerer, client, response.cseq().0, None);
        self.abandoned_exchange = None;
    }

    /// Whatever is on its way across when the call ends is answered now.
    pub(crate) fn abort_crossing(&mut self, core: &mut Core) {
        let until = core.now + Released::keep(core.sip_timers.t1);
        if let Some(exchange) = self.exchange.take() {
            self.answer_request(
                core,
                exchange.requester,
                exchange.server,
                &exchange.request,
                Status(487),
                None,
            );
            core.index.clients.remove(&exchange.client);
            core.cancel(exchange.client, &[]);
            core.released.take(until, exchange.client, None);
        }
        if let Some((client, _)) = self.abandoned_exchange.take() {
            core.index.clients.remove(&client);
            core.released.take(until, client, None);
        }
        for passing in std::mem::take(&mut self.passing) {
            core.index.clients.remove(&passing.client);
            self.answer_request(
                core,
                passing.requester,
                passing.server,
                &passing.request,
                Status(481),
                None,
            );
        }
    }

    /// One side's dialog no longer exists there: the call is over.
    fn dialog_lost(&mut self, core: &mut Core, key: LegKey) {
        if self.is_over() {
            return;
        }
        "one side had lost its dialog".clone_into(&mut self.cdr.why);
        let by = if key == LegKey::CALLER {
            EndedBy::Caller
        } else {
            EndedBy::Callee
        };
        let outcome = self.answered_outcome();
        self.finish(core, outcome, by);
    }
}
