//! Asking the policy what comes next, and doing it.

use pointsman_policy::{Cursor, Ended, Step};

use crate::call::{Call, State};
use crate::cdr::{EndedBy, Outcome, PathEntry};
use crate::core::Core;
use crate::outcome::{outcome_of, status_of};

/// A policy that asks for more steps than this on one call is broken; the call ends with 500.
const MAX_STEPS: u32 = 200;

impl Call {
    /// Takes steps until one needs time. `ended` is how the last step ended; `None` on a new call.
    pub(crate) fn route(&mut self, core: &mut Core, ended: Option<Ended>) {
        let mut ended = ended;
        while !self.is_over() {
            self.state = State::Routing;
            self.steps += 1;
            if self.steps > MAX_STEPS {
                "the policy asked for too many steps".clone_into(&mut self.cdr.why);
                self.refuse_or_hang_up(core, 500, Some(41), "Routing Loop");
                self.finish(core, Outcome::Failed, EndedBy::Switch);
                return;
            }
            let cursor = std::mem::replace(&mut self.cursor, Cursor::start());
            let decision = self.policy.step(&self.facts, cursor, ended);
            self.cursor = decision.cursor;
            for trace in decision.trace {
                self.cdr.why.clone_from(&trace.why);
                self.cdr.path.push(PathEntry {
                    node: trace.node,
                    why: trace.why,
                    at_ms: core.wall_ms(),
                });
            }
            ended = self.take(core, decision.step);
            if ended.is_none() {
                return;
            }
        }
    }

    /// Begins a step; `Some` if it is over at once.
    fn take(&mut self, core: &mut Core, step: Step) -> Option<Ended> {
        match step {
            Step::Dial(dial) => self.hunt(core, dial),
            Step::Play(play) => self.announce(core, play),
            Step::Collect(collect) => self.collect(core, collect),
            Step::Ask { name, ask } => {
                self.ask(core, name, ask);
                None
            }
            Step::Queue(queue) => {
                self.queue(core, queue);
                None
            }
            Step::Reject {
                status,
                cause,
                reason,
            } => {
                self.refuse_or_hang_up(core, status, cause, &reason);
                let outcome = if self.caller_answered() {
                    self.answered_outcome()
                } else {
                    Outcome::Rejected
                };
                self.finish(core, outcome, EndedBy::Switch);
                None
            }
            Step::PassOn => {
                self.pass_on(core);
                None
            }
            Step::End => {
                self.end_normally(core);
                None
            }
        }
    }

    /// Answers the caller with what the last attempt got, or with the status of its outcome.
    fn pass_on(&mut self, core: &mut Core) {
        let ended = self.last_ended.unwrap_or(Ended::Unreachable);
        let outcome = outcome_of(ended);
        let (status, cause) = status_of(ended);
        match self.last_failure.take() {
            Some(failure) if !self.caller_answered() => {
                self.cdr.cause = failure.cause;
                self.refuse_with(core, &failure);
            }
            _ => self.refuse_or_hang_up(core, status, Some(cause), ""),
        }
        let outcome = if self.caller_answered() {
            self.answered_outcome()
        } else {
            outcome
        };
        self.finish(core, outcome, EndedBy::Switch);
    }

    fn end_normally(&mut self, core: &mut Core) {
        if self.caller_answered() {
            self.cdr.cause = self.cdr.cause.or(Some(16));
            self.hang_up_caller(core, Vec::new());
            let outcome = self.answered_outcome();
            self.finish(core, outcome, EndedBy::Switch);
            return;
        }
        // After an announcement in early media nobody has answered: 480 without a failure of anyone.
        self.refuse_or_hang_up(core, 480, Some(16), "");
        let outcome = if self.announced {
            Outcome::Announced
        } else {
            Outcome::Rejected
        };
        self.finish(core, outcome, EndedBy::Switch);
    }

    /// The outcome of a call whose caller was answered: by people, or by an announcement only.
    pub(crate) fn answered_outcome(&self) -> Outcome {
        // A call that we made has its first leg by an attempt; who answered that is served and serves nobody.
        let mut attempts = self.cdr.attempts.iter().filter(|attempt| attempt.leg != Some(0));
        if attempts.any(|attempt| attempt.answered_ms.is_some()) {
            Outcome::Answered
        } else {
            Outcome::Announced
        }
    }
}
