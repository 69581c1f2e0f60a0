//! Obeying orders.

use std::time::Instant;

use crate::{
    Command, MediaEvent, Port, RecordingId, StreamSpec,
    worker::{
        TapSink, Worker,
        play::Player,
        stream::{Role, Stream},
    },
};

impl<S: TapSink> Worker<S> {
    /// Obeys an order.
    pub fn handle_command(&mut self, now: Instant, command: Command) {
        self.advance(now);
        match command {
            Command::Open { port, spec } => {
                self.close(port);
                self.streams.insert(Stream::new(port, spec, now));
            }
            Command::Update { port, spec } => self.update(now, port, spec),
            Command::Bridge { a, b } => self.bridge(a, b),
            Command::Unbridge { a } => self.unbridge(a),
            Command::Play {
                port,
                id,
                prompt,
                codec,
                pt,
                repeat,
            } => {
                self.start_play(now, port, Player::new(id, prompt, codec, pt, repeat));
            }
            Command::StopPlay { port } => {
                if let Some(stream) = self.streams.get_mut(port) {
                    stream.player = None;
                }
            }
            Command::Record {
                id,
                path,
                caller,
                callee,
            } => {
                if !self.untap(id) {
                    self.sink.start(id, &path, now);
                }
                self.record(id, caller, callee);
            }
            Command::StopRecord { id } => {
                if self.untap(id) {
                    self.recordings.remove(&id);
                    self.sink.stop(id, now);
                }
            }
            Command::Close { port } => self.close(port),
        }
        self.forget_stale();
    }

    fn update(&mut self, now: Instant, port: Port, spec: StreamSpec) {
        let Some(stream) = self.streams.get_mut(port) else {
            return;
        };
        stream.stats.dropped += stream.latch.update(&spec, &mut self.pool);
        if stream.spec.remote_rtcp != spec.remote_rtcp || stream.latch.latched.is_none() {
            stream.rtcp_source = None;
        }
        if spec.receive && !stream.spec.receive {
            stream.resumed = now;
            stream.silent = false;
        }
        stream.spec = spec;
        self.settle(now, port);
    }

    fn bridge(&mut self, a: Port, b: Port) {
        if a == b || self.streams.get(a).is_none() || self.streams.get(b).is_none() {
            return;
        }
        for (port, peer) in [(a, b), (b, a)] {
            self.unbridge(port);
            if let Some(stream) = self.streams.get_mut(port) {
                stream.peer = Some(peer);
            }
        }
    }

    fn unbridge(&mut self, port: Port) {
        let peer = self.streams.get_mut(port).and_then(|stream| stream.peer.take());
        if let Some(other) = peer.and_then(|peer| self.streams.get_mut(peer)) {
            other.peer = None;
        }
    }

    fn record(&mut self, id: RecordingId, caller: Port, callee: Option<Port>) {
        self.recordings.insert(id, (caller, callee));
        let roles = [(Some(caller), Role::Caller), (callee, Role::Callee(caller))];
        for (port, role) in roles {
            if let Some(stream) = port.and_then(|port| self.streams.get_mut(port)) {
                stream.taps.push((id, role));
            }
        }
    }

    /// Takes a recording off its streams; false if there is no such recording.
    fn untap(&mut self, id: RecordingId) -> bool {
        let Some(&(caller, callee)) = self.recordings.get(&id) else {
            return false;
        };
        for port in [Some(caller), callee].into_iter().flatten() {
            if let Some(stream) = self.streams.get_mut(port) {
                stream.taps.retain(|tap| tap.0 != id);
            }
        }
        true
    }

    /// Ends a stream. Its taps go with it: the next call on the port is not the one that was recorded.
    fn close(&mut self, port: Port) {
        self.unbridge(port);
        let Some(mut stream) = self.streams.remove(port) else {
            return;
        };
        stream.stats.dropped += stream.latch.end_probations(&mut self.pool);
        stream.stats.lost = stream.reception.lost();
        stream.stats.jitter_us = stream.reception.jitter_us();
        if stream.connected.is_some() {
            self.connects.push_back((port, None));
        }
        self.events.push_back(MediaEvent::Closed {
            port: stream.port,
            stats: stream.stats,
        });
    }
}
