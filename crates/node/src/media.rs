//! The media thread: a plain loop around the sans-IO relay.
//!
//! One wake is: take the orders of the signalling thread, take one packet from each socket that has one, send what
//! is to be sent in place, report. Orders are taken before packets, so they need no wake-up of their own: the packet
//! they are for brings one.

use crate::metrics::Metrics;
use crate::ports::PortSockets;
use crate::ring::{RingReceiver, RingSender};
use crate::sys::{Epoll, Events};
use crate::tape::Tape;
use crate::wake::Wake;
use pointsman_media::{Command, DropReason, Kind, MediaEvent, Port, Verdict, Worker};
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

/// Token of the wake-up; ports are below it.
const WAKE: u64 = 1 << 16;

/// Reports per wait.
const EVENTS: usize = 256;

/// Longest packet relayed. Audio is far below; what is longer is cut and then fails the relay's checks.
const PACKET: usize = 4096;

/// Index into [`crate::metrics::RTP_LABELS`] of a packet that could not be sent.
const UNSENT: usize = 7;

/// What the media thread owns.
pub(crate) struct MediaThread {
    worker: Worker<Tape>,
    sockets: PortSockets,
    epoll: Epoll,
    wake: Arc<Wake>,
    commands: RingReceiver<Command>,
    events: RingSender<MediaEvent>,
    metrics: Arc<Metrics>,
}

impl MediaThread {
    /// Sockets will be bound on `addresses`, one of each family. Ends when the writing end of `commands` is gone.
    pub(crate) fn new(
        worker: Worker<Tape>,
        addresses: Vec<IpAddr>,
        wake: Arc<Wake>,
        commands: RingReceiver<Command>,
        events: RingSender<MediaEvent>,
        metrics: Arc<Metrics>,
    ) -> io::Result<Self> {
        let epoll = Epoll::new()?;
        epoll.add(&*wake, WAKE)?;
        let sockets = PortSockets::new(addresses);
        Ok(Self {
            worker,
            sockets,
            epoll,
            wake,
            commands,
            events,
            metrics,
        })
    }

    /// Relays until the signalling thread is gone.
    pub(crate) fn run(mut self) -> io::Result<()> {
        let mut ready = Events::with_capacity(EVENTS);
        let mut buffer = [0; PACKET];
        while !self.commands.is_closed() {
            self.wait(&mut ready)?;
            let now = Instant::now();
            while let Some(command) = self.commands.pop() {
                self.obey(now, command);
            }
            for index in 0..ready.len() {
                let token = ready.get(index).token;
                if token == WAKE {
                    self.wake.clear();
                } else {
                    self.relay(now, token, &mut buffer);
                }
            }
            if self
                .worker
                .poll_timeout()
                .is_some_and(|(deadline, _)| deadline <= now)
            {
                self.worker.handle_timeout(now);
            }
            self.drain(now, &mut buffer);
        }
        let now = Instant::now();
        self.worker.sink_mut().hand_over(now);
        Ok(())
    }

    fn wait(&mut self, ready: &mut Events) -> io::Result<()> {
        let now = Instant::now();
        let deadlines = [
            self.worker.poll_timeout().map(|(at, _)| at),
            self.worker.sink().due(),
            self.events.due(now),
        ];
        let timeout = deadlines
            .into_iter()
            .flatten()
            .min()
            .map(|at| at.saturating_duration_since(now));
        self.wake.falling_asleep();
        let timeout = if self.commands.is_empty() {
            timeout
        } else {
            Some(std::time::Duration::ZERO)
        };
        let waited = self.epoll.wait(ready, timeout);
        self.wake.awake();
        waited
    }

    fn obey(&mut self, now: Instant, command: Command) {
        let closing = match &command {
            Command::Open { port, spec } => {
                let opened = self.sockets.open(now, *port, spec.family, &self.epoll);
                self.unbound(*port, opened);
                None
            }
            Command::Update { port, spec } => {
                let moved = self.sockets.follow(now, *port, spec.family, &self.epoll);
                self.unbound(*port, moved);
                None
            }
            Command::Close { port } => Some(*port),
            _ => None,
        };
        self.worker.handle_command(now, command);
        self.follow_latches();
        if let Some(port) = closing {
            self.sockets.close(now, port);
        }
    }

    fn unbound(&self, port: Port, result: io::Result<()>) {
        if let Err(error) = result {
            // The call goes on without sound; the next one on this port tries again.
            tracing::error!(port = port.0, %error, "cannot bind an RTP port");
            self.metrics.rtp_unbound.inc();
        }
    }

    fn relay(&mut self, now: Instant, token: u64, buffer: &mut [u8]) {
        let Some((port, kind, source, len)) = self.sockets.receive(token, buffer) else {
            return;
        };
        let fate = match self
            .worker
            .handle_packet(now, port, kind, source, &mut buffer[..len])
        {
            Verdict::Forward { port, to } => {
                if self.sockets.send(port, kind, to, &buffer[..len]) {
                    0
                } else {
                    UNSENT
                }
            }
            Verdict::Consumed => 1,
            Verdict::Dropped(reason) => fate_of(reason),
        };
        self.metrics.count_rtp(fate, 1);
    }

    fn drain(&mut self, now: Instant, buffer: &mut [u8]) {
        self.follow_latches();
        while let Some((port, to, len)) = self.worker.poll_packet(buffer) {
            self.sockets.send(port, Kind::Rtp, to, &buffer[..len]);
        }
        while let Some(event) = self.worker.poll_event() {
            self.events.push(event);
        }
        self.events.settle(now, false);
        let tape = self.worker.sink_mut();
        if tape.due().is_some_and(|due| due <= now) {
            tape.hand_over(now);
        }
        let lost = tape.take_lost();
        if lost > 0 {
            tracing::warn!(
                packets = lost,
                "the recorder does not keep up: recorded as silence"
            );
            self.metrics.recorder_lost.inc_by(lost);
        }
    }

    fn follow_latches(&mut self) {
        while let Some((port, to)) = self.worker.poll_connect() {
            self.sockets.connect(port, to);
        }
    }
}

/// Index into [`crate::metrics::RTP_LABELS`].
fn fate_of(reason: DropReason) -> usize {
    match reason {
        DropReason::Closed => 2,
        DropReason::NotRtp => 3,
        DropReason::NotRtcp => 4,
        DropReason::Source => 5,
        DropReason::Hold => 6,
    }
}
