use super::*;
use crate::acm::directory::{AgentSetup, GroupSetup, Strategy};
use crate::acm::mail::{BEAT, Held, Offer};
use crate::acm::view::AgentState;
use crate::step::Target;

mod faults;
mod random;

#[expect(clippy::disallowed_methods, reason = "any instant will do")]
fn any_instant() -> Instant {
    Instant::now()
}

const SHARD: ShardId = 1;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn agent(groups: &[(&str, u8)], start: Start) -> AgentSetup {
    AgentSetup {
        contact: Target::number("+32470000001", "pstn"),
        groups: groups
            .iter()
            .map(|(name, level)| ((*name).to_owned(), *level))
            .collect(),
        start,
        record: false,
    }
}

fn group(strategy: Strategy) -> GroupSetup {
    GroupSetup {
        strategy,
        max_length: 3,
        wrap_up: seconds(5),
        ..GroupSetup::default()
    }
}

/// An owner that has listened, of customer `shop` with groups `sales` (longest idle) and `help` (skill).
struct Office {
    owner: Owner,
    now: Instant,
    beat: u64,
}

impl Office {
    fn new(agents: &[(&str, &[(&str, u8)])]) -> Self {
        let directory = Directory::default()
            .group("shop", "sales", group(Strategy::LongestIdle))
            .group("shop", "help", group(Strategy::Skill));
        let directory = agents.iter().fold(directory, |directory, (name, groups)| {
            directory.agent("shop", name, agent(groups, Start::Available))
        });
        let began = any_instant();
        let mut office = Self {
            owner: Owner::new(began, Arc::new(directory), 0),
            now: began,
            beat: 0,
        };
        office.sleep(LEASE);
        office
    }

    /// Time passes, and nothing is heard of the shard.
    fn sleep(&mut self, time: Duration) {
        self.now += time;
        while self.owner.poll_timeout().is_some_and(|(at, _)| at <= self.now) {
            self.owner.handle_timeout(self.now);
        }
        self.owner.audit().unwrap();
    }

    /// Time passes, and the shard says all the while that it has what the owner believes.
    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while self.now < until {
            self.sleep(BEAT.min(until - self.now));
            self.beat += 1;
            let held = self.owner.reservations.iter().map(|(id, held)| Held {
                reservation: *id,
                ticket: held.caller.1,
                agent: held.agent.clone(),
                group: held.group.group.clone(),
                phase: held.phase,
            });
            let word = Word::Alive {
                beat: self.beat,
                waiting: self.owner.callers.keys().map(|(_, ticket)| *ticket).collect(),
                held: held.collect(),
            };
            self.word(word);
        }
    }

    fn word(&mut self, word: Word) {
        self.owner.handle_word(self.now, SHARD, word);
        self.owner.audit().unwrap();
    }

    fn join(&mut self, ticket: u64, group: &str, priority: u8) {
        self.now += Duration::from_millis(1);
        self.word(Word::Join {
            ticket: Ticket(ticket),
            beat: self.beat,
            customer: "shop".into(),
            group: group.into(),
            priority,
            waited: Duration::ZERO,
        });
    }

    fn report(&mut self, reservation: ReservationId, report: Report) {
        let beat = self.beat;
        self.word(Word::Report {
            reservation,
            report,
            beat,
        });
    }

    /// The shard has these callers, and these offers in that phase.
    fn beat(&mut self, waiting: &[u64], held: &[(&Taken, Phase)]) {
        self.beat += 1;
        let held = held.iter().map(|(taken, phase)| Held {
            reservation: taken.reservation,
            ticket: taken.ticket,
            agent: AgentId::new("shop", &*taken.agent),
            group: "sales".into(),
            phase: *phase,
        });
        let word = Word::Alive {
            beat: self.beat,
            waiting: waiting.iter().copied().map(Ticket).collect(),
            held: held.collect(),
        };
        self.word(word);
    }

    fn notices(&mut self) -> Vec<Notice> {
        std::iter::from_fn(|| self.owner.poll_output())
            .map(|(_, notice)| notice)
            .collect()
    }

    /// Offers made since the last time: ticket, agent.
    fn offers(&mut self) -> Vec<Taken> {
        let offers = self.notices().into_iter().filter_map(|notice| match notice {
            Notice::Offer { ticket, offer } => Some(Taken::of(ticket, offer)),
            _ => None,
        });
        offers.collect()
    }

    fn offer(&mut self) -> Taken {
        let mut offers = self.offers();
        assert_eq!(offers.len(), 1, "{offers:?}");
        offers.remove(0)
    }

    fn state(&self, agent: &str) -> AgentState {
        self.owner.agents[&AgentId::new("shop", agent)].state()
    }

    fn wish(&mut self, agent: &str, wish: Wish) {
        self.owner
            .handle_command(self.now, &AgentId::new("shop", agent), wish)
            .unwrap();
        self.owner.audit().unwrap();
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Taken {
    ticket: Ticket,
    agent: String,
    reservation: ReservationId,
    before: u64,
}

impl Taken {
    fn of(ticket: Ticket, offer: Offer) -> Self {
        Self {
            ticket,
            agent: offer.agent.agent,
            reservation: offer.reservation,
            before: offer.before,
        }
    }
}

const SALES: &[(&str, u8)] = &[("sales", 1)];

fn lunch() -> Wish {
    Wish::Pause {
        reason: "lunch".into(),
    }
}

#[test]
fn acm_01_a_caller_gets_an_agent_that_is_free_and_in_the_group() {
    pointsman_conformance::shows(&["ACM-01 qualified"]);
    let mut office = Office::new(&[("an", SALES), ("bo", &[("help", 1)])]);
    office.join(1, "help", 0);
    let taken = office.offer();
    assert_eq!((taken.ticket, taken.agent.as_str()), (Ticket(1), "bo"));
    assert_eq!(
        (office.state("bo"), office.state("an")),
        (AgentState::Reserved, AgentState::Available)
    );
    office.join(2, "help", 0);
    assert_eq!(office.offers(), [], "bo is taken and an is not in the group");
    office.report(taken.reservation, Report::Ringing);
    office.report(taken.reservation, Report::Answered);
    assert_eq!(office.state("bo"), AgentState::Talking);
    office.report(taken.reservation, Report::Over);
    assert_eq!(
        (office.state("bo"), office.offers()),
        (AgentState::WrapUp, vec![])
    );
    office.pass(seconds(5));
    assert_eq!(office.offer().ticket, Ticket(2));
}

#[test]
fn acm_03_by_skill_the_best_and_among_equals_who_was_idle_longest() {
    pointsman_conformance::shows(&["ACM-03 levels"]);
    let mut office = Office::new(&[
        ("an", &[("help", 3)]),
        ("bo", &[("help", 7)]),
        ("cy", &[("help", 7)]),
    ]);
    let mut take = |ticket| {
        office.join(ticket, "help", 0);
        let taken = office.offer();
        office.report(taken.reservation, Report::Answered);
        office.report(taken.reservation, Report::Over);
        office.pass(seconds(5));
        taken.agent
    };
    assert_eq!([take(1), take(2), take(3)], ["bo", "cy", "bo"]);
}

#[test]
fn the_one_that_was_idle_longest_whatever_its_level() {
    let mut office = Office::new(&[("an", &[("sales", 1)]), ("bo", &[("sales", 9)])]);
    office.wish("an", Wish::Offline);
    office.pass(seconds(1));
    office.wish("an", Wish::Available);
    office.join(1, "sales", 0);
    assert_eq!(office.offer().agent, "bo", "an has just logged in");
    office.join(2, "sales", 0);
    assert_eq!(office.offer().agent, "an");
}

#[test]
fn acm_05_an_agent_of_two_groups_has_one_call_and_the_first_caller_of_both() {
    pointsman_conformance::shows(&["ACM-05 several"]);
    let mut office = Office::new(&[("an", &[("sales", 1), ("help", 1)])]);
    office.join(1, "sales", 0);
    let first = office.offer();
    office.join(2, "help", 0);
    office.join(3, "sales", 0);
    office.join(4, "sales", 1);
    assert_eq!(office.offers(), []);
    let mut next = |taken: Taken| {
        office.report(taken.reservation, Report::Answered);
        office.report(taken.reservation, Report::Over);
        office.pass(seconds(5));
        office.offers().pop()
    };
    let fourth = next(first).unwrap();
    assert_eq!(fourth.ticket, Ticket(4), "priority first");
    let second = next(fourth).unwrap();
    assert_eq!(second.ticket, Ticket(2), "then arrival, over all groups");
    let third = next(second).unwrap();
    assert_eq!(third.ticket, Ticket(3));
    assert_eq!(next(third), None);
}

#[test]
fn an_agent_that_does_not_answer_pauses_and_the_caller_keeps_its_place() {
    let mut office = Office::new(&[("an", SALES)]);
    office.join(1, "sales", 0);
    let first = office.offer();
    office.join(2, "sales", 0);
    office.report(first.reservation, Report::Failed(Ended::NoAnswer));
    assert_eq!(office.state("an"), AgentState::Pause);
    office.pass(seconds(30));
    let again = office.offer();
    assert_eq!(again.ticket, Ticket(1));
    assert_ne!(again.reservation, first.reservation);
}

#[test]
fn a_pause_asked_for_while_talking_begins_afterwards_and_nobody_else_is_offered() {
    let mut office = Office::new(&[("an", SALES)]);
    office.join(1, "sales", 0);
    let taken = office.offer();
    office.report(taken.reservation, Report::Answered);
    office.wish("an", lunch());
    assert_eq!(office.state("an"), AgentState::Talking);
    office.join(2, "sales", 0);
    office.report(taken.reservation, Report::Over);
    office.pass(seconds(60));
    assert_eq!((office.state("an"), office.offers()), (AgentState::Pause, vec![]));
    office.wish("an", Wish::Available);
    assert_eq!(office.offer().ticket, Ticket(2));
}

#[test]
fn one_caller_too_many_and_a_group_where_nobody_is_are_refused() {
    let mut office = Office::new(&[("an", SALES)]);
    let refused = |office: &mut Office| {
        let notices = office.notices().into_iter().filter_map(|notice| match notice {
            Notice::Refused { ticket, why } => Some((ticket.0, why)),
            _ => None,
        });
        notices.collect::<Vec<_>>()
    };
    office.join(1, "help", 0);
    office.join(2, "nowhere", 0);
    assert_eq!(
        refused(&mut office),
        [(1, Refusal::NobodyLoggedIn), (2, Refusal::NobodyLoggedIn)]
    );
    for ticket in 3..=6 {
        office.join(ticket, "sales", 0);
    }
    assert_eq!(refused(&mut office), [(6, Refusal::Full)]);
    office.wish("an", lunch());
    office.pass(seconds(1));
    assert_eq!(refused(&mut office), [], "a pause is no absence");
}

#[test]
fn when_the_last_agent_logs_out_nobody_is_left_waiting() {
    let mut office = Office::new(&[("an", SALES), ("bo", SALES)]);
    for ticket in 1..=3 {
        office.join(ticket, "sales", 0);
    }
    let taken = office.offers();
    assert_eq!(taken.len(), 2);
    office.wish("an", Wish::Offline);
    office.wish("bo", Wish::Offline);
    assert_eq!(office.notices(), [], "both still have their calls");
    office.report(taken[0].reservation, Report::Answered);
    office.report(taken[1].reservation, Report::Failed(Ended::Busy));
    office.report(taken[0].reservation, Report::Over);
    let refused = |office: &mut Office| {
        let notices = office.notices().into_iter();
        notices
            .filter(|notice| matches!(notice, Notice::Refused { .. }))
            .count()
    };
    assert_eq!(refused(&mut office), 0, "one of them writes up");
    office.pass(seconds(6));
    assert_eq!(refused(&mut office), 2);
    assert_eq!(office.owner.callers.len(), 0);
}

#[test]
fn places_are_told_with_every_beat() {
    let mut office = Office::new(&[("an", SALES)]);
    office.wish("an", lunch());
    for (ticket, priority) in [(1, 0), (2, 0), (3, 5)] {
        office.join(ticket, "sales", priority);
    }
    office.notices();
    office.beat(&[1, 2, 3, 9], &[]);
    let [
        Notice::Heard {
            beat: 1,
            positions,
            unknown,
        },
    ] = &office.notices()[..]
    else {
        panic!("one answer to one beat");
    };
    let places = [(Ticket(3), 1), (Ticket(1), 2), (Ticket(2), 3)];
    assert_eq!(positions[..], places);
    assert_eq!(unknown[..], [Ticket(9)], "9 has to join again");
}

#[test]
fn a_reload_changes_no_state_and_an_agent_that_is_gone_ends_its_call_first() {
    let mut office = Office::new(&[("an", SALES), ("bo", SALES)]);
    office.wish("bo", lunch());
    office.join(1, "sales", 0);
    let taken = office.offer();
    office.report(taken.reservation, Report::Answered);
    let directory = Directory::default()
        .group("shop", "sales", GroupSetup::default())
        .agent("shop", "bo", agent(SALES, Start::Available))
        .agent("shop", "cy", agent(SALES, Start::Available));
    office.owner.set_directory(office.now, Arc::new(directory));
    assert_eq!(
        (office.state("an"), office.state("bo")),
        (AgentState::Talking, AgentState::Pause)
    );
    assert_eq!(office.state("cy"), AgentState::Available);
    office.report(taken.reservation, Report::Over);
    let gone = AgentId::new("shop", "an");
    assert!(!office.owner.agents.contains_key(&gone));
    let refused = office.owner.handle_command(office.now, &gone, Wish::Available);
    assert_eq!(refused.unwrap_err().to_string(), "there is no agent an of shop");
}

#[test]
fn acm_06_what_was_wished_before_a_restart_or_a_reload_is_what_an_agent_begins_with() {
    let mut office = Office::new(&[("an", SALES), ("bo", SALES)]);
    let an = AgentId::new("shop", "an");
    let cy = AgentId::new("shop", "cy");
    let wished = [(an.clone(), lunch()), (cy, Wish::Offline)];
    office.owner.restore(office.now, wished);
    assert_eq!(
        (office.state("an"), office.state("bo")),
        (AgentState::Pause, AgentState::Available)
    );
    let of = |names: &[&str]| {
        let directory = Directory::default().group("shop", "sales", group(Strategy::LongestIdle));
        let directory = names.iter().fold(directory, |directory, name| {
            directory.agent("shop", name, agent(SALES, Start::Available))
        });
        Arc::new(directory)
    };
    office.wish("bo", Wish::Offline);
    office.owner.set_directory(office.now, of(&["an"]));
    assert!(
        office
            .owner
            .agent(office.now, &AgentId::new("shop", "bo"))
            .is_none()
    );
    office
        .owner
        .set_directory(office.now, of(&["an", "bo", "cy", "di"]));
    assert_eq!(
        ["an", "bo", "cy", "di"].map(|name| office.state(name)),
        [
            AgentState::Pause,
            AgentState::Offline,
            AgentState::Offline,
            AgentState::Available
        ]
    );
    let shown = office.owner.agent(office.now, &an).unwrap();
    assert_eq!(shown.reason.as_deref(), Some("lunch"));
}

#[test]
fn a_snapshot_says_who_is_where_and_how_long_callers_wait() {
    let mut office = Office::new(&[("an", SALES), ("bo", SALES)]);
    office.wish("bo", lunch());
    office.join(1, "sales", 0);
    office.join(2, "sales", 0);
    office.now += seconds(1);
    let shown = serde_json::to_value(office.owner.snapshot(office.now)).unwrap();
    assert_eq!(shown["agents"][0]["state"], "reserved");
    assert_eq!(shown["agents"][1]["state"], "pause");
    assert_eq!(shown["agents"][1]["reason"], "lunch");
    let sales = &shown["queues"][1];
    assert_eq!(
        (&sales["group"], &sales["waiting"], &sales["logged_in"]),
        (&"sales".into(), &2.into(), &2.into())
    );
    assert!(sales["longest_wait_ms"].as_u64().unwrap() >= 1_000);
    assert_eq!(sales["agents"], serde_json::json!({ "reserved": 1, "pause": 1 }));
}
