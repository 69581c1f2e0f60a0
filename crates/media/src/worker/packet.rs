//! What becomes of a packet.

use std::{net::SocketAddr, time::Instant};

use crate::{
    Codec, MediaEvent, Packet, Port, read_rtp,
    rtcp::{first_report, is_rtcp},
    stats::TICK_US,
    worker::{
        DropReason, Kind, Released, Side, TapSink, Verdict, Worker,
        hold::{HOLD_BYTES, HeldList},
        latch::Judgement,
        stream::{Role, Stream},
    },
};

/// An RTP packet whose source is believed.
#[derive(Clone, Copy)]
struct Believed<'a> {
    arrival: Instant,
    header: Packet<'a>,
    raw: &'a [u8],
}

impl<S: TapSink> Worker<S> {
    /// Judges one packet that arrived on `port` from `source`. In place and without allocation: a relayed packet
    /// keeps its SSRC, sequence number and timestamp (RFC 3550 section 7.1, a forwarding translator).
    pub fn handle_packet(
        &mut self,
        now: Instant,
        port: Port,
        kind: Kind,
        source: SocketAddr,
        packet: &mut [u8],
    ) -> Verdict {
        self.advance(now);
        let verdict = match kind {
            Kind::Rtp => self.handle_rtp(now, port, source, packet),
            Kind::Rtcp => self.handle_rtcp(port, source, packet),
        };
        if let (Verdict::Dropped(_), Some(stream)) = (verdict, self.streams.get_mut(port)) {
            stream.stats.dropped += 1;
        }
        verdict
    }

    fn handle_rtp(&mut self, now: Instant, port: Port, source: SocketAddr, packet: &[u8]) -> Verdict {
        let Some(stream) = self.streams.get_mut(port) else {
            return Verdict::Dropped(DropReason::Closed);
        };
        let Some(header) = read_rtp(packet).filter(|_| !is_rtcp(packet)) else {
            return Verdict::Dropped(DropReason::NotRtp);
        };
        if !stream.spec.receive {
            // It may not send, but it shows that it is still there.
            if stream.latch.latched == Some(source) {
                stream.latch.heard = Some(now);
            }
            return Verdict::Dropped(DropReason::Hold);
        }
        let believed = Believed {
            arrival: now,
            header,
            raw: packet,
        };
        match stream
            .latch
            .judge(now, source, &header, &stream.spec, &mut self.pool)
        {
            Judgement::Refuse => Verdict::Dropped(DropReason::Source),
            Judgement::Hold(index) => {
                stream.stats.dropped += stream.latch.hold(index, now, packet, &mut self.pool);
                Verdict::Consumed
            }
            Judgement::Accept => self.accept(port, believed),
            Judgement::Latch => {
                self.latched(now, port, source);
                self.accept(port, believed)
            }
            Judgement::Release(index) => {
                let held = stream.latch.take_held(index);
                self.latched(now, port, source);
                self.release(port, &held, believed)
            }
        }
    }

    fn latched(&mut self, now: Instant, port: Port, source: SocketAddr) {
        let Some(stream) = self.streams.get_mut(port) else {
            return;
        };
        stream.stats.dropped += stream.latch.end_probations(&mut self.pool);
        self.events.push_back(MediaEvent::Latched { port, source });
        self.settle(now, port);
    }

    /// Lets held packets go, in their order, and the one that decided last.
    fn release(&mut self, port: Port, held: &HeldList, last: Believed<'_>) -> Verdict {
        for &held in held {
            let mut copy = [0; HOLD_BYTES];
            let length = self.pool.copy(held, &mut copy).unwrap_or(0);
            let raw = &copy[..length];
            let verdict = read_rtp(raw).map(|header| {
                self.accept(
                    port,
                    Believed {
                        arrival: held.arrival,
                        header,
                        raw,
                    },
                )
            });
            match verdict {
                Some(Verdict::Forward { port, to }) => self.released.push_back(Released { port, to, held }),
                _ => self.pool.free(held),
            }
        }
        let verdict = self.accept(port, last);
        // It must not overtake the others.
        let Verdict::Forward { port, to } = verdict else {
            return verdict;
        };
        match self.pool.store(last.arrival, last.raw) {
            Some(held) => self.released.push_back(Released { port, to, held }),
            None => return verdict,
        }
        Verdict::Consumed
    }

    /// The next released packet, if its stream is still there.
    pub(super) fn release_next(&mut self, out: &mut [u8]) -> Option<(Port, SocketAddr, usize)> {
        while let Some(Released { port, to, held }) = self.released.pop_front() {
            let length = self.pool.copy(held, out);
            self.pool.free(held);
            if self.streams.get(port).is_some() {
                return length.map(|length| (port, to, length));
            }
        }
        None
    }

    /// Counts a believed packet, listens for digits, copies it for recordings, and finds its way.
    fn accept(&mut self, port: Port, believed: Believed<'_>) -> Verdict {
        let Some(stream) = self.streams.get_mut(port) else {
            return Verdict::Dropped(DropReason::Closed);
        };
        let Believed { arrival, header, raw } = believed;
        let is_event = stream.spec.telephone_event == Some(header.pt);
        let is_first = stream.stats.received == 0;
        stream.count(arrival, &header, is_event);
        let was_silent = std::mem::take(&mut stream.silent);

        let events = &mut self.events;
        if is_first {
            events.push_back(MediaEvent::FirstPacket { port });
        }
        let report = |(digit, duration_ms)| {
            events.push_back(MediaEvent::Digit {
                port,
                digit,
                duration_ms,
            });
        };
        if is_event {
            stream.digits.event(&header, report);
        } else {
            stream.listen(&header, report);
        }

        let peer = stream.peer;
        if is_first || was_silent || stream.connected.is_none() {
            self.settle(arrival, port);
        }
        let verdict = peer.map_or(Verdict::Consumed, |peer| self.forward(peer));
        if !is_event {
            let forwarded = matches!(verdict, Verdict::Forward { .. });
            self.tap(port, arrival, raw, peer.filter(|_| forwarded));
        }
        verdict
    }

    /// The way out by `peer`, if its far end can be sent to and hears nothing else.
    fn forward(&mut self, peer: Port) -> Verdict {
        let Some(stream) = self.streams.get_mut(peer) else {
            return Verdict::Consumed;
        };
        match stream.target() {
            Some(to) if stream.player.is_none() => {
                stream.stats.sent += 1;
                Verdict::Forward { port: peer, to }
            }
            _ => Verdict::Consumed,
        }
    }

    /// Copies a packet for the recordings of its stream. `forwarded` is the port it leaves by.
    fn tap(&mut self, port: Port, arrival: Instant, raw: &[u8], forwarded: Option<Port>) {
        let Some(stream) = self.streams.get(port) else {
            return;
        };
        for &(recording, role) in &stream.taps {
            match role {
                Role::Caller => self.sink.tap(recording, Side::Caller, arrival, raw),
                Role::Callee(caller) if forwarded == Some(caller) => {
                    self.sink.tap(recording, Side::Callee, arrival, raw);
                }
                Role::Callee(_) => {}
            }
        }
    }

    /// RTCP crosses as it is, also while a side is on hold (RFC 3264 section 5.1).
    fn handle_rtcp(&mut self, port: Port, source: SocketAddr, packet: &[u8]) -> Verdict {
        let Some(stream) = self.streams.get_mut(port) else {
            return Verdict::Dropped(DropReason::Closed);
        };
        if !is_rtcp(packet) {
            return Verdict::Dropped(DropReason::NotRtcp);
        }
        if !stream.accepts_rtcp(source) {
            return Verdict::Dropped(DropReason::Source);
        }
        stream.rtcp_source = Some(source);
        stream.stats.rtcp.received += 1;
        if let Some(report) = first_report(packet) {
            stream.stats.rtcp.far_lost = Some(report.lost);
            stream.stats.rtcp.far_jitter_us = Some(report.jitter.saturating_mul(TICK_US));
        }
        let Some(peer) = stream.peer.and_then(|peer| self.streams.get_mut(peer)) else {
            return Verdict::Consumed;
        };
        match peer.rtcp_target() {
            Some(to) => {
                peer.stats.rtcp.sent += 1;
                Verdict::Forward { port: peer.port, to }
            }
            None => Verdict::Consumed,
        }
    }
}

impl Stream {
    fn count(&mut self, arrival: Instant, header: &Packet<'_>, is_event: bool) {
        self.stats.received += 1;
        self.reception.count(arrival, header, !is_event);
        self.stats.codec = Codec::from_payload_type(header.pt).or(self.stats.codec);
    }
}
