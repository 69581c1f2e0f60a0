//! Calls that we make for a campaign: the message, a key, an agent; and everything that can go wrong before.

use std::collections::BTreeMap;
use std::sync::Arc;

use pointsman_call::CampaignEntry;
use pointsman_legs::behaviour::{Action, Answer, InfoBody, Talk};
use pointsman_legs::{Behaviour, CallReport, Speak, sound};
use pointsman_media::measure::{Sound, same_speech};
use pointsman_policy::Target;
use pointsman_policy::campaign::{Agents, AttemptEnd, CampaignId, DialOrder, Progress, Ring, Script};
use pointsman_sim::{Conditions, Plan, SWITCH, World, WorldSetup, dial};
use pointsman_sip::Name;

use crate::stage::*;

const CONTACT: &str = "+32470000001";
const SHOWN: &str = "+3225550100";
const MESSAGE: u64 = 77;
const AGENT_SAYS: u64 = 78;
const CONTACT_SAYS: u64 = 79;

fn entry() -> CampaignEntry {
    let agents = Agents {
        targets: ["first", "second"]
            .map(|trunk| Target::number("+3225550111", trunk))
            .to_vec(),
        order: Ring::InOrder,
        ring: seconds(20),
    };
    let script = Script {
        campaign: "spring".into(),
        message: "offer".into(),
        keys: BTreeMap::from([('1', agents)]),
        patience: seconds(5),
        sorry: None,
        version: String::new(),
    };
    CampaignEntry {
        trunk: "contact".into(),
        caller: SHOWN.into(),
        ring: seconds(25),
        script: Arc::new(script.sealed()),
    }
}

/// A contact and two agents who behave so.
fn setup(seed: u64, contact: Behaviour, agents: [Behaviour; 2]) -> WorldSetup {
    let [first, second] = agents;
    let sites = [("contact", contact), ("first", first), ("second", second)];
    stage(seed, Plan::of(dial(&["first"], 20)), &sites)
        .campaign("spring", entry())
        .prompt("offer", announcement(MESSAGE, 6.0))
        .watched()
}

fn order(attempt: u64) -> DialOrder {
    DialOrder {
        attempt,
        campaign: CampaignId::new("sim", "spring"),
        number: CONTACT.into(),
        nth: 1,
    }
}

/// One attempt from its INVITE to quiet; every invariant held and the journal replays.
fn attempt(setup: WorldSetup) -> World {
    let mut world = setup.build();
    world.record();
    world.originate(order(7));
    world.settle();
    assert_eq!(world.faults(), [""; 0]);
    world.replay().expect("the same bytes");
    world
}

fn progress(world: &World) -> Vec<Progress> {
    world.contacts().iter().map(|(_, progress)| *progress).collect()
}

fn person(keys: &[(u64, &str)], hang_up: Option<u64>) -> Behaviour {
    answers_with(
        seconds(2),
        Talk {
            speak: Speak::samples(sound::babble(CONTACT_SAYS, 16.0)),
            hang_up: hang_up.map(seconds),
            steps: keys
                .iter()
                .map(|(after, keys)| at(seconds(*after), Action::Digits((*keys).to_owned())))
                .collect(),
            ..Talk::default()
        },
    )
}

/// A person whose phone has no telephone-event: two seconds after the answer it does this, then the person speaks.
fn old_phone(action: Action) -> Behaviour {
    let speak = Action::Speak(voice(CONTACT_SAYS));
    answers_with(
        seconds(2),
        Talk {
            events: false,
            steps: vec![at(seconds(2), action), at(seconds(3), speak)],
            ..Talk::default()
        },
    )
}

fn assert_reaches_the_agent(seed: u64, action: Action) {
    let world = attempt(setup(seed, old_phone(action), [busy(), agent()]));
    let expected = [
        Progress::Answered,
        Progress::Key,
        Progress::Agent,
        Progress::Ended(AttemptEnd::Agent),
    ];
    assert_eq!(progress(&world), expected);
    let back = hears(world.report(world.host("contact")), AGENT_SAYS, 4.0);
    assert!(back > 0.9, "{back:.3}");
    assert_eq!(outcome(&world), "answered");
}

#[test]
fn out_02_a_key_may_come_as_a_tone() {
    pointsman_conformance::shows(&["OUT-02 in_band"]);
    let tone = pointsman_media::dual_tone('1', 100, -10.0).unwrap();
    assert_reaches_the_agent(31, Action::Speak(Speak::samples(tone)));
}

#[test]
fn out_02_a_key_may_come_by_info() {
    pointsman_conformance::shows(&["OUT-02 info"]);
    let body = InfoBody {
        content_type: "application/dtmf-relay".to_owned(),
        body: "Signal=1\r\nDuration=160\r\n".to_owned(),
    };
    assert_reaches_the_agent(32, Action::Info(body));
}

fn agent() -> Behaviour {
    answers_with(seconds(1), talk(AGENT_SAYS, Some(seconds(8))))
}

fn hears(report: &CallReport, said: u64, length: f64) -> f64 {
    let heard = Sound::from_linear(sound::RATE, &report.heard.samples);
    same_speech(
        &heard,
        &Sound::from_linear(sound::RATE, &sound::babble(said, length)),
    )
}

#[test]
fn out_01_the_message_is_heard_whole_and_the_call_ends() {
    pointsman_conformance::shows(&["OUT-01 message"]);
    let world = attempt(setup(1, person(&[], None), [busy(), busy()]));
    let contact = world.host("contact");
    let report = world.report(contact);
    let likeness = hears(report, MESSAGE, 6.0);
    assert!(likeness > 0.95, "{likeness:.3}");
    // From the first sample on: nothing of it was sent before the answer, nothing is missing at its begin.
    let first = &report.heard.samples[..8_000];
    let begin = same_speech(
        &Sound::from_linear(sound::RATE, first),
        &Sound::from_linear(sound::RATE, &sound::babble(MESSAGE, 0.9)),
    );
    assert!(begin > 0.9, "{begin:.3}");
    assert_eq!(
        progress(&world),
        [
            Progress::Answered,
            Progress::Heard,
            Progress::Ended(AttemptEnd::Heard)
        ]
    );
    let cdr = world.cdr();
    let json = serde_json::to_value(cdr).unwrap();
    assert_eq!(json["origin"], "campaign");
    assert_eq!(json["campaign"]["name"], "spring");
    assert_eq!(
        (&json["campaign"]["attempt"], &json["campaign"]["nth"]),
        (&7.into(), &1.into())
    );
    assert_eq!((cdr.from.as_deref(), &*cdr.to), (Some(SHOWN), CONTACT));
    assert_eq!(outcome(&world), "announced");
    assert_eq!(cdr.legs[0].direction, "out");
    assert_eq!(
        world.transcript().between(SWITCH, contact.address()),
        ["INVITE", "ACK", "BYE"]
    );
}

#[test]
fn a_call_of_a_caller_has_no_origin_in_its_record() {
    let mut world = one(9, answers(seconds(1), None));
    place(&mut world, call(Some(seconds(2))));
    let json = serde_json::to_value(world.cdr()).unwrap();
    assert!(json.get("origin").is_none() && json.get("campaign").is_none());
}

#[test]
fn out_01_early_media_is_no_answer() {
    pointsman_conformance::shows(&["OUT-01 early"]);
    let early = Behaviour::Answer(Answer {
        after: seconds(5),
        early: Some(Speak::samples(sound::babble(3, 4.0))),
        talk: Talk {
            speak: Speak::Silence,
            ..Talk::default()
        },
        ..Answer::default()
    });
    let world = attempt(setup(2, early, [busy(), busy()]));
    let report = world.report(world.host("contact"));
    let likeness = hears(report, MESSAGE, 6.0);
    assert!(
        likeness > 0.95,
        "{likeness:.3}: the message begins with the answer"
    );
}

#[test]
fn out_02_a_key_during_the_message_reaches_an_agent_and_both_are_heard() {
    pointsman_conformance::shows(&["OUT-02 key"]);
    let world = attempt(setup(3, person(&[(2, "1")], None), [busy(), agent()]));
    assert_eq!(
        progress(&world),
        [
            Progress::Answered,
            Progress::Key,
            Progress::Agent,
            Progress::Ended(AttemptEnd::Agent)
        ]
    );
    let (contact, second) = (world.host("contact"), world.host("second"));
    // The person speaks from the answer on, the agent comes about three seconds later.
    let heard = Sound::from_linear(sound::RATE, &world.report(second).heard.samples);
    let said = &sound::babble(CONTACT_SAYS, 16.0)[4 * 8_000..9 * 8_000];
    let there = same_speech(&heard, &Sound::from_linear(sound::RATE, said));
    let back = hears(world.report(contact), AGENT_SAYS, 4.0);
    assert!(
        there > 0.9 && back > 0.9,
        "to the agent {there:.3}, back {back:.3}"
    );
    assert_eq!(outcome(&world), "answered");
    assert_eq!(
        attempts(&world),
        pairs(&[
            ("number:+32470000001", "answered"),
            ("number:+3225550111", "busy"),
            ("number:+3225550111", "answered")
        ])
    );
    let invites = world.transcript().messages(SWITCH, second.address(), "INVITE");
    let from = invites[0].header(Name::From).map(std::borrow::Cow::into_owned);
    let shown = format!("\"{CONTACT}\" <sip:{SHOWN}@");
    assert!(
        from.is_some_and(|from| from.starts_with(&shown)),
        "the agent sees whom we called"
    );
}

#[test]
fn out_02_a_key_after_the_message_reaches_an_agent_too() {
    pointsman_conformance::shows(&["OUT-02 key"]);
    let world = attempt(setup(4, person(&[(8, "1")], Some(14)), [agent(), busy()]));
    assert_eq!(
        progress(&world),
        [
            Progress::Answered,
            Progress::Heard,
            Progress::Key,
            Progress::Agent,
            Progress::Ended(AttemptEnd::Agent)
        ]
    );
}

#[test]
fn no_agent_is_free_and_nobody_waits_for_ever() {
    let world = attempt(setup(5, person(&[(1, "1")], None), [busy(), rejects(503, None)]));
    assert_eq!(progress(&world).last(), Some(&Progress::Ended(AttemptEnd::Key)));
    assert_eq!(outcome(&world), "announced");
}

#[test]
fn out_15_16_what_keeps_us_from_a_person_is_told() {
    for (seed, contact, end, seen) in [
        (10, busy(), AttemptEnd::Busy, "busy"),
        (11, rings(), AttemptEnd::NoAnswer, "no_answer"),
        (12, dead(), AttemptEnd::Unreachable, "unreachable"),
        (13, rejects(603, None), AttemptEnd::Rejected, "rejected"),
        (14, rejects(404, None), AttemptEnd::Unreachable, "unreachable"),
        (15, rejects(503, None), AttemptEnd::Congestion, "congestion"),
    ] {
        let world = attempt(setup(seed, contact, [busy(), busy()]));
        assert_eq!(progress(&world), [Progress::Ended(end)]);
        assert_eq!(outcome(&world), seen);
        assert_eq!(world.cdr().answered_ms, None);
    }
}

#[test]
fn who_hangs_up_early_has_answered_and_not_heard() {
    let world = attempt(setup(6, person(&[], Some(2)), [busy(), busy()]));
    assert_eq!(
        progress(&world),
        [Progress::Answered, Progress::Ended(AttemptEnd::Answered)]
    );
    assert_eq!(
        world.cdr().ended_by.map(|by| format!("{by:?}")).as_deref(),
        Some("Callee")
    );
}

#[test]
fn who_hangs_up_while_an_agent_is_rung_leaves_nobody_ringing() {
    let world = attempt(setup(7, person(&[(1, "1")], Some(4)), [rings(), busy()]));
    assert_eq!(progress(&world).last(), Some(&Progress::Ended(AttemptEnd::Key)));
    let first = world.host("first");
    let sent = world.transcript().between(SWITCH, first.address());
    assert!(sent.contains(&"CANCEL"), "{sent:?}");
}

#[test]
fn a_shutdown_cancels_a_call_that_rings_and_ends_one_that_talks() {
    for (seed, contact, wait) in [(20, rings(), 3), (21, person(&[], None), 4)] {
        let mut world = setup(seed, contact, [busy(), busy()]).build();
        world.originate(order(1));
        world.run(seconds(wait));
        world.end_all();
        world.settle();
        assert_eq!(world.faults(), [""; 0]);
        let sent = world
            .transcript()
            .between(SWITCH, world.host("contact").address());
        assert!(
            sent.last().is_some_and(|last| ["BYE", "ACK"].contains(last)),
            "{sent:?}"
        );
    }
}

#[test]
fn a_switch_that_is_being_shut_down_dials_nobody() {
    let mut world = setup(22, person(&[], None), [busy(), busy()]).build();
    world.shard().drain();
    world.originate(order(1));
    let mut unknown = order(2);
    unknown.campaign.name = "gone".into();
    world.originate(unknown);
    let refused = Progress::Ended(AttemptEnd::NotDialled);
    assert_eq!(world.contacts(), [(1, refused), (2, refused)]);
    assert!(
        world
            .transcript()
            .between(SWITCH, world.host("contact").address())
            .is_empty()
    );
}

#[test]
fn no_port_is_left_for_the_call_and_it_has_its_record_all_the_same() {
    let world = attempt(setup(23, person(&[], None), [busy(), busy()]).ports(0));
    assert_eq!(progress(&world), [Progress::Ended(AttemptEnd::Congestion)]);
}

#[test]
fn on_a_network_that_loses_and_repeats_every_attempt_has_one_end() {
    for seed in 100..130 {
        let mut world = setup(seed, person(&[(2, "1")], Some(10)), [agent(), agent()])
            .conditions(Conditions::rough(0.1))
            .build();
        world.originate(order(seed));
        world.settle();
        assert_eq!(world.faults(), [""; 0], "seed {seed}");
        let ends = world
            .contacts()
            .iter()
            .filter(|(_, progress)| matches!(progress, Progress::Ended(_)))
            .count();
        assert_eq!((ends, world.cdrs().len()), (1, 1), "seed {seed}");
    }
}
