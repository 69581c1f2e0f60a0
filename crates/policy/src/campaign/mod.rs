//! Outbound campaigns: a message for the numbers of some lists, and an agent for those who press a key.
//!
//! [`Owner`] alone decides who is called when; [`Script`] decides what a person who answered hears; [`Plan`] is what the
//! customer programmed (requirements OUT-01 to OUT-18).

mod contact;
mod owner;
mod plan;
mod schedule;
mod script;
mod view;

pub use contact::{AttemptEnd, Contact, Progress, Stage};
pub use owner::{
    AttemptId, AttemptRow, CampaignRow, Change, ChangeId, Command, DialOrder, Output, Owner, RequestId,
    Written,
};
pub use plan::{Acceptance, CampaignId, Directory, Pacing, Plan, Retry};
pub use schedule::{Schedule, Window};
pub use script::{Agents, Ring, Script};
pub use view::{RunState, View};
