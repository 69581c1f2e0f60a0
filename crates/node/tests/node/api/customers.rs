//! What customers bought, over HTTP.

use super::client::{Client, world};
use crate::world::NODE;
use pointsman_contract::{Availability, Element, Formula};
use pointsman_legs::Numbers;
use serde_json::Value;

fn word(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

/// A customer of each formula that ordered nothing, and one of each that ordered all it can.
fn eight_customers(world: &crate::world::World) -> Vec<(String, Formula, bool)> {
    let mut customers = Vec::new();
    for formula in Formula::ALL {
        for orders in [false, true] {
            let name = format!("{}{}", formula.as_str(), if orders { "-all" } else { "" }).replace('_', "-");
            let options: Vec<_> = Element::ALL
                .into_iter()
                .filter(|element| orders && element.availability(formula) == Availability::Option)
                .map(Element::as_str)
                .collect();
            let options = match options.len() {
                0 => String::new(),
                _ => format!(", options: [{}]", options.join(", ")),
            };
            let text = format!(
                "version: 1\ncustomer: {name}\ncontract: {{ formula: {}{options} }}\n\
                 country: \"32\"\nzone: Europe/Brussels\n",
                formula.as_str()
            );
            world.files.write(&format!("{name}.yaml"), &text);
            customers.push((name, formula, orders));
        }
    }
    let files: Vec<_> = customers
        .iter()
        .map(|(name, ..)| format!("{name}.yaml"))
        .collect();
    let files = format!("customers: [{}]", files.join(", "));
    world
        .files
        .write("node.yaml", &NODE.replace("customers: [shop.yaml]", &files));
    let report = world.node().reload();
    assert!(report.ok, "{:?}", report.mistakes);
    customers
}

#[test]
fn frm_02_all_64_cells_can_be_read_over_http() {
    pointsman_conformance::shows(&["FRM-02 cells"]);
    let world = world(Numbers::default());
    let token = world.local_token();
    let client = Client::new(&world, Some(&token));
    let (mut cells, mut on, mut options) = (0, 0, 0);
    for (name, formula, orders) in eight_customers(&world) {
        let answer = client.get(&format!("/v1/customers/{name}/entitlements")).json();
        assert_eq!(answer["formula"], formula.as_str());
        let rows = answer["elements"].as_array().unwrap();
        assert_eq!(rows.len(), 16);
        for (element, row) in Element::ALL.into_iter().zip(rows) {
            let availability = element.availability(formula);
            assert_eq!(row["element"], element.as_str());
            assert_eq!(row["availability"], word(&availability), "{name} {element}");
            assert_eq!(row["paragraph"], element.paragraph());
            let expected = match availability {
                Availability::Included => true,
                Availability::Option => orders,
                Availability::Unavailable => false,
            };
            assert_eq!(row["on"], expected, "{name} {element}");
            cells += usize::from(!orders);
            on += usize::from(!orders && expected);
            options += usize::from(orders && availability == Availability::Option);
        }
    }
    // The matrix of §2 as printed: 37 included, 10 to be ordered, 17 never.
    assert_eq!((cells, on, options), (64, 37, 10));
}

#[test]
fn frm_01_the_matrix_has_four_formulas_and_titles_in_four_languages() {
    let world = world(Numbers::default());
    let token = world.local_token();
    let matrix = Client::new(&world, Some(&token)).get("/v1/formulas").json();
    let formulas: Vec<_> = matrix["formulas"]
        .as_array()
        .unwrap()
        .iter()
        .map(|formula| formula["title"].as_str().unwrap())
        .collect();
    assert_eq!(formulas, ["Classic", "DRS", "Voice Continuity", "Outbound"]);
    let rows = matrix["elements"].as_array().unwrap();
    assert_eq!(rows.len(), 16);
    let recording = rows.iter().find(|row| row["element"] == "recording").unwrap();
    assert_eq!(recording["title"]["nl"], "Gespreksopname");
    assert_eq!(recording["paragraph"], "3.2");
    assert_eq!(recording["availability"]["classic"], "option");
    assert_eq!(recording["availability"]["outbound"], "unavailable");
    for row in rows {
        assert_eq!(row["availability"].as_object().unwrap().len(), 4);
        assert!(
            row["title"]
                .as_object()
                .unwrap()
                .values()
                .all(|title| title != "")
        );
    }
}

#[test]
fn the_explanation_is_that_of_the_command() {
    let world = world(Numbers::default());
    let token = world.local_token();
    let body = r#"{"from":"0475 11 22 33","to":"+3232000100","at":"2026-11-24 10:05","lines":["bob=busy"]}"#;
    let answer = Client::new(&world, Some(&token)).ask("POST", "/v1/explain", body);
    let explained = answer.json();
    assert_eq!(answer.status, 200, "{explained}");
    assert_eq!(explained["from"], "+32475112233");
    assert_eq!(explained["at"], "2026-11-24 10:05 Europe/Brussels");
    let nodes: Vec<_> = explained["path"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["node"].as_str().unwrap())
        .collect();
    assert!(nodes.contains(&"busy"), "{explained}");
    assert_eq!(explained["outcome"]["rejected"], 486);
}
