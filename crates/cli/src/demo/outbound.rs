//! A campaign of twenty: the message, retries, a key that leads to an agent, and somebody who must not be called.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use pointsman_call::Cdr;
use pointsman_legs::behaviour::{Action, Answer, Refusal, Ring, Step, Talk};
use pointsman_legs::{Behaviour, CallReport, Numbers, Speak};
use pointsman_media::measure::same_speech;
use pointsman_policy::campaign::{CampaignId, Command, RunState, View};
use serde::Serialize;

use super::assets;
use super::check::{HEARD, heard, spoken};
use super::show::Show;
use super::stage::Stage;

/// Contacts of the campaign.
const CONTACTS: usize = 20;

/// Nobody has to wait as long for its end.
const LONGEST: Duration = Duration::from_secs(120);

const MESSAGE: &str = "nl/welcome";
const AGENT: &str = "+3293330211";
const AGENT_SAYS: &str = "speech/chloe-fr";
const PRESSES_SAYS: &str = "speech/hugo-fr";

/// What a contact does, by its place on the list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Contact {
    Listens,
    Presses,
    Busy,
    Rings,
    /// It is on the Do Not Call list.
    Never,
}

fn contact(at: usize) -> Contact {
    match at {
        2 | 9 => Contact::Presses,
        4 | 11 | 17 => Contact::Busy,
        6 | 14 => Contact::Rings,
        19 => Contact::Never,
        _ => Contact::Listens,
    }
}

impl Contact {
    /// State and attempts in the report of the campaign.
    fn expected(self) -> (&'static str, u32) {
        match self {
            Self::Listens => ("heard", 1),
            Self::Presses => ("agent", 1),
            Self::Busy => ("busy", 2),
            Self::Rings => ("no_answer", 2),
            Self::Never => ("do_not_call", 0),
        }
    }

    fn behaviour(self) -> Behaviour {
        match self {
            Self::Busy => Behaviour::Busy(Refusal::default()),
            Self::Rings => Behaviour::Ring(Ring::default()),
            Self::Presses => answers(Talk {
                speak: Speak::prompt(&assets::prompt(PRESSES_SAYS)),
                steps: vec![Step {
                    at: Duration::from_millis(1_200),
                    action: Action::Digits("1".to_owned()),
                }],
                ..Talk::default()
            }),
            Self::Listens | Self::Never => answers(Talk::default()),
        }
    }
}

fn answers(talk: Talk) -> Behaviour {
    Behaviour::Answer(Answer {
        after: Duration::from_millis(400),
        talk,
        ..Answer::default()
    })
}

fn number(at: usize) -> String {
    format!("+324704000{:02}", at + 1)
}

/// The campaign, as its customer's file names it.
pub(super) fn campaign() -> CampaignId {
    CampaignId::new("florist", "mothers-day")
}

/// The people of the campaign and its agent.
pub(super) fn people(numbers: Numbers) -> Numbers {
    let agent = Talk {
        speak: Speak::prompt(&assets::prompt(AGENT_SAYS)),
        hang_up: Some(Duration::from_secs(4)),
        ..Talk::default()
    };
    (0..CONTACTS)
        .fold(numbers, |numbers, at| {
            numbers.with(&number(at), contact(at).behaviour())
        })
        .with(AGENT, answers(agent))
}

/// Starts the campaign and awaits its end; what it reports then.
pub(super) fn perform(stage: &Stage, show: &Show) -> Result<View, String> {
    show.line(&format!("the florist's campaign begins: {CONTACTS} contacts"));
    stage.command(campaign(), Command::Start)?;
    let give_up = Instant::now() + LONGEST;
    let mut told: BTreeMap<String, &'static str> = BTreeMap::new();
    loop {
        let view = stage.campaign().ok_or("the switch has lost the campaign")?;
        for contact in &view.contacts {
            let state = contact.stage.as_str();
            if told.insert(contact.number.clone(), state) != Some(state) && state != "waiting" {
                show.line(&format!("  {} {state}  (campaign)", contact.number));
            }
        }
        if view.state == RunState::Done {
            return Ok(view);
        }
        if Instant::now() > give_up {
            return Err(format!("the campaign has no end: {view:?}"));
        }
        thread::park_timeout(Duration::from_millis(200));
    }
}

/// A contact of the campaign as the JSON shows it.
#[derive(Serialize)]
pub(super) struct Called {
    pub(super) number: String,
    pub(super) state: String,
    pub(super) expected: &'static str,
    pub(super) attempts: u32,
}

/// What became of the act.
#[derive(Serialize)]
pub(super) struct CampaignResult {
    pub(super) state: String,
    pub(super) contacts: Vec<Called>,
    /// Calls that were made, retries among them.
    pub(super) calls: usize,
    pub(super) complaints: Vec<String>,
}

/// The report of the campaign, its call records and what was heard must agree.
pub(super) fn check(view: Result<View, String>, cdrs: &[Cdr], reports: &[Arc<CallReport>]) -> CampaignResult {
    let id = campaign();
    let own = |cdr: &&Cdr| cdr.campaign.as_ref().is_some_and(|entry| entry.name == id.name);
    let calls = cdrs.iter().filter(own).count();
    let (state, rows, mut complaints) = match view {
        Ok(view) => (view.state.as_str().to_owned(), view.contacts, Vec::new()),
        Err(why) => ("unknown".to_owned(), Vec::new(), vec![why]),
    };
    let contacts: Vec<Called> = rows
        .iter()
        .enumerate()
        .map(|(at, row)| Called {
            number: row.number.clone(),
            state: row.stage.as_str().to_owned(),
            expected: contact(at).expected().0,
            attempts: row.attempts,
        })
        .collect();
    for (at, called) in contacts.iter().enumerate() {
        let expected = contact(at).expected();
        if (called.state.as_str(), called.attempts) != expected {
            let (number, state, attempts) = (&called.number, &called.state, called.attempts);
            complaints.push(format!(
                "{number} is {state} after {attempts} attempts instead of {expected:?}"
            ));
        }
        complaints.extend(heard_by(contact(at), &number(at), reports));
    }
    let expected: u32 = (0..CONTACTS).map(|at| contact(at).expected().1).sum();
    if contacts.len() != CONTACTS || calls != expected as usize {
        complaints.push(format!(
            "{} contacts and {calls} calls instead of {CONTACTS} and {expected}",
            contacts.len()
        ));
    }
    complaints.extend(agents(reports));
    CampaignResult {
        state,
        contacts,
        calls,
        complaints: complaints
            .into_iter()
            .map(|complaint| format!("campaign: {complaint}"))
            .collect(),
    }
}

/// What is wrong with what a contact heard.
fn heard_by(contact: Contact, number: &str, reports: &[Arc<CallReport>]) -> Option<String> {
    let own: Vec<_> = reports.iter().filter(|report| report.to == number).collect();
    let rung = contact.expected().1 as usize;
    if own.len() != rung {
        return Some(format!("{number} was rung {} times instead of {rung}", own.len()));
    }
    let said = match contact {
        Contact::Listens => MESSAGE,
        Contact::Presses => AGENT_SAYS,
        _ => return None,
    };
    let likeness = same_speech(&heard(own[0]), &spoken(said).part(0.0, 2.5));
    (likeness < HEARD).then(|| format!("{number} did not hear {said} (likeness {likeness:.2})"))
}

/// What is wrong with what the agent heard.
fn agents(reports: &[Arc<CallReport>]) -> Vec<String> {
    let own: Vec<_> = reports.iter().filter(|report| report.to == AGENT).collect();
    let mut complaints = Vec::new();
    let pressed = (0..CONTACTS)
        .filter(|at| contact(*at) == Contact::Presses)
        .count();
    if own.len() != pressed {
        complaints.push(format!(
            "the agent was rung {} times instead of {pressed}",
            own.len()
        ));
    }
    for report in own {
        // The person has been speaking since it answered: the agent hears some part of it.
        let likeness = same_speech(&spoken(PRESSES_SAYS), &heard(report));
        if likeness < HEARD {
            complaints.push(format!(
                "the agent does not hear the person (likeness {likeness:.2})"
            ));
        }
    }
    complaints
}
