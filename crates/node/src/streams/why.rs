//! Why a connection ended.

use std::io;

/// Why a connection ended. The text is a metrics label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// The peer closed it.
    Peer,
    /// The peer reset it.
    Reset,
    /// Nothing was acknowledged any more.
    Dead,
    /// Nothing came for the idle time.
    Idle,
    /// A message was not whole in time.
    Slow,
    /// What came could not be cut into messages.
    Broken,
    /// The peer did not read what we wrote.
    Overflow,
    /// The peer was banned.
    Banned,
    /// We are ending.
    Ours,
    /// It could not be opened: refused.
    Refused,
    /// It could not be opened: nobody answered in time.
    NoAnswer,
    /// It could not be opened for another reason.
    Unreachable,
    /// Another error.
    Error,
}

impl Why {
    pub(crate) const ALL: [Self; 13] = [
        Self::Peer,
        Self::Reset,
        Self::Dead,
        Self::Idle,
        Self::Slow,
        Self::Broken,
        Self::Overflow,
        Self::Banned,
        Self::Ours,
        Self::Refused,
        Self::NoAnswer,
        Self::Unreachable,
        Self::Error,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Peer => "peer",
            Self::Reset => "reset",
            Self::Dead => "dead",
            Self::Idle => "idle",
            Self::Slow => "slow",
            Self::Broken => "broken",
            Self::Overflow => "overflow",
            Self::Banned => "banned",
            Self::Ours => "ours",
            Self::Refused => "refused",
            Self::NoAnswer => "no_answer",
            Self::Unreachable => "unreachable",
            Self::Error => "error",
        }
    }

    /// Whether what waited for the connection deserves another one. A peer that does not read, or that nobody wants to
    /// talk to, gets none; of a connection that we let go, all has been said.
    pub(super) const fn saves_the_rest(self) -> bool {
        !matches!(self, Self::Overflow | Self::Banned | Self::Broken | Self::Ours)
    }

    /// Of an error on a connection that was up.
    pub(super) fn of_lost(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => Self::Reset,
            io::ErrorKind::TimedOut => Self::Dead,
            _ => Self::Error,
        }
    }

    /// Of an error while opening one.
    pub(super) fn of_unopened(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => Self::Refused,
            io::ErrorKind::TimedOut => Self::NoAnswer,
            _ => Self::Unreachable,
        }
    }
}
