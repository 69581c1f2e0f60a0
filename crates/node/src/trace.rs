//! The latest messages, kept in memory so that a call can be looked at after it went wrong.
//!
//! Keeping one costs a reference to the octets that were received or sent anyway. Which call a message belongs to is
//! found out when somebody asks, by the Call-IDs of the call's legs.

use bytes::Bytes;
use memchr::memmem::Finder;
use pointsman_sip::{Flow, Message, Name, ParseError};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Octets of messages kept. At one call a second they last for about a quarter of an hour.
const KEPT: usize = 8 << 20;

/// What a message costs besides its octets.
const OVERHEAD: usize = 128;

/// Header fields whose values are secrets; their names are shown.
const SECRET: [Name; 2] = [Name::Authorization, Name::ProxyAuthorization];

/// What is written in place of a secret.
const HIDDEN: &str = "(hidden)";

/// One message that came or went.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    at: Instant,
    sent: bool,
    flow: Flow,
    payload: Bytes,
}

/// The latest messages, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    seen: VecDeque<Seen>,
    octets: usize,
}

/// The answer to somebody who asks about a call: its legs' Call-IDs as far as the call is up, and all that is kept.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) call_ids: Vec<Arc<str>>,
    seen: VecDeque<Seen>,
    now: Instant,
    unix_us: i64,
}

/// One message of a call.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TracedMessage {
    /// Unix microseconds.
    at_us: i64,
    /// Whether the switch sent it.
    sent: bool,
    transport: &'static str,
    /// Index of the switch's listener.
    listener: u16,
    remote: String,
    /// The message, without secrets.
    text: String,
}

impl Trace {
    pub(crate) fn received(&mut self, at: Instant, flow: Flow, payload: &Bytes) {
        self.keep(at, false, flow, payload);
    }

    pub(crate) fn sent(&mut self, at: Instant, flow: Flow, payload: &Bytes) {
        self.keep(at, true, flow, payload);
    }

    fn keep(&mut self, at: Instant, sent: bool, flow: Flow, payload: &Bytes) {
        self.octets += payload.len() + OVERHEAD;
        self.seen.push_back(Seen {
            at,
            sent,
            flow,
            payload: payload.clone(),
        });
        while self.octets > KEPT
            && let Some(oldest) = self.seen.pop_front()
        {
            self.octets -= oldest.payload.len() + OVERHEAD;
        }
    }

    /// A copy of all that is kept, which shares the octets.
    pub(crate) fn kept(&self, call_ids: Vec<Arc<str>>, now: Instant, unix_ms: i64) -> Kept {
        Kept {
            call_ids,
            seen: self.seen.clone(),
            now,
            unix_us: unix_ms.saturating_mul(1000),
        }
    }
}

impl Kept {
    /// The messages that have one of these Call-IDs, oldest first.
    pub(crate) fn of(self, call_ids: &[Arc<str>]) -> Vec<TracedMessage> {
        let finders: Vec<_> = call_ids.iter().map(|id| Finder::new(id.as_bytes())).collect();
        let named = |seen: &&Seen| finders.iter().any(|finder| finder.find(&seen.payload).is_some());
        let ours = |seen: &Seen| {
            let message = match Message::parse(seen.payload.clone()) {
                Ok(message) => message,
                Err(ParseError::Answerable { message, .. }) => *message,
                Err(ParseError::NotSip(_)) => return None,
            };
            let is_of_call = call_ids.iter().any(|id| &**id == message.call_id());
            is_of_call.then(|| TracedMessage {
                at_us: self
                    .unix_us
                    .saturating_sub(micros(self.now.saturating_duration_since(seen.at))),
                sent: seen.sent,
                transport: seen.flow.transport.as_str(),
                listener: seen.flow.listener,
                remote: seen.flow.remote.to_string(),
                text: shown(&message),
            })
        };
        self.seen.iter().filter(named).filter_map(ours).collect()
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

/// A message as it may be shown: without credentials, and of bodies only descriptions of sessions. What a caller keys
/// (it may be a password) comes in bodies of many kinds.
fn shown(message: &Message) -> String {
    let start = message.raw().trim_ascii_start();
    let end = start
        .iter()
        .position(|octet| *octet == b'\n')
        .unwrap_or(start.len());
    let mut text = String::from_utf8_lossy(start[..end].trim_ascii_end()).into_owned();
    for (name, written, value) in message.header_lines() {
        let value = if SECRET.contains(&name) {
            HIDDEN.into()
        } else {
            String::from_utf8_lossy(value)
        };
        text.extend(["\r\n", &String::from_utf8_lossy(written), ": ", &value]);
    }
    text.push_str("\r\n\r\n");
    let body = message.body();
    let is_shown = message
        .content_type()
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/sdp"));
    match (body.is_empty(), is_shown) {
        (true, _) => {}
        (false, true) => text.push_str(&String::from_utf8_lossy(&body)),
        (false, false) => text.push_str(HIDDEN),
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow() -> Flow {
        Flow::udp(0, "192.0.2.9:5060".parse().unwrap())
    }

    fn message(call_id: &str, extra: &str, body: &str) -> Bytes {
        let text = format!(
            "INFO sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\n\
             To: <sip:b@h>;tag=2\r\nCall-ID: {call_id}\r\nCSeq: 1 INFO\r\n{extra}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        text.into()
    }

    fn texts(trace: &Trace, ids: &[&str], now: Instant) -> Vec<(i64, bool, String)> {
        let ids: Vec<Arc<str>> = ids.iter().map(|id| Arc::from(*id)).collect();
        let messages = trace.kept(Vec::new(), now, 1_000).of(&ids);
        let part = |message: TracedMessage| (message.at_us, message.sent, message.text);
        messages.into_iter().map(part).collect()
    }

    #[test]
    fn a_call_has_the_messages_of_its_legs_and_no_others() {
        let (mut trace, start) = (Trace::default(), Instant::now());
        trace.received(start, flow(), &message("one", "", ""));
        trace.received(start, flow(), &message("one-and-more", "Subject: one\r\n", ""));
        trace.sent(start + Duration::from_millis(5), flow(), &message("two", "", ""));
        trace.received(start, flow(), &Bytes::from_static(b"one, but no SIP"));
        let seen = texts(&trace, &["one", "two"], start + Duration::from_millis(10));
        let order: Vec<_> = seen.iter().map(|(at, sent, _)| (*at, *sent)).collect();
        assert_eq!(order, [(990_000, false), (995_000, true)]);
        assert!(seen[0].2.contains("Call-ID: one\r\n") && seen[1].2.contains("Call-ID: two\r\n"));
    }

    #[test]
    fn what_is_kept_is_bounded_and_the_oldest_goes_first() {
        let (mut trace, start) = (Trace::default(), Instant::now());
        let body = "x".repeat(60_000);
        for number in 0..1_000 {
            trace.received(start, flow(), &message(&format!("call-{number}"), "", &body));
        }
        let octets: usize = trace.seen.iter().map(|seen| seen.payload.len() + OVERHEAD).sum();
        assert_eq!(octets, trace.octets);
        assert!(octets <= KEPT && octets > KEPT - 61_000, "{octets}");
        assert_eq!(texts(&trace, &["call-0"], start).len(), 0);
        assert_eq!(texts(&trace, &["call-999"], start).len(), 1);
    }

    #[test]
    fn neither_credentials_nor_keyed_digits_are_shown() {
        let (mut trace, start) = (Trace::default(), Instant::now());
        let secret = "Digest username=\"u\", response=\"0123456789abcdef\"";
        let extra = format!("Proxy-Authorization: {secret}\r\nContent-Type: application/dtmf-relay\r\n");
        trace.received(
            start,
            flow(),
            &message("one", &extra, "Signal=7\r\nDuration=160\r\n"),
        );
        let folded = secret.replace(", ", ",\r\n  ");
        let extra =
            format!("authorization : {folded}\r\nAuthorization:\r\nContent-Type: application/sdp\r\n");
        trace.received(start, flow(), &message("one", &extra, "v=0"));
        for kind in [
            "application/vnd.nortelnetworks.digits",
            "multipart/mixed;boundary=b",
            "application/kpml-response+xml",
        ] {
            let extra = format!("c: {kind}\r\n");
            trace.received(start, flow(), &message("one", &extra, "4711"));
        }
        let [digits, text, bodies @ ..] = &texts(&trace, &["one"], start)[..] else {
            panic!("two messages and more")
        };
        assert_eq!(bodies.len(), 3);
        for (_, _, body) in bodies {
            assert!(
                !body.contains("4711") && body.ends_with("\r\n\r\n(hidden)"),
                "{body}"
            );
        }
        assert!(
            !digits.2.contains("Signal") && !digits.2.contains("response="),
            "{}",
            digits.2
        );
        assert!(
            digits.2.contains("Proxy-Authorization: (hidden)\r\n"),
            "{}",
            digits.2
        );
        assert!(text.2.ends_with("\r\n\r\nv=0"), "{}", text.2);
        assert!(
            !text.2.contains("response=") && !text.2.contains("username"),
            "{}",
            text.2
        );
        assert_eq!(text.2.matches(HIDDEN).count(), 2, "{}", text.2);
    }
}
