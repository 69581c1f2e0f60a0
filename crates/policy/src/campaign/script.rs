//! What a person hears who answered a campaign's call.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::facts::Facts;
use crate::hash::content_hash;
use crate::step::{Collect, Cursor, Decision, Dial, Ended, Play, RoutingPolicy, Step, Target};
use crate::words;

const MESSAGE: &str = "message";
const AGENTS: &str = "agents";
const SORRY: &str = "sorry";
const KEY: &str = "key";

/// How often the message is played at most: again by each key that leads nowhere.
const MOST_PLAYS: usize = 3;

/// In which order agents are rung (Annex B-10).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ring {
    /// As they are written.
    #[default]
    InOrder,
    /// Each call begins with another one, so that all of them get work.
    Rotate,
}

/// Whom a key leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Agents {
    /// Their numbers.
    pub targets: Vec<Target>,
    /// In which order.
    pub order: Ring,
    /// No-answer timer of each.
    pub ring: Duration,
}

/// The message, and the keys that lead to agents (OUT-01, OUT-02, OUT-18).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Script {
    /// The campaign's name.
    pub campaign: String,
    /// The message.
    pub message: String,
    /// What the keys do; none: the message is broadcast.
    pub keys: BTreeMap<char, Agents>,
    /// How long a key may come after the end of the message.
    pub patience: Duration,
    /// Announcement for those whom no agent can take.
    pub sorry: Option<String>,
    /// Content hash; made by [`Script::sealed`].
    pub version: String,
}

impl Script {
    /// The same with the content hash of what it says.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        self.version.clear();
        self.version = content_hash(&self);
        self
    }

    fn play(&self, time: usize, why: String) -> Decision {
        let place = format!("{MESSAGE} {time}");
        let step = if self.keys.is_empty() {
            Step::Play(Play {
                prompt: self.message.clone(),
                answer: true,
                repeat: 1,
            })
        } else {
            let mut collect = Collect::key(KEY, vec![self.message.clone()]);
            collect.first = self.patience;
            Step::Collect(collect)
        };
        Decision::at(&place, step, why)
    }

    fn keyed(&self, facts: &Facts, place: &str) -> Decision {
        let key = facts.keyed.get(KEY).and_then(|keys| keys.chars().next());
        if let Some((key, agents)) = key.and_then(|key| self.keys.get_key_value(&key)) {
            return Self::dial(facts, *key, agents);
        }
        let played = place
            .rsplit_once(' ')
            .and_then(|(_, time)| time.parse().ok())
            .unwrap_or(MOST_PLAYS);
        let key = key.map_or_else(String::new, |key| format!(" {key}"));
        if played >= MOST_PLAYS {
            return Decision::at(
                place,
                Step::End,
                format!("key{key} leads nowhere, for the last time"),
            );
        }
        self.play(
            played + 1,
            format!("key{key} leads nowhere: message {} again", self.message),
        )
    }

    fn dial(facts: &Facts, key: char, agents: &Agents) -> Decision {
        let mut targets = agents.targets.clone();
        if agents.order == Ring::Rotate && !targets.is_empty() {
            let first = facts.seed % targets.len() as u64;
            targets.rotate_left(usize::try_from(first).unwrap_or(0));
        }
        let labels: Vec<String> = targets.iter().map(Target::label).collect();
        let why = format!(
            "key {key} was pressed: rings {} for {} s each",
            labels.join(", then "),
            agents.ring.as_secs()
        );
        Decision::at(AGENTS, Step::Dial(Dial::new(AGENTS, targets, agents.ring)), why)
    }

    fn apologise(&self, ended: Ended) -> Decision {
        let why = words::ended("the last agent", ended);
        match &self.sorry {
            Some(prompt) => {
                let play = Play {
                    prompt: prompt.clone(),
                    answer: true,
                    repeat: 1,
                };
                Decision::at(
                    SORRY,
                    Step::Play(play),
                    format!("{why}; plays announcement {prompt}"),
                )
            }
            None => Decision::at(AGENTS, Step::End, why),
        }
    }
}

impl RoutingPolicy for Script {
    fn step(&self, facts: &Facts, cursor: Cursor, ended: Option<Ended>) -> Decision {
        let place = cursor.0.as_deref().unwrap_or_default();
        match ended {
            None => self.play(
                1,
                format!("campaign {}: plays message {}", self.campaign, self.message),
            ),
            Some(Ended::Keyed) => self.keyed(facts, place),
            Some(ended) if place == AGENTS && Ended::FAILED.contains(&ended) => self.apologise(ended),
            Some(ended) => Decision::at(
                if place.is_empty() { MESSAGE } else { place },
                Step::End,
                words::ended(&format!("campaign {}", self.campaign), ended),
            ),
        }
    }

    fn version(&self) -> &str {
        &self.version
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(keys: &[char]) -> Script {
        let agents = Agents {
            targets: vec![
                Target::number("+3225550101", "pstn"),
                Target::number("+3225550102", "pstn"),
            ],
            order: Ring::Rotate,
            ring: Duration::from_secs(20),
        };
        Script {
            campaign: "spring".into(),
            message: "offer".into(),
            keys: keys.iter().map(|key| (*key, agents.clone())).collect(),
            patience: Duration::from_secs(5),
            sorry: None,
            version: String::new(),
        }
        .sealed()
    }

    fn facts(seed: u64, key: Option<&str>) -> Facts {
        let mut facts = Facts {
            seed,
            ..Facts::default()
        };
        facts
            .keyed
            .extend(key.map(|key| (KEY.to_owned(), key.to_owned())));
        facts
    }

    #[test]
    fn out_18_a_broadcast_plays_and_ends() {
        pointsman_conformance::shows(&["OUT-18 broadcast"]);
        let script = script(&[]);
        let first = script.step(&facts(0, None), Cursor::start(), None);
        assert!(
            matches!(&first.step, Step::Play(play) if play.prompt == "offer"),
            "{first:?}"
        );
        let last = script.step(&facts(0, None), first.cursor, Some(Ended::Played));
        assert_eq!(last.step, Step::End);
    }

    #[test]
    fn out_02_a_key_leads_to_agents_and_each_call_begins_with_another() {
        pointsman_conformance::shows(&["OUT-18 agent"]);
        let script = script(&['1']);
        let first = |seed| {
            let decision = script.step(
                &facts(seed, Some("1")),
                Cursor::at("message 1"),
                Some(Ended::Keyed),
            );
            let Step::Dial(dial) = decision.step else {
                panic!("{decision:?}")
            };
            dial.targets[0].label()
        };
        assert_eq!(first(4), "number:+3225550101");
        assert_eq!(first(5), "number:+3225550102");
    }

    #[test]
    fn a_key_that_leads_nowhere_plays_the_message_again_but_not_for_ever() {
        let script = script(&['1']);
        let mut decision = script.step(&facts(0, None), Cursor::start(), None);
        let mut plays = 0;
        while !decision.step.is_final() {
            assert!(matches!(decision.step, Step::Collect(_)), "{decision:?}");
            plays += 1;
            decision = script.step(&facts(0, Some("7")), decision.cursor, Some(Ended::Keyed));
        }
        assert_eq!(plays, MOST_PLAYS);
    }

    #[test]
    fn when_no_agent_answers_the_call_ends_with_an_apology_or_without() {
        let mut script = script(&['1']);
        let agents = || Cursor::at(AGENTS);
        let end = script.step(&facts(0, None), agents(), Some(Ended::Busy));
        assert_eq!(end.step, Step::End);
        script.sorry = Some("later".into());
        let sorry = script.step(&facts(0, None), agents(), Some(Ended::NoAnswer));
        assert!(matches!(&sorry.step, Step::Play(play) if play.prompt == "later"));
        let end = script.step(&facts(0, None), sorry.cursor, Some(Ended::Played));
        assert_eq!(end.step, Step::End);
        let talked = script.step(&facts(0, None), agents(), Some(Ended::Answered));
        assert_eq!(talked.step, Step::End);
    }
}
