//! Campaigns in virtual time: a disk, and phones that behave by their number.

mod crash;
mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::campaign::{Acceptance, Pacing, Plan, Retry, Schedule, Stage};

const GAP: Duration = Duration::from_secs(2);

pub(super) fn noon() -> Timestamp {
    "2026-11-24T11:00:00Z".parse().unwrap()
}

pub(super) fn id(name: &str) -> CampaignId {
    CampaignId::new("shop", name)
}

pub(super) fn plan(name: &str, contacts: u32, concurrent: u32) -> Plan {
    Plan {
        id: id(name),
        contacts: (0..contacts)
            .map(|number| format!("+324700{number:05}"))
            .collect(),
        do_not_call: BTreeSet::new(),
        accepted: Acceptance {
            by: "Ann".to_owned(),
            on: date(2026, 11, 24),
        },
        schedule: Schedule::always(),
        pacing: Pacing { concurrent, gap: GAP },
        busy: Retry {
            times: 2,
            after: Duration::from_secs(60),
        },
        no_answer: Retry {
            times: 1,
            after: Duration::from_secs(300),
        },
    }
}

pub(super) fn directory(plans: Vec<Plan>) -> Directory {
    plans
        .into_iter()
        .map(|plan| (plan.id.clone(), Arc::new(plan)))
        .collect()
}

/// What survives a crash.
#[derive(Debug, Clone, Default)]
pub(super) struct Disk {
    states: BTreeMap<CampaignId, RunState>,
    attempts: BTreeMap<AttemptId, AttemptRow>,
}

impl Disk {
    fn write(&mut self, change: &Change) {
        match change {
            Change::State { campaign, state, .. } => {
                self.states.insert(campaign.clone(), *state);
            }
            Change::Attempt {
                at,
                attempt,
                campaign,
                number,
            } => {
                let row = AttemptRow {
                    attempt: *attempt,
                    campaign: campaign.clone(),
                    number: number.clone(),
                    started: *at,
                    ended: None,
                };
                assert!(
                    self.attempts.insert(*attempt, row).is_none(),
                    "a number of an attempt came twice"
                );
            }
            Change::Ended { at, attempt, end, .. } => {
                let row = self
                    .attempts
                    .get_mut(attempt)
                    .expect("it was written before it ended");
                assert_eq!(row.ended, None, "an attempt ended twice");
                row.ended = Some((*at, *end));
            }
        }
    }

    fn written(&self) -> Written {
        Written {
            campaigns: self
                .states
                .iter()
                .map(|(campaign, state)| CampaignRow {
                    campaign: campaign.clone(),
                    state: *state,
                })
                .collect(),
            attempts: self.attempts.values().cloned().collect(),
        }
    }
}

/// A dialled call, with what its phone still does.
#[derive(Debug, Clone)]
struct Call {
    attempt: AttemptId,
    steps: Vec<(Timestamp, Progress)>,
}

/// An owner, its disk and the people it calls.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) now: Timestamp,
    directory: Arc<Directory>,
    pub(super) owner: Owner,
    pub(super) disk: Disk,
    calls: Vec<Call>,
    /// Every INVITE: when, which attempt, whom.
    pub(super) dialled: Vec<(Timestamp, AttemptId, String)>,
    pub(super) replies: BTreeMap<RequestId, Result<RunState, String>>,
    pub(super) most_calls: usize,
    pub(super) disk_is_full: bool,
}

impl World {
    pub(super) fn new(plans: Vec<Plan>) -> Self {
        let directory = Arc::new(directory(plans));
        Self {
            now: noon(),
            owner: Owner::new(noon(), &directory, Written::default()),
            directory,
            disk: Disk::default(),
            calls: Vec::new(),
            dialled: Vec::new(),
            replies: BTreeMap::new(),
            most_calls: 0,
            disk_is_full: false,
        }
    }

    pub(super) fn command(&mut self, request: RequestId, name: &str, command: Command) {
        self.owner
            .handle_command(self.now, request, "token desk".into(), &id(name), command);
    }

    /// Commands, and does everything that follows at once.
    pub(super) fn done(&mut self, name: &str, command: Command) -> Result<RunState, String> {
        let request = self.replies.len() as RequestId + 1;
        self.command(request, name, command);
        self.settle();
        self.replies[&request].clone()
    }

    /// The process is killed and starts again: calls and memory are gone.
    pub(super) fn crash(&mut self) {
        self.calls.clear();
        self.now += SignedDuration::from_millis(1_500);
        self.owner = Owner::new(self.now, &self.directory, self.disk.written());
    }

    /// The next output, done; `false` if there is none.
    pub(super) fn output(&mut self) -> bool {
        let Some(output) = self.owner.poll_output() else {
            return false;
        };
        match output {
            Output::Save { id, change } => {
                let saved = self.write(&change);
                self.owner.handle_saved(self.now, id, saved);
            }
            Output::Dial(order) => self.dial(order),
            Output::Reply { id, answer } => {
                self.replies.insert(id, answer);
            }
        }
        true
    }

    pub(super) fn write(&mut self, change: &Change) -> Result<(), String> {
        if self.disk_is_full {
            return Err("the disk is full".into());
        }
        self.disk.write(change);
        Ok(())
    }

    fn dial(&mut self, order: DialOrder) {
        let row = &self.disk.attempts[&order.attempt];
        assert!(
            row.number == order.number && row.ended.is_none(),
            "it is on the disk before it is dialled"
        );
        self.dialled.push((self.now, order.attempt, order.number.clone()));
        let call = Call {
            attempt: order.attempt,
            steps: behaviour(&order, self.now),
        };
        self.calls.push(call);
        self.most_calls = self.most_calls.max(self.calls.len());
    }

    pub(super) fn settle(&mut self) {
        while self.output() {}
    }

    /// Goes to the next thing that happens; `false` if nothing does.
    pub(super) fn pass(&mut self) -> bool {
        let call = self
            .calls
            .iter()
            .enumerate()
            .map(|(place, call)| (call.steps[0].0, place))
            .min();
        let timer = self.owner.poll_timeout().map(|(at, _)| at);
        match (call, timer) {
            (Some((at, place)), timer) if timer.is_none_or(|timer| at <= timer) => {
                self.now = self.now.max(at);
                let (_, progress) = self.calls[place].steps.remove(0);
                let attempt = self.calls[place].attempt;
                if self.calls[place].steps.is_empty() {
                    self.calls.remove(place);
                }
                self.owner.handle_progress(self.now, attempt, progress);
                true
            }
            (_, Some(at)) => {
                self.now = self.now.max(at);
                self.owner.handle_timeout(self.now);
                true
            }
            _ => false,
        }
    }

    pub(super) fn run(&mut self) {
        self.settle();
        while self.pass() {
            self.settle();
        }
    }

    pub(super) fn state(&self, name: &str) -> RunState {
        let view = self.owner.views().into_iter().find(|view| view.id == id(name));
        view.unwrap().state
    }

    /// Everybody has an end; nobody was called more often, more at a time or faster than planned.
    pub(super) fn assert_sound(&self, concurrent: usize, what: &str) {
        let attempts: BTreeSet<_> = self.dialled.iter().map(|(_, attempt, _)| attempt).collect();
        assert_eq!(
            attempts.len(),
            self.dialled.len(),
            "{what}: an attempt was dialled twice"
        );
        assert!(self.most_calls <= concurrent, "{what}: {} calls", self.most_calls);
        for pair in self.dialled.windows(2) {
            let gap = pair[1].0.duration_since(pair[0].0);
            assert!(gap >= SignedDuration::try_from(GAP).unwrap(), "{what}: {pair:?}");
        }
        let mut all: BTreeMap<&str, (Vec<AttemptEnd>, usize)> = BTreeMap::new();
        for row in self.disk.attempts.values() {
            let (_, end) = row.ended.expect("every attempt has an end");
            all.entry(&row.number).or_default().0.push(end);
        }
        for (_, _, number) in &self.dialled {
            all.entry(number).or_default().1 += 1;
        }
        for contact in self.owner.views().into_iter().flat_map(|view| view.contacts) {
            let Stage::Over(end) = contact.stage else {
                panic!("{what}: {contact:?} was forgotten")
            };
            let (ends, dialled) = &all[contact.number.as_str()];
            assert_contact(&contact.number, end, (ends, *dialled), what);
        }
    }
}

/// How a contact came to its `end`: by these ends of attempts, and so many INVITEs.
fn assert_contact(number: &str, end: AttemptEnd, by: (&[AttemptEnd], usize), what: &str) {
    let (ends, dialled) = by;
    assert_eq!(
        ends.last(),
        Some(&end),
        "{what}: the disk says the same of {number}"
    );
    if ends.contains(&AttemptEnd::Interrupted) {
        assert_eq!(
            end,
            AttemptEnd::Interrupted,
            "{what}: silently repeated: {ends:?}"
        );
        // Killed between the disk and the INVITE, nobody can tell.
        assert!(
            dialled == ends.len() || dialled + 1 == ends.len(),
            "{what}: {ends:?}"
        );
    } else {
        assert_eq!(dialled, ends.len(), "{what}: {ends:?}");
        assert_eq!(ends, expected(number), "{what}: {number}");
    }
}

/// What the last digit of a number does.
fn behaviour(order: &DialOrder, now: Timestamp) -> Vec<(Timestamp, Progress)> {
    use AttemptEnd::*;
    let steps: &[(i64, Progress)] = match order.number.as_bytes().last() {
        Some(b'1') => &[(1, Progress::Ended(Busy))],
        Some(b'2') => &[(20, Progress::Ended(NoAnswer))],
        Some(b'3') if order.nth == 1 => &[(1, Progress::Ended(Busy))],
        Some(b'4') => &[
            (4, Progress::Answered),
            (7, Progress::Key),
            (9, Progress::Agent),
            (60, Progress::Ended(Agent)),
        ],
        Some(b'5') => &[(3, Progress::Answered), (5, Progress::Ended(Answered))],
        Some(b'6') => &[(2, Progress::Ended(Unreachable))],
        Some(b'7') => &[
            (2, Progress::Answered),
            (4, Progress::Key),
            (30, Progress::Ended(Key)),
        ],
        _ => &[
            (3, Progress::Answered),
            (15, Progress::Heard),
            (20, Progress::Ended(Heard)),
        ],
    };
    steps
        .iter()
        .map(|(after, progress)| (now + SignedDuration::from_secs(*after), *progress))
        .collect()
}

/// How the attempts to a number end when nothing breaks.
fn expected(number: &str) -> Vec<AttemptEnd> {
    use AttemptEnd::*;
    match number.as_bytes().last() {
        Some(b'1') => vec![Busy; 3],
        Some(b'2') => vec![NoAnswer; 2],
        Some(b'3') => vec![Busy, Heard],
        Some(b'4') => vec![Agent],
        Some(b'5') => vec![Answered],
        Some(b'6') => vec![Unreachable],
        Some(b'7') => vec![Key],
        _ => vec![Heard],
    }
}
