//! Agents and queues on a running node: a caller waits, talks with an agent, and the agent logs out.

use crate::calls::answers;
use crate::world::{PATIENCE, SHOP, World, assert_talked, await_that, voice};
use pointsman_legs::{Numbers, PhoneEvent};
use pointsman_policy::acm::{AgentId, AgentState, Wish};

const LINE: &str = "+3225000200";

const CENTRE: &str = r#"
version: 1
customer: centre
contract: { formula: classic, options: [acm] }
country: "32"
zone: Europe/Brussels
announcements:
  music: { file: music.wav }
skill_groups:
  sales: { ring: 10s }
agents:
  bea: { number: "201", trunk: bob, groups: { sales: 1 }, start: available }
trees:
  line:
    start: wait
    nodes:
      wait: { queue: { group: sales, music: music, max_wait: 1m, on: { unreachable: nobody, otherwise: late } } }
      nobody: { reject: { status: 480, cause: 20 } }
      late: { reject: { status: 480, cause: 19 } }
numbers:
  "+3225000200": { policy: trm, tree: line }
"#;

fn world() -> World {
    let mut world = World::prepared(Numbers::default().with("*", answers(2)), 100);
    let node = crate::world::NODE.replace("customers: [shop.yaml]", "customers: [shop.yaml, centre.yaml]");
    world.files.write("node.yaml", &node);
    world.files.write("shop.yaml", SHOP);
    world.files.write("centre.yaml", CENTRE);
    let music = concat!(env!("CARGO_MANIFEST_DIR"), "/../../audio/music.wav");
    world
        .files
        .write_bytes("music.wav", &std::fs::read(music).unwrap());
    world.start();
    world
}

fn bea() -> AgentId {
    AgentId::new("centre", "bea")
}

fn await_state(world: &World, state: AgentState) {
    await_that(|| {
        let agents = world.node().agents().unwrap().agents;
        (agents[0].state == state).then_some(())
    });
}

#[test]
fn acm_01_04_12_a_caller_waits_for_an_agent_talks_with_it_and_the_agent_is_free_again() {
    let world = world();
    // The owner listens for two seconds after the start; this caller waits so long and hangs up.
    let first = world.place(world.spec(LINE).hang_up_after(PATIENCE / 4));
    first
        .wait_event(PATIENCE, |event| matches!(event, PhoneEvent::Answered { .. }))
        .unwrap();
    await_state(&world, AgentState::Talking);
    assert_eq!(world.node().agents().unwrap().queues[0].talking, 1);
    first.wait(PATIENCE).unwrap();
    await_state(&world, AgentState::Available);

    let before = world.bobs();
    let caller = world.call(world.spec(LINE));
    let bob = world
        .legs
        .wait_report(PATIENCE, |report| {
            report.phone == "bob" && report.call_id != before.call_id
        })
        .unwrap();
    assert_talked(&caller, &bob, &voice(2));
    let cdr = world.cdrs(2).remove(0);
    assert_eq!(cdr.attempts[0].agent.as_deref(), Some("bea"));
    assert_eq!(cdr.attempts[0].target, "number:201");
    await_state(&world, AgentState::Available);
    world.await_idle();
}

#[test]
fn acm_06_an_agent_that_has_logged_out_gets_no_call_and_nobody_waits_for_it() {
    let world = world();
    world.node().wish(bea(), Wish::Offline).unwrap();
    assert!(
        world
            .node()
            .wish(AgentId::new("centre", "bob"), Wish::Available)
            .is_err()
    );
    world.call(world.spec(LINE));
    let cdr = world.cdr();
    let path: Vec<&str> = cdr.path.iter().map(|entry| entry.node.as_str()).collect();
    assert_eq!((path, cdr.attempts.len()), (vec!["wait", "nobody"], 0));
    // A reload changes nobody's state.
    assert!(world.node().reload().ok);
    await_state(&world, AgentState::Offline);
}
