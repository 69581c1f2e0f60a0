//! A call as a ladder: a column for each side, the switch between them, messages and decisions in order of time.

pub(crate) mod svg;
pub(crate) mod text;

use pointsman_call::Cdr;
use pointsman_sip::{Message, Method, ParseError};
use serde::Deserialize;

/// What a switch tells about a call.
#[derive(Debug, Deserialize)]
pub(crate) struct Traced {
    call: Cdr,
    messages: Vec<TracedMessage>,
}

#[derive(Debug, Deserialize)]
struct TracedMessage {
    at_us: i64,
    sent: bool,
    transport: String,
    remote: String,
    text: String,
}

/// How far the clock of decisions may be from that of messages, in microseconds.
const CLOCKS_DIFFER_US: i64 = 1_500;

/// One rung.
#[derive(Debug)]
pub(crate) struct Rung {
    /// Microseconds since the first one.
    pub(crate) at_us: i64,
    pub(crate) event: Event,
}

/// What happened.
#[derive(Debug)]
pub(crate) enum Event {
    /// A message between the switch and a side.
    Message {
        /// Index into [`Ladder::sides`].
        side: usize,
        /// Whether the switch sent it.
        sent: bool,
        /// Request or status line in short.
        title: String,
        /// The same message as one before (a retransmission).
        again: bool,
        text: String,
    },
    /// The policy decided.
    Decision { node: String, why: String },
}

/// A call, ready to be drawn.
#[derive(Debug)]
pub(crate) struct Ladder {
    /// `call … from … to …: outcome`.
    pub(crate) title: String,
    /// Address of each side: the caller first, then those that were called, in their order.
    pub(crate) sides: Vec<Side>,
    /// In order of time.
    pub(crate) rungs: Vec<Rung>,
}

/// One side.
#[derive(Debug)]
pub(crate) struct Side {
    pub(crate) name: String,
    pub(crate) address: String,
    transport: String,
}

impl Ladder {
    pub(crate) fn new(traced: Traced) -> Self {
        let call = traced.call;
        let mut ladder = Self {
            title: title_of(&call),
            sides: Vec::new(),
            rungs: Vec::new(),
        };
        for message in traced.messages {
            let side = ladder.side(&call, &message);
            let again = ladder.rungs.iter().any(|rung| {
                matches!(&rung.event, Event::Message { side: other, sent, text, .. }
                    if *other == side && *sent == message.sent && *text == message.text)
            });
            ladder.rungs.push(Rung {
                at_us: message.at_us,
                event: Event::Message {
                    side,
                    sent: message.sent,
                    title: short(&message.text),
                    again,
                    text: message.text,
                },
            });
        }
        ladder.decide(&call);
        let first = ladder.rungs.first().map_or(0, |rung| rung.at_us);
        ladder.rungs.iter_mut().for_each(|rung| rung.at_us -= first);
        ladder
    }

    /// There is no message.
    pub(crate) fn is_empty(&self) -> bool {
        self.sides.is_empty()
    }

    fn side(&mut self, call: &Cdr, message: &TracedMessage) -> usize {
        let known = self
            .sides
            .iter()
            .position(|side| side.address == message.remote && side.transport == message.transport);
        if let Some(known) = known {
            return known;
        }
        let leg = call.legs.iter().position(|leg| *leg.remote == *message.remote);
        let attempt = call
            .attempts
            .iter()
            .find(|attempt| attempt.leg.is_some() && attempt.leg == leg);
        let name = match (leg, attempt) {
            (Some(0), _) => call.trunk.to_string(),
            (_, Some(attempt)) => attempt.trunk.to_string(),
            // A peer that answers from elsewhere, or a leg of which the record knows nothing yet.
            (_, None) if self.sides.is_empty() => call.trunk.to_string(),
            (_, None) => String::new(),
        };
        self.sides.push(Side {
            name,
            address: message.remote.clone(),
            transport: message.transport.clone(),
        });
        self.sides.len() - 1
    }

    /// Puts each decision behind the message that led to it (the INVITE, or a failure), and what led to none (a timer,
    /// the end of an announcement) where its time says. Decisions have a clock of milliseconds, set once a second.
    fn decide(&mut self, call: &Cdr) {
        let mut after = 0;
        for entry in &call.path {
            let at_us = entry.at_ms.saturating_mul(1000);
            let since = self.rungs.get(after..).unwrap_or_default();
            let led = since.iter().position(|rung| {
                let near = (rung.at_us - at_us - 500).abs() <= CLOCKS_DIFFER_US;
                near && matches!(&rung.event, Event::Message { side, sent: false, title, .. } if leads(*side, title))
            });
            let mut place = match led {
                Some(led) => after + led + 1,
                None => after + since.iter().take_while(|rung| rung.at_us < at_us).count(),
            };
            // What the transaction layer answers by itself was sent before anything was decided.
            let is_of_layer = |rung: &Rung| match &rung.event {
                Event::Message {
                    sent: true, title, ..
                } => title == "ACK" || title.starts_with("100 "),
                Event::Decision { .. } => true,
                Event::Message { .. } => false,
            };
            while led.is_some() && self.rungs.get(place).is_some_and(is_of_layer) {
                place += 1;
            }
            let at_us = match place.checked_sub(1).and_then(|last| self.rungs.get(last)) {
                Some(last) if led.is_some() || last.at_us > at_us => last.at_us,
                _ => at_us,
            };
            let (node, why) = (entry.node.clone(), entry.why.clone());
            let event = Event::Decision { node, why };
            self.rungs.insert(place, Rung { at_us, event });
            after = place + 1;
        }
    }
}

/// Whether a message of a side makes the policy decide.
fn leads(side: usize, title: &str) -> bool {
    if side == 0 {
        return title.starts_with("INVITE");
    }
    title.starts_with(['3', '4', '5', '6']) && !title.contains(" for ")
}

fn title_of(call: &Cdr) -> String {
    format!(
        "call {} from {} to {}, policy {}: {}",
        call.id,
        call.from.as_deref().unwrap_or("anonymous"),
        call.to,
        call.policy,
        call.outcome.map_or("up", |outcome| outcome.as_str()),
    )
}

/// `INVITE (SDP)`, `180 Ringing`, `200 OK (SDP)`, `200 OK for BYE`.
fn short(text: &str) -> String {
    let message = match Message::parse(text.as_bytes().to_vec().into()) {
        Ok(message) => message,
        Err(ParseError::Answerable { message, .. }) => *message,
        Err(ParseError::NotSip(_)) => return text.lines().next().unwrap_or_default().to_owned(),
    };
    let mut title = match message.status() {
        Some(status) => format!("{} {}", status.0, message.reason_phrase()),
        None => message.method().as_str().to_owned(),
    };
    if message.status().is_some() && *message.method() != Method::INVITE {
        title.push_str(" for ");
        title.push_str(message.method().as_str());
    }
    if message
        .content_type()
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/sdp"))
    {
        title.push_str(" (SDP)");
    }
    title
}

#[cfg(test)]
mod tests;
