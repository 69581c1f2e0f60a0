//! The stream of events.

use super::client::{CLIENT, Client, token, world};
use crate::agents::LINE;
use crate::calls::answers;
use crate::world::{ALICE, PATIENCE, RECORDED, World, assert_balanced};
use pointsman_legs::Numbers;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::time::Duration;

/// Reads events as they come.
struct Stream(BufReader<TcpStream>);

#[derive(Debug)]
struct Seen {
    id: Option<u64>,
    kind: String,
    text: String,
}

impl Seen {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

impl Stream {
    fn open(client: &Client) -> Self {
        let stream = client.send("GET", "/v1/events", "");
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
        }
        assert!(
            head.contains(" 200 ") && head.contains("text/event-stream"),
            "{head}"
        );
        Self(reader)
    }

    fn next(&mut self) -> Seen {
        self.until_end().expect("the stream goes on")
    }

    fn until_end(&mut self) -> Option<Seen> {
        let (mut id, mut kind, mut text) = (None, String::new(), String::new());
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            match line.trim_end().split_once(": ") {
                Some(("id", value)) => id = Some(value.parse().unwrap()),
                Some(("event", value)) => kind = value.to_owned(),
                Some(("data", value)) => text = value.to_owned(),
                _ if line.trim_end().is_empty() && !kind.is_empty() => return Some(Seen { id, kind, text }),
                _ => {}
            }
        }
    }

    /// The events up to one of that kind that says `word`.
    fn until(&mut self, kind: &str, word: &str) -> Vec<Seen> {
        let mut seen = Vec::new();
        loop {
            let next = self.next();
            let is_last = next.kind == kind && next.text.contains(word);
            seen.push(next);
            if is_last {
                return seen;
            }
        }
    }

    fn kinds(&mut self, count: usize) -> (Vec<Seen>, Vec<String>) {
        let seen: Vec<_> = (0..count).map(|_| self.next()).collect();
        let kinds = seen.iter().map(|seen| seen.kind.clone()).collect();
        (seen, kinds)
    }
}

const CALL: [&str; 5] = [
    "call.opened",
    "call.answered",
    "recording.started",
    "recording.ended",
    "call.closed",
];

fn recorded_call(world: &World) {
    world.call(world.spec(RECORDED).hang_up_after(Duration::from_millis(600)));
}

#[test]
fn a_call_is_told_from_its_opening_to_its_close_and_a_listener_comes_back_where_it_was() {
    let world = world(Numbers::default().with(RECORDED, answers(2)));
    let secret = world.local_token();
    let mut stream = Stream::open(&Client::new(&world, Some(&secret)));
    recorded_call(&world);
    let (seen, mut kinds) = stream.kinds(5);
    // The recording may begin before the answer is told.
    kinds[1..3].sort();
    assert_eq!(kinds, CALL);
    let ids: Vec<_> = seen.iter().filter_map(|seen| seen.id).collect();
    assert!(ids.windows(2).all(|two| two[1] == two[0] + 1), "{ids:?}");
    let (opened, closed) = (seen[0].json(), seen[4].json());
    assert_eq!(
        (&opened["from"], &opened["to"]),
        (&ALICE.into(), &RECORDED.into())
    );
    assert!(seen.iter().all(|seen| seen.json()["customer"] == "shop"));
    assert_eq!(
        (&closed["outcome"], &closed["call"]),
        (&"answered".into(), &opened["call"])
    );
    let listed = Client::new(&world, Some(&secret)).get("/v1/recordings").json();
    assert_eq!(seen[3].json()["recording"], listed["recordings"][0]["id"]);

    let back = |id: u64| {
        let client = Client::new(&world, Some(&secret)).header(&format!("Last-Event-ID: {id}"));
        Stream::open(&client)
    };
    let (again, _) = back(ids[2]).kinds(2);
    assert_eq!(
        again.iter().filter_map(|seen| seen.id).collect::<Vec<_>>(),
        ids[3..]
    );
    let (mut old, mut other) = (back(ids[0] - 5), back(ids[4] + 500));
    let gap = old.next();
    assert_eq!((gap.kind.as_str(), &gap.json()["next"]), ("gap", &ids[0].into()));
    assert_eq!(old.next().id, Some(ids[0]));
    let gap = other.next();
    assert_eq!(
        (gap.kind.as_str(), &gap.json()["next"]),
        ("gap", &(ids[4] + 1).into())
    );
}

#[test]
fn plans_and_reloads_are_told_and_a_customer_hears_its_own_only() {
    let world = world(Numbers::default().with(RECORDED, answers(2)));
    let local = Client::new(&world, Some(&world.local_token()));
    let shop = token(&world, "shop", &["read"], Some("shop"));
    let clinic = token(&world, "clinic", &["admin"], Some("clinic"));
    let mut streams = [
        Stream::open(&local),
        Stream::open(&Client::new(&world, Some(&shop))),
        Stream::open(&Client::new(&world, Some(&clinic))),
    ];
    assert_eq!(
        local.ask("PUT", "/v1/drs/clinic/fire", "{\"on\":true}").status,
        200
    );
    assert_eq!(local.ask("POST", "/v1/reload", "").status, 200);
    recorded_call(&world);
    world.cdr();
    assert_eq!(
        local.ask("PUT", "/v1/drs/clinic/fire", "{\"on\":false}").status,
        200
    );
    let [all, shop, clinic] = &mut streams;
    let (_, kinds) = all.kinds(8);
    assert_eq!(kinds[..2], ["plan.switched", "config.reloaded"]);
    assert_eq!(kinds[7], "plan.switched");
    let (seen, mut kinds) = shop.kinds(5);
    kinds[1..3].sort();
    assert_eq!(kinds, CALL);
    let texts: String = seen.iter().map(|seen| seen.text.as_str()).collect();
    assert!(
        !texts.contains("+32") && texts.contains("\"n:"),
        "no number without scope `calls`: {texts}"
    );
    let (seen, kinds) = clinic.kinds(2);
    assert_eq!(kinds, ["plan.switched", "plan.switched"]);
    assert_eq!(
        (&seen[0].json()["on"], &seen[1].json()["on"]),
        (&true.into(), &false.into())
    );
    assert_eq!(seen[0].json()["by"], "token local");
}

#[test]
fn a_listener_whose_token_is_revoked_is_told_so_and_let_go() {
    let world = world(Numbers::default());
    let secret = token(&world, "desk", &["read"], None);
    let mut stream = Stream::open(&Client::new(&world, Some(&secret)));
    world.node().store().revoke_token("desk", 1, "test").unwrap();
    let last = stream.next();
    assert!(last.kind == "dropped" && last.text.contains("token"), "{last:?}");
    assert!(stream.until_end().is_none());
}

#[test]
fn there_is_room_for_so_many_listeners_and_a_seat_is_free_again_when_one_goes() {
    let world = world(Numbers::default());
    let secret = world.local_token();
    let client = Client::new(&world, Some(&secret));
    let mut streams: Vec<_> = (0..64).map(|_| Stream::open(&client)).collect();
    assert!(client.get("/v1/events").problem(503).contains("64 listeners"));
    drop(streams.pop());
    crate::world::await_that(|| {
        let stream = client.send("GET", "/v1/events", "");
        let mut head = String::new();
        BufReader::new(stream).read_line(&mut head).unwrap();
        head.contains(" 200 ").then_some(())
    });
}

#[test]
fn acm_12_agents_and_queues_are_told_to_their_customer() {
    let world = world(Numbers::default().with("*", answers(2)));
    let centre = token(&world, "centre", &["read"], Some("centre"));
    let mut stream = Stream::open(&Client::new(&world, Some(&centre)));
    // The owner of agents listens for two seconds before it gives anybody away.
    let first = world.place(world.spec(LINE).hang_up_after(Duration::from_secs(5)));
    let seen = stream.until("agent.state", "\"available\"");
    first.wait(PATIENCE).unwrap();
    let of = |kind: &str| -> Vec<Value> {
        let seen = seen.iter().filter(|seen| seen.kind == kind);
        seen.map(Seen::json).collect()
    };
    let states = of("agent.state");
    let words: Vec<_> = states
        .iter()
        .map(|event| event["state"].as_str().unwrap())
        .collect();
    assert!(
        words.starts_with(&["reserved"]) && words.ends_with(&["talking", "available"]),
        "{words:?}"
    );
    assert!(states.iter().all(|event| event["agent"] == "bea"));
    let (entered, left) = (of("queue.entered"), of("queue.left"));
    assert_eq!((entered.len(), left.len()), (1, 1));
    assert_eq!(
        (&entered[0]["queue"], &left[0]["queue"]),
        (&"sales".into(), &"sales".into())
    );
    assert_eq!(
        (&left[0]["how"], &left[0]["agent"]),
        (&"answered".into(), &"bea".into())
    );
    assert_eq!(entered[0]["call"], left[0]["call"]);
    let waited = left[0]["waited_ms"].as_u64().unwrap();
    assert!((1..5_000).contains(&waited), "{waited}");
    assert!(
        seen.iter()
            .all(|seen| seen.json()["customer"] == "centre" && !seen.text.contains("+32"))
    );

    // Nobody is there: the caller is told so, and then hangs up on a full stop.
    let local = Client::new(&world, Some(&world.local_token()));
    let body = "{\"state\":\"pause\",\"reason\":\"lunch\"}";
    assert_eq!(local.ask("PUT", "/v1/agents/centre/bea/state", body).status, 200);
    let paused = stream.until("agent.state", "pause").pop().unwrap().json();
    assert_eq!(paused["reason"], "lunch");
    world.call(world.spec(LINE).hang_up_after(Duration::from_millis(800)));
    let gone = stream.until("queue.left", "gone").pop().unwrap().json();
    assert_eq!(gone["agent"], Value::Null);
    let cdr = world.cdrs(2).remove(0);
    assert_eq!(
        cdr.outcome,
        Some(pointsman_call::Outcome::Abandoned),
        "{}",
        cdr.why
    );
    let account = local.get("/v1/status").json()["account"].clone();
    let count = |name: &str| account[name].as_u64().unwrap();
    assert_balanced(&account);
    assert_eq!((count("answered"), count("abandoned")), (1, 1), "{account}");
}

#[test]
fn out_15_campaigns_are_told_with_numbers_for_those_who_may_see_them() {
    let world = world(Numbers::default().with("*", answers(2)));
    let owner = token(&world, "owner", &["read", "calls"], Some("optician"));
    let reader = token(&world, "reader", &["read"], None);
    let other = token(&world, "other", &["admin"], Some("shop"));
    let mut streams =
        [&owner, &reader, &other].map(|secret| Stream::open(&Client::new(&world, Some(secret))));
    let local = Client::new(&world, Some(&world.local_token()));
    assert_eq!(
        local
            .ask("POST", "/v1/campaigns/optician/spring/start", "")
            .status,
        200
    );
    let [owner, reader, other] = &mut streams;
    let seen = owner.until("campaign.state", "done");
    let first = seen
        .iter()
        .find(|seen| seen.kind == "campaign.state")
        .unwrap()
        .json();
    assert_eq!(
        (&first["state"], &first["by"]),
        (&"running".into(), &"token local".into())
    );
    let attempt = seen
        .iter()
        .find(|seen| seen.kind == "campaign.attempt")
        .unwrap()
        .json();
    assert_eq!(
        (&attempt["campaign"], &attempt["number"], &attempt["outcome"]),
        (&"spring".into(), &CLIENT.into(), &"heard".into())
    );
    let seen = reader.until("campaign.state", "done");
    let attempt = seen.iter().find(|seen| seen.kind == "campaign.attempt").unwrap();
    assert!(
        attempt.json()["number"].as_str().unwrap().starts_with("n:"),
        "{attempt:?}"
    );
    assert!(seen.iter().all(|seen| !seen.text.contains(CLIENT)));
    // The first thing that another customer hears of is its own.
    recorded_call(&world);
    assert_eq!(other.next().json()["customer"], "shop");
}
