//! Random days: shards that crash, an owner that starts again, and mail that is lost, repeated and late.

use super::*;

/// Splitmix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let word = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    fn roll(&mut self, sides: u64) -> u64 {
        self.next() % sides
    }

    fn percent(&mut self, chance: u64) -> bool {
        self.roll(100) < chance
    }
}

/// What a shard does, as the call crate does it, without calls.
#[derive(Default)]
struct Calls {
    beat: u64,
    next_ticket: u64,
    waiting: BTreeMap<Ticket, String>,
    held: BTreeMap<ReservationId, Held>,
    served: u64,
}

enum Mail {
    Word(ShardId, Word),
    Notice(ShardId, Notice),
}

struct Day {
    dice: Dice,
    now: Instant,
    owner: Owner,
    directory: Arc<Directory>,
    shards: BTreeMap<ShardId, Calls>,
    next_shard: ShardId,
    mail: Vec<(Instant, Mail)>,
    /// Percent of the words that are lost, and that come twice.
    loss: u64,
    /// Since when the owner believes in a reservation of an agent that no call has.
    stuck: BTreeMap<AgentId, (Option<ReservationId>, Instant)>,
    restarts: u64,
    answered: u64,
}

const STEP: Duration = Duration::from_millis(10);
const GROUPS: [&str; 3] = ["sales", "help", "post"];

impl Day {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let mut directory = Directory::default();
        for group_name in GROUPS {
            let strategy = if dice.percent(50) {
                Strategy::Skill
            } else {
                Strategy::LongestIdle
            };
            let setup = GroupSetup {
                max_length: 20,
                wrap_up: Duration::from_millis(dice.roll(2) * 700),
                no_answer_pause: Duration::from_millis(500),
                ..group(strategy)
            };
            directory = directory.group("shop", group_name, setup);
        }
        for number in 0..2 + dice.roll(5) {
            let groups: Vec<_> = GROUPS
                .iter()
                .filter(|_| dice.percent(60))
                .map(|name| (*name, 1))
                .collect();
            directory = directory.agent(
                "shop",
                &format!("agent {number}"),
                agent(&groups, Start::Available),
            );
        }
        let now = any_instant();
        let directory = Arc::new(directory);
        Self {
            dice,
            now,
            owner: Owner::new(now, directory.clone(), 0),
            directory,
            shards: BTreeMap::from([(1, Calls::default()), (2, Calls::default())]),
            next_shard: 3,
            mail: Vec::new(),
            loss: 10,
            stuck: BTreeMap::new(),
            restarts: 0,
            answered: 0,
        }
    }

    fn post(&mut self, mail: Mail) {
        if self.dice.percent(self.loss) {
            return;
        }
        let delay = Duration::from_millis(1 + self.dice.roll(60));
        self.mail.push((self.now + delay, mail));
    }

    fn say(&mut self, shard: ShardId, word: Word) {
        if self.dice.percent(self.loss) {
            self.post(Mail::Word(shard, word.clone()));
        }
        self.post(Mail::Word(shard, word));
    }

    fn step(&mut self, steps: u64) {
        self.now += STEP;
        let (due, later) = std::mem::take(&mut self.mail)
            .into_iter()
            .partition(|(at, _)| *at <= self.now);
        self.mail = later;
        for (_, mail) in due {
            match mail {
                Mail::Word(shard, word) => self.owner.handle_word(self.now, shard, word),
                Mail::Notice(shard, notice) => self.notice(shard, notice),
            }
        }
        while self.owner.poll_timeout().is_some_and(|(at, _)| at <= self.now) {
            self.owner.handle_timeout(self.now);
        }
        if steps.is_multiple_of(25) {
            for shard in self.shards.keys().copied().collect::<Vec<_>>() {
                self.beat(shard);
            }
        }
        while let Some((shard, notice)) = self.owner.poll_output() {
            self.post(Mail::Notice(shard, notice));
        }
        self.check();
    }

    fn beat(&mut self, shard: ShardId) {
        let calls = self.shards.get_mut(&shard).unwrap();
        calls.beat += 1;
        let word = Word::Alive {
            beat: calls.beat,
            waiting: calls.waiting.keys().copied().collect(),
            held: calls.held.values().cloned().collect(),
        };
        self.say(shard, word);
    }

    fn join(&mut self, shard: ShardId, ticket: Ticket) {
        let Some(group) = self.shards[&shard].waiting.get(&ticket).cloned() else {
            return;
        };
        let word = Word::Join {
            ticket,
            beat: self.shards[&shard].beat,
            customer: "shop".into(),
            group,
            priority: 0,
            waited: Duration::ZERO,
        };
        self.say(shard, word);
    }

    fn notice(&mut self, shard: ShardId, notice: Notice) {
        let Some(calls) = self.shards.get_mut(&shard) else {
            return;
        };
        match notice {
            Notice::Refused { ticket, .. } => {
                let rung = calls.held.values().any(|held| held.ticket == ticket);
                assert!(!rung, "refused while an agent is rung");
                calls.waiting.remove(&ticket);
            }
            Notice::Offer { ticket, offer } => {
                let again = calls.held.contains_key(&offer.reservation);
                let rung = calls.held.values().any(|held| held.ticket == ticket);
                let group = calls.waiting.get(&ticket);
                if let Some(group) = group.filter(|_| calls.beat < offer.before && !rung) {
                    let held = Held {
                        reservation: offer.reservation,
                        ticket,
                        agent: offer.agent,
                        group: group.clone(),
                        phase: Phase::Dialling,
                    };
                    calls.held.insert(offer.reservation, held);
                } else if !again {
                    self.report(shard, offer.reservation, Report::Over);
                }
            }
            Notice::Heard { unknown, .. } => {
                for ticket in unknown {
                    self.join(shard, ticket);
                }
            }
            Notice::Withdrawn { reservation } => panic!("{reservation:?} was in two calls"),
            Notice::Waiting { .. } => {}
        }
    }

    fn report(&mut self, shard: ShardId, reservation: ReservationId, report: Report) {
        let beat = self.shards[&shard].beat;
        self.say(
            shard,
            Word::Report {
                reservation,
                report,
                beat,
            },
        );
    }

    /// Something happens in a shard, perhaps.
    fn live(&mut self, callers: bool) {
        let shards: Vec<ShardId> = self.shards.keys().copied().collect();
        let shard = shards[usize::try_from(self.dice.roll(shards.len() as u64)).unwrap()];
        let calls = self.shards.get_mut(&shard).unwrap();
        if callers && self.dice.percent(4) {
            calls.next_ticket += 1;
            let ticket = Ticket(calls.next_ticket);
            let group = GROUPS[usize::try_from(self.dice.roll(3)).unwrap()];
            calls.waiting.insert(ticket, group.to_owned());
            self.join(shard, ticket);
            return;
        }
        if callers && self.dice.percent(1) {
            let gone = calls.waiting.keys().next().copied();
            if let Some(ticket) = gone {
                calls.waiting.remove(&ticket);
                let rung = calls
                    .held
                    .values()
                    .find(|held| held.ticket == ticket)
                    .map(|held| held.reservation);
                let beat = calls.beat;
                if let Some(reservation) = rung {
                    calls.held.remove(&reservation);
                    self.report(shard, reservation, Report::Over);
                }
                self.say(shard, Word::Leave { ticket, beat });
            }
            return;
        }
        let reservation = calls.held.keys().next().copied();
        if let Some(reservation) = reservation.filter(|_| self.dice.percent(6)) {
            self.goes_on(shard, reservation);
        }
    }

    fn goes_on(&mut self, shard: ShardId, reservation: ReservationId) {
        let calls = self.shards.get_mut(&shard).unwrap();
        let held = calls.held.get_mut(&reservation).unwrap();
        let report = match held.phase {
            Phase::Dialling if self.dice.percent(80) => {
                held.phase = Phase::Ringing;
                Report::Ringing
            }
            Phase::Dialling | Phase::Ringing if self.dice.percent(30) => {
                calls.held.remove(&reservation);
                Report::Failed(Ended::NoAnswer)
            }
            Phase::Talking => {
                calls.held.remove(&reservation);
                calls.served += 1;
                Report::Over
            }
            _ => {
                held.phase = Phase::Talking;
                calls.waiting.remove(&held.ticket);
                self.answered += 1;
                Report::Answered
            }
        };
        self.report(shard, reservation, report);
    }

    fn disaster(&mut self) {
        match self.dice.roll(3) {
            0 => {
                let shard = *self.shards.keys().next().unwrap();
                self.shards.remove(&shard);
                // What was on its way to and from a dead process is dead too.
                self.mail.retain(|(_, mail)| match mail {
                    Mail::Word(of, _) | Mail::Notice(of, _) => *of != shard,
                });
                self.shards.insert(self.next_shard, Calls::default());
                self.next_shard += 1;
                self.owner.handle_gone(self.now, shard);
            }
            1 => {
                self.restarts += 1;
                self.owner = Owner::new(self.now, self.directory.clone(), self.restarts << 32);
            }
            _ => {
                let agents: Vec<_> = self.directory.agents.keys().cloned().collect();
                let agent = &agents[usize::try_from(self.dice.roll(agents.len() as u64)).unwrap()];
                let wish = match self.dice.roll(4) {
                    0 => lunch(),
                    1 => Wish::Offline,
                    _ => Wish::Available,
                };
                self.owner.handle_command(self.now, agent, wish).unwrap();
            }
        }
    }

    fn check(&mut self) {
        self.owner.audit().unwrap();
        let mut has: BTreeMap<&AgentId, u32> = BTreeMap::new();
        for calls in self.shards.values() {
            let mut tickets = BTreeSet::new();
            for held in calls.held.values() {
                *has.entry(&held.agent).or_default() += 1;
                assert!(tickets.insert(held.ticket), "two agents for one caller");
            }
        }
        let twice = has.iter().find(|(_, calls)| **calls > 1);
        assert!(twice.is_none(), "{twice:?} has two calls");
        for (id, agent) in &self.owner.agents {
            if agent.state().is_taken() && !has.contains_key(id) {
                let new = (agent.reservation(), self.now);
                let known = self.stuck.entry(id.clone()).or_insert(new);
                if known.0 != new.0 {
                    *known = new;
                }
                assert!(self.now - known.1 <= seconds(2), "{id} is stuck");
            } else {
                self.stuck.remove(id);
            }
        }
        assert_eq!(self.owner.conflicts, 0);
    }
}

#[test]
fn no_agent_in_two_calls_none_stuck_and_one_winner_whatever_is_lost() {
    pointsman_conformance::shows(&["ACM-01 never_two"]);
    let (mut answered, mut restarts) = (0, 0);
    for seed in 0..60 {
        println!("seed {seed}");
        let mut day = Day::new(seed);
        for step in 0..4_000 {
            day.live(true);
            if day.dice.roll(400) == 0 {
                day.disaster();
            }
            day.step(step);
        }
        // A quiet evening: everybody who still waits is served, and nothing is left.
        for agent in day.directory.agents.keys() {
            day.owner.handle_command(day.now, agent, Wish::Available).unwrap();
        }
        day.loss = 0;
        for step in 0..60_000 {
            day.live(false);
            day.step(step);
            if day
                .shards
                .values()
                .all(|calls| calls.waiting.is_empty() && calls.held.is_empty())
            {
                break;
            }
        }
        let left: Vec<_> = day
            .shards
            .values()
            .flat_map(|calls| calls.waiting.values())
            .collect();
        assert!(left.is_empty(), "{left:?} were never served");
        day.shards.clear();
        day.mail.clear();
        for step in 0..300 {
            day.step(step);
        }
        assert_eq!(day.owner.table_entries(), 0);
        answered += day.answered;
        restarts += day.restarts;
    }
    assert!(
        answered > 1_000 && restarts > 50,
        "{answered} answered, {restarts} restarts"
    );
}
