//! The server transaction of every request but INVITE and ACK (RFC 3261 section 17.2.2).
//!
//! Starting one passes the request to the user.
//!
//! | state | input | next state | actions | clause |
//! |---|---|---|---|---|
//! | Trying | Request | Trying | - | 3261 17.2.2, absorbed |
//! | Trying | Provisional | Proceeding | Reply | 3261 17.2.2 |
//! | Trying | Final | Completed | Reply, Start(J) | 3261 17.2.2 |
//! | Trying | TimerJ | Trying | - | stale timer |
//! | Trying | TransportError | Trying | - | 3261 17.2.2, nothing is being sent |
//! | Proceeding | Request | Proceeding | Repeat | 3261 17.2.2 |
//! | Proceeding | Provisional | Proceeding | Reply | 3261 17.2.2 |
//! | Proceeding | Final | Completed | Reply, Start(J) | 3261 17.2.2 |
//! | Proceeding | TimerJ | Proceeding | - | stale timer |
//! | Proceeding | TransportError | Proceeding | Report | 6026 8.8 |
//! | Completed | Request | Completed | Repeat | 3261 17.2.2 |
//! | Completed | Provisional | Completed | - | 3261 17.2.2, after a final |
//! | Completed | Final | Completed | - | 3261 17.2.2, after a final |
//! | Completed | TimerJ | Terminated | End(Done) | 3261 17.2.2 |
//! | Completed | TransportError | Completed | Report | 6026 8.8 |
//! | Terminated | Request | Terminated | - | destroyed |
//! | Terminated | Provisional | Terminated | - | destroyed |
//! | Terminated | Final | Terminated | - | destroyed |
//! | Terminated | TimerJ | Terminated | - | destroyed |
//! | Terminated | TransportError | Terminated | - | destroyed |
use super::Ended;
use super::machine::Action::{self, End, Repeat, Reply, Report, Start};
use super::machine::Timer;

/// Any other request that we received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServerOther {
    /// Nothing sent yet.
    Trying,
    /// A provisional response was sent.
    Proceeding,
    /// The final response was sent; it answers repetitions.
    Completed,
    /// Over.
    Terminated,
}

/// What can happen to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    /// The request came again.
    Request,
    /// The user sends 1xx.
    Provisional,
    /// The user sends 2xx to 6xx.
    Final,
    /// No more requests are expected.
    TimerJ,
    /// Sending failed, or ICMP says so.
    TransportError,
}

impl ServerOther {
    /// One cell of the table.
    pub(super) const fn step(self, input: Input) -> (Self, &'static [Action]) {
        match (self, input) {
            (Self::Proceeding | Self::Completed, Input::Request) => (self, &[Repeat]),
            (Self::Trying | Self::Proceeding, Input::Provisional) => (Self::Proceeding, &[Reply]),
            (Self::Trying | Self::Proceeding, Input::Final) => (Self::Completed, &[Reply, Start(Timer::J)]),
            (Self::Proceeding | Self::Completed, Input::TransportError) => (self, &[Report]),
            (Self::Completed, Input::TimerJ) => (Self::Terminated, &[End(Ended::Done)]),
            (Self::Trying | Self::Proceeding | Self::Completed | Self::Terminated, _) => (self, &[]),
        }
    }

    /// Whether the state waits for this timer; a timer that nobody waits for is dropped.
    pub(super) const fn awaits(self, timer: Timer) -> bool {
        matches!((self, timer), (Self::Completed, Timer::J))
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
            ServerOther::Trying,
            ServerOther::Proceeding,
            ServerOther::Completed,
            ServerOther::Terminated,
        ];
        let inputs = [
            Input::Request,
            Input::Provisional,
            Input::Final,
            Input::TimerJ,
            Input::TransportError,
        ];
        walk_table(
            include_str!("server_other.rs"),
            &states,
            &inputs,
            ServerOther::step,
        );
    }
}
