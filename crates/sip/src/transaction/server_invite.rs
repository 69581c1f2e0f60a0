//! The INVITE server transaction (RFC 3261 section 17.2.1, RFC 6026 section 7.1).
//!
//! Starting one sends 100 (Trying) and passes the request to the user.
//!
//! | state | input | next state | actions | clause |
//! |---|---|---|---|---|
//! | Proceeding | Invite | Proceeding | Repeat | 3261 17.2.1 |
//! | Proceeding | Ack | Proceeding | - | 3261 17.2.1, too early |
//! | Proceeding | Provisional | Proceeding | Reply | 3261 17.2.1 |
//! | Proceeding | Success | Accepted | Reply, Start(L) | 6026 7.1 |
//! | Proceeding | Failure | Completed | Reply, Start(G), Start(H) | 3261 17.2.1 |
//! | Proceeding | TimerG | Proceeding | - | stale timer |
//! | Proceeding | TimerH | Proceeding | - | stale timer |
//! | Proceeding | TimerI | Proceeding | - | stale timer |
//! | Proceeding | TimerL | Proceeding | - | stale timer |
//! | Proceeding | TransportError | Proceeding | Report | 6026 8.8 |
//! | Completed | Invite | Completed | Repeat | 3261 17.2.1 |
//! | Completed | Ack | Confirmed | Start(I) | 3261 17.2.1 |
//! | Completed | Provisional | Completed | - | 3261 17.2.1, after a final |
//! | Completed | Success | Completed | - | 3261 17.2.1, after a final |
//! | Completed | Failure | Completed | - | 3261 17.2.1, after a final |
//! | Completed | TimerG | Completed | Repeat, Start(G) | 3261 17.2.1 |
//! | Completed | TimerH | Terminated | End(AckTimeout) | 3261 17.2.1 |
//! | Completed | TimerI | Completed | - | stale timer |
//! | Completed | TimerL | Completed | - | stale timer |
//! | Completed | TransportError | Completed | Report | 6026 8.8 |
//! | Confirmed | Invite | Confirmed | - | 3261 17.2.1, absorbed |
//! | Confirmed | Ack | Confirmed | - | 3261 17.2.1, absorbed |
//! | Confirmed | Provisional | Confirmed | - | 3261 17.2.1, after a final |
//! | Confirmed | Success | Confirmed | - | 3261 17.2.1, after a final |
//! | Confirmed | Failure | Confirmed | - | 3261 17.2.1, after a final |
//! | Confirmed | TimerG | Confirmed | - | stale timer |
//! | Confirmed | TimerH | Confirmed | - | stale timer |
//! | Confirmed | TimerI | Terminated | End(Done) | 3261 17.2.1 |
//! | Confirmed | TimerL | Confirmed | - | stale timer |
//! | Confirmed | TransportError | Confirmed | - | 3261 17.2.1, nothing is being sent |
//! | Accepted | Invite | Accepted | - | 6026 7.1, absorbed |
//! | Accepted | Ack | Accepted | Deliver | 6026 7.1 |
//! | Accepted | Provisional | Accepted | - | 6026 7.1, after a 2xx |
//! | Accepted | Success | Accepted | Reply | 6026 7.1 |
//! | Accepted | Failure | Accepted | - | 6026 7.1, after a 2xx |
//! | Accepted | TimerG | Accepted | - | stale timer |
//! | Accepted | TimerH | Accepted | - | stale timer |
//! | Accepted | TimerI | Accepted | - | stale timer |
//! | Accepted | TimerL | Terminated | End(Done) | 6026 7.1 |
//! | Accepted | TransportError | Accepted | Report | 6026 7.1 |
//! | Terminated | Invite | Terminated | - | destroyed |
//! | Terminated | Ack | Terminated | - | destroyed |
//! | Terminated | Provisional | Terminated | - | destroyed |
//! | Terminated | Success | Terminated | - | destroyed |
//! | Terminated | Failure | Terminated | - | destroyed |
//! | Terminated | TimerG | Terminated | - | destroyed |
//! | Terminated | TimerH | Terminated | - | destroyed |
//! | Terminated | TimerI | Terminated | - | destroyed |
//! | Terminated | TimerL | Terminated | - | destroyed |
//! | Terminated | TransportError | Terminated | - | destroyed |
use super::Ended;
use super::machine::Action::{self, Deliver, End, Repeat, Reply, Report, Start};
use super::machine::Timer;

/// A request for a call that we received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServerInvite {
    /// No final response yet.
    Proceeding,
    /// A failure was sent and is repeated until its ACK.
    Completed,
    /// The ACK came; repetitions are absorbed.
    Confirmed,
    /// A 2xx was sent; the user repeats it until its ACK.
    Accepted,
    /// Over.
    Terminated,
}

/// What can happen to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    /// The INVITE came again.
    Invite,
    /// An ACK came.
    Ack,
    /// The user sends 1xx.
    Provisional,
    /// The user sends 2xx.
    Success,
    /// The user sends 3xx to 6xx.
    Failure,
    /// Retransmit.
    TimerG,
    /// Give up waiting for the ACK.
    TimerH,
    /// No more ACKs are expected.
    TimerI,
    /// No more INVITEs are expected.
    TimerL,
    /// Sending failed, or ICMP says so.
    TransportError,
}

impl ServerInvite {
    /// One cell of the table.
    pub(super) const fn step(self, input: Input) -> (Self, &'static [Action]) {
        match (self, input) {
            (Self::Proceeding | Self::Completed, Input::Invite) => (self, &[Repeat]),
            (Self::Proceeding, Input::Provisional) => (Self::Proceeding, &[Reply]),
            (Self::Proceeding, Input::Success) => (Self::Accepted, &[Reply, Start(Timer::L)]),
            (Self::Proceeding, Input::Failure) => {
                (Self::Completed, &[Reply, Start(Timer::G), Start(Timer::H)])
            }
            (Self::Proceeding | Self::Completed | Self::Accepted, Input::TransportError) => (self, &[Report]),
            (Self::Completed, Input::Ack) => (Self::Confirmed, &[Start(Timer::I)]),
            (Self::Completed, Input::TimerG) => (Self::Completed, &[Repeat, Start(Timer::G)]),
            (Self::Completed, Input::TimerH) => (Self::Terminated, &[End(Ended::AckTimeout)]),
            (Self::Confirmed, Input::TimerI) => (Self::Terminated, &[End(Ended::Done)]),
            (Self::Accepted, Input::Ack) => (Self::Accepted, &[Deliver]),
            (Self::Accepted, Input::Success) => (Self::Accepted, &[Reply]),
            (Self::Accepted, Input::TimerL) => (Self::Terminated, &[End(Ended::Done)]),
            (Self::Proceeding | Self::Completed | Self::Confirmed | Self::Accepted | Self::Terminated, _) => {
                (self, &[])
            }
        }
    }

    /// Whether the state waits for this timer; a timer that nobody waits for is dropped.
    pub(super) const fn awaits(self, timer: Timer) -> bool {
        matches!(
            (self, timer),
            (Self::Completed, Timer::G | Timer::H) | (Self::Confirmed, Timer::I) | (Self::Accepted, Timer::L)
        )
    }

    /// Whether only repetitions are still absorbed.
    pub(super) const fn lingers(self) -> bool {
        matches!(self, Self::Confirmed | Self::Accepted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transaction::machine::walk_table;

    #[test]
    fn every_cell_is_as_the_table_says() {
        let states = [
            ServerInvite::Proceeding,
            ServerInvite::Completed,
            ServerInvite::Confirmed,
            ServerInvite::Accepted,
            ServerInvite::Terminated,
        ];
        let inputs = [
            Input::Invite,
            Input::Ack,
            Input::Provisional,
            Input::Success,
            Input::Failure,
            Input::TimerG,
            Input::TimerH,
            Input::TimerI,
            Input::TimerL,
            Input::TransportError,
        ];
        walk_table(
            include_str!("server_invite.rs"),
            &states,
            &inputs,
            ServerInvite::step,
        );
    }
}
