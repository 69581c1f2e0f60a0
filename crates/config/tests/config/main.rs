//! The configuration from outside, one behaviour per file.

mod customer_slips;
mod node_slips;
mod samples;
mod tree_slips;
mod world;
