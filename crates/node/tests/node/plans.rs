//! Disaster plans on a running node: by HTTP, by phone, over restarts and reloads.

use crate::calls::answers;
use crate::world::{ALICE, PATIENCE, SHOP, World, assert_talked, await_that, voice};
use pointsman_legs::behaviour::{Action, Step};
use pointsman_legs::{CallSpec, Numbers, Speak};
use pointsman_policy::Secret;
use pointsman_policy::drs::hash_password;
use serde_json::Value;
use std::time::Duration;

/// Normally leads to a trunk where nobody listens: the site is dead.
const CLINIC: &str = "+3225000100";
const LINE: &str = "+3280010800";

pub(crate) fn clinic(hash: &str) -> String {
    format!(
        r#"
version: 1
customer: clinic
contract: {{ formula: drs }}
country: "32"
zone: Europe/Brussels
announcements:
  sorry: {{ file: sorry.wav }}
drs:
  line: "4711"
  password: {{ hash: "{hash}" }}
  plans:
    fire:
      key: "1"
      numbers: ["{CLINIC}"]
      targets: [ {{ number: "+3292000100", trunk: bob }} ]
      ring: 20s
      last_resort: sorry
numbers:
  "{CLINIC}": {{ policy: direct, trunk: nobody }}
"#
    )
}

/// A node with a clinic whose site is dead, and a line that speaks English.
fn world() -> World {
    let world = World::prepared(Numbers::default().with("*", answers(2)), 100);
    let hash = hash_password(&Secret::new("86420975"), *b"sixteen octets!!").unwrap();
    world.files.write("clinic.yaml", &clinic(&hash));
    let node = crate::world::NODE
        .replace(
            "customers: [shop.yaml]",
            "customers: [shop.yaml, clinic.yaml]\nvoice: voice",
        )
        .replace(
            "numbers: {",
            &format!("numbers: {{ \"{LINE}\": {{ policy: drs_line, language: en }},"),
        );
    world.files.write("node.yaml", &node);
    world.files.write("shop.yaml", SHOP);
    let spoken = concat!(env!("CARGO_MANIFEST_DIR"), "/../../audio/en");
    for entry in std::fs::read_dir(spoken).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        world
            .files
            .write_bytes(&format!("voice/en/{name}"), &std::fs::read(&path).unwrap());
    }
    world
        .files
        .write_bytes("sorry.wav", &std::fs::read(format!("{spoken}/busy.wav")).unwrap());
    world
}

fn started() -> World {
    let mut world = world();
    world.start();
    world
}

fn switch(world: &World, on: bool) -> (u16, Value) {
    let (code, body) = world.http_with("PUT", "/v1/drs/clinic/fire", &format!("{{\"on\":{on}}}"));
    (code, serde_json::from_str(&body).unwrap())
}

/// Calls the clinic; which policy decided, and whether bob was reached and both heard each other.
fn reaches_bob(world: &World) -> bool {
    let before = world.cdrs(0).len();
    let caller = world.call(world.spec(CLINIC));
    let cdr = world.cdrs(before + 1).remove(0);
    if caller.final_status != Some(200) {
        assert_eq!(&*cdr.policy, "direct");
        return false;
    }
    assert_eq!(&*cdr.policy, "drs");
    assert_talked(&caller, &world.bobs(), &voice(2));
    true
}

#[test]
fn drs_03_10_the_next_call_follows_the_plan_and_people_hear_each_other() {
    pointsman_conformance::shows(&["DRS-03 apart", "DRS-10 next_call heard"]);
    let world = started();
    assert!(!reaches_bob(&world));
    let (code, said) = switch(&world, true);
    assert_eq!((code, said["on"].as_bool()), (200, Some(true)));
    assert!(reaches_bob(&world));
    assert_eq!(switch(&world, false).0, 200);
    assert!(!reaches_bob(&world));
    let (_, listed) = world.http("GET", "/v1/drs");
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed["plans"][0]["on"], false);
    let history: Vec<_> = listed["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["on"] == true)
        .collect();
    assert_eq!(history, [false, true], "newest first");
    assert_eq!(listed["changes"][0]["by"], "token local");
}

#[test]
fn drs_04_05_by_phone_with_number_and_password() {
    pointsman_conformance::shows(&["DRS-04 by_phone"]);
    let world = started();
    let keys = |at: u64, keys: &str| Step {
        at: Duration::from_secs(at),
        action: Action::Digits(keys.to_owned()),
    };
    let mut spec = CallSpec::new(ALICE, LINE, world.sip())
        .on("alice")
        .speak(Speak::Silence);
    spec.talk.steps = vec![keys(1, "4711#"), keys(4, "86420975#"), keys(8, "1")];
    let report = world.call(spec);
    assert_eq!(report.final_status, Some(200));
    let cdr = world.cdr();
    let said = cdr
        .path
        .iter()
        .find(|entry| entry.why.starts_with("the plan is on"));
    assert!(said.is_some(), "{:?}", cdr.path);
    assert!(report.heard.samples.len() > 8_000 * 8, "it spoke");
    assert!(!serde_json::to_string(&cdr).unwrap().contains("86420975"));
    let (_, listed) = world.http("GET", "/v1/drs");
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed["plans"][0]["by"], format!("phone {ALICE}"));
    assert!(reaches_bob(&world));
}

#[test]
fn drs_13_a_plan_that_is_on_is_on_after_a_restart_and_off_after_its_month() {
    pointsman_conformance::shows(&["DRS-13 by_itself"]);
    let mut world = started();
    assert_eq!(switch(&world, true).0, 200);
    world.take_node().stop();
    world.start();
    assert!(reaches_bob(&world), "the first call after the start");
    let month = 32 * 24 * 3_600_000;
    world.options.clock.set(world.options.clock.unix_ms() + month);
    assert!(!reaches_bob(&world), "on time, whether or not the owner has run");
    let ended = await_that(|| {
        let changes = world.node().store().plan_changes(None, 1).unwrap();
        (!changes[0].on).then(|| changes[0].by.clone())
    });
    assert_eq!(ended, "the end of the month");
}

#[test]
fn a_reload_keeps_what_is_on_and_a_plan_that_is_gone_can_be_switched_off() {
    let world = started();
    assert_eq!(switch(&world, true).0, 200);
    assert!(world.node().reload().ok);
    assert!(reaches_bob(&world));
    let node = crate::world::NODE;
    world.files.write("node.yaml", node);
    assert!(world.node().reload().ok);
    let (code, problem) = world.http_with("PUT", "/v1/drs/clinic/flood", "{\"on\":true}");
    assert!(
        code == 409 && problem.contains("has no plan flood"),
        "{code} {problem}"
    );
    assert_eq!(switch(&world, false).0, 200);
}

#[test]
fn a_body_that_is_none_is_a_problem_with_its_cause() {
    let world = started();
    for body in ["", "{}", "{\"on\":1}", "{\"on\":true,\"of\":1}"] {
        let (code, problem) = world.http_with("PUT", "/v1/drs/clinic/fire", body);
        assert_eq!(code, 400, "{body}: {problem}");
        assert!(problem.contains("about:blank") && problem.contains("detail"));
    }
    assert_eq!(world.http("POST", "/v1/drs/clinic/fire").0, 405);
}

#[test]
fn running_calls_are_untouched_by_a_switch() {
    let world = started();
    assert_eq!(switch(&world, true).0, 200);
    let call = world.place(world.spec(CLINIC));
    await_that(|| {
        world
            .node()
            .metrics_text()
            .contains("pointsman_calls 1")
            .then_some(())
    });
    assert_eq!(switch(&world, false).0, 200);
    let caller = call.wait(PATIENCE).unwrap();
    assert_talked(&caller, &world.bobs(), &voice(2));
}
