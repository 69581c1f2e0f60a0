//! Scenarios in the virtual world, one behaviour per file; each name is a sentence.

mod announce;
mod basic;
mod campaign;
mod cancel;
mod crossing;
mod delayed;
mod drs;
mod early;
mod families;
mod hunting;
mod known;
mod limits;
mod loss;
mod queue;
mod queue_exits;
mod recorded_agents;
mod recording;
mod refusals;
mod reinvite;
mod replayed;
mod ring_all;
mod stage;
mod transfer;
