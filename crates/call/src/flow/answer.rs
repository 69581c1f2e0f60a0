//! Answering: the callee's 2xx becomes the caller's, each with its ACK.

use std::time::{Duration, Instant};

use pointsman_media::{Chosen, Mode, Sdp, announcement_answer, refusing_answer};
use pointsman_policy::Ended as StepEnded;
use pointsman_policy::campaign::Progress;
use pointsman_sip::{
    Builder, ClientTx, Dialog, Flow, Message, Name, OkAction, OkRetransmit, ServerTx, Status,
};

use crate::call::{AwaitedAnswer, Call, State};
use crate::cdr::{EndedBy, Outcome};
use crate::core::{Core, LegKey};
use crate::event::CallEvent;
use crate::flow::dial::described;
use crate::flow::in_dialog::is_of;
use crate::leg::{Acked, Bye, Invite, Leg, Unacknowledged};
use crate::outcome::Failure;
use crate::released::Released;
use crate::timers::TimerKind;

/// RFC 3261 13.3.1.1: a provisional response is repeated within a minute, or proxies on the way give up.
const REPEAT_PROGRESS: Duration = Duration::from_secs(60);

/// ACKs of one leg that are kept for a repetition of their 2xx, whatever a peer that re-INVITEs all the time does.
const MOST_ACKED: usize = 32;

impl Call {
    /// The first 2xx of the attempt that is being rung.
    pub(crate) fn answered(
        &mut self,
        core: &mut Core,
        key: LegKey,
        tx: ClientTx,
        response: &Message,
        flow: Flow,
    ) {
        let Some(Ok(dialog)) = core
            .layer
            .sent_request(tx)
            .map(|sent| Dialog::uac(&sent, response, flow))
        else {
            // Without a usable Contact there is nowhere to send an ACK to.
            self.attempt_failed(
                core,
                key,
                StepEnded::Unreachable,
                Some(Failure::own(502, "Unusable Answer", 38)),
            );
            return;
        };
        let now = core.wall_ms();
        let cseq = response.cseq().0;
        let sdp = described(response);
        let Some(leg) = self.leg_mut(key) else { return };
        leg.dialog = Some(dialog);
        leg.invite = Invite::Answered;
        leg.ring_until = None;
        let we_offered = leg.local_sdp.is_some();
        if let Err((failure, refusal)) = understand(core, leg, we_offered, sdp) {
            self.acknowledge(core, key, tx, cseq, refusal.as_ref());
            self.attempt_failed(core, key, StepEnded::Rejected, Some(failure));
            return;
        }
        if we_offered {
            self.acknowledge(core, key, tx, cseq, None);
        }
        if let Some(attempt) = self.attempt_of(key) {
            attempt.answered_ms = Some(now);
            attempt.status = Some(response.status().map_or(200, |status| status.0));
        }
        if !we_offered {
            self.awaited = Some(AwaitedAnswer {
                from: LegKey::CALLER,
                to: key,
                tx,
                cseq,
            });
        }
        if matches!(self.state, State::Calling) {
            return self.contact_answered(core);
        }
        self.others_lose(core);
        self.agent_answered(core, key);
        self.contact_is_at(core, Progress::Agent);
        self.state = State::Connected { callee: key };
        if self.caller_answered() {
            self.connect_media(core, key);
            self.record_from(core, Some(key));
            self.note_dialogs(core);
        } else {
            self.answer_caller(core, key);
        }
    }

    /// Sends the ACK of a callee's 2xx and keeps it for repetitions.
    pub(crate) fn acknowledge(
        &mut self,
        core: &mut Core,
        key: LegKey,
        tx: ClientTx,
        cseq: u32,
        answer: Option<&Sdp>,
    ) {
        let Some(leg) = self.leg_mut(key) else { return };
        let Some(dialog) = &leg.dialog else { return };
        let mut ack = dialog.ack(cseq);
        if let Some(sdp) = answer {
            ack = ack.body("application/sdp", sdp.as_bytes());
        }
        let ack = core.layer.send_sized_ack(core.now, ack, dialog.flow(), leg.large);
        let remote_tag = dialog.id().remote_tag().to_owned();
        // A long call with many re-INVITEs needs only the latest ones: older 2xx no longer come again.
        let since = core.now;
        let old = |acked: &Acked| since > acked.since + Released::keep(core.sip_timers.t1);
        while leg.acked.len() >= MOST_ACKED || leg.acked.first().is_some_and(old) {
            let old = leg.acked.remove(0);
            core.index.clients.remove(&old.tx);
        }
        leg.acked.reserve_exact(1);
        leg.acked.push(Acked {
            tx,
            remote_tag,
            ack,
            since,
        });
    }

    fn answer_caller(&mut self, core: &mut Core, callee: LegKey) {
        let Invite::Received { tx, request } =
            std::mem::replace(&mut self.caller_mut().invite, Invite::Answered)
        else {
            return;
        };
        let mode = if self.offered { Mode::Answer } else { Mode::Offer };
        // The answer given with early media stays what it is.
        let is_told = self.offered && self.caller().local_sdp.is_some();
        let described = is_told || self.describe_from(core, LegKey::CALLER, callee, mode);
        if self.offered {
            self.connect_media(core, callee);
        }
        self.send_ok(core, LegKey::CALLER, tx, &request, described);
        self.note_answer(core);
        self.record_from(core, Some(callee));
    }

    /// The call counts as answered from here.
    pub(crate) fn note_answer(&mut self, core: &mut Core) {
        let now = core.wall_ms();
        self.cdr.answered_ms = Some(now);
        self.answered_at = Some(core.now);
        self.cdr.status = Some(200);
        core.admission.answered(&self.cdr.trunk);
        core.events.push_back(CallEvent::Answered {
            call: self.cdr.id.clone(),
            at_ms: now,
        });
        self.note_dialogs(core);
    }

    /// Which dialogs are up, or where their peers are, has changed.
    pub(crate) fn note_dialogs(&self, core: &mut Core) {
        let mut dialogs = String::with_capacity(768);
        for dialog in self
            .legs
            .iter()
            .filter(|leg| leg.is_up())
            .filter_map(|leg| leg.dialog.as_ref())
        {
            dialog.save(&mut dialogs);
        }
        core.events.push_back(CallEvent::Dialogs {
            call: self.cdr.id.clone(),
            dialogs,
        });
    }

    /// Our 200 to an INVITE of this leg, with the leg's description or without, repeated until its ACK.
    pub(crate) fn send_ok(
        &mut self,
        core: &mut Core,
        key: LegKey,
        tx: ServerTx,
        request: &Message,
        described: bool,
    ) {
        let Some(leg) = self.leg_mut(key) else { return };
        let Some(dialog) = &leg.dialog else { return };
        let sdp = leg.local_sdp.as_ref().filter(|_| described);
        let ok = dialog
            .respond(request, Status(200), None)
            .header(Name::Allow, leg.allow());
        let ok = with_sdp(ok, sdp).finish();
        core.respond(tx, ok.clone());
        let repeat = OkRetransmit::start(core.now, core.sip_timers, ok);
        let due = repeat.poll_timeout();
        leg.unacknowledged = Some(Box::new(Unacknowledged {
            repeat,
            cseq: request.cseq().0,
            tx,
            due,
        }));
        if let Some(at) = due {
            core.timers.arm(at, self.timer_key(TimerKind::Ok(key)));
        }
    }

    pub(crate) fn ok_timer(&mut self, core: &mut Core, key: LegKey, at: Instant) {
        let timer = self.timer_key(TimerKind::Ok(key));
        let Some(ok) = self.leg_mut(key).and_then(|leg| leg.unacknowledged.as_mut()) else {
            return;
        };
        if ok.due != Some(at) {
            return;
        }
        let tx = ok.tx;
        match ok.repeat.handle_timeout(core.now) {
            Some(OkAction::GiveUp) => {
                self.never_acknowledged(core, key);
                return;
            }
            Some(OkAction::Resend(response)) => core.respond(tx, response),
            None => {}
        }
        if let Some(ok) = self.leg_mut(key).and_then(|leg| leg.unacknowledged.as_mut()) {
            ok.due = ok.repeat.poll_timeout();
            if let Some(at) = ok.due {
                core.timers.arm(at, timer);
            }
        }
    }

    /// 64*T1 without an ACK: the dialog is confirmed all the same and gets a BYE (RFC 3261 13.3.1.4).
    pub(crate) fn never_acknowledged(&mut self, core: &mut Core, key: LegKey) {
        let Some(leg) = self.leg_mut(key) else { return };
        leg.unacknowledged = None;
        if let Bye::Owed(reasons) = std::mem::replace(&mut leg.bye, Bye::NotYet) {
            self.send_bye(core, key, &reasons);
            return;
        }
        if self.is_over() {
            return;
        }
        "no ACK came for our 200 OK".clone_into(&mut self.cdr.why);
        self.cdr.cause = Some(102);
        self.finish(core, Outcome::Failed, EndedBy::Switch);
    }

    /// An ACK for a 2xx of ours.
    pub(crate) fn acknowledged(&mut self, core: &mut Core, key: LegKey, ack: &Message) {
        let Some(leg) = self.leg_mut(key) else { return };
        let ours = leg.dialog.as_ref().is_some_and(|dialog| is_of(dialog, ack));
        let awaited = leg
            .unacknowledged
            .as_ref()
            .is_some_and(|ok| ok.cseq == ack.cseq().0);
        if !ours || !awaited {
            return;
        }
        leg.unacknowledged = None;
        if let Bye::Owed(reasons) = std::mem::replace(&mut leg.bye, Bye::NotYet) {
            self.send_bye(core, key, &reasons);
            return;
        }
        if self.awaited.as_ref().is_some_and(|awaited| awaited.from == key) {
            self.answer_came(core, key, ack);
        } else if key == LegKey::CALLER && !self.offered && self.chosen.is_none() {
            self.caller_chose(core, ack);
        }
        self.start_announcement(core);
    }

    /// The caller's ACK brings the answer that the callee's ACK waits for.
    fn answer_came(&mut self, core: &mut Core, key: LegKey, ack: &Message) {
        let Some(awaited) = self.awaited.take() else {
            return;
        };
        let takes = |answer: &Sdp| self.leg(key).is_some_and(|leg| leg.takes(answer));
        let Some(answer) = described(ack).filter(takes) else {
            self.awaited = Some(awaited);
            "the ACK had no answer to the offer".clone_into(&mut self.cdr.why);
            self.finish(core, Outcome::Failed, EndedBy::Switch);
            return;
        };
        self.describe(core, awaited.to, &answer, Mode::Answer);
        if let Some(leg) = self.leg_mut(key) {
            leg.remote_sdp = Some(answer);
        }
        let relayed = self.leg(awaited.to).and_then(|leg| leg.local_sdp.clone());
        self.acknowledge(core, awaited.to, awaited.tx, awaited.cseq, relayed.as_ref());
        if let State::Connected { callee } = self.state {
            let first = self.spec_unknown(LegKey::CALLER);
            self.connect_media(core, callee);
            if first {
                self.record_from(core, Some(callee));
            }
        }
    }

    fn spec_unknown(&self, key: LegKey) -> bool {
        self.leg(key).is_some_and(|leg| !leg.open)
    }

    /// The caller's ACK answers the offer we made for an announcement.
    fn caller_chose(&mut self, core: &mut Core, ack: &Message) {
        let takes = |answer: &Sdp| self.caller().takes(answer);
        let chosen = described(ack).filter(takes).and_then(|answer| {
            let chosen = Chosen::from_answer(&answer).ok()?;
            self.caller_mut().remote_sdp = Some(answer);
            Some(chosen)
        });
        let Some(chosen) = chosen else {
            "the ACK had no answer to the offer".clone_into(&mut self.cdr.why);
            self.finish(core, Outcome::Failed, EndedBy::Switch);
            return;
        };
        self.chosen = Some(chosen);
        self.set_stream(core, LegKey::CALLER);
        self.record_from(core, None);
    }

    /// The callee's 2xx is owed an ACK with a valid answer even when none came from the caller.
    pub(crate) fn acknowledge_refusing(&mut self, core: &mut Core, key: LegKey) {
        let Some(awaited) = self.awaited.take_if(|awaited| awaited.to == key) else {
            return;
        };
        let Some(leg) = self.leg_mut(key) else { return };
        let answer = leg.remote_sdp.as_ref().map(|offer| {
            let mut answer = refusing_answer(offer, core.addresses.shown(leg.family), leg.origin);
            leg.origin.follow(leg.local_sdp.as_ref(), &mut answer);
            answer
        });
        self.acknowledge(core, key, awaited.tx, awaited.cseq, answer.as_ref());
    }

    /// The callee left before it answered the caller's offer, and the call goes on: the answer is ours, for whatever
    /// comes next.
    pub(crate) fn acknowledge_alone(&mut self, core: &mut Core) {
        let Some(awaited) = self.awaited.take_if(|awaited| awaited.to == LegKey::CALLER) else {
            return;
        };
        let caller = self.caller_mut();
        let address = core.addresses.shown(caller.family);
        let own = caller.remote_sdp.as_ref().zip(caller.port).map(|(offer, port)| {
            announcement_answer(offer, address, port, caller.origin)
                .map(|(answer, chosen)| (answer, Some(chosen)))
                .unwrap_or_else(|_| (refusing_answer(offer, address, caller.origin), None))
        });
        if let Some((mut answer, chosen)) = own {
            caller.origin.follow(caller.local_sdp.as_ref(), &mut answer);
            caller.local_sdp = Some(answer);
            self.chosen = chosen.or(self.chosen);
        }
        let answer = self.caller().local_sdp.clone();
        self.acknowledge(core, LegKey::CALLER, awaited.tx, awaited.cseq, answer.as_ref());
        self.set_stream(core, LegKey::CALLER);
    }

    /// 101 to 199 to the caller.
    pub(crate) fn tell_progress(&mut self, core: &mut Core, status: Status, with_media: bool) {
        let caller = self.caller();
        let Invite::Received { tx, request } = &caller.invite else {
            return;
        };
        let Some(dialog) = &caller.dialog else { return };
        let sdp = caller.local_sdp.as_ref().filter(|_| with_media);
        let response = with_sdp(dialog.respond(request, status, None), sdp).finish();
        let tx = *tx;
        core.respond(tx, response);
        let at = core.arm(REPEAT_PROGRESS, self.timer_key(TimerKind::Progress));
        self.last_progress = Some((status.0, at));
    }

    pub(crate) fn progress_timer(&mut self, core: &mut Core, at: Instant) {
        if let Some((status, due)) = self.last_progress
            && due == at
            && !self.is_over()
        {
            let with_media = self.caller().local_sdp.is_some();
            self.tell_progress(core, Status(status), with_media);
        }
    }
}

/// Takes the description of a callee's 2xx, which answers ours or is an offer. What cannot be used comes back as a
/// failure, with the refusal that an offer is owed.
fn understand(
    core: &Core,
    leg: &mut Leg,
    we_offered: bool,
    sdp: Option<Sdp>,
) -> Result<(), (Failure, Option<Sdp>)> {
    let Some(sdp) = sdp else {
        let known = we_offered && leg.remote_sdp.is_some();
        let failure = || (Failure::own(488, "Not Acceptable Here", 88), None);
        return known.then_some(()).ok_or_else(failure);
    };
    if we_offered {
        if !leg.takes(&sdp) {
            return Err((Failure::of_family(), None));
        }
    } else if let Some(family) = core.family_for(Some(&sdp), leg.family) {
        leg.family = family;
    } else {
        let address = core.addresses.shown(leg.family);
        let refusal = refusing_answer(&sdp, address, leg.origin);
        return Err((Failure::of_family(), Some(refusal)));
    }
    leg.remote_sdp = Some(sdp);
    Ok(())
}

pub(crate) fn with_sdp(message: Builder, sdp: Option<&Sdp>) -> Builder {
    match sdp {
        Some(sdp) => message.body("application/sdp", sdp.as_bytes()),
        None => message,
    }
}
