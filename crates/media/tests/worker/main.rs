//! The relay by its public face: one file per behaviour.

mod announce;
mod arbitrary;
mod bridge;
mod digits;
mod latch;
mod rtcp;
mod silence;
mod tap;
mod world;
