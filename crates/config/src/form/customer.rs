//! A customer file.

use std::borrow::Cow;

use pointsman_contract::{Element, Formula};
use pointsman_policy::acm::{AgentForm, GroupForm};
use pointsman_policy::drs::PlanForm;
use pointsman_policy::tree::yaml::{AnnouncementForm, CalendarForm, ListForm, NodeForm, SiteForm};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::campaign::{CampaignForm, ContactListForm, DoNotCallForm};
use super::text::{CountryText, NameText};
use crate::yaml::{At, Each, Section};

/// A customer: its sites, its numbers, and where their calls go.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, title = "Customer file of Pointsman")]
pub(crate) struct CustomerFile {
    /// Version of this format: 1.
    #[schemars(required, with = "u32", range(min = 1, max = 1))]
    pub(crate) version: Option<At<u32>>,
    /// Name used in records and metrics.
    #[schemars(required, with = "NameText")]
    pub(crate) customer: Option<At<NameText>>,
    /// Name for people.
    pub(crate) name: Option<At<String>>,
    /// Who manages the trees.
    pub(crate) managed_by: Option<At<ManagedByWord>>,
    /// What the customer bought.
    #[schemars(required, with = "ContractForm")]
    pub(crate) contract: Option<At<ContractForm>>,
    /// Country of national numbers.
    #[schemars(required, with = "CountryText")]
    pub(crate) country: Option<At<CountryText>>,
    /// Time zone of calendars.
    #[schemars(required, with = "String")]
    pub(crate) zone: Option<At<String>>,
    /// Places where calls are taken, by name.
    pub(crate) sites: Option<Section<Each<SiteForm>>>,
    /// Lists of callers, by name.
    pub(crate) lists: Option<Section<Each<ListForm>>>,
    /// Opening hours, by name.
    pub(crate) calendars: Option<Section<Each<CalendarForm>>>,
    /// Sound files, by name.
    pub(crate) announcements: Option<Section<Each<AnnouncementForm>>>,
    /// Routing trees, by name.
    pub(crate) trees: Option<Section<Each<TreeFrame, false>>>,
    /// Skill groups by name, each with the queue before it.
    pub(crate) skill_groups: Option<Section<Each<GroupForm>>>,
    /// Agents by name.
    pub(crate) agents: Option<Section<Each<AgentForm>>>,
    /// Disaster plans, and who may switch them.
    pub(crate) drs: Option<Section<DrsForm>>,
    /// Voice recording.
    pub(crate) recording: Option<At<RecordingForm>>,
    /// Whom campaigns call, by name: at most 5 lists of at most 100 numbers.
    pub(crate) contact_lists: Option<Section<Each<ContactListForm>>>,
    /// Whom no campaign calls.
    pub(crate) do_not_call: Option<At<DoNotCallForm>>,
    /// Outbound campaigns, by name: at most 2.
    pub(crate) campaigns: Option<Section<Each<CampaignForm>>>,
    /// What each number does.
    #[schemars(with = "Option<Each<NumberForm>>")]
    pub(crate) numbers: Option<Section<Each<IgnoredAny>>>,
}

/// Who manages a customer's trees.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ManagedByWord {
    /// This file is the truth.
    #[default]
    Operator,
    /// This file seeds the first version; then what the customer publishes is the truth.
    Customer,
}

/// What the customer bought: one formula, and options that were ordered with it.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Contract")]
pub(crate) struct ContractForm {
    /// The formula.
    pub(crate) formula: Formula,
    /// What was ordered beyond what the formula includes.
    #[serde(default)]
    pub(crate) options: Vec<Element>,
}

/// Voice recording.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Recording")]
pub(crate) struct RecordingForm {
    /// Capacity in megabytes of 10^6 octets, two minutes each; 500 unless more was ordered.
    pub(crate) capacity_mb: u32,
}

/// Disaster plans, and who may switch them.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Drs")]
pub(crate) struct DrsForm {
    /// What the customer keys on the line to say who it is: 3 to 20 digits.
    pub(crate) line: Option<At<String>>,
    /// The password that goes with it, as `pointsman hash-password` writes it.
    pub(crate) password: Option<At<PasswordForm>>,
    /// The plans by name.
    #[schemars(required, with = "Each<PlanForm>")]
    pub(crate) plans: Option<Section<Each<PlanForm>>>,
}

/// The Argon2 hash of a password, or the file that holds it.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Password")]
#[schemars(extend("oneOf" = [{ "required": ["hash"] }, { "required": ["secret_file"] }]))]
pub(crate) struct PasswordForm {
    /// The hash itself.
    pub(crate) hash: Option<String>,
    /// A file with the hash, relative to this file.
    pub(crate) secret_file: Option<String>,
}

/// A routing tree.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Tree")]
pub(crate) struct TreeFrame {
    /// Time zone, if another than the customer's.
    pub(crate) zone: Option<At<String>>,
    /// Node where calls begin.
    #[schemars(required, with = "String")]
    pub(crate) start: Option<At<String>>,
    /// Nodes by name.
    #[schemars(required, with = "Each<NodeForm>")]
    pub(crate) nodes: Option<Section<Each<NodeForm>>>,
}

/// What belongs to every number; the other keys are settings of its policy.
#[derive(Debug, Deserialize)]
pub(crate) struct NumberForm {
    /// Name of the routing policy.
    pub(crate) policy: String,
    /// Record answered calls.
    #[serde(default)]
    pub(crate) record: bool,
}

impl NumberForm {
    /// Keys that are not settings of the policy.
    pub(crate) const OWN: [&'static str; 2] = ["policy", "record"];
}

impl JsonSchema for NumberForm {
    fn schema_name() -> Cow<'static, str> {
        "NumberSettings".into()
    }

    fn schema_id() -> Cow<'static, str> {
        concat!(module_path!(), "::NumberSettings").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "What a number does; the keys not named here are settings of its policy.",
            "properties": {
                "policy": { "type": "string", "description": "Name of the routing policy, such as trm or direct." },
                "record": { "type": "boolean", "description": "Record answered calls." },
                "tree": { "type": "string", "description": "Policy trm: the routing tree." },
                "trunk": { "type": "string", "description": "Policy direct: the trunk to dial." },
                "ring": { "type": "string", "description": "Policy direct: no-answer timer, such as \"60s\"." },
            },
            "required": ["policy"],
        })
    }
}
