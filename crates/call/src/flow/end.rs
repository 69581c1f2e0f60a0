//! Ending: BYE from either side, CANCEL, refusals, and the CDR.

use std::time::{Duration, Instant};

use pointsman_policy::Ended as StepEnded;
use pointsman_sip::{Message, Method, Name, ServerTx, Status};

use crate::call::{Call, State};
use crate::cdr::{EndedBy, Outcome};
use crate::core::{Core, LegKey};
use crate::event::{CallEvent, QueueExit};
use crate::leg::{Bye, Invite};
use crate::outcome::{Failure, q850_cause, reason_header};
use crate::released::Released;
use crate::timers::TimerKind;

/// How long the CDR waits for the media side's totals: it normally takes less than a millisecond, a recording on a
/// slow disk longer.
const MEDIA_PATIENCE: Duration = Duration::from_secs(5);

impl Call {
    /// BYE from one side.
    pub(crate) fn bye_received(&mut self, core: &mut Core, key: LegKey, tx: ServerTx, request: &Message) {
        self.answer_request(core, key, tx, request, Status(200), None);
        if let Some(leg) = self.leg_mut(key) {
            leg.bye = Bye::Done;
            leg.unacknowledged = None;
        }
        if self.is_over() {
            return;
        }
        let reasons: Vec<String> = request
            .headers(Name::Reason)
            .map(std::borrow::Cow::into_owned)
            .collect();
        self.cdr.cause = q850_cause(request).or(Some(16));
        self.bye_reasons = reasons;
        if key == LegKey::CALLER {
            self.caller_left(core);
        } else if self.caller().remote_sdp.is_none()
            && self.awaited.as_ref().is_some_and(|awaited| awaited.to == key)
        {
            "the callee gave up waiting for the answer to its offer".clone_into(&mut self.cdr.why);
            self.finish(core, Outcome::Failed, EndedBy::Callee);
        } else if matches!(self.state, State::Connected { callee } if callee == key) {
            self.callee_gone(core, key, EndedBy::Callee);
        }
    }

    /// A conversation is over and the caller is still there.
    pub(crate) fn callee_gone(&mut self, core: &mut Core, key: LegKey, by: EndedBy) {
        self.gone = Some(by);
        self.part_from(core, key);
        self.route(core, Some(StepEnded::Answered));
    }

    fn caller_left(&mut self, core: &mut Core) {
        if self.caller_answered() {
            let mut outcome = self.answered_outcome();
            if let State::Queueing(queueing) = &self.state {
                let rung = queueing.leg;
                // Music is no announcement that somebody was called for: the caller wanted to talk.
                if outcome == Outcome::Announced {
                    outcome = Outcome::Abandoned;
                }
                self.cdr.why = queueing.given_up(core.now);
                if let Some(rung) = rung {
                    self.note_attempt_end(core, rung, StepEnded::CallerGone, None);
                }
            }
            self.finish(core, outcome, self.first_leg());
        } else {
            self.abandon(core);
        }
    }

    /// A CANCEL matched an INVITE of this call.
    pub(crate) fn cancelled(&mut self, core: &mut Core, tx: ServerTx, cancel: &Message) {
        if matches!(self.caller().invite, Invite::Received { tx: invite, .. } if invite == tx) {
            self.bye_reasons = cancel
                .headers(Name::Reason)
                .map(std::borrow::Cow::into_owned)
                .collect();
            self.cdr.cause = q850_cause(cancel);
            self.abandon(core);
        } else {
            self.exchange_cancelled(core, tx);
        }
    }

    /// The caller gave up before an answer.
    fn abandon(&mut self, core: &mut Core) {
        let waited = core.now.saturating_duration_since(self.began).as_secs_f64();
        let targets = match &self.state {
            State::Hunting(_) => self.rung_names(),
            _ => String::new(),
        };
        let place = if targets.is_empty() {
            targets
        } else {
            format!(" while ringing {targets}")
        };
        self.cdr.why = format!("the caller gave up after {waited:.1} s{place}");
        self.refuse_with(core, &Failure::told(487, "", Vec::new()));
        self.finish(core, Outcome::Abandoned, EndedBy::Caller);
    }

    /// A final failure to a caller who waits, a BYE to one who was answered.
    pub(crate) fn refuse_or_hang_up(
        &mut self,
        core: &mut Core,
        status: u16,
        cause: Option<u8>,
        phrase: &str,
    ) {
        self.cdr.cause = cause.or(self.cdr.cause);
        let text = if phrase.is_empty() {
            Status(status).reason()
        } else {
            phrase
        };
        let reasons: Vec<String> = cause
            .map(|cause| reason_header(cause, text))
            .into_iter()
            .collect();
        if self.caller_answered() {
            self.hang_up_caller(core, reasons);
        } else {
            self.refuse_with(core, &Failure::told(status, phrase, reasons));
        }
    }

    /// A final failure to the caller; the reasons go with it (RFC 3326).
    pub(crate) fn refuse_with(&mut self, core: &mut Core, failure: &Failure) {
        let (status, phrase) = (failure.status, failure.phrase.as_str());
        let caller = self.caller_mut();
        if !matches!(caller.invite, Invite::Received { .. }) {
            return; // our own INVITE to somebody is not refused, it is cancelled
        }
        let Invite::Received { tx, request } = std::mem::replace(&mut caller.invite, Invite::Over) else {
            return;
        };
        // A redirection is not passed on: its Contact would show the far side's topology.
        let status = if (300..400).contains(&status) { 480 } else { status };
        let Some(dialog) = &caller.dialog else { return };
        let mut response = dialog.respond(
            &request,
            Status(status),
            Some(phrase).filter(|text| !text.is_empty()),
        );
        for reason in &failure.reasons {
            response = response.header(Name::Reason, reason);
        }
        if failure.of_family {
            response = response.header(Name::Warning, &core.family_warning(dialog.flow()));
        }
        if status == 503 {
            response = response.header(Name::RetryAfter, "5");
        }
        core.respond(tx, response.finish());
        self.cdr.status = Some(status);
    }

    pub(crate) fn hang_up_caller(&mut self, core: &mut Core, mut reasons: Vec<String>) {
        if reasons.is_empty() {
            reasons = std::mem::take(&mut self.bye_reasons);
        }
        self.stop_recordings(core);
        self.drop_leg(core, LegKey::CALLER, &reasons);
    }

    /// Ends a leg whatever its state: CANCEL, BYE now or BYE after the ACK; and its stream.
    pub(crate) fn drop_leg(&mut self, core: &mut Core, key: LegKey, reasons: &[String]) {
        self.acknowledge_refusing(core, key);
        self.agent_over(core, key);
        let until = core.now + Released::keep(core.sip_timers.t1);
        let Some(leg) = self.leg_mut(key) else { return };
        leg.ring_until = None;
        leg.silent_until = None;
        match leg.invite {
            Invite::Sent { tx } => {
                leg.invite = Invite::Over;
                core.index.clients.remove(&tx);
                core.cancel(tx, reasons);
                core.released.take(until, tx, None);
            }
            Invite::Answered if leg.bye == Bye::NotYet => {
                if leg.unacknowledged.is_some() {
                    leg.bye = Bye::Owed(reasons.to_vec());
                } else {
                    self.send_bye(core, key, reasons);
                }
            }
            _ => {}
        }
        if let Some(leg) = self.leg_mut(key) {
            for acked in leg.acked.drain(..) {
                core.index.clients.remove(&acked.tx);
                let tx = acked.tx;
                core.released.take(until, tx, Some(acked));
            }
        }
        self.close_stream(core, key);
    }

    pub(crate) fn send_bye(&mut self, core: &mut Core, key: LegKey, reasons: &[String]) {
        let Some(leg) = self.leg_mut(key) else { return };
        leg.bye = Bye::Done;
        let Some(dialog) = &mut leg.dialog else { return };
        let flow = dialog.flow();
        let mut bye = dialog.request(&Method::BYE);
        for reason in reasons {
            bye = bye.header(Name::Reason, reason);
        }
        core.send_and_forget(bye, flow, leg.large);
    }

    /// Nobody sends RTP any more.
    pub(crate) fn end_silent(&mut self, core: &mut Core, callee: LegKey) {
        "no audio from either side for the RTP time-out".clone_into(&mut self.cdr.why);
        self.cdr.cause = Some(102);
        self.note_attempt_end(core, callee, StepEnded::Answered, None);
        let outcome = self.answered_outcome();
        self.bye_reasons = vec![reason_header(102, "RTP Timeout")];
        self.finish(core, outcome, EndedBy::Switch);
    }

    /// The call is over for the people: every leg ends, every stream closes, the CDR follows.
    pub(crate) fn finish(&mut self, core: &mut Core, outcome: Outcome, by: EndedBy) {
        if self.is_over() {
            return;
        }
        self.stop_recordings(core);
        self.leave_queue(core, QueueExit::Gone);
        self.abort_crossing(core);
        let reasons = std::mem::take(&mut self.bye_reasons);
        let unanswered = if outcome == Outcome::Abandoned {
            StepEnded::CallerGone
        } else {
            StepEnded::NoAnswer
        };
        for index in 0..self.legs.len() {
            let key = LegKey(u16::try_from(index).unwrap_or(u16::MAX));
            let answered = self
                .leg(key)
                .is_some_and(|leg| matches!(leg.invite, Invite::Answered));
            let ended = if answered { StepEnded::Answered } else { unanswered };
            self.note_attempt_end(core, key, ended, None);
            self.drop_leg(core, key, &reasons);
        }
        let now = core.wall_ms();
        self.cdr.ended_ms = Some(now);
        self.cdr.outcome = Some(outcome);
        self.cdr.ended_by = Some(self.gone.unwrap_or(by));
        self.contact_over(core, outcome);
        let talk = self
            .answered_at
            .map(|answered| core.now.saturating_duration_since(answered));
        self.cdr.talk_ms = talk.map_or(0, |talk| i64::try_from(talk.as_millis()).unwrap_or(i64::MAX));
        let until = core.arm(MEDIA_PATIENCE, self.timer_key(TimerKind::MediaOwes));
        self.state = State::Ending { until: Some(until) };
        self.settle(core);
    }

    /// Emits the CDR once the media side has said all it has to say.
    pub(crate) fn settle(&mut self, core: &mut Core) {
        if !matches!(self.state, State::Ending { .. }) {
            return;
        }
        let owed = !self.recordings.is_empty() || self.legs.iter().any(|leg| leg.closing);
        if !owed {
            self.close(core);
        }
    }

    pub(crate) fn media_timer(&mut self, core: &mut Core, at: Instant) {
        if matches!(self.state, State::Ending { until } if until == Some(at)) {
            self.give_up_recordings();
            self.close(core);
        }
    }

    /// The CDR leaves; of a call that still owes somebody a BYE, nothing more is recorded.
    fn close(&mut self, core: &mut Core) {
        self.state = State::Closed;
        let cdr = std::mem::take(&mut self.cdr);
        core.events.push_back(CallEvent::Closed(Box::new(cdr)));
    }
}
