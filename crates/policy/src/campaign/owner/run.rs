//! One campaign: its contacts, its pace, its state.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{AttemptId, DialOrder};
use crate::campaign::{AttemptEnd, Contact, Plan, RunState, Stage};

/// How long a campaign waits after a change of its state could not be written.
const AGAIN: SignedDuration = SignedDuration::from_secs(10);

#[derive(Debug, Clone)]
pub(super) struct Run {
    /// `None`: the configuration has it no longer.
    pub(super) plan: Option<Arc<Plan>>,
    pub(super) state: RunState,
    /// The state that is being written down.
    pub(super) changing: Option<RunState>,
    pub(super) contacts: Vec<Contact>,
    /// Contacts that wait, by the time at which they are due.
    waiting: BTreeSet<(Timestamp, usize)>,
    /// Attempts under way, the one that is being written down included.
    live: u32,
    is_saving: bool,
    /// The gap after the last start (OUT-13), and what else has to be waited for.
    not_before: Timestamp,
    /// The next hours, once it was found outside them.
    closed_until: Timestamp,
}

impl Run {
    pub(super) fn new(now: Timestamp, plan: Arc<Plan>) -> Self {
        let mut run = Self {
            plan: None,
            state: RunState::Programmed,
            changing: None,
            contacts: Vec::new(),
            waiting: BTreeSet::new(),
            live: 0,
            is_saving: false,
            not_before: now,
            closed_until: Timestamp::MIN,
        };
        run.follow(now, plan);
        run
    }

    /// A campaign of which only what was written is known.
    pub(super) fn of_the_past(now: Timestamp) -> Self {
        Self {
            plan: None,
            state: RunState::Stopped,
            changing: None,
            contacts: Vec::new(),
            waiting: BTreeSet::new(),
            live: 0,
            is_saving: false,
            not_before: now,
            closed_until: Timestamp::MIN,
        }
    }

    /// Takes another version of the plan: who is new waits, who is gone and waits is not called.
    pub(super) fn follow(&mut self, now: Timestamp, plan: Arc<Plan>) {
        let wanted: BTreeSet<&str> = plan.contacts.iter().map(String::as_str).collect();
        let known: BTreeMap<String, usize> = self
            .contacts
            .iter()
            .enumerate()
            .map(|(place, contact)| (contact.number.clone(), place))
            .collect();
        self.waiting.retain(|(_, place)| {
            let number = self.contacts[*place].number.as_str();
            wanted.contains(number) && !plan.do_not_call.contains(number)
        });
        for number in &plan.contacts {
            match known.get(number) {
                None => {
                    self.contacts.push(Contact::new(number.clone(), now));
                    self.queue(&plan, self.contacts.len() - 1);
                }
                // Who was taken off the lists and put on them again waits again, and so does who may be called again.
                Some(place) => {
                    let contact = &mut self.contacts[*place];
                    if let Stage::DoNotCall(due) = contact.stage {
                        contact.stage = Stage::Waiting(due);
                    }
                    self.queue(&plan, *place);
                }
            }
        }
        self.closed_until = Timestamp::MIN;
        self.plan = Some(plan);
    }

    /// Who waits gets a place among those who wait, or is not called (Do Not Call).
    fn queue(&mut self, plan: &Plan, place: usize) {
        let contact = &mut self.contacts[place];
        let Stage::Waiting(due) = contact.stage else {
            return;
        };
        if plan.do_not_call.contains(&contact.number) {
            contact.stage = Stage::DoNotCall(due);
        } else {
            self.waiting.insert((due, place));
        }
    }

    /// Whether a contact stands on no Do Not Call list.
    pub(super) fn is_willing(&self, place: usize) -> bool {
        let number = &self.contacts[place].number;
        let plan = self.plan.as_ref();
        plan.is_some_and(|plan| !plan.do_not_call.contains(number))
    }

    /// The configuration has it no longer.
    pub(super) fn forget(&mut self) {
        self.plan = None;
    }

    /// Whether anything is left to know of it.
    pub(super) fn is_wanted(&self) -> bool {
        self.plan.is_some() || self.live > 0 || self.changing.is_some() || self.state != RunState::Programmed
    }

    /// It has the customer's only place.
    pub(super) fn occupies(&self) -> bool {
        self.state.is_under_way() || self.changing.is_some_and(RunState::is_under_way)
    }

    /// When it ends because the configuration has it no longer.
    pub(super) fn stops_at(&self) -> Option<Timestamp> {
        let is_left = self.plan.is_none() && self.state.is_under_way() && self.changing.is_none();
        is_left.then_some(self.not_before)
    }

    /// When it begins by itself.
    pub(super) fn starts_at(&self) -> Option<Timestamp> {
        let plan = self.plan.as_ref()?;
        let is_idle = self.state == RunState::Programmed && self.changing.is_none();
        plan.schedule
            .start
            .filter(|_| is_idle)
            .map(|at| at.max(self.not_before))
    }

    /// From when on it may be said that everybody has an end, if everybody has.
    pub(super) fn done_at(&self) -> Option<Timestamp> {
        let is_done = self.state == RunState::Running
            && self.changing.is_none()
            && self.live == 0
            && self.waiting.is_empty()
            && self.plan.is_some();
        is_done.then_some(self.not_before)
    }

    pub(super) fn changed(&mut self, state: RunState) {
        self.state = state;
        self.changing = None;
    }

    pub(super) fn not_changed(&mut self, now: Timestamp) {
        self.changing = None;
        self.not_before = self.not_before.max(now + AGAIN);
    }

    /// Whether it dials at all now.
    pub(super) fn may_dial(&self, now: Timestamp) -> bool {
        self.dials() && self.plan.as_ref().is_some_and(|plan| plan.schedule.is_open(now))
    }

    fn dials(&self) -> bool {
        self.state == RunState::Running && self.changing.is_none()
    }

    fn has_room(&self) -> bool {
        let most = self.plan.as_ref().map_or(0, |plan| plan.pacing.concurrent);
        !self.is_saving && self.live < most
    }

    /// Who is to be dialled now.
    pub(super) fn next_contact(&mut self, now: Timestamp) -> Option<usize> {
        let plan = self.plan.as_ref().filter(|_| self.dials() && self.has_room())?;
        let (due, contact) = *self.waiting.first()?;
        if due > now || self.not_before > now {
            return None;
        }
        if !plan.schedule.is_open(now) {
            self.closed_until = plan.schedule.next_open(now).unwrap_or(Timestamp::MAX);
            return None;
        }
        Some(contact)
    }

    /// When somebody can be dialled, if nothing else happens.
    pub(super) fn next_dial(&self) -> Option<Timestamp> {
        self.plan.as_ref().filter(|_| self.dials() && self.has_room())?;
        let (due, _) = self.waiting.first()?;
        let at = (*due).max(self.not_before).max(self.closed_until);
        (at < Timestamp::MAX).then_some(at)
    }

    /// The attempt is going to be written down.
    pub(super) fn begin(&mut self, place: usize, attempt: AttemptId) -> String {
        let contact = &mut self.contacts[place];
        if let Stage::Waiting(due) = contact.stage {
            self.waiting.remove(&(due, place));
        }
        contact.stage = Stage::Saving(attempt);
        self.live += 1;
        self.is_saving = true;
        contact.number.clone()
    }

    /// It is written down: the INVITE leaves.
    pub(super) fn dial(&mut self, now: Timestamp, place: usize, attempt: AttemptId) -> DialOrder {
        self.is_saving = false;
        if let Some(plan) = &self.plan {
            self.not_before = now.saturating_add(plan.pacing.gap).unwrap_or(Timestamp::MAX);
        }
        let contact = &mut self.contacts[place];
        contact.stage = Stage::Dialling(attempt);
        DialOrder {
            attempt,
            campaign: self
                .plan
                .as_ref()
                .map(|plan| plan.id.clone())
                .expect("only a campaign with a plan may dial"),
            number: contact.number.clone(),
            nth: contact.attempts + 1,
        }
    }

    /// An attempt is over; gives the number that was dialled.
    pub(super) fn ended(&mut self, now: Timestamp, place: usize, end: AttemptEnd) -> String {
        self.live = self.live.saturating_sub(1);
        let plan = self.plan.clone();
        let contact = &mut self.contacts[place];
        if matches!(contact.stage, Stage::Saving(_)) {
            self.is_saving = false;
        }
        contact.ended(now, end, plan.as_deref());
        let number = contact.number.clone();
        if let Some(plan) = plan.filter(|plan| plan.contacts.contains(&number)) {
            self.queue(&plan, place);
        }
        number
    }

    /// What is known of an attempt of an earlier process; it ended `at`.
    pub(super) fn remember(&mut self, at: Timestamp, number: &str, end: AttemptEnd) {
        let place = self.contacts.iter().position(|contact| contact.number == number);
        let place = place.unwrap_or_else(|| {
            self.contacts.push(Contact::new(number.to_owned(), at));
            self.contacts.len() - 1
        });
        if let Stage::Waiting(due) = self.contacts[place].stage {
            self.waiting.remove(&(due, place));
        }
        self.live += 1;
        self.ended(at, place, end);
    }

    /// An attempt of an earlier process began then.
    pub(super) fn started(&mut self, at: Timestamp) {
        if let Some(plan) = &self.plan {
            let gap = at.saturating_add(plan.pacing.gap).unwrap_or(Timestamp::MAX);
            self.not_before = self.not_before.max(gap);
        }
    }
}
