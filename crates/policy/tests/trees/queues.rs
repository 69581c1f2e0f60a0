//! Queues in trees: where a wait leads, in which words, and on paper (ACM-01).

use pointsman_policy::acm::GroupSetup;
use pointsman_policy::{Cursor, Ended, Outcome, RoutingPolicy, Step, walk};

use crate::sample::{Sample, call};

const NODES: &str = r#"line: { queue: { group: sales, music: closed, max_wait: 2m, exit_key: "0", on: { congestion: refuse, keyed: desk, otherwise: shut } } }
desk: { dial: { site: antwerp, ring: 20s, on: { otherwise: shut } } }
shut: { announce: { play: closed, then: end } }
refuse: { reject: { status: 603 } }"#;

fn sample() -> Sample {
    let mut sample = Sample::with_nodes("line", NODES);
    sample
        .customer
        .groups
        .insert("sales".into(), GroupSetup::default());
    sample
}

#[test]
fn every_outcome_of_a_wait_leads_where_the_tree_says_and_why_is_said() {
    pointsman_conformance::shows(&["TRM-02 agents"]);
    let trm = sample().trm();
    let facts = call(Some("+32475112233"), "+3232000100", "2026-11-24T10:00");
    let expected = [
        (
            Ended::Answered,
            "end",
            "an agent of sales answered and hung up; hangs up",
        ),
        (
            Ended::NoAnswer,
            "shut",
            "no agent of sales was free in 120 s; answers and plays announcement closed",
        ),
        (
            Ended::Congestion,
            "refuse",
            "the queue of sales was full; refuses the call: 603 Decline",
        ),
        (
            Ended::Unreachable,
            "shut",
            "no agent of sales is logged in; answers and plays announcement closed",
        ),
        (
            Ended::Keyed,
            "desk",
            "the caller left the queue of sales by key; rings site antwerp for 20 s",
        ),
    ];
    for (ended, node, why) in expected {
        let decision = trm.step(&facts, Cursor::at("line"), Some(ended));
        let last = decision.trace.last().expect("a decision says why");
        assert_eq!((last.node.as_str(), last.why.as_str()), (node, why), "{ended}");
    }
    let first = trm.step(&facts, Cursor::start(), None);
    assert!(matches!(&first.step, Step::Queue(queue) if queue.group == "sales" && queue.answer));
    assert_eq!(first.trace[0].why, "waits for an agent of sales for 120 s");
}

#[test]
fn on_paper_an_agent_answers_unless_the_line_says_otherwise() {
    let trm = sample().trm();
    let mut facts = call(None, "+3232000100", "2026-11-24T10:00");
    let outcome =
        |facts: &pointsman_policy::Facts| walk(&trm, facts, |step| facts.lines.outcome_of(step)).outcome;
    assert_eq!(outcome(&facts), Outcome::Answered("queue:sales".into()));
    facts.lines.add("queue:sales=congestion").expect("a line");
    assert_eq!(outcome(&facts), Outcome::Rejected(603));
}
