//! Announcements to the caller, answered or as early media.

use pointsman_media::{Codec, Command, PlayId, announcement_answer, plain_offer};
use pointsman_policy::campaign::Progress;
use pointsman_policy::{Ended as StepEnded, Play};
use pointsman_sip::Status;

use crate::call::{Announcing, Call, State};
use crate::cdr::{EndedBy, Outcome};
use crate::core::{Core, LegKey};
use crate::leg::Invite;

impl Call {
    /// Begins an announcement; `Some` if there is nothing to wait for.
    pub(crate) fn announce(&mut self, core: &mut Core, play: Play) -> Option<StepEnded> {
        self.gone = None;
        if self.routing.prompt(&self.cdr.customer, &play.prompt).is_none() {
            self.cdr.why = format!("announcement {} is not loaded", play.prompt);
            return Some(StepEnded::Played);
        }
        if !self.caller_answered() && !self.offered && !play.answer {
            // Early media needs an offer, and this caller leaves the offer to the callee.
            return Some(StepEnded::Played);
        }
        self.state = State::Announcing(Announcing {
            id: PlayId(core.next_play()),
            prompts: vec![play.prompt],
            next: 0,
            repeat: play.repeat.max(1),
            started: false,
            keys: None,
        });
        self.begin_announcing(core, play.answer);
        None
    }

    /// Makes a way to the caller, and speaks.
    pub(crate) fn begin_announcing(&mut self, core: &mut Core, answer: bool) {
        if self.caller_answered() {
            self.start_announcement(core);
        } else if self.offered {
            self.answer_with_announcement(core, answer);
        } else {
            self.offer_announcement(core);
        }
    }

    /// The caller offered: one codec of its list is ours to speak.
    fn answer_with_announcement(&mut self, core: &mut Core, answer: bool) {
        if self.caller().local_sdp.is_none() {
            let caller = self.caller();
            let (Some(offer), Some(port)) = (&caller.remote_sdp, caller.port) else {
                return;
            };
            let address = core.addresses.shown(caller.family);
            match announcement_answer(offer, address, port, caller.origin) {
                Ok((sdp, chosen)) => {
                    self.chosen = Some(chosen);
                    self.caller_mut().local_sdp = Some(sdp);
                }
                Err(error) => {
                    self.cdr.why = format!("the announcement cannot be played: {error}");
                    self.refuse_or_hang_up(core, 488, Some(88), "Not Acceptable Here");
                    self.finish(core, Outcome::Failed, EndedBy::Switch);
                    return;
                }
            }
        }
        self.set_stream(core, LegKey::CALLER);
        if !answer {
            self.tell_progress(core, Status(183), true);
            self.start_announcement(core);
            return;
        }
        let Invite::Received { tx, request } =
            std::mem::replace(&mut self.caller_mut().invite, Invite::Answered)
        else {
            return;
        };
        self.send_ok(core, LegKey::CALLER, tx, &request, true);
        self.note_answer(core);
        self.record_from(core, None);
    }

    /// The caller left the offer to us; the ACK will bring its answer.
    fn offer_announcement(&mut self, core: &mut Core) {
        let caller = self.caller_mut();
        let Some(port) = caller.port else { return };
        let Invite::Received { tx, request } = std::mem::replace(&mut caller.invite, Invite::Answered) else {
            return;
        };
        let offer = plain_offer(
            core.addresses.shown(caller.family),
            port,
            caller.origin,
            &[Codec::Pcma, Codec::Pcmu],
        );
        caller.local_sdp = Some(offer);
        self.send_ok(core, LegKey::CALLER, tx, &request, true);
        self.note_answer(core);
    }

    /// Plays, once there is a way to: after the ACK when our 200 is fresh, at once otherwise.
    pub(crate) fn start_announcement(&mut self, core: &mut Core) {
        if self.caller().unacknowledged.is_some() {
            return;
        }
        let started = match &mut self.state {
            State::Announcing(announcing) => std::mem::replace(&mut announcing.started, true),
            State::Queueing(queueing) => queueing.has_joined(),
            _ => return,
        };
        if started {
            return;
        }
        let port = self.caller().port.filter(|_| self.caller().open);
        if self.chosen_for_caller().is_none() || port.is_none() {
            "the announcement cannot be played: no common codec".clone_into(&mut self.cdr.why);
            self.refuse_or_hang_up(core, 488, Some(88), "Not Acceptable Here");
            self.finish(core, Outcome::Failed, EndedBy::Switch);
        } else if matches!(self.state, State::Queueing(_)) {
            self.join_queue(core);
        } else if !self.play_next(core) {
            self.await_first_key(core);
        }
    }

    /// Begins the next announcement; `false` if there is none.
    fn play_next(&mut self, core: &mut Core) -> bool {
        let chosen = self.chosen_for_caller();
        let port = self.caller().port.filter(|_| self.caller().open);
        let State::Announcing(announcing) = &mut self.state else {
            return false;
        };
        let (Some(chosen), Some(port)) = (chosen, port) else {
            return false;
        };
        let Some(name) = announcing.prompts.get(announcing.next) else {
            return false;
        };
        announcing.next += 1;
        let Some(prompt) = self.routing.prompt(&self.cdr.customer, name).cloned() else {
            return false;
        };
        core.media.push_back(Command::Play {
            port,
            id: announcing.id,
            prompt,
            codec: chosen.codec,
            pt: chosen.pt,
            repeat: announcing.repeat,
        });
        true
    }

    pub(crate) fn play_ended(&mut self, core: &mut Core, id: PlayId) {
        if let State::Queueing(queueing) = &self.state {
            if queueing.is_playing(id) {
                self.play_to_waiting(core);
            }
            return;
        }
        let State::Announcing(announcing) = &mut self.state else {
            return;
        };
        if announcing.id != id {
            return;
        }
        if announcing.next < announcing.prompts.len() {
            announcing.id = PlayId(core.next_play());
            if self.play_next(core) {
                return;
            }
        }
        self.contact_is_at(core, Progress::Heard);
        let State::Announcing(announcing) = &self.state else {
            return;
        };
        if announcing.keys.is_some() {
            self.await_first_key(core);
        } else {
            self.announced = true;
            self.route(core, Some(StepEnded::Played));
        }
    }
}
