//! YAML text to typed forms, with the place of every key and value.

mod access;
mod decode;
mod each;
mod fault;
mod mark;
mod raw;
mod value;

pub(crate) use decode::decode;
pub(crate) use each::{At, Each, Section};
pub(crate) use fault::{Fault, FaultKind, Sink, missing};
pub(crate) use mark::Span;
pub(crate) use value::{Entry, Kind, TextFault, Value, read, steps};

#[cfg(test)]
mod tests;
