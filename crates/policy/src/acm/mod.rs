//! Agents and their queues: who is free, who waits, and who gets whom (requirements ACM-01 to ACM-12).
//!
//! One [`Owner`] decides for a node. Calls live in shards, so the two tell each other [`Word`]s and [`Notice`]s, any of
//! which may be lost, repeated or late: four times a second a shard that has anything to do with a queue says what it
//! has ([`Word::Alive`]), and what it does not name any more is freed. So a lost report, a lost BYE or a crashed shard
//! costs an agent two seconds, not its day.
//!
//! Why no agent is ever in two calls: an agent is reserved before it is offered, an offer is void once its shard has
//! made the `before`th of its beats, and it is freed without a report only when a beat not older than that does not name it.

mod agent;
mod directory;
mod mail;
mod owner;
mod queue;
mod view;
mod yaml;

pub use directory::{AgentId, AgentSetup, Directory, GroupId, GroupSetup, Start, Strategy};
pub use mail::{BEAT, Held, Notice, Offer, Phase, Refusal, Report, ReservationId, ShardId, Ticket, Word};
pub use owner::{LEASE, MOST_REASON, Owner, UnknownAgent};
pub use view::{AgentState, AgentView, QueueView, Snapshot, Wish};
pub use yaml::{AgentForm, GroupForm};
