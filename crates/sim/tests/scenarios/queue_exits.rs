//! How a wait ends without an agent, and what a crash leaves behind (ACM-01, ACM-06).

use pointsman_call::QueueExit;
use pointsman_legs::behaviour::Action;
use pointsman_policy::acm::{AgentState, Wish};
use pointsman_policy::{Ended, Position, Queue, Step};
use pointsman_sim::{Conditions, Plan, SWITCH, World, play};

use crate::queue::*;
use crate::stage::*;

/// A queue whose exits lead to announcements of the same name.
fn with_exits(queue: Queue) -> Plan {
    let exits = [
        (Ended::NoAnswer, "late"),
        (Ended::Congestion, "full"),
        (Ended::Unreachable, "nobody"),
        (Ended::Keyed, "key"),
    ];
    let plan = Plan::default().step("wait", Step::Queue(queue));
    exits.into_iter().fold(plan, |plan, (ended, name)| {
        plan.step(name, play("sorry", true)).on("wait", ended, name)
    })
}

fn world(seed: u64, queue: Queue, agents: &[(&str, pointsman_legs::Behaviour)]) -> World {
    let setup = office(seed, with_exits(queue), agents).prompt("sorry", announcement(99, 1.0));
    let mut world = setup.build();
    world.record();
    world.run(seconds(3));
    world
}

fn path(world: &World, at: usize) -> Vec<&str> {
    world.cdrs()[at]
        .path
        .iter()
        .map(|entry| entry.node.as_str())
        .collect()
}

fn pause(world: &mut World, agent: &str) {
    let reason = "lunch".to_owned();
    world.wish(&id(agent), Wish::Pause { reason });
}

#[test]
fn the_longest_wait_ends_it() {
    let mut world = world(1, sales(), &[("an", busy())]);
    pause(&mut world, "an");
    place(&mut world, call(None));
    assert_eq!(path(&world, 0), ["wait", "late"]);
    let caller = world.host("caller");
    let talked = world.report(caller).talked();
    assert!((seconds(60)..seconds(63)).contains(&talked), "{talked:?}");
    assert_eq!(outcome(&world), "announced");
    assert_eq!(world.left_queues(), [QueueExit::TimedOut]);
    all_free(&world);
}

#[test]
fn one_caller_too_many_hears_that_the_queue_is_full() {
    let mut world = world(2, sales(), &[("an", busy())]);
    pause(&mut world, "an");
    let caller = world.host("caller");
    for _ in 0..4 {
        world.call(caller, call(None));
        world.run(seconds(1));
    }
    assert_eq!(world.agents().queues[0].waiting, 3);
    world.settle();
    let last = (0..4).map(|at| path(&world, at)[1]).collect::<Vec<_>>();
    assert_eq!(last, ["full", "late", "late", "late"]);
    assert_eq!(
        world.left_queues(),
        [
            QueueExit::Full,
            QueueExit::TimedOut,
            QueueExit::TimedOut,
            QueueExit::TimedOut
        ]
    );
}

#[test]
fn acm_06_where_nobody_is_logged_in_nobody_waits() {
    pointsman_conformance::shows(&["ACM-06 now"]);
    let mut world = world(3, sales(), &[("an", busy())]);
    world.wish(&id("an"), Wish::Offline);
    place(&mut world, call(None));
    assert_eq!(path(&world, 0), ["wait", "nobody"]);
    pause(&mut world, "an");
    let caller = world.host("caller");
    world.call(caller, call(None));
    world.run(seconds(5));
    world.wish(&id("an"), Wish::Offline);
    world.settle();
    assert_eq!(path(&world, 1), ["wait", "nobody"], "the last one went home");
    assert_eq!(world.left_queues(), [QueueExit::NobodyLoggedIn; 2]);
}

#[test]
fn a_key_leaves_the_queue_and_others_do_not() {
    let queue = Queue {
        exit_key: Some('0'),
        ..sales()
    };
    let mut world = world(4, queue, &[("an", busy())]);
    pause(&mut world, "an");
    let mut spec = call(None);
    spec.talk.steps = vec![
        at(seconds(5), Action::Digits("7".to_owned())),
        at(seconds(9), Action::Digits("0".to_owned())),
    ];
    place(&mut world, spec);
    assert_eq!(path(&world, 0), ["wait", "key"]);
    assert_eq!(world.left_queues(), [QueueExit::Keyed]);
    let caller = world.host("caller");
    assert!(world.report(caller).talked() > seconds(9));
    world.replay().expect("a key that leads nowhere is not missed");
    all_free(&world);
}

#[test]
fn a_caller_is_told_its_place() {
    let queue = Queue {
        position: Some(Position {
            every: seconds(10),
            language: "en".into(),
        }),
        max_wait: seconds(25),
        ..sales()
    };
    let setup = office(5, with_exits(queue), &[("an", busy())])
        .prompt("sorry", announcement(99, 1.0))
        .prompt("en/queue-position", announcement(71, 2.0));
    let setup = (0..10).fold(setup, |setup, digit| {
        setup.prompt(&format!("en/digit-{digit}"), announcement(80 + digit, 2.0))
    });
    let mut world = setup.build();
    pause(&mut world, "an");
    let caller = world.host("caller");
    let first = world.call(caller, call(None));
    world.run(seconds(1));
    let second = world.call(caller, call(None));
    world.run(seconds(15));
    world.hang_up(caller, first);
    world.run(seconds(8));
    world.hang_up(caller, second);
    world.settle();
    let likeness_of = |report: &pointsman_legs::CallReport, seed| {
        use pointsman_media::measure::{Sound, same_speech};
        let heard = Sound::from_linear(8000, &report.heard.samples);
        let said = pointsman_legs::sound::babble(seed, 2.0);
        same_speech(&heard, &Sound::from_linear(8000, &said))
    };
    let reports = world.reports(caller);
    let likeness: Vec<_> = [71, 81, 82, 83]
        .map(|seed| {
            reports
                .iter()
                .map(|report| likeness_of(report, seed) > 0.8)
                .collect::<Vec<_>>()
        })
        .into();
    // The first is always first; the second is second, and then first.
    assert_eq!(
        likeness,
        [[true, true], [true, true], [false, true], [false, false]]
    );
}

#[test]
fn a_caller_that_gives_up_takes_its_agent_s_ringing_with_it() {
    let mut world = world(6, sales(), &[("an", rings())]);
    place(&mut world, call(Some(seconds(4))));
    assert_eq!(attempts(&world), pairs(&[("site:an", "caller_gone")]));
    let sent = world.transcript().between(SWITCH, world.host("an").address());
    assert!(sent.contains(&"CANCEL"), "{sent:?}");
    assert_eq!(
        state(&world, "an"),
        AgentState::Available,
        "no pause for what it could not help"
    );
    all_free(&world);
}

#[test]
fn a_switch_that_crashes_frees_its_agents_and_ends_both_sides() {
    let mut world = world(7, sales(), &[("an", answers(seconds(1), None))]);
    let caller = world.host("caller");
    world.call(caller, call(None));
    wait_for(&mut world, "an", AgentState::Talking);
    world.run(seconds(3));
    world.restart_switch();
    assert!(!state(&world, "an").is_taken(), "free at once");
    world.run(seconds(10));
    assert!(world.report(caller).talked() > seconds(2), "its caller got a BYE");
    assert_eq!(world.reports(world.host("an")).len(), 1, "and so did the agent");
    world.call(caller, speaks(3, 9));
    world.run(seconds(30));
    assert_eq!(world.cdrs().len(), 1);
    assert_eq!(outcome(&world), "answered");
    all_free(&world);
}

#[test]
fn an_owner_that_crashes_does_not_give_an_agent_away_that_talks() {
    let mut world = world(8, sales(), &[("an", answers(seconds(1), Some(seconds(12))))]);
    let caller = world.host("caller");
    world.call(caller, speaks(2, 40));
    wait_for(&mut world, "an", AgentState::Talking);
    world.call(caller, speaks(2, 40));
    world.run(seconds(1));
    world.restart_owner();
    world.run(seconds(4));
    assert_eq!(state(&world, "an"), AgentState::Talking, "its call said so");
    assert_eq!(world.agents().queues[0].waiting, 1, "the caller joined again");
    world.settle();
    let answered = world
        .cdrs()
        .iter()
        .filter(|cdr| cdr.attempts.len() == 1 && cdr.attempts[0].answered_ms.is_some());
    assert_eq!(answered.count(), 2, "one after the other");
    all_free(&world);
}

#[test]
fn a_phone_that_crashes_while_it_rings_costs_its_agent_a_pause_and_the_caller_nothing() {
    let mut world = world(9, sales(), &[("an", rings()), ("bo", answers(seconds(1), None))]);
    world.wish(
        &id("bo"),
        Wish::Pause {
            reason: "lunch".to_owned(),
        },
    );
    let caller = world.host("caller");
    world.call(caller, speaks(20, 40));
    wait_for(&mut world, "an", AgentState::Ringing);
    let an = world.host("an");
    world.crash(an);
    world.wish(&id("bo"), Wish::Available);
    wait_for(&mut world, "an", AgentState::Pause);
    world.settle();
    assert_two_way(&world, "bo");
    all_free(&world);
}

#[test]
fn a_network_that_loses_a_tenth_changes_nothing_but_the_time() {
    for seed in 0..10 {
        let conditions = Conditions {
            loss: 0.1,
            ..Conditions::CLEAN
        };
        let agents = [
            ("an", answers(seconds(1), None)),
            ("bo", answers(seconds(1), None)),
        ];
        let setup = office(100 + seed, with_exits(sales()), &agents).conditions(conditions);
        let mut world = setup.word_loss(20).prompt("sorry", announcement(99, 1.0)).build();
        world.run(seconds(3));
        let caller = world.host("caller");
        for _ in 0..3 {
            world.call(caller, call(Some(seconds(15))));
            world.run(seconds(2));
        }
        world.settle();
        all_free(&world);
        assert_eq!(world.cdrs().len() + world.refusals().len(), 3, "seed {seed}");
    }
}
