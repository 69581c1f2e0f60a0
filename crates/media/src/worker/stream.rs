//! One leg's stream, and the table of all of them.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use smallvec::SmallVec;

use crate::{
    Codec, Latch, Packet, Port, RecordingId, StreamSpec, StreamStats,
    digits::{Digits, Pressed, tones::Tones},
    stats::Reception,
    worker::{
        latch::{Latching, REARM},
        play::{Player, Voice},
    },
};

/// What a recording wants of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Its packets are what the caller says, and announcements to it are what the caller hears.
    Caller,
    /// Its packets are what the caller hears, as long as they go to this port.
    Callee(Port),
}

#[derive(Debug)]
pub(super) struct Stream {
    pub(super) port: Port,
    pub(super) spec: StreamSpec,
    pub(super) latch: Latching,
    /// Where RTCP really comes from.
    pub(super) rtcp_source: Option<SocketAddr>,
    pub(super) peer: Option<Port>,
    pub(super) voice: Option<Voice>,
    pub(super) player: Option<Player>,
    pub(super) taps: SmallVec<[(RecordingId, Role); 1]>,
    pub(super) stats: StreamStats,
    pub(super) reception: Reception,
    pub(super) digits: Digits,
    /// Present while keys can only come as tones.
    pub(super) tones: Option<Box<Tones>>,
    /// When the far end was last allowed to begin sending again.
    pub(super) resumed: Instant,
    /// The RTP time-out has been reported and no packet has come since.
    pub(super) silent: bool,
    /// The deadline set for this stream.
    pub(super) watch: Option<Instant>,
    /// What the owner was last told to connect the socket to.
    pub(super) connected: Option<SocketAddr>,
}

impl Stream {
    pub(super) fn new(port: Port, spec: StreamSpec, now: Instant) -> Self {
        let latch = Latching::new(spec.remote);
        Self {
            port,
            spec,
            latch,
            rtcp_source: None,
            peer: None,
            voice: None,
            player: None,
            taps: SmallVec::new(),
            stats: StreamStats::default(),
            reception: Reception::default(),
            digits: Digits::default(),
            tones: None,
            resumed: now,
            silent: false,
            watch: None,
            connected: None,
        }
    }

    /// One packet of audio, for the keys that it ends or holds. Tones are listened for only while the far end has no
    /// telephone-event and nobody to talk to: what is relayed is never decoded.
    pub(super) fn listen(&mut self, packet: &Packet<'_>, mut report: impl FnMut(Pressed)) {
        if self.spec.telephone_event.is_some() {
            self.digits.audio(packet, report);
        } else if let (None, Some(codec)) = (self.peer, Codec::from_payload_type(packet.pt)) {
            let tones = self.tones.get_or_insert_with(|| Box::new(Tones::new()));
            tones.audio(packet, codec, report);
        } else if let Some(mut tones) = self.tones.take() {
            tones.release(&mut report);
        }
    }

    /// Where RTP for the far end goes, if it may have any.
    pub(super) fn target(&self) -> Option<SocketAddr> {
        self.latch.latched.or(self.spec.remote).filter(|_| self.spec.send)
    }

    /// Where RTCP for the far end goes.
    pub(super) fn rtcp_target(&self) -> Option<SocketAddr> {
        let above = |rtp: SocketAddr| Some(SocketAddr::new(rtp.ip(), rtp.port().checked_add(1)?));
        let elsewhere = self
            .latch
            .latched
            .filter(|latched| self.spec.remote != Some(*latched));
        self.rtcp_source
            .or_else(|| elsewhere.and_then(above))
            .or(self.spec.remote_rtcp)
            .or_else(|| self.spec.remote.and_then(above))
    }

    /// May RTCP come from `source`? On a strict stream only from where its SDP says; else also from the address that
    /// RTP comes from, for behind a NAT the port is anyone's guess.
    pub(super) fn accepts_rtcp(&self, source: SocketAddr) -> bool {
        let signalled = self.latch.signalled;
        let above = signalled.and_then(|rtp| Some(SocketAddr::new(rtp.ip(), rtp.port().checked_add(1)?)));
        let exact = self.spec.remote_rtcp.or(above) == Some(source);
        let near = self
            .latch
            .latched
            .is_some_and(|latched| latched.ip() == source.ip());
        exact || (self.spec.latch == Latch::Probation && near)
    }

    /// The only source that the socket needs to hear: the latched one, unless another could still be believed.
    pub(super) fn only_source(&self, now: Instant) -> Option<SocketAddr> {
        let certain = |source: &SocketAddr| self.latch.signalled.is_none_or(|signalled| signalled == *source);
        let settled = self.spec.latch == Latch::Strict || self.latch.is_alive(now);
        self.latch.latched.filter(certain).filter(|_| settled)
    }

    /// When silence must be looked at next.
    pub(super) fn deadline(&self, now: Instant, rtp_timeout: Duration) -> Option<Instant> {
        let heard = self.latch.heard?;
        let loosens = self.spec.latch == Latch::Probation && self.connected.is_some();
        let rearm = Some(heard + REARM).filter(|at| loosens && *at > now);
        let timeout = self.times_out().then(|| heard.max(self.resumed) + rtp_timeout);
        rearm.into_iter().chain(timeout).min()
    }

    /// Is the RTP time-out running?
    pub(super) fn times_out(&self) -> bool {
        self.spec.receive && !self.silent
    }
}

/// Streams by port. A table, not a map: one look-up per packet, and iteration order is the order of ports.
#[derive(Debug, Default)]
pub(super) struct Streams {
    slots: Vec<Option<Box<Stream>>>,
    open: usize,
}

impl Streams {
    pub(super) fn get(&self, port: Port) -> Option<&Stream> {
        self.slots
            .get(slot(port))?
            .as_deref()
            .filter(|stream| stream.port == port)
    }

    pub(super) fn get_mut(&mut self, port: Port) -> Option<&mut Stream> {
        self.slots
            .get_mut(slot(port))?
            .as_deref_mut()
            .filter(|stream| stream.port == port)
    }

    /// The place must be empty.
    pub(super) fn insert(&mut self, stream: Stream) {
        let at = slot(stream.port);
        if self.slots.len() <= at {
            self.slots.resize_with(at + 1, || None);
        }
        self.slots[at] = Some(Box::new(stream));
        self.open += 1;
    }

    /// Takes out whatever is on the pair of ports.
    pub(super) fn remove(&mut self, port: Port) -> Option<Box<Stream>> {
        let stream = self.slots.get_mut(slot(port))?.take()?;
        self.open -= 1;
        Some(stream)
    }

    pub(super) fn open(&self) -> usize {
        self.open
    }
}

fn slot(port: Port) -> usize {
    usize::from(port.0 / 2)
}
