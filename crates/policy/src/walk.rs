//! A whole call on paper: the same steps as the live call, the outside world played by a closure.

use schemars::JsonSchema;
use serde::Serialize;

use crate::facts::Facts;
use crate::step::{Cursor, Decision, Ended, RoutingPolicy, Step};

/// After so many steps a walk is taken to go round for ever.
pub const STEP_LIMIT: usize = 200;

/// All decisions of one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Walk {
    /// In order.
    pub decisions: Vec<Decision>,
    /// How each step but the last one ended (also the last one, if the caller gave up there).
    pub ended: Vec<Ended>,
    /// What became of the call.
    pub outcome: Outcome,
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ExplainedOutcome")]
pub enum Outcome {
    /// A dial was answered; the label is given.
    Answered(String),
    /// Nobody was reached, but this announcement was played to the answered caller.
    Announced(String),
    /// Refused with this status.
    Rejected(u16),
    /// The outcome of the last attempt was passed on.
    PassedOn(Ended),
    /// The caller gave up.
    CallerGone,
    /// The policy left the call without an answer, for this reason. Never happens to a checked tree.
    Lost(String),
}

/// Walks a call through `policy`; `outcome_of` says how each step that is not final ends.
pub fn walk(policy: &dyn RoutingPolicy, facts: &Facts, mut outcome_of: impl FnMut(&Step) -> Ended) -> Walk {
    let mut walk = Walk {
        decisions: Vec::new(),
        ended: Vec::new(),
        outcome: Outcome::CallerGone,
    };
    let mut reached = None;
    let (mut cursor, mut before) = (Cursor::start(), None);
    while walk.decisions.len() < STEP_LIMIT {
        let decision = policy.step(facts, cursor, before);
        cursor = decision.cursor.clone();
        walk.decisions.push(decision);
        let decision = &walk.decisions[walk.decisions.len() - 1];
        if decision.step.is_final() {
            walk.outcome = last_word(decision, before, reached);
            return walk;
        }
        let ended = outcome_of(&decision.step);
        reached = reached_by(&decision.step, ended, reached);
        walk.ended.push(ended);
        if ended == Ended::CallerGone {
            return walk;
        }
        before = Some(ended);
    }
    walk.outcome = Outcome::Lost(format!("the call still goes round after {STEP_LIMIT} steps"));
    walk
}

/// Who or what the caller has heard so far: a person counts more than an announcement.
fn reached_by(step: &Step, ended: Ended, before: Option<Outcome>) -> Option<Outcome> {
    match (step, ended) {
        (Step::Dial(dial), Ended::Answered) => Some(Outcome::Answered(dial.label.clone())),
        (Step::Queue(queue), Ended::Answered) => Some(Outcome::Answered(format!("queue:{}", queue.group))),
        (Step::Queue(queue), _) if queue.answer && before.is_none() => {
            Some(Outcome::Announced(queue.music.clone()))
        }
        (Step::Play(play), _) if play.answer && before.is_none() => {
            Some(Outcome::Announced(play.prompt.clone()))
        }
        _ => before,
    }
}

fn last_word(decision: &Decision, before: Option<Ended>, reached: Option<Outcome>) -> Outcome {
    let why = || {
        decision
            .trace
            .last()
            .map(|trace| format!("{}: {}", trace.node, trace.why))
            .unwrap_or_default()
    };
    match &decision.step {
        step if step.is_lost() => Outcome::Lost(why()),
        Step::Reject { status, .. } => Outcome::Rejected(*status),
        Step::PassOn => match before {
            Some(ended) => Outcome::PassedOn(ended),
            None => Outcome::Lost("nothing was tried, so there is nothing to pass on".into()),
        },
        _ => {
            reached.unwrap_or_else(|| Outcome::Lost("the policy hangs up a call that nobody answered".into()))
        }
    }
}
