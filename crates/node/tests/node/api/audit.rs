//! Who changed what.

use super::client::{Client, token, world};
use pointsman_legs::Numbers;

#[test]
fn every_change_over_http_is_in_the_log_with_who_and_what_came_of_it() {
    let world = world(Numbers::default());
    let local = Client::new(&world, Some(&world.local_token()));
    let desk = token(&world, "desk", &["drs"], Some("clinic"));
    let desk = Client::new(&world, Some(&desk));
    assert_eq!(
        desk.ask("PUT", "/v1/drs/clinic/fire", "{\"on\":true}").status,
        200
    );
    desk.ask("PUT", "/v1/drs/clinic/flood", "{\"on\":true}")
        .problem(409);
    assert_eq!(local.ask("POST", "/v1/reload", "").status, 200);
    world.files.write("shop.yaml", "broken: true");
    assert!(
        local
            .ask("POST", "/v1/reload", "")
            .problem(422)
            .contains("mistakes")
    );
    assert_eq!(Client::new(&world, None).ask("POST", "/reload", "").status, 422);
    world.node().store().revoke_token("desk", 1, "test").unwrap();

    let rows = local.get("/v1/audit").json();
    let told: Vec<_> = rows["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let part = |name: &str| row[name].as_str().unwrap();
            let result = part("result").split(':').next().unwrap();
            format!("{} {} {} {result}", part("who"), part("what"), part("object"))
        })
        .collect();
    assert_eq!(
        told,
        [
            "test token.revoke desk done",
            "local config.reload  refused",
            "token local config.reload  refused",
            "token local config.reload  done",
            "token desk drs.switch flood refused",
            "token desk drs.switch fire done",
            "test token.create desk done",
        ]
    );
    let switched = &rows["rows"][5];
    assert_eq!(
        (&switched["before"]["on"], &switched["after"]["on"]),
        (&false.into(), &true.into())
    );
    let verdict = world
        .node()
        .store()
        .verify_audit(rows["rows"][2]["hash"].as_str())
        .unwrap();
    assert_eq!(
        (verdict.good, verdict.broken, verdict.holds_expected),
        (7, None, true)
    );
    assert_eq!(rows["rows"][0]["hash"], verdict.head);
    let page = local.get("/v1/audit?limit=2&customer=clinic").json();
    assert_eq!(page["rows"].as_array().unwrap().len(), 2);
    let rest = local
        .get(&format!("/v1/audit?customer=clinic&cursor={}", page["next"]))
        .json();
    assert_eq!(rest["rows"].as_array().unwrap().len(), 2);
    assert!(rest["next"].is_null());
}
