//! A worker with two far ends, a clock that only moves when told, and a tape.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use pointsman_media::{
    Codec, Command, Family, Kind, Latch, MediaEvent, Packet, PayloadSet, PlayId, Port, Prompt, RecordingId,
    Side, StreamSpec, StreamStats, TapSink, Verdict, Worker, WorkerConfig, build_rtp, read_rtp,
};

pub(crate) const A: Port = Port(20_000);
pub(crate) const B: Port = Port(20_002);
pub(crate) const EVENT: u8 = 101;

/// Where the far end of a port says that it is.
pub(crate) fn far(port: Port) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1], port.0 + 10_000))
}

/// Somewhere else.
pub(crate) fn stranger(n: u8) -> SocketAddr {
    SocketAddr::from(([203, 0, 113, n], 6000))
}

/// What the sink was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Taped {
    Start(RecordingId, PathBuf, Instant),
    Tap(RecordingId, Side, Instant, Vec<u8>),
    Stop(RecordingId, Instant),
}

#[derive(Debug, Default)]
pub(crate) struct Tape(pub(crate) Vec<Taped>);

impl TapSink for Tape {
    fn start(&mut self, recording: RecordingId, path: &Path, at: Instant) {
        self.0.push(Taped::Start(recording, path.to_owned(), at));
    }

    fn tap(&mut self, recording: RecordingId, side: Side, arrival: Instant, packet: &[u8]) {
        self.0.push(Taped::Tap(recording, side, arrival, packet.to_vec()));
    }

    fn stop(&mut self, recording: RecordingId, at: Instant) {
        self.0.push(Taped::Stop(recording, at));
    }
}

/// A packet of the worker's own making, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) port: Port,
    pub(crate) to: SocketAddr,
    pub(crate) pt: u8,
    pub(crate) marker: bool,
    pub(crate) seq: u16,
    pub(crate) timestamp: u32,
    pub(crate) ssrc: u32,
    pub(crate) payload: Vec<u8>,
}

pub(crate) struct World {
    pub(crate) worker: Worker<Tape>,
    pub(crate) start: Instant,
    pub(crate) now: Instant,
}

impl World {
    /// Nothing open.
    #[expect(
        clippy::disallowed_methods,
        reason = "std has no other way to an Instant; which one does not matter"
    )]
    pub(crate) fn empty() -> Self {
        let config = WorkerConfig {
            seed: [7; 32],
            ..WorkerConfig::default()
        };
        let start = Instant::now();
        Self {
            worker: Worker::with_sink(config, Tape::default()),
            start,
            now: start,
        }
    }

    /// Both legs open and bridged, strict.
    pub(crate) fn bridged() -> Self {
        let mut world = Self::empty();
        world.open(A, spec(A));
        world.open(B, spec(B));
        world.order(Command::Bridge { a: A, b: B });
        world
    }

    pub(crate) fn order(&mut self, command: Command) {
        self.worker.handle_command(self.now, command);
    }

    pub(crate) fn open(&mut self, port: Port, spec: StreamSpec) {
        self.order(Command::Open { port, spec });
    }

    pub(crate) fn update(&mut self, port: Port, spec: StreamSpec) {
        self.order(Command::Update { port, spec });
    }

    pub(crate) fn play(&mut self, port: Port, id: u32, prompt: &Arc<Prompt>, repeat: u32) {
        let prompt = Arc::clone(prompt);
        self.order(Command::Play {
            port,
            id: PlayId(id),
            prompt,
            codec: Codec::Pcma,
            pt: 8,
            repeat,
        });
    }

    pub(crate) fn record(&mut self, id: u64, caller: Port, callee: Option<Port>) {
        let path = PathBuf::from(format!("{id}.wav"));
        self.order(Command::Record {
            id: RecordingId(id),
            path,
            caller,
            callee,
        });
    }

    /// Lets time pass and does what is due, packet by packet.
    pub(crate) fn run(&mut self, duration: Duration) -> Vec<(Duration, Sent)> {
        let end = self.now + duration;
        let mut sent = Vec::new();
        loop {
            sent.extend(
                self.packets()
                    .into_iter()
                    .map(|packet| (self.now - self.start, packet)),
            );
            match self.worker.poll_timeout() {
                Some((at, why)) if at <= end => {
                    assert!(!why.is_empty());
                    self.now = self.now.max(at);
                    self.worker.handle_timeout(self.now);
                }
                _ => break,
            }
        }
        self.now = end;
        sent
    }

    /// A packet on the RTP port, 20 ms of A-law of the far end of `port` with SSRC 1; its timestamp follows from `seq`.
    pub(crate) fn rtp(&mut self, port: Port, source: SocketAddr, seq: u16) -> Verdict {
        self.rtp_as(port, source, seq, 8, 1)
    }

    pub(crate) fn rtp_as(&mut self, port: Port, source: SocketAddr, seq: u16, pt: u8, ssrc: u32) -> Verdict {
        self.raw(port, Kind::Rtp, source, &mut packet(seq, pt, ssrc))
    }

    pub(crate) fn raw(&mut self, port: Port, kind: Kind, source: SocketAddr, packet: &mut [u8]) -> Verdict {
        self.worker.handle_packet(self.now, port, kind, source, packet)
    }

    /// Everything the worker wants to send now.
    pub(crate) fn packets(&mut self) -> Vec<Sent> {
        let mut out = [0xee; 1500];
        let mut sent = Vec::new();
        while let Some((port, to, length)) = self.worker.poll_packet(&mut out) {
            let Packet {
                pt,
                marker,
                seq,
                timestamp,
                ssrc,
                payload,
            } = read_rtp(&out[..length]).expect("RTP is sent");
            sent.push(Sent {
                port,
                to,
                pt,
                marker,
                seq,
                timestamp,
                ssrc,
                payload: payload.to_vec(),
            });
        }
        sent
    }

    pub(crate) fn events(&mut self) -> Vec<MediaEvent> {
        std::iter::from_fn(|| self.worker.poll_event()).collect()
    }

    pub(crate) fn connects(&mut self) -> Vec<(Port, Option<SocketAddr>)> {
        std::iter::from_fn(|| self.worker.poll_connect()).collect()
    }

    /// Closes a port and returns its totals.
    pub(crate) fn close(&mut self, port: Port) -> StreamStats {
        self.order(Command::Close { port });
        let closed = self.events().into_iter().find_map(|event| match event {
            MediaEvent::Closed { port: closed, stats } if closed == port => Some(stats),
            _ => None,
        });
        closed.expect("closing an open port reports its totals")
    }

    /// What the tape holds, and empties it.
    pub(crate) fn taped(&mut self) -> Vec<Taped> {
        std::mem::take(&mut self.worker.sink_mut().0)
    }
}

/// 20 ms of RTP.
pub(crate) fn packet(seq: u16, pt: u8, ssrc: u32) -> Vec<u8> {
    let payload = [seq as u8; 160];
    let timestamp = 160 * u32::from(seq);
    write(&Packet {
        pt,
        marker: false,
        seq,
        timestamp,
        ssrc,
        payload: &payload,
    })
}

pub(crate) fn write(packet: &Packet<'_>) -> Vec<u8> {
    let mut out = vec![0; 12 + packet.payload.len()];
    assert_eq!(build_rtp(packet, &mut out), Some(out.len()));
    out
}

/// A strict stream whose far end is where it says.
pub(crate) fn spec(port: Port) -> StreamSpec {
    StreamSpec {
        family: Family::V4,
        remote: Some(far(port)),
        remote_rtcp: None,
        payloads: PayloadSet::from_iter([8, 0, EVENT]),
        telephone_event: Some(EVENT),
        latch: Latch::Strict,
        send: true,
        receive: true,
    }
}

/// The same, on a trunk behind a NAT.
pub(crate) fn loose(port: Port) -> StreamSpec {
    StreamSpec {
        latch: Latch::Probation,
        ..spec(port)
    }
}

/// A prompt whose encoded bytes all differ from silence, of that many samples.
pub(crate) fn prompt(samples: usize) -> Arc<Prompt> {
    Arc::new(Prompt::from_samples(
        (0..samples).map(|n| 2000 + n as i16 % 1000).collect(),
    ))
}

pub(crate) fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

pub(crate) fn forward(port: Port, to: SocketAddr) -> Verdict {
    Verdict::Forward { port, to }
}
