//! Where virtual time begins.

use std::time::Instant;

/// Monday 2026-03-02 10:00 UTC: every world begins then unless told otherwise.
pub(crate) const START_MS: i64 = 1_772_445_600_000;

#[expect(
    clippy::disallowed_methods,
    reason = "the one base of virtual time; nothing depends on its value"
)]
pub(crate) fn any_instant() -> Instant {
    Instant::now()
}
