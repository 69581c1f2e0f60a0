//! The client transaction of every request but INVITE and ACK (RFC 3261 section 17.1.2).
//!
//! Starting one sends the request and starts Timers E and F.
//!
//! | state | input | next state | actions | clause |
//! |---|---|---|---|---|
//! | Trying | Provisional | Proceeding | Deliver | 3261 17.1.2.2 |
//! | Trying | Final | Completed | Deliver, Start(K) | 3261 17.1.2.2 |
//! | Trying | TimerE | Trying | Repeat, Start(E) | 3261 17.1.2.2 |
//! | Trying | TimerF | Terminated | End(Timeout) | 3261 17.1.2.2 |
//! | Trying | TimerK | Trying | - | stale timer |
//! | Trying | TransportError | Terminated | End(TransportError) | 3261 17.1.4 |
//! | Proceeding | Provisional | Proceeding | Deliver | 3261 17.1.2.2 |
//! | Proceeding | Final | Completed | Deliver, Start(K) | 3261 17.1.2.2 |
//! | Proceeding | TimerE | Proceeding | Repeat, StartSlow(E) | 3261 17.1.2.2 |
//! | Proceeding | TimerF | Terminated | End(Timeout) | 3261 17.1.2.2 |
//! | Proceeding | TimerK | Proceeding | - | stale timer |
//! | Proceeding | TransportError | Terminated | End(TransportError) | 3261 17.1.4 |
//! | Completed | Provisional | Completed | - | 3261 17.1.2.2, late |
//! | Completed | Final | Completed | - | 3261 17.1.2.2, absorbed |
//! | Completed | TimerE | Completed | - | stale timer |
//! | Completed | TimerF | Completed | - | stale timer |
//! | Completed | TimerK | Terminated | End(Done) | 3261 17.1.2.2 |
//! | Completed | TransportError | Completed | - | 3261 17.1.2.2, nothing is being sent |
//! | Terminated | Provisional | Terminated | - | destroyed |
//! | Terminated | Final | Terminated | - | destroyed |
//! | Terminated | TimerE | Terminated | - | destroyed |
//! | Terminated | TimerF | Terminated | - | destroyed |
//! | Terminated | TimerK | Terminated | - | destroyed |
//! | Terminated | TransportError | Terminated | - | destroyed |
use super::Ended;
use super::machine::Action::{self, Deliver, End, Repeat, Start, StartSlow};
use super::machine::Timer;

/// Any other request that we sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClientOther {
    /// Sent, nothing heard.
    Trying,
    /// A provisional response came.
    Proceeding,
    /// The final response came; repetitions are absorbed.
    Completed,
    /// Over.
    Terminated,
}

/// What can happen to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    /// 1xx.
    Provisional,
    /// 2xx to 6xx.
    Final,
    /// Retransmit.
    TimerE,
    /// Give up.
    TimerF,
    /// No more repetitions are expected.
    TimerK,
    /// Sending failed, or ICMP says so.
    TransportError,
}

impl ClientOther {
    /// One cell of the table.
    pub(super) const fn step(self, input: Input) -> (Self, &'static [Action]) {
        match (self, input) {
            (Self::Trying | Self::Proceeding, Input::Provisional) => (Self::Proceeding, &[Deliver]),
            (Self::Trying | Self::Proceeding, Input::Final) => (Self::Completed, &[Deliver, Start(Timer::K)]),
            (Self::Trying, Input::TimerE) => (Self::Trying, &[Repeat, Start(Timer::E)]),
            (Self::Proceeding, Input::TimerE) => (Self::Proceeding, &[Repeat, StartSlow(Timer::E)]),
            (Self::Trying | Self::Proceeding, Input::TimerF) => (Self::Terminated, &[End(Ended::Timeout)]),
            (Self::Trying | Self::Proceeding, Input::TransportError) => {
                (Self::Terminated, &[End(Ended::TransportError)])
            }
            (Self::Completed, Input::TimerK) => (Self::Terminated, &[End(Ended::Done)]),
            (Self::Trying | Self::Proceeding | Self::Completed | Self::Terminated, _) => (self, &[]),
        }
    }

    /// Whether the state waits for this timer; a timer that nobody waits for is dropped.
    pub(super) const fn awaits(self, timer: Timer) -> bool {
        matches!(
            (self, timer),
            (Self::Trying | Self::Proceeding, Timer::E | Timer::F) | (Self::Completed, Timer::K)
        )
    }

    /// Whether only repetitions are still absorbed.
    pub(super) const fn lingers(self) -> bool {
        matches!(self, Self::Completed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transaction::machine::walk_table;

    #[test]
    fn every_cell_is_as_the_table_says() {
        let states = [
            ClientOther::Trying,
            ClientOther::Proceeding,
            ClientOther::Completed,
            ClientOther::Terminated,
        ];
        let inputs = [
            Input::Provisional,
            Input::Final,
            Input::TimerE,
            Input::TimerF,
            Input::TimerK,
            Input::TransportError,
        ];
        walk_table(
            include_str!("client_other.rs"),
            &states,
            &inputs,
            ClientOther::step,
        );
    }
}
