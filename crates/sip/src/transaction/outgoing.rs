//! What the layer itself writes on the client side: branch, Via, ACK, CANCEL.
use std::time::Instant;

use bytes::Bytes;
use rand_chacha::rand_core::RngCore as _;
use smallvec::SmallVec;

use super::key::{COOKIE, hex};
use super::layer::TransactionLayer;
use crate::{Builder, Flow, Message, Method, Name, Transport};

/// A branch of ours: the handle, so that a response finds its transaction without a search, and a nonce, so
/// that only who saw the request can answer it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Branch {
    pub(super) nonce: u64,
    pub(super) id: u64,
}

impl Branch {
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let digits = text.strip_prefix(COOKIE).filter(|digits| digits.len() == 32)?;
        Some(Self {
            nonce: number(&digits[..16])?,
            id: number(&digits[16..])?,
        })
    }
}

fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0u64, |sum, octet| {
        let digit = match octet {
            b'0'..=b'9' => octet - b'0',
            b'a'..=b'f' => octet - b'a' + 10,
            _ => return None,
        };
        Some(sum << 4 | u64::from(digit))
    })
}

impl TransactionLayer {
    pub(super) fn nonce(&mut self) -> u64 {
        self.rng.next_u64()
    }

    /// The Via line of a request that leaves through the listener of `flow` (RFC 3261 section 18.1.1, RFC 3581
    /// section 3).
    pub(super) fn via_line(&self, flow: Flow, branch: Branch) -> SmallVec<[u8; 160]> {
        let sent_by = self
            .sent_by
            .get(usize::from(flow.listener))
            .map_or("unknown.invalid", String::as_str);
        let mut line = SmallVec::new();
        line.extend_from_slice(b"Via: SIP/2.0/");
        line.extend_from_slice(flow.transport.as_str().as_bytes());
        line.push(b' ');
        line.extend_from_slice(sent_by.as_bytes());
        line.extend_from_slice(b";branch=");
        line.extend_from_slice(COOKIE);
        line.extend_from_slice(&hex(branch.nonce));
        line.extend_from_slice(&hex(branch.id));
        line.extend_from_slice(b";rport\r\n");
        line
    }

    /// Sends the ACK of a 2xx: no transaction, but a branch of its own (RFC 3261 section 13.2.2.4). What is returned
    /// sends it again whenever the 2xx comes again.
    pub fn send_ack(&mut self, now: Instant, ack: Builder, flow: Flow) -> SentAck {
        self.send_sized_ack(now, ack, flow, None)
    }

    /// As [`Self::send_ack`]; with a TCP listener in `large`, as [`Self::send_sized`] does: the ACK of a 2xx is a
    /// request of its own. If that connection has ended, it is sent again by UDP.
    pub fn send_sized_ack(
        &mut self,
        now: Instant,
        mut ack: Builder,
        flow: Flow,
        large: Option<u16>,
    ) -> SentAck {
        // No timer: the peer's repeated 2xx is what makes us repeat the ACK.
        let _ = now;
        // Generations start at one, so no transaction has the number zero.
        let branch = Branch {
            nonce: self.nonce(),
            id: 0,
        };
        let via = self.via_line(flow, branch);
        let stream = by_stream(flow, large, ack.finished_len(&via));
        let by_stream = stream.map(|stream| {
            let mut ack = ack.clone();
            ack.top_via(&self.via_line(stream, branch));
            (ack.finish_octets(), self.connections.path(stream))
        });
        ack.top_via(&via);
        let by_flow = (ack.finish_octets(), flow);
        let sent = match by_stream {
            Some((octets, stream)) => SentAck {
                octets,
                flow: stream,
                by_udp: Some(Box::new(by_flow)),
            },
            None => SentAck {
                octets: by_flow.0,
                flow,
                by_udp: None,
            },
        };
        self.transmit(sent.flow, sent.octets.clone());
        sent
    }

    /// Sends an ACK again.
    pub fn send_again(&mut self, ack: &SentAck) {
        let (octets, flow) = match ack.by_udp.as_deref() {
            Some((octets, flow)) if !self.connections.is_up(ack.flow) => (octets, *flow),
            _ => (&ack.octets, ack.flow),
        };
        self.transmit(flow, octets.clone());
    }
}

/// The ACK of a 2xx as it was sent.
#[derive(Debug, Clone)]
pub struct SentAck {
    octets: Bytes,
    flow: Flow,
    /// The same for UDP, if TCP was taken only for its size.
    by_udp: Option<Box<(Bytes, Flow)>>,
}

/// Largest request by UDP when the MTU is unknown, in octets (RFC 3261 section 18.1.1).
const LARGEST_DATAGRAM: usize = 1300;

/// The path of a request of so many octets that is too large for UDP, if there is another one.
pub(super) fn by_stream(flow: Flow, large: Option<u16>, octets: usize) -> Option<Flow> {
    large
        .filter(|_| flow.transport == Transport::Udp && octets > LARGEST_DATAGRAM)
        .map(|listener| Flow::new(listener, Transport::Tcp, flow.remote))
}

/// The ACK of a failure (RFC 3261 section 17.1.1.3): the request's own but for method and To.
pub(super) fn ack(invite: &Message, response: &Message) -> Bytes {
    hop_request(&Method::ACK, invite, response).finish_octets()
}

/// The CANCEL of an INVITE (RFC 3261 section 9.1): the request's own but for the method, and the reasons.
pub(super) fn cancel(invite: &Message, reasons: &[String]) -> Message {
    let cancel = hop_request(&Method::CANCEL, invite, invite);
    reasons
        .iter()
        .fold(cancel, |cancel, reason| cancel.header(Name::Reason, reason))
        .finish()
}

fn hop_request(method: &Method, invite: &Message, to_of: &Message) -> Builder {
    Builder::request(method, invite.request_uri())
        .copy(Name::Via, invite)
        .header(Name::MaxForwards, "70")
        .copy(Name::Route, invite)
        .copy(Name::From, invite)
        .copy(Name::To, to_of)
        .copy(Name::CallId, invite)
        .cseq(invite.cseq().0, method)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_is_read_as_it_is_written() {
        let branch = Branch {
            nonce: 0x0123_4567_89ab_cdef,
            id: u64::MAX - 5,
        };
        let mut text = COOKIE.to_vec();
        text.extend(hex(branch.nonce));
        text.extend(hex(branch.id));
        assert_eq!(text, b"z9hG4bK0123456789abcdeffffffffffffffffa");
        assert_eq!(Branch::parse(&text), Some(branch));
        for wrong in [
            &text[1..],
            &text[..text.len() - 1],
            b"z9hG4bK",
            b"z9hG4bK0123456789ABCDEFfffffffffffffffa",
        ] {
            assert_eq!(Branch::parse(wrong), None);
        }
    }
}
