//! A policy for scenarios: named steps, each with the step that follows each outcome.

use std::collections::BTreeMap;
use std::time::Duration;

use pointsman_policy::{Cursor, Decision, Dial, Ended, Facts, Play, RoutingPolicy, Step, Target, Trace};

/// A list of named steps. An outcome without an exit leads to [`Step::PassOn`], `answered` and `played` to
/// [`Step::End`].
#[derive(Clone, Debug, Default)]
pub struct Plan {
    first: Option<String>,
    steps: BTreeMap<String, Step>,
    exits: BTreeMap<(String, Ended), String>,
}

impl Plan {
    /// A plan of one step.
    #[must_use]
    pub fn of(step: Step) -> Self {
        Self::default().step("first", step)
    }

    /// Adds a step; the first one added is where calls begin.
    #[must_use]
    pub fn step(mut self, name: &str, step: Step) -> Self {
        self.first.get_or_insert_with(|| name.to_owned());
        self.steps.insert(name.to_owned(), step);
        self
    }

    /// After `from` ended so, `to` follows.
    #[must_use]
    pub fn on(mut self, from: &str, ended: Ended, to: &str) -> Self {
        self.exits.insert((from.to_owned(), ended), to.to_owned());
        self
    }

    fn named(&self, name: &str, why: String) -> Decision {
        Decision {
            step: self.steps.get(name).cloned().unwrap_or(Step::End),
            cursor: Cursor::at(name),
            trace: vec![Trace {
                node: name.to_owned(),
                why,
            }],
        }
    }
}

impl RoutingPolicy for Plan {
    fn step(&self, _facts: &Facts, cursor: Cursor, ended: Option<Ended>) -> Decision {
        let (Some(at), Some(ended)) = (cursor.0, ended) else {
            return self.named(self.first.as_deref().unwrap_or_default(), "a new call".to_owned());
        };
        match self.exits.get(&(at.clone(), ended)) {
            Some(next) => self.named(next, format!("{at} ended {ended}")),
            None => Decision {
                step: match ended {
                    Ended::Answered | Ended::Played => Step::End,
                    _ => Step::PassOn,
                },
                cursor: Cursor::at(at),
                trace: Vec::new(),
            },
        }
    }
}

/// A target named like its phone.
#[must_use]
pub fn site(name: &str) -> Target {
    Target::Site {
        site: name.to_owned(),
        trunk: name.to_owned(),
        user: "100".to_owned(),
    }
}

/// A dial step over sites, `ring` seconds each.
#[must_use]
pub fn dial(sites: &[&str], ring: u64) -> Step {
    Step::Dial(Dial {
        targets: sites.iter().map(|name| site(name)).collect(),
        at_once: false,
        ring: Duration::from_secs(ring),
        label: format!("site:{}", sites.join("+")),
    })
}

/// A dial step that rings all these sites at once.
#[must_use]
pub fn dial_all(sites: &[&str], ring: u64) -> Step {
    let targets = sites.iter().map(|name| site(name)).collect();
    let label = format!("site:{}", sites.join("+"));
    Step::Dial(Dial::new(label, targets, Duration::from_secs(ring)).all_at_once())
}

/// An announcement step.
#[must_use]
pub fn play(prompt: &str, answer: bool) -> Step {
    Step::Play(Play {
        prompt: prompt.to_owned(),
        answer,
        repeat: 1,
    })
}

/// A refusal.
#[must_use]
pub fn reject(status: u16, cause: u8, reason: &str) -> Step {
    Step::Reject {
        status,
        cause: Some(cause),
        reason: reason.to_owned(),
    }
}
