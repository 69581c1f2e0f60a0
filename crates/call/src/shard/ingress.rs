//! Requests that are not of a living dialog: new calls, OPTIONS, and what is refused.

use std::collections::BTreeMap;
use std::sync::Arc;

use pointsman_media::{Family, Sdp};
use pointsman_policy::drs::Plan;
use pointsman_policy::{Caller, Facts, Lines, RoutingPolicy, number};
use pointsman_sip::{Builder, Dialog, Flow, Message, Method, Name, NameAddr, ServerTx, Status, Uri};

use super::Shard;
use crate::call::{Call, Input};
use crate::cdr::{Cdr, LegRecord};
use crate::core::{CallKey, Core, LegKey, NO_FAMILY};
use crate::event::CallEvent;
use crate::flow::dial::{ALLOW, is_sdp};
use crate::leg::{Invite, Leg};
use crate::outcome::reason_header;
use crate::routing::{NumberEntry, Trunk};

/// Why an INVITE does not become a call.
pub(super) struct Refusal {
    status: u16,
    /// Code of the Warning (RFC 3261 section 20.43).
    code: u16,
    /// Fixed text: the Warning for the peer's engineer, and the metrics label.
    why: &'static str,
    /// One more header that the status calls for.
    header: Option<(Name, String)>,
}

impl Refusal {
    fn new(status: u16, why: &'static str) -> Self {
        Self {
            status,
            code: 399,
            why,
            header: None,
        }
    }

    /// The offer is of an IP version that we have no address of.
    fn of_family() -> Self {
        Self {
            code: 301,
            ..Self::new(488, NO_FAMILY)
        }
    }

    fn with(mut self, name: Name, value: impl Into<String>) -> Self {
        self.header = Some((name, value.into()));
        self
    }
}

/// An INVITE that may become a call.
struct Admitted<'a> {
    trunk: &'a Trunk,
    entry: &'a NumberEntry,
    /// The disaster plan that is on for the number; it decides instead of the number's own policy.
    plan: Option<&'a Arc<Plan>>,
    called: String,
    dialled: String,
    offer: Option<Sdp>,
    family: Family,
    max_forwards: u32,
}

impl Shard {
    pub(super) fn request(&mut self, tx: ServerTx, request: Message, flow: Flow) {
        if request.to_tag().is_some() {
            self.in_dialog_request(tx, request, flow);
            return;
        }
        match request.method() {
            &Method::INVITE => self.invite(tx, request, flow),
            &Method::REGISTER => self.register(tx, &request, flow),
            &Method::OPTIONS => self.options(tx, &request, flow),
            Method::Known(_) if matches!(request.method(), &Method::BYE | &Method::INFO | &Method::PRACK) => {
                self.answer(tx, &request, Status(481), None);
            }
            Method::Known(_) => self.answer(tx, &request, Status(405), Some((Name::Allow, ALLOW.to_owned()))),
            Method::Extension(_) => {
                self.answer(tx, &request, Status(501), Some((Name::Allow, ALLOW.to_owned())));
            }
        }
    }

    fn in_dialog_request(&mut self, tx: ServerTx, request: Message, flow: Flow) {
        if let Some((key, leg)) = self.leg_of(&request) {
            self.deliver(
                key,
                Input::Request {
                    leg,
                    tx,
                    request,
                    flow,
                },
            );
            return;
        }
        let crossed =
            request.method() == &Method::BYE && request.to_tag().is_some_and(|tag| self.ended.contains(tag));
        let status = if crossed { Status(200) } else { Status(481) };
        self.answer(tx, &request, status, None);
    }

    /// RFC 3261 11.2: what an INVITE would get, as far as that is known without one.
    fn options(&mut self, tx: ServerTx, request: &Message, flow: Flow) {
        if let Err(refusal) = usable(request) {
            return self.refuse(tx, request, flow, &refusal);
        }
        if self.core.admission.draining {
            self.answer(
                tx,
                request,
                Status(503),
                Some((Name::RetryAfter, "30".to_owned())),
            );
            return;
        }
        let tag = self.core.layer.token(16);
        let response = Builder::response(Status(200), None, request, Some(&tag))
            .header(Name::Allow, ALLOW)
            .header(Name::Accept, "application/sdp")
            .finish();
        self.core.respond(tx, response);
    }

    fn answer(&mut self, tx: ServerTx, request: &Message, status: Status, header: Option<(Name, String)>) {
        let tag = self.core.layer.token(16);
        let mut response = Builder::response(status, None, request, Some(&tag));
        if let Some((name, value)) = &header {
            response = response.header(*name, value);
        }
        self.core.respond(tx, response.finish());
    }

    fn invite(&mut self, tx: ServerTx, request: Message, flow: Flow) {
        self.core.received += 1;
        let routing = self.routing.clone();
        match self.admit(&routing, &request, flow) {
            Ok(admitted) => self.start_call(tx, request, flow, admitted),
            Err(refusal) => self.refuse(tx, &request, flow, &refusal),
        }
    }

    pub(super) fn refuse(&mut self, tx: ServerTx, request: &Message, flow: Flow, refusal: &Refusal) {
        let tag = self.core.layer.token(16);
        let host = self.core.advertised(flow).to_owned();
        let mut response = Builder::response(Status(refusal.status), None, request, Some(&tag)).header(
            Name::Warning,
            &format!("{} {host} \"{}\"", refusal.code, refusal.why),
        );
        if refusal.status == 404 {
            response = response.header(Name::Reason, &reason_header(1, "Unallocated number"));
        }
        if let Some((name, value)) = &refusal.header {
            response = response.header(*name, value);
        }
        self.core.respond(tx, response.finish());
        let invite = *request.method() == Method::INVITE;
        self.refused(refusal.status, refusal.why, invite);
    }

    pub(super) fn refused(&mut self, status: u16, why: &'static str, invite: bool) {
        self.core
            .events
            .push_back(CallEvent::Refused { invite, status, why });
    }

    fn admit<'a>(
        &self,
        routing: &'a Arc<crate::Routing>,
        request: &Message,
        flow: Flow,
    ) -> Result<Admitted<'a>, Refusal> {
        let trunk = routing
            .trunk_of(flow, request.via_port())
            .ok_or_else(|| Refusal::new(403, "this address is not the source of any configured trunk"))?;
        let max_forwards = request.max_forwards().unwrap_or(70);
        if max_forwards == 0 {
            return Err(Refusal::new(483, "Max-Forwards is 0"));
        }
        usable(request)?;
        let offer = offer_of(request)?;
        let family = self
            .core
            .family_for(offer.as_ref(), trunk.media)
            .ok_or_else(Refusal::of_family)?;
        let dialled = Uri::user_and_host(request.request_uri())
            .map(|(user, host)| user.unwrap_or_else(|| host.into_owned()))
            .map_err(|_| Refusal::new(400, "the Request-URI cannot be read"))?;
        let called = number::normalise(&dialled, &trunk.country).unwrap_or_else(|| dialled.clone());
        if let Some(why) = self.been_here(request, &called) {
            return Err(Refusal::new(482, why));
        }
        let entry = routing
            .number(&called)
            .ok_or_else(|| Refusal::new(404, "the called number is not configured here"))?;
        let plan = self.core.plan_of(routing, &called);
        Ok(Admitted {
            trunk,
            entry,
            plan,
            called,
            dialled,
            offer,
            family,
            max_forwards: max_forwards - 1,
        })
    }

    /// Why a request is one that we know already. It forked before it came here (merged, RFC 3261 8.2.2.2), or it is
    /// ours: a next hop sent it back and would get the same answer as before. One that comes back for another
    /// number was diverted, and ends by its Max-Forwards if it never ends otherwise.
    fn been_here(&self, request: &Message, called: &str) -> Option<&'static str> {
        let index = &self.core.index;
        if index.callers.contains_key(&index.caller_key(request)) {
            return Some("this request has already arrived by another way");
        }
        let (key, _) = index.tags.get(request.from_tag()?)?;
        let call = self.slots.get(key.slot as usize)?.call.as_ref()?;
        (call.facts.callee == called).then_some("this request is one of our own: a loop")
    }

    fn start_call(&mut self, tx: ServerTx, request: Message, flow: Flow, mut admitted: Admitted<'_>) {
        let Some(port) = self.core.ports.take(self.core.now) else {
            let refusal = Refusal::new(503, "no RTP port is free").with(Name::RetryAfter, "5");
            self.refuse(tx, &request, flow, &refusal);
            return;
        };
        let tag = self.core.layer.token(16);
        let contact = self.core.contact(flow);
        let Ok(dialog) = Dialog::uas(&request, &tag, &contact, flow) else {
            self.core.ports.give(self.core.now, port);
            self.refuse(
                tx,
                &request,
                flow,
                &Refusal::new(400, "the INVITE has no usable Contact"),
            );
            return;
        };
        let routing = self.routing.clone();
        let key = self.insert(|key, core| {
            let mut leg = Leg::new(
                tag,
                (admitted.family, admitted.trunk.latch),
                Invite::Over,
                core.next_id(),
            );
            leg.port = Some(port);
            leg.large = admitted.trunk.large;
            leg.dialog = Some(dialog);
            leg.remote_sdp = admitted.offer.take();
            core.index
                .tags
                .insert(leg.local_tag.clone(), (key, LegKey::CALLER));
            let mut call = new_call(core, key, routing, &request, leg, &admitted, flow);
            call.caller_key = core.index.caller_key(&request);
            core.index.callers.insert(call.caller_key, key);
            call.caller_mut().invite = Invite::Received { tx, request };
            call
        });
        self.remember_server(tx, key, LegKey::CALLER);
        let slot = &mut self.slots[key.slot as usize];
        if let Some(call) = &mut slot.call {
            self.core
                .events
                .push_back(CallEvent::Opened(Box::new(call.cdr.clone())));
            call.route(&mut self.core, None);
            if call.is_gone() {
                self.remove(key);
            }
        }
    }
}

/// Extensions that a 420 names at most: a request can list 32,000, and the answer would outgrow it and any datagram.
const NAMED: usize = 32;

/// Whether a request asks for an extension: we have none (RFC 3261 8.2.2.3).
pub(super) fn required(request: &Message) -> Result<(), Refusal> {
    let required: Vec<_> = request.values(Name::Require).take(NAMED).collect();
    if !required.is_empty() {
        let refusal = Refusal::new(420, "an extension in Require is not supported");
        return Err(refusal.with(Name::Unsupported, required.join(", ")));
    }
    Ok(())
}

/// Whether a request asks for something that we cannot do: an extension, or an answer that is not SDP (RFC 3261 8.2.3,
/// RFC 4475 3.3.15).
fn usable(request: &Message) -> Result<(), Refusal> {
    required(request)?;
    let takes_sdp = |range: &str| {
        let kind = range.split(';').next().unwrap_or_default().trim();
        ["application/sdp", "application/*", "*/*"]
            .iter()
            .any(|one| kind.eq_ignore_ascii_case(one))
    };
    let mut accepted = request.values(Name::Accept).peekable();
    if accepted.peek().is_some() && !accepted.any(|range| takes_sdp(&range)) {
        return Err(Refusal::new(406, "our answers are application/sdp"));
    }
    Ok(())
}

/// The offer in an INVITE; `None` if it leaves the offer to us.
fn offer_of(request: &Message) -> Result<Option<Sdp>, Refusal> {
    let body = request.body();
    if body.is_empty() {
        return Ok(None);
    }
    if !request.content_type().is_some_and(|kind| is_sdp(&kind)) {
        return Err(
            Refusal::new(415, "only application/sdp is understood").with(Name::Accept, "application/sdp")
        );
    }
    let offer = Sdp::parse(&body).map_err(|_| Refusal::new(400, "the SDP cannot be read"))?;
    if offer.audio().is_none_or(|audio| audio.disabled) {
        return Err(Refusal::new(488, "the offer has no audio stream"));
    }
    Ok(Some(offer))
}

/// Number and display name of the caller; nothing when the identity is withheld (RFC 3323, RFC 3325).
fn caller_of(request: &Message, country: &str) -> (Option<String>, Caller) {
    let from = request.header(Name::From);
    let from = from.as_deref().and_then(NameAddr::display_and_uri);
    let (display, uri) = from.unwrap_or_default();
    let withheld = request.values(Name::Privacy).any(|privacy| {
        privacy
            .split(';')
            .any(|word| matches!(word.trim(), "id" | "user" | "header"))
    });
    let user = Uri::user_and_host(uri).ok().and_then(|(user, host)| {
        let anonymous = host.eq_ignore_ascii_case("anonymous.invalid");
        user.filter(|user| !anonymous && !user.eq_ignore_ascii_case("anonymous"))
    });
    let Some(user) = user.filter(|user| !withheld && !user.is_empty()) else {
        return (
            None,
            Caller {
                number: None,
                display: String::new(),
            },
        );
    };
    let display = display.unwrap_or_default();
    let number = number::normalise(&user, country).unwrap_or_else(|| user.clone());
    (
        Some(user),
        Caller {
            number: Some(number),
            display,
        },
    )
}

fn new_call(
    core: &mut Core,
    key: CallKey,
    routing: Arc<crate::Routing>,
    request: &Message,
    leg: Leg,
    admitted: &Admitted<'_>,
    flow: Flow,
) -> Call {
    let started_ms = core.wall_ms();
    let id = core.next_id();
    let (caller_user, caller) = caller_of(request, &admitted.trunk.country);
    let entry = admitted.entry;
    let (policy, policy_name): (Arc<dyn RoutingPolicy>, _) = match admitted.plan {
        Some(plan) => (plan.clone(), "drs".into()),
        None => (entry.policy.clone(), entry.policy_name.clone()),
    };
    let cdr = Cdr {
        id: format!("{id:013x}").into(),
        started_ms,
        answered_ms: None,
        ended_ms: None,
        from: caller.number.as_deref().map(Into::into),
        to: admitted.called.as_str().into(),
        trunk: admitted.trunk.name.as_str().into(),
        customer: entry.customer.clone(),
        policy: policy_name,
        policy_version: policy.version().into(),
        path: Vec::new(),
        why: String::new(),
        attempts: Vec::new(),
        legs: vec![LegRecord {
            call_id: request.call_id().into(),
            direction: "in".into(),
            remote: flow.remote.to_string().into(),
            codec: None,
            received: 0,
            sent: 0,
            lost: 0,
            jitter_us: 0,
        }],
        outcome: None,
        ended_by: None,
        status: None,
        cause: None,
        recordings: Vec::new(),
        talk_ms: 0,
        origin: None,
        campaign: None,
    };
    let offered = leg.remote_sdp.is_some();
    let mut legs = Vec::with_capacity(2);
    legs.push(leg);
    let facts = Facts {
        caller,
        callee: admitted.called.clone(),
        trunk: admitted.trunk.name.clone(),
        at: core.wall_clock(),
        seed: id,
        headers: Vec::new(),
        lines: Lines::default(),
        keyed: BTreeMap::new(),
        told: BTreeMap::new(),
    };
    let mut call = Call::new(core, key, (routing, policy), facts, cdr);
    call.legs = legs;
    call.dialled.clone_from(&admitted.dialled);
    call.caller_user = caller_user;
    call.max_forwards = admitted.max_forwards;
    call.record = entry.record;
    call.calling = call.calling_by(&admitted.trunk.name);
    call.offered = offered;
    call
}
