//! The signalling thread: a plain loop around one shard.
//!
//! One wake is: take what arrived, in batches; hand it to the shard; drain what the shard wants; send it in batches;
//! sleep until the shard's next deadline. Nothing in here decides anything about a call.

mod streams;

use crate::account::Account;
use crate::clock::Clock;
use crate::journal::JournalSender;
use crate::ledger::Ledger;
use crate::listeners::Listeners;
use crate::metrics::Metrics;
use crate::owners::Owners;
use crate::ring::{RingReceiver, RingSender};
use crate::streams::Streams;
use crate::sys::{Epoll, Events};
use crate::trace::{Kept, Trace};
use crate::wake::Wake;
use pointsman_call::{CallEvent, CallRef, Routing, Shard};
use pointsman_media::{Command, MediaEvent};
use pointsman_policy::Answer;
use pointsman_policy::acm::Notice;
use pointsman_policy::campaign::DialOrder;
use pointsman_policy::drs::{ChangeId, Switched};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Token of the wake-up; listeners have their index.
const WAKE: u64 = u64::MAX;

/// Timers of SIP are coarse (the shortest is 500 ms): deadlines are rounded up to this grid, so that the thousands
/// of transactions that end at their own time do not each wake the thread.
const GRID: Duration = Duration::from_millis(10);

/// How often the wall clock is paired with the monotonic one again (it may be stepped).
const WALL: Duration = Duration::from_secs(1);

/// How often the call store is asked whether it keeps up: a disk that hung for a moment shall not cost a second of calls.
const STORE: Duration = Duration::from_millis(50);

/// Batches taken from one listener before the outputs are sent: bounds the delay of the first answer.
const BATCHES: usize = 4;

/// For how long there may be more to read than one wake takes before new calls are refused. Every message waits about
/// as long, so it has to be well below T1, or peers send again what waits already.
const BEHIND: Duration = Duration::from_millis(20);

/// What the rest of the node tells this thread.
#[derive(Debug)]
pub(crate) enum Order {
    /// Calls from now on follow another configuration.
    Routing(Arc<Routing>),
    /// New INVITEs get 503; the answer comes when no call is left.
    Drain(oneshot::Sender<()>),
    /// Calls end with BYE; the answer comes when no call is left.
    EndAll(oneshot::Sender<()>),
    /// Calls follow these disaster plans from now on; the owner is told so.
    Switched(ChangeId, Arc<Switched>),
    /// An owner answers a call.
    Answer(CallRef, Answer),
    /// Somebody is called for a campaign.
    Originate(DialOrder),
    /// The owner of agents and queues says something.
    Notice(Notice),
    /// Tells what became of every INVITE.
    Account(oneshot::Sender<Account>),
    /// Tells what is known of the messages of a call.
    Trace(Arc<str>, oneshot::Sender<Kept>),
    /// The thread ends, whatever is left.
    Exit,
}

/// Something that is done again and again.
struct Regularly {
    every: Duration,
    last: Instant,
}

impl Regularly {
    fn new(every: Duration, last: Instant) -> Self {
        Self { every, last }
    }

    /// Whether it is to be done now; then the next time is so much later.
    fn is_due(&mut self, now: Instant) -> bool {
        let due = now.saturating_duration_since(self.last) >= self.every;
        if due {
            self.last = now;
        }
        due
    }
}

/// What the signalling thread hears from other threads.
pub(crate) struct Inbox {
    pub(crate) wake: Arc<Wake>,
    pub(crate) orders: RingReceiver<Order>,
    /// From the owners of shared state.
    pub(crate) owners: [RingReceiver<Order>; 3],
    /// The connections.
    pub(crate) streams: Streams,
    /// From the media thread and from the recorder thread.
    pub(crate) media: [RingReceiver<MediaEvent>; 2],
}

impl Inbox {
    fn is_empty(&mut self) -> bool {
        self.orders.is_empty()
            && self.owners.iter_mut().all(RingReceiver::is_empty)
            && self.streams.is_empty()
            && self.media.iter_mut().all(RingReceiver::is_empty)
    }

    fn next_order(&mut self) -> Option<Order> {
        let owners = &mut self.owners;
        self.orders
            .pop()
            .or_else(|| owners.iter_mut().find_map(RingReceiver::pop))
    }
}

/// What the signalling thread owns.
pub(crate) struct SignallingThread {
    shard: Shard,
    listeners: Listeners,
    epoll: Epoll,
    inbox: Inbox,
    commands: RingSender<Command>,
    /// Ports the media thread has bound by now: only the first use of a port is urgent.
    opened: Vec<bool>,
    ledger: Ledger,
    owners: Owners,
    metrics: Arc<Metrics>,
    trace: Trace,
    journal: Option<JournalSender>,
    started: Instant,
    clock: Clock,
    clock_ahead_ms: i64,
    wall_read: Regularly,
    store_asked: Regularly,
    /// Since when no wake has read everything.
    behind_since: Option<Instant>,
    waiting_for_silence: Vec<oneshot::Sender<()>>,
    waiting_for_account: Vec<oneshot::Sender<Account>>,
    exit: bool,
}

impl SignallingThread {
    pub(crate) fn new(
        shard: Shard,
        listeners: Listeners,
        inbox: Inbox,
        commands: RingSender<Command>,
        (ledger, owners): (Ledger, Owners),
        metrics: Arc<Metrics>,
        clock: Clock,
    ) -> io::Result<Self> {
        let epoll = Epoll::new()?;
        epoll.add(&*inbox.wake, WAKE)?;
        for (index, listener) in listeners.descriptors() {
            epoll.add(&listener, index)?;
        }
        let now = Instant::now();
        Ok(Self {
            shard,
            listeners,
            epoll,
            inbox,
            commands,
            opened: vec![false; 1 << 16],
            ledger,
            owners,
            metrics,
            trace: Trace::default(),
            journal: None,
            started: now,
            // Whatever it shows, it is read before the first datagram.
            clock_ahead_ms: i64::MIN,
            clock,
            wall_read: Regularly::new(WALL, now),
            store_asked: Regularly::new(STORE, now),
            behind_since: None,
            waiting_for_silence: Vec::new(),
            waiting_for_account: Vec::new(),
            exit: false,
        })
    }

    /// Writes a journal.
    pub(crate) fn keep(&mut self, journal: Option<JournalSender>) {
        self.journal = journal;
    }

    /// Serves until [`Order::Exit`].
    pub(crate) fn run(mut self) -> io::Result<()> {
        let mut ready = Events::with_capacity(64);
        // What an earlier process left behind is ended at once.
        self.drain(Instant::now());
        while !self.exit {
            self.wait(&mut ready)?;
            let now = Instant::now();
            self.look_around(now);
            let mut behind = false;
            for index in 0..ready.len() {
                let event = ready.get(index);
                match u16::try_from(event.token) {
                    Ok(listener) => behind |= self.listen(now, listener, event.error),
                    Err(_) => self.inbox.wake.clear(),
                }
            }
            self.judge_load(now, behind);
            self.hear(now);
            self.hear_streams(now);
            if self
                .shard
                .poll_timeout()
                .is_some_and(|(deadline, _)| deadline <= now)
            {
                self.shard.handle_timeout(now);
            }
            self.drain(now);
        }
        if let Some(journal) = &self.journal {
            journal.end();
        }
        Ok(())
    }

    fn wait(&mut self, ready: &mut Events) -> io::Result<()> {
        let now = Instant::now();
        let timer = self
            .shard
            .poll_timeout()
            .map(|(deadline, _)| self.on_grid(deadline));
        let retry = self.listeners.is_behind().then(|| now + Duration::from_millis(1));
        let deadline = [timer, retry, self.commands.due(now)].into_iter().flatten().min();
        let timeout = deadline.map(|at| at.saturating_duration_since(now));
        self.inbox.wake.falling_asleep();
        let timeout = if self.inbox.is_empty() {
            timeout
        } else {
            Some(Duration::ZERO)
        };
        let waited = self.epoll.wait(ready, timeout);
        self.inbox.wake.awake();
        waited
    }

    /// `deadline`, or the next point of the grid after it.
    fn on_grid(&self, deadline: Instant) -> Instant {
        let since = deadline.saturating_duration_since(self.started);
        let steps = since.as_micros().div_ceil(GRID.as_micros());
        self.started + GRID * u32::try_from(steps).unwrap_or(u32::MAX)
    }

    /// Now and then: the wall clock, and whether calls can still be written down. A call that leaves no record is
    /// worse than one refused; what is up goes on.
    fn look_around(&mut self, now: Instant) {
        let ahead_ms = self.clock.ahead_ms();
        if self.wall_read.is_due(now) || ahead_ms != self.clock_ahead_ms {
            self.clock_ahead_ms = ahead_ms;
            let unix_ms = self.clock.unix_ms();
            self.shard.set_wall(now, unix_ms);
            if let Some(full) = self.ledger.quota().look(now) {
                self.shard.set_recordings_full(now, full);
            }
        }
        if self.store_asked.is_due(now) {
            self.shard.set_store_behind(self.ledger.is_stalled());
        }
    }

    /// Sheds new calls while reading falls behind, and stops at once when it has caught up.
    fn judge_load(&mut self, now: Instant, behind: bool) {
        self.behind_since = behind.then(|| self.behind_since.unwrap_or(now));
        let overloaded = self
            .behind_since
            .is_some_and(|since| now.saturating_duration_since(since) > BEHIND);
        self.shard.set_overloaded(overloaded);
        self.metrics.overloaded.set(overloaded.into());
    }

    /// Returns whether there is more to read.
    fn listen(&mut self, now: Instant, listener: u16, error: bool) -> bool {
        let Self {
            shard,
            listeners,
            metrics,
            trace,
            ..
        } = self;
        if error {
            listeners.errors(listener, |flow| {
                metrics.unreachable.inc();
                shard.handle_transport_error(now, flow);
            });
        }
        for _ in 0..BATCHES {
            let more = listeners.receive(listener, |flow, payload| {
                metrics.count_received(&payload);
                trace.received(now, flow, &payload);
                shard.handle_datagram(now, flow, payload);
            });
            if !more {
                return false;
            }
        }
        true
    }

    fn hear(&mut self, now: Instant) {
        for ring in &mut self.inbox.media {
            while let Some(event) = ring.pop() {
                self.shard.handle_media(now, event);
            }
        }
        while let Some(order) = self.inbox.next_order() {
            match order {
                Order::Switched(id, switched) => {
                    self.shard.set_switched(switched);
                    self.owners.plans.followed(id);
                }
                Order::Notice(notice) => self.shard.handle_notice(now, notice),
                Order::Originate(order) => self.shard.originate(now, order),
                Order::Answer(call, answer) => self.shard.handle_answer(now, call, answer),
                Order::Routing(routing) => {
                    self.ledger.quota().set_ordered(&routing.recording_octets);
                    self.shard.set_routing(routing);
                }
                Order::Drain(done) => {
                    self.shard.drain();
                    self.waiting_for_silence.push(done);
                }
                Order::EndAll(done) => {
                    self.shard.drain();
                    self.shard.end_all(now);
                    self.waiting_for_silence.push(done);
                }
                Order::Account(answer) => self.waiting_for_account.push(answer),
                Order::Trace(call, answer) => {
                    let kept = self
                        .trace
                        .kept(self.shard.call_ids(&call), now, self.clock.unix_ms());
                    // Whoever asked may have gone.
                    let _ = answer.send(kept);
                }
                Order::Exit => self.exit = true,
            }
        }
    }

    /// Sends everything there is to send, by sockets and connections.
    fn send(&mut self, now: Instant) {
        loop {
            self.connect(now);
            while let Some(transmit) = self.shard.poll_transmit() {
                self.metrics.count_sent(&transmit.payload);
                self.trace.sent(now, transmit.flow, &transmit.payload);
                self.transmit(now, transmit);
                self.connect(now);
            }
            let Self {
                shard,
                listeners,
                metrics,
                ..
            } = self;
            let mut failed = false;
            let flushed = listeners.flush(|flow| {
                failed = true;
                metrics.unreachable.inc();
                shard.handle_transport_error(now, flow);
            });
            if flushed.discarded > 0 {
                metrics.count_dropped("send buffer full", flushed.discarded as u64);
            }
            if !failed {
                break;
            }
        }
    }

    /// Takes everything the shard wants done, until it wants nothing more.
    fn drain(&mut self, now: Instant) {
        self.send(now);
        let mut urgent = false;
        while let Some(command) = self.shard.poll_media() {
            if let Command::Open { port, .. } = &command {
                urgent |= !std::mem::replace(&mut self.opened[usize::from(port.0)], true);
            }
            self.commands.push(command);
        }
        self.commands.settle(now, urgent);
        while let Some(asked) = self.shard.poll_question() {
            if !self.owners.plans.ask(asked) {
                self.metrics.count_dropped("too many questions wait", 1);
            }
        }
        while let Some(word) = self.shard.poll_word() {
            if !self.owners.agents.say(word) {
                self.metrics.count_dropped("too many words about agents wait", 1);
            }
        }
        while let Some(event) = self.shard.poll_event() {
            self.note_ban(now, &event);
            if let CallEvent::Contact { attempt, progress } = event {
                self.owners.campaigns.progress(attempt, progress);
                continue;
            }
            self.ledger.enter(event);
        }
        // Now that everything is told, the two sides of the account belong together.
        for answer in self.waiting_for_account.drain(..) {
            // Whoever asked may have stopped waiting.
            let _ = answer.send(self.ledger.account(self.shard.received()));
        }
        if let Some(journal) = &mut self.journal {
            journal.lines(self.shard.take_journal());
        }
        let gauges = self.shard.gauges();
        self.metrics.show(gauges);
        if gauges.calls == 0 {
            for done in self.waiting_for_silence.drain(..) {
                // Whoever asked may have stopped waiting.
                let _ = done.send(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_is_asked_twenty_times_a_second() {
        let began = Instant::now();
        let mut asked = Regularly::new(STORE, began);
        // Wakes come when datagrams do: here every 10 ms, and once late.
        let wakes = [10, 20, 30, 40, 50, 60, 90, 100, 180, 190, 230];
        let due: Vec<u64> = wakes
            .into_iter()
            .filter(|&ms| asked.is_due(began + Duration::from_millis(ms)))
            .collect();
        assert_eq!(due, [50, 100, 180, 230]);
    }
}
