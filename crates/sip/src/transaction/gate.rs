//! What is decided about a request before there is any state of it.
use crate::Status;

/// What becomes of a request outside a dialog that no transaction knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It gets a transaction.
    Take,
    /// It is answered and forgotten (RFC 3261 section 8.2.7); the ACK of that answer is absorbed.
    Refuse(Refusal),
    /// It is dropped without an answer. Why, for the shell to count.
    Drop(&'static str),
}

/// An answer without state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// A final failure.
    pub status: Status,
    /// Text of the Warning, code 399 (RFC 3261 section 20.43).
    pub warning: &'static str,
    /// Seconds in Retry-After.
    pub retry_after: Option<u16>,
}
