//! Values and their places.

use serde::Deserialize;

use super::{At, Each, Fault, Kind, Section, Sink, Span, Value, decode, read, steps};

const TEXT: &str = r#"# a comment
é: "ü" # wide signs
trees:
  main:
    nodes: { desk: { dial: { on: { busy: mobile } } }, "two words": x }
    list:
    - a
    - k: |
        text
        more
      v: &shared [1, 2]
      w: *shared
    empty:
"#;

fn value(text: &str) -> Value {
    let (value, faults) = read(text).expect("the text is YAML");
    assert!(faults.is_empty(), "{faults:?}");
    value
}

fn place(path: &str) -> (usize, usize) {
    let Span { line, column, .. } = value(TEXT).place(steps(path));
    (line, column)
}

#[test]
fn scalars_have_the_place_of_their_value_and_the_rest_that_of_their_key() {
    assert_eq!(place("é"), (2, 4));
    assert_eq!(place("trees"), (3, 1));
    assert_eq!(place("trees.main.nodes.desk"), (5, 14));
    assert_eq!(place("trees.main.nodes.desk.dial.on.busy"), (5, 42));
    assert_eq!(
        value(TEXT).place(["trees", "main", "nodes", "two words"]).column,
        69
    );
    assert_eq!(place("trees.main.list[0]"), (7, 7));
    assert_eq!(place("trees.main.list[1].v"), (11, 7));
    assert_eq!(place("trees.main.list[1].v[1]"), (11, 22));
    assert_eq!(place("trees.main.empty"), (13, 5));
}

#[test]
fn what_does_not_exist_has_the_place_of_what_it_would_be_in() {
    assert_eq!(place("trees.main.nodes.desk.dial.ring"), (5, 22));
    assert_eq!(place("trees.main.list[9]"), (6, 5));
    assert_eq!(place("trees.other.nodes"), (3, 1));
    assert_eq!(place("nothing"), (2, 1));
}

#[test]
fn aliases_have_the_place_of_their_anchor() {
    assert_eq!(place("trees.main.list[1].w[0]"), place("trees.main.list[1].v[0]"));
}

#[test]
fn widths_are_those_of_the_text() {
    assert_eq!(
        value(TEXT)
            .place(steps("trees.main.nodes.desk.dial.on.busy"))
            .width,
        "mobile".len()
    );
    assert_eq!(value(TEXT).place(["é"]).width, 3, "quotes included");
}

#[derive(Debug, Deserialize)]
struct Form {
    name: String,
    #[serde(default)]
    count: u8,
    colour: Option<Colour>,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Colour {
    Red,
    Mixed { parts: Vec<u8> },
}

fn decoded<T: for<'de> Deserialize<'de>>(text: &str) -> (Option<T>, Vec<String>) {
    let (value, sink) = (value(text), Sink::default());
    let decoded = decode(&value, &sink);
    let shown = |fault: Fault| {
        let at = fault.at.unwrap_or_default();
        format!("{}:{} {}", at.line, at.column, fault.message)
    };
    (decoded, sink.into_faults().into_iter().map(shown).collect())
}

#[test]
fn a_form_is_decoded_from_flow_and_block() {
    for text in [
        "{ name: a, count: 3, colour: { mixed: { parts: [1, 2] } }, tags: [x] }",
        "name: a\ncount: 3\ncolour:\n  mixed:\n    parts: [1, 2]\ntags:\n- x\n",
    ] {
        let (form, faults) = decoded::<Form>(text);
        let form = form.unwrap_or_else(|| panic!("{faults:?}"));
        assert_eq!(
            (form.name.as_str(), form.count, form.tags.as_slice()),
            ("a", 3, &["x".to_owned()][..])
        );
        assert_eq!(form.colour, Some(Colour::Mixed { parts: vec![1, 2] }));
    }
    let (form, _) = decoded::<Form>("{ name: a, colour: red, tags: }");
    assert_eq!(
        form.map(|form| (form.colour, form.tags.len())),
        Some((Some(Colour::Red), 0))
    );
}

#[test]
fn choices_say_what_is_wrong_with_them() {
    let said = |colour: &str| decoded::<Form>(&format!("{{ name: a, colour: {colour} }}")).1;
    assert_eq!(said("blue"), ["1:20 'blue' is not known here"]);
    assert_eq!(said("mixed"), ["1:20 'mixed' needs its settings"]);
    assert_eq!(said("{ red: 1 }"), ["1:22 'red' has no settings"]);
    assert_eq!(
        said("{ red: 1, mixed: 2 }"),
        ["1:20 expected one choice, found a map"]
    );
    assert_eq!(
        said("{ mixed: { parts: [1, 300] } }"),
        ["1:42 expected a whole number from 0 to 255, found the number 300"]
    );
}

#[test]
fn an_item_is_whole_or_nothing_and_a_section_is_what_is_left() {
    let text = "{ a: { name: x }, b: { nmae: y }, c: { name: z, count: many } }";
    let (items, faults) = decoded::<Each<Form>>(text);
    let items = items.expect("the map itself is right").0;
    let right: Vec<bool> = items.iter().map(|(_, item)| item.value.is_some()).collect();
    assert_eq!(right, [true, false, false]);
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert_eq!((items[2].1.key_at.column, items[2].1.at.column), (35, 38));

    let (sections, faults) = decoded::<Each<Vec<At<u8>>, false>>("{ a: [1, x, 3] }");
    let sections = sections.expect("the map itself is right").0;
    let left: Vec<Option<u8>> = sections[0]
        .1
        .value
        .iter()
        .flatten()
        .map(|item| item.value)
        .collect();
    assert_eq!((left, faults.len()), (vec![Some(1), None, Some(3)], 1));

    let (section, faults) = decoded::<Section<Each<Form>>>("[a]");
    assert!(section.is_some_and(|section| section.value.is_none()));
    assert_eq!(faults, ["1:1 expected a map of names, found a list"]);
}

#[test]
fn numbers_keep_what_is_written() {
    for (text, is_number) in [
        ("0049", false),
        ("32", true),
        ("\"32\"", false),
        ("1_000", false),
        ("0x10", true),
        ("+3232000100", true),
    ] {
        let kind = value(text).kind;
        assert_eq!(matches!(kind, Kind::Number(_)), is_number, "{text}: {kind:?}");
    }
    assert_eq!(value("+3232000100").described(), "the number +3232000100");
}
