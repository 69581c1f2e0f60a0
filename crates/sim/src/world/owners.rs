//! The owners of shared state in the world: asked by the switch, with a disk and a way between them that take time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use pointsman_call::{CallRef, Shard};
use pointsman_policy::drs::{
    self, Activation, ChangeId, Directory, Output, Request, RequestId, Switched, What,
};
use pointsman_policy::{Answer, Ask, Question};

use crate::clock::START_MS;

/// How long the disk takes, and a word from one thread to another.
const LATER: Duration = Duration::from_millis(3);

/// What is on its way.
#[derive(Debug)]
enum Mail {
    Saved(ChangeId, bool),
    Publish(ChangeId, Arc<Switched>),
    Confirmed(ChangeId),
    Answer(CallRef, Answer),
}

/// The owner of disaster plans, its disk and its mail.
#[derive(Debug)]
pub(crate) struct Owners {
    began: Instant,
    drs: drs::Owner,
    mail: VecDeque<(Instant, Mail)>,
    asking: BTreeMap<RequestId, CallRef>,
    requests: RequestId,
    /// What the disk holds.
    written: Vec<Activation>,
    disk_is_full: bool,
}

impl Owners {
    pub(crate) fn new(began: Instant, directory: Directory) -> Self {
        let zone = TimeZone::get("Europe/Brussels").unwrap_or(TimeZone::UTC);
        Self {
            began,
            drs: drs::Owner::new(Arc::new(directory), Switched::default(), zone),
            mail: VecDeque::new(),
            asking: BTreeMap::new(),
            requests: 0,
            written: Vec::new(),
            disk_is_full: false,
        }
    }

    fn wall(&self, now: Instant) -> Timestamp {
        let start = Timestamp::from_millisecond(START_MS).unwrap_or_default();
        start + SignedDuration::try_from(now - self.began).unwrap_or_default()
    }

    fn instant(&self, at: Timestamp) -> Instant {
        let start = Timestamp::from_millisecond(START_MS).unwrap_or_default();
        self.began + Duration::try_from(at.duration_since(start)).unwrap_or_default()
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        let mail = self.mail.iter().map(|(at, _)| *at);
        let owner = self.drs.poll_timeout().map(|(at, _)| self.instant(at));
        mail.chain(owner).min()
    }

    pub(crate) fn time_passes(&mut self, now: Instant, shard: &mut Shard) {
        let wall = self.wall(now);
        if self.drs.poll_timeout().is_some_and(|(at, _)| at <= wall) {
            self.drs.handle_timeout(wall);
        }
        while self.mail.front().is_some_and(|(at, _)| *at <= now) {
            let Some((_, mail)) = self.mail.pop_front() else {
                break;
            };
            match mail {
                Mail::Saved(id, true) => self.drs.handle_saved(wall, id, Ok(())),
                Mail::Saved(id, false) => self.drs.handle_saved(wall, id, Err("the disk is full".into())),
                Mail::Publish(id, switched) => {
                    shard.set_switched(switched);
                    self.post(now, Mail::Confirmed(id));
                }
                Mail::Confirmed(id) => self.drs.handle_confirmed(wall, id),
                Mail::Answer(call, answer) => shard.handle_answer(now, call, answer),
            }
        }
        self.drain(now);
    }

    /// The switch asks.
    pub(crate) fn ask(&mut self, now: Instant, call: CallRef, question: Question) {
        let Question { ask, secret, who } = question;
        let what = match ask {
            Ask::Login { number } => What::Login {
                number,
                password: secret.unwrap_or_default(),
            },
            Ask::Switch { customer, plan, on } => What::Switch { customer, plan, on },
        };
        self.requests += 1;
        self.asking.insert(self.requests, call);
        let wall = self.wall(now);
        self.drs
            .handle_request(wall, self.requests, Request { who, what });
        self.drain(now);
    }

    pub(crate) fn fill_disk(&mut self) {
        self.disk_is_full = true;
    }

    fn post(&mut self, now: Instant, mail: Mail) {
        self.mail.push_back((now + LATER, mail));
    }

    fn drain(&mut self, now: Instant) {
        while let Some(output) = self.drs.poll_output() {
            match output {
                Output::Save { id, change } => {
                    if !self.disk_is_full {
                        self.written.retain(|kept| {
                            (&kept.customer, &kept.plan)
                                != (&change.activation.customer, &change.activation.plan)
                        });
                        self.written.extend(change.on.then_some(change.activation));
                    }
                    self.post(now, Mail::Saved(id, !self.disk_is_full));
                }
                Output::Publish { id, switched } => self.post(now, Mail::Publish(id, switched)),
                Output::Reply { id, answer } => {
                    if let Some(call) = self.asking.remove(&id) {
                        self.post(now, Mail::Answer(call, answer));
                    }
                }
            }
        }
    }
}
