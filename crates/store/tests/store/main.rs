//! The store from outside, one behaviour per file.

mod batches;
mod common;
mod cost;
mod crash;
mod plans;
mod readers;
mod stalled;
