//! What events say.

use std::sync::Arc;

use pointsman_call::Outcome;
use pointsman_policy::acm::AgentState;
use schemars::JsonSchema;
use serde::Serialize;

use crate::token::Tokens;

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "type")]
pub(crate) enum Happening {
    /// A call was admitted.
    #[serde(rename = "call.opened")]
    CallOpened {
        call: Arc<str>,
        /// Caller; none if withheld. A keyed token unless the token of the API has scope `calls`.
        from: Option<Arc<str>>,
        /// Called number, likewise.
        to: Arc<str>,
        trunk: Arc<str>,
    },
    /// The caller was answered.
    #[serde(rename = "call.answered")]
    CallAnswered { call: Arc<str> },
    /// A call is over.
    #[serde(rename = "call.closed")]
    CallClosed {
        call: Arc<str>,
        from: Option<Arc<str>>,
        to: Arc<str>,
        outcome: Option<Outcome>,
        talk_ms: i64,
    },
    /// A recording began.
    #[serde(rename = "recording.started")]
    RecordingStarted {
        call: Arc<str>,
        /// As `GET /v1/recordings` names it.
        recording: String,
    },
    /// A recording ended.
    #[serde(rename = "recording.ended")]
    RecordingEnded {
        call: Arc<str>,
        recording: String,
        duration_ms: u64,
        /// What went wrong, if something did.
        error: Option<String>,
    },
    /// A call is not recorded, because the customer's capacity is full (REC-25).
    #[serde(rename = "recording.refused")]
    RecordingRefused { call: Arc<str> },
    /// A disaster plan was switched.
    #[serde(rename = "plan.switched")]
    PlanSwitched {
        plan: String,
        on: bool,
        /// Who wanted it.
        by: String,
    },
    /// An agent is in another state.
    #[serde(rename = "agent.state")]
    AgentState {
        agent: String,
        state: AgentState,
        /// Why it pauses.
        reason: Option<String>,
    },
    /// A caller waits in a queue.
    #[serde(rename = "queue.entered")]
    QueueEntered {
        call: Arc<str>,
        /// The skill group.
        queue: Arc<str>,
    },
    /// A caller does not wait any more.
    #[serde(rename = "queue.left")]
    QueueLeft {
        call: Arc<str>,
        /// The skill group.
        queue: Arc<str>,
        /// `answered`, `timed_out`, `keyed`, `full`, `nobody_logged_in`, or `gone` when the call ended.
        how: &'static str,
        /// Who answered.
        agent: Option<Arc<str>>,
        waited_ms: u64,
    },
    /// A campaign is in another state.
    #[serde(rename = "campaign.state")]
    CampaignState {
        campaign: String,
        /// `running`, `paused`, `stopped` or `done`.
        state: &'static str,
        /// Who wanted it.
        by: String,
    },
    /// An attempt of a campaign is over.
    #[serde(rename = "campaign.attempt")]
    CampaignAttempt {
        campaign: String,
        /// Who was called; a keyed token unless the token of the API has scope `calls`.
        number: String,
        /// How it ended, as `GET /v1/campaigns/CUSTOMER/CAMPAIGN` names it.
        outcome: &'static str,
    },
    /// The configuration was read again.
    #[serde(rename = "config.reloaded")]
    ConfigReloaded {
        /// Whether it is in force.
        ok: bool,
        /// The version in force afterwards.
        version: String,
    },
    /// Events found no room.
    #[serde(rename = "events.lost")]
    Lost { count: u64 },
}

impl Happening {
    /// The type, as JSON and the stream name it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::CallOpened { .. } => "call.opened",
            Self::CallAnswered { .. } => "call.answered",
            Self::CallClosed { .. } => "call.closed",
            Self::RecordingStarted { .. } => "recording.started",
            Self::RecordingEnded { .. } => "recording.ended",
            Self::RecordingRefused { .. } => "recording.refused",
            Self::PlanSwitched { .. } => "plan.switched",
            Self::AgentState { .. } => "agent.state",
            Self::QueueEntered { .. } => "queue.entered",
            Self::QueueLeft { .. } => "queue.left",
            Self::CampaignState { .. } => "campaign.state",
            Self::CampaignAttempt { .. } => "campaign.attempt",
            Self::ConfigReloaded { .. } => "config.reloaded",
            Self::Lost { .. } => "events.lost",
        }
    }

    /// The call whose customer the event does not name.
    pub(super) fn call(&self) -> Option<&Arc<str>> {
        match self {
            Self::CallAnswered { call } | Self::RecordingStarted { call, .. } => Some(call),
            _ => None,
        }
    }
}

/// An event with its number.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Event {
    /// Rises by one with each event, and over restarts.
    pub(crate) id: u64,
    /// Unix milliseconds.
    pub(crate) at_ms: i64,
    /// Whom it concerns; none: the whole node.
    pub(crate) customer: Option<Arc<str>>,
    /// What happened.
    #[serde(flatten)]
    pub(crate) what: Happening,
}

impl Event {
    /// The same with keyed tokens in place of phone numbers.
    pub(crate) fn without_numbers(mut self, tokens: &Tokens) -> Self {
        match &mut self.what {
            Happening::CallOpened { from, to, .. } | Happening::CallClosed { from, to, .. } => {
                *from = from.as_deref().map(|number| tokens.token_of(number).into());
                *to = tokens.token_of(to).into();
            }
            Happening::CampaignAttempt { number, .. } => *number = tokens.token_of(number),
            Happening::PlanSwitched { by, .. } | Happening::CampaignState { by, .. } => {
                *by = tokens.without_number(by);
            }
            _ => {}
        }
        self
    }
}
