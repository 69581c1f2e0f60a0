//! A queue as written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Language, Wait, fault};
use crate::registry::PolicyError;
use crate::step::Position;
use crate::tree::{QueueExits, QueueNode};

/// Wait for an agent of a skill group.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueueForm {
    /// The skill group.
    pub group: String,
    /// Announcement played over and over while the caller waits.
    pub music: String,
    /// true: answer first (the caller pays). false: play before answering, until an agent answers.
    #[serde(default = "yes")]
    pub answer: bool,
    /// Callers of a higher priority come first, 0 to 255.
    #[serde(default)]
    pub priority: u8,
    /// Longest wait, 1s to 120m.
    pub max_wait: Wait,
    /// Tell callers their place.
    pub announce_position: Option<PositionForm>,
    /// The key by which a caller leaves: a digit, * or #.
    pub exit_key: Option<String>,
    /// Next node for each outcome.
    pub on: QueueExitsForm,
}

/// "You are caller number …".
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Position")]
pub struct PositionForm {
    /// How long between two of them, 10s or more.
    pub every: Wait,
    /// The language.
    pub language: Language,
}

/// Next node for each outcome of a queue.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueueExitsForm {
    /// After a conversation that the agent ended; `end` when left out.
    pub answered: Option<String>,
    /// The longest wait is over.
    pub no_answer: Option<String>,
    /// As many callers wait as may.
    pub congestion: Option<String>,
    /// No agent is logged in.
    pub unreachable: Option<String>,
    /// The exit key was pressed.
    pub keyed: Option<String>,
    /// Every outcome without its own exit; `answered` is not one of them.
    pub otherwise: Option<String>,
}

fn yes() -> bool {
    true
}

impl QueueForm {
    pub(super) fn read(self, faults: &mut Vec<PolicyError>) -> QueueNode {
        let exit_key = self.exit_key.and_then(|text| {
            let mut keys = text.chars();
            let key = keys.next().filter(|_| keys.next().is_none());
            if key.is_none() {
                let message = format!("'{text}' is not one key");
                faults.push(fault(
                    "queue.exit_key".into(),
                    message,
                    "write a digit, * or # in quotes",
                ));
            }
            key
        });
        let QueueExitsForm {
            answered,
            no_answer,
            congestion,
            unreachable,
            keyed,
            otherwise,
        } = self.on;
        QueueNode {
            group: self.group,
            music: self.music,
            answer: self.answer,
            priority: self.priority,
            max_wait: self.max_wait.0,
            position: self.announce_position.map(|position| Position {
                every: position.every.0,
                language: position.language.as_str().to_owned(),
            }),
            exit_key,
            on: QueueExits {
                answered,
                no_answer,
                congestion,
                unreachable,
                keyed,
                otherwise,
            },
        }
    }
}
