//! The real daemon over real sockets: calls between simulated phones, HTTP, reload, restart and end.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod abuse;
mod agents;
mod api;
mod calls;
mod campaigns;
mod entitlements;
mod families;
mod http;
mod journal;
mod lifecycle;
mod plans;
mod policies;
mod process;
mod recording;
mod refusals;
mod reload;
mod stalled;
mod streams;
mod torture;
mod world;
