//! Live counts of the durable side.

/// What the writer is doing, for `/metrics`, `status` and admission.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gauges {
    /// Events waiting for the writer.
    pub waiting: usize,
    /// The disk does not keep up (the queue is more than half full) or refuses to write: an alarm, and
    /// the reason to admit no further calls.
    pub stalled: bool,
    /// Openings, answers and beginnings of recordings that were not written because the queue was full.
    /// The closing of such a call still is, with everything in it.
    pub skipped: u64,
    /// Finished calls that were lost because even the spill was full, or that SQLite refused: always an
    /// alarm. Each is logged by its identifier.
    pub calls_lost: u64,
    /// Commits so far.
    pub commits: u64,
    /// Commits that failed and were tried again.
    pub failures: u64,
    /// Rows written so far.
    pub rows: u64,
}
