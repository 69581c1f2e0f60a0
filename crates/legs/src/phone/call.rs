//! One call of a phone: what it remembers, its timers, and its end.
//!
//! | state | it is over when |
//! |---|---|
//! | `Offered` (callee, no final response yet) | refused, cancelled, BYE in the early dialog |
//! | `Calling` (caller, no final response yet) | a final response other than 2xx, Timer B |
//! | `Up` (2xx sent or received) | the other side's BYE |
//! | `Leaving` (our BYE is out) | its final response or Timer F |
//! | `Over` | forgotten when no repeated 2xx can come any more |

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{Duration, Instant};

use pointsman_media::Port;
use pointsman_sip::{ClientTx, Dialog, OkAction, OkRetransmit, ServerTx, TransactionLayer};

use crate::behaviour::Talk;
use crate::phone::callee::Offered;
use crate::phone::caller::Calling;
use crate::phone::config::{PhoneConfig, PhoneEvent};
use crate::phone::requests::{Pending, Wish};
use crate::phone::speaker::RtpOut;
use crate::phone::stream::Stream;
use crate::report::{CallId, CallReport, EndedBy, Role};
use crate::seed::Seed;

/// A call that rings and talks longer than this on the callee's side is ended by force.
pub(super) const LONGEST_AS_CALLEE: Duration = Duration::from_secs(3_600);

/// What a call may touch outside of itself.
pub(super) struct Cx<'a> {
    pub(super) now: Instant,
    pub(super) config: &'a PhoneConfig,
    pub(super) layer: &'a mut TransactionLayer,
    pub(super) index: &'a mut Index,
    pub(super) events: &'a mut VecDeque<PhoneEvent>,
    pub(super) rtp: &'a mut VecDeque<RtpOut>,
}

/// Which call something belongs to.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) tags: HashMap<String, CallId>,
    pub(super) clients: HashMap<ClientTx, CallId>,
    pub(super) servers: HashMap<ServerTx, CallId>,
    pub(super) ports: HashMap<Port, CallId>,
    /// The one freed longest ago first, so that a late packet hardly ever meets a new call.
    pub(super) free: VecDeque<Port>,
}

#[derive(Debug)]
pub(super) enum State {
    Offered(Box<Offered>),
    Calling(Box<Calling>),
    Up,
    Leaving,
    Over,
}

/// Something to be done at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// 180 or 183 once more.
    RingAgain,
    /// The plan comes to its end.
    Decide,
    /// A reliable provisional response once more.
    RepeatReliable,
    /// The caller gives up.
    GiveUp,
    /// BYE.
    HangUp,
    /// One step of the talk.
    Step(usize),
    /// Enough is enough.
    Longest,
    /// A re-INVITE that met another one is tried again.
    Wishes,
    /// Nothing of the call is needed any more.
    Forget,
}

/// A 2xx of ours whose ACK has not come.
#[derive(Debug)]
pub(super) struct Unacked {
    pub(super) tx: ServerTx,
    pub(super) cseq: u32,
    pub(super) ok: OkRetransmit,
    /// It carries our offer, so the ACK must carry an answer.
    pub(super) offers: bool,
}

/// An ACK of ours, kept for repeated 2xx.
#[derive(Debug)]
pub(super) struct SentAck {
    pub(super) tx: ClientTx,
    pub(super) tag: String,
    pub(super) ack: pointsman_sip::SentAck,
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) report: CallReport,
    pub(super) state: State,
    pub(super) talk: Talk,
    /// Our tag.
    pub(super) tag: String,
    pub(super) dialog: Option<Dialog>,
    pub(super) stream: Option<Stream>,
    pub(super) unacked: Vec<Unacked>,
    pub(super) acks: Vec<SentAck>,
    pub(super) pending: Vec<Pending>,
    pub(super) wishes: VecDeque<Wish>,
    /// BYE as soon as the ACK of our 2xx is here (RFC 3261, 15).
    pub(super) leave_after_ack: Option<EndedBy>,
    /// A BYE of the other side met ours on the way: ours may well be answered 481.
    pub(super) crossed: bool,
    pub(super) seed: Seed,
    agenda: BTreeMap<(Instant, u32), Task>,
    tasks: u32,
    servers: Vec<ServerTx>,
    clients: Vec<ClientTx>,
}

impl Call {
    pub(super) fn new(id: CallId, role: Role, state: State, tag: String, talk: Talk, cx: &Cx<'_>) -> Self {
        let report = CallReport::new(cx.config.name.clone(), id, role, cx.now);
        Self {
            report,
            state,
            talk,
            tag,
            dialog: None,
            stream: None,
            unacked: Vec::new(),
            acks: Vec::new(),
            pending: Vec::new(),
            wishes: VecDeque::new(),
            leave_after_ack: None,
            crossed: false,
            seed: Seed::named(cx.config.seed.wrapping_add(id.0), &cx.config.name),
            agenda: BTreeMap::new(),
            tasks: 0,
            servers: Vec::new(),
            clients: Vec::new(),
        }
    }

    pub(super) fn id(&self) -> CallId {
        self.report.call
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// Over, and nothing can come any more.
    pub(super) fn is_forgotten(&self) -> bool {
        self.is_over() && self.agenda.is_empty()
    }

    pub(super) fn at(&mut self, when: Instant, task: Task) {
        self.tasks += 1;
        self.agenda.insert((when, self.tasks), task);
    }

    pub(super) fn not_any_more(&mut self, task: Task) {
        self.agenda.retain(|_, planned| *planned != task);
    }

    pub(super) fn own_client(&mut self, cx: &mut Cx<'_>, tx: ClientTx) {
        self.clients.push(tx);
        cx.index.clients.insert(tx, self.id());
    }

    pub(super) fn own_server(&mut self, cx: &mut Cx<'_>, tx: ServerTx) {
        self.servers.push(tx);
        cx.index.servers.insert(tx, self.id());
    }

    /// Takes a port for the audio; false when there is none.
    pub(super) fn open_stream(&mut self, cx: &mut Cx<'_>) -> bool {
        let Some(port) = cx.index.free.pop_front() else {
            return false;
        };
        cx.index.ports.insert(port, self.id());
        let seed = Seed::new(self.seed.next());
        self.stream = Some(Stream::new(cx.config, port, &self.talk, seed));
        true
    }

    /// The earliest thing to do.
    pub(super) fn poll_timeout(&self) -> Option<(Instant, &'static str)> {
        let task = self
            .agenda
            .first_key_value()
            .map(|((when, _), _)| (*when, "script"));
        let ok = self
            .unacked
            .iter()
            .filter_map(|unacked| unacked.ok.poll_timeout())
            .min();
        let speak = self.stream.as_ref().and_then(Stream::poll_timeout);
        let rows = [
            task,
            ok.map(|when| (when, "2xx")),
            speak.map(|when| (when, "rtp")),
        ];
        rows.into_iter().flatten().min_by_key(|(when, _)| *when)
    }

    pub(super) fn handle_timeout(&mut self, cx: &mut Cx<'_>) {
        while let Some(entry) = self.agenda.first_entry().filter(|entry| entry.key().0 <= cx.now) {
            let task = entry.remove();
            self.run(cx, task);
        }
        self.repeat_oks(cx);
        if let Some(stream) = &mut self.stream {
            stream.speak(cx.now, &mut self.report, cx.rtp);
        }
    }

    fn run(&mut self, cx: &mut Cx<'_>, task: Task) {
        match task {
            Task::RingAgain => self.ring_again(cx),
            Task::Decide => self.decide(cx),
            Task::RepeatReliable => self.repeat_reliable(cx),
            Task::GiveUp => self.cancel(cx, EndedBy::Us),
            Task::HangUp => self.hang_up(cx, EndedBy::Us),
            Task::Step(at) => self.step(cx, at),
            Task::Longest => self.hang_up(cx, EndedBy::Timer),
            Task::Wishes => self.grant_wishes(cx),
            // Being taken off the agenda is all there is to it.
            Task::Forget => {}
        }
    }

    fn repeat_oks(&mut self, cx: &mut Cx<'_>) {
        let mut gave_up = false;
        for unacked in &mut self.unacked {
            while unacked.ok.poll_timeout().is_some_and(|due| due <= cx.now) {
                match unacked.ok.handle_timeout(cx.now) {
                    Some(OkAction::Resend(response)) => cx.layer.respond(cx.now, unacked.tx, response),
                    Some(OkAction::GiveUp) => gave_up = true,
                    None => break,
                }
            }
        }
        if gave_up {
            self.unacked.clear();
            self.report
                .complaints
                .push("the ACK of our 2xx never came".to_owned());
            let by = self.leave_after_ack.take().unwrap_or(EndedBy::Timer);
            self.bye(cx, by);
        }
    }

    /// The 2xx went out or came in: the talk begins.
    pub(super) fn begin_talk(&mut self, cx: &mut Cx<'_>) {
        self.state = State::Up;
        self.report.answered_at = Some(cx.now);
        cx.events.push_back(PhoneEvent::Answered { call: self.id() });
        self.not_any_more(Task::GiveUp);
        if let Some(stream) = &mut self.stream {
            stream.say(self.talk.speak.clone());
            stream.follow(cx.now);
        }
        for at in 0..self.talk.steps.len() {
            let when = cx.now + self.talk.steps[at].at;
            self.at(when, Task::Step(at));
        }
        if let Some(after) = self.talk.hang_up {
            self.at(cx.now + after, Task::HangUp);
        }
    }

    /// Ends the call in the way its state allows.
    pub(super) fn hang_up(&mut self, cx: &mut Cx<'_>, by: EndedBy) {
        match &self.state {
            State::Offered(_) => self.refuse_now(cx, by),
            State::Calling(_) => self.cancel(cx, by),
            State::Up if self.report.role == Role::Callee && !self.unacked.is_empty() => {
                self.leave_after_ack = Some(by);
            }
            State::Up => self.bye(cx, by),
            State::Leaving | State::Over => {}
        }
    }

    /// Nothing is said or heard any more; the first to end the call is the one who did.
    pub(super) fn stop_talk(&mut self, cx: &mut Cx<'_>, by: EndedBy) {
        self.report.ended_at.get_or_insert(cx.now);
        self.report.ended_by.get_or_insert(by);
        self.agenda.clear();
        self.unacked.clear();
        self.wishes.clear();
        if let Some(mut stream) = self.stream.take() {
            stream.finish(&mut self.report);
            cx.index.ports.remove(&stream.port);
            cx.index.free.push_back(stream.port);
        }
    }

    /// The call is over; what is left of it absorbs repeated 2xx.
    pub(super) fn end(&mut self, cx: &mut Cx<'_>, by: EndedBy) {
        if self.is_over() {
            return;
        }
        self.stop_talk(cx, by);
        self.state = State::Over;
        if !self.acks.is_empty() {
            self.at(cx.now + 64 * cx.config.timers.t1, Task::Forget);
        }
        let blank = CallReport::new(String::new(), self.id(), self.report.role, cx.now);
        let report = Box::new(std::mem::replace(&mut self.report, blank));
        cx.events.push_back(PhoneEvent::Ended {
            call: report.call,
            report,
        });
    }

    /// Takes everything of the call out of the index.
    pub(super) fn leave_index(&self, index: &mut Index) {
        index.tags.remove(&self.tag);
        for tx in &self.clients {
            index.clients.remove(tx);
        }
        for tx in &self.servers {
            index.servers.remove(tx);
        }
    }
}
