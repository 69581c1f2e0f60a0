//! What unit tests share.
use std::time::Instant;

/// Some instant to count from; tests only ever add to it.
#[expect(
    clippy::disallowed_methods,
    reason = "std has no other way to an Instant; tests never read it again"
)]
pub(crate) fn epoch() -> Instant {
    Instant::now()
}
