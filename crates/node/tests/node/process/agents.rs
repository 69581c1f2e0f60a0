//! What agents wished, over a kill.

use super::{Process, Running, await_that, was_the_node};
use crate::agents::{CENTRE, music};
use crate::api::client::Client;
use pointsman_legs::Numbers;
use serde_json::Value;
use std::net::{SocketAddr, TcpListener};

/// Three agents that begin as available, and one that does not.
fn centre() -> String {
    let bea = "  bea: { number: \"201\", trunk: bob, groups: { sales: 1 }, start: available }";
    let others = ["cas", "dot"].map(|name| bea.replace("bea", name)).join("\n");
    let eve = bea.replace("bea", "eve").replace(", start: available", "");
    CENTRE.replace(bea, &format!("{bea}\n{others}\n{eve}"))
}

fn client(process: &Process, http: SocketAddr) -> Client {
    let token = std::fs::read_to_string(process.folder.path().join("data/local-token")).unwrap();
    Client::of(http, token.trim())
}

/// Every agent's state and reason.
fn states(client: &Client) -> Vec<(String, String)> {
    let listed = client.get("/v1/agents").json();
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let agents = listed["agents"].as_array().unwrap().iter();
    agents
        .map(|agent| (word(&agent["state"]), word(&agent["reason"])))
        .collect()
}

#[test]
fn acm_06_what_an_agent_was_told_is_so_after_a_kill() {
    if was_the_node() {
        return;
    }
    let process = Process::with(
        "agents::acm_06_what_an_agent_was_told_is_so_after_a_kill",
        Numbers::default(),
    );
    let http = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let file = |name: &str| process.folder.path().join(name);
    let node = std::fs::read_to_string(file("node.yaml")).unwrap();
    std::fs::write(file("node.yaml"), format!("{node}\nhttp: \"{http}\"\n")).unwrap();
    std::fs::write(file("shop.yaml"), centre()).unwrap();
    std::fs::write(file("music.wav"), music()).unwrap();

    let mut running = process.start();
    let asks = |agent: &str, body: &str| {
        let path = format!("/v1/agents/centre/{agent}/state");
        let answer = client(&process, http).ask("PUT", &path, body);
        assert_eq!(answer.status, 200, "{}", answer.text());
    };
    let kill = |running: Running| {
        running.signal("KILL");
        assert_eq!(running.end().0, None);
        process.start()
    };
    asks("bea", r#"{"state":"pause","reason":"lunch"}"#);
    asks("cas", r#"{"state":"offline"}"#);
    // The answer is all that is waited for.
    asks("eve", r#"{"state":"available"}"#);
    running = kill(running);
    let said = |expected: [(&str, &str); 4]| {
        let wanted: Vec<_> = expected
            .map(|(state, why)| (state.to_owned(), why.to_owned()))
            .into();
        await_that(|| (states(&client(&process, http)) == wanted).then_some(()));
    };
    said([
        ("pause", "lunch"),
        ("offline", ""),
        ("available", ""),
        ("available", ""),
    ]);
    asks("bea", r#"{"state":"available"}"#);
    asks("dot", r#"{"state":"pause","reason":"report"}"#);
    running = kill(running);
    said([
        ("available", ""),
        ("offline", ""),
        ("pause", "report"),
        ("available", ""),
    ]);
    running.signal("TERM");
    assert_eq!(running.end().0, Some(0));
}
