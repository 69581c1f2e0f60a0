//! The configuration from outside, one behaviour per file.

mod across_files;
mod agents;
mod built;
mod campaigns;
mod changes;
mod contract;
mod customer_slips;
mod drs;
mod follow_ups;
mod node_slips;
mod policies;
mod report;
mod samples;
mod schema;
mod texts;
mod tree_slips;
mod validate;
mod world;
