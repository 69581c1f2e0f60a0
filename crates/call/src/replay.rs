//! A journal put through a shard again.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pointsman_policy::drs::Switched;
use pointsman_sip::{BreakReason, Broken, ConnectionId};

use crate::journal::{Entry, Line, Octets};
use crate::routing::Routing;
use crate::shard::Shard;

/// A replay under way. Outputs of the journal and of the shard are compared as they come, each kind in its own order:
/// when they are fetched from a shard depends on the moment, what they are does not.
#[derive(Debug)]
pub struct Replay {
    shard: Shard,
    start: Instant,
    kinds: [Kind; 5],
    inputs: usize,
    outputs: usize,
}

/// One kind of output: what was recorded, and what has come now.
#[derive(Debug, Default)]
struct Kind {
    recorded: VecDeque<Line>,
    replayed: VecDeque<Line>,
}

/// The first difference between a journal and its replay.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// What the journal has; `None` if nothing more of this kind.
    pub recorded: Option<Line>,
    /// What came instead.
    pub replayed: Option<Line>,
}

impl Replay {
    /// A replay by a fresh `shard` that was made as the recorded one was; `start` is the instant of its `wall`.
    #[must_use]
    pub fn new(mut shard: Shard, start: Instant) -> Self {
        shard.record(start);
        Self {
            shard,
            start,
            kinds: Default::default(),
            inputs: 0,
            outputs: 0,
        }
    }

    /// Takes the next line of the journal. `routing` has the routing of a version.
    ///
    /// # Errors
    /// The shard did something else than it did when the journal was written.
    pub fn take(
        &mut self,
        line: Line,
        routing: impl FnOnce(&str) -> Option<Arc<Routing>>,
    ) -> Result<(), Box<Difference>> {
        let now = self.start + Duration::from_nanos(line.at_ns);
        let shard = &mut self.shard;
        let of = |path: &crate::Path| path.flow();
        match &line.entry {
            Entry::Received { path, octets } => {
                if let Some(flow) = of(path) {
                    shard.handle_datagram(now, flow, octets.bytes());
                }
            }
            Entry::Unreachable(path) => {
                if let Some(flow) = of(path) {
                    shard.handle_transport_error(now, flow);
                }
            }
            Entry::Accepted(path) => {
                if let Some(flow) = of(path) {
                    shard.handle_accepted(now, flow);
                }
            }
            Entry::Lost { connection, unsent } => {
                if let Some(connection) = ConnectionId::of_number(*connection) {
                    let unsent: Vec<_> = unsent.iter().map(Octets::bytes).collect();
                    shard.handle_connection_lost(now, connection, &unsent);
                }
            }
            Entry::Broken { path, head, why } => {
                let why = BreakReason::ALL.into_iter().find(|known| known.as_str() == why);
                if let (Some(flow), Some(why)) = (of(path), why) {
                    let head = head.bytes();
                    shard.handle_broken(now, flow, &Broken { head, why });
                }
            }
            Entry::Media(event) => shard.handle_media(now, event.clone()),
            Entry::Timeout => shard.handle_timeout(now),
            Entry::Wall(unix_ms) => shard.set_wall(now, *unix_ms),
            Entry::Routing(version) => {
                if let Some(routing) = routing(version) {
                    shard.set_routing(routing);
                }
            }
            Entry::Drain => shard.drain(),
            Entry::EndAll => shard.end_all(now),
            Entry::StoreBehind(behind) => shard.set_store_behind(*behind),
            Entry::Overloaded(overloaded) => shard.set_overloaded(*overloaded),
            Entry::Orphans(dialogs) => shard.end_orphans(now, dialogs),
            Entry::Answer(call, answer) => shard.handle_answer(now, *call, answer.clone()),
            Entry::Originate(order) => shard.originate(now, order.clone()),
            Entry::Switched(activations) => {
                shard.set_switched(Arc::new(Switched::of(activations.iter().cloned())));
            }
            Entry::Notice(notice) => shard.handle_notice(now, notice.clone()),
            Entry::RecordingsFull(customers) => {
                shard.set_recordings_full(now, Arc::new(customers.clone()));
            }
            Entry::Sent { .. } | Entry::Ordered(_) | Entry::Told(_) | Entry::Asked(_) | Entry::Word(_) => {
                self.outputs += 1;
                self.kinds[kind_of(&line.entry)].recorded.push_back(line);
                return self.compare();
            }
        }
        self.inputs += 1;
        self.drain();
        self.compare()
    }

    /// The journal has ended: nothing may be left over. A process that was killed may have fetched more from its shard
    /// than it wrote down, so only what was recorded counts. Returns how many inputs and outputs there were.
    ///
    /// # Errors
    /// The journal has outputs that did not come.
    pub fn finish(mut self) -> Result<(usize, usize), Box<Difference>> {
        self.drain();
        self.compare()?;
        for kind in &mut self.kinds {
            if let Some(recorded) = kind.recorded.pop_front() {
                return Err(Box::new(Difference {
                    recorded: Some(recorded),
                    replayed: None,
                }));
            }
        }
        Ok((self.inputs, self.outputs))
    }

    fn drain(&mut self) {
        while self.shard.poll_connect().is_some() {}
        while self.shard.poll_transmit().is_some() {}
        while self.shard.poll_media().is_some() {}
        while self.shard.poll_event().is_some() {}
        while self.shard.poll_question().is_some() {}
        while self.shard.poll_word().is_some() {}
        for line in self.shard.take_journal() {
            if line.entry.is_output() {
                self.kinds[kind_of(&line.entry)].replayed.push_back(line);
            }
        }
    }

    fn compare(&mut self) -> Result<(), Box<Difference>> {
        for kind in &mut self.kinds {
            while !kind.recorded.is_empty() && !kind.replayed.is_empty() {
                let (recorded, replayed) = (kind.recorded.pop_front(), kind.replayed.pop_front());
                let same = |one: &Option<Line>| one.as_ref().map(|line| line.entry.clone());
                if same(&recorded) != same(&replayed) {
                    return Err(Box::new(Difference { recorded, replayed }));
                }
            }
        }
        Ok(())
    }
}

fn kind_of(entry: &Entry) -> usize {
    match entry {
        Entry::Sent { .. } => 0,
        Entry::Ordered(_) => 1,
        Entry::Asked(_) => 3,
        Entry::Word(_) => 4,
        _ => 2,
    }
}
