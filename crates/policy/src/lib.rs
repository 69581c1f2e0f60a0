//! Where does a call go? Policies answer that question, one step at a time.
//!
//! # What it does
//! Defines [`RoutingPolicy`], the pure function from (facts of the call, cursor, how the last step ended) to the next
//! step; the routing trees of a customer ([`tree`], policy `trm`) with their checker ([`check`]); the builtin policy
//! `direct`; number normalisation ([`number`]); and the plain-English explanation of a decision ([`explain`]).
//!
//! # What it never does
//! It reads no clock, no file and no network, keeps no state between two steps, and never places a call: the `call`
//! crate executes the steps and reports how they ended.
//!
//! # Start reading at
//! [`RoutingPolicy::step`], then [`tree::Trm`] for how a tree is evaluated and [`check::check`] for what is proved.
//!
//! # Invariants
//! * The same policy version, facts, cursor and outcome give the same decision, for ever.
//! * A tree that [`tree::compile`] accepts brings every call to a step that answers or ends it, within a bounded number
//!   of steps and a bounded ring time.
//! * Every decision says why, in words, naming the fact it read.
#![forbid(unsafe_code)]

pub mod acm;
mod ask;
pub mod campaign;
pub mod check;
mod customer;
mod direct;
pub mod drs;
pub mod explain;
mod facts;
mod hash;
pub mod number;
mod registry;
mod step;
pub mod tree;
mod walk;
mod words;

pub use ask::{Answer, Ask, Question, Secret};
pub use customer::{Announcement, CustomerContext, Kind, Site};
pub use direct::Direct;
pub use facts::{Caller, Facts, Lines};
pub use hash::{content_hash, octets_hash};
pub use registry::{Factory, PolicyError, Registry, settings};
pub use step::{
    AT_ONCE_MAX, Collect, Cursor, Decision, Dial, Ended, Play, Position, Queue, RoutingPolicy, Step, Target,
    Trace, UnknownOutcome,
};
pub use walk::{Outcome, STEP_LIMIT, Walk, walk};
