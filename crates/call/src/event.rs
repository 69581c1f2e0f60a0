//! What a shard tells the durable side, the metrics and the log.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use pointsman_policy::campaign::Progress;

use crate::cdr::{Cdr, RecordingRecord};

/// How a caller leaves a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueExit {
    /// An agent answered.
    Answered,
    /// It waited as long as it may.
    TimedOut,
    /// It keyed the way out.
    Keyed,
    /// As many wait as may.
    Full,
    /// No agent of the group is logged in.
    NobodyLoggedIn,
    /// The call ended: mostly the caller hung up.
    Gone,
}

impl QueueExit {
    /// The word in events.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::TimedOut => "timed_out",
            Self::Keyed => "keyed",
            Self::Full => "full",
            Self::NobodyLoggedIn => "nobody_logged_in",
            Self::Gone => "gone",
        }
    }
}

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
    /// A caller waits in a queue.
    Queued {
        /// The call's identifier.
        call: Arc<str>,
        /// Whose queue.
        customer: Arc<str>,
        /// The skill group.
        group: Arc<str>,
        /// Unix milliseconds.
        at_ms: i64,
    },
    /// A caller does not wait in a queue any more.
    LeftQueue {
        /// The call's identifier.
        call: Arc<str>,
        /// Whose queue.
        customer: Arc<str>,
        /// The skill group.
        group: Arc<str>,
        /// How.
        how: QueueExit,
        /// The agent that has answered, if that is how.
        agent: Option<Arc<str>>,
        /// How long the caller waited.
        waited: Duration,
        /// Unix milliseconds.
        at_ms: i64,
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
