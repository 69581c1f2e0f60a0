//! A campaign whose switch is killed three times.

use super::{PATIENCE, Process, await_that, was_the_node};
use crate::campaigns::{message, outbound};
use pointsman_legs::behaviour::{Answer, Talk};
use pointsman_legs::{Behaviour, Numbers, Role};
use pointsman_policy::campaign::{AttemptEnd, RunState, Written};
use pointsman_store::Reader;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const CONTACTS: usize = 20;

/// It begins by itself: its time is long past.
const SPRING: &str = r#"
  spring:
    lists: [all]
    message: offer
    accepted: { by: Ann, on: "2026-11-24" }
    trunk: bob
    caller: "+3225550100"
    start: "2026-01-01 09:00"
    concurrent: 5
    gap: 1s
"#;

fn written(process: &Process) -> Written {
    let database = pointsman_node::database(&process.folder.path().join("data"));
    Reader::open(&database).unwrap().campaigns().unwrap()
}

#[test]
fn out_16_twenty_contacts_and_three_kills_and_nobody_is_called_twice() {
    pointsman_conformance::shows(&["OUT-16 crash"]);
    if was_the_node() {
        return;
    }
    let person = Behaviour::Answer(Answer {
        after: Duration::from_millis(300),
        talk: Talk::default(),
        ..Answer::default()
    });
    let process = Process::with(
        "campaign::out_16_twenty_contacts_and_three_kills_and_nobody_is_called_twice",
        Numbers::default().with("*", person),
    );
    let contacts: Vec<String> = (0..CONTACTS).map(|at| format!("\"+324700000{at:02}\"")).collect();
    let file = |name: &str| process.folder.path().join(name);
    std::fs::write(file("shop.yaml"), outbound(&contacts.join(", "), SPRING)).unwrap();
    std::fs::write(file("offer.wav"), message()).unwrap();
    let mut running = process.start();
    for attempts in [4, 9, 14] {
        // While calls are up: each lasts longer than the gap between two.
        await_that(|| (written(&process).attempts.len() >= attempts).then_some(()));
        running.signal("KILL");
        assert_eq!(running.end().0, None);
        running = process.start();
    }
    let began = Instant::now();
    while written(&process).campaigns[0].state != RunState::Done {
        assert!(began.elapsed() < PATIENCE * 3, "{:?}", written(&process));
        std::thread::park_timeout(Duration::from_millis(100));
    }
    running.signal("TERM");
    assert_eq!(running.end().0, Some(0));

    let written = written(&process);
    let mut ends: BTreeMap<&str, Vec<Option<AttemptEnd>>> = BTreeMap::new();
    for attempt in &written.attempts {
        let end = attempt.ended.map(|(_, end)| end);
        ends.entry(&attempt.number).or_default().push(end);
    }
    assert_eq!(ends.len(), CONTACTS, "nobody is forgotten");
    let count = |wanted| ends.values().filter(|ends| **ends == [Some(wanted)]).count();
    let (heard, interrupted) = (count(AttemptEnd::Heard), count(AttemptEnd::Interrupted));
    assert_eq!(
        heard + interrupted,
        CONTACTS,
        "one attempt each, with its end: {ends:?}"
    );
    assert!(interrupted >= 3 && heard >= 5, "{ends:?}");
    let mut rung: BTreeMap<String, usize> = BTreeMap::new();
    for report in process.legs.reports() {
        if report.role == Role::Callee {
            *rung.entry(report.to.clone()).or_default() += 1;
        }
    }
    assert!(rung.values().all(|times| *times == 1), "at the far end: {rung:?}");
    assert!(
        rung.len() >= CONTACTS - 3,
        "an attempt died before its INVITE at most at each kill: {rung:?}"
    );
    // Read by `just prove-campaign`.
    println!("proved: kills=3 contacts={CONTACTS} heard={heard} interrupted={interrupted}");
}
