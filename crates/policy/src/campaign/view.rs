//! How far campaigns are, for whoever looks.

use serde::{Deserialize, Serialize};

use super::contact::Contact;
use super::plan::{Acceptance, CampaignId};

/// Where a campaign stands.
///
/// | state | start | pause | resume | stop | nobody is left |
/// |---|---|---|---|---|---|
/// | programmed | running | – | – | – | – |
/// | running | – | paused | – | stopped | done |
/// | paused | – | – | running | stopped | – |
/// | stopped | running, with those who are left | – | – | – | – |
/// | done | – | – | – | – | – |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Nobody has started it and its time has not come.
    Programmed,
    /// It dials.
    Running,
    /// It dials nobody for a while; calls that are up go on.
    Paused,
    /// It dials nobody any more, unless it is started again.
    Stopped,
    /// Every contact has an end.
    Done,
}

impl RunState {
    /// The word in reports and tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Programmed => "programmed",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
            Self::Done => "done",
        }
    }

    /// Whether it has begun and is not over: a customer has one such campaign at a time (OUT-14).
    #[must_use]
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }

    /// The state of that word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [
            Self::Programmed,
            Self::Running,
            Self::Paused,
            Self::Stopped,
            Self::Done,
        ]
        .into_iter()
        .find(|state| state.as_str() == word)
    }
}

/// A campaign at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Which.
    pub id: CampaignId,
    /// Where it stands.
    pub state: RunState,
    /// Whether the configuration still has it.
    pub configured: bool,
    /// Who accepted its message; `None` if the configuration has it no longer.
    pub accepted: Option<Acceptance>,
    /// Everybody, in the order of the lists.
    pub contacts: Vec<Contact>,
}
