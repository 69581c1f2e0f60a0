//! Contact lists and campaigns of a customer file.

use std::collections::BTreeMap;

use pointsman_policy::tree::yaml::{NumberText, Ring, WeekForm};
use schemars::JsonSchema;
use serde::Deserialize;

use super::text::SpanText;

/// Whom a campaign calls: numbers, or a CSV file whose first column has them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ContactList")]
#[schemars(extend("oneOf" = [{ "required": ["numbers"] }, { "required": ["file"] }]))]
pub(crate) struct ContactListForm {
    /// The numbers, at most 100.
    pub(crate) numbers: Option<Vec<NumberText>>,
    /// A CSV file, relative to this file; a first row without a number is a heading.
    pub(crate) file: Option<String>,
    /// Who of them is not called.
    #[serde(default)]
    pub(crate) do_not_call: Vec<NumberText>,
}

/// Whom no campaign of the customer calls: numbers, or a CSV file whose first column has them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DoNotCall")]
#[schemars(extend("oneOf" = [{ "required": ["numbers"] }, { "required": ["file"] }]))]
pub(crate) struct DoNotCallForm {
    /// The numbers.
    pub(crate) numbers: Option<Vec<NumberText>>,
    /// A CSV file, relative to this file; a first row without a number is a heading.
    pub(crate) file: Option<String>,
}

/// That the customer accepted how the message sounds; it alone answers for that.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Acceptance")]
pub(crate) struct AcceptedForm {
    /// Who listened to it.
    pub(crate) by: String,
    /// On which day: "2026-11-24".
    pub(crate) on: String,
}

/// An outbound campaign: a message for everybody on some lists.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Campaign")]
pub(crate) struct CampaignForm {
    /// Contact lists, called in this order; nobody is called twice.
    pub(crate) lists: Vec<String>,
    /// The announcement that is the message.
    pub(crate) message: String,
    /// Who accepted how it sounds, and when.
    #[schemars(required, with = "AcceptedForm")]
    pub(crate) accepted: Option<AcceptedForm>,
    /// The trunk by which people are called.
    pub(crate) trunk: String,
    /// The number they see: one of this customer.
    pub(crate) caller: NumberText,
    /// No-answer timer of a call, 1s to 2m.
    #[serde(default = "ring")]
    pub(crate) ring: Ring,
    /// Calls at a time, 1 to 5.
    pub(crate) concurrent: Option<u32>,
    /// Time between two starts, 1s to 5s.
    pub(crate) gap: Option<SpanText>,
    /// When it begins by itself, in the customer's zone: "2026-12-01 09:00".
    pub(crate) start: Option<String>,
    /// In which hours it may dial, in the customer's zone; none: at any time.
    #[serde(default)]
    pub(crate) hours: Vec<WeekForm>,
    /// What happens after a busy line.
    pub(crate) busy: Option<RetryForm>,
    /// What happens after a call that nobody took.
    pub(crate) no_answer: Option<RetryForm>,
    /// What the keys of those who listen do; none: the message is broadcast.
    #[serde(default)]
    pub(crate) keys: BTreeMap<String, KeyForm>,
    /// How long a key may come after the end of the message.
    pub(crate) patience: Option<SpanText>,
    /// Announcement for those whom no agent can take.
    pub(crate) sorry: Option<String>,
}

fn ring() -> Ring {
    Ring(std::time::Duration::from_secs(25))
}

/// More attempts after one outcome.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Retry")]
pub(crate) struct RetryForm {
    /// How many more, 1 to 10.
    #[schemars(range(min = 1, max = 10))]
    pub(crate) times: u32,
    /// How long after the end of the last one.
    pub(crate) after: SpanText,
}

/// Whom a key leads to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CampaignKey")]
pub(crate) struct KeyForm {
    /// Numbers of agents.
    pub(crate) agents: Vec<NumberText>,
    /// The trunk that leads to them.
    pub(crate) trunk: String,
    /// No-answer timer of each, 1s to 2m.
    #[serde(default = "ring")]
    pub(crate) ring: Ring,
    /// In which order they are rung.
    #[serde(default)]
    pub(crate) order: OrderWord,
}

/// In which order agents are rung.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "RingOrder")]
pub(crate) enum OrderWord {
    /// As they are written.
    #[default]
    InOrder,
    /// Each call begins with another one.
    Rotate,
}
