//! How mistakes are shown.

use crate::world::{BAKERY, NODE, edited, files, load_files};

#[test]
fn a_mistake_has_its_place_its_line_and_a_way_out() {
    let mut files = files();
    files.insert("node.yaml", edited(NODE, "latch: probation", "latch: probaton"));
    let report = load_files(&files).unwrap_err();
    let expected = r#"node.yaml:8:57: error: 'probaton' is not known here
   |
 8 |   pbx: { address: "198.51.100.1", country: "32", latch: probaton }
   |                                                         ^^^^^^^^
help: did you mean 'probation'?

1 mistake found"#;
    assert_eq!(report.to_string(), expected);
}

#[test]
fn a_lost_call_comes_with_the_command_that_shows_it() {
    let mut files = files();
    files.insert(
        "customers/bakery.yaml",
        edited(BAKERY, "on: { otherwise: owner }", "on: { busy: owner }"),
    );
    let report = load_files(&files).unwrap_err();
    let help = report.mistakes[0].help.as_deref().unwrap_or_default();
    let (hint, example) = help.split_once('\n').unwrap_or_default();
    assert_eq!(hint, "add the exits, or otherwise");
    assert!(
        example
            .trim()
            .starts_with("a call that is lost: pointsman explain --from +32"),
        "{report}"
    );
    assert!(
        example.contains("--to +3232000100") && example.contains("--line site:shop="),
        "{report}"
    );
}

#[test]
fn a_mistake_in_a_long_block_points_into_it() {
    let mut files = files();
    let block = "      desk:\n        dial:\n          site: shop\n          ring: 20s\n          on:\n            busy: nobody\n            otherwise: owner\n";
    let flow = "      desk: { dial: { site: shop, ring: 20s, on: { otherwise: owner } } }\n";
    files.insert("customers/bakery.yaml", edited(BAKERY, flow, block));
    let report = load_files(&files).unwrap_err();
    assert!(
        report
            .to_string()
            .starts_with("customers/bakery.yaml:27:19: error: there is no node 'nobody'"),
        "{report}"
    );
}
