//! Agents and queues on a running node: a caller waits, talks with an agent, and the agent logs out.

use crate::api::client::{Client, token};
use crate::calls::answers;
use crate::world::{PATIENCE, SHOP, World, assert_talked, await_that, voice};
use pointsman_legs::{Numbers, PhoneEvent};
use pointsman_policy::acm::{AgentId, AgentState, Wish};
use serde_json::json;

pub(crate) const LINE: &str = "+3225000200";

pub(crate) const CENTRE: &str = r#"
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
    world.files.write_bytes("music.wav", &music());
    world.start();
    world
}

pub(crate) fn music() -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../audio/music.wav")).unwrap()
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
    pointsman_conformance::shows(&[
        "ACM-01 qualified heard",
        "ACM-04 number",
        "ACM-12 cdr",
        "TRM-02 agents",
    ]);
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
    pointsman_conformance::shows(&["ACM-06 now"]);
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

#[test]
fn acm_03_06_states_and_queues_over_http_while_a_caller_waits() {
    let world = world();
    let desk = token(&world, "desk", &["read", "agents"], Some("centre"));
    let desk = Client::new(&world, Some(&desk));
    let set = |body: &str| desk.ask("PUT", "/v1/agents/centre/bea/state", body);
    let paused = set(r#"{"state":"pause","reason":"lunch"}"#).json();
    assert_eq!(
        (&paused["state"], &paused["reason"]),
        (&json!("pause"), &json!("lunch"))
    );
    let caller = world.place(world.spec(LINE).hang_up_after(PATIENCE));
    let sales = || desk.get("/v1/queues/centre/sales").json();
    let waits = await_that(|| Some(sales()).filter(|queue| queue["waiting"] == 1));
    assert_eq!(waits["agents"], json!({ "pause": 1 }));
    await_that(|| (sales()["longest_wait_ms"].as_u64()? > 0).then_some(()));

    assert_eq!(set(r#"{"state":"available"}"#).status, 200);
    caller
        .wait_event(PATIENCE, |event| matches!(event, PhoneEvent::Answered { .. }))
        .unwrap();
    let bea = || desk.get("/v1/agents/centre/bea").json();
    await_that(|| (bea()["state"] == "talking").then_some(()));
    let later = set(r#"{"state":"pause","reason":"report"}"#).json();
    assert_eq!(
        (&later["state"], &later["afterwards"]),
        (&json!("talking"), &json!({ "pause": { "reason": "report" } }))
    );
    caller.hang_up();
    caller.wait(PATIENCE).unwrap();
    let paused = await_that(|| Some(bea()).filter(|agent| agent["state"] == "pause"));
    assert_eq!(paused["reason"], "report");

    for (body, status) in [
        (r#"{"state":"pause"}"#, 400),
        (r#"{"state":"pause","reason":""}"#, 400),
        (r#"{"state":"offline","reason":"ill"}"#, 400),
        (r#"{"state":"talking"}"#, 400),
    ] {
        assert!(set(body).problem(status).len() > 10, "{body}");
    }
    desk.ask("PUT", "/v1/agents/centre/bob/state", r#"{"state":"offline"}"#)
        .problem(404);
    desk.get("/v1/queues/centre/none").problem(404);
    let rows = world.http("GET", "/v1/audit?customer=centre").1;
    let rows: serde_json::Value = serde_json::from_str(&rows).unwrap();
    let rows = rows["rows"].as_array().unwrap().iter();
    let rows: Vec<_> = rows.filter(|row| row["what"] == "agent.state").collect();
    let after: Vec<_> = rows.iter().map(|row| &row["after"]["reason"]).collect();
    assert_eq!(after, [&json!("report"), &json!(null), &json!("lunch")]);
    assert!(rows.iter().all(|row| row["who"] == "token desk"));
    world.await_idle();
}
