//! docs/POLICIES.md: its samples load, its outputs are what comes out, its example is the one in the repository.

use std::collections::BTreeMap;
use std::fs;

use pointsman_policy::acm::GroupSetup;
use pointsman_policy::check::check;
use pointsman_policy::explain::{explain, render};
use pointsman_policy::tree::yaml::{CalendarForm, NodeForm};
use pointsman_policy::tree::{Node, Tree, compile};
use pointsman_policy::{CustomerContext, Registry};
use serde_yaml::Value;

use crate::sample::{Sample, call, with_lines};

fn text(path: &str) -> String {
    let path = format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The blocks of the page in this language, without their fences.
fn blocks(language: &str) -> Vec<String> {
    let page = text("docs/POLICIES.md");
    let fence = format!("\n```{language}\n");
    let block = |rest: &str| rest.split("\n```").next().map(|block| format!("{block}\n"));
    page.split(&fence).skip(1).filter_map(block).collect()
}

fn mapping(yaml: &str) -> BTreeMap<String, Value> {
    serde_yaml::from_str(yaml).expect("the sample is YAML")
}

/// The whole customer of the page, in the shape of the other samples.
fn customer() -> Sample {
    let whole = blocks("yaml")
        .into_iter()
        .find(|block| block.starts_with("version: 1"))
        .expect("a whole customer");
    let mut document = mapping(&whole);
    for frame in ["version", "customer", "contract"] {
        document.remove(frame).expect("the frame of a customer file");
    }
    let trees: BTreeMap<String, Value> =
        serde_yaml::from_value(document.remove("trees").expect("trees")).expect("a map");
    let numbers: BTreeMap<String, Value> =
        serde_yaml::from_value(document.remove("numbers").expect("numbers")).expect("a map");
    let list = numbers.into_keys().map(Value::String).collect();
    document.insert("numbers".into(), Value::Sequence(list));
    document.insert("tree".into(), trees["main"].clone());
    document.insert(
        "trunks".into(),
        serde_yaml::from_str("[pbx, pstn]").expect("a list"),
    );
    Sample::read(&serde_yaml::to_string(&document).expect("a map has a YAML form"))
}

#[test]
fn the_whole_customer_loads() {
    assert_eq!(customer().trm().tree().start, "who");
}

#[test]
fn every_kind_of_node_is_shown_and_right() {
    let shown = blocks("yaml")
        .into_iter()
        .find(|block| block.contains("finish: { end: {} }"))
        .expect("the nodes");
    let form = |value| {
        serde_yaml::from_value::<NodeForm>(value)
            .expect("a node")
            .read("32")
            .expect("a node")
    };
    let nodes: BTreeMap<String, Node> = mapping(&shown)
        .into_iter()
        .map(|(name, value)| (name, form(value)))
        .collect();
    let kinds = nodes.values().map(|node| match node {
        Node::Called(_) => "called",
        Node::Caller(_) => "caller",
        Node::Time(_) => "time",
        Node::Dial(_) => "dial",
        Node::Announce(_) => "announce",
        Node::Queue(_) => "queue",
        Node::Reject(_) => "reject",
        Node::End => "end",
    });
    assert_eq!(kinds.collect::<std::collections::BTreeSet<_>>().len(), 8);
    for start in ["regulars", "dialled"] {
        let mut sample = customer();
        let unused = if start == "regulars" {
            "dialled"
        } else {
            "regulars"
        };
        let digits = (0..10).map(|digit| format!("en/digit-{digit}"));
        sample.customer.spoken = digits.chain(["en/queue-position".to_owned()]).collect();
        sample
            .customer
            .groups
            .insert("sales".into(), GroupSetup::default());
        let mut nodes = nodes.clone();
        nodes.remove(unused);
        let tree = Tree {
            start: start.into(),
            nodes,
            ..sample.tree.clone()
        };
        sample
            .customer
            .bound
            .insert("main".into(), ["*".to_owned()].into());
        assert_eq!(compile(tree, &sample.customer).err(), None, "from {start}");
    }
}

#[test]
fn calendars_and_numbers_of_the_page_are_right() {
    let mut seen = 0;
    for block in blocks("yaml")
        .iter()
        .map(|block| mapping(block))
        .filter(|block| block.len() == 1)
    {
        for (section, items) in block {
            let items: BTreeMap<String, Value> = serde_yaml::from_value(items).expect("a map");
            for item in items.into_values() {
                seen += 1;
                match section.as_str() {
                    "calendars" => {
                        let form: CalendarForm = serde_yaml::from_value(item).expect("a calendar");
                        assert_eq!(form.read().map(drop), Ok(()));
                    }
                    "numbers" => build(item),
                    other => panic!("what is {other}?"),
                }
            }
        }
    }
    assert_eq!(seen, 3);
}

/// A number of the page gets its policy.
fn build(number: Value) {
    let mut number: BTreeMap<String, Value> = serde_yaml::from_value(number).expect("a map");
    let policy = number.remove("policy").expect("a policy");
    number.remove("record");
    let sample = customer();
    let trees = [("main".to_owned(), std::sync::Arc::new(sample.trm()))].into();
    let customer = CustomerContext {
        trees,
        ..sample.customer
    };
    let registry = Registry::new();
    let factory = registry
        .get(policy.as_str().expect("a name"))
        .expect("a builtin policy");
    let with = serde_yaml::to_value(number).expect("a map");
    assert_eq!(factory.build(&with, &customer).map(drop), Ok(()));
}

#[test]
fn what_the_page_says_comes_out_comes_out() {
    let page = text("docs/POLICIES.md");
    let sample = customer();
    let facts = call(Some("+3281000000"), "+3232000100", "2026-11-24 10:05");
    let facts = with_lines(facts, &["antwerp=busy", "number:+32475000001=no_answer"]);
    let explained = render(&explain(&sample.trm(), &facts));
    let (_, way) = explained.split_once('\n').expect("more than one line");
    assert!(page.contains(way), "{way}");

    let mut tree = sample.tree.clone();
    let Some(Node::Dial(desk)) = tree.nodes.get_mut("desk") else {
        panic!("desk is a dial")
    };
    desk.on.otherwise = None;
    let fault = &check(&tree, &sample.customer)[0];
    let command = fault.example.as_ref().expect("a lost call").command();
    let shown = format!("{}\n{command}\n", fault.message);
    assert!(page.contains(&shown), "{shown}");
}

#[test]
fn the_example_is_the_one_in_the_repository() {
    let source = text("crates/example-policy/src/lib.rs");
    assert!(
        blocks("rust").contains(&source),
        "copy crates/example-policy/src/lib.rs into docs/POLICIES.md"
    );
    assert!(source.lines().count() <= 80);
}
