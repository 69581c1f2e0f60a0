//! What a contract includes can be used in a call, and what it does not include cannot be configured (FRM-02).

use crate::agents::music;
use crate::calls::answers;
use crate::campaigns::message;
use crate::world::{NODE, World, assert_talked, voice};
use pointsman_call::{Cdr, Outcome};
use pointsman_contract::{Availability, Contract, Element, Formula};
use pointsman_legs::Numbers;
use serde_json::Value;

const NUMBER: &str = "+3225000300";
const CONTACT: &str = "+32470000301";

/// What a customer's file says to use an element, behind its contract; nothing if no call can tell.
fn uses(element: Element) -> Option<String> {
    let direct = "policy: direct, trunk: bob";
    let text = match element {
        Element::Trm => format!(
            r#"
trees:
  desk:
    start: bob
    nodes:
      bob: {{ dial: {{ trunk: bob, ring: 20s, on: {{ otherwise: busy }} }} }}
      busy: {{ reject: {{ status: 486, cause: 17, reason: "Busy" }} }}
numbers:
  "{NUMBER}": {{ policy: trm, tree: desk }}
"#
        ),
        Element::Acm => format!(
            r#"
announcements:
  music: {{ file: music.wav }}
skill_groups:
  sales: {{ ring: 10s }}
agents:
  bea: {{ number: "201", trunk: bob, groups: {{ sales: 1 }}, start: available }}
trees:
  line:
    start: wait
    nodes:
      wait: {{ queue: {{ group: sales, music: music, max_wait: 1m, on: {{ otherwise: late }} }} }}
      late: {{ reject: {{ status: 480, cause: 19 }} }}
numbers:
  "{NUMBER}": {{ policy: trm, tree: line }}
"#
        ),
        Element::Recording => format!("numbers:\n  \"{NUMBER}\": {{ {direct}, record: true }}\n"),
        Element::OutboundCampaigns => format!(
            r#"
announcements:
  offer: {{ file: offer.wav }}
contact_lists:
  all: {{ numbers: ["{CONTACT}"] }}
campaigns:
  spring: {{ lists: [all], message: offer, accepted: {{ by: Ann, on: "2026-11-24" }}, trunk: bob, caller: "{NUMBER}" }}
numbers:
  "{NUMBER}": {{ {direct} }}
"#
        ),
        _ => return None,
    };
    Some(text)
}

/// A contract of a formula with the element ordered, if it can be, and without.
fn contracts(formula: Formula, element: Element) -> Vec<(Contract, String)> {
    let plain = format!("contract: {{ formula: {} }}", formula.as_str());
    let mut all = vec![(Contract::new(formula), plain)];
    if element.availability(formula) == Availability::Option {
        let line = format!(
            "contract: {{ formula: {}, options: [{}] }}",
            formula.as_str(),
            element.as_str()
        );
        all.push((Contract::new(formula).order(element).unwrap(), line));
    }
    all
}

/// Uses the element in a call and gives its record; `before` calls have one already.
fn used(world: &World, element: Element, before: usize) -> Cdr {
    if element == Element::OutboundCampaigns {
        let (code, body) = world.http("POST", "/v1/campaigns/cell/spring/start");
        assert_eq!(code, 200, "{body}");
    } else {
        let caller = world.call(world.spec(NUMBER));
        assert_talked(&caller, &world.bobs(), &voice(2));
    }
    world.cdrs(before + 1).remove(0)
}

fn assert_used(element: Element, cdr: &Cdr) {
    assert_eq!(&*cdr.customer, "cell");
    match element {
        Element::Trm => assert_eq!(
            (&*cdr.policy, cdr.outcome),
            ("trm", Some(Outcome::Answered)),
            "{cdr:?}"
        ),
        Element::Acm => assert!(
            cdr.attempts
                .iter()
                .any(|attempt| attempt.agent.as_deref() == Some("bea")),
            "{cdr:?}"
        ),
        Element::Recording => assert_eq!(cdr.recordings.len(), 1, "{cdr:?}"),
        Element::OutboundCampaigns => {
            let campaign = cdr.campaign.as_ref().expect("a call of the campaign");
            assert_eq!((&*campaign.name, &*cdr.to), ("spring", CONTACT));
            assert_eq!(cdr.outcome, Some(Outcome::Announced), "{cdr:?}");
        }
        other => panic!("{other} has no effect on a call"),
    }
}

#[test]
fn frm_02_every_cell_with_an_effect_on_calls_decides_what_calls_can_do() {
    pointsman_conformance::shows(&["FRM-02 calls refused"]);
    let mut world = World::prepared(Numbers::default().with("*", answers(2)), 100);
    let node = NODE.replace("customers: [shop.yaml]", "customers: [cell.yaml]");
    world.files.write("node.yaml", &node);
    world.files.write_bytes("music.wav", &music());
    world.files.write_bytes("offer.wav", &message());
    let head = "version: 1\ncustomer: cell\ncountry: \"32\"\nzone: Europe/Brussels\n";
    let empty = format!("{head}contract: {{ formula: classic }}\nnumbers: {{}}\n");
    world.files.write("cell.yaml", &empty);
    world.start();

    let (mut calls, mut refusals) = (0, 0);
    for formula in Formula::ALL {
        for element in Element::ALL {
            let Some(part) = uses(element) else { continue };
            for (contract, line) in contracts(formula, element) {
                world.files.write("cell.yaml", &format!("{head}{line}\n{part}"));
                let (code, body) = world.http("POST", "/reload");
                match contract.require(element) {
                    Ok(()) => {
                        assert_eq!(code, 200, "{line} {element}: {body}");
                        assert_used(element, &used(&world, element, calls));
                        calls += 1;
                    }
                    Err(refusal) => {
                        assert_eq!(code, 422, "{line} {element}: {body}");
                        let problem: Value = serde_json::from_str(&body).unwrap();
                        let mistakes = problem["mistakes"].to_string();
                        assert!(mistakes.contains(&refusal.to_string()), "{refusal}: {mistakes}");
                        refusals += 1;
                    }
                }
                world.files.write("cell.yaml", &empty);
                assert_eq!(world.http("POST", "/reload").0, 200, "nothing of it is left");
            }
        }
    }
    // Trees with three formulas, agents ordered with three, recording ordered with one, campaigns with one.
    assert_eq!(calls, 8);
    // Trees: Outbound. Agents: three unordered, and Outbound. Recording: unordered, and three formulas. Campaigns: three.
    assert_eq!(refusals, 12);
}
