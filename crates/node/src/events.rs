//! The events of the node as they happen, for whoever listens over HTTP.
//!
//! They come from where the store and the metrics get theirs. The call path pushes into a bounded queue and wakes
//! nobody; what finds no room is counted and told as lost. A task gives each event its number and keeps the latest;
//! listeners read there at their own pace, and one that is overtaken is told so and let go.

mod happening;

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pointsman_call::CallEvent;
use tokio::sync::watch;

use crate::clock::Clock;
pub(crate) use happening::{Event, Happening};

/// Events that may wait for their numbers.
const WAITING: usize = 4_096;
/// Events that are kept for listeners who come back.
const KEPT: usize = 4_096;
/// How often the queue is looked at: nobody is woken by an event.
const LOOK: Duration = Duration::from_millis(50);
/// Samples a second of every recording (11.025 kHz).
const SAMPLES_PER_SECOND: u64 = 11_025;

/// An event without a number yet.
type Told = (i64, Option<Arc<str>>, Happening);

/// Where events are told. Never waits and wakes nobody.
#[derive(Clone)]
pub(crate) struct EventSender {
    sender: SyncSender<Told>,
    /// For what carries no time.
    clock: Clock,
    lost: Arc<AtomicU64>,
}

impl EventSender {
    /// Something happened at `at_ms` that concerns a customer, or the whole node.
    pub(crate) fn tell(&self, at_ms: i64, customer: Option<Arc<str>>, what: Happening) {
        // Without HTTP nobody takes them, and none is missed.
        if let Err(TrySendError::Full(_)) = self.sender.try_send((at_ms, customer, what)) {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// An event of the call path, as far as it is one for listeners.
    pub(crate) fn call_event(&self, event: &CallEvent) {
        match event {
            CallEvent::Opened(cdr) => {
                let opened = Happening::CallOpened {
                    call: cdr.id.clone(),
                    from: cdr.from.clone(),
                    to: cdr.to.clone(),
                    trunk: cdr.trunk.clone(),
                };
                self.tell(cdr.started_ms, Some(cdr.customer.clone()), opened);
            }
            CallEvent::Answered { call, at_ms } => {
                self.tell(*at_ms, None, Happening::CallAnswered { call: call.clone() });
            }
            CallEvent::RecordingStarted { call, recording } => {
                let started = Happening::RecordingStarted {
                    call: call.clone(),
                    recording: format!("{call}.{}", recording.id),
                };
                // Of a call out it is the caller's, and the call nobody's.
                self.tell(recording.started_ms, Some(recording.customer.clone()), started);
            }
            CallEvent::NotRecorded { call, customer } => {
                let refused = Happening::RecordingRefused { call: call.clone() };
                self.tell(self.clock.unix_ms(), Some(customer.clone()), refused);
            }
            CallEvent::Queued {
                call,
                customer,
                group,
                at_ms,
            } => {
                let entered = Happening::QueueEntered {
                    call: call.clone(),
                    queue: group.clone(),
                };
                self.tell(*at_ms, Some(customer.clone()), entered);
            }
            CallEvent::LeftQueue {
                call,
                customer,
                group,
                how,
                agent,
                waited,
                at_ms,
            } => {
                let left = Happening::QueueLeft {
                    call: call.clone(),
                    queue: group.clone(),
                    how: how.as_str(),
                    agent: agent.clone(),
                    waited_ms: u64::try_from(waited.as_millis()).unwrap_or(u64::MAX),
                };
                self.tell(*at_ms, Some(customer.clone()), left);
            }
            CallEvent::Closed(cdr) => {
                let ended_ms = cdr.ended_ms.unwrap_or(cdr.started_ms);
                for recording in &cdr.recordings {
                    let ended = Happening::RecordingEnded {
                        call: cdr.id.clone(),
                        recording: format!("{}.{}", cdr.id, recording.id),
                        duration_ms: recording.samples.saturating_mul(1000) / SAMPLES_PER_SECOND,
                        error: recording.error.clone(),
                    };
                    let at_ms = recording.ended_ms.unwrap_or(ended_ms);
                    self.tell(at_ms, Some(recording.customer.clone()), ended);
                }
                let closed = Happening::CallClosed {
                    call: cdr.id.clone(),
                    from: cdr.from.clone(),
                    to: cdr.to.clone(),
                    outcome: cdr.outcome,
                    talk_ms: cdr.talk_ms,
                };
                self.tell(ended_ms, Some(cdr.customer.clone()), closed);
            }
            CallEvent::Dialogs { .. }
            | CallEvent::Contact { .. }
            | CallEvent::Refused { .. }
            | CallEvent::Banned { .. }
            | CallEvent::Dropped { .. } => {}
        }
    }
}

/// What a listener finds at its place.
#[derive(Debug, PartialEq)]
pub(crate) enum Found {
    /// The event of this number.
    Event(Box<Event>),
    /// Nothing has happened since.
    Nothing,
    /// This one is not kept any more; the oldest that is has this number.
    Gone(u64),
}

/// Where a listener is.
#[derive(Debug)]
pub(crate) struct Place {
    /// Number of the event it wants next.
    next: u64,
    /// It has caught up with what it named; to be overtaken from then on is its own fault.
    began: bool,
}

/// What a listener gets next.
#[derive(Debug, PartialEq)]
pub(crate) enum Turn {
    /// This event.
    Event(Box<Event>),
    /// The events from `wanted` to before `next` cannot be told.
    Gap {
        /// The first of them.
        wanted: u64,
        /// What comes instead.
        next: u64,
    },
    /// It was overtaken: the oldest event that is kept is this one.
    TooSlow(u64),
    /// Nothing has happened.
    Wait,
}

impl Place {
    /// After the event of number `last`, or after all that there are.
    pub(crate) fn after(last: Option<u64>, log: &EventLog) -> Self {
        Self {
            next: last.map_or_else(|| *log.next.borrow(), |last| last.saturating_add(1)),
            began: false,
        }
    }

    /// The next thing to tell.
    pub(crate) fn turn(&mut self, log: &EventLog) -> Turn {
        let wanted = self.next;
        match log.at(wanted) {
            Found::Event(event) => {
                (self.next, self.began) = (wanted.saturating_add(1), true);
                Turn::Event(event)
            }
            Found::Gone(oldest) if self.began => Turn::TooSlow(oldest),
            Found::Gone(oldest) => {
                self.next = oldest;
                Turn::Gap { wanted, next: oldest }
            }
            Found::Nothing => {
                let next = *log.next.borrow();
                self.began = true;
                if wanted <= next {
                    return Turn::Wait;
                }
                // A number that was never given: of another node, or of a clock that was set back.
                self.next = next;
                Turn::Gap { wanted, next }
            }
        }
    }
}

/// The latest events.
pub(crate) struct EventLog {
    kept: Mutex<Kept>,
    /// Number of the next event.
    next: watch::Sender<u64>,
}

struct Kept {
    /// Number of the oldest one.
    first: u64,
    events: VecDeque<Event>,
    /// Whose the calls are that are up: an answer does not repeat it.
    customers: BTreeMap<Arc<str>, Arc<str>>,
}

impl EventLog {
    /// An empty log of a node that starts at `now_ms`, and what fills it.
    pub(crate) fn new(now_ms: i64, clock: Clock) -> (Arc<Self>, EventSender, Pump) {
        let (sender, receiver) = sync_channel(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        // A node that starts later begins above, as long as it does not tell 1,000 events a millisecond; the numbers
        // stay exact in JavaScript.
        let first = u64::try_from(now_ms).unwrap_or(0).saturating_mul(1_000) + 1;
        let log = Arc::new(Self {
            kept: Mutex::new(Kept {
                first,
                events: VecDeque::new(),
                customers: BTreeMap::new(),
            }),
            next: watch::Sender::new(first),
        });
        let pump = Pump {
            log: log.clone(),
            receiver,
            lost: lost.clone(),
        };
        let sender = EventSender { sender, clock, lost };
        (log, sender, pump)
    }

    /// Number of the next event, and whoever waits for it.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.next.subscribe()
    }

    /// What has number `id`.
    pub(crate) fn at(&self, id: u64) -> Found {
        let kept = self.lock();
        let Some(place) = id.checked_sub(kept.first) else {
            return Found::Gone(kept.first);
        };
        let event = usize::try_from(place)
            .ok()
            .and_then(|place| kept.events.get(place));
        event.map_or(Found::Nothing, |event| Found::Event(Box::new(event.clone())))
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, told: impl Iterator<Item = Told>) {
        let mut kept = self.lock();
        for (at_ms, customer, what) in told {
            kept.add(at_ms, customer, what);
        }
        let next = kept.first + kept.events.len() as u64;
        drop(kept);
        self.next
            .send_if_modified(|known| std::mem::replace(known, next) != next);
    }
}

impl Kept {
    fn add(&mut self, at_ms: i64, customer: Option<Arc<str>>, what: Happening) {
        let known = what.call().and_then(|call| self.customers.get(call).cloned());
        let customer = customer.or(known);
        match (&what, &customer) {
            (Happening::CallOpened { call, .. }, Some(customer)) => {
                self.customers.insert(call.clone(), customer.clone());
            }
            (Happening::CallClosed { call, .. }, _) => drop(self.customers.remove(call)),
            _ => {}
        }
        if self.events.len() == KEPT {
            self.events.pop_front();
            self.first += 1;
        }
        let id = self.first + self.events.len() as u64;
        self.events.push_back(Event {
            id,
            at_ms,
            customer,
            what,
        });
    }
}

/// Moves events from the queue into the log.
pub(crate) struct Pump {
    log: Arc<EventLog>,
    receiver: Receiver<Told>,
    lost: Arc<AtomicU64>,
}

impl Pump {
    /// Works until the runtime ends.
    pub(crate) async fn run(self, now_ms: impl Fn() -> i64) {
        let mut look = tokio::time::interval(LOOK);
        loop {
            look.tick().await;
            self.pump(now_ms());
        }
    }

    fn pump(&self, now_ms: i64) {
        let waiting = self.receiver.try_iter().take(WAITING);
        let lost = match self.lost.swap(0, Ordering::Relaxed) {
            0 => None,
            count => {
                // The end of a call may be among them: whose it was is not known for ever.
                self.log.lock().customers.clear();
                Some((now_ms, None, Happening::Lost { count }))
            }
        };
        self.log.add(waiting.chain(lost));
    }
}

#[cfg(test)]
mod tests;
