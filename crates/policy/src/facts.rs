//! What a policy may know about a call.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ask::Answer;
use crate::step::{Dial, Ended, Step};

/// Everything a decision may read; recorded with the call, so that it can be explained and replayed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Who calls.
    pub caller: Caller,
    /// Number dialled: E.164 or a literal user.
    pub callee: String,
    /// Trunk by which the call came.
    pub trunk: String,
    /// Arrival of the call; every step of one call reads this same instant.
    pub at: jiff::Timestamp,
    /// Random number drawn once per call, for splits.
    pub seed: u64,
    /// Headers of interest, in order.
    pub headers: Vec<(String, String)>,
    /// Line states forced (explain, simulate) or known.
    pub lines: Lines,
    /// What the caller keyed, by the names of the steps; nothing that was keyed in secret.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keyed: BTreeMap<String, String>,
    /// What owners answered, by the names of the steps.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub told: BTreeMap<String, Answer>,
}

impl Facts {
    /// A call with a withheld number to nobody, arriving then: a beginning for tests and tools.
    pub fn arriving(at: jiff::Timestamp) -> Self {
        Self {
            at,
            ..Self::default()
        }
    }
}

/// Who calls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// E.164 ("+32…") or a literal user; `None` is withheld or unknown.
    pub number: Option<String>,
    /// Display name, as received.
    pub display: String,
}

/// Line states by the label of a dial ("site:antwerp" → busy).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lines(pub BTreeMap<String, Ended>);

impl Lines {
    /// How `step` would end: a dial as its line says, answered when nothing is said; an announcement is played.
    ///
    /// A line is named by the label of the dial ("site:antwerp") or by the part after the colon ("antwerp").
    pub fn outcome_of(&self, step: &Step) -> Ended {
        match step {
            Step::Dial(dial) => self
                .of_label(&dial.label)
                .or_else(|| self.of_targets(dial))
                .unwrap_or(Ended::Answered),
            Step::Queue(queue) => self
                .of_label(&format!("queue:{}", queue.group))
                .unwrap_or(Ended::Answered),
            // On paper nobody presses a key and no owner is there.
            Step::Collect(_) => Ended::NoKeys,
            Step::Ask { .. } => Ended::Unreachable,
            Step::Play(_) | Step::Reject { .. } | Step::PassOn | Step::End => Ended::Played,
        }
    }

    /// Of a dial that rings several at once: answered by the first whose line says nothing else, or how the one ended
    /// that came nearest.
    fn of_targets(&self, dial: &Dial) -> Option<Ended> {
        let each = dial
            .targets
            .iter()
            .filter(|_| dial.at_once)
            .map(|target| self.of_label(&target.label()).unwrap_or(Ended::Answered));
        let failed = |ended: &Ended| ended.nearness();
        let each: Vec<Ended> = each.collect();
        if each.contains(&Ended::Answered) {
            return Some(Ended::Answered);
        }
        each.into_iter().max_by_key(failed)
    }

    fn of_label(&self, label: &str) -> Option<Ended> {
        let short = label.split_once(':').map(|(_, name)| name);
        self.0.get(label).or_else(|| self.0.get(short?)).copied()
    }

    /// Adds one "LABEL=OUTCOME", as in `--line site:antwerp=busy` or `--line antwerp=busy`.
    ///
    /// # Errors
    /// A sentence for the command line when there is no `=` or the outcome is not one of a dial.
    pub fn add(&mut self, text: &str) -> Result<(), String> {
        let Some((label, outcome)) = text.split_once('=') else {
            return Err(format!(
                "'{text}' names no outcome; write LINE=OUTCOME, such as site:antwerp=busy"
            ));
        };
        match outcome.trim().parse() {
            Ok(Ended::Played | Ended::Keyed | Ended::NoKeys | Ended::Told) => Err(format!(
                "'{text}': only announcements are played; a line can be busy"
            )),
            Ok(ended) => {
                self.0.insert(label.trim().to_owned(), ended);
                Ok(())
            }
            Err(unknown) => Err(unknown.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::step::{Play, Target};

    fn dial(label: &str) -> Step {
        Step::Dial(Dial {
            targets: Vec::new(),
            at_once: false,
            ring: Duration::from_secs(1),
            label: label.into(),
        })
    }

    #[test]
    fn a_line_ends_as_it_is_told() {
        let mut lines = Lines::default();
        lines.add("site:antwerp=busy").unwrap();
        lines.add("pstn = no_answer").unwrap();
        assert_eq!(lines.outcome_of(&dial("site:antwerp")), Ended::Busy);
        assert_eq!(lines.outcome_of(&dial("trunk:pstn")), Ended::NoAnswer);
        assert_eq!(lines.outcome_of(&dial("site:ghent")), Ended::Answered);
        let play = Step::Play(Play {
            prompt: "closed".into(),
            answer: true,
            repeat: 1,
        });
        assert_eq!(lines.outcome_of(&play), Ended::Played);
    }

    /// TRM-07: of several rung at once, one free line is enough, and the nearest failure counts.
    #[test]
    fn of_several_at_once_a_free_line_answers_and_the_nearest_failure_counts() {
        let targets = ["32475000001", "32475000002"].map(|number| Target::number(number, "pstn"));
        let dial = Dial::new("two", targets.into(), Duration::from_secs(1));
        let all = Step::Dial(dial.clone().all_at_once());
        let mut lines = Lines::default();
        lines.add("number:32475000001=busy").unwrap();
        assert_eq!(lines.outcome_of(&all), Ended::Answered);
        lines.add("number:32475000002=no_answer").unwrap();
        assert_eq!(lines.outcome_of(&all), Ended::NoAnswer);
        assert_eq!(
            lines.outcome_of(&Step::Dial(dial)),
            Ended::Answered,
            "in turn its own line counts"
        );
        lines.add("two=rejected").unwrap();
        assert_eq!(lines.outcome_of(&all), Ended::Rejected);
    }

    #[test]
    fn a_line_without_an_outcome_is_refused() {
        let mut lines = Lines::default();
        assert!(lines.add("site:antwerp").unwrap_err().contains("LINE=OUTCOME"));
        assert!(
            lines
                .add("site:antwerp=bussy")
                .unwrap_err()
                .contains("'bussy' is not an outcome")
        );
        assert!(lines.add("site:antwerp=played").is_err());
        assert_eq!(lines, Lines::default());
    }
}
