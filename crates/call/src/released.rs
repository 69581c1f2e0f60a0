//! INVITEs of ours that their call has let go: cancelled, timed out, or answered and over.
//!
//! A 2xx may still come for them: late (it crossed our CANCEL) or repeated (our ACK was lost). The far end is owed an
//! ACK each time, and a BYE the first time if nobody wants its answer (RFC 3261 13.2.2.4, 15.1.1).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::leg::Acked;
use ahash::{AHashMap, RandomState};
use bytes::Bytes;
use pointsman_sip::{ClientTx, Dialog, Flow, Message, Method, TransactionLayer};

/// One dialog that was answered on such an INVITE.
#[derive(Debug)]
struct Answered {
    remote_tag: String,
    ack: Bytes,
    flow: Flow,
}

/// The INVITEs let go, each kept for 64*T1 after its release.
#[derive(Debug)]
pub(crate) struct Released {
    invites: AHashMap<ClientTx, Vec<Answered>>,
    order: VecDeque<(Instant, ClientTx)>,
}

impl Released {
    pub(crate) fn new(hasher: &RandomState) -> Self {
        Self {
            invites: AHashMap::with_hasher(hasher.clone()),
            order: VecDeque::new(),
        }
    }

    /// Takes over an INVITE, with the ACKs its call has already sent and where they went.
    pub(crate) fn take(
        &mut self,
        until: Instant,
        tx: ClientTx,
        acked: impl IntoIterator<Item = Acked>,
        flow: Option<Flow>,
    ) {
        let known = self.invites.entry(tx).or_default();
        known.reserve_exact(usize::from(flow.is_some()));
        for acked in acked {
            if let Some(flow) = flow {
                known.push(Answered {
                    remote_tag: acked.remote_tag,
                    ack: acked.ack,
                    flow,
                });
            }
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
        let Some(known) = self.invites.get_mut(&tx) else {
            return false;
        };
        if !response.status().is_some_and(pointsman_sip::Status::is_success) {
            return true;
        }
        let tag = response.to_tag().unwrap_or_default();
        if let Some(answered) = known.iter().find(|answered| answered.remote_tag == tag) {
            layer.send_again(&answered.ack, answered.flow);
            return true;
        }
        let Some(Ok(mut dialog)) = layer
            .sent_request(tx)
            .map(|sent| Dialog::uac(&sent, response, flow))
        else {
            return true;
        };
        let to = dialog.flow();
        let ack = layer.send_ack(now, dialog.ack(response.cseq().0), to);
        let bye = dialog.request(&Method::BYE);
        layer.send_request(now, bye, to);
        known.push(Answered {
            remote_tag: tag.to_owned(),
            ack,
            flow: to,
        });
        true
    }

    pub(crate) fn next(&self) -> Option<(Instant, &'static str)> {
        self.order
            .front()
            .map(|(at, _)| (*at, "released INVITE forgotten"))
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        while self.order.front().is_some_and(|(at, _)| *at <= now) {
            if let Some((_, tx)) = self.order.pop_front() {
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
