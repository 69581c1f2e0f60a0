//! The owner of all campaigns of a node: an attempt is on the disk before it is dialled, and counted before it is forgotten.
//!
//! | input | what follows |
//! |---|---|
//! | a command | the new state is saved; when it is, it holds and is answered |
//! | a start while another campaign of the customer runs or is paused | refused, with the limit of §3.1.3 (OUT-14) |
//! | the start of the schedule in the same case | waits until the other one is over |
//! | a free place, the gap is over, inside the hours, a contact is due | the attempt is saved; when it is, it is dialled |
//! | an attempt cannot be saved, or the campaign was paused meanwhile | not dialled; the contact waits again |
//! | a number stands on a Do Not Call list, or comes on one before its INVITE | `do_not_call`: not dialled while it stands there |
//! | an attempt ended | its end is saved; the contact is over or waits for its next time |
//! | a start of the process finds an attempt without an end | interrupted: saved as its end, and never dialled again |

mod command;
mod restore;
mod run;

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::contact::{AttemptEnd, Progress};
use super::plan::{CampaignId, Directory};
use super::view::{RunState, View};
use run::Run;

/// Which request; chosen by who asks.
pub type RequestId = u64;
/// Which change; chosen by the owner.
pub type ChangeId = u64;
/// Which attempt; rises for ever, also over restarts.
pub type AttemptId = u64;

/// What can be done with a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Dial; of a stopped one, those who are left.
    Start,
    /// Dial nobody for a while.
    Pause,
    /// Go on.
    Resume,
    /// Dial nobody any more.
    Stop,
}

impl Command {
    /// What has been done then: "started".
    fn done(self) -> &'static str {
        match self {
            Self::Start => "started",
            Self::Pause => "paused",
            Self::Resume => "resumed",
            Self::Stop => "stopped",
        }
    }
}

/// Something to be written down and synced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A campaign is in another state.
    State {
        /// When.
        at: Timestamp,
        /// Who wanted it; "the schedule", "the last contact" and "the configuration" when nobody did.
        by: String,
        /// Which campaign.
        campaign: CampaignId,
        /// Its state from now on.
        state: RunState,
    },
    /// A number is about to be dialled.
    Attempt {
        /// When.
        at: Timestamp,
        /// Which attempt.
        attempt: AttemptId,
        /// Of which campaign.
        campaign: CampaignId,
        /// The number, E.164.
        number: String,
    },
    /// An attempt is over.
    Ended {
        /// When.
        at: Timestamp,
        /// Which attempt.
        attempt: AttemptId,
        /// Of which campaign.
        campaign: CampaignId,
        /// The number that was dialled, E.164.
        number: String,
        /// How.
        end: AttemptEnd,
    },
}

/// A number to be dialled now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DialOrder {
    /// To be named with what becomes of it.
    pub attempt: AttemptId,
    /// Of which campaign.
    pub campaign: CampaignId,
    /// The number, E.164.
    pub number: String,
    /// Which attempt to this number it is, from 1.
    pub nth: u32,
}

/// What the owner wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Write this down and sync; then [`Owner::handle_saved`].
    Save {
        /// To be named then.
        id: ChangeId,
        /// What to write.
        change: Change,
    },
    /// Send an INVITE; then [`Owner::handle_progress`], the last time with [`Progress::Ended`].
    Dial(DialOrder),
    /// The answer to a command: the state that holds now, or why nothing changed.
    Reply {
        /// Which request.
        id: RequestId,
        /// The answer.
        answer: Result<RunState, String>,
    },
}

/// A campaign as it was written last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignRow {
    /// Which.
    pub campaign: CampaignId,
    /// Its state.
    pub state: RunState,
}

/// An attempt as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRow {
    /// Which.
    pub attempt: AttemptId,
    /// Of which campaign.
    pub campaign: CampaignId,
    /// The number.
    pub number: String,
    /// When it was written down.
    pub started: Timestamp,
    /// When and how it ended; `None` if that was not written.
    pub ended: Option<(Timestamp, AttemptEnd)>,
}

/// What earlier processes wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Campaigns that were ever started.
    pub campaigns: Vec<CampaignRow>,
    /// Their attempts, in the order of their numbers.
    pub attempts: Vec<AttemptRow>,
}

/// What is being written down.
#[derive(Debug, Clone)]
enum Saving {
    State {
        campaign: CampaignId,
        state: RunState,
        request: Option<RequestId>,
    },
    Attempt {
        attempt: AttemptId,
        campaign: CampaignId,
    },
    Ended,
}

/// Owns every campaign of a node.
#[derive(Debug, Clone)]
pub struct Owner {
    runs: BTreeMap<CampaignId, Run>,
    /// Attempts under way: the campaign and the contact's place in it.
    attempts: BTreeMap<AttemptId, (CampaignId, usize)>,
    saving: BTreeMap<ChangeId, Saving>,
    outputs: VecDeque<Output>,
    last_change: ChangeId,
    last_attempt: AttemptId,
}

impl Owner {
    /// An owner that knows what was written before. What was under way then is interrupted.
    #[must_use]
    pub fn new(now: Timestamp, directory: &Directory, written: Written) -> Self {
        let mut owner = Self {
            runs: BTreeMap::new(),
            attempts: BTreeMap::new(),
            saving: BTreeMap::new(),
            outputs: VecDeque::new(),
            last_change: 0,
            last_attempt: 0,
        };
        owner.restore(now, directory, written);
        owner.go_on(now);
        owner
    }

    /// A reload: contacts that are new wait, those who are gone are not called any more; calls that are up go on.
    pub fn set_directory(&mut self, now: Timestamp, directory: &Directory) {
        for (id, run) in &mut self.runs {
            if !directory.contains_key(id) {
                run.forget();
            }
        }
        for (id, plan) in directory {
            match self.runs.get_mut(id) {
                Some(run) => run.follow(now, plan.clone()),
                None => {
                    self.runs.insert(id.clone(), Run::new(now, plan.clone()));
                }
            }
        }
        self.runs.retain(|_, run| run.is_wanted());
        self.go_on(now);
    }

    /// Somebody wants something; the answer comes as [`Output::Reply`].
    pub fn handle_command(
        &mut self,
        now: Timestamp,
        id: RequestId,
        by: String,
        campaign: &CampaignId,
        command: Command,
    ) {
        match self.judge(campaign, command) {
            Ok(state) => self.save_state(now, by, campaign, state, Some(id)),
            Err(why) => self.outputs.push_back(Output::Reply { id, answer: Err(why) }),
        }
    }

    /// A change is on the disk, or could not be written.
    pub fn handle_saved(&mut self, now: Timestamp, id: ChangeId, saved: Result<(), String>) {
        match self.saving.remove(&id) {
            Some(Saving::State {
                campaign,
                state,
                request,
            }) => self.state_saved(now, &campaign, state, request, saved),
            Some(Saving::Attempt { attempt, campaign }) => {
                self.attempt_saved(now, attempt, &campaign, saved.is_ok());
            }
            // An end that could not be written is known here; another process will find the attempt interrupted.
            Some(Saving::Ended) | None => {}
        }
        self.go_on(now);
    }

    /// A call tells how far it is.
    pub fn handle_progress(&mut self, now: Timestamp, attempt: AttemptId, progress: Progress) {
        let Some((campaign, contact)) = self.attempts.get(&attempt).cloned() else {
            return;
        };
        if let Progress::Ended(end) = progress {
            self.attempts.remove(&attempt);
            if let Some(run) = self.runs.get_mut(&campaign) {
                let number = run.ended(now, contact, end);
                self.save_end(now, attempt, campaign, number, end);
            }
        } else if let Some(run) = self.runs.get_mut(&campaign) {
            run.contacts[contact].progressed(progress);
        }
        self.go_on(now);
    }

    /// A time of [`Self::poll_timeout`] has come.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        self.go_on(now);
    }

    /// When the owner wants to be called next, and for what.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<(Timestamp, &'static str)> {
        let due = |(id, run): (&CampaignId, &Run)| {
            let start = run
                .starts_at()
                .filter(|_| self.occupied_by(&id.customer).is_none())
                .map(|at| (at, "start of a campaign"));
            start
                .or_else(|| run.next_dial().map(|at| (at, "next attempt of a campaign")))
                .or_else(|| run.done_at().map(|at| (at, "end of a campaign")))
                .or_else(|| {
                    run.stops_at()
                        .map(|at| (at, "stop of a campaign that is not configured"))
                })
        };
        self.runs.iter().filter_map(due).min_by_key(|(at, _)| *at)
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Every campaign as it is now.
    #[must_use]
    pub fn views(&self) -> Vec<View> {
        let view = |(id, run): (&CampaignId, &Run)| View {
            id: id.clone(),
            state: run.state,
            configured: run.plan.is_some(),
            accepted: run.plan.as_ref().map(|plan| plan.accepted.clone()),
            contacts: run.contacts.clone(),
        };
        self.runs.iter().map(view).collect()
    }

    fn save(&mut self, change: Change, saving: Saving) {
        self.last_change += 1;
        let id = self.last_change;
        self.saving.insert(id, saving);
        self.outputs.push_back(Output::Save { id, change });
    }

    fn save_state(
        &mut self,
        at: Timestamp,
        by: String,
        campaign: &CampaignId,
        state: RunState,
        request: Option<RequestId>,
    ) {
        if let Some(run) = self.runs.get_mut(campaign) {
            run.changing = Some(state);
        }
        let change = Change::State {
            at,
            by,
            campaign: campaign.clone(),
            state,
        };
        let saving = Saving::State {
            campaign: campaign.clone(),
            state,
            request,
        };
        self.save(change, saving);
    }

    /// Does what can be done now: starts, attempts, ends of campaigns.
    fn go_on(&mut self, now: Timestamp) {
        let ids: Vec<CampaignId> = self.runs.keys().cloned().collect();
        for id in ids {
            let is_free = self.occupied_by(&id.customer).is_none();
            let Some(run) = self.runs.get_mut(&id) else {
                continue;
            };
            if run.stops_at().is_some_and(|at| at <= now) {
                self.save_state(now, "the configuration".into(), &id, RunState::Stopped, None);
            } else if is_free && run.starts_at().is_some_and(|at| at <= now) {
                self.save_state(now, "the schedule".into(), &id, RunState::Running, None);
            } else if run.done_at().is_some_and(|at| at <= now) {
                self.save_state(now, "the last contact".into(), &id, RunState::Done, None);
            } else if let Some(contact) = run.next_contact(now) {
                self.last_attempt += 1;
                let attempt = self.last_attempt;
                let number = run.begin(contact, attempt);
                self.attempts.insert(attempt, (id.clone(), contact));
                let change = Change::Attempt {
                    at: now,
                    attempt,
                    campaign: id.clone(),
                    number,
                };
                self.save(
                    change,
                    Saving::Attempt {
                        attempt,
                        campaign: id,
                    },
                );
            }
        }
    }

    fn attempt_saved(&mut self, now: Timestamp, attempt: AttemptId, campaign: &CampaignId, is_saved: bool) {
        let Some((_, contact)) = self.attempts.get(&attempt).cloned() else {
            return;
        };
        let Some(run) = self.runs.get_mut(campaign) else {
            return;
        };
        if is_saved && run.may_dial(now) && run.is_willing(contact) {
            let order = run.dial(now, contact, attempt);
            self.outputs.push_back(Output::Dial(order));
            return;
        }
        let end = AttemptEnd::NotDialled;
        self.attempts.remove(&attempt);
        let number = run.ended(now, contact, end);
        if is_saved {
            self.save_end(now, attempt, campaign.clone(), number, end);
        }
    }

    fn save_end(
        &mut self,
        at: Timestamp,
        attempt: AttemptId,
        campaign: CampaignId,
        number: String,
        end: AttemptEnd,
    ) {
        let change = Change::Ended {
            at,
            attempt,
            campaign,
            number,
            end,
        };
        self.save(change, Saving::Ended);
    }
}

#[cfg(test)]
mod tests;
