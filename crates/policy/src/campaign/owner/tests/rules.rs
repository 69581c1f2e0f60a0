//! Commands, limits, hours, reloads.

use super::*;
use crate::campaign::Window;
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;

#[test]
fn out_13_five_calls_at_a_time_and_two_seconds_between_starts() {
    pointsman_conformance::shows(&["OUT-13 kept"]);
    let mut world = World::new(vec![plan("spring", 100, 5)]);
    assert_eq!(world.done("spring", Command::Start), Ok(RunState::Running));
    world.run();
    assert_eq!(world.state("spring"), RunState::Done);
    assert_eq!(world.most_calls, 5, "all places are used");
    world.assert_sound(5, "no crash");
}

#[test]
fn out_14_of_two_starts_in_a_race_one_wins_and_the_other_is_refused() {
    pointsman_conformance::shows(&["OUT-14 race"]);
    let mut world = World::new(vec![plan("spring", 3, 1), plan("summer", 3, 1)]);
    // Both are asked before anything is written.
    world.command(1, "spring", Command::Start);
    world.command(2, "summer", Command::Start);
    world.command(3, "spring", Command::Start);
    world.settle();
    assert_eq!(world.replies[&1], Ok(RunState::Running));
    let refused = world.replies[&2].clone().unwrap_err();
    assert!(
        refused.contains("shop/spring") && refused.contains("limit 1, §3.1.3"),
        "{refused}"
    );
    assert!(world.replies[&3].is_err());
    assert_eq!(world.done("spring", Command::Pause), Ok(RunState::Paused));
    assert!(
        world.done("summer", Command::Start).is_err(),
        "a paused one keeps its place"
    );
    assert_eq!(world.done("spring", Command::Stop), Ok(RunState::Stopped));
    assert_eq!(world.done("summer", Command::Start), Ok(RunState::Running));
    world.run();
    assert_eq!(
        world.done("spring", Command::Start),
        Ok(RunState::Running),
        "those who are left"
    );
    world.run();
    assert_eq!(world.state("spring"), RunState::Done);
    assert!(
        world
            .done("spring", Command::Start)
            .unwrap_err()
            .contains("is done")
    );
    assert!(
        world
            .done("autumn", Command::Start)
            .unwrap_err()
            .contains("no campaign shop/autumn")
    );
    let other = CampaignId::new("bakery", "spring");
    assert!(world.owner.judge(&other, Command::Start).is_err());
}

#[test]
fn a_scheduled_start_waits_until_the_other_one_is_over() {
    let mut second = plan("summer", 3, 1);
    second.schedule.start = Some(noon() + SignedDuration::from_secs(10));
    let mut world = World::new(vec![plan("spring", 9, 1), second]);
    assert_eq!(world.done("spring", Command::Start), Ok(RunState::Running));
    world.run();
    assert_eq!(
        (world.state("spring"), world.state("summer")),
        (RunState::Done, RunState::Done)
    );
    let rows: Vec<_> = world.disk.attempts.values().collect();
    let last_of_first = rows.iter().rposition(|row| row.campaign == id("spring"));
    let first_of_second = rows.iter().position(|row| row.campaign == id("summer"));
    assert!(last_of_first < first_of_second, "one campaign at a time");
}

#[test]
fn out_15_16_retries_of_busy_and_no_answer_are_counted_apart_and_wait_their_time() {
    pointsman_conformance::shows(&["OUT-15 retried", "OUT-16 retried"]);
    let mut world = World::new(vec![plan("spring", 3, 1)]);
    assert_eq!(world.done("spring", Command::Start), Ok(RunState::Running));
    world.run();
    let of = |number: &str| -> Vec<i64> {
        let times: Vec<_> = world.dialled.iter().filter(|(_, _, to)| to == number).collect();
        times
            .windows(2)
            .map(|pair| pair[1].0.duration_since(pair[0].0).as_secs())
            .collect()
    };
    assert_eq!(
        of("+32470000001"),
        [61, 61],
        "busy after 1 s, again 60 s later, twice"
    );
    assert_eq!(
        of("+32470000002"),
        [320],
        "20 s of ringing, again 300 s later, once"
    );
    assert_eq!(of("+32470000000"), [0_i64; 0]);
}

#[test]
fn pause_dials_nobody_and_resume_goes_on() {
    let mut world = World::new(vec![plan("spring", 20, 2)]);
    assert_eq!(world.done("spring", Command::Start), Ok(RunState::Running));
    world.pass();
    world.settle();
    let before = world.dialled.len();
    assert_eq!(world.done("spring", Command::Pause), Ok(RunState::Paused));
    world.run();
    assert_eq!(
        world.dialled.len(),
        before,
        "calls that are up go on, none is new"
    );
    assert_eq!(world.done("spring", Command::Resume), Ok(RunState::Running));
    world.run();
    world.assert_sound(2, "after a pause");
}

#[test]
fn an_attempt_that_is_being_written_when_the_pause_comes_is_not_dialled_and_not_counted() {
    let mut world = World::new(vec![plan("spring", 1, 1)]);
    world.command(1, "spring", Command::Start);
    assert!(world.output(), "the state is saved, the attempt is asked to be");
    world.command(2, "spring", Command::Pause);
    world.settle();
    assert!(world.dialled.is_empty() && world.state("spring") == RunState::Paused);
    assert_eq!(world.done("spring", Command::Resume), Ok(RunState::Running));
    world.run();
    assert_eq!(world.dialled.len(), 1);
    assert_eq!(world.owner.views()[0].contacts[0].attempts, 1);
}

#[test]
fn outside_the_hours_nobody_is_called() {
    let mut windowed = plan("spring", 40, 1);
    // At noon, winter time, twenty minutes are left; the next hours are on Thursday.
    windowed.schedule.zone = TimeZone::get("Europe/Brussels").unwrap();
    windowed.schedule.windows = vec![Window {
        days: vec![Weekday::Tuesday, Weekday::Thursday],
        from: Time::constant(9, 0, 0, 0),
        to: Some(Time::constant(12, 5, 0, 0)),
    }];
    let mut world = World::new(vec![windowed.clone()]);
    assert_eq!(world.done("spring", Command::Start), Ok(RunState::Running));
    world.run();
    assert!(
        world
            .dialled
            .iter()
            .all(|(at, _, _)| windowed.schedule.is_open(*at))
    );
    let thursday: Timestamp = "2026-11-26T08:00:00Z".parse().unwrap();
    assert!(
        world.dialled.iter().any(|(at, _, _)| *at == thursday),
        "as soon as it may"
    );
    world.assert_sound(1, "hours");
}

#[test]
fn a_full_disk_dials_nobody_and_loses_nobody() {
    let mut world = World::new(vec![plan("spring", 5, 1)]);
    assert_eq!(world.done("spring", Command::Start), Ok(RunState::Running));
    world.disk_is_full = true;
    let before = world.dialled.len();
    for _ in 0..20 {
        world.pass();
        world.settle();
    }
    assert_eq!(world.dialled.len(), before);
    assert!(
        world
            .done("spring", Command::Stop)
            .unwrap_err()
            .contains("disk is full")
    );
    world.disk_is_full = false;
    world.run();
    assert_eq!(world.state("spring"), RunState::Done);
    assert_eq!(world.dialled.len(), 1 + 3 + 2 + 2 + 1);
}

#[test]
fn an_end_that_cannot_be_written_is_tried_again_later() {
    let mut world = World::new(vec![plan("spring", 1, 1)]);
    assert_eq!(world.done("spring", Command::Start), Ok(RunState::Running));
    while world.state("spring") == RunState::Running && world.dialled.is_empty() {
        world.pass();
        world.settle();
    }
    world.disk_is_full = true;
    // It comes to rest each time, or this would never end.
    for _ in 0..50 {
        world.pass();
        world.settle();
    }
    assert_eq!(world.state("spring"), RunState::Running);
    world.disk_is_full = false;
    world.run();
    assert_eq!(world.state("spring"), RunState::Done);
}

#[test]
fn a_campaign_that_left_the_configuration_leaves_its_place() {
    let mut world = World::new(vec![plan("spring", 2, 1), plan("summer", 2, 1)]);
    assert_eq!(world.done("spring", Command::Start), Ok(RunState::Running));
    assert!(
        world.done("summer", Command::Start).is_err(),
        "one at a time (OUT-14)"
    );
    world
        .owner
        .set_directory(world.now, &directory(vec![plan("summer", 2, 1)]));
    for _ in 0..50 {
        world.pass();
        world.settle();
    }
    assert_eq!(world.state("spring"), RunState::Stopped);
    assert_eq!(world.done("summer", Command::Start), Ok(RunState::Running));
    // It comes back, and a new process is there: it has lost its place for good, and not its report.
    let both = directory(vec![plan("spring", 2, 1), plan("summer", 2, 1)]);
    world.owner.set_directory(world.now, &both);
    let spring = |world: &World| {
        let mut rows = world.disk.attempts.values();
        rows.by_ref().filter(|row| row.campaign == id("spring")).count()
    };
    let before = spring(&world);
    world.run();
    world.directory = both.into();
    world.crash();
    world.run();
    assert_eq!(
        (world.state("spring"), spring(&world)),
        (RunState::Stopped, before)
    );
    assert_eq!(world.done("spring", Command::Start), Ok(RunState::Running));
}

/// The disk is full when a running campaign leaves the configuration: it keeps its place until that is written.
#[test]
fn a_stop_that_cannot_be_written_is_tried_again() {
    let mut world = World::new(vec![plan("spring", 2, 1), plan("summer", 2, 1)]);
    assert_eq!(world.done("spring", Command::Start), Ok(RunState::Running));
    world.disk_is_full = true;
    world
        .owner
        .set_directory(world.now, &directory(vec![plan("summer", 2, 1)]));
    world.settle();
    assert!(world.done("summer", Command::Start).is_err());
    world.disk_is_full = false;
    for _ in 0..50 {
        world.pass();
        world.settle();
    }
    assert_eq!(world.state("spring"), RunState::Stopped);
    assert_eq!(world.done("summer", Command::Start), Ok(RunState::Running));
}

#[test]
fn out_08_a_reload_adds_contacts_and_takes_off_those_who_wait() {
    let mut world = World::new(vec![plan("spring", 4, 1)]);
    assert_eq!(world.done("spring", Command::Start), Ok(RunState::Running));
    let mut changed = plan("spring", 4, 1);
    changed.contacts = vec!["+32470000000".into(), "+32470000009".into()];
    world.owner.set_directory(world.now, &directory(vec![changed]));
    world.run();
    let called: BTreeSet<_> = world.dialled.iter().map(|(_, _, to)| to.as_str()).collect();
    assert_eq!(called, BTreeSet::from(["+32470000000", "+32470000009"]));
    assert_eq!(world.state("spring"), RunState::Done);
    world.owner.set_directory(world.now, &Directory::new());
    assert!(!world.owner.views()[0].configured, "its report stays");
}

#[test]
fn a_switch_that_takes_no_calls_is_asked_again_and_nothing_is_counted() {
    let mut world = World::new(vec![plan("spring", 1, 1)]);
    assert_eq!(world.done("spring", Command::Start), Ok(RunState::Running));
    let (_, attempt, _) = world.dialled[0].clone();
    world.calls.clear();
    let refused = Progress::Ended(AttemptEnd::NotDialled);
    world.owner.handle_progress(world.now, attempt, refused);
    world.settle();
    assert!(world.pass());
    world.settle();
    assert_eq!(world.now.duration_since(noon()).as_secs(), 10);
    assert_eq!(world.dialled.len(), 2);
    assert_eq!(world.owner.views()[0].contacts[0].attempts, 0, "none had an end");
    // What comes of the first one now is of nobody.
    world
        .owner
        .handle_progress(world.now, attempt, Progress::Ended(AttemptEnd::Busy));
    world.run();
    assert_eq!(world.owner.views()[0].contacts[0].attempts, 1);
}

/// The state of each contact in the report.
fn states(world: &World) -> Vec<&'static str> {
    let view = world.owner.views().remove(0);
    view.contacts
        .iter()
        .map(|contact| contact.stage.as_str())
        .collect()
}

/// OUT-08: who stands on a Do Not Call list is never dialled, says so, and keeps no campaign from its end.
#[test]
fn out_08_who_stands_on_a_do_not_call_list_is_never_dialled() {
    let mut spring = plan("spring", 4, 5);
    spring.do_not_call = ["+32470000002", "+32470000003"].map(str::to_owned).into();
    let mut world = World::new(vec![spring]);
    assert_eq!(world.done("spring", Command::Start), Ok(RunState::Running));
    world.run();
    assert_eq!(world.state("spring"), RunState::Done);
    assert_eq!(states(&world), ["heard", "busy", "do_not_call", "do_not_call"]);
    let struck = |number: &str| number.ends_with('2') || number.ends_with('3');
    assert!(!world.dialled.iter().any(|(_, _, number)| struck(number)));
    world.crash();
    assert_eq!(states(&world)[2..], ["do_not_call"; 2]);
}

/// OUT-08: a reload puts somebody on the list: not before the INVITE that is being written, and not for a retry.
#[test]
fn out_08_who_comes_on_a_do_not_call_list_is_not_dialled_any_more() {
    let all = plan("spring", 3, 5);
    let mut struck = all.clone();
    struck.do_not_call = all.contacts.iter().cloned().collect();
    let (all, struck) = (directory(vec![all]), directory(vec![struck]));
    let mut world = World::new(vec![all[&id("spring")].as_ref().clone()]);
    world.command(1, "spring", Command::Start);
    assert!(world.output() && world.output(), "it runs, and is said to");
    // The first attempt is on its way to the disk.
    let Some(Output::Save {
        id: change,
        change: what @ Change::Attempt { .. },
    }) = world.owner.poll_output()
    else {
        panic!("an attempt")
    };
    world.owner.set_directory(world.now, &struck);
    let saved = world.write(&what);
    world.owner.handle_saved(world.now, change, saved);
    world.run();
    assert_eq!((world.dialled.len(), states(&world)), (0, vec!["do_not_call"; 3]));
    assert_eq!(world.state("spring"), RunState::Done);

    // Number 1 is busy and waits for a retry when it comes on the list; taken off, it is called again.
    let mut world = World::new(vec![all[&id("spring")].as_ref().clone()]);
    assert_eq!(world.done("spring", Command::Start), Ok(RunState::Running));
    while states(&world)[1] != "waiting" || world.dialled.len() < 3 {
        assert!(world.pass());
        world.settle();
    }
    assert_eq!(world.done("spring", Command::Pause), Ok(RunState::Paused));
    let before = world.owner.views()[0].contacts[1].stage;
    world.owner.set_directory(world.now, &struck);
    assert_eq!(states(&world)[1], "do_not_call");
    world.owner.set_directory(world.now, &all);
    assert_eq!(states(&world)[1], "waiting");
    let due = |world: &World| world.owner.views()[0].contacts[1].stage;
    assert_eq!(due(&world), before, "its retry is due when it was");
    assert_eq!(world.done("spring", Command::Resume), Ok(RunState::Running));
    world.run();
    assert_eq!(states(&world), ["heard", "busy", "no_answer"]);
}
