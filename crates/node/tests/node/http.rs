//! The HTTP side.

use crate::calls::answers;
use crate::world::{BOB, World, assert_balanced};
use pointsman_legs::Numbers;
use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A node that has had two calls.
fn after_two_calls() -> World {
    let world = World::new(Numbers::default().with(BOB, answers(2)));
    for _ in 0..2 {
        world.call(
            world
                .spec(BOB)
                .hang_up_after(std::time::Duration::from_millis(200)),
        );
    }
    world
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
fn drs_10_every_invite_is_accounted_for_once_however_often_it_is_sent() {
    let world = after_two_calls();
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let from = socket.local_addr().unwrap();
    world.cdrs(2);
    // Of no trunk: refused, three times the same.
    let invite = format!(
        "INVITE sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {from};rport;branch=z9hG4bKonce\r\nFrom: <sip:a@b>;tag=1\r\n\
         To: <sip:x@b>\r\nCall-ID: once\r\nCSeq: 1 INVITE\r\nContact: <sip:{from}>\r\nContent-Length: 0\r\n\r\n"
    );
    socket.set_read_timeout(Some(crate::world::PATIENCE)).unwrap();
    for _ in 0..3 {
        socket.send_to(invite.as_bytes(), world.sip()).unwrap();
        socket.recv(&mut [0; 1500]).expect("an answer each time");
    }
    let account = &json(&world.http("GET", "/status").1)["account"];
    let of = |name: &str| account[name].as_u64().unwrap();
    assert_balanced(account);
    assert_eq!((of("answered"), of("in_progress")), (2, 0));
    assert!(of("shed") >= 1, "{account}");
}

#[test]
fn calls_are_listed_newest_first_and_found_by_their_id() {
    let world = after_two_calls();
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

#[test]
fn a_trace_has_both_legs_of_the_call_and_says_when_it_was_decided() {
    let world = after_two_calls();
    let cdr = world.cdrs(2).remove(1);
    let (code, text) = world.http("GET", &format!("/calls/{}/trace", cdr.id));
    assert_eq!(code, 200, "{text}");
    let trace = json(&text);
    assert_eq!(trace["call"]["id"], *cdr.id);
    assert!(trace["call"]["path"][0]["at_ms"].as_i64().unwrap() >= cdr.started_ms);
    let messages = trace["messages"].as_array().unwrap();
    let starts = |sent: bool, remote: &str| -> Vec<String> {
        let remote = world.legs.address(remote).unwrap().to_string();
        let of = messages
            .iter()
            .filter(|message| message["sent"] == sent && message["remote"] == *remote);
        of.map(|message| {
            message["text"]
                .as_str()
                .unwrap()
                .split(' ')
                .take(2)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .map(|start| start.split(" sip:").next().unwrap().to_owned())
        .collect()
    };
    assert_eq!(starts(false, "alice"), ["INVITE", "ACK", "BYE"]);
    assert_eq!(starts(true, "bob"), ["INVITE", "ACK", "BYE"]);
    assert!(starts(true, "alice").contains(&"SIP/2.0 200".to_owned()));
    assert!(starts(false, "bob").contains(&"SIP/2.0 200".to_owned()));
    let times: Vec<i64> = messages
        .iter()
        .map(|message| message["at_us"].as_i64().unwrap())
        .collect();
    assert!(times.is_sorted() && times[0] >= cdr.started_ms * 1000 - 2_000_000);
    assert_eq!(world.http("GET", "/calls/nobody/trace").0, 404);
}
