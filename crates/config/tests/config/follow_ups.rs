//! What refers to a mistaken thing is no second mistake, and a mistake hides only its own item.

use crate::world::{BAKERY, NODE, edited, files, mistakes};

/// Places and messages of everything reported, with these edits made in the customer's file.
fn reported(edits: &[(&str, &str)]) -> Vec<String> {
    let text = edits
        .iter()
        .fold(BAKERY.to_owned(), |text, (from, to)| edited(&text, from, to));
    let mut files = files();
    files.insert("customers/bakery.yaml", text);
    mistakes(&files)
        .into_iter()
        .map(|mistake| format!("{} {}", mistake.line, mistake.message))
        .collect()
}

#[test]
fn a_mistaken_item_is_not_missed_where_it_is_used() {
    let edits = [
        ("shop: { trunk", "shop: { trnk"),
        ("vip: { numbers", "vip: { nmbers"),
        ("week:", "weak:"),
        ("file: closed.wav", "flie: closed.wav"),
        ("desk: { dial", "desk: { dail"),
        ("record: true", "recrod: true"),
    ];
    for edit in edits {
        let reported = reported(&[edit]);
        assert_eq!(reported.len(), 1, "{edit:?}: {reported:#?}");
    }
    let all = reported(&edits);
    assert_eq!(all.len(), edits.len(), "{all:#?}");
}

#[test]
fn a_mistaken_section_is_not_missed_where_its_names_are_used() {
    for (section, text) in [
        ("sites", "  shop: { trunk: pbx, number: \"+3232000199\" }\n"),
        ("lists", "  vip: { numbers: [\"+32475112233\"] }\n"),
        ("announcements", "  closed: { file: closed.wav, language: nl }\n"),
    ] {
        let reported = reported(&[
            (text, ""),
            (&format!("{section}:\n"), &format!("{section}: [x]\n")),
        ]);
        assert_eq!(reported.len(), 1, "{section}: {reported:#?}");
    }
}

#[test]
fn a_mistaken_trunk_is_not_missed_by_sites_trees_and_numbers() {
    let mut files = files();
    files.insert(
        "node.yaml",
        edited(NODE, "address: \"192.0.2.1:5060\"", "address: \"nowhere\""),
    );
    assert_eq!(mistakes(&files).len(), 1);
    files.insert(
        "node.yaml",
        NODE.replace("trunks:\n", "trunks: none\nlimits:\n")
            .replace("  pstn: {", "  # {")
            .replace("  pbx: {", "  # {"),
    );
    let found = mistakes(&files);
    assert_eq!(found.len(), 1, "{found:#?}");
}

#[test]
fn a_mistaken_tree_is_not_missed_by_its_numbers() {
    assert_eq!(
        reported(&[("start: who", "start: nobody")]),
        ["18 there is no node 'nobody' in this tree"]
    );
}

#[test]
fn each_item_is_judged_by_itself() {
    let reported = reported(&[
        ("country: \"32\"", "country: 32"),
        ("number: \"+3232000199\"", "number: 3232000199"),
        (
            "hours: [\"09:00-12:30\"]",
            "hours: [\"09:00-12:30\", \"25:00-26:00\"]",
        ),
        ("open: desk", "open: dusk"),
        ("ring: 25s", "ring: 25"),
        ("play: closed", "ply: closed"),
        ("tree: main", "tree: nain"),
    ]);
    let lines: Vec<&str> = reported
        .iter()
        .filter_map(|text| text.split(' ').next())
        .collect();
    assert_eq!(lines, ["4", "7", "12", "21", "23", "24", "26"], "{reported:#?}");
}

#[test]
fn within_one_item_every_mistake_is_named() {
    let keys = reported(&[("{ trunk: pbx, number:", "{ trnk: pbx, nubmer:")]);
    assert_eq!(keys, ["7 unknown key 'trnk'", "7 unknown key 'nubmer'"]);

    let week = "week: [ { days: [mon, tue], hours: [\"09:00-12:30\"] } ]";
    let slips = "week: [ { days: [mon, tues, wendsday], hours: [\"9-12\", 13] }, { days: [fri], hours: 14 }, { days: [sat] } ]";
    let calendar = reported(&[
        (week, slips),
        ("closed: [\"2026-12-25\"]", "closed: [\"2026-13-25\", 26]"),
    ]);
    let expected = [
        "12 'tues' is not known here",
        "12 'wendsday' is not known here",
        "12 '9' is not a time of day such as 09:00",
        "12 expected hours such as \"09:00-12:30\", found the number 13",
        "12 expected a list, found the number 14",
        "12 'hours' is missing",
        "13 there is no date 2026-13-25",
        "13 expected a date such as \"2026-12-25\", found the number 26",
    ];
    assert_eq!(calendar, expected);
}

#[test]
fn a_flood_of_mistakes_is_cut_and_costs_no_more_than_they_do() {
    let flood = vec!["7"; 2_000].join(", ");
    let reported = reported(&[("[\"+32475112233\"]", &format!("[{flood}]"))]);
    assert!(
        (100..=1_000).contains(&reported.len()),
        "{} mistakes",
        reported.len()
    );
}

#[test]
fn a_number_that_is_mistaken_still_counts_as_one_of_its_tree() {
    let who = "who: { caller: { branches: [ { list: vip, to: owner } ], otherwise: when } }";
    let called = "who: { called: { branches: [ { numbers: [\"+3232000100\"], to: owner }, { numbers: [\"+3232000101\"], to: when } ] } }";
    let second = "  \"+3232000100\": { policy: trm, tree: main, record: true }\n  \"+3232000101\": { policy: trm, tree: main, recrod: true }\n";
    let first = "  \"+3232000100\": { policy: trm, tree: main, record: true }\n";
    assert_eq!(
        reported(&[(who, called), (first, second)]),
        ["27 unknown key 'recrod'"]
    );
}
