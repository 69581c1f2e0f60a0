//! The OpenAPI document against the node that it describes.

use super::client::{Client, past_call, world};
use super::schema::Schemas;
use crate::calls::answers;
use crate::world::RECORDED;
use pointsman_legs::Numbers;
use serde_json::Value;
use std::time::Duration;

/// An operation of the document.
pub(crate) struct Operation {
    pub(crate) method: &'static str,
    template: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) described: Value,
}

impl Operation {
    /// Its path with every variable part replaced.
    pub(crate) fn path(&self, value: &str) -> String {
        let part = |part: &str| match part.starts_with('{') {
            true => value.to_owned(),
            false => part.to_owned(),
        };
        self.template.split('/').map(part).collect::<Vec<_>>().join("/")
    }
}

pub(crate) fn operations() -> Vec<Operation> {
    let document = pointsman_node::openapi();
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, described) in methods.as_object().unwrap() {
            found.push(Operation {
                method: ["GET", "PUT", "POST"]
                    .into_iter()
                    .find(|known| known.eq_ignore_ascii_case(method))
                    .unwrap(),
                template: path.clone(),
                name: described["operationId"].as_str().unwrap().to_owned(),
                description: described["description"].as_str().unwrap().to_owned(),
                described: described.clone(),
            });
        }
    }
    found
}

#[test]
fn the_document_lists_the_routes_and_the_node_serves_them_and_no_other_method() {
    let world = world(Numbers::default());
    let token = world.local_token();
    let client = Client::new(&world, Some(&token));
    let operations = operations();
    let mut listed: Vec<_> = operations
        .iter()
        .map(|operation| format!("{} {}", operation.method, operation.template))
        .collect();
    listed.sort();
    assert_eq!(
        listed,
        [
            "GET /v1/agents",
            "GET /v1/agents/{customer}/{agent}",
            "GET /v1/audit",
            "GET /v1/calls",
            "GET /v1/calls/{call}",
            "GET /v1/calls/{call}/trace",
            "GET /v1/campaigns",
            "GET /v1/campaigns/{customer}/{campaign}",
            "GET /v1/customers",
            "GET /v1/customers/{customer}/entitlements",
            "GET /v1/customers/{customer}/storage",
            "GET /v1/drs",
            "GET /v1/events",
            "GET /v1/formulas",
            "GET /v1/openapi.json",
            "GET /v1/queues",
            "GET /v1/queues/{customer}/{queue}",
            "GET /v1/recordings",
            "GET /v1/recordings/{recording}",
            "GET /v1/recordings/{recording}/audio",
            "GET /v1/status",
            "POST /v1/campaigns/{customer}/{campaign}/{command}",
            "POST /v1/explain",
            "POST /v1/reload",
            "PUT /v1/agents/{customer}/{agent}/state",
            "PUT /v1/drs/{customer}/{plan}",
        ]
    );
    for operation in &operations {
        let path = operation.path("none");
        for method in ["GET", "PUT", "POST", "DELETE", "PATCH"] {
            let is_served = operations
                .iter()
                .any(|other| other.method == method && other.path("none") == path);
            if operation.name == "listen" && is_served {
                continue;
            }
            let answer = client.ask(method, &path, "");
            assert_eq!(answer.status != 405, is_served, "{method} {path}");
            if answer.status == 404 {
                assert!(!answer.problem(404).contains("nothing at this path"), "{path}");
            }
        }
    }
    let served = client.get("/v1/openapi.json").json();
    assert_eq!(served, pointsman_node::openapi());
    assert_eq!(served["openapi"], "3.1.0");
}

#[test]
fn every_reference_leads_somewhere_and_operations_have_names_of_their_own() {
    let document = pointsman_node::openapi();
    let mut references = 0;
    let mut todo = vec![&document];
    while let Some(value) = todo.pop() {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    references += 1;
                    let place = reference.strip_prefix('#').unwrap();
                    assert!(document.pointer(place).is_some(), "{reference}");
                }
                todo.extend(members.values());
            }
            Value::Array(items) => todo.extend(items),
            _ => {}
        }
    }
    assert!(references > 100, "{references}");
    let mut names: Vec<_> = operations().into_iter().map(|operation| operation.name).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn real_answers_are_as_the_document_says() {
    let world = world(Numbers::default().with(RECORDED, answers(2)));
    world.call(world.spec(RECORDED).hang_up_after(Duration::from_millis(1500)));
    let call = world.cdr().id.to_string();
    let recording = past_call(&world, "shop", RECORDED, 1);
    let token = world.local_token();
    let client = Client::new(&world, Some(&token));
    assert_eq!(
        client.ask("PUT", "/v1/drs/clinic/fire", "{\"on\":true}").status,
        200
    );

    let schemas = Schemas::new(pointsman_node::openapi());
    let mut checked = 0;
    for operation in operations() {
        let (value, body) = match operation.name.as_str() {
            // Its customers have no campaign.
            "listen" | "getAudio" | "getCampaign" | "commandCampaign" => continue,
            "getCall" | "getTrace" => (call.as_str(), String::new()),
            "getRecording" => (recording.as_str(), String::new()),
            "explain" => (
                "",
                format!("{{\"to\":\"{RECORDED}\",\"lines\":[\"bob=busy\"],\"at\":\"2026-11-24 10:05\"}}"),
            ),
            "switchPlan" => ("clinic/fire", "{\"on\":false}".to_owned()),
            "setAgentState" => ("", "{\"state\":\"pause\",\"reason\":\"lunch\"}".to_owned()),
            _ => ("shop", String::new()),
        };
        let mut path = operation.path(value);
        match operation.name.as_str() {
            "switchPlan" => path = "/v1/drs/clinic/fire".to_owned(),
            "getAgent" => path = "/v1/agents/centre/bea".to_owned(),
            "setAgentState" => path = "/v1/agents/centre/bea/state".to_owned(),
            "getQueue" => path = "/v1/queues/centre/sales".to_owned(),
            _ => {}
        }
        let answer = client.ask(operation.method, &path, &body);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let content = &operation.described["responses"]["200"]["content"]["application/json"];
        let complaints = schemas.complaints(&content["schema"], &answer.json());
        assert_eq!(complaints, [""; 0], "{path}: {}", answer.text());
        checked += 1;
    }
    assert_eq!(checked, 22);

    let problem = client.get("/v1/calls?limit=many");
    problem.problem(400);
    let described = serde_json::json!({ "$ref": "#/components/schemas/Problem" });
    assert_eq!(schemas.complaints(&described, &problem.json()), [""; 0]);
}

#[test]
fn what_cannot_be_read_is_a_problem_whatever_is_wrong_with_it() {
    let world = world(Numbers::default());
    let token = world.local_token();
    let client = || Client::new(&world, Some(&token));
    let long = format!("{{\"to\":\"{}\"}}", "1".repeat(70_000));
    for (method, path, body, status) in [
        ("GET", "/v1/calls?limit=many", "", 400),
        ("GET", "/v1/calls?colour=red", "", 400),
        ("GET", "/v1/calls?cursor=none", "", 400),
        ("GET", "/v1/calls?outcome=great", "", 400),
        ("GET", "/v1/recordings?since_ms=yesterday", "", 400),
        ("GET", "/v1/audit?cursor=x", "", 400),
        ("GET", "/v1/calls/%ff", "", 400),
        ("GET", "/v1/nothing", "", 404),
        ("GET", "/v1/calls/none", "", 404),
        ("GET", "/v1/calls/none/trace", "", 404),
        ("GET", "/v1/recordings/none", "", 404),
        ("GET", "/v1/recordings/none/audio", "", 404),
        ("GET", "/v1/customers/none/entitlements", "", 404),
        ("GET", "/v1/customers/none/storage", "", 404),
        ("DELETE", "/v1/calls", "", 405),
        ("POST", "/v1/explain", "", 400),
        ("POST", "/v1/explain", "{\"to\":1}", 400),
        ("POST", "/v1/explain", "{\"to\":\"1\",\"colour\":\"red\"}", 400),
        (
            "POST",
            "/v1/explain",
            "{\"to\":\"+3232000100\",\"at\":\"tea time\"}",
            400,
        ),
        (
            "POST",
            "/v1/explain",
            "{\"to\":\"+3232000100\",\"trunk\":\"none\"}",
            400,
        ),
        (
            "POST",
            "/v1/explain",
            "{\"to\":\"+3232000100\",\"lines\":[\"x\"]}",
            400,
        ),
        ("POST", "/v1/explain", &long, 413),
        ("PUT", "/v1/drs/clinic/none", "{\"on\":true}", 409),
    ] {
        let detail = client().ask(method, path, body).problem(status);
        assert!(detail.len() > 10, "{method} {path}: {detail}");
    }
    let last = client().header("Last-Event-ID: x").get("/v1/events");
    assert!(last.problem(400).contains("Last-Event-ID"));
}
