//! Calls that we make: a person is rung, and whoever answers is served as a caller is.
//!
//! The person's leg is the first one of its call. It is made by an attempt, as the legs of callees are, so whatever
//! can happen to an INVITE of ours happens to it in the same places; from the answer on it is the leg we serve.

use std::time::Duration;

use pointsman_policy::campaign::{AttemptEnd, Progress};
use pointsman_policy::{Ended as StepEnded, Target};

use crate::call::{Call, State};
use crate::cdr::{EndedBy, Outcome};
use crate::core::{Core, LegKey};
use crate::event::CallEvent;
use crate::outcome::outcome_of;

/// For which attempt of a campaign a call is made, and how far it is.
#[derive(Debug)]
pub(crate) struct Contact {
    attempt: u64,
    reached: Option<Progress>,
}

impl Contact {
    pub(crate) fn new(attempt: u64) -> Box<Self> {
        Box::new(Self {
            attempt,
            reached: None,
        })
    }
}

impl Call {
    /// Rings the person; how that ended, if it could not even begin.
    pub(crate) fn call_contact(
        &mut self,
        core: &mut Core,
        target: &Target,
        ring: Duration,
    ) -> Option<StepEnded> {
        self.state = State::Calling;
        let (ended, failure) = self.attempt(core, target, ring).err()?;
        self.note_failed_start(core, target, ended, failure);
        Some(ended)
    }

    /// The person answered: from here on the script decides.
    pub(crate) fn contact_answered(&mut self, core: &mut Core) {
        self.set_stream(core, LegKey::CALLER);
        self.note_answer(core);
        self.contact_is_at(core, Progress::Answered);
        self.route(core, None);
    }

    /// The person was not reached.
    pub(crate) fn contact_missed(&mut self, core: &mut Core, ended: StepEnded) {
        if let Some(failure) = self.last_failure.take() {
            self.cdr.status = Some(failure.status);
            self.cdr.cause = failure.cause;
        }
        self.cdr.why = format!("the call to {} ended {ended}", self.cdr.to);
        self.finish(core, outcome_of(ended), EndedBy::Switch);
    }

    /// Something happened that the campaign's owner wants to know; what was behind it already is not told again.
    pub(crate) fn contact_is_at(&mut self, core: &mut Core, progress: Progress) {
        let Some(contact) = &mut self.contact else { return };
        if contact.reached >= Some(progress) {
            return;
        }
        contact.reached = Some(progress);
        core.events.push_back(CallEvent::Contact {
            attempt: contact.attempt,
            progress,
        });
    }

    /// The call is over, and so is the attempt.
    pub(crate) fn contact_over(&mut self, core: &mut Core, outcome: Outcome) {
        let Some(contact) = &self.contact else { return };
        let end = match (contact.reached, outcome) {
            (Some(Progress::Agent), _) => AttemptEnd::Agent,
            (Some(Progress::Key), _) => AttemptEnd::Key,
            (Some(Progress::Heard), _) => AttemptEnd::Heard,
            (Some(Progress::Answered), _) => AttemptEnd::Answered,
            (_, Outcome::Busy) => AttemptEnd::Busy,
            (_, Outcome::NoAnswer) => AttemptEnd::NoAnswer,
            (_, Outcome::Unreachable) => AttemptEnd::Unreachable,
            (_, Outcome::Rejected) => AttemptEnd::Rejected,
            (_, Outcome::Congestion) => AttemptEnd::Congestion,
            _ => AttemptEnd::Failed,
        };
        self.contact_is_at(core, Progress::Ended(end));
    }

    /// Who hangs up when the first leg does.
    pub(crate) fn first_leg(&self) -> EndedBy {
        match self.contact {
            Some(_) => EndedBy::Callee,
            None => EndedBy::Caller,
        }
    }

    /// The display name that a leg shows: an agent sees whom the campaign has called.
    pub(crate) fn shown_name(&self, leg: LegKey) -> &str {
        match self.contact {
            Some(_) if leg != LegKey::CALLER => &self.facts.callee,
            _ => &self.facts.caller.display,
        }
    }
}
