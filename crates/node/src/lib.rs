//! The daemon: the I/O shell around the sans-IO cores.
//!
//! # What it does
//! Owns every socket, clock, thread and file of a running switch. One thread serves SIP with a shard of calls, one
//! relays RTP with a media worker, one writes recordings; small async runtimes serve SIP connections, and HTTP and
//! signals. It
//! starts a node ([`start`], [`run`]), reloads its configuration, drains it and ends it.
//!
//! # What it never does
//! It decides nothing about a call: no SIP is read here beyond the first bytes that are counted, no route is chosen,
//! no packet is judged. The call path never waits for a disk, a lock, the log or HTTP.
//!
//! # Start reading at
//! `node.rs` (what there is and how it is joined; `prepare.rs` holds what can be refused), then `signalling.rs` and `media.rs` (the two loops), then
//! `recorder.rs`.
//!
//! # Invariants
//! * `unsafe` is in `sys` only.
//! * Every queue between threads is bounded; what overflows is counted. No order to the media thread is ever lost.
//! * A thread is woken only if it sleeps and there is something for it.
//! * RTP sockets are bound once and kept; nothing of an old call is heard by a new one on its port.
//! * A configuration with a mistake changes nothing.
//! * No phone number and no digit is logged; numbers appear as keyed tokens ([`Tokens`]).
#![deny(unsafe_code)]

mod access;
mod account;
mod agents;
mod arena;
mod campaigns;
mod clock;
mod error;
mod events;
mod explain;
mod http;
mod journal;
mod kind;
mod ledger;
mod listeners;
mod live;
mod log;
mod mailbox;
mod media;
mod metrics;
mod node;
mod options;
mod owners;
mod plans;
mod ports;
mod prepare;
mod quota;
mod recorder;
mod reload;
mod restart;
mod ring;
mod run;
mod signalling;
mod streams;
#[allow(unsafe_code)]
mod sys;
mod tape;
#[cfg(test)]
mod test_folder;
mod threads;
mod token;
mod trace;
mod wake;
mod wishes;

pub use access::{LOCAL, Scope, UnknownScope, hash_secret, local_token, new_secret};
pub use clock::Clock;
pub use error::{RunError, StartError};
pub use explain::{ExplainError, ExplainRequest, explain_call};
pub use http::openapi;
pub use journal::{JournalHead, JournalLine, ReadFiles};
pub use log::{flush_logging, start_logging};
pub use node::{RunningNode, start};
pub use options::NodeOptions;
pub use prepare::database;
pub use reload::{MistakeReport, ReloadReport};
pub use run::run;
pub use token::Tokens;
