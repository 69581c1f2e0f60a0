//! One call: everything that can happen to it.

use std::sync::Arc;
use std::time::Instant;

use pointsman_media::{Chosen, PlayId, StreamStats};
use pointsman_policy::acm::Ticket;
use pointsman_policy::{Answer, Cursor, Ended as StepEnded, Facts, RoutingPolicy, Secret};
use pointsman_sip::{ClientTx, Ended, Flow, Message, ServerTx};

use crate::cdr::{Cdr, EndedBy, Outcome};
use crate::core::{CallKey, Core, LegKey};
use crate::flow::collect::Keys;
use crate::flow::hunt::Hunting;
use crate::flow::originate::Contact;
use crate::flow::queue::{Queueing, Served, Turn};
use crate::flow::record::{Calling, Recording};
use crate::leg::Leg;
use crate::outcome::{Failure, reason_header};
use crate::routing::Routing;
use crate::timers::{TimerKey, TimerKind};

/// Where a call stands.
#[derive(Debug)]
pub(crate) enum State {
    /// Between two steps of the policy.
    Routing,
    /// Ringing the person whom we call: the leg of a call that we made.
    Calling,
    /// Trying the targets of a dial step.
    Hunting(Hunting),
    /// Playing an announcement to the caller.
    Announcing(Announcing),
    /// Waiting for an owner's answer.
    Asking(Asking),
    /// Waiting for an agent.
    Queueing(Box<Queueing>),
    /// Caller and callee are bridged.
    Connected {
        /// The callee.
        callee: LegKey,
    },
    /// Over for the people; the CDR waits for the media's totals.
    Ending {
        /// When we stop waiting.
        until: Option<Instant>,
    },
    /// The CDR is out; only a BYE may still be owed.
    Closed,
}

/// Announcements under way.
#[derive(Debug)]
pub(crate) struct Announcing {
    pub(crate) id: PlayId,
    /// One after the other.
    pub(crate) prompts: Vec<String>,
    /// The next one to begin.
    pub(crate) next: usize,
    pub(crate) repeat: u32,
    /// Played once the caller acknowledged the 200.
    pub(crate) started: bool,
    /// Keys that are collected meanwhile and afterwards.
    pub(crate) keys: Option<Box<Keys>>,
}

/// A question to an owner under way.
#[derive(Debug)]
pub(crate) struct Asking {
    pub(crate) name: String,
    /// Which of the call's questions.
    pub(crate) asked: u32,
    pub(crate) until: Instant,
}

/// A re-INVITE on its way from one leg to the other and back.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) requester: LegKey,
    pub(crate) server: ServerTx,
    pub(crate) request: Message,
    pub(crate) answerer: LegKey,
    pub(crate) client: ClientTx,
    /// The request carried the offer; otherwise the 2xx does and the ACK has the answer.
    pub(crate) offered: bool,
}

/// A request without SDP meaning (INFO) on its way across.
#[derive(Debug)]
pub(crate) struct Passing {
    pub(crate) requester: LegKey,
    pub(crate) server: ServerTx,
    pub(crate) request: Message,
    pub(crate) client: ClientTx,
}

/// An ACK of ours that waits for the answer in the other side's ACK (delayed offer).
#[derive(Debug)]
pub(crate) struct AwaitedAnswer {
    pub(crate) from: LegKey,
    pub(crate) to: LegKey,
    pub(crate) tx: ClientTx,
    pub(crate) cseq: u32,
}

/// One call.
pub(crate) struct Call {
    pub(crate) key: CallKey,
    pub(crate) routing: Arc<Routing>,
    pub(crate) policy: Arc<dyn RoutingPolicy>,
    pub(crate) facts: Facts,
    /// Its place in the index of callers.
    pub(crate) caller_key: u64,
    pub(crate) cursor: Cursor,
    pub(crate) state: State,
    pub(crate) steps: u32,
    pub(crate) legs: Vec<Leg>,
    pub(crate) cdr: Cdr,
    /// User part as the caller dialled it, or as we do.
    pub(crate) dialled: String,
    /// User part and display name as the caller's From gave them; `None` when withheld.
    pub(crate) caller_user: Option<String>,
    pub(crate) max_forwards: u32,
    /// When the INVITE came and when it was answered: durations are measured on this clock, which nobody sets.
    pub(crate) began: Instant,
    pub(crate) answered_at: Option<Instant>,
    pub(crate) record: bool,
    /// The caller's INVITE carried an offer; of a call that we made, what the person takes is known as well.
    pub(crate) offered: bool,
    /// Recordings that are not written to their end.
    pub(crate) recordings: Vec<Recording>,
    /// What an announcement of ours agreed with the caller.
    pub(crate) chosen: Option<Chosen>,
    pub(crate) last_failure: Option<Failure>,
    pub(crate) last_ended: Option<StepEnded>,
    /// The agent that is being rung, or is the callee.
    pub(crate) agent: Option<Box<Served>>,
    /// Who calls, if its calls are recorded.
    pub(crate) calling: Option<Box<Calling>>,
    /// It was told that this call is not recorded.
    pub(crate) told_unrecorded: bool,
    /// Keyed in secret, until an owner is asked with it.
    pub(crate) secret: Option<Box<Secret>>,
    /// How often it was transferred.
    pub(crate) transfers: u8,
    /// The last step was an announcement that was played to its end.
    pub(crate) announced: bool,
    pub(crate) last_progress: Option<(u16, Instant)>,
    /// Rare and large, so apart.
    pub(crate) exchange: Option<Box<Exchange>>,
    /// A re-INVITE that its requester cancelled, and who was asked.
    pub(crate) abandoned_exchange: Option<(ClientTx, LegKey)>,
    pub(crate) passing: Vec<Passing>,
    pub(crate) awaited: Option<AwaitedAnswer>,
    /// Of a call that we made: for whom, and how far it is.
    pub(crate) contact: Option<Box<Contact>>,
    /// Who hung up, when the policy still has a say after it.
    pub(crate) gone: Option<EndedBy>,
    /// Reason values to carry to the other side.
    pub(crate) bye_reasons: Vec<String>,
}

/// What can happen to a call.
#[derive(Debug)]
pub(crate) enum Input {
    /// A CANCEL matched an INVITE of this leg.
    Cancelled { tx: ServerTx, cancel: Message },
    /// A request in the leg's dialog.
    Request {
        leg: LegKey,
        tx: ServerTx,
        request: Message,
        flow: Flow,
    },
    /// An ACK of our 2xx.
    Ack { leg: LegKey, ack: Message },
    /// A response to a request of ours.
    Response {
        leg: LegKey,
        tx: ClientTx,
        response: Message,
        flow: Flow,
    },
    /// No final response came to a request of ours.
    ClientEnded { leg: LegKey, tx: ClientTx, why: Ended },
    /// A server transaction is gone.
    ServerEnded { leg: LegKey, tx: ServerTx, why: Ended },
    /// A deadline passed.
    Timer { at: Instant, kind: TimerKind },
    /// The far end of a leg pressed a key.
    Key { leg: LegKey, key: char },
    /// An owner answers the question of that number.
    Told { asked: u32, answer: Answer },
    /// The owner of the queues has something for a caller with that ticket.
    Queue { ticket: Ticket, turn: Turn },
    /// An announcement came to its end.
    PlayEnded { id: PlayId },
    /// No RTP from a leg for the RTP time-out.
    Silent { leg: LegKey },
    /// RTP from a leg, for the first time or again.
    Heard { leg: LegKey },
    /// A stream is closed.
    StreamClosed { leg: LegKey, stats: StreamStats },
    /// A recording is on disk.
    RecordingEnded {
        id: u64,
        bytes: u64,
        samples: u64,
        error: Option<String>,
    },
    /// The customer's capacity for recordings is full.
    RecordingsFull,
    /// The node ends.
    Shutdown,
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call")
            .field("id", &self.cdr.id)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl Call {
    /// A call of which nothing has happened yet. Its first leg is to follow.
    pub(crate) fn new(
        core: &Core,
        key: CallKey,
        (routing, policy): (Arc<Routing>, Arc<dyn RoutingPolicy>),
        facts: Facts,
        cdr: Cdr,
    ) -> Self {
        Self {
            key,
            routing,
            policy,
            facts,
            caller_key: 0,
            cursor: Cursor::start(),
            state: State::Routing,
            steps: 0,
            legs: Vec::new(),
            cdr,
            dialled: String::new(),
            caller_user: None,
            max_forwards: 70,
            began: core.now,
            answered_at: None,
            record: false,
            offered: false,
            recordings: Vec::new(),
            chosen: None,
            last_failure: None,
            last_ended: None,
            agent: None,
            calling: None,
            told_unrecorded: false,
            secret: None,
            transfers: 0,
            announced: false,
            last_progress: None,
            exchange: None,
            abandoned_exchange: None,
            passing: Vec::new(),
            awaited: None,
            contact: None,
            gone: None,
            bye_reasons: Vec::new(),
        }
    }

    /// Everything that can happen to a call, on one screen.
    pub(crate) fn handle(&mut self, core: &mut Core, input: Input) {
        match input {
            Input::Cancelled { tx, cancel } => self.cancelled(core, tx, &cancel),
            Input::Request {
                leg,
                tx,
                request,
                flow,
            } => self.in_dialog(core, leg, tx, request, flow),
            Input::Ack { leg, ack } => self.acknowledged(core, leg, &ack),
            Input::Response {
                leg,
                tx,
                response,
                flow,
            } => self.response(core, leg, tx, &response, flow),
            Input::ClientEnded { leg, tx, why } => self.client_ended(core, leg, tx, why),
            Input::ServerEnded { leg, tx, why } => self.server_ended(core, leg, tx, why),
            Input::Timer { at, kind } => self.timer(core, at, kind),
            Input::Key { leg, key } if leg == LegKey::CALLER => self.keyed(core, key),
            // Keys of a callee are relayed with its audio, nobody collects them.
            Input::Key { .. } => {}
            Input::Told { asked, answer } => self.told(core, asked, answer),
            Input::Queue { ticket, turn } => self.turn(core, ticket, turn),
            Input::PlayEnded { id } => self.play_ended(core, id),
            Input::Silent { leg } => self.went_silent(core, leg),
            Input::Heard { leg } => self.heard(leg),
            Input::StreamClosed { leg, stats } => self.stream_closed(core, leg, &stats),
            Input::RecordingEnded {
                id,
                bytes,
                samples,
                error,
            } => {
                self.recording_ended(core, id, bytes, samples, error);
            }
            Input::RecordingsFull => self.stop_recordings(core),
            Input::Shutdown => self.shut_down(core),
        }
    }

    fn timer(&mut self, core: &mut Core, at: Instant, kind: TimerKind) {
        match kind {
            TimerKind::Ring(leg) => self.ring_timer(core, leg, at),
            TimerKind::Silence(leg) => self.silence_timer(core, leg, at),
            TimerKind::Ok(leg) => self.ok_timer(core, leg, at),
            TimerKind::Progress => self.progress_timer(core, at),
            TimerKind::Keys => self.keys_timer(core, at),
            TimerKind::Answer => self.answer_timer(core, at),
            TimerKind::Wait => self.wait_timer(core, at),
            TimerKind::Position => self.position_timer(core, at),
            TimerKind::MediaOwes => self.media_timer(core, at),
        }
    }

    /// A response goes where its request came from: a hunt, a re-INVITE, an INFO, or a 2xx that is repeated.
    fn response(&mut self, core: &mut Core, leg: LegKey, tx: ClientTx, response: &Message, flow: Flow) {
        if self
            .exchange
            .as_ref()
            .is_some_and(|exchange| exchange.client == tx)
        {
            self.exchange_response(core, response);
        } else if self.abandoned_exchange.is_some_and(|(client, _)| client == tx) {
            self.abandoned_response(core, response);
        } else if self.passing.iter().any(|passing| passing.client == tx) {
            self.passing_response(core, tx, response);
        } else {
            self.attempt_response(core, leg, tx, response, flow);
        }
    }

    fn client_ended(&mut self, core: &mut Core, leg: LegKey, tx: ClientTx, why: Ended) {
        core.index.clients.remove(&tx);
        if self
            .exchange
            .as_ref()
            .is_some_and(|exchange| exchange.client == tx)
        {
            self.exchange_failed(core, why);
        } else if self.passing.iter().any(|passing| passing.client == tx) {
            self.passing_failed(core, tx, why);
        } else {
            self.attempt_silent(core, leg, tx, why);
        }
    }

    fn server_ended(&mut self, core: &mut Core, leg: LegKey, tx: ServerTx, why: Ended) {
        core.index.servers.remove(&tx);
        let unreachable = why == Ended::TransportError
            && self
                .leg(leg)
                .is_some_and(|leg| leg.unacknowledged.as_ref().is_some_and(|ok| ok.tx == tx));
        if unreachable {
            self.never_acknowledged(core, leg);
        }
    }

    pub(crate) fn leg(&self, key: LegKey) -> Option<&Leg> {
        self.legs.get(usize::from(key.0))
    }

    pub(crate) fn leg_mut(&mut self, key: LegKey) -> Option<&mut Leg> {
        self.legs.get_mut(usize::from(key.0))
    }

    pub(crate) fn caller(&self) -> &Leg {
        &self.legs[0]
    }

    pub(crate) fn caller_mut(&mut self) -> &mut Leg {
        &mut self.legs[0]
    }

    pub(crate) fn caller_answered(&self) -> bool {
        self.answered_at.is_some()
    }

    /// Over for the people on it.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.state, State::Ending { .. } | State::Closed)
    }

    /// Nothing is left to do or to wait for.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self.state, State::Closed) && !self.legs.iter().any(Leg::owes)
    }

    /// The other side of a bridged call.
    pub(crate) fn peer_of(&self, leg: LegKey) -> Option<LegKey> {
        match self.state {
            State::Connected { callee } if leg == LegKey::CALLER => Some(callee),
            State::Connected { callee } if leg == callee => Some(LegKey::CALLER),
            _ => None,
        }
    }

    pub(crate) fn timer_key(&self, kind: TimerKind) -> TimerKey {
        TimerKey { call: self.key, kind }
    }

    fn shut_down(&mut self, core: &mut Core) {
        if self.is_over() {
            return;
        }
        "the switch was shut down".clone_into(&mut self.cdr.why);
        let outcome = if self.caller_answered() {
            self.answered_outcome()
        } else {
            Outcome::Failed
        };
        self.bye_reasons = vec![reason_header(41, "Shutting Down")];
        self.refuse_or_hang_up(core, 503, Some(41), "Shutting Down");
        self.finish(core, outcome, EndedBy::Switch);
    }
}
