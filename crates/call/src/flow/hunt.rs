//! A dial step: its targets are rung one after the other, or all at once, until somebody answers (TRM-07).

use std::time::Duration;

use pointsman_media::Sdp;
use pointsman_policy::campaign::Progress;
use pointsman_policy::{AT_ONCE_MAX, Dial, Ended as StepEnded, Target};
use pointsman_sip::{Message, Status};

use crate::call::{Call, State};
use crate::cdr::{Attempt, ELSEWHERE};
use crate::core::{Core, LegKey};
use crate::flow::dial::described;
use crate::leg::Invite;
use crate::outcome::{Failure, status_of};

/// Tells a telephone that stops ringing that this was no call missed (RFC 3326 section 2).
const COMPLETED_ELSEWHERE: &str = "SIP;cause=200;text=\"Call completed elsewhere\"";

/// A dial step under way. Who is being rung are the legs whose INVITE of ours has no final response.
#[derive(Debug)]
pub(crate) struct Hunting {
    /// Targets that have not been tried.
    targets: std::vec::IntoIter<Target>,
    /// No-answer timer of each.
    ring: Duration,
    /// Several are rung at the same time.
    at_once: bool,
    /// Of several: the caller was told that somebody rings.
    told: bool,
    /// How the targets so far ended: the last one, or of several at once the one that came nearest to a person.
    ended: Option<StepEnded>,
}

impl Hunting {
    fn new(dial: Dial) -> Self {
        Self {
            at_once: dial.at_once && dial.targets.len() > 1,
            targets: dial.targets.into_iter(),
            ring: dial.ring,
            told: false,
            ended: None,
        }
    }

    /// So many targets ring together.
    pub(crate) fn width(&self) -> usize {
        if self.at_once { AT_ONCE_MAX } else { 1 }
    }

    /// Whether a failure says more than those before it.
    fn takes(&mut self, ended: StepEnded) -> bool {
        let better = |before: StepEnded| ended.nearness() > before.nearness();
        let takes = !self.at_once || self.ended.is_none_or(better);
        if takes {
            self.ended = Some(ended);
        }
        takes
    }
}

impl Call {
    /// Begins a dial step; `Some` if it is over at once.
    pub(crate) fn hunt(&mut self, core: &mut Core, dial: Dial) -> Option<StepEnded> {
        self.announced = false;
        self.contact_is_at(core, Progress::Key);
        self.state = State::Hunting(Hunting::new(dial));
        self.ring_targets(core)
    }

    /// The legs that are being rung.
    pub(crate) fn rung(&self) -> impl Iterator<Item = LegKey> {
        let legs = self.legs.iter().enumerate().skip(1);
        legs.filter(|(_, leg)| matches!(leg.invite, Invite::Sent { .. }))
            .filter_map(|(at, _)| u16::try_from(at).ok().map(LegKey))
    }

    fn one_rung(&self) -> Option<LegKey> {
        self.rung().next()
    }

    /// "site:antwerp, number:+32475000001".
    pub(crate) fn rung_names(&self) -> String {
        let attempts = self.rung().filter_map(|key| self.leg(key)?.attempt);
        let named = attempts.filter_map(|index| self.cdr.attempts.get(index));
        let names: Vec<&str> = named.map(|attempt| attempt.target.as_str()).collect();
        names.join(", ")
    }

    /// Rings as many more targets as the step wants; `Some` with how it ended when none rings and none is left.
    fn ring_targets(&mut self, core: &mut Core) -> Option<StepEnded> {
        let mut ringing = self.rung().count();
        loop {
            let State::Hunting(hunting) = &mut self.state else {
                return None;
            };
            if ringing >= hunting.width() {
                return None;
            }
            let (ring, before) = (hunting.ring, hunting.ended);
            let Some(target) = hunting.targets.next() else {
                if ringing > 0 {
                    return None;
                }
                self.last_ended = Some(before.unwrap_or(StepEnded::Unreachable));
                return self.last_ended;
            };
            match self.attempt(core, &target, ring) {
                Ok(_) => ringing += 1,
                Err((ended, failure)) => self.note_failed_start(core, &target, ended, failure),
            }
        }
    }

    /// One has answered: whoever else is rung for this call is so no longer. An answer of theirs that is already on its
    /// way gets its ACK and a BYE (`released.rs`).
    pub(crate) fn others_lose(&mut self, core: &mut Core) {
        let now = core.wall_ms();
        while let Some(key) = self.one_rung() {
            if let Some(attempt) = self.attempt_of(key) {
                attempt.ended_ms = Some(now);
                attempt.outcome = Some(ELSEWHERE.into());
            }
            self.drop_leg(core, key, &[COMPLETED_ELSEWHERE.to_owned()]);
        }
    }

    /// Keeps a failure for the caller, unless one before it says more.
    fn remember(&mut self, ended: StepEnded, failure: Failure) {
        if match &mut self.state {
            State::Hunting(hunting) => hunting.takes(ended),
            _ => true,
        } {
            self.last_failure = Some(failure);
        }
    }

    /// An attempt that ended before its INVITE was sent.
    pub(crate) fn note_failed_start(
        &mut self,
        core: &Core,
        target: &Target,
        ended: StepEnded,
        failure: Failure,
    ) {
        let cause = failure.cause;
        self.remember(ended, failure);
        let now = core.wall_ms();
        self.cdr.attempts.push(Attempt {
            target: target.label(),
            trunk: target.trunk().into(),
            leg: None,
            started_ms: now,
            ringing_ms: None,
            answered_ms: None,
            ended_ms: Some(now),
            outcome: Some(ended.as_str().into()),
            status: None,
            cause,
            agent: None,
        });
    }

    /// 101 to 199 from the attempt: told to the caller, with early media if there is any.
    pub(crate) fn progress(&mut self, core: &mut Core, key: LegKey, response: &Message) {
        let now = core.wall_ms();
        let status = response.status().unwrap_or(Status(180));
        let takes = |sdp: &Sdp| self.leg(key).is_some_and(|leg| leg.takes(sdp));
        let sdp = described(response).filter(takes);
        let has_media = sdp.is_some();
        let rings = matches!(status.0, 180 | 183);
        if let Some(leg) = self.leg_mut(key) {
            leg.rang |= rings;
            if sdp.is_some() && leg.local_sdp.is_some() {
                leg.remote_sdp = sdp;
            }
        }
        if let Some(attempt) = self.attempt_of(key) {
            attempt.ringing_ms.get_or_insert(now);
        }
        if key == LegKey::CALLER || self.agent_rings(core, key) || self.caller_answered() {
            return;
        }
        if let State::Hunting(hunting) = &mut self.state
            && hunting.at_once
        {
            // Nobody's early media is better than another's: the caller hears its own telephone ring, and is told once.
            if rings && !std::mem::replace(&mut hunting.told, true) {
                self.tell_progress(core, Status(180), false);
            }
            return;
        }
        let early = has_media && self.bridge_early(core, key);
        self.tell_progress(core, status, early);
    }

    /// An attempt is over without an answer: the next target, or the policy.
    pub(crate) fn attempt_failed(
        &mut self,
        core: &mut Core,
        key: LegKey,
        ended: StepEnded,
        failure: Option<Failure>,
    ) {
        self.note_attempt_end(core, key, ended, failure.as_ref());
        self.agent_failed(core, key, ended);
        self.drop_leg(core, key, &[]);
        let (status, cause) = status_of(ended);
        self.remember(ended, failure.unwrap_or_else(|| Failure::own(status, "", cause)));
        match self.state {
            State::Calling => self.contact_missed(core, ended),
            State::Hunting(_) => {
                if let Some(ended) = self.ring_targets(core) {
                    self.route(core, Some(ended));
                }
            }
            _ => self.rung_enough(core),
        }
    }

    pub(crate) fn attempt_of(&mut self, key: LegKey) -> Option<&mut Attempt> {
        let index = self.leg(key)?.attempt?;
        self.cdr.attempts.get_mut(index)
    }

    pub(crate) fn note_attempt_end(
        &mut self,
        core: &Core,
        key: LegKey,
        ended: StepEnded,
        failure: Option<&Failure>,
    ) {
        let now = core.wall_ms();
        if let Some(attempt) = self.attempt_of(key)
            && attempt.ended_ms.is_none()
        {
            attempt.ended_ms = Some(now);
            attempt.outcome = Some(ended.as_str().into());
            attempt.status = attempt.status.or(failure.map(|failure| failure.status));
            attempt.cause = attempt.cause.or(failure.and_then(|failure| failure.cause));
        }
    }
}
