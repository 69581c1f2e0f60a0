//! What unit tests share.

use std::time::Instant;

/// Some instant to count from; tests only ever add to it.
#[expect(
    clippy::disallowed_methods,
    reason = "std has no other way to an Instant; which one does not matter"
)]
pub(crate) fn epoch() -> Instant {
    Instant::now()
}
