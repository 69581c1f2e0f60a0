//! The B2BUA: calls that own their legs, driven by SIP, media and policy.
//!
//! # What it does
//! Terminates each call as a user agent, asks the number's routing policy what to do, hunts over
//! attempts, bridges the media, carries re-INVITE, INFO and BYE across, and emits one CDR.
//!
//! # What it never does
//! No I/O, no clock, no threads, no locks. It names no socket: datagrams come in with a [`Flow`] and go
//! out as [`Transmit`]s; RTP is handled by a media worker that it commands and hears of.
//!
//! # Start reading at
//! [`Shard`], then `call.rs` (everything that can happen to a call), then `flow/` (one file per flow).
//!
//! # Invariants
//! Every admitted call yields exactly one CDR. No leg outlives its call. Every 2xx received is ACKed,
//! and a 2xx nobody wants any more is ACKed and sent BYE. After quiescence all tables are empty and all
//! ports are back.
//!
//! [`Flow`]: pointsman_sip::Flow
//! [`Transmit`]: pointsman_sip::Transmit
#![forbid(unsafe_code)]

mod addresses;
mod admission;
mod asked;
mod call;
mod cdr;
mod core;
mod desk;
mod ended;
mod event;
mod flow;
mod journal;
mod leg;
mod outcome;
mod rate;
mod released;
mod replay;
mod routing;
mod shard;
mod timers;

pub use addresses::MediaAddresses;
pub use admission::network_of;
pub use asked::{Asked, CallRef};
pub use cdr::{
    Attempt, CampaignRecord, Cdr, EndedBy, LegRecord, Origin, Outcome, PathEntry, RecordingRecord,
};
pub use event::{CallEvent, QueueExit};
pub use journal::{Entry, Line, Octets, Path};
pub use replay::{Difference, Replay};
pub use routing::{CampaignEntry, NumberEntry, RecordedAgent, Routing, Source, Trunk, TrunkLimits};
pub use shard::{Gauges, Shard, ShardConfig};
