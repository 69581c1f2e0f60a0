//! Days of a contact centre in the virtual world: callers wait, agents answer or do not, phones, switch and owner crash,
//! and one word in ten between switch and owner is lost (ACM-01, ACM-05).
//!
//! What must hold is looked at twice: during the day by comparing what the owner believes with what the calls have,
//! and at its end in the CDRs, which know nothing of the owner: no agent is rung or spoken to by two of them at a time.

use std::collections::BTreeMap;
use std::time::Duration;

use pointsman_legs::behaviour::{Answer, Refusal, Ring, Talk};
use pointsman_legs::{Behaviour, CallSpec};
use pointsman_media::Prompt;
use pointsman_policy::acm::{
    AgentId, AgentSetup, AgentState, Directory, GroupSetup, ReservationId, Start, Strategy, Wish,
};
use pointsman_policy::{Queue, Step};

use crate::chaos::Dice;
use crate::{Conditions, Plan, SWITCH, World, WorldSetup, site};

/// An agent may be believed taken without a call for so long.
const STUCK: Duration = Duration::from_secs(2);
/// How often the day is looked at.
const LOOK: Duration = Duration::from_millis(50);
const GROUPS: [(&str, &str); 2] = [("sales", "+3225550101"), ("help", "+3225550102")];
const AGENTS: [&str; 6] = ["an", "bo", "cy", "di", "ed", "flo"];

/// What one day came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// What did not hold.
    pub faults: Vec<String>,
    /// Calls placed.
    pub calls: u64,
    /// Calls that talked to an agent.
    pub served: u64,
    /// Attempts to reach an agent.
    pub rung: u64,
    /// Calls that a crash of the switch ended, or that never reached it.
    pub lost: u64,
    /// Crashes of the switch, of the owner and of phones.
    pub crashes: [u64; 3],
    /// Longest time in milliseconds that an agent was believed taken and no call had it.
    pub longest_ms: u64,
}

/// Plays a day of so many calls.
#[must_use]
pub fn day(seed: u64, calls: u64) -> Tally {
    let mut day = Day {
        dice: Dice::new(seed),
        world: world(seed),
        tally: Tally::default(),
        stuck: BTreeMap::new(),
        attempts: Vec::new(),
        seen: 0,
    };
    day.world.run(Duration::from_secs(3));
    while day.tally.calls < calls {
        day.happen();
        let pause = LOOK * u32::try_from(day.dice.between(1, 30)).unwrap_or(1);
        day.pass(pause);
    }
    day.close();
    day.tally
}

struct Day {
    dice: Dice,
    world: World,
    tally: Tally,
    /// Since when the owner believes in a reservation that no call has.
    stuck: BTreeMap<AgentId, (ReservationId, Duration)>,
    /// Of each agent: when it was dialled and when that was over, by the CDRs.
    attempts: Vec<(String, i64, i64)>,
    seen: usize,
}

fn behaviour(dice: &mut Dice) -> Behaviour {
    match dice.roll(10) {
        0 => Behaviour::Busy(Refusal::default()),
        1 => Behaviour::Ring(Ring::default()),
        _ => Behaviour::Answer(Answer {
            after: dice.time(3),
            talk: Talk {
                hang_up: dice.percent(70).then(|| Duration::from_secs(1) + dice.time(8)),
                ..Talk::default()
            },
            ..Answer::default()
        }),
    }
}

fn world(seed: u64) -> World {
    let mut dice = Dice::new(seed ^ 0x6f66_6669_6365);
    let mut directory = Directory::default();
    let conditions = Conditions {
        loss: 0.01,
        ..Conditions::CLEAN
    };
    let mut setup = WorldSetup::new(seed)
        .conditions(conditions)
        .forget_audio()
        .word_loss(10)
        .prompt("music", Prompt::from_samples(vec![1_000; 16_000]))
        .phone("caller", Behaviour::Busy(Refusal::default()));
    for (group, number) in GROUPS {
        let strategy = if dice.percent(50) {
            Strategy::Skill
        } else {
            Strategy::LongestIdle
        };
        let group_setup = GroupSetup {
            strategy,
            max_length: 12,
            ring: Duration::from_secs(dice.between(3, 8)),
            wrap_up: Duration::from_secs(dice.roll(3)),
            no_answer_pause: Duration::from_secs(dice.between(1, 4)),
        };
        directory = directory.group("sim", group, group_setup);
        let queue = Queue::new(group, "music", Duration::from_secs(dice.between(20, 60)));
        setup = setup.number(number, Plan::of(Step::Queue(queue)), false);
    }
    for name in AGENTS {
        let level = |dice: &mut Dice| u8::try_from(dice.between(1, 5)).unwrap_or(1);
        let groups = GROUPS.map(|(group, _)| (group.to_owned(), level(&mut dice)));
        let agent = AgentSetup {
            contact: site(name),
            groups: groups.into(),
            start: Start::Available,
            record: false,
        };
        directory = directory.agent("sim", name, agent);
        setup = setup.phone(name, behaviour(&mut dice));
    }
    setup.agents(directory).build()
}

impl Day {
    fn happen(&mut self) {
        match self.dice.roll(120) {
            0 => {
                self.tally.crashes[0] += 1;
                self.tally.lost += self.world.gauges().calls as u64;
                self.world.restart_switch();
            }
            1 => {
                self.tally.crashes[1] += 1;
                self.world.restart_owner();
            }
            2..6 => {
                self.tally.crashes[2] += 1;
                let phone = self.world.host(self.dice.pick(&AGENTS));
                self.world.crash(phone);
            }
            6..12 => {
                let agent = AgentId::new("sim", self.dice.pick(&AGENTS));
                let wish = match self.dice.roll(5) {
                    0 => Wish::Offline,
                    1 => Wish::Pause {
                        reason: "lunch".to_owned(),
                    },
                    _ => Wish::Available,
                };
                self.world.wish(&agent, wish);
            }
            _ => self.call(),
        }
    }

    fn call(&mut self) {
        let (_, number) = self.dice.pick(&GROUPS);
        let mut spec = CallSpec::new("+32475112233", number, SWITCH);
        spec.talk.hang_up = Some(Duration::from_secs(2) + self.dice.time(30));
        let caller = self.world.host("caller");
        self.tally.calls += u64::from(self.world.try_call(caller, spec).is_some());
    }

    fn pass(&mut self, time: Duration) {
        let until = self.world.elapsed() + time;
        while self.world.elapsed() < until && self.tally.faults.is_empty() {
            self.world.run(LOOK);
            self.look();
        }
    }

    fn fault(&mut self, what: String) {
        let at = self.world.elapsed().as_secs_f64();
        self.tally.faults.push(format!("{at:.2} s: {what}"));
    }

    fn look(&mut self) {
        let audits = [self.world.shard().audit(), self.world.agent_owner().audit()];
        for fault in audits.into_iter().filter_map(Result::err) {
            self.fault(fault);
        }
        let mut has: BTreeMap<AgentId, u32> = BTreeMap::new();
        for agent in self.world.shard().agents_in_calls() {
            *has.entry(agent).or_default() += 1;
        }
        if let Some((agent, calls)) = has.iter().find(|(_, calls)| **calls > 1) {
            self.fault(format!("{agent} is in {calls} calls"));
        }
        let shown = self.world.agents();
        if shown.conflicts > 0 {
            self.fault(format!("{} conflicts", shown.conflicts));
        }
        let now = self.world.elapsed();
        for agent in &shown.agents {
            let id = AgentId::new("sim", &*agent.agent);
            let held = self.world.agent_owner().reservation_of(&id);
            let Some((reservation, _)) = held.filter(|_| !has.contains_key(&id)) else {
                self.stuck.remove(&id);
                continue;
            };
            let known = self.stuck.entry(id.clone()).or_insert((reservation, now));
            if known.0 != reservation {
                *known = (reservation, now);
            }
            let stuck = now - known.1;
            self.tally.longest_ms = self
                .tally
                .longest_ms
                .max(u64::try_from(stuck.as_millis()).unwrap_or(0));
            if stuck > STUCK {
                self.fault(format!("{id} is stuck"));
            }
        }
        self.read_records();
    }

    /// The CDRs that are new.
    fn read_records(&mut self) {
        let new = self.world.cdrs()[self.seen..].to_vec();
        self.seen += new.len();
        for cdr in new {
            let answered = cdr
                .attempts
                .iter()
                .filter(|attempt| attempt.answered_ms.is_some())
                .count();
            if answered > 1 {
                self.fault(format!("call {} was answered by {answered} agents", cdr.id));
            }
            self.tally.served += u64::from(answered == 1);
            self.tally.rung += cdr.attempts.len() as u64;
            for attempt in &cdr.attempts {
                let agent = attempt.agent.as_deref().unwrap_or_default().to_owned();
                let ended = attempt.ended_ms.unwrap_or(i64::MAX);
                self.attempts.push((agent, attempt.started_ms, ended));
            }
        }
    }

    /// Everybody goes home; nothing may be left.
    fn close(&mut self) {
        let caller = self.world.host("caller");
        self.pass(Duration::from_secs(40));
        self.world.hang_up_all(caller);
        self.pass(Duration::from_secs(70));
        if self.world.gauges().calls > 0 {
            self.world.end_all();
            self.pass(Duration::from_secs(70));
        }
        let entries = self.world.agent_owner().table_entries() + self.world.table_entries();
        if entries > 0 {
            self.fault(format!("{entries} entries are left"));
        }
        let taken = |state: AgentState| state.is_taken() || state == AgentState::WrapUp;
        let shown = self.world.agents().agents;
        if let Some(agent) = shown.iter().find(|agent| taken(agent.state)) {
            self.fault(format!("{} is still {}", agent.agent, agent.state.as_str()));
        }
        self.attempts.sort();
        let twice = self
            .attempts
            .windows(2)
            .find(|two| two[0].0 == two[1].0 && two[0].2 > two[1].1);
        if let Some(two) = twice.map(<[_]>::to_vec) {
            self.fault(format!("an agent had two calls: {two:?}"));
        }
        let refused = self.world.refusals().len() as u64;
        let known = self.world.cdrs().len() as u64 + self.tally.lost + refused;
        if known > self.tally.calls {
            self.fault(format!("{known} calls came of {}", self.tally.calls));
        }
        self.tally.lost = self.tally.calls - (known - self.tally.lost).min(self.tally.calls);
    }
}
