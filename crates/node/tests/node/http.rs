//! The HTTP side.

use crate::calls::answers;
use crate::world::{BOB, World};
use pointsman_legs::Numbers;
use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn an_idle_node_is_healthy_and_reads_zero() {
    let world = World::new(Numbers::default());
    assert_eq!(
        world.http("GET", "/health"),
        (200, "{\"status\":\"ok\"}".to_owned())
    );
    let (code, metrics) = world.http("GET", "/metrics");
    assert_eq!(code, 200);
    for gauge in ["calls", "transactions", "rtp_ports_in_use"] {
        assert!(
            metrics.lines().any(|line| line == format!("pointsman_{gauge} 0")),
            "{gauge}\n{metrics}"
        );
    }
    let status = json(&world.http("GET", "/status").1);
    assert_eq!(status["node"], "test");
    assert_eq!(status["calls"], 0);
    assert_eq!(status["last_reload"]["ok"], true);
    assert_eq!(status["listeners"][0], world.sip().to_string());
    let trunks: Vec<&str> = status["trunks"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|trunk| trunk["name"].as_str())
        .collect();
    assert_eq!(trunks, ["alice", "bob", "nobody"]);
}

#[test]
fn calls_are_listed_newest_first_and_found_by_their_id() {
    let world = World::new(Numbers::default().with(BOB, answers(2)));
    for _ in 0..2 {
        world.call(
            world
                .spec(BOB)
                .hang_up_after(std::time::Duration::from_millis(200)),
        );
    }
    let cdrs = world.cdrs(2);
    let calls = json(&world.http("GET", "/calls").1);
    let ids: Vec<&str> = calls["calls"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|call| call["id"].as_str())
        .collect();
    assert_eq!(ids, [&*cdrs[0].id, &*cdrs[1].id]);
    let one = json(&world.http("GET", "/calls?limit=1").1);
    assert_eq!(one["calls"].as_array().unwrap().len(), 1);
    let (code, call) = world.http("GET", &format!("/calls/{}", cdrs[1].id));
    assert_eq!((code, json(&call)["id"].as_str()), (200, Some(&*cdrs[1].id)));
    let none = json(&world.http("GET", "/calls?customer=nobody").1);
    assert_eq!(none["calls"].as_array().unwrap().len(), 0);
}

#[test]
fn errors_are_problems_with_a_detail() {
    let world = World::new(Numbers::default());
    for (method, path, code) in [
        ("GET", "/nothing", 404),
        ("GET", "/calls/nothing", 404),
        ("GET", "/calls?limit=many", 400),
        ("GET", "/reload", 405),
        ("POST", "/metrics", 405),
    ] {
        let (status, body) = world.http(method, path);
        assert_eq!(status, code, "{method} {path}: {body}");
        let problem = json(&body);
        assert_eq!(problem["status"], code);
        assert!(!problem["detail"].as_str().unwrap().is_empty(), "{problem}");
    }
}
