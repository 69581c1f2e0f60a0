//! INVITEs of ours that their call has let go: cancelled, timed out, or answered and over.
//!
//! A 2xx may still come for them: late (it crossed our CANCEL) or repeated (our ACK was lost). The far end is owed an
//! ACK each time, and a BYE the first time if nobody wants its answer (RFC 3261 13.2.2.4, 15.1.1).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::leg::Acked;
use ahash::{AHashMap, RandomState};
use pointsman_sip::{ClientTx, Dialog, Flow, Message, Method, SentAck, TransactionLayer};

/// One dialog that was answered on such an INVITE.
#[derive(Debug)]
struct Answered {
    remote_tag: String,
    ack: SentAck,
}

/// An INVITE that was let go.
#[derive(Debug)]
struct Invite {
    until: Instant,
    /// A provisional response came after the release.
    heard: bool,
    answered: Vec<Answered>,
}

/// The INVITEs let go, each kept for 64*T1 after its release and after every sign that more may come: the first
/// provisional response (the CANCEL goes out only then) and the first 2xx of each dialog (RFC 3261 13.2.2.4).
#[derive(Debug)]
pub(crate) struct Released {
    invites: AHashMap<ClientTx, Invite>,
    /// In the order of time; the last one of an INVITE counts.
    order: VecDeque<(Instant, ClientTx)>,
    keep: Duration,
}

impl Invite {
    fn keep(&mut self, tx: ClientTx, until: Instant, order: &mut VecDeque<(Instant, ClientTx)>) {
        self.until = until;
        order.push_back((until, tx));
    }
}

impl Released {
    pub(crate) fn new(hasher: &RandomState, t1: Duration) -> Self {
        Self {
            invites: AHashMap::with_hasher(hasher.clone()),
            order: VecDeque::new(),
            keep: Self::keep(t1),
        }
    }

    /// Takes over an INVITE, with an ACK that its call has already sent.
    pub(crate) fn take(&mut self, until: Instant, tx: ClientTx, acked: Option<Acked>) {
        let known = self.invites.entry(tx).or_insert_with(|| Invite {
            until,
            heard: false,
            answered: Vec::new(),
        });
        known.until = until;
        if let Some(Acked { remote_tag, ack, .. }) = acked {
            known.answered.reserve_exact(1);
            known.answered.push(Answered { remote_tag, ack });
        }
        self.order.push_back((until, tx));
    }

    /// A response to one of them; `true` if it was ours.
    pub(crate) fn handle_response(
        &mut self,
        now: Instant,
        layer: &mut TransactionLayer,
        tx: ClientTx,
        response: &Message,
        flow: Flow,
    ) -> bool {
        let until = now + self.keep;
        let Some(known) = self.invites.get_mut(&tx) else {
            return false;
        };
        let Some(status) = response.status().filter(|status| status.0 < 300) else {
            return true;
        };
        if status.is_provisional() {
            if !std::mem::replace(&mut known.heard, true) {
                known.keep(tx, until, &mut self.order);
            }
            return true;
        }
        let tag = response.to_tag().unwrap_or_default();
        if let Some(answered) = known.answered.iter().find(|answered| answered.remote_tag == tag) {
            layer.send_again(&answered.ack);
            return true;
        }
        let Some(sent) = layer.sent_request(tx) else {
            return true;
        };
        let Ok(mut dialog) = Dialog::uac(&sent, response, flow) else {
            return true;
        };
        // A re-INVITE makes no dialog: the one it was sent in has had its BYE, or goes on.
        let unwanted = sent.to_tag().is_none();
        let to = dialog.flow();
        let ack = layer.send_ack(now, dialog.ack(response.cseq().0), to);
        if unwanted {
            let bye = dialog.request(&Method::BYE);
            layer.send_request(now, bye, to);
        }
        known.answered.push(Answered {
            remote_tag: tag.to_owned(),
            ack,
        });
        known.keep(tx, until, &mut self.order);
        true
    }

    pub(crate) fn next(&self) -> Option<(Instant, &'static str)> {
        self.order
            .front()
            .map(|(at, _)| (*at, "released INVITE forgotten"))
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        while self.order.front().is_some_and(|(at, _)| *at <= now) {
            if let Some((at, tx)) = self.order.pop_front()
                && self.invites.get(&tx).is_some_and(|invite| invite.until <= at)
            {
                self.invites.remove(&tx);
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.invites.len()
    }

    /// How long an INVITE stays: a CANCEL may be answered until 64*T1 after it was sent, and the 2xx repeats as long.
    pub(crate) fn keep(t1: Duration) -> Duration {
        t1 * 64
    }
}
