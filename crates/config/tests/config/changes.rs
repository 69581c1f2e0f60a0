//! What a change of the files would do, in words.

use pointsman_config::{Config, diff};

use crate::world::{BAKERY, NODE, edited, files, load_files, wav_at};

fn config(node: &str, customers: &[(&str, &str)]) -> Config {
    let mut files = files();
    files.insert("node.yaml", node);
    for (path, text) in customers {
        files.insert(path, *text);
    }
    load_files(&files).unwrap_or_else(|report| panic!("{report}"))
}

fn lines(old: &Config, new: &Config) -> Vec<String> {
    diff(old, new).iter().map(ToString::to_string).collect()
}

#[test]
fn nothing_changed_is_no_line() {
    let plain = config(NODE, &[]);
    let reordered = edited(NODE, "name: test, data: ./data", "data: ./data, name: test");
    assert_eq!(lines(&plain, &config(&reordered, &[])), [""; 0]);
}

#[test]
fn trunks_and_settings() {
    let node = edited(NODE, "\"198.51.100.1\"", "\"198.51.100.2\"");
    let node = edited(
        &node,
        "\"192.0.2.0/24\"",
        "\"192.0.2.0/24\", \"203.0.113.7:5080\"",
    );
    let node = edited(&node, "20000-20999", "20000-29999");
    let node = edited(
        &node,
        "customers:",
        "  spare: { address: \"127.0.0.9\" }\ncustomers:",
    );
    assert_eq!(
        lines(&config(NODE, &[]), &config(&node, &[])),
        [
            "node: media.ports 20000-20999 becomes 20000-29999",
            "trunk pbx: accept_from 198.51.100.1/32 removed",
            "trunk pbx: accept_from 198.51.100.2/32 added",
            "trunk pbx: address 198.51.100.1:5060 becomes 198.51.100.2:5060",
            "trunk pstn: accept_from 203.0.113.7/32 port 5080 added",
            "trunk spare: added, { accept_from: [127.0.0.9/32], address: 127.0.0.9:5060, country: , latch: strict, listener: 127.0.0.1:5060 }",
        ]
    );
}

#[test]
fn limits_of_a_trunk_are_a_change_and_another_version() {
    let with = |limits: &str| {
        let trunk = format!("latch: probation, limits: {{ {limits} }} }}");
        config(&edited(NODE, "latch: probation }", &trunk), &[])
    };
    let (none, few, more) = (config(NODE, &[]), with("calls: 5"), with("calls: 9, setups: 3"));
    assert_eq!(lines(&none, &few), ["trunk pbx: limits { calls: 5 } added"]);
    assert_eq!(
        lines(&few, &more),
        [
            "trunk pbx: limits.calls 5 becomes 9",
            "trunk pbx: limits.setups 3 added"
        ]
    );
    assert!(none.version != few.version && few.version != more.version);
}

#[test]
fn trees_lists_and_calendars() {
    let text = edited(BAKERY, "ring: 20s", "ring: 30s");
    let text = edited(
        &text,
        "[\"+32475112233\"]",
        "[\"+32475112233\", \"+32475112244\"]",
    );
    let text = edited(
        &text,
        "closed: [\"2026-12-25\"]",
        "closed: [\"2026-12-25\", \"2027-01-01\"]",
    );
    let text = edited(
        &text,
        "then: end } }",
        "then: bye } }\n      bye: { reject: { status: 480 } }",
    );
    let text = edited(
        &text,
        "otherwise: owner } } }",
        "busy: shut, otherwise: owner } } }",
    );
    assert_eq!(
        lines(
            &config(NODE, &[]),
            &config(NODE, &[("customers/bakery.yaml", &text)])
        ),
        [
            "bakery calendar hours: closed 2027-01-01 added",
            "bakery list vip: numbers +32475112244 added",
            "bakery tree main node bye: added, { reject: { status: 480 } }",
            "bakery tree main node desk: dial.on.busy shut added",
            "bakery tree main node desk: dial.ring 20s becomes 30s",
            "bakery tree main node shut: announce.then end becomes bye",
        ]
    );
}

#[test]
fn numbers_and_customers() {
    let garage = edited(BAKERY, "customer: bakery", "customer: garage");
    let bakery = edited(
        BAKERY,
        "numbers:\n  \"+3232000100\": { policy: trm, tree: main, record: true }\n",
        "",
    );
    let new = [
        ("customers/bakery.yaml", bakery.as_str()),
        ("customers/garage.yaml", garage.as_str()),
    ];
    let old = config(NODE, &[]);
    let new = config(
        &edited(
            NODE,
            "\"+3232009999\": { policy: direct, trunk: pstn }",
            "\"*\": { policy: direct, trunk: pbx, record: true }",
        ),
        &new,
    );
    assert_eq!(
        lines(&old, &new),
        [
            "customer garage: added, with 1 routing tree",
            "every other number: added, routed by policy direct { trunk: pbx }, recorded",
            "number +3232000100: now routed by garage tree main, was bakery tree main",
            "number +3232009999: removed",
        ]
    );
    let back = lines(&new, &old);
    assert_eq!(back[0], "customer garage: removed");
}

#[test]
fn recording_and_sound() {
    let text = edited(BAKERY, ", record: true", "");
    let found = lines(
        &config(NODE, &[]),
        &config(NODE, &[("customers/bakery.yaml", &text)]),
    );
    assert_eq!(found, ["number +3232000100: no longer recorded"]);

    let mut other = wav_at(11_025);
    other[100] = 7;
    let mut files = files();
    files.insert("customers/closed.wav", other);
    let new = load_files(&files).unwrap_or_else(|report| panic!("{report}"));
    let found = lines(&config(NODE, &[]), &new);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("bakery announcement closed: content "),
        "{found:?}"
    );
}
