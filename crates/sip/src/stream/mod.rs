//! SIP on a stream: where a message ends, and which connection leads where.
mod connections;
mod framer;
#[cfg(test)]
mod tests;

pub use connections::Connect;
pub(crate) use connections::Connections;
pub use framer::{BreakReason, Broken, Frame, Framer, MAX_BODY};
