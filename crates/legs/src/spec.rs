//! A call to place.

use std::net::SocketAddr;
use std::time::Duration;

use crate::behaviour::{Action, Speak, Step, Talk};

/// A call that a phone places. Build it with [`CallSpec::new`] and the methods that follow.
#[derive(Clone, Debug)]
pub struct CallSpec {
    /// Which phone of [`crate::Legs`] places it; `None` is the first.
    pub phone: Option<String>,
    /// The caller's number; `None` withholds it (RFC 3323).
    pub from: Option<String>,
    /// The caller's display name.
    pub display: Option<String>,
    /// The called number: user part of the request URI.
    pub to: String,
    /// Where the INVITE is sent; also host and port of the request URI.
    pub via: SocketAddr,
    /// What the caller does once answered.
    pub talk: Talk,
    /// CANCEL this long after the INVITE if there is no answer yet.
    pub cancel_after: Option<Duration>,
    /// INVITE without SDP: the callee offers in its 200 and the ACK answers.
    pub delayed_offer: bool,
    /// Announces `Supported: 100rel` (RFC 3262).
    pub reliable: bool,
    /// Max-Forwards of the INVITE.
    pub max_forwards: u32,
    /// Further headers of the INVITE.
    pub headers: Vec<(String, String)>,
    /// The call is ended by force after this time, whatever happened: nothing runs for ever.
    pub longest: Duration,
}

impl CallSpec {
    /// A call to `to` by way of `via` that speaks silence and waits for the other side to hang up.
    pub fn new(from: &str, to: &str, via: SocketAddr) -> Self {
        Self {
            phone: None,
            from: Some(from.to_owned()),
            display: None,
            to: to.to_owned(),
            via,
            talk: Talk::default(),
            cancel_after: None,
            delayed_offer: false,
            reliable: false,
            max_forwards: 70,
            headers: Vec::new(),
            longest: Duration::from_secs(300),
        }
    }

    /// The same with a withheld number.
    pub fn anonymous(to: &str, via: SocketAddr) -> Self {
        Self {
            from: None,
            ..Self::new("", to, via)
        }
    }

    /// Placed by this phone.
    pub fn on(mut self, phone: &str) -> Self {
        self.phone = Some(phone.to_owned());
        self
    }

    /// Says this once answered.
    pub fn speak(mut self, speak: Speak) -> Self {
        self.talk.speak = speak;
        self
    }

    /// Hangs up after this much talk.
    pub fn hang_up_after(mut self, talk: Duration) -> Self {
        self.talk.hang_up = Some(talk);
        self
    }

    /// Gives up after this time without an answer.
    pub fn cancel_after(mut self, wait: Duration) -> Self {
        self.cancel_after = Some(wait);
        self
    }

    /// Sends no SDP in the INVITE.
    pub fn delayed_offer(mut self) -> Self {
        self.delayed_offer = true;
        self
    }

    /// Does something at a time after the answer.
    pub fn step(mut self, at: Duration, action: Action) -> Self {
        self.talk.steps.push(Step { at, action });
        self
    }

    /// Adds a header to the INVITE.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}
