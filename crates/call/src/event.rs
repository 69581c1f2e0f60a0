//! What a shard tells the durable side, the metrics and the log.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use pointsman_policy::campaign::Progress;

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
    /// What it takes to end the call's dialogs after a crash; replaces what was said before.
    Dialogs {
        /// The call's identifier.
        call: Arc<str>,
        /// As [`pointsman_sip::Dialog::save`] writes them.
        dialogs: String,
    },
    /// A recording began.
    RecordingStarted {
        /// The call's identifier.
        call: Arc<str>,
        /// What is known of it.
        recording: RecordingRecord,
    },
    /// A call is not recorded, because the customer's capacity is full (REC-25).
    NotRecorded {
        /// The call's identifier.
        call: Arc<str>,
        /// The customer.
        customer: Arc<str>,
    },
    /// The call is over; this is its CDR.
    Closed(Box<Cdr>),
    /// How far an attempt of a campaign is; the last one says how it ended.
    Contact {
        /// The attempt.
        attempt: u64,
        /// What has happened.
        progress: Progress,
    },
    /// A request outside a dialog was refused: an INVITE that did not become a call, or one that needs credentials or
    /// asks for what we cannot do.
    Refused {
        /// Whether it was an INVITE.
        invite: bool,
        /// Status sent.
        status: u16,
        /// Why, in plain English; bounded set, safe as a metrics label.
        why: &'static str,
    },
    /// An address that is not of a trunk sent faster than it may; its requests are dropped for a while.
    Banned {
        /// The address, or the first one of its IPv6 network (64 bits).
        source: IpAddr,
        /// How long.
        lasts: Duration,
    },
    /// A datagram was dropped.
    Dropped {
        /// Why; bounded set, safe as a metrics label.
        why: &'static str,
    },
}
