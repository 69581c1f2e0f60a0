//! Branches that shadow each other, values out of bounds, and the limits of a whole tree.

use jiff::civil::Weekday;
use pointsman_policy::check::{Fault, RING_TOTAL};
use pointsman_policy::tree::{Calendar, Hours, List, Weekly};

use crate::checker::faults;
use crate::sample::Sample;

const NO: &str = "no: { reject: { status: 480 } }";

fn texts(start: &str, nodes: &str) -> Vec<String> {
    let text = |fault: &Fault| {
        format!(
            "{} {}: {}",
            fault.node.as_deref().unwrap_or("tree"),
            fault.path,
            fault.message
        )
    };
    faults(&Sample::with_nodes(start, &format!("{nodes}\n{NO}")))
        .iter()
        .map(text)
        .collect()
}

fn caller(branches: &str) -> Vec<String> {
    texts(
        "who",
        &format!("who: {{ caller: {{ branches: [ {branches} ], otherwise: no }} }}"),
    )
}

#[test]
fn prefixes_and_numbers_taken_before() {
    let found = caller(
        r#"{ prefixes: ["+32"], to: no }, { prefixes: ["+33", "+32475"], numbers: ["+32470000000"], to: no }"#,
    );
    let expected = [
        "who caller.branches[1].numbers[0]: +32470000000 is already taken by branch 1",
        "who caller.branches[1].prefixes[1]: numbers from +32475 are already taken by branch 1",
    ];
    assert_eq!(found, expected);
    assert!(caller(r#"{ prefixes: ["+32475"], to: no }, { prefixes: ["+32"], to: no }"#).is_empty());
}

#[test]
fn the_same_question_twice() {
    let found =
        caller("{ withheld: true, list: vip, to: no }, { withheld: true, to: no }, { list: vip, to: no }");
    let expected = [
        "who caller.branches[1].withheld: withheld numbers are already taken by branch 1",
        "who caller.branches[2].list: list vip is already taken by branch 1",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_list_whose_members_are_all_taken() {
    let found = caller(r#"{ prefixes: ["+3247"], to: no }, { list: vip, to: no }"#);
    assert_eq!(
        found,
        ["who caller.branches[1].list: everybody on list vip is already taken by branch 1"]
    );
    assert!(
        caller(r#"{ prefixes: ["+32470"], to: no }, { list: vip, to: no }"#).is_empty(),
        "one member is left"
    );
    assert!(
        caller(r#"{ list: vip, to: no }, { prefixes: ["+32470"], to: no }"#).is_empty(),
        "lists change"
    );
}

#[test]
fn called_branches_shadow_as_well() {
    let nodes = r#"what: { called: { branches: [ { prefixes: ["+3232"], to: no }, { numbers: ["+3232000101"], to: no } ], otherwise: no } }"#;
    assert_eq!(
        texts("what", nodes),
        ["what called.branches[1].numbers[0]: +3232000101 is already taken by branch 1"]
    );
}

#[test]
fn branches_must_match_something() {
    assert_eq!(
        caller("{ to: no }"),
        ["who caller.branches[0]: branch 1 matches nothing"]
    );
    assert_eq!(caller(""), ["who caller.branches: there is no branch"]);
    let called = "what: { called: { branches: [ { to: no } ], otherwise: no } }";
    assert_eq!(
        texts("what", called),
        ["what called.branches[0]: branch 1 matches nothing"]
    );
}

#[test]
fn ring_times_have_bounds() {
    for (ring, wrong) in [
        ("0s", true),
        ("1s", false),
        ("120s", false),
        ("2m", false),
        ("121s", true),
    ] {
        let nodes = format!("a: {{ dial: {{ site: antwerp, ring: {ring}, on: {{ otherwise: no }} }} }}");
        let found = texts("a", &nodes);
        assert_eq!(!found.is_empty(), wrong, "{ring}: {found:?}");
        assert!(
            found
                .iter()
                .all(|text| text.starts_with("a dial.ring: a ring time of")),
            "{found:?}"
        );
    }
}

#[test]
fn a_way_through_a_tree_rings_for_five_minutes_at_most() {
    let dials = |rings: [&str; 3]| {
        let [first, second, third] = rings;
        format!(
            "a: {{ dial: {{ site: antwerp, ring: {first}, on: {{ busy: c, otherwise: b }} }} }}
             b: {{ dial: {{ trunk: pstn, ring: {second}, on: {{ otherwise: c }} }} }}
             c: {{ dial: {{ trunk: pbx-antwerp, ring: {third}, on: {{ otherwise: no }} }} }}"
        )
    };
    assert!(texts("a", &dials(["120s", "60s", "120s"])).is_empty());
    let found = texts("a", &dials(["120s", "61s", "120s"]));
    assert_eq!(
        found,
        ["c dial.ring: a caller may hear 301 s of ringing by the end of this node; 300 s is the most"]
    );
    assert_eq!(RING_TOTAL.as_secs(), 300);
}

#[test]
fn ways_that_exclude_each_other_do_not_add_up() {
    let nodes = "hours: { time: { calendar: office, open: a, closed: b } }
         a: { dial: { site: antwerp, ring: 120s, on: { otherwise: again } } }
         b: { dial: { trunk: pstn, ring: 120s, on: { otherwise: again } } }
         again: { time: { calendar: office, open: c, closed: d } }
         c: { dial: { trunk: pbx-antwerp, ring: 120s, on: { otherwise: no } } }
         d: { dial: { trunk: pbx-antwerp, ring: 120s, on: { otherwise: no } } }";
    assert!(texts("hours", nodes).is_empty(), "120 s and 120 s, whichever way");
}

#[test]
fn statuses_causes_and_repetitions() {
    let reject = |settings: &str| texts("a", &format!("a: {{ reject: {{ {settings} }} }}"));
    let only_a = |found: Vec<String>| {
        found
            .into_iter()
            .filter(|text| text.starts_with("a "))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        only_a(reject("status: 302")),
        ["a reject.status: 302 is not a status that refuses a call"]
    );
    assert_eq!(
        only_a(reject("status: 700")),
        ["a reject.status: 700 is not a status that refuses a call"]
    );
    assert_eq!(
        only_a(reject("status: 603, cause: 128")),
        ["a reject.cause: 128 is not a Q.850 cause"]
    );
    assert_eq!(
        only_a(reject("status: 603, cause: 0")),
        ["a reject.cause: 0 is not a Q.850 cause"]
    );
    assert!(only_a(reject("status: 400, cause: 127")).is_empty());
    let announce = texts("a", "a: { announce: { play: closed, repeat: 0, then: no } }");
    assert_eq!(
        announce,
        ["a announce.repeat: an announcement cannot be played 0 times"]
    );
}

#[test]
fn mistakes_are_reported_together() {
    let found = texts(
        "who",
        r#"who: { caller: { branches: [ { list: vips, to: desk } ], otherwise: hours } }
           hours: { time: { calendar: office, open: desk, closed: shutt } }
           desk: { dial: { site: antwerp, ring: 500s, on: { busy: no } } }"#,
    );
    assert_eq!(found.len(), 4, "{found:#?}");
    for place in [
        "who caller.branches[0].list",
        "hours time.closed",
        "desk dial.ring",
        "desk dial.on",
    ] {
        assert!(
            found.iter().any(|text| text.starts_with(&format!("{place}: "))),
            "{place}: {found:#?}"
        );
    }
}

/// Asks eight lists, then six calendars, so that every call has a way of its own: 256 kinds of caller at 64 times.
fn labyrinth(lists: usize, calendars: usize) -> Sample {
    let mut nodes = String::new();
    let step = |index: usize| format!("n{index}");
    for bit in 0..lists + calendars {
        let last = bit + 1 == lists + calendars;
        let (yes, no) = if last {
            ("no".into(), "no".into())
        } else {
            (format!("y{bit}"), step(bit + 1))
        };
        nodes.push_str(&match bit < lists {
            true => format!(
                "n{bit}: {{ caller: {{ branches: [ {{ list: l{bit}, to: {yes} }} ], otherwise: {no} }} }}\n"
            ),
            false => format!("n{bit}: {{ time: {{ calendar: c{bit}, open: {yes}, closed: {no} }} }}\n"),
        });
        if !last {
            let on = format!("on: {{ otherwise: {} }}", step(bit + 1));
            nodes.push_str(&format!(
                "y{bit}: {{ dial: {{ trunk: pstn, ring: 1s, {on} }} }}\n"
            ));
        }
    }
    let mut sample = Sample::with_nodes("n0", &format!("{nodes}{NO}"));
    for bit in 0..lists {
        let prefixes = (0..1 << lists)
            .filter(|row| row >> bit & 1 == 1)
            .map(|row: u32| format!("+32{row:03}"));
        let list = List {
            prefixes: prefixes.collect(),
            ..List::default()
        };
        sample.customer.lists.insert(format!("l{bit}"), list);
    }
    for bit in 0..calendars {
        let slots = (0..1_u16 << calendars).filter(|slot| slot >> bit & 1 == 1);
        let hours = slots
            .map(|slot| Hours {
                from: 20 * slot,
                to: 20 * (slot + 1),
            })
            .collect();
        let week = vec![Weekly {
            days: vec![Weekday::Monday],
            hours,
        }];
        sample.customer.calendars.insert(
            format!("c{}", lists + bit),
            Calendar {
                week,
                ..Calendar::default()
            },
        );
    }
    sample
}

#[test]
fn a_tree_with_too_many_ways_is_refused() {
    assert_eq!(faults(&labyrinth(4, 3)), []);
    let found = faults(&labyrinth(8, 6));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].node.clone(), found[0].path.as_str()), (None, "nodes"));
    assert!(
        found[0]
            .message
            .starts_with("this tree is too large to be proved"),
        "{found:?}"
    );
}

/// A row of announcements, each leading to the next.
fn row(count: usize) -> String {
    let announce = |index| {
        format!(
            "a{index}: {{ announce: {{ play: closed, answer: false, then: a{} }} }}\n",
            index + 1
        )
    };
    (0..count - 1)
        .map(announce)
        .chain([format!("a{}: {{ reject: {{ status: 480 }} }}", count - 1)])
        .collect()
}

#[test]
fn ways_and_trees_have_a_length() {
    assert_eq!(faults(&Sample::with_nodes("a0", &row(100))), []);
    let long = faults(&Sample::with_nodes("a0", &row(101)));
    assert_eq!(
        (long.len(), long[0].path.as_str()),
        (1, "announce.then"),
        "{long:?}"
    );
    assert!(long[0].message.starts_with("calls pass 100 nodes"));
    let large = faults(&Sample::with_nodes("a0", &row(1001)));
    assert_eq!(
        (large.len(), large[0].message.as_str()),
        (1, "this tree has 1001 nodes; 1000 is the most")
    );
}
