//! A leg: our dialog with one side of a call, its stream, and what is still owed on it.

use std::sync::Arc;
use std::time::Instant;

use crate::flow::dial::{ALLOW, ALLOW_REFER};
use pointsman_media::{Family, Latch, Origin, Port, Sdp, StreamSpec};
use pointsman_sip::{ClientTx, Dialog, Message, OkRetransmit, SentAck, ServerTx};

/// Where the INVITE that made the leg stands.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "every call has one of the large variant; boxing it would cost an allocation"
)]
pub(crate) enum Invite {
    /// The caller's, without a final response so far.
    Received { tx: ServerTx, request: Message },
    /// Ours, without a final response so far.
    Sent { tx: ClientTx },
    /// Answered with a 2xx.
    Answered,
    /// Refused, cancelled, or the dialog has ended.
    Over,
}

/// An ACK of ours, kept because the 2xx it answers may come again (RFC 3261 13.2.2.4).
#[derive(Debug)]
pub(crate) struct Acked {
    pub(crate) tx: ClientTx,
    pub(crate) remote_tag: String,
    pub(crate) ack: SentAck,
    /// When the 2xx came first; it comes again for 64*T1.
    pub(crate) since: Instant,
}

/// Our 2xx to an INVITE on this leg, until its ACK.
#[derive(Debug)]
pub(crate) struct Unacknowledged {
    pub(crate) repeat: OkRetransmit,
    pub(crate) cseq: u32,
    pub(crate) tx: ServerTx,
    pub(crate) due: Option<Instant>,
}

/// What the peer is told when its dialog ends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Bye {
    /// The dialog goes on, or there is none.
    NotYet,
    /// To be sent once our 2xx is acknowledged or given up (RFC 3261 section 15). Holds the Reason values.
    Owed(Vec<String>),
    /// Sent, or received.
    Done,
}

/// The family that the writer of a description wants its audio by; `None` if it does not say or wants none.
pub(crate) fn family_of(sdp: &Sdp) -> Option<Family> {
    sdp.audio()
        .filter(|audio| !audio.disabled)
        .and_then(|audio| audio.family())
}

/// One side of a call.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) local_tag: String,
    /// Our TCP listener for requests too large for a datagram, if the peer takes TCP too.
    pub(crate) large: Option<u16>,
    /// Its peer may transfer the call.
    pub(crate) refers: bool,
    /// The family of its stream: one that we have an address of.
    pub(crate) family: Family,
    pub(crate) latch: Latch,
    pub(crate) dialog: Option<Dialog>,
    pub(crate) invite: Invite,
    pub(crate) port: Option<Port>,
    /// The media worker knows the port.
    pub(crate) open: bool,
    pub(crate) origin: Origin,
    /// The last description we sent on this leg.
    pub(crate) local_sdp: Option<Sdp>,
    /// The last description the peer sent.
    pub(crate) remote_sdp: Option<Sdp>,
    /// The offer of a re-INVITE that is still on its way across; becomes `remote_sdp` when it is answered.
    pub(crate) offered_sdp: Option<Sdp>,
    /// The media worker was told to close the port and has not reported yet.
    pub(crate) closing: bool,
    /// No RTP from this side for the RTP time-out.
    pub(crate) silent: bool,
    /// What the media worker was told last.
    pub(crate) spec: Option<StreamSpec>,
    /// Short-lived and large, so apart.
    pub(crate) unacknowledged: Option<Box<Unacknowledged>>,
    pub(crate) acked: Vec<Acked>,
    pub(crate) bye: Bye,
    /// The number that was dialled on it, if its calls are recorded as those of a number of their own (REC-09).
    pub(crate) recorded: Option<Arc<str>>,
    /// The agent that is called on it, if its calls are recorded (REC-05).
    pub(crate) recorded_agent: Option<Arc<str>>,
    /// Index of the attempt that made it; `None` for the caller's leg.
    pub(crate) attempt: Option<usize>,
    pub(crate) ring_until: Option<Instant>,
    pub(crate) silent_until: Option<Instant>,
    pub(crate) rang: bool,
}

impl Leg {
    pub(crate) fn new(
        local_tag: String,
        (family, latch): (Family, Latch),
        invite: Invite,
        origin_id: u64,
    ) -> Self {
        Self {
            local_tag,
            large: None,
            refers: false,
            family,
            latch,
            dialog: None,
            invite,
            port: None,
            open: false,
            origin: Origin {
                id: origin_id,
                version: 1,
            },
            local_sdp: None,
            remote_sdp: None,
            offered_sdp: None,
            closing: false,
            silent: false,
            spec: None,
            unacknowledged: None,
            acked: Vec::new(),
            bye: Bye::NotYet,
            recorded: None,
            recorded_agent: None,
            attempt: None,
            ring_until: None,
            silent_until: None,
            rang: false,
        }
    }

    /// The methods that its peer may use.
    pub(crate) fn allow(&self) -> &'static str {
        if self.refers { ALLOW_REFER } else { ALLOW }
    }

    /// A dialog that both sides know and that nobody has ended.
    pub(crate) fn is_up(&self) -> bool {
        matches!(self.invite, Invite::Answered) && self.bye == Bye::NotYet
    }

    /// Whether a description that answers ours can be used: an answer is of the family of its offer.
    pub(crate) fn takes(&self, answer: &Sdp) -> bool {
        family_of(answer).is_none_or(|family| family == self.family)
    }

    /// Something is still owed to the peer, so the call must stay.
    pub(crate) fn owes(&self) -> bool {
        matches!(self.bye, Bye::Owed(_))
    }

    /// The stored ACK for a repeated 2xx.
    pub(crate) fn ack_for(&self, tx: ClientTx, remote_tag: &str) -> Option<&SentAck> {
        self.acked
            .iter()
            .find(|acked| acked.tx == tx && acked.remote_tag == remote_tag)
            .map(|acked| &acked.ack)
    }
}
