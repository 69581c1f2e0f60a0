//! What a shard tells the durable side, the metrics and the log.

use std::sync::Arc;

use crate::cdr::{Cdr, RecordingRecord};

/// One event of the call path, in the order things happened.
#[derive(Clone, Debug)]
pub enum CallEvent {
    /// A call was admitted. The CDR holds what is known so far.
    Opened(Box<Cdr>),
    /// The caller was answered.
    Answered {
        /// The call's identifier.
        call: Arc<str>,
        /// Unix milliseconds.
        at_ms: i64,
    },
    /// A recording began.
    RecordingStarted {
        /// The call's identifier.
        call: Arc<str>,
        /// What is known of it.
        recording: RecordingRecord,
    },
    /// The call is over; this is its CDR.
    Closed(Box<Cdr>),
    /// An INVITE was refused before it became a call.
    Refused {
        /// Status sent.
        status: u16,
        /// Why, in plain English; bounded set, safe as a metrics label.
        why: &'static str,
    },
    /// A datagram was dropped.
    Dropped {
        /// Why; bounded set, safe as a metrics label.
        why: &'static str,
    },
}
