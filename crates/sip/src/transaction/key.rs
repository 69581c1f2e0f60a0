//! Which server transaction a request belongs to (RFC 3261 section 17.2.3).
use std::hash::{BuildHasher, Hasher};

use ahash::RandomState;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;
use smallvec::SmallVec;

use crate::{Message, Method, Name};

/// What a branch of an RFC 3261 element begins with.
pub(super) const COOKIE: &[u8] = b"z9hG4bK";

/// The identity of a server transaction: 128 bits of two keyed hashes of what RFC 3261 compares. Branches and
/// Call-IDs are the sender's choice; without the keys nobody can make two of them meet.
pub(super) type Key = u128;

/// The keys, from the layer's seed.
#[derive(Debug)]
pub(super) struct Keys {
    high: RandomState,
    low: RandomState,
    tag: RandomState,
}

pub(super) fn random_state(rng: &mut ChaCha8Rng) -> RandomState {
    RandomState::with_seeds(rng.next_u64(), rng.next_u64(), rng.next_u64(), rng.next_u64())
}

impl Keys {
    pub(super) fn new(rng: &mut ChaCha8Rng) -> Self {
        Self {
            high: random_state(rng),
            low: random_state(rng),
            tag: random_state(rng),
        }
    }

    /// The transaction of `request`; that of the INVITE for its ACK and its CANCEL.
    pub(super) fn of(&self, request: &Message) -> Key {
        let method = match request.method() {
            &(Method::ACK | Method::CANCEL) => "INVITE",
            method => method.as_str(),
        };
        let branch = request.branch();
        let half = |state: &RandomState| {
            let mut hasher = state.build_hasher();
            // The bare cookie identifies nothing (RFC 4475 section 3.2.1).
            if branch.len() > COOKIE.len() && branch.starts_with(COOKIE) {
                write(&mut hasher, branch);
                write_sent_by(&mut hasher, request.sent_by(), request.via_port());
            } else {
                // RFC 2543. The To tag is left out: an ACK carries that of our response, the INVITE none.
                write(&mut hasher, request.request_uri().as_bytes());
                write(&mut hasher, request.from_tag().unwrap_or("").as_bytes());
                write(&mut hasher, request.call_id().as_bytes());
                hasher.write_u32(request.cseq().0);
                write_unspaced(&mut hasher, request.raw_values(Name::Via).next().unwrap_or(b""));
            }
            write(&mut hasher, method.as_bytes());
            hasher.finish()
        };
        u128::from(half(&self.high)) << 64 | u128::from(half(&self.low))
    }

    /// The To tag of a response for which no state is kept: the same for each repetition of the request
    /// (RFC 3261 section 8.2.7), so that its ACK is recognised too.
    pub(super) fn stateless_tag(&self, request: &Message) -> [u8; 16] {
        let mut hasher = self.tag.build_hasher();
        write(&mut hasher, request.call_id().as_bytes());
        write(&mut hasher, request.from_tag().unwrap_or("").as_bytes());
        hasher.write_u32(request.cseq().0);
        hex(hasher.finish())
    }
}

/// `number` in sixteen hexadecimal digits.
pub(super) fn hex(number: u64) -> [u8; 16] {
    std::array::from_fn(|index| b"0123456789abcdef"[(number >> ((15 - index) * 4) & 15) as usize])
}

/// Writes a part with its length, so that parts cannot flow into each other.
fn write(hasher: &mut impl Hasher, part: &[u8]) {
    hasher.write_usize(part.len());
    hasher.write(part);
}

/// Writes a value without its white space: who folds it in an INVITE need not fold it in the ACK.
fn write_unspaced(hasher: &mut impl Hasher, part: &[u8]) {
    let unspaced = part.iter().filter(|octet| !octet.is_ascii_whitespace()).copied();
    write(hasher, &unspaced.collect::<SmallVec<[u8; 128]>>());
}

/// Writes a sent-by: its host compares case-insensitively, its port is a number, and white space means nothing.
fn write_sent_by(hasher: &mut impl Hasher, part: &[u8], port: Option<u16>) {
    let colon = port.and_then(|_| part.iter().rposition(|octet| *octet == b':'));
    let host = &part[..colon.unwrap_or(part.len())];
    let is_plain = |octet: &u8| !octet.is_ascii_uppercase() && !octet.is_ascii_whitespace();
    if host.iter().all(is_plain) {
        write(hasher, host);
    } else {
        write_unspaced(hasher, &host.to_ascii_lowercase());
    }
    hasher.write_u32(port.map_or(u32::MAX, u32::from));
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    fn message(method: &str, via: &str, to: &str) -> Message {
        let text = format!(
            "{method} sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP {via}\r\nFrom: <sip:a@h>;tag=1\r\n\
             To: <sip:b@h>{to}\r\nCall-ID: c\r\nCSeq: 5 {method}\r\n\r\n"
        );
        Message::parse(text.into()).unwrap()
    }

    fn keys() -> Keys {
        Keys::new(&mut ChaCha8Rng::from_seed([7; 32]))
    }

    #[test]
    fn white_space_and_case_in_a_sent_by_mean_nothing() {
        let key = |via| keys().of(&message("INVITE", via, ""));
        let plain = key("h:5060;branch=z9hG4bKabc");
        assert_eq!(key("H : 5060;branch=z9hG4bKabc"), plain);
        assert_eq!(key("h:05060;branch=z9hG4bKabc"), plain);
        assert_ne!(key("h;branch=z9hG4bKabc"), plain);
    }

    #[test]
    fn ack_and_cancel_meet_their_invite() {
        for via in ["h:5060;branch=z9hG4bKabc", "h;branch=z9hG4bK", "h", "h;branch=1"] {
            let invite = keys().of(&message("INVITE", via, ""));
            assert_eq!(keys().of(&message("ACK", via, ";tag=2")), invite, "{via}");
            assert_eq!(keys().of(&message("CANCEL", via, "")), invite, "{via}");
            assert_ne!(keys().of(&message("BYE", via, "")), invite, "{via}");
        }
    }

    #[test]
    fn a_folded_via_without_a_cookie_is_the_same_as_an_unfolded_one() {
        let folded = keys().of(&message("INVITE", "h:5060\r\n  ;  branch =\r\n 390", ""));
        assert_eq!(keys().of(&message("ACK", "h:5060;branch=390", ";tag=2")), folded);
        assert_ne!(keys().of(&message("ACK", "h:5060;branch=391", ";tag=2")), folded);
    }

    #[test]
    fn branch_and_sent_by_both_count() {
        let key = |via| keys().of(&message("OPTIONS", via, ""));
        let first = key("host:5060;branch=z9hG4bKabc");
        assert_eq!(key("HOST:5060;rport;branch=z9hG4bKabc"), first);
        for other in [
            "host:5061;branch=z9hG4bKabc",
            "host:5060;branch=z9hG4bKabd",
            "tsoh:5060;branch=z9hG4bKabc",
        ] {
            assert_ne!(key(other), first, "{other}");
        }
    }

    #[test]
    fn other_seeds_give_other_keys() {
        let request = message("INVITE", "h;branch=z9hG4bKabc", "");
        let other = Keys::new(&mut ChaCha8Rng::from_seed([8; 32]));
        assert_ne!(other.of(&request), keys().of(&request));
        assert_ne!(other.stateless_tag(&request), keys().stateless_tag(&request));
    }
}
