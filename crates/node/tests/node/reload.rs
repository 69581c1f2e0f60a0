//! Reload: all or nothing, while calls are up.

use crate::calls::answers;
use crate::world::{BOB, RECORDED, SHOP, World, assert_talked, voice};
use pointsman_legs::{Numbers, PhoneEvent};
use serde_json::Value;

const NEW: &str = "+3232000177";

fn status(world: &World) -> Value {
    serde_json::from_str(&world.http("GET", "/status").1).unwrap()
}

#[test]
fn a_new_number_is_routed_and_a_call_that_is_up_goes_on() {
    pointsman_conformance::shows(&["TRM-09 next_call"]);
    let world = World::new(
        Numbers::default()
            .with(RECORDED, answers(2))
            .with(NEW, answers(3)),
    );
    let first = world.place(world.spec(RECORDED));
    first
        .wait_event(crate::world::PATIENCE, |event| {
            matches!(event, PhoneEvent::Answered { .. })
        })
        .unwrap();

    world.files.write(
        "shop.yaml",
        &format!("{SHOP}  \"{NEW}\": {{ policy: trm, tree: desk }}\n"),
    );
    let (code, body) = world.http("POST", "/reload");
    assert_eq!(code, 200, "{body}");
    let report: Value = serde_json::from_str(&body).unwrap();
    assert!(report["changes"].to_string().contains(NEW), "{report}");
    assert_eq!(status(&world)["config"]["version"], report["version"]);

    let second = world.call(world.spec(NEW));
    assert_eq!(second.final_status, Some(200));
    let first = first.wait(crate::world::PATIENCE).unwrap();
    let bob = world.legs.wait_report(crate::world::PATIENCE, |report| {
        report.phone == "bob" && report.to == RECORDED
    });
    assert_talked(&first, &bob.unwrap(), &voice(2));
    let customers: Vec<String> = world
        .cdrs(2)
        .into_iter()
        .map(|cdr| cdr.customer.to_string())
        .collect();
    assert_eq!(customers, ["shop", "shop"]);
    world.await_metric("pointsman_reloads_total{result=\"ok\"} 1");
}

#[test]
fn a_mistaken_configuration_changes_nothing_and_says_where_it_is_wrong() {
    let world = World::new(Numbers::default().with(RECORDED, answers(2)));
    let before = status(&world)["config"]["version"].clone();
    world.files.write(
        "shop.yaml",
        &SHOP
            .replace("trunk: bob", "trunk: bbo")
            .replace("cause: 17", "cause: 170"),
    );

    let (code, body) = world.http("POST", "/reload");
    assert_eq!(code, 422, "{body}");
    let problem: Value = serde_json::from_str(&body).unwrap();
    let mistakes = problem["mistakes"].as_array().unwrap();
    assert_eq!(mistakes.len(), 2, "{problem}");
    assert!(
        mistakes
            .iter()
            .all(|mistake| mistake["place"].as_str().unwrap().starts_with("shop.yaml:")),
        "{problem}"
    );

    let after = status(&world);
    assert_eq!(after["config"]["version"], before);
    assert_eq!(after["last_reload"]["ok"], false);
    assert_eq!(after["last_reload"]["mistakes"], problem["mistakes"]);
    world.await_metric("pointsman_reloads_total{result=\"refused\"} 1");
    assert_eq!(world.call(world.spec(RECORDED)).final_status, Some(200));
}

#[test]
fn other_listeners_need_a_restart_and_other_limits_wait_for_one() {
    let mut world = World::prepared(Numbers::default().with(BOB, answers(2)), 100);
    // Read from the file this time.
    world.options.overrides.listen.clear();
    let port = std::net::UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let node = crate::world::NODE.replace("127.0.0.1:5060", &format!("127.0.0.1:{port}"));
    world.files.write("node.yaml", &node);
    world.start();

    world
        .files
        .write("node.yaml", &format!("{node}limits: {{ calls: 7 }}\n"));
    let report = world.node().reload();
    assert!(report.ok, "{report:?}");
    assert_eq!(report.at_next_start, ["limits"]);

    world
        .files
        .write("node.yaml", &node.replace(&format!(":{port}\""), ":5999\""));
    let report = world.node().reload();
    assert!(!report.ok);
    assert!(report.mistakes[0].message.contains("listen"), "{report:?}");
    assert_eq!(world.call(world.spec(BOB)).final_status, Some(200));
}
