//! A network that loses, repeats, delays and reorders, from a seed.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// What the network does to datagrams.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conditions {
    /// Share of datagrams lost, 0 to 1.
    pub loss: f64,
    /// Share of datagrams that arrive twice.
    pub duplicate: f64,
    /// Shortest way.
    pub delay: Duration,
    /// What may come on top, evenly spread; more than the distance between two datagrams reorders them.
    pub jitter: Duration,
}

impl Conditions {
    /// One millisecond each way and nothing else.
    pub const CLEAN: Self = Self {
        loss: 0.0,
        duplicate: 0.0,
        delay: Duration::from_millis(1),
        jitter: Duration::ZERO,
    };

    /// A bad day: the given loss, a tenth repeated, up to 80 ms of jitter.
    #[must_use]
    pub fn rough(loss: f64) -> Self {
        Self {
            loss,
            duplicate: 0.1,
            delay: Duration::from_millis(5),
            jitter: Duration::from_millis(80),
        }
    }
}

/// A datagram on its way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Datagram {
    pub(crate) from: SocketAddr,
    pub(crate) to: SocketAddr,
    pub(crate) payload: Bytes,
}

/// Everything on its way.
#[derive(Debug)]
pub struct Network {
    conditions: Conditions,
    rng: ChaCha8Rng,
    sent: u64,
    way: BinaryHeap<Reverse<(Instant, u64, Datagram)>>,
}

impl Network {
    pub(crate) fn new(conditions: Conditions, seed: u64) -> Self {
        Self {
            conditions,
            rng: ChaCha8Rng::seed_from_u64(seed),
            sent: 0,
            way: BinaryHeap::new(),
        }
    }

    /// Changes the conditions from now on.
    pub fn set_conditions(&mut self, conditions: Conditions) {
        self.conditions = conditions;
    }

    pub(crate) fn is_lossless(&self) -> bool {
        self.conditions.loss == 0.0
    }

    fn chance(&mut self) -> f64 {
        f64::from(self.rng.next_u32()) / f64::from(u32::MAX)
    }

    /// Sends a datagram; `true` unless it is lost.
    pub(crate) fn send(&mut self, now: Instant, from: SocketAddr, to: SocketAddr, payload: &Bytes) -> bool {
        if self.conditions.loss > 0.0 && self.chance() < self.conditions.loss {
            return false;
        }
        self.put(now, from, to, payload);
        if self.conditions.duplicate > 0.0 && self.chance() < self.conditions.duplicate {
            self.put(now, from, to, payload);
        }
        true
    }

    fn put(&mut self, now: Instant, from: SocketAddr, to: SocketAddr, payload: &Bytes) {
        let mut at = now + self.conditions.delay;
        if !self.conditions.jitter.is_zero() {
            at += self.conditions.jitter.mul_f64(self.chance());
        }
        self.sent += 1;
        self.way.push(Reverse((
            at,
            self.sent,
            Datagram {
                from,
                to,
                payload: payload.clone(),
            },
        )));
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.way.peek().map(|Reverse((at, _, _))| *at)
    }

    pub(crate) fn arrived(&mut self, now: Instant) -> Option<Datagram> {
        if self.next()? > now {
            return None;
        }
        self.way.pop().map(|Reverse((_, _, datagram))| datagram)
    }
}
