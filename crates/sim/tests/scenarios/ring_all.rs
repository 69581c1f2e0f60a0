//! Several targets rung at once: one has the call, whatever the others do (TRM-07, ACM-01).

use pointsman_legs::Behaviour;
use pointsman_policy::{AT_ONCE_MAX, Ended};
use pointsman_sim::{Conditions, Plan, SWITCH, World, dial_all, reject};

use crate::stage::*;

const TEN: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

/// All of them answer after `after`, each in a voice of its own.
fn ten_answer(after: std::time::Duration) -> Vec<(&'static str, Behaviour)> {
    let voices = TEN.into_iter().zip(100..);
    voices
        .map(|(name, voice)| (name, answers_with(after, talk(voice, None))))
        .collect()
}

/// The names of those whose attempts ended so.
fn ended(world: &World, outcome: &str) -> Vec<String> {
    let attempts = attempts(world).into_iter();
    let ended = attempts.filter(|(_, ended)| ended == outcome);
    ended
        .map(|(target, _)| target.trim_start_matches("site:").to_owned())
        .collect()
}

fn sent<'w>(world: &'w World, name: &str) -> Vec<&'w str> {
    world.transcript().between(SWITCH, world.host(name).address())
}

/// One has the call; each of the others was told to stop ringing, or was answered and hung up on.
fn assert_one_winner(world: &World) -> String {
    let winners = ended(world, "answered");
    assert_eq!(winners.len(), 1, "{:?}", attempts(world));
    for loser in ended(world, "elsewhere") {
        let sent = sent(world, &loser);
        let cancelled = sent.contains(&"CANCEL");
        let hung_up = sent.contains(&"ACK") && sent.contains(&"BYE");
        assert!(cancelled || hung_up, "{loser}: {sent:?}");
    }
    winners.into_iter().next().expect("one")
}

/// TRM-07, ACM-01: ten contacts answer in the same millisecond.
#[test]
fn ten_that_answer_at_once_give_one_conversation() {
    pointsman_conformance::shows(&["TRM-07 at_once"]);
    for (seed, after) in (0..).zip([0, 1, 700, 1_000]) {
        let sites = ten_answer(millis(after));
        let mut world = stage(seed, Plan::of(dial_all(&TEN, 20)), &sites)
            .watched()
            .build();
        place(&mut world, call(Some(seconds(5))));
        let winner = assert_one_winner(&world);
        assert_eq!(ended(&world, "elsewhere").len(), 9);
        let voice = TEN.iter().zip(100..).find(|(name, _)| **name == winner);
        let (_, voice) = voice.expect("one of the ten");
        let caller = world.host("caller");
        assert!(
            likeness(world.report(caller), voice) > 0.9,
            "the caller hears the winner"
        );
        for name in TEN {
            let heard = world.reports(world.host(name));
            let hears = heard.iter().any(|report| likeness(report, CALLER_SAYS) > 0.5);
            assert_eq!(hears, name == winner, "{name} of seed {seed}, {winner} won");
        }
        let told = world.transcript().between(SWITCH, caller.address());
        assert_eq!(
            told.iter().filter(|what| **what == "200 INVITE").count(),
            1,
            "{told:?}"
        );
        assert_eq!(outcome(&world), "answered");
    }
}

#[test]
fn ten_that_answer_at_once_on_a_bad_network_leave_nothing_behind() {
    let mut answered = 0;
    for seed in 0..40 {
        let mut world = stage(seed, Plan::of(dial_all(&TEN, 20)), &ten_answer(millis(800)))
            .conditions(Conditions::rough(0.2))
            .watched()
            .build();
        place(&mut world, call(Some(seconds(5))));
        assert_eq!(world.cdrs().len(), 1, "seed {seed}");
        assert!(ended(&world, "answered").len() <= 1, "seed {seed}");
        answered += usize::from(outcome(&world) == "answered");
    }
    assert!(answered >= 35, "only {answered} of 40 calls were answered");
}

#[test]
fn the_others_stop_ringing_and_are_told_that_no_call_was_missed() {
    let sites = [
        ("a", rings()),
        ("b", answers(seconds(2), None)),
        ("c", rings()),
        ("d", busy()),
    ];
    let mut world = stage(2, Plan::of(dial_all(&["a", "b", "c", "d"], 20)), &sites).build();
    place(&mut world, call(Some(seconds(5))));
    assert_eq!(
        attempts(&world),
        pairs(&[
            ("site:a", "elsewhere"),
            ("site:b", "answered"),
            ("site:c", "elsewhere"),
            ("site:d", "busy")
        ])
    );
    for name in ["a", "c"] {
        assert_eq!(sent(&world, name), ["INVITE", "CANCEL", "ACK"]);
        let host = world.host(name).address();
        let cancel = world.transcript().messages(SWITCH, host, "CANCEL")[0];
        let reason = cancel.headers(pointsman_sip::Name::Reason).next();
        assert!(reason.is_some_and(|reason| reason.contains("Call completed elsewhere")));
    }
    let caller = world.host("caller");
    let told = world.transcript().between(SWITCH, caller.address());
    let ringing = told.iter().filter(|what| what.starts_with("18"));
    assert_eq!(ringing.count(), 1, "ringback once: {told:?}");
    assert_two_way(&world, "b");
}

/// Each with the failure that the caller gets when it is the best one.
#[test]
fn when_nobody_answers_the_outcome_nearest_to_a_person_counts() {
    let gone = || rejects(404, Some(1));
    let cases = [
        (rings(), busy(), Ended::NoAnswer),
        (busy(), rings(), Ended::NoAnswer),
        (gone(), busy(), Ended::Busy),
        (busy(), rejects(603, None), Ended::Busy),
        (rejects(603, None), rejects(503, None), Ended::Rejected),
        (rejects(503, None), gone(), Ended::Congestion),
        (gone(), dead(), Ended::Unreachable),
    ];
    for (seed, (first, second, best)) in (20..).zip(cases) {
        let plan = Plan::default()
            .step("all", dial_all(&["a", "b"], 10))
            .step("out", reject(600, 17, "taken"))
            .step("wrong", reject(500, 41, "not taken"));
        let plan = Ended::FAILED.into_iter().fold(plan, |plan, exit| {
            plan.on("all", exit, if exit == best { "out" } else { "wrong" })
        });
        let mut world = stage(seed, plan, &[("a", first), ("b", second)]).build();
        place(&mut world, call(None));
        let caller = world.host("caller");
        assert_eq!(world.report(caller).final_status, Some(600), "{best}");
        assert_eq!(attempts(&world).len(), 2);
    }
}

#[test]
fn the_failure_that_is_passed_on_is_the_best_one_and_not_the_last() {
    let sites = [("a", rejects(486, Some(17))), ("b", dead())];
    let mut world = stage(3, Plan::of(dial_all(&["a", "b"], 10)), &sites).build();
    place(&mut world, call(None));
    let caller = world.host("caller");
    let report = world.report(caller);
    assert_eq!((report.final_status, report.cause()), (Some(486), Some(17)));
    assert_eq!(outcome(&world), "busy");
}

#[test]
fn a_caller_that_gives_up_ends_the_ringing_of_all() {
    let mut world = stage(
        4,
        Plan::of(dial_all(&["a", "b"], 20)),
        &[("a", rings()), ("b", rings())],
    )
    .build();
    place(&mut world, call(None).cancel_after(seconds(3)));
    assert_eq!(
        attempts(&world),
        pairs(&[("site:a", "caller_gone"), ("site:b", "caller_gone")])
    );
    for name in ["a", "b"] {
        assert_eq!(sent(&world, name), ["INVITE", "CANCEL", "ACK"]);
    }
    assert!(
        world.cdr().why.ends_with("while ringing site:a, site:b"),
        "{}",
        world.cdr().why
    );
}

/// A policy that names more than may ring together: the others follow as places become free.
#[test]
fn no_more_than_ten_ring_together() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    let mut sites: Vec<_> = names.map(|name| (name, rings())).into();
    sites[0].1 = busy();
    sites[11].1 = answers(seconds(1), None);
    let mut world = stage(5, Plan::of(dial_all(&names, 10)), &sites).build();
    let caller = world.host("caller");
    world.call(caller, call(Some(seconds(2))));
    world.run(seconds(5));
    let rung = |world: &World| {
        names
            .into_iter()
            .filter(|name| !sent(world, name).is_empty())
            .count()
    };
    assert_eq!(
        rung(&world),
        AT_ONCE_MAX + 1,
        "one was busy, so one more was rung"
    );
    world.settle();
    assert_eq!(ended(&world, "no_answer").len(), 10);
    assert_eq!(ended(&world, "answered"), ["l"]);
}
