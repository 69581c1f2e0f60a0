//! What a token that is bound to a customer sees of another one: nothing.

use super::client::{BAKERY, CLIENT, Client, past_call, token, world};
use super::document::operations;
use crate::world::RECORDED;
use pointsman_legs::Numbers;

/// Words that only the other customers' answers hold.
const FOREIGN: [&str; 11] = [
    "bakery",
    "clinic",
    BAKERY,
    "past-2",
    "+3225000100",
    "fire",
    "optician",
    CLIENT,
    "centre",
    "bea",
    "sales",
];

/// For every operation: a request for what belongs to others.
#[test]
fn no_operation_shows_or_changes_what_is_another_customers() {
    let world = world(Numbers::default());
    past_call(&world, "shop", RECORDED, 1);
    let foreign = past_call(&world, "bakery", BAKERY, 2);
    let all = world.local_token();
    let bound = token(&world, "shop", &["admin"], Some("shop"));
    let (all, bound) = (Client::new(&world, Some(&all)), Client::new(&world, Some(&bound)));
    assert_eq!(all.ask("PUT", "/v1/drs/clinic/fire", "{\"on\":true}").status, 200);
    all.ask("PUT", "/v1/drs/bakery/none", "{\"on\":true}")
        .problem(409);

    for operation in operations() {
        let explain = format!("{{\"to\":\"{BAKERY}\"}}");
        // The path, the body, and what the bound token gets; `None`: a list without the others.
        let (path, body, refused) = match operation.name.as_str() {
            "getStatus" => ("/v1/status".to_owned(), "", Some(403)),
            "reload" => ("/v1/reload".to_owned(), "", Some(403)),
            "getCall" | "getTrace" => (operation.path("past-2"), "", Some(404)),
            "getRecording" | "getAudio" => (operation.path(&foreign), "", Some(404)),
            "getEntitlements" | "getStorage" => (operation.path("bakery"), "", Some(404)),
            "explain" => (operation.path(""), explain.as_str(), Some(404)),
            "getCampaign" => ("/v1/campaigns/optician/spring".to_owned(), "", Some(404)),
            "commandCampaign" => ("/v1/campaigns/optician/spring/start".to_owned(), "", Some(404)),
            "getAgent" => ("/v1/agents/centre/bea".to_owned(), "", Some(404)),
            "getQueue" => ("/v1/queues/centre/sales".to_owned(), "", Some(404)),
            "setAgentState" => {
                let path = "/v1/agents/centre/bea/state".to_owned();
                (path, "{\"state\":\"offline\"}", Some(404))
            }
            "switchPlan" => ("/v1/drs/clinic/fire".to_owned(), "{\"on\":false}", Some(404)),
            "listAgents" | "listAudit" | "listCalls" | "listCampaigns" | "listCustomers" | "listPlans"
            | "listQueues" | "listRecordings" => (operation.path(""), "", None),
            // The same for everybody.
            "listFormulas" | "getDocument" => continue,
            // Has its own tests.
            "listen" => continue,
            other => panic!("{other} is new: say here what it must not show"),
        };
        let name = &operation.name;
        let answer = bound.ask(operation.method, &path, body);
        match refused {
            Some(status) => drop(answer.problem(status)),
            None => {
                let text = answer.text();
                assert_eq!(answer.status, 200, "{name}: {text}");
                for word in FOREIGN {
                    assert!(!text.contains(word), "{name} shows {word}: {text}");
                }
                let seen = all.ask(operation.method, &path, body).text();
                assert!(
                    FOREIGN.iter().any(|word| seen.contains(word)),
                    "{name} shows nothing: {seen}"
                );
            }
        }
    }
    let campaign = all.get("/v1/campaigns/optician/spring").json();
    assert_eq!(campaign["state"], "programmed", "nobody started it");
    assert_eq!(
        campaign["contacts"][0]["number"], CLIENT,
        "it is there to be seen"
    );
    let agent = all.get("/v1/agents/centre/bea").json();
    assert_eq!(agent["state"], "available", "nobody logged it out");
    let plans = all.get("/v1/drs").json();
    assert_eq!(plans["plans"][0]["on"], true, "nobody switched it off");
}

#[test]
fn a_bound_token_sees_its_own_and_may_not_ask_for_others_by_name() {
    let world = world(Numbers::default());
    let own = past_call(&world, "shop", RECORDED, 1);
    past_call(&world, "bakery", BAKERY, 2);
    let bound = token(&world, "shop", &["admin"], Some("shop"));
    let bound = Client::new(&world, Some(&bound));
    for path in [
        "/v1/calls/past-1".to_owned(),
        format!("/v1/recordings/{own}"),
        format!("/v1/recordings/{own}/audio"),
        "/v1/customers/shop/entitlements".to_owned(),
        "/v1/customers/shop/storage".to_owned(),
    ] {
        assert_eq!(bound.get(&path).status, 200, "{path}");
    }
    assert_eq!(
        bound.get("/v1/calls").json()["calls"].as_array().unwrap().len(),
        1
    );
    assert_eq!(
        bound.get("/v1/recordings?customer=shop").json()["recordings"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    for list in ["calls", "recordings", "audit"] {
        let refused = bound.get(&format!("/v1/{list}?customer=bakery"));
        assert!(refused.problem(403).contains("bound to customer shop"));
    }
}

/// What a customer does itself in a disaster: its own plan, with its own token and no more scope than that.
#[test]
fn drs_15_a_customer_switches_its_own_plan_and_no_other() {
    pointsman_conformance::shows(&["DRS-15 api"]);
    let world = world(Numbers::default());
    let own = token(&world, "clinic", &["drs"], Some("clinic"));
    let own = Client::new(&world, Some(&own));
    let on = own.ask("PUT", "/v1/drs/clinic/fire", "{\"on\":true}");
    assert_eq!((on.status, on.json()["on"].as_bool()), (200, Some(true)));
    own.ask("PUT", "/v1/drs/bakery/fire", "{\"on\":true}")
        .problem(404);
    let local = world.local_token();
    let plans = Client::new(&world, Some(&local)).get("/v1/drs").json();
    assert_eq!(plans["plans"][0]["on"], true);
    assert_eq!(plans["changes"][0]["by"], "token clinic", "{plans}");
    let off = own.ask("PUT", "/v1/drs/clinic/fire", "{\"on\":false}");
    assert_eq!((off.status, off.json()["on"].as_bool()), (200, Some(false)));
}
