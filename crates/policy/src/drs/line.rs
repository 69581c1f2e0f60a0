//! The telephone line by which customers switch their plans (DRS-04, DRS-05, DRS-12).
//!
//! Number and password are keyed; what is about to happen is read back and has to be confirmed; "active" is said only
//! when the owner says that every shard follows.

use std::sync::Arc;

use serde::Deserialize;

use super::Choice;
use crate::ask::{Answer, Ask};
use crate::customer::CustomerContext;
use crate::facts::Facts;
use crate::registry::{Factory, PolicyError, settings};
use crate::step::{Collect, Cursor, Decision, Ended, Play, RoutingPolicy, Step};

/// The announcements that a line needs in its language, besides `digit-0` to `digit-9`.
pub const PROMPTS: [&str; 14] = [
    "drs-number",
    "drs-password",
    "drs-wrong",
    "drs-choose",
    "drs-customer",
    "drs-plan",
    "drs-is-on",
    "drs-is-off",
    "drs-press-1-off",
    "drs-press-1-on",
    "drs-now-on",
    "drs-now-off",
    "drs-failed",
    "drs-goodbye",
];

/// Wrong inputs until the line hangs up.
const TRIES: u8 = 3;
/// Longest customer number and password.
const LONGEST: u8 = 20;

const NUMBER: &str = "number";
const PASSWORD: &str = "password";
const LOGIN: &str = "login";
const PLAN: &str = "plan";
const CONFIRM: &str = "confirm";
const SWITCH: &str = "switch";
const LAST_WORD: &str = "last-word";

/// The policy of the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    language: String,
}

impl Line {
    /// A line that speaks `language`, such as "fr"; its announcements are called `fr/drs-number` and so on.
    #[must_use]
    pub fn new(language: impl Into<String>) -> Self {
        Self {
            language: language.into(),
        }
    }

    fn prompt(&self, name: &str) -> String {
        format!("{}/{name}", self.language)
    }

    fn spoken(&self, digits: &str) -> Vec<String> {
        let digits = digits.chars().filter(char::is_ascii_digit);
        digits
            .map(|digit| self.prompt(&format!("digit-{digit}")))
            .collect()
    }

    fn number(&self, first: Option<&str>, tries: u8, why: &str) -> Decision {
        let prompts = first
            .into_iter()
            .chain(["drs-number"])
            .map(|name| self.prompt(name));
        let step = Step::Collect(Collect::new(NUMBER, prompts.collect(), LONGEST));
        at(NUMBER, tries, step, why)
    }

    fn password(&self, tries: u8) -> Decision {
        let prompts = vec![self.prompt("drs-password")];
        let collect = Collect::new(PASSWORD, prompts, LONGEST).in_secret();
        at(PASSWORD, tries, Step::Collect(collect), "asks for the password")
    }

    fn choose(&self, tries: u8, plans: &[Choice], why: &str) -> Decision {
        match plans {
            [only] => self.confirm(tries, only),
            _ => {
                let collect = Collect::key(PLAN, vec![self.prompt("drs-choose")]);
                at(PLAN, tries, Step::Collect(collect), why)
            }
        }
    }

    /// Reads back whose plan it is, which one and how it stands, and asks for a 1.
    fn confirm(&self, tries: u8, choice: &Choice) -> Decision {
        let (state, press) = if choice.on {
            ("drs-is-on", "drs-press-1-off")
        } else {
            ("drs-is-off", "drs-press-1-on")
        };
        let prompts = [self.prompt("drs-plan")]
            .into_iter()
            .chain(self.spoken(&choice.key.to_string()))
            .chain([self.prompt(state), self.prompt(press)]);
        let why = format!(
            "plan {} is {}; asks to confirm",
            choice.plan,
            if choice.on { "on" } else { "off" }
        );
        let collect = Collect::key(CONFIRM, prompts.collect());
        at(CONFIRM, tries, Step::Collect(collect), &why)
    }

    fn say(&self, prompt: &str, why: &str) -> Decision {
        let play = Play {
            prompt: self.prompt(prompt),
            answer: true,
            repeat: 1,
        };
        at(LAST_WORD, 0, Step::Play(play), why)
    }

    fn logged_in(&self, facts: &Facts, tries: u8) -> Decision {
        match facts.told.get(LOGIN) {
            Some(Answer::LoggedIn { customer, plans }) if !plans.is_empty() => {
                let mut decision = self.choose(tries, plans, &format!("customer {customer} chooses a plan"));
                // Whose plans these are is read back before anything is asked.
                if let Step::Collect(collect) = &mut decision.step {
                    let keyed = facts.keyed.get(NUMBER).map_or("", String::as_str);
                    let read_back = [self.prompt("drs-customer")]
                        .into_iter()
                        .chain(self.spoken(keyed));
                    collect.prompts = read_back.chain(std::mem::take(&mut collect.prompts)).collect();
                }
                decision
            }
            Some(Answer::Refused { why }) if tries < TRIES => self.number(Some("drs-wrong"), tries + 1, why),
            Some(Answer::Refused { why }) => self.say("drs-goodbye", why),
            _ => self.say("drs-failed", "there is no plan to switch"),
        }
    }

    fn chosen(facts: &Facts) -> Option<(&str, &Choice)> {
        let Some(Answer::LoggedIn { customer, plans }) = facts.told.get(LOGIN) else {
            return None;
        };
        let choice = match plans.as_slice() {
            [only] => only,
            _ => {
                let key = facts.keyed.get(PLAN)?.chars().next()?;
                plans.iter().find(|choice| choice.key == key)?
            }
        };
        Some((customer, choice))
    }

    fn confirmed(facts: &Facts, tries: u8) -> Option<Decision> {
        let (customer, choice) = Self::chosen(facts)?;
        if facts.keyed.get(CONFIRM).map(String::as_str) != Some("1") {
            return None;
        }
        let ask = Ask::Switch {
            customer: customer.to_owned(),
            plan: choice.plan.clone(),
            on: !choice.on,
        };
        let to = if choice.on { "off" } else { "on" };
        let why = format!("asks to switch plan {} of {customer} {to}", choice.plan);
        let name = SWITCH.to_owned();
        Some(at(SWITCH, tries, Step::Ask { name, ask }, &why))
    }

    fn switched(&self, facts: &Facts) -> Decision {
        match facts.told.get(SWITCH) {
            Some(Answer::Switched { on: true }) => {
                self.say("drs-now-on", "the plan is on; every call follows it")
            }
            Some(Answer::Switched { on: false }) => self.say("drs-now-off", "the plan is off"),
            Some(Answer::Refused { why }) => self.say("drs-failed", why),
            _ => self.say("drs-failed", "nobody confirmed the change"),
        }
    }

    fn again(&self, facts: &Facts, tries: u8) -> Decision {
        match facts.told.get(LOGIN) {
            Some(Answer::LoggedIn { plans, .. }) if tries < TRIES => {
                self.choose(tries + 1, plans, "that is no plan; asks again")
            }
            _ => self.say("drs-goodbye", "too many mistakes"),
        }
    }
}

fn at(place: &str, tries: u8, step: Step, why: &str) -> Decision {
    let mut decision = Decision::at(place, step, why);
    decision.cursor = Cursor::at(format!("{place} {tries}"));
    decision
}

impl RoutingPolicy for Line {
    fn step(&self, facts: &Facts, cursor: Cursor, ended: Option<Ended>) -> Decision {
        let cursor = cursor.0.unwrap_or_default();
        let (place, tries) = cursor.split_once(' ').unwrap_or((NUMBER, "1"));
        let tries: u8 = tries.parse().unwrap_or(TRIES);
        match (place, ended) {
            (_, Some(Ended::CallerGone)) | (LAST_WORD, Some(_)) => {
                Decision::at(LAST_WORD, Step::End, "the line has said all it had to say")
            }
            (NUMBER, None) => self.number(None, tries, "asks for the customer number"),
            (NUMBER, Some(Ended::Keyed)) | (PASSWORD, None) => self.password(tries),
            (PASSWORD, Some(Ended::Keyed)) | (LOGIN, None) => {
                let number = facts.keyed.get(NUMBER).cloned().unwrap_or_default();
                // What was keyed is half of what it takes to log in: no record has it.
                let why = "checks number and password";
                let (name, ask) = (LOGIN.to_owned(), Ask::Login { number });
                at(LOGIN, tries, Step::Ask { name, ask }, why)
            }
            (LOGIN, Some(Ended::Told)) | (PLAN | CONFIRM, None) => self.logged_in(facts, tries),
            (PLAN, Some(Ended::Keyed)) => match Self::chosen(facts) {
                Some((_, choice)) => self.confirm(tries, choice),
                None => self.again(facts, tries),
            },
            (CONFIRM, Some(Ended::Keyed)) => Self::confirmed(facts, tries)
                .unwrap_or_else(|| self.say("drs-goodbye", "not confirmed: nothing is changed")),
            (SWITCH, None) => Self::confirmed(facts, tries)
                .unwrap_or_else(|| self.say("drs-failed", "nothing is to be switched")),
            (SWITCH, Some(Ended::Told)) => self.switched(facts),
            (LOGIN | SWITCH, Some(_)) => self.say("drs-failed", "nobody answered for the plans"),
            (_, Some(_)) => self.say("drs-goodbye", "nothing was keyed"),
            (_, None) => self.say("drs-goodbye", "the call ends"),
        }
    }
}

/// `{ policy: drs_line, language: fr }`.
pub(crate) struct LineFactory;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineSettings {
    language: String,
}

impl Factory for LineFactory {
    fn build(
        &self,
        with: &serde_yaml::Value,
        customer: &CustomerContext,
    ) -> Result<Arc<dyn RoutingPolicy>, Vec<PolicyError>> {
        let LineSettings { language } = settings(with)?;
        let digits = (0..10).map(|digit| format!("digit-{digit}"));
        let names = digits.chain(PROMPTS.map(str::to_owned));
        let missing: Vec<String> = names
            .map(|name| format!("{language}/{name}"))
            .filter(|name| !customer.announcements.contains_key(name))
            .collect();
        if let Some(first) = missing.first() {
            return Err(vec![PolicyError {
                path: "language".into(),
                message: format!("announcement '{first}' is missing, and {} more", missing.len() - 1),
                hint: Some("name the folder of spoken texts under voice: in the node file; it has one folder for each language".into()),
            }]);
        }
        Ok(Arc::new(Line::new(language)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(plan: &str, key: char, on: bool) -> Choice {
        Choice {
            plan: plan.into(),
            key,
            on,
        }
    }

    /// Plays the outside: keys by the name of the step, answers by the name of the question.
    struct Call {
        facts: Facts,
        cursor: Cursor,
        ended: Option<Ended>,
        heard: Vec<String>,
        asked: Vec<Ask>,
    }

    impl Call {
        fn new() -> Self {
            Self {
                facts: Facts::arriving("2026-11-24T10:00:00Z".parse().unwrap()),
                cursor: Cursor::start(),
                ended: None,
                heard: Vec::new(),
                asked: Vec::new(),
            }
        }

        fn run(&mut self, keys: &[(&str, &str)], answers: &[Answer]) {
            let (mut keys, mut answers) = (keys.iter(), answers.iter());
            for _ in 0..50 {
                let decision = Line::new("en").step(&self.facts, self.cursor.clone(), self.ended);
                self.cursor = decision.cursor;
                match decision.step {
                    Step::Collect(collect) => {
                        self.heard.extend(collect.prompts);
                        self.ended = Some(Ended::NoKeys);
                        if let Some((name, typed)) = keys.next() {
                            assert_eq!(collect.name, *name);
                            assert_eq!(collect.secret, *name == PASSWORD, "only the password is secret");
                            self.ended = Some(Ended::Keyed);
                            if !collect.secret {
                                self.facts.keyed.insert(collect.name, (*typed).to_owned());
                            }
                        }
                    }
                    Step::Ask { name, ask } => {
                        self.asked.push(ask);
                        self.ended = Some(Ended::Unreachable);
                        if let Some(answer) = answers.next() {
                            self.facts.told.insert(name, answer.clone());
                            self.ended = Some(Ended::Told);
                        }
                    }
                    Step::Play(play) => {
                        self.heard.push(play.prompt);
                        self.ended = Some(Ended::Played);
                    }
                    Step::End => return,
                    other => panic!("{other:?}"),
                }
            }
            panic!("the line goes round");
        }

        fn last(&self) -> &str {
            self.heard.last().map_or("", String::as_str)
        }
    }

    fn logged_in(plans: &[Choice]) -> Answer {
        Answer::LoggedIn {
            customer: "clinic".into(),
            plans: plans.to_vec(),
        }
    }

    const LOGIN_KEYS: [(&str, &str); 2] = [(NUMBER, "4711"), (PASSWORD, "2468")];

    #[test]
    fn drs_04_a_plan_is_read_back_confirmed_and_switched_on() {
        let mut call = Call::new();
        let keys = [LOGIN_KEYS.as_slice(), &[(CONFIRM, "1")]].concat();
        call.run(
            &keys,
            &[
                logged_in(&[choice("fire", '1', false)]),
                Answer::Switched { on: true },
            ],
        );
        let expected = [
            "drs-number",
            "drs-password",
            "drs-customer",
            "digit-4",
            "digit-7",
            "digit-1",
            "digit-1",
            "drs-plan",
            "digit-1",
            "drs-is-off",
            "drs-press-1-on",
            "drs-now-on",
        ];
        assert_eq!(call.heard, expected.map(|name| format!("en/{name}")));
        let switch = Ask::Switch {
            customer: "clinic".into(),
            plan: "fire".into(),
            on: true,
        };
        assert_eq!(
            call.asked,
            [
                Ask::Login {
                    number: "4711".into()
                },
                switch
            ]
        );
    }

    #[test]
    fn drs_12_one_of_several_plans_is_chosen_and_switched_off() {
        pointsman_conformance::shows(&["DRS-12 by_phone"]);
        let mut call = Call::new();
        let keys = [LOGIN_KEYS.as_slice(), &[(PLAN, "9"), (PLAN, "2"), (CONFIRM, "1")]].concat();
        let plans = [choice("fire", '1', false), choice("flood", '2', true)];
        call.run(&keys, &[logged_in(&plans), Answer::Switched { on: false }]);
        assert_eq!(call.last(), "en/drs-now-off");
        assert!(matches!(&call.asked[1], Ask::Switch { plan, on: false, .. } if plan == "flood"));
    }

    #[test]
    fn what_is_not_confirmed_by_a_1_changes_nothing() {
        for confirm in [Some("2"), None] {
            let mut call = Call::new();
            let mut keys = LOGIN_KEYS.to_vec();
            keys.extend(confirm.map(|key| (CONFIRM, key)));
            call.run(&keys, &[logged_in(&[choice("fire", '1', false)])]);
            assert_eq!((call.last(), call.asked.len()), ("en/drs-goodbye", 1));
        }
    }

    #[test]
    fn drs_05_three_wrong_passwords_end_the_call_and_no_digit_of_them_is_kept() {
        let mut call = Call::new();
        let refused = Answer::Refused {
            why: "number and password do not go together".into(),
        };
        call.run(
            &LOGIN_KEYS.repeat(3),
            &[refused.clone(), refused.clone(), refused],
        );
        assert_eq!((call.last(), call.asked.len()), ("en/drs-goodbye", 3));
        assert!(!format!("{:?}", call.facts).contains("2468"));
    }

    #[test]
    fn active_is_not_said_unless_the_owner_says_it() {
        for answers in [
            vec![logged_in(&[choice("fire", '1', false)])],
            vec![
                logged_in(&[choice("fire", '1', false)]),
                Answer::Refused {
                    why: "the disk is full".into(),
                },
            ],
        ] {
            let mut call = Call::new();
            call.run(&[LOGIN_KEYS.as_slice(), &[(CONFIRM, "1")]].concat(), &answers);
            assert_eq!(call.last(), "en/drs-failed");
        }
    }
}
