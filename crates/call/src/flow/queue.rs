//! Waiting for an agent: music, the place in the queue, and an agent that is rung meanwhile.
//!
//! Who waits for whom is the owner's business ([`pointsman_policy::acm`]); the call only says that it waits, rings
//! whom it is offered, and says what became of it.

use std::time::Instant;

use pointsman_media::{Command, PlayId};
use pointsman_policy::acm::{Offer, Phase, Refusal, Report, Ticket};
use pointsman_policy::{Ended as StepEnded, Queue};

use crate::call::{Call, State};
use crate::cdr::EndedBy;
use crate::core::{Core, LegKey};
use crate::event::{CallEvent, QueueExit};
use crate::timers::TimerKind;

/// Agents that are rung for one caller; after them nobody will answer, and the CDR is long enough.
const MOST_RUNG: usize = 100;

/// A queue step under way.
#[derive(Debug)]
pub(crate) struct Queueing {
    queue: Queue,
    began: Instant,
    pub(crate) until: Instant,
    /// The turn, once the caller can be spoken to.
    ticket: Option<Ticket>,
    /// The agent that is being rung.
    pub(crate) leg: Option<LegKey>,
    position: Option<u32>,
    say_at: Option<Instant>,
    playing: PlayId,
    /// Announcements still to be played before the music goes on.
    words: std::vec::IntoIter<String>,
}

impl Queueing {
    pub(crate) fn ticket(&self) -> Option<Ticket> {
        self.ticket
    }

    pub(crate) fn has_joined(&self) -> bool {
        self.ticket.is_some()
    }

    pub(crate) fn is_playing(&self, id: PlayId) -> bool {
        self.playing == id
    }

    pub(crate) fn ends_with(&self, key: char) -> bool {
        self.queue.exit_key == Some(key)
    }

    /// For the record of a caller that hung up.
    pub(crate) fn given_up(&self, now: Instant) -> String {
        let waited = now.saturating_duration_since(self.began).as_secs_f64();
        format!(
            "the caller gave up after {waited:.1} s in the queue of {}",
            self.queue.group
        )
    }
}

/// An agent that a call has.
#[derive(Debug)]
pub(crate) struct Served {
    ticket: Ticket,
    leg: LegKey,
}

impl Served {
    pub(crate) fn ticket(&self) -> Ticket {
        self.ticket
    }
}

/// What the owner has for a caller.
#[derive(Debug)]
pub(crate) enum Turn {
    /// Its place, from 1.
    Position(u32),
    /// It cannot wait.
    Refused(Refusal),
    /// An agent.
    Offer(Box<Offer>),
    /// The owner does not know it.
    Unknown,
    /// Its agent is in another call.
    Withdrawn,
}

impl Call {
    /// Begins to wait.
    pub(crate) fn queue(&mut self, core: &mut Core, queue: Queue) {
        self.gone = None;
        self.announced = false;
        // Early media needs an offer.
        let answer = queue.answer || !self.offered;
        let until = core.arm(queue.max_wait, self.timer_key(TimerKind::Wait));
        self.state = State::Queueing(Box::new(Queueing {
            queue,
            began: core.now,
            until,
            ticket: None,
            leg: None,
            position: None,
            say_at: None,
            playing: PlayId(core.next_play()),
            words: Vec::new().into_iter(),
        }));
        self.begin_announcing(core, answer);
    }

    /// There is a way to the caller: it takes its turn.
    pub(crate) fn join_queue(&mut self, core: &mut Core) {
        let timer = self.timer_key(TimerKind::Position);
        let State::Queueing(queueing) = &mut self.state else {
            return;
        };
        let ticket = core.desk.ticket(core.now, self.key);
        queueing.ticket = Some(ticket);
        if let Some(position) = &queueing.queue.position {
            queueing.say_at = Some(core.arm(position.every, timer));
        }
        let group = queueing.queue.group.as_str().into();
        core.events.push_back(CallEvent::Queued {
            call: self.cdr.id.clone(),
            customer: self.cdr.customer.clone(),
            group,
            at_ms: core.wall_ms(),
        });
        self.say_join(core);
        self.play_to_waiting(core);
    }

    fn say_join(&mut self, core: &mut Core) {
        let State::Queueing(queueing) = &self.state else {
            return;
        };
        let Some(ticket) = queueing.ticket else { return };
        let Queue { group, priority, .. } = &queueing.queue;
        let waited = core.now.saturating_duration_since(queueing.began);
        core.desk
            .join(ticket, &self.cdr.customer, group, *priority, waited);
    }

    /// The next word of what is being said, or the music.
    pub(crate) fn play_to_waiting(&mut self, core: &mut Core) {
        let chosen = self.chosen_for_caller();
        let port = self.caller().port.filter(|_| self.caller().open);
        let State::Queueing(queueing) = &mut self.state else {
            return;
        };
        let word = queueing.words.next();
        let repeat = u32::from(word.is_some());
        let name = word.as_deref().unwrap_or(&queueing.queue.music);
        let prompt = self.routing.prompt(&self.cdr.customer, name).cloned();
        let (Some(chosen), Some(port), Some(prompt)) = (chosen, port, prompt) else {
            return; // what is not loaded is not heard
        };
        queueing.playing = PlayId(core.next_play());
        core.media.push_back(Command::Play {
            port,
            id: queueing.playing,
            prompt,
            codec: chosen.codec,
            pt: chosen.pt,
            repeat,
        });
    }

    fn stop_playing(&mut self, core: &mut Core) {
        if let Some(port) = self.caller().port.filter(|_| self.caller().open) {
            core.media.push_back(Command::StopPlay { port });
        }
    }

    pub(crate) fn position_timer(&mut self, core: &mut Core, at: Instant) {
        let timer = self.timer_key(TimerKind::Position);
        let State::Queueing(queueing) = &mut self.state else {
            return;
        };
        let (Some(position), true) = (&queueing.queue.position, queueing.say_at == Some(at)) else {
            return;
        };
        queueing.say_at = Some(core.arm(position.every, timer));
        let Some(place) = queueing.position else { return };
        let name = |word: &str| format!("{}/{word}", position.language);
        let digits = place.to_string();
        let digits = digits.chars().map(|digit| name(&format!("digit-{digit}")));
        let loaded = |name: &String| self.routing.prompt(&self.cdr.customer, name).is_some();
        let words: Vec<String> = std::iter::once(name("queue-position")).chain(digits).collect();
        if words.iter().all(loaded) {
            queueing.words = words.into_iter();
            self.stop_playing(core);
            self.play_to_waiting(core);
        }
    }

    pub(crate) fn wait_timer(&mut self, core: &mut Core, at: Instant) {
        if matches!(&self.state, State::Queueing(queueing) if queueing.until == at) {
            self.end_queue(core, StepEnded::NoAnswer);
        }
    }

    /// The owner has something for this caller.
    pub(crate) fn turn(&mut self, core: &mut Core, ticket: Ticket, turn: Turn) {
        if matches!(turn, Turn::Withdrawn) {
            self.withdrawn(core, ticket);
            return;
        }
        let State::Queueing(queueing) = &mut self.state else {
            return;
        };
        if queueing.ticket != Some(ticket) {
            return;
        }
        match turn {
            Turn::Position(position) => queueing.position = Some(position),
            Turn::Unknown => self.say_join(core),
            Turn::Refused(_) if queueing.leg.is_some() => {}
            Turn::Refused(Refusal::Full) => self.end_queue(core, StepEnded::Congestion),
            Turn::Refused(Refusal::NobodyLoggedIn) => self.end_queue(core, StepEnded::Unreachable),
            Turn::Offer(offer) => self.ring_agent(core, ticket, &offer),
            Turn::Withdrawn => {}
        }
    }

    fn ring_agent(&mut self, core: &mut Core, ticket: Ticket, offer: &Offer) {
        let State::Queueing(queueing) = &self.state else {
            return;
        };
        core.desk.hold(ticket, offer, &queueing.queue.group);
        let (leg, report) = match self.attempt(core, &offer.contact, offer.ring) {
            Ok(leg) => (Some(leg), None),
            Err((ended, failure)) => {
                self.note_failed_start(core, &offer.contact, ended, failure);
                // That we have no room for a call is no agent's fault; where it is reached cannot be helped by waiting.
                let report = match ended {
                    StepEnded::Congestion => Report::NotDialled,
                    _ => Report::Failed(ended),
                };
                (None, Some(report))
            }
        };
        if let Some(attempt) = self.cdr.attempts.last_mut() {
            attempt.agent = Some(offer.agent.agent.as_str().into());
        }
        // Two agents may be at one place: this one was meant.
        let recorded = self.recorded_agent_named(&offer.agent.agent);
        if let Some(rung) = leg.and_then(|leg| self.leg_mut(leg)) {
            rung.recorded_agent = recorded;
        }
        if let State::Queueing(queueing) = &mut self.state {
            queueing.leg = leg;
        }
        self.agent = leg.map(|leg| Box::new(Served { ticket, leg }));
        if let Some(report) = report {
            core.desk.lose(ticket, report);
            self.rung_enough(core);
        }
    }

    fn served_by(&self, leg: LegKey) -> Option<Ticket> {
        self.agent
            .as_ref()
            .filter(|served| served.leg == leg)
            .map(|served| served.ticket)
    }

    /// The agent's phone rings; `false` if that leg is no agent's. The caller hears music and not this.
    pub(crate) fn agent_rings(&mut self, core: &mut Core, leg: LegKey) -> bool {
        let Some(ticket) = self.served_by(leg) else {
            return false;
        };
        core.desk.goes_on(ticket, Phase::Ringing);
        true
    }

    /// The agent answers: the music ends.
    pub(crate) fn agent_answered(&mut self, core: &mut Core, leg: LegKey) {
        if let Some(ticket) = self.served_by(leg) {
            core.desk.goes_on(ticket, Phase::Talking);
            self.tell_left(core, QueueExit::Answered);
            self.stop_playing(core);
        }
    }

    /// The agent did not answer: the caller waits on, where it was.
    pub(crate) fn agent_failed(&mut self, core: &mut Core, leg: LegKey, ended: StepEnded) {
        let Some(ticket) = self.served_by(leg) else { return };
        self.agent = None;
        core.desk.lose(ticket, Report::Failed(ended));
        if let State::Queueing(queueing) = &mut self.state {
            queueing.leg = None;
        }
    }

    /// The leg of an agent ends, for whatever other reason.
    pub(crate) fn agent_over(&mut self, core: &mut Core, leg: LegKey) {
        let Some(ticket) = self.served_by(leg) else { return };
        self.agent = None;
        core.desk.lose(ticket, Report::Over);
    }

    /// A queue that never ends would make a record that never ends.
    pub(crate) fn rung_enough(&mut self, core: &mut Core) {
        let waits = matches!(&self.state, State::Queueing(queueing) if queueing.leg.is_none());
        if waits && self.cdr.attempts.len() >= MOST_RUNG {
            self.end_queue(core, StepEnded::NoAnswer);
        }
    }

    /// The agent is in another call as well: here it is not any more.
    fn withdrawn(&mut self, core: &mut Core, ticket: Ticket) {
        let Some(leg) = self.agent.as_ref().filter(|served| served.ticket == ticket) else {
            return;
        };
        let leg = leg.leg;
        match &mut self.state {
            State::Queueing(queueing) => {
                queueing.leg = None;
                // Its phone is busy with that other call; the caller waits on.
                self.note_attempt_end(core, leg, StepEnded::Busy, None);
                self.drop_leg(core, leg, &[]);
            }
            State::Connected { callee } if *callee == leg => self.callee_gone(core, leg, EndedBy::Switch),
            _ => {}
        }
    }

    /// The wait is over without an agent: the policy goes on.
    pub(crate) fn end_queue(&mut self, core: &mut Core, ended: StepEnded) {
        let how = match ended {
            StepEnded::Keyed => QueueExit::Keyed,
            StepEnded::Congestion => QueueExit::Full,
            StepEnded::Unreachable => QueueExit::NobodyLoggedIn,
            _ => QueueExit::TimedOut,
        };
        self.leave_queue(core, how);
        let State::Queueing(queueing) = std::mem::replace(&mut self.state, State::Routing) else {
            return;
        };
        if let Some(leg) = queueing.leg {
            self.note_attempt_end(core, leg, StepEnded::NoAnswer, None);
            self.drop_leg(core, leg, &[]);
        }
        self.stop_playing(core);
        self.last_ended = Some(ended);
        self.last_failure = None;
        self.route(core, Some(ended));
    }

    /// Whatever becomes of the call, it waits no more.
    pub(crate) fn leave_queue(&mut self, core: &mut Core, how: QueueExit) {
        if let State::Queueing(queueing) = &self.state
            && let Some(ticket) = queueing.ticket
        {
            core.desk.leave(ticket);
            self.tell_left(core, how);
        }
    }

    fn tell_left(&self, core: &mut Core, how: QueueExit) {
        let State::Queueing(queueing) = &self.state else {
            return;
        };
        let answered = self.agent.as_ref().filter(|_| how == QueueExit::Answered);
        let left = CallEvent::LeftQueue {
            call: self.cdr.id.clone(),
            customer: self.cdr.customer.clone(),
            group: queueing.queue.group.as_str().into(),
            how,
            agent: answered.and_then(|served| self.agent_of(served.leg)),
            waited: core.now.saturating_duration_since(queueing.began),
            at_ms: core.wall_ms(),
        };
        core.events.push_back(left);
    }
}
