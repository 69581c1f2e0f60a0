//! Each kind of mistake: where it is reported, in which words, and the call it would lose.

use pointsman_policy::check::{Example, Fault, check};
use pointsman_policy::explain::explain;
use pointsman_policy::tree::{Node, Trm, compile};
use pointsman_policy::{Kind, Outcome};

use crate::sample::{BAKERY, Sample};

const SHUT: &str = "shut: { announce: { play: closed, then: end } }";

/// The faults of a tree; every example must be true.
pub(crate) fn faults(sample: &Sample) -> Vec<Fault> {
    let faults = check(&sample.tree, &sample.customer);
    let unchecked = Trm::unchecked(sample.tree.clone(), &sample.customer);
    for fault in &faults {
        let Some(example) = &fault.example else { continue };
        let explanation = explain(&unchecked, &example.facts());
        assert!(
            matches!(explanation.outcome, Outcome::Lost(_)),
            "{fault:?} is not lost: {explanation:?}"
        );
    }
    faults
}

/// "node path: message" of the only fault, and its example as a command.
fn one(start: &str, nodes: &str) -> (String, Option<String>) {
    let faults = faults(&Sample::with_nodes(start, nodes));
    let [fault] = faults.as_slice() else {
        panic!("expected one fault: {faults:#?}")
    };
    let node = fault.node.as_deref().unwrap_or("tree");
    let command = fault.example.as_ref().map(Example::command);
    (format!("{node} {}: {}", fault.path, fault.message), command)
}

/// TRM-07: at most ten targets ring at once, each once.
#[test]
fn a_dial_of_too_many_or_of_the_same_twice_is_refused() {
    let numbers = |count: usize| {
        let number = |last: usize| format!("{{ number: '+3247500{last:04}', trunk: pstn }}");
        (0..count).map(number).collect::<Vec<_>>().join(", ")
    };
    let ring = |all: &str| {
        format!("desk: {{ dial: {{ all: [ {all} ], ring: 20s, on: {{ otherwise: shut }} }} }}\n{SHUT}")
    };
    assert_eq!(faults(&Sample::with_nodes("desk", &ring(&numbers(10)))), []);
    assert_eq!(
        one("desk", &ring(&numbers(11))).0,
        "desk dial.all: 11 targets at once; 10 is the most"
    );
    assert_eq!(
        one(
            "desk",
            &ring("{ site: antwerp }, { trunk: pbx-antwerp }, { site: antwerp }")
        )
        .0,
        "desk dial.all[2]: site:antwerp would be rung twice at the same time"
    );
    let (text, _) = one("desk", &ring("{ site: antwerp }, { trunk: pxb }"));
    assert_eq!(text, "desk dial.all[1].trunk: there is no trunk 'pxb'");
}

/// The times of those that ring together count once on the way.
#[test]
fn ringing_at_once_counts_once_on_the_way() {
    let node = |name: &str, next: &str| {
        format!(
            "{name}: {{ dial: {{ all: [ {{ site: antwerp }}, {{ trunk: pstn }} ], ring: 100s, \
             on: {{ otherwise: {next} }} }} }}\n"
        )
    };
    let three = [node("a", "b"), node("b", "c"), node("c", "shut"), SHUT.into()].concat();
    assert_eq!(faults(&Sample::with_nodes("a", &three)), []);
    let four = [
        node("a", "b"),
        node("b", "c"),
        node("c", "d"),
        node("d", "shut"),
        SHUT.into(),
    ]
    .concat();
    assert_eq!(
        one("a", &four).0,
        "d dial.ring: a caller may hear 400 s of ringing by the end of this node; 300 s is the most"
    );
}

#[test]
fn the_bakery_is_right() {
    assert_eq!(faults(&Sample::read(BAKERY)), []);
}

#[test]
fn a_missing_exit_loses_a_call() {
    let (text, example) = one(
        "hours",
        "hours: { time: { calendar: office, open: desk, closed: shut } }
         desk: { dial: { site: antwerp, ring: 20s, on: { busy: shut, no_answer: shut } } }
         shut: { announce: { play: closed, then: end } }",
    );
    assert_eq!(
        text,
        "desk dial.on: no exit for unreachable, rejected, congestion: such a call would be lost"
    );
    let command = "pointsman explain --from +32470000100 --to +3232000100 --at 2026-01-05T10:00+01:00 \
                   --line site:antwerp=unreachable";
    assert_eq!(example.as_deref(), Some(command));
}

#[test]
fn all_five_exits_need_no_otherwise() {
    let nodes = format!(
        "desk: {{ dial: {{ site: antwerp, ring: 20s, on: {{ busy: shut, no_answer: shut, unreachable: shut, rejected: shut, congestion: shut }} }} }}
         {SHUT}"
    );
    assert_eq!(faults(&Sample::with_nodes("desk", &nodes)), []);
}

#[test]
fn callers_without_a_branch_are_lost() {
    let nodes = format!("who: {{ caller: {{ branches: [ {{ prefixes: [\"+\"], to: shut }} ] }} }}\n{SHUT}");
    let (text, example) = one("who", &nodes);
    assert_eq!(
        text,
        "who caller.branches: calls from 2100 match no branch, and there is no otherwise"
    );
    assert!(
        example
            .unwrap()
            .starts_with("pointsman explain --from 2100 --to +3232000100")
    );
    let nodes = nodes.replace("[ { prefixes", "[ { withheld: true, to: shut }, { prefixes");
    assert_eq!(one("who", &nodes).0, text);
}

#[test]
fn withheld_numbers_are_callers_too() {
    let nodes = format!(
        "first: {{ caller: {{ branches: [ {{ withheld: true, to: second }} ], otherwise: shut }} }}
         second: {{ caller: {{ branches: [ {{ prefixes: [\"+33\"], to: third }} ], otherwise: third }} }}
         third: {{ caller: {{ branches: [ {{ list: vip, to: shut }} ] }} }}
         {SHUT}"
    );
    let (text, example) = one("first", &nodes);
    assert_eq!(
        text,
        "third caller.branches: calls with a withheld number match no branch, and there is no otherwise"
    );
    assert!(
        example
            .unwrap()
            .starts_with("pointsman explain --to +3232000100 --at")
    );
}

#[test]
fn called_branches_must_cover_the_numbers_bound_to_the_tree() {
    pointsman_conformance::shows(&["TRM-05 called"]);
    let nodes =
        format!("what: {{ called: {{ branches: [ {{ numbers: [\"+3232000100\"], to: shut }} ] }} }}\n{SHUT}");
    let (text, example) = one("what", &nodes);
    assert_eq!(
        text,
        "what called.branches: calls to +3232000101 match no branch, and there is no otherwise"
    );
    assert!(example.unwrap().contains("--to +3232000101"));
    let mut only = Sample::with_nodes("what", &nodes);
    only.customer
        .bound
        .insert("main".into(), ["+3232000100".to_owned()].into());
    assert_eq!(faults(&only), []);
    only.customer.bound.insert("main".into(), ["*".to_owned()].into());
    assert_eq!(faults(&only).len(), 1, "any number may arrive");
    only.customer.bound.clear();
    let unbound = faults(&only);
    assert_eq!(
        (unbound.len(), &unbound[0].example),
        (1, &None),
        "no call reaches a tree without numbers"
    );
}

#[test]
fn hanging_up_on_an_unanswered_caller_is_no_answer() {
    let (text, example) = one(
        "desk",
        "desk: { dial: { site: antwerp, ring: 20s, on: { busy: bye, otherwise: end } } }\nbye: { reject: { status: 486 } }",
    );
    assert_eq!(
        text,
        "desk dial.on.otherwise: hangs up although nobody has answered the caller"
    );
    assert!(example.unwrap().ends_with("--line site:antwerp=no_answer"));
    let (text, _) = one(
        "early",
        "early: { announce: { play: closed, answer: false, then: end } }",
    );
    assert_eq!(
        text,
        "early announce.then: hangs up although nobody has answered the caller"
    );
    let found = faults(&Sample::with_nodes("end", SHUT));
    let start = ("start", "hangs up although nobody has answered the caller");
    assert_eq!((found[0].path.as_str(), found[0].message.as_str()), start);
}

#[test]
fn an_answered_way_does_not_excuse_an_unanswered_one() {
    let (text, example) = one(
        "desk",
        "desk: { dial: { site: antwerp, ring: 20s, on: { answered: last, otherwise: last } } }
         last: { announce: { play: closed, answer: false, then: end } }",
    );
    assert_eq!(
        text,
        "last announce.then: hangs up although nobody has answered the caller"
    );
    assert!(example.unwrap().ends_with("--line site:antwerp=busy"));
}

#[test]
fn an_end_node_is_the_same_as_end() {
    let nodes = "shut: { announce: { play: closed, then: bye } }\nbye: { end: {} }";
    assert_eq!(faults(&Sample::with_nodes("shut", nodes)), []);
    let (text, _) = one(
        "early",
        "early: { announce: { play: closed, answer: false, then: bye } }\nbye: { end: {} }",
    );
    assert_eq!(
        text,
        "early announce.then: hangs up although nobody has answered the caller"
    );
}

#[test]
fn a_loop_is_printed() {
    let (text, example) = one(
        "desk",
        "desk: { dial: { site: antwerp, ring: 20s, on: { busy: mobile, otherwise: no } } }
         mobile: { dial: { number: \"+32475000001\", trunk: pstn, ring: 25s, on: { no_answer: desk, otherwise: no } } }
         no: { reject: { status: 480 } }",
    );
    assert_eq!(
        text,
        "mobile dial.on.no_answer: calls go round for ever: desk → mobile → desk"
    );
    let lines = "--line site:antwerp=busy --line number:+32475000001=no_answer";
    assert!(example.unwrap().ends_with(lines));
}

#[test]
fn a_loop_of_conditions_is_a_loop() {
    let nodes = format!(
        "a: {{ time: {{ calendar: office, open: b, closed: shut }} }}
         b: {{ caller: {{ branches: [ {{ withheld: true, to: a }} ], otherwise: shut }} }}
         {SHUT}"
    );
    let (text, example) = one("a", &nodes);
    assert_eq!(
        text,
        "b caller.branches[0].to: calls go round for ever: a → b → a"
    );
    assert!(!example.unwrap().contains("--from"));
}

#[test]
fn a_loop_that_no_call_can_enter_is_a_loop_all_the_same() {
    let nodes = format!(
        "a: {{ time: {{ calendar: office, open: b, closed: shut }} }}
         b: {{ time: {{ calendar: office, open: shut, closed: a }} }}
         {SHUT}"
    );
    let (text, example) = one("a", &nodes);
    assert_eq!(
        (text.as_str(), example),
        ("b time.closed: calls go round for ever: a → b → a", None)
    );
}

#[test]
fn misspelt_nodes_are_one_mistake_each() {
    let (text, example) = one(
        "desk",
        &format!("desk: {{ dial: {{ site: antwerp, ring: 20s, on: {{ otherwise: shot }} }} }}\n{SHUT}"),
    );
    assert_eq!(
        text,
        "desk dial.on.otherwise: there is no node 'shot' in this tree"
    );
    assert!(example.unwrap().ends_with("--line site:antwerp=busy"));
    let hint = |faults: Vec<Fault>| faults[0].hint.clone().unwrap();
    let misspelt = faults(&Sample::with_nodes("shutt", SHUT));
    assert_eq!((misspelt.len(), misspelt[0].path.as_str()), (1, "start"));
    assert_eq!(hint(misspelt), "did you mean 'shut'?");
}

#[test]
fn names_that_do_not_exist() {
    for (nodes, expected) in [
        (
            "a: { dial: { site: antwerpen, ring: 20s, on: { otherwise: no } } }",
            "a dial.site: there is no site 'antwerpen'",
        ),
        (
            "a: { dial: { trunk: pst, ring: 20s, on: { otherwise: no } } }",
            "a dial.trunk: there is no trunk 'pst'",
        ),
        (
            "a: { dial: { number: \"+32475000001\", trunk: ptsn, ring: 20s, on: { otherwise: no } } }",
            "a dial.trunk: there is no trunk 'ptsn'",
        ),
        (
            "a: { time: { calendar: ofice, open: no, closed: no } }",
            "a time.calendar: there is no calendar 'ofice'",
        ),
        (
            "a: { announce: { play: close, answer: false, then: no } }",
            "a announce.play: there is no announcement 'close'",
        ),
        (
            "a: { caller: { branches: [ { prefixes: [\"+33\"], to: no }, { list: vips, to: no } ], otherwise: no } }",
            "a caller.branches[1].list: there is no list 'vips'",
        ),
    ] {
        let (text, example) = one("a", &format!("{nodes}\nno: {{ reject: {{ status: 480 }} }}"));
        assert_eq!(text, expected);
        assert!(example.is_some(), "{expected}");
    }
}

#[test]
fn what_could_not_be_read_is_no_second_mistake() {
    let nodes = "a: { dial: { site: ghent, ring: 20s, on: { busy: b, otherwise: c } } }
                 c: { announce: { play: welcome, then: end } }
                 d: { caller: { branches: [ { list: friends, to: c } ], otherwise: b } }";
    let mut sample = Sample::with_nodes("a", nodes);
    sample.customer.unread.extend([
        (Kind::Site, "ghent".to_owned()),
        (Kind::Announcement, "welcome".to_owned()),
        (Kind::List, "friends".to_owned()),
    ]);
    sample.tree.unread.insert("b".into());
    assert_eq!(faults(&sample), [], "b may lead to d, for all that is known");
    let refused = compile(sample.tree.clone(), &sample.customer).map(drop);
    assert_eq!(refused, Err(Vec::new()), "but it does not load");
    sample.tree.unread.clear();
    sample.tree.nodes.insert("b".into(), Node::End);
    assert!(!faults(&sample).is_empty());
}

#[test]
fn unreachable_nodes() {
    let nodes = format!(
        "spare: {{ dial: {{ site: antwerp, ring: 20s, on: {{ otherwise: more }} }} }}\nmore: {{ reject: {{ status: 480 }} }}\n{SHUT}"
    );
    let (text, example) = one("shut", &nodes);
    assert_eq!(
        (text.as_str(), example),
        ("spare : no call can get here: no node leads to it", None)
    );
}

#[test]
fn nodes_behind_contradicting_conditions() {
    let nodes = format!(
        "hours: {{ time: {{ calendar: office, open: again, closed: shut }} }}
         again: {{ time: {{ calendar: office, open: shut, closed: never }} }}
         never: {{ reject: {{ status: 480 }} }}
         {SHUT}"
    );
    let (text, _) = one("hours", &nodes);
    assert_eq!(
        text,
        "never : no call can get here: the conditions on every way to it exclude each other"
    );
}

#[test]
fn a_careful_otherwise_is_no_mistake() {
    let nodes = format!(
        "what: {{ called: {{ branches: [ {{ prefixes: [\"+32\"], to: shut }} ], otherwise: odd }} }}
         odd: {{ reject: {{ status: 404 }} }}
         {SHUT}"
    );
    assert_eq!(faults(&Sample::with_nodes("what", &nodes)), []);
}

#[test]
fn an_empty_list_may_fill() {
    let nodes = format!(
        "who: {{ caller: {{ branches: [ {{ list: vip, to: no }} ], otherwise: shut }} }}\nno: {{ reject: {{ status: 603 }} }}\n{SHUT}"
    );
    let mut sample = Sample::with_nodes("who", &nodes);
    sample
        .customer
        .lists
        .insert("vip".into(), pointsman_policy::tree::List::default());
    assert_eq!(faults(&sample), []);
}

#[test]
fn the_tree_itself() {
    let mut sample = Sample::read(BAKERY);
    sample.tree.zone = "Europe/Brusels".into();
    let found = faults(&sample);
    assert_eq!((found[0].node.clone(), found[0].path.as_str()), (None, "zone"));
    assert_eq!(found.len(), 1, "{found:?}");
    let mut sample = Sample::with_nodes("shut", SHUT);
    sample.tree.nodes.insert("end".into(), Node::End);
    let found = faults(&sample);
    assert_eq!(found[0].message, "'end' already means to hang up");
    assert_eq!(found.len(), 1, "{found:?}");
}
