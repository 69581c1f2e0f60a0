//! The virtual world: the switch, phones and a lossy network in virtual time, all from one seed.
//!
//! # What it does
//! Runs a real [`Shard`](pointsman_call::Shard), a real media worker, real recorders and simulated phones against a
//! clock that jumps from one deadline to the next. Thirty-two second timers pass in microseconds; the same seed gives
//! the same transcript, byte for byte.
//!
//! # What it never does
//! No sockets, no clock, no threads, no files. It replaces nothing of the switch: only what surrounds it.
//!
//! # Start reading at
//! [`World`], then `tests/scenarios/`: one behaviour per file.
//!
//! # Invariants
//! After [`World::settle`] every table of the switch is empty and every port is back, or the world panics with its
//! seed and transcript. Every admitted call has exactly one CDR. In [`chaos`] all that must hold is checked after
//! every step.
#![forbid(unsafe_code)]

pub mod chaos;
mod clock;
mod network;
pub mod office;
mod plain;
mod plan;
mod setup;
mod tape;
mod transcript;
mod watch;
mod world;

pub use network::{Conditions, Network};
pub use plain::{PlainCalls, Up};
pub use plan::{Plan, dial, dial_all, play, reject, site};
pub use setup::WorldSetup;
pub use tape::Tapes;
pub use transcript::{Line, Transcript};
pub use world::{Host, SWITCH, SWITCH6, World};
