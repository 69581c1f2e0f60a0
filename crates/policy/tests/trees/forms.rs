//! The YAML forms: what they refuse, in which words, and where.

use pointsman_policy::PolicyError;
use pointsman_policy::tree::yaml::{AnnouncementForm, CalendarForm, ListForm, NodeForm, SiteForm};
use pointsman_policy::tree::{DialTo, Node};
use serde::de::DeserializeOwned;

fn decode<T: DeserializeOwned>(yaml: &str) -> Result<T, String> {
    let value: serde_yaml::Value = serde_yaml::from_str(yaml).expect("the sample is YAML");
    serde_yaml::from_value(value).map_err(|error| error.to_string())
}

fn refusal<T: DeserializeOwned + std::fmt::Debug>(yaml: &str) -> String {
    decode::<T>(yaml).expect_err("the sample is wrong")
}

fn node(yaml: &str) -> Node {
    decode::<NodeForm>(yaml)
        .expect("a form")
        .read("32")
        .expect("a node")
}

fn places<T>(result: Result<T, Vec<PolicyError>>) -> Vec<String> {
    let faults = result.err().unwrap_or_default();
    faults
        .iter()
        .map(|fault| format!("{}: {}", fault.path, fault.message))
        .collect()
}

#[test]
fn numbers_are_normalised_with_the_country() {
    let Node::Caller(caller) = node(
        r#"caller: { branches: [ { numbers: ["0475 11 22 33"], prefixes: ["0470"], to: a } ], otherwise: b }"#,
    ) else {
        panic!("not a caller node")
    };
    assert_eq!(caller.branches[0].numbers, ["+32475112233"]);
    assert_eq!(caller.branches[0].prefixes, ["+32470"]);
    let Node::Dial(dial) = node(r#"dial: { number: "0475 00 00 01", trunk: pstn, ring: 1m30s, on: {} }"#)
    else {
        panic!("not a dial node")
    };
    assert_eq!(
        dial.to,
        DialTo::Number {
            number: "+32475000001".into(),
            trunk: "pstn".into()
        }
    );
    assert_eq!(dial.ring.as_secs(), 90);
    let site = decode::<SiteForm>(r#"{ trunk: pbx, number: "reception" }"#)
        .unwrap()
        .read("32")
        .unwrap();
    assert_eq!(site.number, "reception", "a literal user stays what it is");
    let list = decode::<ListForm>(r#"{ numbers: ["0032 475 112233", "1234"] }"#)
        .unwrap()
        .read("32")
        .unwrap();
    assert!(list.contains("+32475112233") && list.contains("1234") && !list.contains("12345"));
}

#[test]
fn announcements_answer_once_unless_told_otherwise() {
    let Node::Announce(announce) = node("announce: { play: closed, then: end }") else {
        panic!("not an announce")
    };
    assert_eq!((announce.answer, announce.repeat), (true, 1));
    let Node::Reject(reject) = node("reject: { status: 486 }") else {
        panic!("not a reject")
    };
    assert_eq!((reject.reason.as_str(), reject.cause), ("Busy Here", None));
    let announcement = decode::<AnnouncementForm>("{ file: a.wav, language: nl }")
        .unwrap()
        .read()
        .unwrap();
    assert_eq!(announcement.language.as_deref(), Some("nl"));
}

#[test]
fn unknown_keys_and_kinds_are_named() {
    assert!(refusal::<NodeForm>("dail: { site: a }").contains("unknown variant `dail`, expected one of"));
    let key = refusal::<NodeForm>("dial: { site: a, ringing: 20s, on: {} }");
    assert!(key.contains("unknown field `ringing`, expected one of"), "{key}");
    let exit = refusal::<NodeForm>("dial: { site: a, ring: 20s, on: { noanswer: b } }");
    assert!(exit.contains("unknown field `noanswer`"), "{exit}");
    assert!(refusal::<NodeForm>("dial: { site: a, on: {} }").contains("missing field `ring`"));
    assert!(refusal::<NodeForm>("end: { now: true }").contains("unknown field `now`"));
    assert!(refusal::<AnnouncementForm>("{ file: a.wav, language: es }").contains("`es`"));
    assert!(
        refusal::<CalendarForm>("{ week: [ { days: [zon], hours: [] } ] }").contains("unknown variant `zon`")
    );
    assert!(refusal::<SiteForm>("{ trunk: pbx, number: 3232000100 }").contains("a number in quotes"));
    assert!(
        refusal::<NodeForm>("dial: { site: a, ring: 20, on: {} }").contains("a ring time such as \"20s\"")
    );
}

#[test]
fn a_dial_rings_one_thing() {
    let read = |whom: &str| {
        places(
            decode::<NodeForm>(&format!("dial: {{ {whom} ring: 20s, on: {{}} }}"))
                .unwrap()
                .read("32"),
        )
    };
    assert_eq!(read(""), ["dial: this node does not say whom to ring"]);
    assert_eq!(
        read("number: '+32475000001',"),
        ["dial.number: a number needs a trunk to leave by"]
    );
    assert_eq!(
        read("site: a, trunk: b,"),
        ["dial.site: a site has its own trunk and number"]
    );
    assert_eq!(
        read("number: '+324', trunk: b,"),
        ["dial.number: '+324' is not a telephone number"]
    );
}

/// TRM-07: several targets at once, each written as the target of a dial is.
#[test]
fn a_dial_rings_several_at_once() {
    let all = |whom: &str| format!("dial: {{ {whom} ring: 20s, on: {{}} }}");
    let Node::Dial(dial) = node(&all(
        "all: [ { site: a }, { number: '0475 00 00 01', trunk: pstn } ],",
    )) else {
        panic!("not a dial node")
    };
    assert_eq!(dial.label(), "site:a or number:+32475000001");
    let read = |whom: &str| places(decode::<NodeForm>(&all(whom)).unwrap().read("32"));
    assert_eq!(
        read("all: [ { site: a }, { number: '+32475000001' } ],"),
        ["dial.all[1].number: a number needs a trunk to leave by"]
    );
    assert_eq!(
        read("all: [ { site: a }, {} ],"),
        ["dial.all[1]: this node does not say whom to ring"]
    );
    assert_eq!(
        read("site: c, all: [ { site: a }, { site: b } ],"),
        ["dial.all: all already says whom to ring"]
    );
    for few in ["all: [],", "all: [ { site: a } ],"] {
        assert_eq!(read(few), ["dial.all: there are not several to ring at once"]);
    }
    let within = refusal::<NodeForm>(&all("all: [ { site: a, ring: 5s } ],"));
    assert!(within.contains("unknown field `ring`"), "{within}");
}

#[test]
fn wrong_numbers_are_reported_each_at_its_place() {
    let form = r#"{ numbers: ["+32475112233", "+32 47", "a b"], prefixes: ["+32", "x"] }"#;
    let expected = [
        "numbers[1]: '+32 47' is not a telephone number",
        "numbers[2]: 'a b' is not a telephone number",
        "prefixes[1]: 'x' is not the beginning of a telephone number",
    ];
    assert_eq!(places(decode::<ListForm>(form).unwrap().read("32")), expected);
    let node = r#"called: { branches: [ { prefixes: ["+3232"], to: a }, { prefixes: ["00"], to: b } ] }"#;
    let expected = ["called.branches[1].prefixes[0]: '00' is not the beginning of a telephone number"];
    assert_eq!(places(decode::<NodeForm>(node).unwrap().read("32")), expected);
}

#[test]
fn calendars_that_contradict_themselves() {
    let read = |yaml: &str| places(decode::<CalendarForm>(yaml).unwrap().read());
    assert_eq!(
        read("closed: ['2026-12-25', '2026-12-25']"),
        ["closed[1]: 2026-12-25 is listed twice"]
    );
    let both = "{ closed: ['2026-12-25'], open: [ { date: '2026-12-25', hours: ['09:00-12:00'] } ] }";
    assert_eq!(read(both), ["open[0].date: 2026-12-25 is both open and closed"]);
    assert_eq!(
        read("open: [ { date: '2026-12-24', hours: [] } ]"),
        ["open[0].hours: 2026-12-24 has no hours"]
    );
    let overlap = "open: [ { date: '2026-12-24', hours: ['09:00-12:00', '11:00-13:00'] } ]";
    assert_eq!(
        read(overlap),
        ["open[0].hours[1]: 11:00-13:00 overlaps with 09:00-12:00"]
    );
    let empty = read("week: [ { days: [], hours: [] } ]");
    assert_eq!(
        empty,
        [
            "week[0].days: no day is named",
            "week[0].hours: no hours are named"
        ]
    );
}

#[test]
fn swapped_hours_are_found_because_they_overlap() {
    let read = |yaml: &str| places(decode::<CalendarForm>(yaml).unwrap().read());
    let swapped = "week: [ { days: [mon, tue], hours: ['13:30-18:00', '12:30-09:00'] } ]";
    assert_eq!(
        read(swapped),
        ["week[0].hours[1]: 12:30-09:00 overlaps with 13:30-18:00"]
    );
    let around = "week: [ { days: [mon], hours: ['05:00-09:00'] }, { days: [sun], hours: ['22:00-06:00'] } ]";
    assert_eq!(
        read(around),
        ["week[1].hours[0]: 22:00-06:00 overlaps with 05:00-09:00"]
    );
    let touching =
        "week: [ { days: [mon], hours: ['06:00-09:00'] }, { days: [sun], hours: ['22:00-06:00'] } ]";
    assert!(read(touching).is_empty());
}

#[test]
fn editors_get_a_schema_of_one_key_maps() {
    let schema = serde_json::to_value(schemars::schema_for!(NodeForm)).unwrap();
    let text = schema.to_string();
    for kind in ["called", "caller", "time", "dial", "announce", "reject", "end"] {
        assert!(
            text.contains(&format!("\"required\":[\"{kind}\"]")),
            "{kind}: {text}"
        );
    }
    assert!(
        text.contains("^[0-9]{4}-") || text.contains("([0-9]{1,2}m)?"),
        "{text}"
    );
}
