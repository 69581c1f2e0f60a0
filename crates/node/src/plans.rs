//! The thread of the owner of disaster plans.
//!
//! It alone writes what is switched on, and waits for the disk while it does; calls never wait for it. Questions come
//! from the signalling thread and from HTTP; what it publishes is followed by the signalling thread, which says so.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use pointsman_call::{Asked, CallRef};
use pointsman_policy::drs::{Change, ChangeId, Directory, Output, Owner, Request, RequestId, Switched, What};
use pointsman_policy::{Answer, Ask, Question};
use pointsman_store::Store;
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::events::{EventSender, Happening};
use crate::mailbox::{Letters, Mailbox, mailbox};
use crate::owners::patience;
use crate::ring::RingSender;
use crate::signalling::Order;

/// The calendar that counts the month (DRS-11): the carrier's.
const ZONE: &str = "Europe/Brussels";

/// Questions that may wait for the owner; a call whose question finds no room is told that nobody answers.
const MOST_WAITING: usize = 1_000;

enum Letter {
    Asked(Box<Asked>),
    Request(Request, oneshot::Sender<Answer>),
    Followed(ChangeId),
    Directory(Arc<Directory>),
    Exit,
}

/// Where letters to the owner go. Never waits.
#[derive(Clone)]
pub(crate) struct PlanMail(Mailbox<Letter>);

impl PlanMail {
    /// A call asks. `false`: too many wait already.
    pub(crate) fn ask(&self, asked: Asked) -> bool {
        self.0.post(Letter::Asked(Box::new(asked)))
    }

    /// Somebody else asks; the answer comes by the receiver, or it is dropped.
    pub(crate) fn request(&self, request: Request) -> oneshot::Receiver<Answer> {
        let (sender, answer) = oneshot::channel();
        self.0.post(Letter::Request(request, sender));
        answer
    }

    /// The signalling thread follows what was published with a change.
    pub(crate) fn followed(&self, id: ChangeId) {
        // One at a time is under way.
        self.0.send(Letter::Followed(id));
    }

    /// A reload.
    pub(crate) fn directory(&self, directory: Arc<Directory>) {
        self.0.send(Letter::Directory(directory));
    }

    /// The node ends.
    pub(crate) fn exit(&self) {
        self.0.send(Letter::Exit);
    }
}

/// Who waits for a reply.
enum Asker {
    Call(CallRef),
    Http(oneshot::Sender<Answer>),
}

/// What the thread owns.
pub(crate) struct PlansThread {
    owner: Owner,
    store: Arc<dyn Store>,
    letters: Letters<Letter>,
    orders: RingSender<Order>,
    clock: Clock,
    listeners: EventSender,
    asking: BTreeMap<RequestId, Asker>,
    requests: RequestId,
}

impl PlansThread {
    /// An owner that knows what was written before, and the way to it.
    pub(crate) fn new(
        directory: Arc<Directory>,
        written: Switched,
        store: Arc<dyn Store>,
        orders: RingSender<Order>,
        (clock, listeners): (Clock, EventSender),
    ) -> (Self, PlanMail) {
        let (mail, letters) = mailbox(MOST_WAITING);
        let zone = TimeZone::get(ZONE).unwrap_or(TimeZone::UTC);
        let thread = Self {
            owner: Owner::new(directory, written, zone),
            store,
            letters,
            orders,
            clock,
            listeners,
            asking: BTreeMap::new(),
            requests: 0,
        };
        (thread, PlanMail(mail))
    }

    /// Serves until the node ends.
    pub(crate) fn run(mut self) {
        loop {
            let now = self.now();
            self.owner.handle_timeout(now);
            self.drain();
            let due = self.owner.poll_timeout().map(|(at, _)| at);
            match self.letters.await_next(patience(self.now(), due, &self.orders)) {
                Ok(Some(Letter::Exit)) | Err(_) => return,
                Ok(Some(letter)) => self.take(letter),
                Ok(None) => {}
            }
            self.drain();
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.clock.unix_ms()).unwrap_or_default()
    }

    fn take(&mut self, letter: Letter) {
        let now = self.now();
        match letter {
            Letter::Asked(asked) => {
                let Asked { call, question, .. } = *asked;
                self.request(now, request_of(question), Asker::Call(call));
            }
            Letter::Request(request, answer) => {
                self.request(now, request, Asker::Http(answer));
            }
            Letter::Followed(id) => self.owner.handle_confirmed(now, id),
            Letter::Directory(directory) => self.owner.set_directory(directory),
            Letter::Exit => {}
        }
    }

    fn request(&mut self, now: Timestamp, request: Request, asker: Asker) {
        self.requests += 1;
        self.asking.insert(self.requests, asker);
        self.owner.handle_request(now, self.requests, request);
    }

    fn drain(&mut self) {
        while let Some(output) = self.owner.poll_output() {
            match output {
                Output::Save { id, change } => {
                    let saved = self.save(&change);
                    self.owner.handle_saved(self.now(), id, saved);
                }
                Output::Publish { id, switched } => self.orders.push(Order::Switched(id, switched)),
                Output::Reply { id, answer } => match self.asking.remove(&id) {
                    Some(Asker::Call(call)) => self.orders.push(Order::Answer(call, answer)),
                    // Whoever asked may have gone.
                    Some(Asker::Http(sender)) => drop(sender.send(answer)),
                    None => {}
                },
            }
        }
        self.orders.settle(Instant::now(), true);
    }

    fn save(&self, change: &Change) -> Result<(), String> {
        let (customer, plan, on) = (&change.activation.customer, &change.activation.plan, change.on);
        match self.store.switch_plan(change) {
            Ok(()) => {
                tracing::warn!(customer, plan, on, "disaster plan switched");
                let switched = Happening::PlanSwitched {
                    plan: plan.clone(),
                    on,
                    by: change.by.clone(),
                };
                let at_ms = change.at.as_millisecond();
                self.listeners
                    .tell(at_ms, Some(customer.as_str().into()), switched);
                Ok(())
            }
            Err(error) => {
                tracing::error!(customer, plan, on, %error, "a disaster plan cannot be switched");
                Err(error.to_string())
            }
        }
    }
}

fn request_of(question: Question) -> Request {
    let Question { ask, secret, who } = question;
    let what = match ask {
        Ask::Login { number } => What::Login {
            number,
            password: secret.unwrap_or_default(),
        },
        Ask::Switch { customer, plan, on } => What::Switch { customer, plan, on },
    };
    Request { who, what }
}
