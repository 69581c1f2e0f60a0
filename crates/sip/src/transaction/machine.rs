//! What the four machines share: timers by their RFC names, and the actions that the layer carries out.
use std::fmt::Debug;

use super::Ended;

/// Timers of RFC 3261 appendix A and RFC 6026, plus the wait for the final response after a CANCEL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Timer {
    /// INVITE retransmission, from T1, doubling.
    A,
    /// INVITE without final response, 64*T1.
    B,
    /// Absorbing repeated failures of an INVITE, 32 s on UDP.
    D,
    /// Other requests' retransmission, from T1, doubling up to T2.
    E,
    /// Other requests without final response, 64*T1.
    F,
    /// Retransmission of a failure of an INVITE, from T1, doubling up to T2.
    G,
    /// No ACK for a failure of an INVITE, 64*T1.
    H,
    /// Absorbing repeated ACKs, T4 on UDP.
    I,
    /// Absorbing repeated requests, 64*T1 on UDP.
    J,
    /// Absorbing repeated responses, T4 on UDP.
    K,
    /// Absorbing repeated INVITEs after a 2xx, 64*T1.
    L,
    /// Passing further 2xx to the user, 64*T1.
    M,
    /// An INVITE that was cancelled gets no final response, 64*T1 (RFC 3261 section 9.1).
    Cancelled,
}

impl Timer {
    /// The reason that travels with a deadline.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::A => "TimerA",
            Self::B => "TimerB",
            Self::D => "TimerD",
            Self::E => "TimerE",
            Self::F => "TimerF",
            Self::G => "TimerG",
            Self::H => "TimerH",
            Self::I => "TimerI",
            Self::J => "TimerJ",
            Self::K => "TimerK",
            Self::L => "TimerL",
            Self::M => "TimerM",
            Self::Cancelled => "TimerCancelled",
        }
    }
}

/// What a machine wants done; the layer does it in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// Send again what this transaction sent last.
    Repeat,
    /// Send the response that the user passed, and keep it.
    Reply,
    /// Send the ACK for a failure.
    Ack,
    /// Pass the message to the user.
    Deliver,
    /// Start a timer; retransmission timers double at each start.
    Start(Timer),
    /// Start a retransmission timer at T2.
    StartSlow(Timer),
    /// Tell the user that sending failed.
    Report,
    /// Destroy the transaction.
    End(Ended),
}

/// The table that stands above a machine, read back from its source: rows of
/// `| state | input | next state | actions | clause |`.
#[cfg(test)]
pub(super) fn walk_table<S: Debug + Copy, I: Debug + Copy>(
    source: &str,
    states: &[S],
    inputs: &[I],
    step: impl Fn(S, I) -> (S, &'static [Action]),
) {
    let rows: Vec<Vec<&str>> = source
        .lines()
        .filter_map(|line| line.strip_prefix("//! | "))
        .map(|line| line.trim_end_matches(" |").split('|').map(str::trim).collect())
        .filter(|row: &Vec<&str>| row.len() == 5 && row[0] != "state" && !row[0].starts_with('-'))
        .collect();
    assert_eq!(rows.len(), states.len() * inputs.len(), "one row for each cell");
    for state in states {
        for input in inputs {
            let (names, here) = (format!("{input:?}"), format!("{state:?}"));
            let mut cell = rows.iter().filter(|row| row[0] == here && row[1] == names);
            let row = cell
                .next()
                .unwrap_or_else(|| panic!("no row for {state:?} x {input:?}"));
            assert!(cell.next().is_none(), "two rows for {state:?} x {input:?}");
            let (next, actions) = step(*state, *input);
            let listed = actions
                .iter()
                .map(|action| format!("{action:?}"))
                .collect::<Vec<_>>()
                .join(", ");
            let wanted = if row[3] == "-" { "" } else { row[3] };
            assert_eq!(
                (format!("{next:?}").as_str(), listed.as_str()),
                (row[2], wanted),
                "{state:?} x {input:?}"
            );
            assert!(!row[4].is_empty(), "no clause for {state:?} x {input:?}");
        }
    }
}
