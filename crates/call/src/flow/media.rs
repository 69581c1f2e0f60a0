//! Descriptions and streams: what each side is told, and what the media worker is told.

use pointsman_media::{Chosen, Command, Mode, Port, RelayAs, Sdp, StreamSpec, StreamStats};

use crate::call::{Call, State};
use crate::core::{Core, LegKey};
use crate::leg::Leg;

impl Call {
    /// `sdp` of one side as the other side's leg shows it.
    pub(crate) fn as_seen_by(core: &Core, leg: &Leg, sdp: &Sdp, mode: Mode, keep: Option<&[u8]>) -> Sdp {
        sdp.relay(&RelayAs {
            address: core.addresses.shown(leg.family),
            port: leg.port.unwrap_or(Port(0)),
            origin: leg.origin,
            mode,
            keep_payloads: keep,
        })
    }

    /// Makes the description that `key` is sent from what the other side said. It becomes the leg's `local_sdp`.
    pub(crate) fn describe(&mut self, core: &Core, key: LegKey, sdp: &Sdp, mode: Mode) {
        if let Some(next) = self
            .leg(key)
            .map(|leg| Self::as_seen_by(core, leg, sdp, mode, None))
        {
            self.keep_description(key, next);
        }
    }

    /// The same from the last description of the other side; `false` if it has sent none.
    pub(crate) fn describe_from(&mut self, core: &Core, key: LegKey, other: LegKey, mode: Mode) -> bool {
        let said = self.leg(other).and_then(|other| other.remote_sdp.as_ref());
        let next = said
            .zip(self.leg(key))
            .map(|(sdp, leg)| Self::as_seen_by(core, leg, sdp, mode, None));
        let is_said = next.is_some();
        if let Some(next) = next {
            self.keep_description(key, next);
        }
        is_said
    }

    fn keep_description(&mut self, key: LegKey, mut next: Sdp) {
        if let Some(leg) = self.leg_mut(key) {
            leg.origin.follow(leg.local_sdp.as_ref(), &mut next);
            leg.local_sdp = Some(next);
        }
    }

    /// Payload types of the answer the caller holds; the next attempt is held to them.
    pub(crate) fn payloads_told_to_caller(&self) -> Option<Vec<u8>> {
        let audio = self.caller().local_sdp.as_ref()?.audio()?;
        Some(audio.payloads.iter().map(|payload| payload.pt).collect())
    }

    /// What an announcement to the caller is encoded with.
    pub(crate) fn chosen_for_caller(&self) -> Option<Chosen> {
        if self.chosen.is_some() {
            return self.chosen;
        }
        let ours = self.caller().local_sdp.as_ref()?.audio()?;
        let theirs = self.caller().remote_sdp.as_ref()?.audio()?;
        let (codec, pt) = ours
            .codecs
            .iter()
            .find_map(|codec| Some((*codec, theirs.payload_type(*codec)?)))?;
        Some(Chosen {
            codec,
            pt,
            telephone_event: theirs.telephone_event,
            ptime: 20,
        })
    }

    /// Tells the media worker about a leg's stream as its peer describes it now.
    pub(crate) fn set_stream(&mut self, core: &mut Core, key: LegKey) {
        let Some(leg) = self.leg_mut(key) else { return };
        let Some(port) = leg.port else { return };
        if leg.closing {
            return;
        }
        let audio = leg.remote_sdp.as_ref().and_then(Sdp::audio);
        let Some(spec) = audio.map(|audio| StreamSpec::from_audio(leg.family, &audio, leg.latch)) else {
            return;
        };
        if leg.spec.as_ref() == Some(&spec) && leg.open {
            return;
        }
        leg.spec = Some(spec.clone());
        core.media.push_back(if leg.open {
            Command::Update { port, spec }
        } else {
            Command::Open { port, spec }
        });
        if !leg.open {
            leg.open = true;
            core.index.ports.insert(port, (self.key, key));
        }
    }

    /// Bridges the caller's stream with the callee's.
    pub(crate) fn connect_media(&mut self, core: &mut Core, callee: LegKey) {
        self.set_stream(core, LegKey::CALLER);
        self.set_stream(core, callee);
        let ports = (self.caller().port, self.leg(callee).and_then(|leg| leg.port));
        if let (Some(a), Some(b)) = ports
            && self.caller().open
        {
            core.media.push_back(Command::Bridge { a, b });
        }
    }

    /// Early media: bridges it and gives the caller the answer. `false` if the caller made no offer.
    pub(crate) fn bridge_early(&mut self, core: &mut Core, callee: LegKey) -> bool {
        if !self.offered {
            return false;
        }
        if self.caller().local_sdp.is_none()
            && !self.describe_from(core, LegKey::CALLER, callee, Mode::Answer)
        {
            return false;
        }
        self.connect_media(core, callee);
        true
    }

    /// Ends a leg's stream; its totals come with [`Call::stream_closed`].
    pub(crate) fn close_stream(&mut self, core: &mut Core, key: LegKey) {
        let Some(leg) = self.leg_mut(key) else { return };
        let Some(port) = leg.port.filter(|_| !leg.closing) else {
            return;
        };
        if leg.open {
            leg.closing = true;
            core.media.push_back(Command::Close { port });
        } else {
            leg.port = None;
            core.index.ports.remove(&port);
            core.ports.give(core.now, port);
        }
    }

    pub(crate) fn stream_closed(&mut self, core: &mut Core, key: LegKey, stats: &StreamStats) {
        if let Some(leg) = self.leg_mut(key) {
            leg.closing = false;
            leg.open = false;
            leg.port = None;
        }
        if let Some(record) = self.cdr.legs.get_mut(usize::from(key.0)) {
            record.codec = stats.codec.map(|codec| codec.name().into());
            record.received = stats.received;
            record.sent = stats.sent;
            record.lost = stats.lost;
            record.jitter_us = stats.jitter_us;
        }
        self.settle(core);
    }

    /// No packet from a leg for the RTP time-out. One silent side may be muted; when nobody sends any more the
    /// signalling of both was lost and the call would stay for ever.
    pub(crate) fn went_silent(&mut self, core: &mut Core, key: LegKey) {
        if let Some(leg) = self.leg_mut(key) {
            leg.silent = true;
        }
        let State::Connected { callee } = self.state else {
            return;
        };
        if self.caller().silent && self.leg(callee).is_some_and(|leg| leg.silent) {
            self.end_silent(core, callee);
        }
    }

    /// Packets from a leg again.
    pub(crate) fn heard(&mut self, key: LegKey) {
        if let Some(leg) = self.leg_mut(key) {
            leg.silent = false;
        }
    }
}
