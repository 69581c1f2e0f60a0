//! Random small trees: the checker against brute force.
//!
//! A tree that the checker accepts must answer every call that brute force can think of; a tree that it refuses with an
//! example must lose exactly that call; and what brute force loses, the checker must refuse.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use pointsman_policy::check::{RING_TOTAL, check};
use pointsman_policy::explain::explain;
use pointsman_policy::tree::{
    AnnounceNode, CalledBranch, CalledNode, CallerBranch, CallerNode, DialNode, DialTo, Exits, Node,
    RejectNode, TimeNode, Tree, Trm,
};
use pointsman_policy::{Cursor, CustomerContext, Ended, Facts, Outcome, RoutingPolicy, Step, walk};

use crate::sample::{DIAL_OUTCOMES, Random, Sample};

/// Trees tried when `POINTSMAN_TREES` does not say how many.
const TREES: u64 = 1_500;
/// Calls tried on each tree.
const CALLS: usize = 60;

#[test]
fn checker_and_brute_force_agree() {
    let (mut accepted, mut examples, mut lost) = (0, 0, 0);
    let trees = std::env::var("POINTSMAN_TREES")
        .ok()
        .map_or(TREES, |count| count.parse().expect("a number of trees"));
    for seed in 0..trees {
        let mut random = Random::new(seed);
        let customer = customer(&mut random);
        let tree = tree(&mut random);
        let faults = check(&tree, &customer);
        let unchecked = Trm::unchecked(tree.clone(), &customer);
        for example in faults.iter().filter_map(|fault| fault.example.as_ref()) {
            let outcome = explain(&unchecked, &example.facts()).outcome;
            assert!(
                matches!(outcome, Outcome::Lost(_)),
                "seed {seed}: {example:?} ends {outcome:?} in {tree:#?}"
            );
            examples += 1;
        }
        let found = (0..CALLS).find_map(|_| brute_force(&unchecked, &call(&mut random, &customer)));
        if let Some(way) = found {
            assert!(
                !faults.is_empty(),
                "seed {seed}: accepted, but lost: {way} in {tree:#?} {customer:#?}"
            );
            lost += 1;
        }
        if faults.is_empty() {
            accepted += 1;
            walk_at_random(&unchecked, &customer, &mut random, seed);
        }
    }
    println!(
        "{trees} trees: {accepted} accepted, {lost} lose a call of {CALLS}, {examples} examples are true"
    );
    // Guards against a generator that makes only one kind of tree.
    let least = trees / 6;
    assert!(
        accepted > least && examples > least && lost > least,
        "{accepted} {examples} {lost}"
    );
}

/// Every order of outcomes of one call; a description of the first that is lost.
fn brute_force(trm: &Trm, facts: &Facts) -> Option<String> {
    let first = trm.step(facts, Cursor::start(), None);
    let mut open = vec![(first, false, vec![], Duration::ZERO)];
    while let Some((decision, answered, passed, ring)) = open.pop() {
        let told = || format!("{facts:?} by {passed:?}: {decision:?}");
        let place = decision.cursor.clone();
        match &decision.step {
            step if step.is_lost() => return Some(told()),
            Step::End if !answered => return Some(told()),
            Step::End | Step::Reject { .. } | Step::PassOn => {}
            step => {
                if passed.contains(&place) {
                    return Some(format!("goes round: {}", told()));
                }
                let further: Vec<_> = passed.iter().cloned().chain([place.clone()]).collect();
                let (outcomes, rung): (&[Ended], _) = match step {
                    Step::Dial(dial) => (&DIAL_OUTCOMES, dial.ring),
                    _ => (&[Ended::Played], Duration::ZERO),
                };
                if ring + rung > RING_TOTAL {
                    return Some(format!("rings too long: {}", told()));
                }
                let answers = matches!(step, Step::Play(play) if play.answer);
                for ended in outcomes {
                    let next = trm.step(facts, place.clone(), Some(*ended));
                    let answered = answered || answers || *ended == Ended::Answered;
                    open.push((next, answered, further.clone(), ring + rung));
                }
            }
        }
    }
    None
}

/// Random outcomes end any call of an accepted tree, after no more steps than it has nodes.
fn walk_at_random(trm: &Trm, customer: &CustomerContext, random: &mut Random, seed: u64) {
    for _ in 0..CALLS {
        let facts = call(random, customer);
        let walk = walk(trm, &facts, |step| match step {
            Step::Dial(_) => *random.pick(&DIAL_OUTCOMES),
            _ => Ended::Played,
        });
        assert!(
            !matches!(walk.outcome, Outcome::Lost(_)),
            "seed {seed}: {facts:?} {walk:?}"
        );
        assert!(
            walk.decisions.len() <= trm.tree().nodes.len() + 1,
            "seed {seed}: {walk:?}"
        );
    }
}

const PREFIXES: [&str; 7] = ["+3", "+32", "+324", "+33", "+", "2", "+3247"];
const NUMBERS: [&str; 5] = ["+3247", "+324", "+33", "21", "+32470000100"];
const CALLED: [&str; 3] = ["+3232000100", "+3232000101", "+3233000100"];
const CALLED_PREFIXES: [&str; 4] = ["+32", "+3232", "+3233", "+32320001"];
const DATES: [&str; 5] = [
    "2026-03-29",
    "2026-10-25",
    "2026-12-24",
    "2026-12-25",
    "2026-03-28",
];
const TIMES: [&str; 9] = [
    "00:00", "02:00", "02:30", "03:00", "09:00", "12:30", "18:00", "22:00", "24:00",
];

fn hours(random: &mut Random) -> String {
    loop {
        let (from, to) = (*random.pick(&TIMES), *random.pick(&TIMES));
        if from != to && from != "24:00" && to != "00:00" {
            return format!("\"{from}-{to}\"");
        }
    }
}

fn customer(random: &mut Random) -> CustomerContext {
    let mut calendars = String::new();
    for name in ["one", "two"] {
        let days = random
            .some::<String>(&["mon", "tue", "wed", "thu", "fri", "sat", "sun"], 50)
            .join(", ");
        let days = if days.is_empty() { "sun".to_owned() } else { days };
        let (closed, open): (Vec<String>, Vec<String>) = random
            .some(&DATES, 40)
            .into_iter()
            .partition(|_| random.chance(50));
        let open: Vec<String> = open
            .iter()
            .map(|date| format!("{{ date: \"{date}\", hours: [{}] }}", hours(random)))
            .collect();
        calendars.push_str(&format!(
            "  {name}: {{ week: [ {{ days: [{days}], hours: [{}] }} ], closed: {closed:?}, open: [{}] }}\n",
            hours(random),
            open.join(", ")
        ));
    }
    let numbers: Vec<String> = random.some(&NUMBERS, 30);
    let prefixes: Vec<String> = random.some(&PREFIXES, 20);
    let bound = if random.chance(20) {
        vec!["*".to_owned()]
    } else {
        random.some(&CALLED, 70)
    };
    let yaml = format!(
        "country: \"32\"\nzone: Europe/Brussels\ntrunks: [pstn, pbx]\n\
         sites:\n  antwerp: {{ trunk: pbx, number: \"+3232000100\" }}\n\
         announcements:\n  closed: {{ file: closed.wav }}\n\
         calendars:\n{calendars}lists:\n  vip: {{ prefixes: {prefixes:?} }}\n\
         numbers: {bound:?}\n\
         tree: {{ start: a, nodes: {{}} }}\n"
    );
    let mut customer = Sample::read(&yaml).customer;
    // Numbers of lists as they might arrive, short ones included, which YAML would take for misspelt.
    let list = customer.lists.get_mut("vip").expect("the list is in the sample");
    list.numbers = numbers.into_iter().collect();
    customer
}

/// A tree of up to eight nodes whose exits mostly lead forward; nodes to which nothing leads are left out.
fn tree(random: &mut Random) -> Tree {
    let count = 2 + random.below(7);
    let mut nodes: BTreeMap<String, Node> = (0..count)
        .map(|index| (name(index), node(random, index, count)))
        .collect();
    let mut linked = BTreeSet::new();
    let mut open = vec![name(0)];
    while let Some(next) = open.pop() {
        if let Some(node) = nodes.get(&next)
            && linked.insert(next)
        {
            open.extend(targets(node));
        }
    }
    nodes.retain(|name, _| linked.contains(name));
    Tree {
        name: "main".into(),
        zone: "Europe/Brussels".into(),
        start: name(0),
        nodes,
        ..Tree::default()
    }
}

fn targets(node: &Node) -> Vec<String> {
    let all: Vec<Option<String>> = match node {
        Node::Called(node) => node
            .branches
            .iter()
            .map(|branch| Some(branch.to.clone()))
            .chain([node.otherwise.clone()])
            .collect(),
        Node::Caller(node) => node
            .branches
            .iter()
            .map(|branch| Some(branch.to.clone()))
            .chain([node.otherwise.clone()])
            .collect(),
        Node::Time(node) => vec![Some(node.open.clone()), Some(node.closed.clone())],
        Node::Dial(node) => {
            let on = node.on.clone();
            vec![
                on.answered,
                on.busy,
                on.no_answer,
                on.unreachable,
                on.rejected,
                on.congestion,
                on.otherwise,
            ]
        }
        Node::Announce(node) => vec![Some(node.then.clone())],
        Node::Queue(node) => {
            let on = node.on.clone();
            vec![
                on.answered,
                on.no_answer,
                on.congestion,
                on.unreachable,
                on.keyed,
                on.otherwise,
            ]
        }
        Node::Reject(_) | Node::End => Vec::new(),
    };
    all.into_iter().flatten().collect()
}

fn name(index: usize) -> String {
    char::from(b'a' + u8::try_from(index).expect("few nodes")).to_string()
}

/// Mostly a later node; now and then an earlier one, none at all, or the end.
fn exit(random: &mut Random, index: usize, count: usize) -> String {
    match random.below(100) {
        0 => name(random.below(index + 1)),
        1 => "nowhere".into(),
        2 => "end".into(),
        _ => name(index + 1 + random.below(count - index - 1)),
    }
}

fn maybe(random: &mut Random, percent: usize, index: usize, count: usize) -> Option<String> {
    random.chance(percent).then(|| exit(random, index, count))
}

fn node(random: &mut Random, index: usize, count: usize) -> Node {
    if index + 1 == count {
        return match random.below(2) {
            0 => Node::Announce(announce("end".into(), true)),
            _ => Node::Reject(RejectNode {
                status: 480,
                cause: None,
                reason: "Later".into(),
            }),
        };
    }
    match random.below(6) {
        0 => Node::Called(called(random, index, count)),
        1 => Node::Caller(caller(random, index, count)),
        2 => Node::Time(TimeNode {
            calendar: (*random.pick(&["one", "two"])).into(),
            open: exit(random, index, count),
            closed: exit(random, index, count),
        }),
        3 | 4 => Node::Dial(dial(random, index, count)),
        _ => {
            let answer = random.chance(60);
            Node::Announce(announce(exit(random, index, count), answer))
        }
    }
}

fn announce(then: String, answer: bool) -> AnnounceNode {
    AnnounceNode {
        play: "closed".into(),
        answer,
        repeat: 1,
        then,
    }
}

fn called(random: &mut Random, index: usize, count: usize) -> CalledNode {
    let branches = (0..=random.below(2)).map(|_| CalledBranch {
        numbers: random.some(&CALLED, 40),
        prefixes: random.some(&CALLED_PREFIXES, 30),
        to: exit(random, index, count),
    });
    CalledNode {
        branches: branches.collect(),
        otherwise: maybe(random, 85, index, count),
    }
}

fn caller(random: &mut Random, index: usize, count: usize) -> CallerNode {
    let branches = (0..=random.below(3)).map(|_| CallerBranch {
        list: random.chance(25).then(|| "vip".into()),
        numbers: random.some(&NUMBERS, 15),
        prefixes: random.some(&PREFIXES, 15),
        withheld: random.chance(20),
        to: exit(random, index, count),
    });
    CallerNode {
        branches: branches.collect(),
        otherwise: maybe(random, 90, index, count),
    }
}

fn dial(random: &mut Random, index: usize, count: usize) -> DialNode {
    let everybody = [
        DialTo::Site("antwerp".into()),
        DialTo::Trunk("pbx".into()),
        DialTo::Number {
            number: "+32475000001".into(),
            trunk: "pstn".into(),
        },
    ];
    let to = random.pick(&everybody).clone();
    // One dial in five rings somebody else at the same time.
    let also = everybody
        .into_iter()
        .filter(|other| *other != to && random.chance(10));
    let also = also.collect();
    let on = Exits {
        answered: maybe(random, 15, index, count),
        busy: maybe(random, 30, index, count),
        no_answer: maybe(random, 30, index, count),
        unreachable: maybe(random, 10, index, count),
        rejected: maybe(random, 10, index, count),
        congestion: maybe(random, 10, index, count),
        otherwise: maybe(random, 92, index, count),
    };
    DialNode {
        to,
        also,
        ring: Duration::from_secs(*random.pick(&[20, 60, 110])),
        on,
    }
}

/// A call somewhere near the patterns and dates of the trees.
fn call(random: &mut Random, customer: &CustomerContext) -> Facts {
    let from = match random.below(5) {
        0 => None,
        1 => Some((*random.pick(&NUMBERS)).to_owned()),
        2 => Some((*random.pick(&["alice", "2", "21", "210", "+", "5", "+3"])).to_owned()),
        _ => {
            let digits = (0..random.below(6)).map(|_| *random.pick(&['1', '2', '3', '4', '7']));
            Some(['+', '3'].into_iter().chain(digits).collect())
        }
    };
    let date = *random.pick(&[
        "2026-03-29",
        "2026-10-25",
        "2026-12-25",
        "2026-03-30",
        "2026-06-17",
        "2026-06-20",
    ]);
    let at = format!("{date} {:02}:{:02}", random.below(24), random.below(2) * 30);
    let bound: Vec<&String> = customer.bound["main"]
        .iter()
        .filter(|number| *number != "*")
        .collect();
    let to = if bound.is_empty() {
        CALLED[random.below(3)]
    } else {
        random.pick(&bound)
    };
    crate::sample::call(from.as_deref(), to, &at)
}
