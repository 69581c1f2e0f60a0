//! Who is let in.

use super::client::{Client, token, world};
use super::document::operations;
use crate::world::{World, await_that};
use pointsman_legs::Numbers;
use pointsman_node::{hash_secret, new_secret};
use pointsman_store::ApiToken;

const SCOPES: [&str; 7] = [
    "read",
    "calls",
    "drs",
    "campaigns",
    "agents",
    "recordings",
    "admin",
];

fn scope_of(description: &str) -> &str {
    description.split('`').nth(1).unwrap()
}

#[test]
fn prt_02_every_operation_wants_a_token_and_the_scope_that_the_document_names() {
    let world = world(Numbers::default());
    let tokens = SCOPES.map(|scope| (scope, token(&world, scope, &[scope], None)));
    let bound = token(&world, "bound", &["admin"], Some("shop"));
    let refused = || {
        let metrics = world.node().metrics_text();
        let line = metrics
            .lines()
            .find_map(|line| line.strip_prefix("pointsman_api_refused_total{status=\"401\"} "));
        line.map_or(0, |count| count.parse::<usize>().unwrap())
    };
    let before = refused();
    let operations = operations();
    assert!(operations.len() > 15);
    // From an address of its own each, so that none is limited.
    for (place, operation) in (1..).zip(&operations) {
        let ask = |token: Option<&str>| {
            let client = Client::new(&world, token).at(place);
            let mut stream = client.send(operation.method, &operation.path("none"), "{}");
            let mut status = [0; 12];
            std::io::Read::read_exact(&mut stream, &mut status).unwrap();
            String::from_utf8_lossy(&status[9..]).parse::<u16>().unwrap()
        };
        let name = &operation.name;
        assert_eq!(ask(None), 401, "{name}");
        assert_eq!(ask(Some("pm_0000")), 401, "{name}");
        let needed = scope_of(&operation.description);
        for (scope, token) in &tokens {
            let may = *scope == needed || *scope == "admin";
            assert_eq!(ask(Some(token)) != 403, may, "{name} with {scope}");
        }
        let for_customers = !operation.description.contains("not for tokens");
        assert_eq!(ask(Some(&bound)) != 403, for_customers, "{name}");
    }
    assert_eq!(refused() - before, 2 * operations.len());
}

#[test]
fn a_refusal_says_what_is_missing() {
    let world = world(Numbers::default());
    let reader = token(&world, "reader", &["read"], None);
    let bound = token(&world, "bound", &["read"], Some("shop"));
    let none = Client::new(&world, None).get("/v1/status");
    assert!(none.problem(401).contains("api-token create"));
    assert_eq!(
        none.header("www-authenticate"),
        Some("Bearer realm=\"pointsman\"")
    );
    let wrong = Client::new(&world, Some("pm_wrong")).get("/v1/status");
    assert!(wrong.problem(401).contains("unknown, expired or revoked"));
    let challenge = "Bearer realm=\"pointsman\", error=\"invalid_token\"";
    assert_eq!(wrong.header("www-authenticate"), Some(challenge));
    let narrow = Client::new(&world, Some(&reader)).get("/v1/calls");
    assert!(narrow.problem(403).contains("`calls`"));
    let foreign = Client::new(&world, Some(&bound)).get("/v1/status");
    assert!(foreign.problem(403).contains("bound to one customer"));
}

#[test]
fn a_token_opens_nothing_once_it_has_expired_or_is_revoked() {
    let world = world(Numbers::default());
    let store = world.node().store();
    let secret = new_secret().unwrap();
    let now_ms = world.options.clock.unix_ms();
    let token_until = ApiToken {
        name: "desk".into(),
        hash: hash_secret(&secret),
        scopes: vec!["read".into()],
        customer: None,
        created_ms: now_ms,
        expires_ms: Some(now_ms + 3_600_000),
        revoked_ms: None,
    };
    store.add_token(&token_until, "test").unwrap();
    let client = Client::new(&world, Some(&secret));
    let becomes = |status| {
        await_that(|| (client.get("/v1/formulas").status == status).then_some(()));
    };
    becomes(200);
    world.options.clock.set(now_ms + 3_600_001);
    assert_eq!(client.get("/v1/formulas").status, 401);
    world.options.clock.set(now_ms);
    becomes(200);
    assert!(store.revoke_token("desk", now_ms, "test").unwrap());
    becomes(401);
}

#[test]
fn failures_are_limited_by_source_and_a_good_token_passes_all_the_same() {
    let world = world(Numbers::default());
    let wrong = Client::new(&world, Some("pm_wrong")).at(7);
    let statuses: Vec<_> = (0..25).map(|_| wrong.get("/v1/status").status).collect();
    assert_eq!(statuses[..20], [401; 20]);
    assert_eq!(statuses[20..], [429; 5]);
    let refused = wrong.get("/v1/status");
    assert!(refused.problem(429).contains("too many"));
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() <= 60);
    let local = world.local_token();
    assert_eq!(
        Client::new(&world, Some(&local)).at(7).get("/v1/status").status,
        200
    );
    assert_eq!(
        Client::new(&world, Some("pm_wrong"))
            .at(8)
            .get("/v1/status")
            .status,
        401
    );
}

#[test]
fn commands_on_this_machine_need_none_for_the_short_paths_and_what_comes_by_a_proxy_does() {
    let world = World::new(Numbers::default());
    let here = Client::new(&world, None);
    for path in ["/status", "/calls", "/health", "/metrics"] {
        assert_eq!(here.get(path).status, 200, "{path}");
    }
    assert_eq!(here.ask("POST", "/reload", "").status, 200);
    let proxy = || Client::new(&world, None).header("X-Forwarded-For: 192.0.2.1");
    for path in ["/status", "/calls", "/calls/none", "/calls/none/trace"] {
        proxy().get(path).problem(401);
    }
    proxy().ask("POST", "/reload", "").problem(401);
    assert_eq!(proxy().get("/health").status, 200);
    let token = world.local_token();
    let with_token = Client::new(&world, Some(&token)).header("X-Forwarded-For: 192.0.2.1");
    assert_eq!(with_token.get("/status").status, 200);
}

#[test]
fn the_machines_token_is_new_at_each_start_and_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let mut world = World::new(Numbers::default());
    let first = world.local_token();
    let path = pointsman_node::local_token(&world.folder.path().join("data"));
    let mode = std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    world.take_node().stop();
    world.start();
    let second = world.local_token();
    assert_ne!(first, second);
    assert_eq!(Client::new(&world, Some(&first)).get("/v1/status").status, 401);
    assert_eq!(Client::new(&world, Some(&second)).get("/v1/status").status, 200);
}
