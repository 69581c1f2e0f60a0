//! One attempt to reach somebody: its INVITE, and what comes back.

use std::time::{Duration, Instant};

use pointsman_media::{Codec, Command, Mode, PayloadSet, Sdp, StreamSpec, plain_offer};
use pointsman_policy::{Ended as StepEnded, Target};
use pointsman_sip::{Builder, ClientTx, Dialog, Ended, Flow, Message, Method, Name};

use crate::call::Call;
use crate::cdr::{Attempt, LegRecord};
use crate::core::{Core, LegKey, transport_param};
use crate::leg::{Acked, Invite, Leg};
use crate::outcome::{Failure, ended, status_of};
use crate::routing::Trunk;
use crate::timers::TimerKind;

/// How long an address may stay completely silent before it counts as unreachable: with T1 = 500 ms the INVITE has
/// gone out four times by then. Timer B (32 s) is far too long for a caller who hears nothing.
const FIRST_RESPONSE: Duration = Duration::from_secs(4);

/// The methods we understand.
pub(crate) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO";

/// The same where a peer may transfer calls.
pub(crate) const ALLOW_REFER: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, REFER";

/// What we call ourselves; nothing of the version that would help an attacker.
pub(crate) const PRODUCT: &str = "Pointsman";

impl Call {
    /// Sends the INVITE of an attempt.
    pub(crate) fn attempt(
        &mut self,
        core: &mut Core,
        target: &Target,
        ring: Duration,
    ) -> Result<LegKey, (StepEnded, Failure)> {
        let routing = self.routing.clone();
        let failed = |ended| {
            let (status, cause) = status_of(ended);
            (ended, Failure::own(status, "", cause))
        };
        let trunk = routing
            .trunk(target.trunk())
            .ok_or_else(|| failed(StepEnded::Unreachable))?;
        if core.addresses.of(trunk.media).is_none() {
            return Err((StepEnded::Rejected, Failure::of_family()));
        }
        let key = u16::try_from(self.legs.len()).map_err(|_| failed(StepEnded::Congestion))?;
        let key = LegKey(key);
        let port = core
            .ports
            .take(core.now)
            .ok_or_else(|| failed(StepEnded::Congestion))?;
        let flow = Flow::new(trunk.listener, trunk.transport, trunk.remote);
        let mut leg = Leg::new(
            core.layer.token(16),
            (trunk.media, trunk.latch),
            Invite::Over,
            core.next_id(),
        );
        leg.port = Some(port);
        leg.large = trunk.large;
        leg.refers = trunk.transfer;
        // The number that is rung, or that the call was transferred to.
        let diverted = [self.user_of(target), &self.facts.callee];
        leg.recorded = diverted
            .into_iter()
            .find_map(|number| self.recorded_number(number));
        leg.recorded_agent = self.recorded_agent_at(target);
        leg.attempt = Some(self.cdr.attempts.len());
        let call_id = format!("{}@{}", core.layer.token(24), core.addresses.shown(trunk.media));
        self.note_attempt(core, target, &call_id, trunk);
        core.index.tags.insert(leg.local_tag.clone(), (self.key, key));
        core.index.ports.insert(port, (self.key, key));
        self.legs.push(leg);

        let offer = self.offer_for(core, key);
        self.open_unknown(core, key, offer.as_ref());
        let request = self.invite(core, target, trunk, key, &call_id, offer.as_ref());
        let tx = core.layer.send_sized(core.now, request, flow, trunk.large);
        core.index.clients.insert(tx, (self.key, key));
        let ring_until = core.arm(ring, self.timer_key(TimerKind::Ring(key)));
        let silent_until = core.arm(FIRST_RESPONSE, self.timer_key(TimerKind::Silence(key)));
        if let Some(leg) = self.leg_mut(key) {
            leg.invite = Invite::Sent { tx };
            leg.local_sdp = offer;
            leg.ring_until = Some(ring_until);
            leg.silent_until = Some(silent_until);
        }
        Ok(key)
    }

    /// The user part to dial.
    pub(crate) fn user_of<'t>(&'t self, target: &'t Target) -> &'t str {
        match target {
            Target::Site { user, .. } => user,
            Target::Trunk { user, .. } => user.as_deref().unwrap_or(&self.dialled),
            Target::Number { number, .. } => number,
        }
    }

    fn note_attempt(&mut self, core: &Core, target: &Target, call_id: &str, trunk: &Trunk) {
        self.cdr.legs.push(LegRecord {
            call_id: call_id.into(),
            direction: "out".into(),
            remote: trunk.remote.to_string().into(),
            codec: None,
            received: 0,
            sent: 0,
            lost: 0,
            jitter_us: 0,
        });
        // Most calls have one.
        if self.cdr.attempts.is_empty() {
            self.cdr.attempts.reserve_exact(1);
        }
        self.cdr.attempts.push(Attempt {
            target: target.label(),
            trunk: trunk.name.as_str().into(),
            leg: Some(self.cdr.legs.len() - 1),
            started_ms: core.wall_ms(),
            ringing_ms: None,
            answered_ms: None,
            ended_ms: None,
            outcome: None,
            status: None,
            cause: None,
            agent: self.recorded_agent_at(target),
        });
    }

    /// The offer of a new attempt: the caller's own, held to what the caller has been told already; ours after an
    /// announcement to a caller without an offer; none if the caller leaves the offer to the callee.
    fn offer_for(&self, core: &Core, key: LegKey) -> Option<Sdp> {
        let leg = self.leg(key)?;
        let port = leg.port?;
        if key == LegKey::CALLER {
            let address = core.addresses.shown(leg.family);
            let codecs = [Codec::Pcma, Codec::Pcmu];
            return Some(plain_offer(address, port, leg.origin, &codecs));
        }
        if let Some(chosen) = self.chosen
            && !self.offered
        {
            let address = core.addresses.shown(leg.family);
            return Some(plain_offer(address, port, leg.origin, &[chosen.codec]));
        }
        if !self.offered {
            return None;
        }
        let keep = self.payloads_told_to_caller();
        let offer = self.caller().remote_sdp.as_ref()?;
        Some(Self::as_seen_by(core, leg, offer, Mode::Offer, keep.as_deref()))
    }

    fn invite(
        &self,
        core: &Core,
        target: &Target,
        trunk: &Trunk,
        key: LegKey,
        call_id: &str,
        offer: Option<&Sdp>,
    ) -> Builder {
        let user = self.user_of(target);
        let host = trunk.remote.to_string();
        let to = uri_of(user, &host);
        let tag = self.leg(key).map_or("", |leg| leg.local_tag.as_str());
        let ours = core
            .advertised
            .get(usize::from(trunk.listener))
            .map_or("", String::as_str);
        let (name, from) = match &self.caller_user {
            Some(user) => (display(self.shown_name(key)), uri_of(user, ours)),
            None => (
                "\"Anonymous\" ".to_owned(),
                "sip:anonymous@anonymous.invalid".to_owned(),
            ),
        };
        let request = Builder::request(&Method::INVITE, &to)
            .header(Name::MaxForwards, &self.max_forwards.to_string())
            .joined(Name::From, &[&name, "<", &from, ">;tag=", tag])
            .joined(Name::To, &["<", &to, ">"])
            .header(Name::CallId, call_id)
            .header(Name::CSeq, "1 INVITE")
            .joined(
                Name::Contact,
                &["<sip:", ours, transport_param(trunk.transport), ">"],
            )
            .header(Name::Allow, if trunk.transfer { ALLOW_REFER } else { ALLOW })
            .header(Name::UserAgent, PRODUCT);
        let request = match &self.caller().invite {
            Invite::Received {
                request: received, ..
            } => request
                .copy(Name::Privacy, received)
                .copy(Name::Subject, received)
                .copy(Name::Organization, received),
            _ => request,
        };
        match offer {
            Some(sdp) => request.body("application/sdp", sdp.as_bytes()),
            None => request,
        }
    }

    fn open_unknown(&mut self, core: &mut Core, key: LegKey, offer: Option<&Sdp>) {
        let payloads: PayloadSet = match offer.and_then(Sdp::audio) {
            Some(audio) => audio.payloads.iter().map(|payload| payload.pt).collect(),
            None => PayloadSet::default(),
        };
        let Some(leg) = self.leg_mut(key) else { return };
        let Some(port) = leg.port else { return };
        let spec = StreamSpec::unknown(leg.family, leg.latch, payloads);
        leg.open = true;
        leg.spec = Some(spec.clone());
        core.media.push_back(Command::Open { port, spec });
    }

    /// A response to an attempt's INVITE, whatever became of the attempt meanwhile.
    pub(crate) fn attempt_response(
        &mut self,
        core: &mut Core,
        key: LegKey,
        tx: ClientTx,
        response: &Message,
        flow: Flow,
    ) {
        let Some(status) = response.status() else { return };
        let ringing = self
            .leg(key)
            .is_some_and(|leg| matches!(leg.invite, Invite::Sent { tx: sent } if sent == tx));
        if !ringing {
            if status.is_success() {
                self.extra_ok(core, key, tx, response, flow);
            }
            return;
        }
        if let Some(leg) = self.leg_mut(key) {
            leg.silent_until = None;
        }
        if status.is_provisional() {
            if status.0 > 100 {
                self.progress(core, key, response);
            }
        } else if status.is_success() {
            self.answered(core, key, tx, response, flow);
        } else {
            core.index.clients.remove(&tx);
            let rang = self.leg(key).is_some_and(|leg| leg.rang);
            let failure = Failure::of(response);
            self.attempt_failed(core, key, ended(&failure, rang), Some(failure));
        }
    }

    /// A 2xx for a leg that has been answered: the same again (our ACK was lost), or another fork that lost.
    fn extra_ok(&mut self, core: &mut Core, key: LegKey, tx: ClientTx, response: &Message, flow: Flow) {
        let Some(leg) = self.leg(key) else { return };
        let tag = response.to_tag().unwrap_or_default();
        if let Some(ack) = leg.ack_for(tx, tag) {
            core.layer.send_again(ack);
            return;
        }
        if self.awaited.as_ref().is_some_and(|awaited| awaited.tx == tx) && self.is_dialog_of(key, tag) {
            return; // our ACK waits for the caller's; this 2xx is only a repetition
        }
        let Some(Ok(mut fork)) = core
            .layer
            .sent_request(tx)
            .map(|sent| Dialog::uac(&sent, response, flow))
        else {
            return;
        };
        let (to, large) = (fork.flow(), leg.large);
        let ack = fork.ack(response.cseq().0);
        let ack = core.layer.send_sized_ack(core.now, ack, to, large);
        let bye = fork.request(&Method::BYE);
        core.send_and_forget(bye, to, large);
        let acked = Acked {
            tx,
            remote_tag: tag.to_owned(),
            ack,
            since: core.now,
        };
        if let Some(leg) = self.leg_mut(key) {
            leg.acked.push(acked);
        }
    }

    fn is_dialog_of(&self, key: LegKey, remote_tag: &str) -> bool {
        self.leg(key)
            .and_then(|leg| leg.dialog.as_ref())
            .is_some_and(|dialog| dialog.id().remote_tag() == remote_tag)
    }

    /// The no-answer timer.
    pub(crate) fn ring_timer(&mut self, core: &mut Core, key: LegKey, at: Instant) {
        if self.leg(key).is_some_and(|leg| leg.ring_until == Some(at)) {
            self.attempt_failed(core, key, StepEnded::NoAnswer, None);
        }
    }

    /// Nobody at the address has said anything.
    pub(crate) fn silence_timer(&mut self, core: &mut Core, key: LegKey, at: Instant) {
        if self.leg(key).is_some_and(|leg| leg.silent_until == Some(at)) {
            self.attempt_failed(core, key, StepEnded::Unreachable, None);
        }
    }

    /// Timer B or a transport error.
    pub(crate) fn attempt_silent(&mut self, core: &mut Core, key: LegKey, tx: ClientTx, why: Ended) {
        let ringing = self
            .leg(key)
            .is_some_and(|leg| matches!(leg.invite, Invite::Sent { tx: sent } if sent == tx));
        if ringing && why != Ended::Done {
            self.attempt_failed(core, key, StepEnded::Unreachable, None);
        }
    }
}

/// The description in a message's body, if there is one that can be read.
pub(crate) fn described(message: &Message) -> Option<Sdp> {
    let body = message.body();
    if body.is_empty() || !message.content_type().is_some_and(|kind| is_sdp(&kind)) {
        return None;
    }
    Sdp::parse(&body).ok()
}

pub(crate) fn is_sdp(content_type: &str) -> bool {
    content_type
        .split(';')
        .next()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/sdp"))
}

/// A SIP URI with the user part escaped as RFC 3261 25.1 wants it.
pub(crate) fn uri_of(user: &str, host_port: &str) -> String {
    let mut uri = String::with_capacity(user.len() + host_port.len() + 5);
    uri.push_str("sip:");
    for byte in user.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push('%');
            uri.push_str(&format!("{byte:02X}"));
        }
    }
    if !user.is_empty() {
        uri.push('@');
    }
    uri.push_str(host_port);
    uri
}

/// A display name as a quoted string with a space after it, or nothing.
fn display(name: &str) -> String {
    if name.is_empty() {
        return String::new();
    }
    let mut quoted = String::with_capacity(name.len() + 3);
    quoted.push('"');
    for c in name.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push_str("\" ");
    quoted
}
