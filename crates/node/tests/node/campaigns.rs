//! Campaigns on a running node: the message, the key, retries, commands over HTTP.

use crate::api::client::{Client, token};
use crate::world::{World, await_that, likeness, voice};
use pointsman_legs::behaviour::{Action, Answer, Refusal, Ring, Step, Talk};
use pointsman_legs::{Behaviour, CallReport, Numbers, Speak, sound};
use pointsman_media::Prompt;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

const LISTENS: &str = "+32470000001";
const BUSY: &str = "+32470000002";
const RINGS: &str = "+32470000003";
const KEYS: &str = "+32470000004";
const AGENT: &str = "+3225550111";

/// A customer `shop` that calls `contacts`; the message is `offer.wav`.
pub(crate) fn outbound(contacts: &str, campaigns: &str) -> String {
    format!(
        r#"
version: 1
customer: shop
contract: {{ formula: outbound }}
country: "32"
zone: Europe/Brussels
announcements:
  offer: {{ file: offer.wav }}
contact_lists:
  all: {{ numbers: [{contacts}] }}
campaigns:
{campaigns}
numbers:
  "+3225550100": {{ policy: direct, trunk: bob }}
"#
    )
}

/// A spoken message as customers deliver it.
pub(crate) fn message() -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../audio/en/closed.wav")).unwrap()
}

fn talks(talk: Talk) -> Behaviour {
    Behaviour::Answer(Answer {
        after: Duration::from_millis(300),
        talk,
        ..Answer::default()
    })
}

fn people() -> Numbers {
    let keys = Talk {
        speak: Speak::samples(sound::babble(5, 14.0)),
        steps: vec![Step {
            at: Duration::from_millis(700),
            action: Action::Digits("1".to_owned()),
        }],
        ..Talk::default()
    };
    let agent = Talk {
        speak: Speak::samples(voice(2)),
        hang_up: Some(Duration::from_secs(6)),
        ..Talk::default()
    };
    Numbers::default()
        .with(LISTENS, talks(Talk::default()))
        .with(BUSY, Behaviour::Busy(Refusal::default()))
        .with(RINGS, Behaviour::Ring(Ring::default()))
        .with(KEYS, talks(keys))
        .with(AGENT, talks(agent))
}

const SPRING: &str = r#"
  spring:
    lists: [all]
    message: offer
    accepted: { by: Ann, on: "2026-11-24" }
    trunk: bob
    caller: "+3225550100"
    ring: 2s
    concurrent: 5
    gap: 1s
    busy: { times: 1, after: 1s }
    no_answer: { times: 1, after: 1s }
    keys: { "1": { agents: ["+3225550111"], trunk: bob } }
  summer: { lists: [all], message: offer, accepted: { by: Ann, on: "2026-11-24" }, trunk: bob, caller: "+3225550100" }
"#;

fn world() -> World {
    let mut world = World::prepared(people(), 100);
    let contacts = [LISTENS, BUSY, RINGS, KEYS].map(|number| format!("\"{number}\""));
    world
        .files
        .write("shop.yaml", &outbound(&contacts.join(", "), SPRING));
    world.files.write_bytes("offer.wav", &message());
    world.start();
    world
}

fn post(world: &World, path: &str) -> (u16, Value) {
    let (code, body) = world.http("POST", &format!("/v1/campaigns/shop/{path}"));
    (code, serde_json::from_str(&body).unwrap())
}

fn report(world: &World) -> Value {
    let (code, body) = world.http("GET", "/v1/campaigns/shop/spring");
    assert_eq!(code, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

/// The reports of the phone about one number.
fn of(world: &World, number: &str) -> Vec<Arc<CallReport>> {
    let mut reports = world.legs.reports();
    reports.retain(|report| report.to == number);
    reports
}

#[test]
fn out_01_02_15_16_a_campaign_reaches_everybody_it_can() {
    pointsman_conformance::shows(&[
        "OUT-01 message",
        "OUT-02 key",
        "OUT-15 retried",
        "OUT-16 retried",
        "FRM-07 outbound",
    ]);
    let world = world();
    assert_eq!(post(&world, "spring/start").0, 200);
    let done = await_that(|| Some(report(&world)).filter(|report| report["state"] == "done"));
    let states: Vec<_> = done["contacts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|contact| {
            (
                contact["state"].as_str().unwrap(),
                contact["attempts"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        states,
        [("heard", 1), ("busy", 2), ("no_answer", 2), ("agent", 1)],
        "{done}"
    );
    let said = Prompt::from_wav(&message(), "offer").unwrap();
    let listener = await_that(|| of(&world, LISTENS).pop());
    let heard = likeness(&listener.heard.samples, &said.samples_8k);
    assert!(heard > 0.95, "the message at the far end: {heard:.3}");
    let (person, agent) = (
        await_that(|| of(&world, KEYS).pop()),
        await_that(|| of(&world, AGENT).pop()),
    );
    let back = likeness(&person.heard.samples, &voice(2));
    // The person has been speaking since the answer, the agent comes a second or two later.
    let forth = likeness(
        &agent.heard.samples,
        &sound::babble(5, 14.0)[3 * 8_000..6 * 8_000],
    );
    assert!(
        forth > 0.9 && back > 0.9,
        "to the agent {forth:.3}, back {back:.3}"
    );
    let cdrs = world.cdrs(6);
    assert_eq!(cdrs.len(), 6);
    for cdr in &cdrs {
        let campaign = cdr.campaign.as_ref().unwrap();
        assert_eq!((campaign.name.as_str(), &*cdr.policy), ("spring", "campaign"));
    }
    let audit = world.node().store().campaigns().unwrap();
    assert!(audit.attempts.iter().all(|attempt| attempt.ended.is_some()));
    world.await_idle();
}

#[test]
fn out_14_commands_over_http_and_a_second_campaign_is_refused() {
    pointsman_conformance::shows(&["OUT-14 race"]);
    let world = world();
    assert_eq!(post(&world, "spring/start").1["state"], "running");
    let (code, refused) = post(&world, "summer/start");
    assert!(
        code == 409 && refused["detail"].as_str().unwrap().contains("limit 1, §3.1.3"),
        "{refused}"
    );
    assert_eq!(post(&world, "spring/pause").1["state"], "paused");
    assert_eq!(post(&world, "spring/pause").0, 409);
    assert_eq!(post(&world, "spring/resume").1["state"], "running");
    assert_eq!(post(&world, "spring/stop").1["state"], "stopped");
    assert_eq!(post(&world, "summer/start").0, 200);
    assert_eq!(post(&world, "summer/stop").0, 200);
    assert_eq!(post(&world, "autumn/start").0, 409);
    assert_eq!(post(&world, "spring/dial").0, 404);
    assert_eq!(world.http("GET", "/v1/campaigns/shop/autumn").0, 404);
    let (_, listed) = world.http("GET", "/v1/campaigns");
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed["campaigns"].as_array().unwrap().len(), 2);
    let foreign = token(&world, "foreign", &["admin"], Some("clinic"));
    let foreign = Client::new(&world, Some(&foreign));
    let seen = foreign.get("/v1/campaigns").json();
    assert_eq!(
        seen["campaigns"],
        Value::Array(Vec::new()),
        "another customer's are not shown"
    );
    foreign
        .ask("POST", "/v1/campaigns/shop/spring/start", "")
        .problem(404);
}
