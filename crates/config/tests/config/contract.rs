//! The contract of a customer: its own mistakes, and what it does not include.

use pointsman_contract::{Availability, Contract, Element, Formula};

use crate::world::{BAKERY, check, edited, files, load_files, slip};

const FILE: &str = "customers/bakery.yaml";
const CONTRACT: &str = "contract: { formula: classic, options: [recording] }";

#[test]
#[rustfmt::skip]
fn frm_01_a_contract_has_exactly_one_of_four_formulas() {
    pointsman_conformance::shows(&["FRM-01 four one", "FRM-03 contract"]);
    check(FILE, BAKERY, &[
        slip("contract: { formula: classic, options: [recording] }\n", "", "v", "'contract' is missing", "add contract:"),
        slip("formula: classic,", "formula: clasic,", "clasic", "'clasic' is not known here", "did you mean 'classic'?"),
        slip("formula: classic,", "formula: [classic, drs],", "[", "expected one choice, found a list", "'drs'"),
        slip("formula: classic,", "", "contract", "'formula' is missing", "add formula:"),
        slip("[recording]", "[recording, fax]", "fax", "'fax' is not known here", "'trm'"),
        slip("[recording]", "[recording, trm]", "trm", "formula Classic includes Traffic Routing Management without an order (§2)", "remove it"),
        slip("[recording]", "[recording, mobile_app]", "mobile_app", "formula Classic does not offer Mobile app (§2)", "change the formula"),
        slip("[recording]", "[recording, recording]", "recording", "Voice recording is ordered twice", "remove it"),
    ]);
}

#[test]
#[rustfmt::skip]
fn frm_02_rec_01_what_was_not_ordered_cannot_be_configured() {
    pointsman_conformance::shows(&["FRM-02 refused", "REC-01 option"]);
    check(FILE, BAKERY, &[
        slip("options: [recording]", "options: []", "true", "formula Classic offers Voice recording as an option, which this contract has not ordered (§2, §3.2)", "§3.2"),
        slip("classic, options: [recording]", "drs", "true", "formula DRS does not offer Voice recording (§2)", "remove it"),
    ]);
}

/// What a file configures of an element, as an edit of the small configuration without recording.
fn uses(element: Element) -> Option<(&'static str, &'static str)> {
    match element {
        Element::Trm => Some(("tree: main }", "tree: main }")),
        Element::Recording => Some(("tree: main }", "tree: main, record: true }")),
        _ => None,
    }
}

#[test]
fn frm_02_every_cell_with_an_effect_on_calls_decides_whether_the_file_loads() {
    pointsman_conformance::shows(&["FRM-02 refused"]);
    let plain = edited(BAKERY, ", record: true", "");
    let mut refused = 0;
    for formula in Formula::ALL {
        for element in Element::ALL {
            let Some((from, to)) = uses(element) else { continue };
            let is_option = element.availability(formula) == Availability::Option;
            let orders = if is_option {
                vec![String::new(), format!(", options: [{}]", element.as_str())]
            } else {
                vec![String::new()]
            };
            for order in orders {
                let bought = format!("contract: {{ formula: {}{order} }}", formula.as_str());
                let mut contract = Contract::new(formula);
                if !order.is_empty() {
                    contract = contract.order(element).unwrap();
                }
                let text = edited(&edited(&plain, CONTRACT, &bought), from, to);
                let mut files = files();
                files.insert(FILE, text);
                let loaded = load_files(&files);
                match contract.require(element) {
                    // A tree goes with every formula that may record; the other way round it is refused for its tree.
                    Ok(()) => assert!(loaded.is_ok(), "{formula} {element}: {}", loaded.unwrap_err()),
                    Err(refusal) => {
                        let report = loaded.unwrap_err().to_string();
                        assert!(report.contains(&refusal.to_string()), "{report}");
                        refused += 1;
                    }
                }
            }
        }
    }
    // A tree with Outbound; a recording with Classic unordered, DRS, Voice Continuity and Outbound.
    assert_eq!(refused, 5);
}
