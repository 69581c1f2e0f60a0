//! YAML in; mistakes with file, line and column; a validated immutable [`Config`] out.
//!
//! # What it does
//! Reads a node file and the customer files it names ([`load`]), reports every mistake in them together
//! ([`Report`]), builds what the call path needs ([`pointsman_call::Routing`]), says what a change would do
//! ([`diff`]), and writes the JSON Schema of both kinds of file for editors ([`schema`]).
//!
//! # What it never does
//! It opens no socket, reads no clock, and touches no file except through [`Files`]. It never builds half
//! of a configuration: either everything is right, or nothing changes.
//!
//! # Start reading at
//! [`load`], then `assemble.rs` (the order of the checks) and `yaml/` (positions, items decoded on their own).
//!
//! # Invariants
//! * One mistake gives one message. What refers to a mistaken item is no second mistake.
//! * The same files give the same [`Config::version`], whatever the order of their keys.
//! * What [`load`] accepts can route: every name resolves, every tree is total, every prompt is in memory.
#![forbid(unsafe_code)]

mod address;
mod assemble;
mod config;
mod customer;
mod diff;
mod files;
mod form;
mod model;
mod node_file;
mod numbers;
mod report;
mod schema;
mod source;
mod suggest;
mod yaml;

pub use address::http_address;
pub use config::{
    Config, Customer, Limits, Listener, ManagedBy, MediaConfig, NodeConfig, Overrides, load, load_with,
};
pub use diff::{Change, diff};
pub use files::{Disk, Files, Memory};
pub use report::{Mistake, Report};
pub use schema::{FileKind, schema};
