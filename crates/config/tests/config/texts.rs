//! Texts that are not YAML, or not what a file of ours is.

use pointsman_config::Mistake;

use crate::world::{BAKERY, NODE, edited, files, load_files, mistakes};

/// The one mistake that a node file of this text gives.
fn mistake(text: impl Into<Vec<u8>>) -> Mistake {
    let mut files = files();
    files.insert("node.yaml", text);
    let mut mistakes = mistakes(&files);
    assert_eq!(mistakes.len(), 1, "{mistakes:#?}");
    mistakes.remove(0)
}

#[test]
fn a_syntax_error_is_reported_alone_and_in_its_place() {
    let broken = edited(
        NODE,
        "pbx: { address: \"198.51.100.1\",",
        "pbx: { address: \"198.51.100.1,",
    );
    let mistake = mistake(broken.replace("http:", "htpp:"));
    assert!(mistake.message.starts_with("this is not YAML: "), "{mistake}");
    assert!((8..=9).contains(&mistake.line), "{mistake}");
}

#[test]
fn a_syntax_error_in_one_file_hides_nothing_of_another() {
    let mut files = files();
    files.insert("node.yaml", edited(NODE, "latch: probation", "latch: loose"));
    files.insert(
        "customers/bakery.yaml",
        edited(BAKERY, "zone: Europe/Brussels", "zone: [Europe"),
    );
    let found = mistakes(&files);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[1].message.contains("not YAML"), "{}", found[1]);
}

#[test]
fn a_tab_and_a_star_get_their_own_help() {
    let tab = mistake(edited(NODE, "  pbx:", "\tpbx:"));
    assert_eq!(
        tab.help.as_deref(),
        Some("line 8 is indented with a tab; YAML allows only spaces there")
    );
    let star = mistake(edited(NODE, "[customers/*.yaml]", "[*.yaml]"));
    assert_eq!(
        star.help.as_deref(),
        Some("a text that begins with * needs quotes")
    );
}

#[test]
fn what_is_no_map_is_said_to_be_none() {
    assert!(
        mistake("just a text")
            .message
            .contains("expected a map with 'version'")
    );
    assert!(mistake("- a\n- b\n").message.contains("found a list"));
    assert!(
        mistake(format!("{NODE}---\n{NODE}"))
            .message
            .contains("a second document")
    );
    assert!(
        mistake(edited(NODE, "name: test", "name: !secret test"))
            .message
            .contains("'!secret' is a YAML tag")
    );
}

#[test]
fn an_empty_file_lacks_everything_that_is_required() {
    let mut files = files();
    files.insert("node.yaml", "# nothing yet\n");
    let messages: Vec<String> = mistakes(&files)
        .into_iter()
        .map(|mistake| mistake.message)
        .collect();
    assert_eq!(
        messages,
        [
            "'version' is missing",
            "'listen' is missing",
            "'node' is missing",
            "'media' is missing"
        ]
    );
}

#[test]
fn bytes_that_are_no_text_and_files_that_are_too_large_are_refused() {
    let mut latin = NODE.replace("name: test", "name: caf").into_bytes();
    latin.insert(32, 0xe9);
    assert!(mistake(latin).message.contains("not UTF-8 text (line 2)"));
    assert!(
        mistake(vec![b'#'; 1024 * 1024 + 1])
            .message
            .contains("larger than 1024 KiB")
    );
}

#[test]
fn aliases_are_values_and_a_bomb_of_them_is_refused_at_once() {
    let mut files = files();
    let shared = edited(
        NODE,
        "accept_from: [\"192.0.2.0/24\"], country: \"32\"",
        "accept_from: [\"192.0.2.0/24\"], country: &be \"32\"",
    );
    files.insert(
        "node.yaml",
        edited(
            &shared,
            "\"198.51.100.1\", country: \"32\"",
            "\"198.51.100.1\", country: *be",
        ),
    );
    let config = load_files(&files).unwrap_or_else(|report| panic!("{report}"));
    assert!(config.routing.trunks.iter().all(|trunk| trunk.country == "32"));

    let levels = (1..12).map(|level| {
        format!(
            "l{level}: &l{level} [{}]\n",
            vec![format!("*l{}", level - 1); 10].join(", ")
        )
    });
    let bomb: String = std::iter::once("l0: &l0 [x]\n".to_owned())
        .chain(levels)
        .collect();
    assert!(mistake(bomb).message.contains("too many values"));
}

#[test]
fn depth_is_bounded() {
    let deep = format!("version: {}{}", "[".repeat(5_000), "]".repeat(5_000));
    assert!(mistake(deep).message.contains("not YAML"));
}

#[test]
fn columns_count_characters() {
    let mistake = mistake(edited(
        NODE,
        "{ name: test, data: ./data }",
        "{ name: test, data: ./dôné, colour: x }",
    ));
    assert_eq!((mistake.line, mistake.column), (2, 35), "{mistake}");
}
