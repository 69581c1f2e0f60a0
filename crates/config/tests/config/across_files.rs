//! Several files: what two of them have, what is named twice, and everything reported together.

use std::path::Path;

use pointsman_config::{Disk, load};
use pointsman_policy::Registry;

use crate::world::{BAKERY, NODE, edited, files, load_files, mistakes, underlined};

fn garage() -> String {
    let text = edited(BAKERY, "customer: bakery", "customer: garage");
    edited(&text, "\"+3232000100\"", "\"+3232000200\"")
}

#[test]
fn two_right_customers_load() {
    let mut files = files();
    files.insert("customers/garage.yaml", garage());
    let config = load_files(&files).unwrap_or_else(|report| panic!("{report}"));
    let names: Vec<&str> = config
        .customers
        .iter()
        .map(|customer| customer.name.as_str())
        .collect();
    assert_eq!(names, ["bakery", "garage"]);
    assert!(config.routing.prompt("garage", "closed").is_some());
}

#[test]
fn a_number_in_two_files_is_one_mistake_that_names_both_places() {
    let mut files = files();
    files.insert(
        "customers/garage.yaml",
        edited(&garage(), "+3232000200", "+3232000100"),
    );
    let [mistake] = &mistakes(&files)[..] else {
        panic!("one mistake")
    };
    assert_eq!(mistake.file, Path::new("customers/garage.yaml"));
    assert_eq!(
        (mistake.line, mistake.column, underlined(mistake).as_str()),
        (26, 3, "\"+3232000100\"")
    );
    assert_eq!(
        mistake.message,
        "number +3232000100 is defined twice; the first one is at customers/bakery.yaml:26:3"
    );
}

#[test]
fn a_customer_in_two_files_is_one_mistake_that_names_both_places() {
    let mut files = files();
    files.insert(
        "customers/garage.yaml",
        edited(&garage(), "customer: garage", "customer: bakery"),
    );
    let [mistake] = &mistakes(&files)[..] else {
        panic!("one mistake")
    };
    assert_eq!(underlined(mistake), "bakery");
    assert_eq!(
        mistake.message,
        "customer 'bakery' is also in another file, at customers/bakery.yaml:2:11"
    );
}

#[test]
fn mistakes_come_by_file_line_and_column() {
    let mut files = files();
    files.insert("node.yaml", edited(NODE, "latch: probation", "latch: loose"));
    let bakery = edited(BAKERY, "tree: main, record: true", "tree: mian, recrod: true");
    files.insert(
        "customers/bakery.yaml",
        edited(&bakery, "country: \"32\"", "country: 32"),
    );
    files.insert(
        "customers/garage.yaml",
        edited(&garage(), "ring: 20s", "ring: 20"),
    );
    let places: Vec<String> = mistakes(&files)
        .iter()
        .map(|mistake| format!("{}:{}:{}", mistake.file.display(), mistake.line, mistake.column))
        .collect();
    let expected = [
        "node.yaml:8:57",
        "customers/bakery.yaml:4:10",
        "customers/bakery.yaml:26:45",
        "customers/garage.yaml:22:41",
    ];
    assert_eq!(places, expected);
}

#[test]
fn a_file_named_twice_is_read_once() {
    let mut files = files();
    files.insert(
        "node.yaml",
        edited(
            NODE,
            "[customers/*.yaml]",
            "[customers/*.yaml, ./customers/bakery.yaml]",
        ),
    );
    let both = load(
        &["node.yaml", "./customers/bakery.yaml"],
        &Registry::new(),
        &files,
    );
    assert_eq!(
        both.unwrap_or_else(|report| panic!("{report}")).customers.len(),
        1
    );
}

#[test]
fn a_customer_file_can_be_named_beside_the_node_file() {
    let mut files = files();
    files.insert("node.yaml", edited(NODE, "customers: [customers/*.yaml]\n", ""));
    let both = load(&["customers/bakery.yaml", "node.yaml"], &Registry::new(), &files);
    assert_eq!(
        both.unwrap_or_else(|report| panic!("{report}")).customers[0].numbers,
        ["+3232000100"]
    );
}

#[test]
fn there_is_one_node_file() {
    let mut files = files();
    let alone = load(&["customers/bakery.yaml"], &Registry::new(), &files).unwrap_err();
    assert!(alone.to_string().contains("no node file is named"), "{alone}");
    files.insert("other.yaml", NODE);
    let two = load(&["node.yaml", "other.yaml"], &Registry::new(), &files).unwrap_err();
    assert!(
        two.to_string()
            .starts_with("other.yaml:1:1: error: this is a second node file, beside node.yaml"),
        "{two}"
    );
    let none = load(&["nowhere.yaml"], &Registry::new(), &files).unwrap_err();
    assert_eq!(
        none.to_string(),
        "nowhere.yaml: error: does not exist\n\n1 mistake found"
    );
}

#[test]
fn five_mistakes_of_five_kinds_are_five_messages() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/broken/five-mistakes");
    let report = load(&[folder.join("pointsman.yaml")], &Registry::new(), &Disk).unwrap_err();
    let found: Vec<(String, usize, String)> = report
        .mistakes
        .iter()
        .map(|mistake| {
            let file = mistake
                .file
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            assert!(mistake.help.is_some() && mistake.column > 0, "{mistake}");
            (file, mistake.line, underlined(mistake))
        })
        .collect();
    let expected = [
        ("pointsman.yaml", 8, "adress"),
        ("bakery.yaml", 15, "\"09:00-25:00\""),
        ("bakery.yaml", 21, "moblie"),
        ("garage.yaml", 6, "32"),
        ("garage.yaml", 15, "\"+3232000100\""),
    ];
    let expected = expected.map(|(file, line, text)| (file.to_owned(), line, text.to_owned()));
    assert_eq!(found, expected, "{report}");
    assert!(
        report.mistakes[4].message.contains("bakery.yaml:25:3"),
        "both places: {}",
        report.mistakes[4].message
    );
}
