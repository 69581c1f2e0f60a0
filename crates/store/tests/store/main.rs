//! The store from outside, one behaviour per file.

mod access;
mod agents;
mod batches;
mod campaigns;
mod common;
mod cost;
mod crash;
mod plans;
mod readers;
mod recordings;
mod stalled;
