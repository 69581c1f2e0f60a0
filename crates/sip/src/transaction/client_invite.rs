//! The INVITE client transaction (RFC 3261 section 17.1.1, RFC 6026 section 7.2).
//!
//! Starting one sends the request and starts Timers A and B.
//!
//! | state | input | next state | actions | clause |
//! |---|---|---|---|---|
//! | Calling | Provisional | Proceeding | Deliver | 3261 17.1.1.2 |
//! | Calling | Success | Accepted | Deliver, Start(M) | 6026 7.2 |
//! | Calling | Failure | Completed | Ack, Deliver, Start(D) | 3261 17.1.1.2 |
//! | Calling | TimerA | Calling | Repeat, Start(A) | 3261 17.1.1.2 |
//! | Calling | TimerB | Terminated | End(Timeout) | 3261 17.1.1.2 |
//! | Calling | TimerD | Calling | - | stale timer |
//! | Calling | TimerM | Calling | - | stale timer |
//! | Calling | TimerCancelled | Calling | - | stale timer |
//! | Calling | TransportError | Terminated | End(TransportError) | 3261 17.1.4 |
//! | Proceeding | Provisional | Proceeding | Deliver | 3261 17.1.1.2 |
//! | Proceeding | Success | Accepted | Deliver, Start(M) | 6026 7.2 |
//! | Proceeding | Failure | Completed | Ack, Deliver, Start(D) | 3261 17.1.1.2 |
//! | Proceeding | TimerA | Proceeding | - | stale timer |
//! | Proceeding | TimerB | Proceeding | - | stale timer |
//! | Proceeding | TimerD | Proceeding | - | stale timer |
//! | Proceeding | TimerM | Proceeding | - | stale timer |
//! | Proceeding | TimerCancelled | Terminated | End(Timeout) | 3261 9.1 |
//! | Proceeding | TransportError | Proceeding | - | 3261 17.1.1.2, nothing is being sent |
//! | Completed | Provisional | Completed | - | 3261 17.1.1.2, late |
//! | Completed | Success | Completed | - | 6026 7.2, after a failure |
//! | Completed | Failure | Completed | Ack | 3261 17.1.1.2 |
//! | Completed | TimerA | Completed | - | stale timer |
//! | Completed | TimerB | Completed | - | stale timer |
//! | Completed | TimerD | Terminated | End(Done) | 3261 17.1.1.2 |
//! | Completed | TimerM | Completed | - | stale timer |
//! | Completed | TimerCancelled | Completed | - | stale timer |
//! | Completed | TransportError | Terminated | End(Done) | 3261 17.1.1.2, the user has its final |
//! | Accepted | Provisional | Accepted | - | 6026 7.2, late |
//! | Accepted | Success | Accepted | Deliver | 6026 7.2 |
//! | Accepted | Failure | Accepted | - | 6026 7.2, after a 2xx |
//! | Accepted | TimerA | Accepted | - | stale timer |
//! | Accepted | TimerB | Accepted | - | stale timer |
//! | Accepted | TimerD | Accepted | - | stale timer |
//! | Accepted | TimerM | Terminated | End(Done) | 6026 7.2 |
//! | Accepted | TimerCancelled | Accepted | - | stale timer |
//! | Accepted | TransportError | Accepted | - | 6026 7.2, the user sends the ACK |
//! | Terminated | Provisional | Terminated | - | destroyed |
//! | Terminated | Success | Terminated | - | destroyed |
//! | Terminated | Failure | Terminated | - | destroyed |
//! | Terminated | TimerA | Terminated | - | destroyed |
//! | Terminated | TimerB | Terminated | - | destroyed |
//! | Terminated | TimerD | Terminated | - | destroyed |
//! | Terminated | TimerM | Terminated | - | destroyed |
//! | Terminated | TimerCancelled | Terminated | - | destroyed |
//! | Terminated | TransportError | Terminated | - | destroyed |
use super::Ended;
use super::machine::Action::{self, Ack, Deliver, End, Repeat, Start};
use super::machine::Timer;

/// A request for a call that we sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClientInvite {
    /// Sent, nothing heard.
    Calling,
    /// A provisional response came.
    Proceeding,
    /// A failure came; repetitions are acknowledged again.
    Completed,
    /// A 2xx came; further ones go to the user, who acknowledges them.
    Accepted,
    /// Over.
    Terminated,
}

/// What can happen to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    /// 1xx.
    Provisional,
    /// 2xx.
    Success,
    /// 3xx to 6xx.
    Failure,
    /// Retransmit.
    TimerA,
    /// Give up.
    TimerB,
    /// Failures need no more ACKs.
    TimerD,
    /// No more 2xx are expected.
    TimerM,
    /// A cancelled INVITE stays unanswered.
    TimerCancelled,
    /// Sending failed, or ICMP says so.
    TransportError,
}

impl ClientInvite {
    /// One cell of the table.
    pub(super) const fn step(self, input: Input) -> (Self, &'static [Action]) {
        match (self, input) {
            (Self::Calling, Input::Provisional) => (Self::Proceeding, &[Deliver]),
            (Self::Calling, Input::TimerA) => (Self::Calling, &[Repeat, Start(Timer::A)]),
            (Self::Calling, Input::TimerB) => (Self::Terminated, &[End(Ended::Timeout)]),
            (Self::Calling, Input::TransportError) => (Self::Terminated, &[End(Ended::TransportError)]),
            (Self::Calling | Self::Proceeding, Input::Success) => {
                (Self::Accepted, &[Deliver, Start(Timer::M)])
            }
            (Self::Calling | Self::Proceeding, Input::Failure) => {
                (Self::Completed, &[Ack, Deliver, Start(Timer::D)])
            }
            (Self::Proceeding, Input::Provisional) => (Self::Proceeding, &[Deliver]),
            (Self::Proceeding, Input::TimerCancelled) => (Self::Terminated, &[End(Ended::Timeout)]),
            (Self::Completed, Input::Failure) => (Self::Completed, &[Ack]),
            (Self::Completed, Input::TimerD | Input::TransportError) => {
                (Self::Terminated, &[End(Ended::Done)])
            }
            (Self::Accepted, Input::Success) => (Self::Accepted, &[Deliver]),
            (Self::Accepted, Input::TimerM) => (Self::Terminated, &[End(Ended::Done)]),
            (Self::Calling | Self::Proceeding | Self::Completed | Self::Accepted | Self::Terminated, _) => {
                (self, &[])
            }
        }
    }

    /// Whether the state waits for this timer; a timer that nobody waits for is dropped.
    pub(super) const fn awaits(self, timer: Timer) -> bool {
        matches!(
            (self, timer),
            (Self::Calling, Timer::A | Timer::B)
                | (Self::Proceeding, Timer::Cancelled)
                | (Self::Completed, Timer::D)
                | (Self::Accepted, Timer::M)
        )
    }

    /// Whether only repetitions are still absorbed.
    pub(super) const fn lingers(self) -> bool {
        matches!(self, Self::Completed | Self::Accepted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transaction::machine::walk_table;

    #[test]
    fn every_cell_is_as_the_table_says() {
        let states = [
            ClientInvite::Calling,
            ClientInvite::Proceeding,
            ClientInvite::Completed,
            ClientInvite::Accepted,
            ClientInvite::Terminated,
        ];
        let inputs = [
            Input::Provisional,
            Input::Success,
            Input::Failure,
            Input::TimerA,
            Input::TimerB,
            Input::TimerD,
            Input::TimerM,
            Input::TimerCancelled,
            Input::TransportError,
        ];
        walk_table(
            include_str!("client_invite.rs"),
            &states,
            &inputs,
            ClientInvite::step,
        );
    }
}
