//! What a person reads about a call.

use pointsman_policy::check::check;
use pointsman_policy::explain::{explain, render};
use pointsman_policy::tree::Trm;
use pointsman_policy::{Outcome, RoutingPolicy, STEP_LIMIT, walk};

use crate::sample::{BAKERY, Sample, call, with_lines};

#[test]
fn the_way_of_a_call_is_told_line_by_line() {
    let trm = Sample::read(BAKERY).trm();
    let facts = call(Some("+3281000000"), "+3232000100", "2026-11-24 10:05");
    let facts = with_lines(facts, &["antwerp=busy", "number:+32475000001=no_answer"]);
    let text = render(&explain(&trm, &facts));
    let expected = format!(
        "\
+3281000000 calls +3232000100 at 2026-11-24 10:05 Europe/Brussels (policy version {})
  what    called number +3232000100 begins with +3232
  who     caller +3281000000 matches no branch
  hours   Tuesday 2026-11-24 10:05 Europe/Brussels is inside office hours 09:00-12:30
  desk    rings site antwerp for 20 s
  mobile  site antwerp was busy; rings +32475000001 through pstn for 25 s
  shut    +32475000001 did not answer; answers and plays announcement closed
  end     announcement closed was played; hangs up
=> the caller heard announcement closed
",
        trm.version()
    );
    assert_eq!(text, expected);
}

/// TRM-07: who was rung at once, and how near it came.
#[test]
fn ringing_several_at_once_is_explained() {
    let all = "all: [ { site: antwerp }, { number: '+32475000001', trunk: pstn } ]";
    let nodes = format!(
        "desk: {{ dial: {{ {all}, ring: 20s, on: {{ otherwise: shut }} }} }}
         shut: {{ announce: {{ play: closed, then: end }} }}"
    );
    let trm = Sample::with_nodes("desk", &nodes).trm();
    let told = |lines: &[&str]| {
        let facts = with_lines(
            call(Some("+32475112233"), "+3232000100", "2026-11-24 10:05"),
            lines,
        );
        explain(&trm, &facts)
    };
    let rung = "rings site antwerp and +32475000001 through pstn at once for 20 s";
    let answered = told(&["site:antwerp=busy"]);
    assert_eq!(answered.path[0].why, rung);
    assert!(render(&answered).ends_with("=> answered by site:antwerp or number:+32475000001\n"));
    let missed = told(&["site:antwerp=busy", "number:+32475000001=no_answer"]);
    let none = "none of site antwerp and +32475000001 answered, at best no_answer; answers and plays announcement closed";
    assert_eq!(missed.path[1].why, none);
}

#[test]
fn the_same_as_json() {
    let trm = Sample::read(BAKERY).trm();
    let explanation = explain(&trm, &call(None, "+3232000100", "2026-11-24 10:05"));
    let json = serde_json::to_value(&explanation).unwrap();
    assert_eq!(json["from"], "anonymous");
    assert_eq!(json["at"], "2026-11-24 10:05 Europe/Brussels");
    assert_eq!(json["outcome"]["rejected"], 603);
    assert_eq!(json["path"][1]["node"], "who");
}

#[test]
fn a_caller_who_gives_up_ends_the_walk() {
    let trm = Sample::read(BAKERY).trm();
    let facts = with_lines(
        call(None, "+3232000101", "2026-11-24 10:05"),
        &["pbx-antwerp=caller_gone"],
    );
    let explanation = explain(&trm, &facts);
    assert_eq!(explanation.outcome, Outcome::CallerGone);
    assert!(render(&explanation).ends_with("=> the caller gave up\n"));
}

#[test]
fn an_answered_call_names_who_answered() {
    let trm = Sample::read(BAKERY).trm();
    let explanation = explain(
        &trm,
        &call(Some("+32475112233"), "+3232000100", "2026-11-24 10:05"),
    );
    assert_eq!(explanation.outcome, Outcome::Answered("site:antwerp".into()));
    assert!(render(&explanation).contains("=> answered by site:antwerp\n"));
}

#[test]
fn a_lost_call_is_called_lost() {
    let nodes = "desk: { dial: { site: antwerp, ring: 20s, on: { busy: shut } } }
                 shut: { announce: { play: closed, then: end } }";
    let sample = Sample::with_nodes("desk", nodes);
    let fault = &check(&sample.tree, &sample.customer)[0];
    let unchecked = Trm::unchecked(sample.tree.clone(), &sample.customer);
    let text = render(&explain(&unchecked, &fault.example.as_ref().unwrap().facts()));
    let last = text.lines().last().unwrap();
    let why = "desk: site antwerp did not answer, and the node has no exit no_answer";
    assert_eq!(last, format!("=> LOST: nobody answers this call ({why})"));
}

#[test]
fn a_call_that_goes_round_is_cut_short() {
    let nodes = "a: { dial: { site: antwerp, ring: 20s, on: { otherwise: b } } }
                 b: { dial: { trunk: pstn, ring: 20s, on: { otherwise: a } } }";
    let sample = Sample::with_nodes("a", nodes);
    let unchecked = Trm::unchecked(sample.tree.clone(), &sample.customer);
    let facts = with_lines(
        call(None, "+3232000100", "2026-11-24 10:05"),
        &["antwerp=busy", "pstn=busy"],
    );
    assert_eq!(
        walk(&unchecked, &facts, |step| facts.lines.outcome_of(step))
            .decisions
            .len(),
        STEP_LIMIT
    );
    let text = render(&explain(&unchecked, &facts));
    assert!(
        text.lines().count() < 70 && text.contains("nodes more") && text.contains("LOST"),
        "{text}"
    );
}

#[test]
fn conditions_that_go_round_end_in_one_step() {
    let nodes = "a: { time: { calendar: office, open: b, closed: b } }
                 b: { caller: { branches: [ { list: vip, to: a } ], otherwise: a } }";
    let sample = Sample::with_nodes("a", nodes);
    let unchecked = Trm::unchecked(sample.tree.clone(), &sample.customer);
    let facts = call(None, "+3232000100", "2026-11-24 10:05");
    let decision = unchecked.step(&facts, pointsman_policy::Cursor::start(), None);
    assert!(decision.step.is_lost());
    assert_eq!(
        decision.trace.last().unwrap().why,
        "the conditions go round for ever"
    );
}
