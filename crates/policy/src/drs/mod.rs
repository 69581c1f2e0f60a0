//! Disaster plans: prepared, switched on by phone, portal or command, and off by themselves after a month.
//!
//! [`Plan`] decides for calls while it is on; [`Switched`] says which plans are on; [`Owner`] alone changes that;
//! [`Line`] is the telephone line by which customers ask it to (requirements DRS-01 to DRS-17).

mod line;
mod owner;
mod plan;
mod switched;
mod wrong;
mod yaml;

pub(crate) use line::LineFactory;
pub use line::{Line, PROMPTS as LINE_PROMPTS};
pub use owner::{
    Change, ChangeId, Directory, Output, Owner, Request, RequestId, Service, What, hash_password,
    is_password_hash,
};
pub use plan::Plan;
pub use switched::{Activation, Switched};
pub use yaml::{PlanForm, TargetForm};

use serde::{Deserialize, Serialize};

/// A plan as somebody who logged in may choose it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Name of the plan.
    pub plan: String,
    /// The key that chooses it by phone.
    pub key: char,
    /// Whether it is on.
    pub on: bool,
}
