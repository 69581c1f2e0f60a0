//! One agent: a machine of seven states.
//!
//! "As wished" is what the agent asked for last: available, pause or offline; a wish during a call waits until then.
//! ✗ does not happen: the owner reserves only who is available. – changes nothing.
//!
//! | state     | wish: available | wish: pause | wish: offline | reserve  | dialled | rings   | answered | failed      | over     | time      |
//! |-----------|-----------------|-------------|---------------|----------|---------|---------|----------|-------------|----------|-----------|
//! | offline   | available       | pause       | –             | ✗        | reserved | ringing | talking | –           | –        | –         |
//! | available | –               | pause       | offline       | reserved | reserved | ringing | talking | –           | –        | –         |
//! | reserved  | noted           | noted       | noted         | ✗        | –       | ringing | talking  | short pause | as wished | –        |
//! | ringing   | noted           | noted       | noted         | ✗        | –       | –       | talking  | short pause | as wished | –        |
//! | talking   | noted           | noted       | noted         | ✗        | –       | –       | –        | –           | wrap-up  | –         |
//! | wrap-up   | available       | pause       | offline       | ✗        | reserved | ringing | talking | –           | –        | as wished |
//! | pause     | available       | pause       | offline       | ✗        | reserved | ringing | talking | –           | –        | as wished |
//!
//! A call that says of itself that it has the agent (dialled, rings, answered) is believed in every state: it is there.
//! The short pause after a failure is only for who wishes to be available, and time ends only that one and the wrap-up;
//! without wrap-up time "wrap-up" is "as wished".

use std::time::{Duration, Instant};

use super::mail::{Phase, ReservationId};
use super::view::{AgentState, Wish};

/// Why an agent that did not take a call pauses.
const NO_ANSWER: &str = "no answer";

/// What happens to an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Input {
    /// It asks for something.
    Wish(Wish),
    /// It is promised to a caller.
    Reserve(ReservationId),
    /// A call has it, and is so far.
    Has(ReservationId, Phase),
    /// It did not take the call; no other one for so long.
    Failed { pause: Duration },
    /// The call is over; so long until the next one if it talked.
    Over { wrap_up: Duration },
    /// A deadline has passed.
    Time,
}

/// One agent.
#[derive(Debug, Clone)]
pub(super) struct Agent {
    state: AgentState,
    since: Instant,
    /// Since when it is without a call: the end of the last one, or its login.
    idle_since: Instant,
    wish: Wish,
    until: Option<Instant>,
    reservation: Option<ReservationId>,
}

impl Agent {
    pub(super) fn new(now: Instant, available: bool) -> Self {
        let (state, wish) = if available {
            (AgentState::Available, Wish::Available)
        } else {
            (AgentState::Offline, Wish::Offline)
        };
        Self {
            state,
            since: now,
            idle_since: now,
            wish,
            until: None,
            reservation: None,
        }
    }

    pub(super) fn state(&self) -> AgentState {
        self.state
    }

    pub(super) fn since(&self) -> Instant {
        self.since
    }

    pub(super) fn idle_since(&self) -> Instant {
        self.idle_since
    }

    /// When time itself changes the state.
    pub(super) fn until(&self) -> Option<Instant> {
        self.until
    }

    pub(super) fn reservation(&self) -> Option<ReservationId> {
        self.reservation
    }

    /// Why it pauses.
    pub(super) fn reason(&self) -> Option<&str> {
        match (&self.wish, self.state) {
            (_, AgentState::Pause) if self.until.is_some() => Some(NO_ANSWER),
            (Wish::Pause { reason }, AgentState::Pause) => Some(reason),
            _ => None,
        }
    }

    /// What it gets when the call is over, if that is another thing than it came from.
    pub(super) fn afterwards(&self) -> Option<&Wish> {
        let later = self.state.is_taken() || self.state == AgentState::WrapUp;
        Some(&self.wish).filter(|wish| later && **wish != Wish::Available)
    }

    pub(super) fn handle(&mut self, now: Instant, input: Input) {
        match input {
            Input::Wish(wish) => self.wish(now, wish),
            Input::Reserve(reservation) => {
                self.reservation = Some(reservation);
                self.enter(now, AgentState::Reserved);
            }
            Input::Has(reservation, phase) => self.has(now, reservation, phase),
            Input::Failed { pause } => self.failed(now, pause),
            Input::Over { wrap_up } => self.over(now, wrap_up),
            Input::Time => {
                if self.until.is_some_and(|until| until <= now) {
                    self.as_wished(now);
                }
            }
        }
    }

    fn wish(&mut self, now: Instant, wish: Wish) {
        if self.state == AgentState::Offline && wish != Wish::Offline {
            self.idle_since = now;
        }
        let changes = self.wish != wish || self.until.is_some();
        self.wish = wish;
        if changes && !self.state.is_taken() {
            self.as_wished(now);
        }
    }

    fn has(&mut self, now: Instant, reservation: ReservationId, phase: Phase) {
        let state = match phase {
            Phase::Dialling => AgentState::Reserved,
            Phase::Ringing => AgentState::Ringing,
            Phase::Talking => AgentState::Talking,
        };
        let further = !self.state.is_taken() || self.state < state;
        self.reservation = Some(reservation);
        if further {
            self.enter(now, state);
        }
    }

    fn failed(&mut self, now: Instant, pause: Duration) {
        if !matches!(self.state, AgentState::Reserved | AgentState::Ringing) {
            return;
        }
        self.reservation = None;
        self.idle_since = now;
        if self.wish == Wish::Available && !pause.is_zero() {
            self.enter(now, AgentState::Pause);
            self.until = Some(now + pause);
        } else {
            self.as_wished(now);
        }
    }

    fn over(&mut self, now: Instant, wrap_up: Duration) {
        if !self.state.is_taken() {
            return;
        }
        let talked = self.state == AgentState::Talking;
        self.reservation = None;
        if talked {
            self.idle_since = now;
        }
        if talked && !wrap_up.is_zero() {
            self.enter(now, AgentState::WrapUp);
            self.until = Some(now + wrap_up);
        } else {
            self.as_wished(now);
        }
    }

    fn as_wished(&mut self, now: Instant) {
        let state = match self.wish {
            Wish::Available => AgentState::Available,
            Wish::Pause { .. } => AgentState::Pause,
            Wish::Offline => AgentState::Offline,
        };
        self.enter(now, state);
    }

    fn enter(&mut self, now: Instant, state: AgentState) {
        self.until = None;
        self.state = state;
        self.since = now;
    }
}

#[cfg(test)]
mod tests;
