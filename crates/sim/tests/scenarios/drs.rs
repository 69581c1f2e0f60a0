//! Disaster plans: switched by phone, followed by the next call, off by themselves (DRS-01 to DRS-14).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use pointsman_legs::CallSpec;
use pointsman_legs::behaviour::Action;
use pointsman_policy::drs::{LINE_PROMPTS, Line, Plan as DisasterPlan, Service, hash_password};
use pointsman_policy::{Secret, Target};
use pointsman_sim::{Conditions, Plan, SWITCH, World, WorldSetup, dial};
use pointsman_sip::Name;

use crate::stage::*;
use crate::transfer::{refer, to};

const LINE: &str = "+3280010800";
/// Another number of the customer, without a plan.
const OTHER: &str = "+3225550177";
const DAY: Duration = Duration::from_secs(86_400);

fn world(seed: u64, conditions: Conditions) -> World {
    setup(seed).conditions(conditions).build()
}

/// A customer whose calls go to `a`, and to `b` while its plan is on.
fn setup(seed: u64) -> WorldSetup {
    let plan = DisasterPlan {
        customer: "sim".into(),
        name: "fire".into(),
        key: '1',
        numbers: BTreeSet::from([CALLED.to_owned()]),
        targets: vec![
            Target::number("+32475000001", "dead"),
            Target::number("+32475000002", "b"),
        ],
        ring: seconds(20),
        last_resort: "sorry".into(),
        version: String::new(),
    };
    let service = Service {
        number: Some("4711".into()),
        password: Some(hash_password(&Secret::new("2468"), *b"sixteen octets!!").expect("short")),
        plans: BTreeMap::from([('1', "fire".to_owned())]),
    };
    let sites = [
        ("a", answers(seconds(1), None)),
        ("b", answers(seconds(1), None)),
        ("dead", rejects(503, None)),
    ];
    let digits = (0..10).map(|digit| format!("digit-{digit}"));
    let prompts = digits.chain(LINE_PROMPTS.map(str::to_owned));
    let setup = stage(seed, Plan::of(dial(&["a"], 20)), &sites)
        .number(LINE, Line::new("en"), false)
        .plan(plan.sealed())
        .service("sim", service)
        .prompt("sorry", announcement(99, 1.0));
    prompts.enumerate().fold(setup, |setup, (seed, name)| {
        setup.prompt(&format!("en/{name}"), announcement(seed as u64, 0.2))
    })
}

/// A caller of the line who keys these, each so many seconds after the answer.
fn keys(of: &[(u64, &str)]) -> CallSpec {
    let mut spec = CallSpec::new(CALLER, LINE, SWITCH);
    spec.talk.steps = of
        .iter()
        .map(|(after, keys)| at(seconds(*after), Action::Digits((*keys).to_owned())))
        .collect();
    spec
}

const SWITCHES: [(u64, &str); 3] = [(1, "4711#"), (4, "2468#"), (8, "1")];

/// What the policy said last on the last call.
fn last_why(world: &World) -> &str {
    &world.cdrs().last().expect("a call").why
}

/// Places a call to the customer's number; the target that answered, and the policy that decided.
fn goes_to(world: &mut World) -> (String, String) {
    let before = world.cdrs().len();
    place(world, call(Some(seconds(6))));
    let cdr = &world.cdrs()[before];
    let answered = cdr.attempts.iter().find(|attempt| attempt.answered_ms.is_some());
    (
        answered
            .map(|attempt| attempt.trunk.to_string())
            .unwrap_or_default(),
        cdr.policy.to_string(),
    )
}

fn switch(world: &mut World) {
    place(world, keys(&SWITCHES));
}

#[test]
fn drs_03_04_10_12_the_next_call_follows_the_plan_until_it_is_switched_off_by_phone() {
    pointsman_conformance::shows(&[
        "DRS-03 apart",
        "DRS-04 by_phone",
        "DRS-10 next_call",
        "DRS-12 by_phone",
        "NET-02 no_site",
    ]);
    let mut world = world(1, Conditions::CLEAN);
    assert_eq!(goes_to(&mut world), ("a".into(), "plan".into()));
    switch(&mut world);
    assert_eq!(last_why(&world), "the line has said all it had to say");
    let said: Vec<_> = world.cdrs()[1]
        .path
        .iter()
        .map(|entry| entry.why.as_str())
        .collect();
    assert!(
        said.contains(&"the plan is on; every call follows it"),
        "{said:?}"
    );
    assert_eq!(goes_to(&mut world), ("b".into(), "drs".into()));
    let attempts: Vec<_> = world.cdrs()[2]
        .attempts
        .iter()
        .map(|attempt| &*attempt.trunk)
        .collect();
    assert_eq!(attempts, ["dead", "b"], "in order");
    switch(&mut world);
    assert_eq!(goes_to(&mut world), ("a".into(), "plan".into()));
}

#[test]
fn drs_10_people_on_a_plan_hear_each_other() {
    pointsman_conformance::shows(&["DRS-10 heard"]);
    let mut world = world(2, Conditions::CLEAN);
    switch(&mut world);
    let caller = world.host("caller");
    world.call(caller, call(Some(seconds(6))));
    world.settle();
    let there = likeness(world.report(world.host("b")), CALLER_SAYS);
    let back = likeness(world.reports(caller)[1], CALLEE_SAYS);
    assert!(there > 0.9 && back > 0.9, "there {there:.2}, back {back:.2}");
}

/// All calls to its numbers: those that are transferred there as well.
#[test]
fn drs_10_a_call_transferred_to_a_number_follows_its_plan() {
    let mut world = setup(4)
        .number(OTHER, Plan::of(dial(&["a"], 20)), false)
        .transfers()
        .build();
    switch(&mut world);
    let mut spec = call(Some(seconds(12)));
    spec.to = OTHER.to_owned();
    let caller = world.host("caller");
    world.call(caller, spec);
    world.run(seconds(4));
    let a = world.host("a");
    let request = refer(&world, a, &to(CALLED));
    world.inject(a.address(), request);
    world.settle();
    let targets: Vec<_> = world.cdrs()[1]
        .attempts
        .iter()
        .map(|attempt| (&*attempt.trunk, attempt.outcome.as_deref()))
        .collect();
    assert_eq!(
        targets,
        [
            ("a", Some("answered")),
            ("dead", Some("congestion")),
            ("b", Some("answered"))
        ]
    );
}

#[test]
fn a_running_call_is_untouched_by_the_switch() {
    let mut world = world(3, Conditions::CLEAN);
    let caller = world.host("caller");
    let running = world.call(caller, call(None));
    world.run(seconds(5));
    world.call(caller, keys(&SWITCHES));
    world.run(seconds(30));
    assert_eq!(
        world.gauges().calls,
        1,
        "the line has hung up, the conversation goes on"
    );
    world.hang_up(caller, running);
    world.settle();
    let long = world
        .cdrs()
        .iter()
        .find(|cdr| &*cdr.to == CALLED)
        .expect("the conversation");
    assert_eq!((&*long.attempts[0].trunk, long.attempts.len()), ("a", 1));
    assert!(long.talk_ms > 30_000);
    assert_eq!(goes_to(&mut world).0, "b");
}

#[test]
fn drs_11_13_14_after_a_calendar_month_the_plan_is_off_and_the_service_stays() {
    pointsman_conformance::shows(&["DRS-11 month", "DRS-13 by_itself", "DRS-14 stays"]);
    let mut world = world(4, Conditions::CLEAN);
    switch(&mut world);
    // Switched on on 2 March; the clock goes forward on 29 March.
    world.run(DAY * 30);
    assert_eq!(goes_to(&mut world).0, "b", "1 April");
    world.run(DAY);
    assert_eq!(goes_to(&mut world).0, "a", "2 April");
    switch(&mut world);
    assert_eq!(goes_to(&mut world).0, "b", "the service is as it was");
}

#[test]
fn active_is_not_said_when_the_change_cannot_be_written() {
    let mut world = world(5, Conditions::CLEAN);
    world.fill_disk();
    switch(&mut world);
    let said: Vec<_> = world.cdrs()[0]
        .path
        .iter()
        .map(|entry| entry.why.as_str())
        .collect();
    assert!(
        said.contains(&"it could not be written down: the disk is full"),
        "{said:?}"
    );
    assert_eq!(goes_to(&mut world).0, "a");
}

#[test]
fn drs_05_a_wrong_password_changes_nothing_and_is_nowhere_to_be_read() {
    pointsman_conformance::shows(&["DRS-05 wrong nowhere"]);
    let mut world = world(6, Conditions::CLEAN);
    world.record();
    let wrong = [
        (1, "4711#"),
        (4, "9753#"),
        (8, "4711#"),
        (11, "9753#"),
        (16, "4711#"),
        (19, "9753#"),
    ];
    place(&mut world, keys(&wrong));
    let line = world.cdr();
    assert_eq!(
        line.path
            .iter()
            .filter(|entry| entry.why.contains("do not go together"))
            .count(),
        3
    );
    assert!(
        !serde_json::to_string(line)
            .expect("a CDR has a JSON form")
            .contains("9753")
    );
    let lines = world.shard().take_journal();
    let text = serde_json::to_string(&lines).expect("so has a line");
    assert!(
        text.contains("digit") && text.contains("4711"),
        "what is no secret is written"
    );
    for digit in ['9', '5', '3'] {
        assert!(
            !text.contains(&format!("\"digit\":\"{digit}\"")),
            "a key of the password stands in the journal"
        );
    }
    world
        .replay_of(lines)
        .expect("with the keys hidden the same happens");
    assert_eq!(goes_to(&mut world).0, "a");
}

#[test]
fn a_network_that_loses_a_fifth_delays_the_line_and_changes_nothing_else() {
    let mut switched = 0;
    for seed in 0..20 {
        let mut world = world(
            100 + seed,
            Conditions {
                loss: 0.2,
                ..Conditions::CLEAN
            },
        );
        switch(&mut world);
        let on = world.cdrs()[0]
            .path
            .iter()
            .any(|entry| entry.why.starts_with("the plan is on"));
        world.network().set_conditions(Conditions::CLEAN);
        switched += u32::from(on);
        let expected = if on { "b" } else { "a" };
        assert_eq!(
            goes_to(&mut world).0,
            expected,
            "seed {seed}: what was said is what is"
        );
    }
    assert!(
        switched >= 10,
        "the line works on such a network: {switched} of 20"
    );
}

/// An INFO of the caller in its dialog with the line.
fn info(world: &mut World, cseq: u32, kind: &str, body: &str) {
    let caller = world.host("caller").address();
    let ok = world.transcript().messages(SWITCH, caller, "200 INVITE")[0].clone();
    let value = |name| ok.header(name).expect("there").into_owned();
    let info = format!(
        "INFO sip:{SWITCH} SIP/2.0\r\nVia: SIP/2.0/UDP {caller};branch=z9hG4bKinfo{cseq};rport\r\nMax-Forwards: 70\r\n\
         From: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {cseq} INFO\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
        value(Name::From),
        value(Name::To),
        ok.call_id(),
        body.len(),
    );
    world.inject(caller, info);
    world.run(millis(200));
}

#[test]
fn drs_05_a_password_keyed_by_info_is_in_no_journal_and_the_journal_replays() {
    pointsman_conformance::shows(&["DRS-05 nowhere"]);
    let mut world = world(7, Conditions::CLEAN);
    world.record();
    let caller = world.host("caller");
    world.call(caller, keys(&[]));
    world.run(seconds(1));
    for (cseq, key) in (10..).zip("4711#".chars()) {
        info(
            &mut world,
            cseq,
            "application/dtmf-relay",
            &format!("Signal={key}\r\nDuration=160\r\n"),
        );
    }
    for (cseq, key) in (20..).zip("98#".chars()) {
        info(
            &mut world,
            cseq,
            "application/dtmf-relay",
            &format!("Signal= {key}\r\nDuration=160\r\n"),
        );
    }
    world.run(seconds(1));
    world.settle();
    let why: Vec<_> = world.cdrs()[0]
        .path
        .iter()
        .map(|entry| entry.why.as_str())
        .collect();
    assert!(
        why.contains(&"number and password do not go together"),
        "the keys arrived: {why:?}"
    );
    let lines = world.shard().take_journal();
    let text = serde_json::to_string(&lines).expect("a line has a JSON form");
    for open in ["Signal=4\\r", "Signal=7\\r", "Signal= #\\r"] {
        assert!(text.contains(open), "what is no secret is written: {open}");
    }
    assert_eq!(text.matches("Signal= 0\\r").count(), 2);
    assert!(!text.contains("Signal= 9") && !text.contains("Signal= 8"));
    world
        .replay_of(lines)
        .expect("with the keys hidden the same happens");
}
