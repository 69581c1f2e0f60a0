//! Which source of packets is believed to be the far end.
//!
//! | packet from \ state | nothing latched | latched, heard within 2 s | latched, silent for 2 s |
//! |---|---|---|---|
//! | the signalled address | latch | accept, or latch anew | accept, or latch anew |
//! | the latched source | - | accept | accept |
//! | another, strict | refuse | refuse | refuse |
//! | another, probation | hold; latch at the fifth | refuse | hold; latch at the fifth |
//!
//! The signalled address wins over a source that got in by probation: whoever can spoof it needs no latch, and a
//! stranger who was first must not lock the far end out.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use crate::{
    Latch, Packet, StreamSpec,
    worker::hold::{HOLD_MOST, HeldList, HoldPool},
};

/// In-sequence packets that make a stranger believed.
const RUN: u8 = 5;
/// Silence after which another source may be believed.
pub(super) const REARM: Duration = Duration::from_secs(2);

/// What is to be done with a packet.
#[derive(Debug)]
pub(super) enum Judgement {
    /// It is the far end's.
    Accept,
    /// It is the far end's, which is now known to be there.
    Latch,
    /// It may be the far end's.
    Hold(usize),
    /// It is the far end's, which is now known to be there, and so are those held before it.
    Release(usize),
    /// It is not.
    Refuse,
}

/// The latch of one stream.
#[derive(Debug, Default)]
pub(super) struct Latching {
    /// Where the SDP last said that the far end is. Kept while it is on hold without an address.
    pub(super) signalled: Option<SocketAddr>,
    /// Where it turned out to be.
    pub(super) latched: Option<SocketAddr>,
    /// When a packet last came from there.
    pub(super) heard: Option<Instant>,
    /// Strangers on probation. Two, so that one cannot hinder another by sending in between.
    candidates: [Option<Candidate>; 2],
}

#[derive(Debug)]
struct Candidate {
    source: SocketAddr,
    ssrc: u32,
    seq: u16,
    run: u8,
    last: Instant,
    held: HeldList,
}

impl Candidate {
    fn new(source: SocketAddr, now: Instant, header: &Packet<'_>) -> Self {
        let held = HeldList::new();
        Self {
            source,
            ssrc: header.ssrc,
            seq: header.seq,
            run: 1,
            last: now,
            held,
        }
    }

    fn is_old(&self, now: Instant) -> bool {
        now >= self.last + REARM
    }
}

impl Latching {
    pub(super) fn new(signalled: Option<SocketAddr>) -> Self {
        Self {
            signalled,
            ..Self::default()
        }
    }

    /// Is the source known, and has it been heard lately?
    pub(super) fn is_alive(&self, now: Instant) -> bool {
        self.latched.is_some() && self.heard.is_some_and(|heard| now < heard + REARM)
    }

    /// Is `source` one that needs no probation?
    pub(super) fn knows(&self, source: SocketAddr) -> bool {
        self.signalled == Some(source) || self.latched == Some(source)
    }

    /// Judges an RTP packet.
    pub(super) fn judge(
        &mut self,
        now: Instant,
        source: SocketAddr,
        header: &Packet<'_>,
        spec: &StreamSpec,
        pool: &mut HoldPool,
    ) -> Judgement {
        if self.knows(source) {
            self.heard = Some(now);
            return match self.latched.replace(source) {
                Some(before) if before == source => Judgement::Accept,
                _ => Judgement::Latch,
            };
        }
        if spec.latch == Latch::Strict || self.is_alive(now) || !spec.payloads.contains(header.pt) {
            return Judgement::Refuse;
        }
        self.probe(now, source, header, pool)
    }

    fn probe(
        &mut self,
        now: Instant,
        source: SocketAddr,
        header: &Packet<'_>,
        pool: &mut HoldPool,
    ) -> Judgement {
        let Some(index) = self.candidate(now, source) else {
            return Judgement::Refuse;
        };
        let place = &mut self.candidates[index];
        match place {
            Some(same) if same.source == source && same.ssrc == header.ssrc && !same.is_old(now) => {
                match header.seq.wrapping_sub(same.seq) {
                    0 => return Judgement::Refuse,
                    1 => same.run += 1,
                    _ => same.run = 1,
                }
                same.seq = header.seq;
                same.last = now;
                if same.run < RUN {
                    return Judgement::Hold(index);
                }
                self.latched = Some(source);
                self.heard = Some(now);
                Judgement::Release(index)
            }
            _ => {
                let before = place.replace(Candidate::new(source, now, header));
                free(before, pool);
                Judgement::Hold(index)
            }
        }
    }

    /// The place of a stranger: its own, an empty one, or one whose owner fell silent.
    fn candidate(&self, now: Instant, source: SocketAddr) -> Option<usize> {
        let places = &self.candidates;
        let own = places
            .iter()
            .position(|place| place.as_ref().is_some_and(|c| c.source == source));
        own.or_else(|| {
            places
                .iter()
                .position(|place| place.as_ref().is_none_or(|c| c.is_old(now)))
        })
    }

    /// Keeps a copy of a packet on probation; returns how many packets that cost.
    pub(super) fn hold(&mut self, index: usize, now: Instant, packet: &[u8], pool: &mut HoldPool) -> u64 {
        let Some(candidate) = self.candidates[index].as_mut() else {
            return 1;
        };
        let mut lost = 0;
        if candidate.held.len() == HOLD_MOST {
            pool.free(candidate.held.remove(0));
            lost += 1;
        }
        match pool.store(now, packet) {
            Some(held) => candidate.held.push(held),
            None => lost += 1,
        }
        lost
    }

    /// What was held of a source that has passed.
    pub(super) fn take_held(&mut self, index: usize) -> HeldList {
        self.candidates[index]
            .take()
            .map(|candidate| candidate.held)
            .unwrap_or_default()
    }

    /// Ends all probations; returns how many packets that cost.
    pub(super) fn end_probations(&mut self, pool: &mut HoldPool) -> u64 {
        self.candidates
            .iter_mut()
            .map(|place| free(place.take(), pool))
            .sum()
    }

    /// Takes over a new description; returns how many held packets that cost. Another address re-arms the latch.
    pub(super) fn update(&mut self, spec: &StreamSpec, pool: &mut HoldPool) -> u64 {
        let moved = spec.remote.is_some() && spec.remote != self.signalled;
        let stranger = spec.latch == Latch::Strict && self.latched != self.signalled;
        if moved || stranger {
            self.latched = None;
        }
        if moved {
            self.signalled = spec.remote;
        }
        if moved || spec.latch == Latch::Strict {
            self.end_probations(pool)
        } else {
            0
        }
    }
}

fn free(candidate: Option<Candidate>, pool: &mut HoldPool) -> u64 {
    let held = candidate.map(|candidate| candidate.held).unwrap_or_default();
    let count = held.len() as u64;
    held.into_iter().for_each(|held| pool.free(held));
    count
}
