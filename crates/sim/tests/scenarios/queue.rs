//! Waiting for an agent, and talking with it (ACM-01 to ACM-12).

use std::collections::BTreeMap;

use pointsman_legs::behaviour::Action;
use pointsman_legs::{Behaviour, CallSpec, Speak};
use pointsman_media::measure::{Sound, same_speech};
use pointsman_policy::acm::{AgentId, AgentSetup, AgentState, Directory, GroupSetup, Start, Strategy, Wish};
use pointsman_policy::{Queue, Step};
use pointsman_sim::{Plan, SWITCH, World, WorldSetup, site};

use crate::stage::*;

pub(crate) const MUSIC: u64 = 55;

/// A queue step of group `sales` that waits for a minute at most.
pub(crate) fn sales() -> Queue {
    Queue::new("sales", "music", seconds(60))
}

pub(crate) fn group() -> GroupSetup {
    GroupSetup {
        strategy: Strategy::LongestIdle,
        max_length: 3,
        ring: seconds(10),
        wrap_up: seconds(5),
        no_answer_pause: seconds(30),
    }
}

pub(crate) fn id(agent: &str) -> AgentId {
    AgentId::new("sim", agent)
}

/// Agents of group `sales`, each at a phone of its own name that behaves so.
pub(crate) fn office(seed: u64, plan: Plan, agents: &[(&str, Behaviour)]) -> WorldSetup {
    let names: Vec<&str> = agents.iter().map(|(name, _)| *name).collect();
    stage(seed, plan, agents)
        .agents(directory(&names))
        .prompt("music", announcement(MUSIC, 3.0))
}

/// Agents of group `sales`, each at a site of its own name.
fn directory(names: &[&str]) -> Directory {
    let mut directory = Directory::default().group("sim", "sales", group());
    for name in names {
        let setup = AgentSetup {
            contact: site(name),
            groups: BTreeMap::from([("sales".to_owned(), 1)]),
            start: Start::Available,
            record: false,
        };
        directory = directory.agent("sim", name, setup);
    }
    directory
}

/// The same with one queue step, when the owner has listened.
pub(crate) fn open(seed: u64, agents: &[(&str, Behaviour)]) -> World {
    let mut world = office(seed, Plan::of(Step::Queue(sales())), agents).build();
    world.run(seconds(3));
    world
}

/// A caller that speaks `after` its answer and hangs up after `hang_up`.
pub(crate) fn speaks(after: u64, hang_up: u64) -> CallSpec {
    let mut spec = call(Some(seconds(hang_up)));
    spec.talk.speak = Speak::Silence;
    spec.talk.steps = vec![at(seconds(after), Action::Speak(voice(CALLER_SAYS)))];
    spec
}

pub(crate) fn state(world: &World, agent: &str) -> AgentState {
    let agents = world.agents().agents;
    agents
        .iter()
        .find(|shown| shown.agent == agent)
        .expect("a known agent")
        .state
}

pub(crate) fn hears(world: &World, seed: u64, length: f64) -> f64 {
    let caller = world.host("caller");
    let heard = Sound::from_linear(8000, &world.report(caller).heard.samples);
    let said = pointsman_legs::sound::babble(seed, length);
    same_speech(&heard, &Sound::from_linear(8000, &said))
}

pub(crate) fn wait_for(world: &mut World, agent: &str, wanted: AgentState) {
    world.run_until("was the agent so far", |world| state(world, agent) == wanted);
}

pub(crate) fn all_free(world: &World) {
    assert_eq!(world.agent_owner().table_entries(), 0);
    assert_eq!(world.agents().conflicts, 0);
}

#[test]
fn acm_01_04_12_a_caller_hears_music_then_an_agent_and_the_record_names_it() {
    pointsman_conformance::shows(&["ACM-01 heard", "ACM-04 address", "ACM-12 cdr"]);
    let mut world = open(1, &[("an", answers(seconds(4), None))]);
    place(&mut world, speaks(6, 14));
    assert!(hears(&world, MUSIC, 3.0) > 0.8, "music while it rings");
    assert_two_way(&world, "an");
    assert_eq!(outcome(&world), "answered");
    let attempt = &world.cdr().attempts[0];
    assert_eq!(
        (attempt.agent.as_deref(), attempt.target.as_str()),
        (Some("an"), "site:an")
    );
    let caller = world.host("caller");
    assert_eq!(
        world.report(caller).statuses(),
        [200],
        "the ringing of an agent is not told"
    );
    let invites = world.transcript().between(world.host("an").address(), SWITCH);
    assert!(
        invites.contains(&"180 INVITE") || invites.contains(&"180"),
        "{invites:?}"
    );
    all_free(&world);
}

#[test]
fn an_agent_that_hangs_up_leaves_the_caller_to_the_policy() {
    let mut world = open(2, &[("an", answers(seconds(1), Some(seconds(6))))]);
    place(&mut world, speaks(2, 60));
    assert_two_way(&world, "an");
    assert_eq!(outcome(&world), "answered");
    assert_eq!(state(&world, "an"), AgentState::Available);
}

#[test]
fn an_agent_that_is_busy_or_does_not_answer_pauses_and_the_next_one_is_rung() {
    for (seed, behaviour, failed) in [
        (3, busy(), "busy"),
        (4, rings(), "no_answer"),
        (5, dead(), "unreachable"),
    ] {
        let mut world = open(seed, &[("an", behaviour), ("bo", answers(seconds(1), None))]);
        let caller = world.host("caller");
        let spec = speaks(13, 22);
        world.call(caller, spec);
        wait_for(&mut world, "an", AgentState::Pause);
        let reason = world.agents().agents[0].reason.clone();
        assert_eq!(reason.as_deref(), Some("no answer"));
        world.settle();
        assert_eq!(
            attempts(&world),
            pairs(&[("site:an", failed), ("site:bo", "answered")])
        );
        assert_two_way(&world, "bo");
        assert_eq!(state(&world, "an"), AgentState::Available, "the pause is short");
        all_free(&world);
    }
}

#[test]
fn acm_05_one_agent_has_one_call_and_the_next_caller_is_served_after_the_wrap_up() {
    pointsman_conformance::shows(&["ACM-05 several"]);
    let mut world = open(6, &[("an", answers(seconds(1), Some(seconds(8))))]);
    let caller = world.host("caller");
    for _ in 0..2 {
        world.call(caller, speaks(2, 60));
        world.run(seconds(1));
    }
    wait_for(&mut world, "an", AgentState::Talking);
    assert_eq!(world.agents().queues[0].waiting, 1);
    wait_for(&mut world, "an", AgentState::WrapUp);
    assert_eq!(world.gauges().calls, 1, "the second one waits");
    world.settle();
    let mut answered: Vec<i64> = world
        .cdrs()
        .iter()
        .filter_map(|cdr| cdr.attempts[0].answered_ms)
        .collect();
    answered.sort_unstable();
    let apart = answered[1] - answered[0];
    assert!(
        (13_000..15_500).contains(&apart),
        "8 s of talk, 5 s of wrap-up: {apart} ms"
    );
    all_free(&world);
}

#[test]
fn a_pause_asked_for_during_a_call_begins_after_it() {
    let mut world = open(7, &[("an", answers(seconds(1), None))]);
    let caller = world.host("caller");
    world.call(caller, speaks(2, 10));
    wait_for(&mut world, "an", AgentState::Talking);
    let reason = "lunch".to_owned();
    world.wish(&id("an"), Wish::Pause { reason });
    assert_eq!(state(&world, "an"), AgentState::Talking);
    world.settle();
    assert_two_way(&world, "an");
    assert_eq!(state(&world, "an"), AgentState::Pause);
}

#[test]
fn with_early_media_the_caller_is_answered_by_the_agent() {
    let step = Queue {
        answer: false,
        ..sales()
    };
    let agents = [("an", answers(seconds(4), None))];
    let mut world = office(8, Plan::of(Step::Queue(step)), &agents).build();
    world.run(seconds(3));
    place(&mut world, call(Some(seconds(6))));
    let caller = world.host("caller");
    assert_eq!(world.report(caller).statuses(), [183, 200]);
    assert_two_way(&world, "an");
    let talked = world.cdr().talk_ms;
    assert!(
        (5_500..7_000).contains(&talked),
        "the wait is not talk: {talked} ms"
    );
}

#[test]
fn a_caller_that_leaves_the_offer_to_us_waits_and_talks_too() {
    let mut world = open(9, &[("an", answers(seconds(4), None))]);
    let mut spec = speaks(6, 14);
    spec.delayed_offer = true;
    place(&mut world, spec);
    assert!(hears(&world, MUSIC, 3.0) > 0.8);
    assert_two_way(&world, "an");
    all_free(&world);
}

#[test]
fn the_journal_of_a_wait_replays_to_the_octet() {
    let agents = [("an", busy()), ("bo", answers(seconds(1), None))];
    let mut world = office(10, Plan::of(Step::Queue(sales())), &agents).build();
    world.record();
    world.run(seconds(3));
    place(&mut world, speaks(3, 9));
    assert_two_way(&world, "bo");
    let lines = world.shard().take_journal();
    let text = serde_json::to_string(&lines).expect("a line has a JSON form");
    assert!(
        text.contains("notice") && text.contains("Alive"),
        "both ways are written down"
    );
    let (inputs, outputs) = world.replay_of(lines).expect("the same again");
    assert!(inputs > 80 && outputs > 50, "{inputs} inputs, {outputs} outputs");
}

/// Where it should be is no trunk: it pauses, and whoever can be reached is rung.
#[test]
fn an_agent_whose_place_cannot_be_dialled_does_not_keep_callers_from_the_others() {
    let talks = answers_with(seconds(1), talk(CALLEE_SAYS, Some(seconds(6))));
    let setup = office(41, Plan::of(Step::Queue(sales())), &[("b", talks)]);
    let mut world = setup.agents(directory(&["a-nowhere", "b"])).build();
    world.run(seconds(3));
    place(&mut world, call(Some(seconds(30))));
    let rung: Vec<_> = attempts(&world);
    assert_eq!(
        rung,
        pairs(&[("site:a-nowhere", "unreachable"), ("site:b", "answered")])
    );
    assert_eq!(outcome(&world), "answered");
}
