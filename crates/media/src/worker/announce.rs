//! Playing announcements.

use std::{cmp::Reverse, net::SocketAddr, time::Instant};

use crate::{
    MediaEvent, Port, build_rtp,
    worker::{
        Side, TapSink, Worker,
        play::{FRAME, LATE, Player, Voice},
        stream::{Role, Stream},
    },
};

impl<S: TapSink> Worker<S> {
    /// Starts a play-out at `now`, or on the next beat if one was just playing.
    pub(super) fn start_play(&mut self, now: Instant, port: Port, player: Player) {
        let Some(stream) = self.streams.get_mut(port) else {
            return;
        };
        let voice = stream.voice.get_or_insert_with(|| Voice::new(&mut self.rng, now));
        voice.skip_to(now);
        stream.player = Some(player);
        self.beats.push(Reverse((voice.due, port)));
    }

    /// The next packet of an announcement that is due.
    pub(super) fn announce_next(&mut self, out: &mut [u8]) -> Option<(Port, SocketAddr, usize)> {
        let clock = self.clock?;
        while let Some(&Reverse((due, port))) = self.beats.peek().filter(|next| next.0.0 <= clock) {
            self.beats.pop();
            let sent = self.announce(clock, due, port, out);
            if sent.is_some() {
                return sent;
            }
        }
        None
    }

    /// One beat of one announcement: a packet, or nothing if its far end may not be sent to, or the end.
    fn announce(
        &mut self,
        clock: Instant,
        due: Instant,
        port: Port,
        out: &mut [u8],
    ) -> Option<(Port, SocketAddr, usize)> {
        let stream = self
            .streams
            .get_mut(port)
            .filter(|stream| stream.due() == Some(due))?;
        let target = stream.target();
        let (voice, player) = (stream.voice.as_mut()?, stream.player.as_mut()?);
        if clock.saturating_duration_since(due) > LATE {
            voice.skip_to(clock);
            player.marker = true;
        }
        let at = voice.due;
        let mut frame = [0; FRAME];
        if !player.fill(&mut frame) {
            let id = player.id;
            stream.player = None;
            self.events.push_back(MediaEvent::PlayEnded { port, id });
            return None;
        }
        let Some(to) = target else {
            voice.rest();
            player.marker = true;
            self.beats.push(Reverse((voice.due, port)));
            return None;
        };
        let packet = voice.say(player.pt, player.marker, &frame);
        player.marker = false;
        self.beats.push(Reverse((voice.due, port)));
        let length = build_rtp(&packet, out)?;
        stream.stats.sent += 1;
        for &(recording, role) in &stream.taps {
            if role == Role::Caller {
                self.sink.tap(recording, Side::Callee, at, &out[..length]);
            }
        }
        Some((port, to, length))
    }
}

impl Stream {
    /// When the next packet of its announcement is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.voice.as_ref().map(|voice| voice.due)
    }
}
