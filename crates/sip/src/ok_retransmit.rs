//! Our 2xx until its ACK (RFC 3261 section 13.3.1.4).
use std::time::Instant;

use crate::{Message, Timers};

/// What is due.
#[derive(Debug, Clone)]
pub enum OkAction {
    /// Send the 2xx again.
    Resend(Message),
    /// 64*T1 went by without an ACK: the call sends BYE.
    GiveUp,
}

/// Repeats a 2xx from T1 to T2 until its ACK.
#[derive(Debug, Clone)]
pub struct OkRetransmit {}

impl OkRetransmit {
    /// The 2xx was sent for the first time.
    pub fn start(now: Instant, timers: Timers, response: Message) -> Self {
        let _ = (now, timers, response);
        todo!()
    }
    /// Next deadline; `None` once acknowledged or given up.
    pub fn poll_timeout(&self) -> Option<Instant> {
        todo!()
    }
    /// What is due at `now`.
    pub fn handle_timeout(&mut self, now: Instant) -> Option<OkAction> {
        let _ = now;
        todo!()
    }
    /// The ACK came.
    pub fn acked(&mut self) {
        todo!()
    }
}
