//! What went over the network, one line per SIP message.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use pointsman_sip::Message;

/// One message.
#[derive(Clone, Debug)]
pub struct Line {
    /// Since the world began.
    pub at: Duration,
    /// Sender.
    pub from: SocketAddr,
    /// Receiver.
    pub to: SocketAddr,
    /// The network lost it.
    pub lost: bool,
    /// Start line up to the method or the status, with the CSeq method of a response: `INVITE`, `200 BYE`.
    pub what: String,
    /// The message.
    pub message: Option<Message>,
}

/// All lines so far.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    lines: Vec<Line>,
}

impl Transcript {
    pub(crate) fn add(
        &mut self,
        at: Duration,
        from: SocketAddr,
        to: SocketAddr,
        lost: bool,
        payload: &bytes::Bytes,
    ) {
        let message = Message::parse(payload.clone()).ok();
        let what = match &message {
            Some(message) => match message.status() {
                Some(status) => format!("{} {}", status.0, message.cseq().1),
                None => message.method().to_string(),
            },
            None => "not SIP".to_owned(),
        };
        self.lines.push(Line {
            at,
            from,
            to,
            lost,
            what,
            message,
        });
    }

    /// Every line.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// What was sent from one address to another, in order.
    #[must_use]
    pub fn between(&self, from: SocketAddr, to: SocketAddr) -> Vec<&str> {
        self.lines
            .iter()
            .filter(|line| line.from == from && line.to == to)
            .map(|line| line.what.as_str())
            .collect()
    }

    /// The messages `what` from one address to another.
    #[must_use]
    pub fn messages(&self, from: SocketAddr, to: SocketAddr, what: &str) -> Vec<&Message> {
        self.lines
            .iter()
            .filter(|line| line.from == from && line.to == to && line.what == what)
            .filter_map(|line| line.message.as_ref())
            .collect()
    }

    /// As text: the same seed gives the same bytes.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            let lost = if line.lost { " (lost)" } else { "" };
            let _ = writeln!(
                text,
                "{:>10.3} {} -> {} {}{lost}",
                line.at.as_secs_f64(),
                line.from,
                line.to,
                line.what
            );
        }
        text
    }
}
