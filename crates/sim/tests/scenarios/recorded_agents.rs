//! Recording by agent, through the real recorder (REC-05, REC-09, REC-21, ACM-12).

use std::collections::BTreeMap;

use pointsman_media::measure::{Sound, fit};
use pointsman_policy::acm::{AgentSetup, Directory, Start};
use pointsman_policy::{Ended, Step};
use pointsman_sim::{Plan, World, WorldSetup, dial, site};

use crate::queue::{group, sales};
use crate::stage::*;

/// Agents `an`, who is recorded, and `bo`, who is not, of group `sales`; `cy` is recorded and in no queue.
fn centre(seed: u64, plan: Plan, record_number: bool) -> WorldSetup {
    let setup = |name: &str, record: bool, groups: &[&str]| AgentSetup {
        contact: site(name),
        groups: groups
            .iter()
            .map(|name| ((*name).to_owned(), 1))
            .collect::<BTreeMap<_, _>>(),
        start: Start::Available,
        record,
    };
    let directory = Directory::default()
        .group("sim", "sales", group())
        .group("sim", "none", group())
        .agent("sim", "an", setup("an", true, &["sales"]))
        .agent("sim", "bo", setup("bo", false, &["none"]))
        .agent("sim", "cy", setup("cy", true, &["none"]));
    let phones = ["an", "bo", "cy"].map(|name| (name, answers(seconds(1), Some(seconds(6)))));
    stage(seed, Plan::default(), &phones)
        .number(CALLED, plan, record_number)
        .agents(directory)
        .prompt("music", announcement(55, 3.0))
}

fn run(setup: WorldSetup) -> World {
    let mut world = setup.build();
    world.run(seconds(3));
    place(&mut world, call(Some(seconds(30))));
    world
}

/// Whose each recording is, and of which number.
fn whose(world: &World) -> Vec<(Option<String>, Option<String>)> {
    let cdr = world.cdr();
    let records = cdr.recordings.iter();
    let text = |value: &Option<std::sync::Arc<str>>| value.as_deref().map(str::to_owned);
    records
        .map(|record| (text(&record.agent), text(&record.called)))
        .collect()
}

fn of(agent: &str) -> (Option<String>, Option<String>) {
    (Some(agent.to_owned()), Some(CALLED.to_owned()))
}

fn assert_holds_both(world: &World, at: usize) {
    let record = world.cdr().recordings[at].clone();
    assert!(record.error.is_none() && record.samples > 40_000, "{record:?}");
    let said = |seed| Sound::from_linear(8000, &pointsman_legs::sound::babble(seed, 4.0));
    let heard = Sound::from_wav(&world.wav(record.id), "tape").expect("a WAV");
    let fit = fit(&heard, &said(CALLER_SAYS), &said(CALLEE_SAYS)).expect("both are in it");
    assert!(fit.explained >= 0.9 && fit.difference_db() < 1.0, "{fit:?}");
}

#[test]
fn rec_05_21_acm_12_an_agents_call_out_of_a_queue_is_recorded_under_its_name() {
    let world = run(centre(1, Plan::of(Step::Queue(sales())), false));
    assert_eq!(outcome(&world), "answered");
    assert_eq!(whose(&world), [of("an")]);
    let record = world.cdr().recordings[0].clone();
    let length = record.samples as f64 / 11_025.0;
    assert!(
        (5.5..6.5).contains(&length),
        "from the agent's answer on: {length} s"
    );
}

#[test]
fn rec_05_acm_12_its_call_that_no_queue_led_to_is_recorded_and_named_as_well() {
    let world = run(centre(2, Plan::of(dial(&["cy"], 20)), false));
    assert_eq!(whose(&world), [of("cy")]);
    assert_eq!(world.cdr().attempts[0].agent.as_deref(), Some("cy"));
    assert_holds_both(&world, 0);
}

#[test]
fn rec_05_a_call_of_an_agent_that_is_not_recorded_is_not() {
    let world = run(centre(3, Plan::of(dial(&["bo"], 20)), false));
    assert_eq!(outcome(&world), "answered");
    assert_eq!(whose(&world), []);
}

#[test]
fn rec_09_number_and_agent_of_one_sound_are_one_recording() {
    let world = run(centre(4, Plan::of(dial(&["cy"], 20)), true));
    assert_eq!(whose(&world), [of("cy")]);
    assert_holds_both(&world, 0);
}

#[test]
fn rec_05_21_two_agents_one_after_the_other_are_two_recordings_each_under_its_name() {
    let plan = || {
        Plan::default()
            .step("first", dial(&["an"], 20))
            .step("second", dial(&["cy"], 20))
            .on("first", Ended::Answered, "second")
    };
    let world = run(centre(5, plan(), false));
    assert_eq!(whose(&world), [of("an"), of("cy")]);
    // The number's recording goes on over both; who looks for the second agent finds its part.
    let world = run(centre(6, plan(), true));
    assert_eq!(whose(&world), [of("an"), of("cy")]);
    let samples: Vec<u64> = world
        .cdr()
        .recordings
        .iter()
        .map(|record| record.samples)
        .collect();
    assert!(samples[0] > samples[1] + 40_000, "{samples:?}");
}

#[test]
fn rec_02_05_a_call_that_an_agent_makes_is_recorded_under_its_name() {
    let caller = AgentSetup {
        contact: pointsman_policy::Target::number(CALLER, "caller"),
        groups: BTreeMap::from([("none".to_owned(), 1)]),
        start: Start::Offline,
        record: true,
    };
    let directory = Directory::default()
        .group("sim", "none", group())
        .agent("sim", "di", caller);
    let setup = centre(7, Plan::of(dial(&["bo"], 20)), false).agents(directory);
    let world = run(setup);
    assert_eq!(whose(&world), [of("di")]);
    assert_holds_both(&world, 0);
}
