//! What a tree decides, and what it says about it.

use std::time::Duration;

use crate::sample::{BAKERY, Sample, call, with_lines};
use pointsman_policy::{
    Cursor, Decision, Dial, Direct, Ended, Facts, Outcome, Play, RoutingPolicy, Step, Target, walk,
};

const DESK: &str = "+3232000100";

fn trace(decision: &Decision) -> Vec<(&str, &str)> {
    decision
        .trace
        .iter()
        .map(|trace| (trace.node.as_str(), trace.why.as_str()))
        .collect()
}

fn dials(step: &Step) -> &Dial {
    match step {
        Step::Dial(dial) => dial,
        other => panic!("not a dial: {other:?}"),
    }
}

#[test]
fn a_vip_rings_the_desk_at_any_time() {
    pointsman_conformance::shows(&["TRM-06 lists"]);
    let trm = Sample::read(BAKERY).trm();
    let facts = call(Some("+32475112233"), DESK, "2026-11-24 22:00");
    let decision = trm.step(&facts, Cursor::start(), None);
    let expected = [
        ("what", "called number +3232000100 begins with +3232"),
        ("who", "caller +32475112233 is on list vip"),
        ("desk", "rings site antwerp for 20 s"),
    ];
    assert_eq!(trace(&decision), expected);
    let dial = dials(&decision.step);
    assert_eq!(
        (dial.label.as_str(), dial.ring),
        ("site:antwerp", Duration::from_secs(20))
    );
    let target = Target::Site {
        site: "antwerp".into(),
        trunk: "pbx-antwerp".into(),
        user: DESK.into(),
    };
    assert_eq!(dial.targets, [target]);
    assert_eq!(decision.cursor, Cursor::at("desk"));
}

#[test]
fn office_hours_are_read_in_the_zone_of_the_tree() {
    let trm = Sample::read(BAKERY).trm();
    let why = |at: &str| {
        let decision = trm.step(&call(Some("+3281000000"), DESK, at), Cursor::start(), None);
        decision.trace[2].why.clone()
    };
    assert_eq!(
        why("2026-11-24 10:05"),
        "Tuesday 2026-11-24 10:05 Europe/Brussels is inside office hours 09:00-12:30"
    );
    assert_eq!(
        why("2026-11-24 13:00"),
        "Tuesday 2026-11-24 13:00 Europe/Brussels is outside office hours"
    );
    assert_eq!(
        why("2026-11-22 14:05"),
        "Sunday 2026-11-22 14:05 Europe/Brussels is outside office hours"
    );
    assert_eq!(
        why("2026-12-25 10:00"),
        "Friday 2026-12-25 10:00 Europe/Brussels is on a date closed in office"
    );
    assert_eq!(
        why("2026-12-24 11:00"),
        "Thursday 2026-12-24 11:00 Europe/Brussels is inside office hours 09:00-12:00 of that date"
    );
    assert_eq!(
        why("2026-12-24 15:00"),
        "Thursday 2026-12-24 15:00 Europe/Brussels is outside the office hours of that date"
    );
}

#[test]
fn each_outcome_of_a_dial_takes_its_exit() {
    pointsman_conformance::shows(&["TRM-07 no_answer busy unreachable rejected congestion"]);
    let trm = Sample::read(BAKERY).trm();
    let facts = call(Some("+32475112233"), DESK, "2026-11-24 10:05");
    let after = |ended: Ended| trm.step(&facts, Cursor::at("desk"), Some(ended));
    for (ended, why) in [
        (
            Ended::Busy,
            "site antwerp was busy; rings +32475000001 through pstn for 25 s",
        ),
        (
            Ended::NoAnswer,
            "site antwerp did not answer; rings +32475000001 through pstn for 25 s",
        ),
    ] {
        assert_eq!(trace(&after(ended)), [("mobile", why)]);
    }
    for (ended, how) in [
        (Ended::Unreachable, "was unreachable"),
        (Ended::Rejected, "rejected the call"),
        (Ended::Congestion, "had no free line"),
    ] {
        let why = format!("site antwerp {how}; answers and plays announcement closed");
        assert_eq!(trace(&after(ended)), [("shut", why.as_str())]);
    }
    let done = after(Ended::Answered);
    assert_eq!(
        (done.step.clone(), trace(&done)),
        (
            Step::End,
            vec![("end", "site antwerp answered and hung up; hangs up")]
        )
    );
    assert_eq!(after(Ended::CallerGone).step, Step::End);
}

#[test]
fn an_answered_exit_may_lead_on() {
    let trm = Sample::read(BAKERY).trm();
    let facts = call(Some("+3281000000"), "+3232000101", "2026-11-24 10:05");
    let dial = trm.step(&facts, Cursor::start(), None);
    assert_eq!(
        dials(&dial.step).targets,
        [Target::Trunk {
            trunk: "pbx-antwerp".into(),
            user: None
        }]
    );
    let after = trm.step(&facts, dial.cursor, Some(Ended::Answered));
    let play = Play {
        prompt: "closed".into(),
        answer: true,
        repeat: 1,
    };
    assert_eq!(after.step, Step::Play(play));
    let end = trm.step(&facts, after.cursor, Some(Ended::Played));
    assert_eq!(end.step, Step::End);
}

#[test]
fn early_announcement_then_reject() {
    let trm = Sample::read(BAKERY).trm();
    let facts = with_lines(
        call(None, "+3232000101", "2026-11-24 10:05"),
        &["pbx-antwerp=busy"],
    );
    let walk = walk(&trm, &facts, |step| facts.lines.outcome_of(step));
    assert_eq!(walk.outcome, Outcome::Rejected(603));
    let words: Vec<&str> = walk
        .decisions
        .iter()
        .map(|decision| decision.trace[decision.trace.len() - 1].why.as_str())
        .collect();
    assert_eq!(
        words[1],
        "trunk pbx-antwerp was busy; plays, without answering, announcement closed 2 times"
    );
    assert_eq!(
        words[2],
        "announcement closed was played; refuses the call: 603 Withheld numbers are refused"
    );
    let reject = Step::Reject {
        status: 603,
        cause: Some(21),
        reason: "Withheld numbers are refused".into(),
    };
    assert_eq!(walk.decisions[2].step, reject);
}

#[test]
fn a_withheld_number_has_its_own_branch() {
    pointsman_conformance::shows(&["TRM-04 withheld"]);
    let trm = Sample::read(BAKERY).trm();
    let decision = trm.step(&call(None, DESK, "2026-11-24 10:05"), Cursor::start(), None);
    assert_eq!(trace(&decision)[1], ("who", "caller withholds the number"));
    assert!(matches!(decision.step, Step::Reject { status: 603, .. }));
}

#[test]
fn the_step_at_a_cursor_can_be_asked_for_again() {
    let trm = Sample::read(BAKERY).trm();
    let facts = call(Some("+32475112233"), DESK, "2026-11-24 10:05");
    let first = trm.step(&facts, Cursor::start(), None);
    let saved = serde_json::to_string(&first.cursor).unwrap();
    let again = trm.step(&facts, serde_json::from_str(&saved).unwrap(), None);
    assert_eq!((again.step, again.cursor), (first.step, first.cursor));
}

#[test]
fn decisions_do_not_read_line_states() {
    let trm = Sample::read(BAKERY).trm();
    let plain = call(Some("+32475112233"), DESK, "2026-11-24 10:05");
    let told = with_lines(plain.clone(), &["site:antwerp=busy"]);
    assert_eq!(
        trm.step(&plain, Cursor::start(), None),
        trm.step(&told, Cursor::start(), None)
    );
}

#[test]
fn the_version_is_the_content() {
    pointsman_conformance::shows(&["TRM-08 versioned"]);
    let version = |yaml: &str| Sample::read(yaml).trm().version().to_owned();
    let first = version(BAKERY);
    assert_eq!(first, version(BAKERY));
    assert!(first.len() == 16 && first.bytes().all(|digit| digit.is_ascii_hexdigit()));
    for (before, after) in [
        ("ring: 25s", "ring: 26s"),
        ("prefixes: [\"+32470\"]", "prefixes: [\"+32471\"]"),
        ("09:00-12:30", "09:00-12:31"),
        ("number: \"+3232000100\" }", "number: \"+3232000199\" }"),
    ] {
        assert_ne!(first, version(&BAKERY.replace(before, after)), "{before}");
    }
    assert_eq!(
        first,
        version(&BAKERY.replace("pbx-antwerp, pstn]", "pbx-antwerp, pstn, spare]")),
        "unused trunk"
    );
}

#[test]
fn direct_passes_on_what_comes_back() {
    let direct = Direct {
        trunk: "uas".into(),
        ring: Duration::from_secs(30),
    };
    let facts = Facts::default();
    let first = direct.step(&facts, Cursor::start(), None);
    let dial = dials(&first.step);
    assert_eq!(
        dial.targets,
        [Target::Trunk {
            trunk: "uas".into(),
            user: None
        }]
    );
    assert_eq!(
        (dial.label.as_str(), dial.ring),
        ("trunk:uas", Duration::from_secs(30))
    );
    assert_eq!(
        direct
            .step(&facts, first.cursor.clone(), Some(Ended::Answered))
            .step,
        Step::End
    );
    for ended in Ended::FAILED {
        let decision = direct.step(&facts, first.cursor.clone(), Some(ended));
        assert_eq!(decision.step, Step::PassOn, "{ended}");
        let walk = walk(&direct, &facts, |_| ended);
        assert_eq!(walk.outcome, Outcome::PassedOn(ended));
    }
}
