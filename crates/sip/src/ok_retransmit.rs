//! Our 2xx until its ACK (RFC 3261 section 13.3.1.4). The transaction layer does not repeat a 2xx: its ACK is
//! no part of the transaction, so the user agent core does.
use std::time::{Duration, Instant};

use crate::{Message, Timers};

/// What is due.
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "a message is moved on at once, never stored in this form"
)]
pub enum OkAction {
    /// Send the 2xx again, with `TransactionLayer::respond`.
    Resend(Message),
    /// 64*T1 went by without an ACK: the call sends BYE.
    GiveUp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting { next: Instant, interval: Duration },
    Ended,
}

/// Repeats a 2xx after T1, 2*T1 and so on up to every T2, until its ACK or for 64*T1.
#[derive(Debug, Clone)]
pub struct OkRetransmit {
    state: State,
    give_up: Instant,
    t2: Duration,
    response: Message,
}

impl OkRetransmit {
    /// The 2xx was sent for the first time.
    pub fn start(now: Instant, timers: Timers, response: Message) -> Self {
        Self {
            state: State::Waiting {
                next: now + timers.t1,
                interval: timers.t1,
            },
            give_up: now + timers.t1 * 64,
            t2: timers.t2,
            response,
        }
    }

    /// Next deadline; `None` once acknowledged or given up.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Waiting { next, .. } => Some(next.min(self.give_up)),
            State::Ended => None,
        }
    }

    /// What is due at `now`.
    pub fn handle_timeout(&mut self, now: Instant) -> Option<OkAction> {
        let State::Waiting { next, interval } = self.state else {
            return None;
        };
        if now >= self.give_up {
            self.state = State::Ended;
            return Some(OkAction::GiveUp);
        }
        if now < next {
            return None;
        }
        let interval = (interval * 2).min(self.t2);
        self.state = State::Waiting {
            next: now + interval,
            interval,
        };
        Some(OkAction::Resend(self.response.clone()))
    }

    /// The ACK came.
    pub fn acked(&mut self) {
        self.state = State::Ended;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::epoch;

    fn ok() -> Message {
        let text = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=2\r\n\
                    Call-ID: c\r\nCSeq: 1 INVITE\r\n\r\n";
        Message::parse(text.into()).unwrap()
    }

    #[test]
    fn repeats_from_t1_to_t2_and_gives_up_after_64_t1() {
        let start = epoch();
        let mut retransmit = OkRetransmit::start(start, Timers::default(), ok());
        let mut sent = Vec::new();
        let gave_up = loop {
            let now = retransmit.poll_timeout().expect("it runs until it gives up");
            match retransmit.handle_timeout(now) {
                Some(OkAction::Resend(message)) => {
                    assert_eq!(message.raw(), ok().raw());
                    sent.push((now - start).as_millis());
                }
                Some(OkAction::GiveUp) => break (now - start).as_millis(),
                None => panic!("nothing due at its own deadline"),
            }
        };
        assert_eq!(
            sent,
            [500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500]
        );
        assert_eq!(gave_up, 32_000);
        assert_eq!(retransmit.poll_timeout(), None);
    }

    #[test]
    fn an_ack_stops_it() {
        let start = epoch();
        let mut retransmit = OkRetransmit::start(start, Timers::default(), ok());
        assert!(retransmit.handle_timeout(start).is_none());
        retransmit.acked();
        assert_eq!(retransmit.poll_timeout(), None);
        assert!(
            retransmit
                .handle_timeout(start + Duration::from_secs(60))
                .is_none()
        );
    }
}
