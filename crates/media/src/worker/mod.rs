//! The relay: commands and packets in; verdicts, packets of our own, events and deadlines out.

mod announce;
mod command;
mod hold;
mod latch;
mod packet;
mod play;
mod stream;
mod tap;
mod verdict;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, VecDeque},
    net::SocketAddr,
    time::{Duration, Instant},
};

use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

pub use tap::{NoTap, Side, TapSink};
pub use verdict::{DropReason, Kind, Verdict, WorkerConfig};

use crate::{
    MediaEvent, Port, RecordingId,
    worker::{
        hold::{Held, HoldPool},
        stream::Streams,
    },
};

/// Deadlines, soonest first. An entry that its stream no longer knows of is stale and means nothing.
type Deadlines = BinaryHeap<Reverse<(Instant, Port)>>;

/// Relays the streams of many calls. Sans-IO: after any `handle_*` the owner drains [`Worker::poll_packet`], then
/// [`Worker::poll_event`] and [`Worker::poll_connect`], and then sleeps until [`Worker::poll_timeout`].
#[derive(Debug)]
pub struct Worker<S = NoTap> {
    sink: S,
    rtp_timeout: Duration,
    rng: ChaCha8Rng,
    /// The latest time heard of; what is due by then is played.
    clock: Option<Instant>,
    streams: Streams,
    /// Caller and callee of what is being recorded.
    recordings: BTreeMap<RecordingId, (Port, Option<Port>)>,
    pool: HoldPool,
    /// Held packets on their way out.
    released: VecDeque<Released>,
    beats: Deadlines,
    watches: Deadlines,
    events: VecDeque<MediaEvent>,
    connects: VecDeque<(Port, Option<SocketAddr>)>,
}

#[derive(Debug)]
struct Released {
    port: Port,
    to: SocketAddr,
    held: Held,
}

impl Worker {
    /// A worker that records nothing.
    pub fn new(config: WorkerConfig) -> Self {
        Self::with_sink(config, NoTap)
    }
}

impl<S: TapSink> Worker<S> {
    /// A worker whose recorded packets go to `sink`.
    pub fn with_sink(config: WorkerConfig, sink: S) -> Self {
        Self {
            sink,
            rtp_timeout: config.rtp_timeout,
            rng: ChaCha8Rng::from_seed(config.seed),
            clock: None,
            streams: Streams::default(),
            recordings: BTreeMap::new(),
            pool: HoldPool::new(config.held_packets),
            released: VecDeque::with_capacity(usize::from(config.held_packets)),
            beats: Deadlines::with_capacity(64),
            watches: Deadlines::with_capacity(64),
            events: VecDeque::with_capacity(64),
            connects: VecDeque::with_capacity(64),
        }
    }

    /// The sink.
    pub fn sink(&self) -> &S {
        &self.sink
    }

    /// The sink, to take from it.
    pub fn sink_mut(&mut self) -> &mut S {
        &mut self.sink
    }

    /// Does what has become due.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.advance(now);
        while let Some(&Reverse((due, port))) = self.watches.peek().filter(|next| next.0.0 <= now) {
            self.watches.pop();
            self.look_at_silence(now, due, port);
        }
    }

    /// The next RTP packet of our own to send: announcements, and packets released when a stream latched. Written
    /// into `out` (at least 1,500 bytes); returns port to send from, destination and length.
    pub fn poll_packet(&mut self, out: &mut [u8]) -> Option<(Port, SocketAddr, usize)> {
        self.release_next(out).or_else(|| self.announce_next(out))
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<MediaEvent> {
        self.events.pop_front()
    }

    /// A change of [`Worker::connected`]: connect the RTP socket of the port to the address, or disconnect it.
    pub fn poll_connect(&mut self) -> Option<(Port, Option<SocketAddr>)> {
        self.connects.pop_front()
    }

    /// When to call [`Worker::handle_timeout`], and why.
    pub fn poll_timeout(&self) -> Option<(Instant, &'static str)> {
        let beat = self
            .beats
            .peek()
            .map(|next| (next.0.0, "next packet of an announcement"));
        let watch = self.watches.peek().map(|next| (next.0.0, "silence of a far end"));
        beat.into_iter().chain(watch).min()
    }

    /// The address that the RTP socket of a port may be connected to: the latched one, as long as no other source
    /// would be believed.
    pub fn connected(&self, port: Port) -> Option<SocketAddr> {
        self.streams.get(port)?.connected
    }

    /// Open streams.
    pub fn streams(&self) -> usize {
        self.streams.open()
    }

    /// Packets held for a latch to decide, or on their way out since it has.
    pub fn held_packets(&self) -> usize {
        self.pool.in_use()
    }

    fn advance(&mut self, now: Instant) {
        self.clock = Some(self.clock.map_or(now, |clock| clock.max(now)));
    }

    /// A deadline of a stream has come: has its far end been silent for too long?
    fn look_at_silence(&mut self, now: Instant, due: Instant, port: Port) {
        let timeout = self.rtp_timeout;
        let Some(stream) = self
            .streams
            .get_mut(port)
            .filter(|stream| stream.watch == Some(due))
        else {
            return;
        };
        stream.watch = None;
        let since = stream.latch.heard.map(|heard| heard.max(stream.resumed));
        if stream.times_out() && since.is_some_and(|since| now >= since + timeout) {
            stream.silent = true;
            self.events.push_back(MediaEvent::Silent { port });
        }
        self.settle(now, port);
    }

    /// After anything that may change whom a stream listens to: tells the owner what to connect, and sets a deadline
    /// if none is set.
    fn settle(&mut self, now: Instant, port: Port) {
        let Some(stream) = self.streams.get_mut(port) else {
            return;
        };
        let only = stream.only_source(now);
        if stream.connected != only {
            stream.connected = only;
            self.connects.push_back((port, only));
        }
        if stream.watch.is_none() {
            stream.watch = stream.deadline(now, self.rtp_timeout);
            self.watches.extend(stream.watch.map(|at| Reverse((at, port))));
        }
    }

    /// Drops deadlines whose reason is gone, so that nothing wakes the owner in vain.
    fn forget_stale(&mut self) {
        let streams = &self.streams;
        drop_while(&mut self.beats, |(at, port)| {
            let playing = |stream: &stream::Stream| stream.player.is_some() && stream.due() == Some(at);
            !streams.get(port).is_some_and(playing)
        });
        drop_while(&mut self.watches, |(at, port)| {
            streams.get(port).is_none_or(|stream| stream.watch != Some(at))
        });
    }
}

fn drop_while(deadlines: &mut Deadlines, is_stale: impl Fn((Instant, Port)) -> bool) {
    while deadlines.peek().is_some_and(|next| is_stale(next.0)) {
        deadlines.pop();
    }
}
