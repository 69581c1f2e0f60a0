use super::*;
use pointsman_call::{Attempt, LegRecord, Outcome, PathEntry};
use serde_json::{Value, json};

const CALLER: &str = "192.0.2.1:5060";
const FIRST: &str = "192.0.2.2:5060";
const SECOND: &str = "192.0.2.3:5060";

fn message(at_us: i64, sent: bool, remote: &str, start: &str, body: &str) -> Value {
    let method = if start.starts_with("BYE") { "BYE" } else { "INVITE" };
    let kind = if body.is_empty() {
        ""
    } else {
        "Content-Type: application/sdp\r\n"
    };
    let text = format!(
        "{start}\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: c\r\n\
         CSeq: 1 {method}\r\n{kind}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    json!({ "at_us": at_us, "sent": sent, "transport": "UDP", "listener": 0, "remote": remote, "text": text })
}

fn leg(remote: &str) -> LegRecord {
    LegRecord {
        call_id: "c".into(),
        direction: "in".into(),
        remote: remote.into(),
        codec: None,
        received: 0,
        sent: 0,
        lost: 0,
        jitter_us: 0,
    }
}

fn attempt(trunk: &str, leg: usize) -> Attempt {
    Attempt {
        target: String::new(),
        trunk: trunk.into(),
        leg: Some(leg),
        started_ms: 0,
        ringing_ms: None,
        answered_ms: None,
        ended_ms: None,
        outcome: None,
        status: None,
        cause: None,
        agent: None,
    }
}

fn decision(node: &str, why: &str, at_ms: i64) -> PathEntry {
    PathEntry {
        node: node.to_owned(),
        why: why.to_owned(),
        at_ms,
    }
}

/// A call whose first site is busy and whose second one answers.
fn busy_then_answered() -> Ladder {
    let call = Cdr {
        id: "abc".into(),
        from: Some("+32475000000".into()),
        to: "+3232000100".into(),
        trunk: "pstn".into(),
        policy: "trm".into(),
        path: vec![
            decision("hours", "open", 1_001),
            decision("first", "site <one>", 1_000),
            decision("second", "the first one is busy", 1_020),
        ],
        legs: vec![leg(CALLER), leg(FIRST), leg(SECOND)],
        attempts: vec![attempt("pbx-1", 1), attempt("pbx-2", 2)],
        outcome: Some(Outcome::Answered),
        ..Cdr::default()
    };
    let invite = "INVITE sip:b@h SIP/2.0";
    let messages = [
        message(1_000_100, false, CALLER, invite, "v=0"),
        message(1_000_200, true, CALLER, "SIP/2.0 100 Trying", ""),
        message(1_000_300, true, FIRST, invite, "v=0"),
        message(1_000_900, false, FIRST, "SIP/2.0 180 Ringing", ""),
        message(1_020_100, false, FIRST, "SIP/2.0 486 Busy Here", ""),
        message(1_020_150, true, SECOND, invite, "v=0"),
        message(1_520_150, true, SECOND, invite, "v=0"),
        message(1_600_000, false, SECOND, "SIP/2.0 200 OK", "v=0"),
    ];
    Ladder::new(serde_json::from_value(json!({ "call": call, "messages": messages })).unwrap())
}

#[test]
fn decisions_stand_between_what_led_to_them_and_what_follows() {
    let ladder = busy_then_answered();
    let order: Vec<String> = ladder
        .rungs
        .iter()
        .map(|rung| match &rung.event {
            Event::Message {
                side,
                sent,
                title,
                again,
                ..
            } => {
                format!(
                    "{side}{}{title}{}",
                    if *sent { ">" } else { "<" },
                    if *again { "!" } else { "" }
                )
            }
            Event::Decision { node, .. } => node.clone(),
        })
        .collect();
    let expected = [
        "0<INVITE (SDP)",
        "0>100 Trying",
        "hours",
        "first",
        "1>INVITE (SDP)",
        "1<180 Ringing",
        "1<486 Busy Here",
        "second",
        "2>INVITE (SDP)",
        "2>INVITE (SDP)!",
        "2<200 OK (SDP)",
    ];
    assert_eq!(order, expected);
    let names: Vec<_> = ladder.sides.iter().map(|side| side.name.as_str()).collect();
    assert_eq!(names, ["pstn", "pbx-1", "pbx-2"]);
    assert!(ladder.rungs.is_sorted_by_key(|rung| rung.at_us));
}

#[test]
fn a_decision_of_a_timer_stands_where_its_time_says() {
    let call = Cdr {
        trunk: "pstn".into(),
        path: vec![
            decision("ring", "a site", 1_000),
            decision("mobile", "nobody answered", 21_000),
        ],
        legs: vec![leg(CALLER), leg(FIRST)],
        ..Cdr::default()
    };
    let messages = [
        message(1_000_000, false, CALLER, "INVITE sip:b@h SIP/2.0", ""),
        message(1_000_100, true, FIRST, "INVITE sip:b@h SIP/2.0", ""),
        message(1_100_000, false, FIRST, "SIP/2.0 180 Ringing", ""),
        message(21_000_200, true, FIRST, "CANCEL sip:b@h SIP/2.0", ""),
    ];
    let ladder = Ladder::new(serde_json::from_value(json!({ "call": call, "messages": messages })).unwrap());
    let at = ladder
        .rungs
        .iter()
        .position(|rung| matches!(&rung.event, Event::Decision { node, .. } if node == "mobile"));
    assert_eq!((at, ladder.rungs.len()), (Some(4), 6));
}

#[test]
fn the_text_has_a_column_for_each_side_and_arrows_that_point() {
    let text = text::draw(&busy_then_answered(), false);
    let line = |part: &str| text.lines().find(|line| line.contains(part)).unwrap().to_owned();
    assert!(
        text.starts_with("call abc from +32475000000 to +3232000100, policy trm: answered\n"),
        "{text}"
    );
    let heads = line("pointsman");
    let at = |name: &str| heads.find(name).unwrap();
    assert!(at("pstn") < at("pointsman") && at("pointsman") < at("pbx-1") && at("pbx-1") < at("pbx-2"));
    assert!(
        line("100 Trying").trim_end().contains("|<- 100 Trying ---"),
        "{text}"
    );
    let busy = line("486");
    assert!(
        busy.contains('<') && busy.find('<').unwrap() > at("pointsman"),
        "{busy}"
    );
    assert!(line("(again)").contains("->|"), "{text}");
    assert!(line("* second").contains("the first one is busy"));
    assert!(line("200 OK").starts_with("    0.600 "), "{text}");
    assert!(!text.contains("Call-ID"));
    assert!(text::draw(&busy_then_answered(), true).contains("Call-ID: c"));
}

#[test]
fn the_picture_is_xml_with_every_message_and_decision() {
    let picture = svg::draw(&busy_then_answered());
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
    assert_eq!(picture.matches("<g><title>").count(), 8);
    assert_eq!(picture.matches("<circle").count(), 3);
    assert!(picture.contains("site &lt;one&gt;") && !picture.contains("<one>"));
    let (opened, closed) = (
        picture.matches("<text").count(),
        picture.matches("</text>").count(),
    );
    assert_eq!(opened, closed);
}
