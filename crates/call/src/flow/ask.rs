//! Questions of the policy to the owners of shared state, and their answers.

use std::time::{Duration, Instant};

use pointsman_policy::{Answer, Ask, Ended as StepEnded, Question};

use crate::asked::{Asked, CallRef};
use crate::call::{Asking, Call, State};
use crate::core::Core;
use crate::timers::TimerKind;

/// How long a call waits for an owner. A wrong password alone is answered after half a minute at most.
const PATIENCE: Duration = Duration::from_secs(45);

impl Call {
    pub(crate) fn ask(&mut self, core: &mut Core, name: String, ask: Ask) {
        self.gone = None;
        let until = core.arm(PATIENCE, self.timer_key(TimerKind::Answer));
        let asked = core.next_ask();
        self.state = State::Asking(Asking { name, asked, until });
        let who = self.facts.caller.number.as_deref().unwrap_or("anonymous");
        let question = Question {
            ask,
            secret: self.secret.take().map(|secret| *secret),
            who: format!("phone {who}"),
        };
        core.questions.push_back(Asked {
            call: CallRef {
                slot: self.key.slot,
                generation: self.key.generation,
                asked,
            },
            id: self.cdr.id.clone(),
            question,
        });
    }

    /// An owner answers; what was asked before, or is not waited for any more, is past.
    pub(crate) fn told(&mut self, core: &mut Core, asked: u32, answer: Answer) {
        match std::mem::replace(&mut self.state, State::Routing) {
            State::Asking(asking) if asking.asked == asked => {
                self.facts.told.insert(asking.name, answer);
                self.route(core, Some(StepEnded::Told));
            }
            other => self.state = other,
        }
    }

    pub(crate) fn answer_timer(&mut self, core: &mut Core, at: Instant) {
        if matches!(&self.state, State::Asking(asking) if asking.until == at) {
            self.route(core, Some(StepEnded::Unreachable));
        }
    }
}
