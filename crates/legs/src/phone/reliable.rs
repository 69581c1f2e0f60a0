//! Reliable provisional responses (RFC 3262), both halves.

use std::time::Duration;

use pointsman_sip::{Message, Method, Name, ServerTx, Status};

use crate::phone::call::{Call, Cx, State, Task};
use crate::phone::requests::{Pending, Purpose};
use crate::phone::words::PRODUCT;
use crate::report::EndedBy;

/// A provisional response that is repeated until its PRACK.
#[derive(Debug)]
pub(super) struct Reliable {
    rseq: u32,
    response: Message,
    interval: Duration,
    waited: Duration,
    acknowledged: bool,
    has_answer: bool,
}

impl Reliable {
    pub(super) fn new(rseq: u32, response: Message, t1: Duration, has_answer: bool) -> Self {
        Self {
            rseq,
            response,
            interval: t1,
            waited: t1,
            acknowledged: false,
            has_answer,
        }
    }

    /// It carries SDP and has no PRACK yet: no 2xx may be sent.
    pub(super) fn blocks(&self) -> bool {
        self.has_answer && !self.acknowledged
    }

    pub(super) fn has_answer(&self) -> bool {
        self.has_answer
    }
}

/// What the sender of an INVITE says about reliable provisional responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Support {
    No,
    Can,
    Must,
}

impl Support {
    pub(super) fn of(invite: &Message) -> Self {
        let named = |name| {
            invite
                .values(name)
                .any(|value| value.eq_ignore_ascii_case("100rel"))
        };
        match (named(Name::Require), named(Name::Supported)) {
            (true, _) => Self::Must,
            (false, true) => Self::Can,
            (false, false) => Self::No,
        }
    }
}

impl Call {
    /// T1, doubled each time, for 64 times T1 in all (RFC 3262, 3).
    pub(super) fn repeat_reliable(&mut self, cx: &mut Cx<'_>) {
        let State::Offered(offered) = &mut self.state else {
            return;
        };
        let Some(reliable) = offered
            .reliable
            .as_mut()
            .filter(|reliable| !reliable.acknowledged)
        else {
            return;
        };
        if reliable.waited >= 64 * cx.config.timers.t1 {
            self.report
                .complaints
                .push("the PRACK of our provisional response never came".to_owned());
            return self.refuse_now(cx, EndedBy::Timer);
        }
        reliable.interval *= 2;
        reliable.waited += reliable.interval;
        let (response, interval) = (reliable.response.clone(), reliable.interval);
        cx.layer.respond(cx.now, offered.tx, response);
        self.at(cx.now + interval, Task::RepeatReliable);
    }

    /// A PRACK arrived.
    pub(super) fn prack(&mut self, cx: &mut Cx<'_>, tx: ServerTx, prack: &Message) {
        let Some(dialog) = &self.dialog else { return };
        let mut status = 481;
        if let State::Offered(offered) = &mut self.state
            && let Some(reliable) = &mut offered.reliable
        {
            let (cseq, _) = offered.invite.cseq();
            let expected = format!("{} {cseq} INVITE", reliable.rseq);
            let named = prack.header(Name::RAck).unwrap_or_default();
            if named
                .split_ascii_whitespace()
                .eq(expected.split_ascii_whitespace())
            {
                reliable.acknowledged = true;
                status = 200;
            }
        }
        let response = dialog
            .respond(prack, Status(status), None)
            .header(Name::Server, PRODUCT)
            .finish();
        cx.layer.respond(cx.now, tx, response);
        if matches!(&self.state, State::Offered(offered) if status == 200 && offered.decided) {
            self.decide(cx);
        }
    }

    /// Acknowledges a reliable provisional response of the callee; the answer to its offer goes along.
    pub(super) fn acknowledge_reliable(
        &mut self,
        cx: &mut Cx<'_>,
        response: &Message,
        answer: Option<Vec<u8>>,
    ) {
        let State::Calling(calling) = &mut self.state else {
            return;
        };
        let rseq = response
            .header(Name::RSeq)
            .and_then(|value| value.trim().parse::<u32>().ok());
        let Some(rseq) = rseq else { return };
        let tag = response.to_tag().unwrap_or_default();
        let Some(early) = calling
            .early
            .iter_mut()
            .find(|early| early.dialog.id().remote_tag() == tag)
        else {
            return;
        };
        // Repeated or out of order: not acknowledged again (RFC 3262, 4).
        if early.rseq.is_some_and(|last| rseq != last + 1) {
            return;
        }
        early.rseq = Some(rseq);
        let (cseq, _) = response.cseq();
        let mut prack = early
            .dialog
            .request(&Method::PRACK)
            .header(Name::RAck, &format!("{rseq} {cseq} INVITE"));
        if let Some(answer) = answer {
            prack = prack.body("application/sdp", &answer);
        }
        let flow = early.dialog.flow();
        let tx = cx.layer.send_request(cx.now, prack, flow);
        self.own_client(cx, tx);
        self.pending.push(Pending {
            tx,
            purpose: Purpose::Prack,
        });
    }
}
