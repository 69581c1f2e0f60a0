//! Five lists of a hundred numbers, and a process that dies at every step.

use super::*;

/// Outputs of the whole campaign, each one a place to die before or behind it.
fn outputs(plan: &Plan) -> usize {
    let mut world = World::new(vec![plan.clone()]);
    world.command(1, "spring", Command::Start);
    let mut outputs = 0;
    loop {
        while world.output() {
            outputs += 1;
        }
        if !world.pass() {
            return outputs;
        }
    }
}

/// Where the process dies.
#[derive(Debug, Clone, Copy)]
enum Death {
    /// With an output that nobody has done.
    Before,
    /// The disk has it, nobody has heard of it.
    Written,
    /// Everything that follows at once has been done.
    Behind,
}

/// The deaths that are different ones now.
fn deaths_at(world: &World) -> &'static [Death] {
    match world.owner.clone().poll_output() {
        Some(Output::Save { .. }) => &[Death::Before, Death::Written, Death::Behind],
        Some(_) => &[Death::Before, Death::Behind],
        None => &[Death::Before],
    }
}

fn die(world: &mut World, death: Death) {
    match death {
        Death::Before => {}
        Death::Written => {
            if let Some(Output::Save { change, .. }) = world.owner.poll_output() {
                world.write(&change).unwrap();
            }
        }
        Death::Behind => {
            world.output();
        }
    }
    world.crash();
}

/// The campaign with a death at each of `places`, from the first output on.
fn with_deaths(plan: &Plan, places: &[(usize, Death)]) -> World {
    let mut world = World::new(vec![plan.clone()]);
    world.command(1, "spring", Command::Start);
    let (mut outputs, mut deaths) = (0, places.iter().peekable());
    loop {
        if let Some((_, death)) = deaths.next_if(|(place, _)| *place == outputs) {
            die(&mut world, *death);
            if world.disk.states.is_empty() {
                // Nobody was told that it had started.
                world.command(2, "spring", Command::Start);
            }
        }
        if world.output() {
            outputs += 1;
        } else if !world.pass() {
            return world;
        }
    }
}

#[test]
fn out_10_11_five_lists_of_a_hundred_survive_a_death_at_every_step() {
    pointsman_conformance::shows(&["OUT-16 crash"]);
    let plan = plan("spring", 500, 5);
    let total = outputs(&plan);
    // 2.05 attempts of three outputs each to the ten kinds of numbers, and the campaign itself.
    assert!(total > 1_500, "{total} outputs");
    // One death each, in a campaign of its own that is short, so that every step of it is met...
    let short = super::plan("spring", 20, 5);
    let steps = outputs(&short);
    for place in 0..=steps {
        for death in [Death::Before, Death::Written, Death::Behind] {
            let world = with_deaths(&short, &[(place, death)]);
            let what = format!("{death:?} {place}");
            assert_eq!(world.state("spring"), RunState::Done, "{what}");
            world.assert_sound(5, &what);
        }
    }
    // ... and at each step of the whole one, cut from one long life: a world is copied and dies.
    let mut world = World::new(vec![plan]);
    world.command(1, "spring", Command::Start);
    let mut place = 0;
    loop {
        let death = [Death::Before, Death::Written, Death::Behind][place % 3];
        let mut dying = world.clone();
        die(&mut dying, death);
        if !dying.disk.states.is_empty() {
            dying.run();
            dying.assert_sound(5, &format!("{death:?} {place} of all"));
            assert_eq!(dying.state("spring"), RunState::Done);
        }
        if world.output() {
            place += 1;
        } else if !world.pass() {
            break;
        }
    }
    world.assert_sound(5, "the whole");
    assert!(place > 1_500);
}

#[test]
fn a_process_that_dies_again_and_again_calls_nobody_silently_twice() {
    pointsman_conformance::shows(&["OUT-16 crash"]);
    let plan = plan("spring", 100, 5);
    let places: Vec<_> = (1..120).map(|at| (at * 4, Death::Behind)).collect();
    let world = with_deaths(&plan, &places);
    world.assert_sound(5, "120 deaths");
    let interrupted = world.owner.views()[0]
        .contacts
        .iter()
        .filter(|contact| contact.stage == Stage::Over(AttemptEnd::Interrupted))
        .count();
    assert!(
        interrupted > 30,
        "{interrupted}: a death mostly meets calls that are up"
    );
}

/// OUT-10, OUT-11, OUT-16 at full size (`just prove-campaign`): five lists of a hundred numbers, and a copy of the world
/// that dies in each way at each step and lives to its end.
#[test]
#[ignore = "minutes; just prove-campaign"]
fn every_death_at_every_step() {
    let plan = plan("spring", 500, 5);
    let mut world = World::new(vec![plan]);
    world.command(1, "spring", Command::Start);
    let (mut steps, mut deaths, mut invites, mut interrupted) = (0, 0, 0, 0);
    loop {
        for &death in deaths_at(&world) {
            let mut dying = world.clone();
            die(&mut dying, death);
            // Before the start was written there is nothing to go on with.
            if dying.disk.states.is_empty() {
                continue;
            }
            deaths += 1;
            dying.run();
            dying.assert_sound(5, &format!("{death:?} {steps}"));
            assert_eq!(dying.state("spring"), RunState::Done);
            invites += dying.dialled.len();
            interrupted += dying
                .disk
                .attempts
                .values()
                .filter(|row| matches!(row.ended, Some((_, AttemptEnd::Interrupted))))
                .count();
        }
        if world.output() {
            steps += 1;
        } else if !world.pass() {
            break;
        }
    }
    assert!(steps > 1_500 && interrupted > 1_000);
    println!("proved: numbers=500 steps={steps} deaths={deaths} invites={invites} interrupted={interrupted}");
}
