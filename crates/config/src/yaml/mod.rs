//! YAML text to typed forms, with the place of every key and value.

mod decode;
mod each;
mod mark;
mod raw;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use decode::{Fault, Sink, decode};
pub(crate) use each::{At, Each};
pub(crate) use mark::{Span, SyntaxError};
pub(crate) use value::{Kind, TextFault, Value, read};
