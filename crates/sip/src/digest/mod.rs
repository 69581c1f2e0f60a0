//! Digest authentication as a server asks for it (RFC 3261 section 22, RFC 7616, RFC 8760), with `qop=auth` only.
//!
//! A nonce is its time, a count and a keyed hash of both, so that a challenge costs no memory. What is remembered is
//! how far the counts of nonces have come that somebody passed with, in a table that forgets the oldest; a nonce as old
//! as one that was forgotten is stale, so that nothing can be played again.

mod credentials;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fmt::Write as _;

use md5::Md5;
use sha2::{Digest as _, Sha256};

pub use credentials::Credentials;

/// How long a nonce may be used, in milliseconds.
const LIFE_MS: u64 = 300_000;

/// Nonces in use whose counts are remembered.
const REMEMBERED: usize = 1_024;

/// A hash function (RFC 8760 section 2.1); the first one is preferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// SHA-256.
    Sha256,
    /// MD5, for phones that know nothing else.
    Md5,
}

impl Algorithm {
    /// Both, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::Sha256, Self::Md5];

    /// Its name in headers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Md5 => "MD5",
        }
    }

    /// The hash of `text` in small hexadecimal digits.
    fn hash(self, text: &str) -> String {
        match self {
            Self::Sha256 => hex(&Sha256::digest(text)),
            Self::Md5 => hex(&Md5::digest(text)),
        }
    }
}

/// What somebody's credentials are worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The secret is known there, and this was not sent before.
    Given,
    /// The nonce is one of ours, but too old or used up; another one may do.
    Stale,
    /// Not the secret, or not for us.
    Wrong,
}

/// Asks for credentials in one realm and judges them.
#[derive(Debug)]
pub struct Authenticator {
    key: [u8; 32],
    realm: String,
    made: u64,
    /// Nonces that somebody passed with, the oldest first, and the highest count of each.
    used: VecDeque<((u64, u64), u32)>,
    /// The newest nonce that was forgotten.
    forgotten: (u64, u64),
}

impl Authenticator {
    /// For `realm`; `seed` is secret, and with another one nonces of before are nobody's.
    pub fn new(seed: &[u8; 32], realm: &str) -> Self {
        let mut key = Sha256::new();
        key.update(b"digest nonce");
        key.update(seed);
        Self {
            key: key.finalize().into(),
            realm: realm.chars().filter(|c| !matches!(c, '"' | '\\')).collect(),
            made: 0,
            used: VecDeque::new(),
            forgotten: (0, 0),
        }
    }

    /// The realm.
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// Values of `WWW-Authenticate`, one for each algorithm (RFC 8760 section 2.3). `now_ms` is on a clock that goes on
    /// from one call to the next; a restart has another seed.
    pub fn challenge(&mut self, now_ms: u64, algorithms: &[Algorithm], stale: bool) -> Vec<String> {
        self.made += 1;
        let nonce = self.nonce((now_ms, self.made));
        let stale = if stale { ", stale=true" } else { "" };
        let realm = &self.realm;
        let value = |algorithm: &Algorithm| {
            let algorithm = algorithm.as_str();
            format!("Digest realm=\"{realm}\", nonce=\"{nonce}\", algorithm={algorithm}, qop=\"auth\"{stale}")
        };
        algorithms.iter().map(value).collect()
    }

    /// Judges credentials for a request of `method`. `secret` is the password of their user; for a user that there is
    /// not, the same is done with none, so that both take the same time and get the same answer.
    pub fn judge(
        &mut self,
        now_ms: u64,
        credentials: &Credentials,
        method: &str,
        secret: Option<&str>,
    ) -> Proof {
        let Some(nonce) = self
            .read(&credentials.nonce)
            .filter(|_| credentials.realm == self.realm)
        else {
            return Proof::Wrong;
        };
        let expected = credentials.response_of(method, secret.unwrap_or_default());
        let right = same(&expected, &credentials.response) & secret.is_some();
        let is_old = now_ms.saturating_sub(nonce.0) > LIFE_MS || nonce.0 > now_ms;
        if is_old {
            return Proof::Stale;
        }
        if !right {
            return Proof::Wrong;
        }
        if self.is_replay(nonce, credentials.count) {
            return Proof::Stale;
        }
        Proof::Given
    }

    fn nonce(&self, (at_ms, number): (u64, u64)) -> String {
        let mut hash = Sha256::new();
        hash.update(self.key);
        hash.update(at_ms.to_be_bytes());
        hash.update(number.to_be_bytes());
        format!("{at_ms:016x}{number:016x}{}", hex(&hash.finalize()[..16]))
    }

    /// Time and number of a nonce of ours.
    fn read(&self, nonce: &str) -> Option<(u64, u64)> {
        let part = |from: usize| u64::from_str_radix(nonce.get(from..from + 16)?, 16).ok();
        let made = (part(0)?, part(16)?);
        same(&self.nonce(made), nonce).then_some(made)
    }

    /// Takes note of a count; whether it is none that comes next.
    fn is_replay(&mut self, nonce: (u64, u64), count: u32) -> bool {
        if let Some((_, highest)) = self.used.iter_mut().find(|(used, _)| *used == nonce) {
            let is_new = count > *highest;
            *highest = count.max(*highest);
            return !is_new;
        }
        if nonce <= self.forgotten || count == 0 {
            return true;
        }
        if self.used.len() == REMEMBERED
            && let Some((oldest, _)) = self.used.pop_front()
        {
            self.forgotten = self.forgotten.max(oldest);
        }
        self.used.push_back((nonce, count));
        false
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// Compares without telling by its time how far two texts agree.
fn same(a: &str, b: &str) -> bool {
    let differ = a.bytes().zip(b.bytes()).fold(0, |seen, (a, b)| seen | (a ^ b));
    a.len() == b.len() && differ == 0
}
