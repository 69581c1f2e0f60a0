//! Random scripts at 30 % loss with the invariants checked after every step: first the seeds that once failed, then
//! 1,000 fresh ones in four parts, so that both cores of a small machine have work. The 100,000 are `just prove-chaos`.

use pointsman_sim::chaos::{self, Script};

/// One seed a line, with its loss in per cent; `#` begins a comment.
const FAILED_ONCE: &str = include_str!("seeds.txt");

/// Seeds of each part.
const PART: u64 = 250;

fn hold(seed: u64, loss: f64) -> chaos::Outcome {
    let outcome = chaos::run(&Script::new(seed, loss));
    assert!(
        outcome.faults.is_empty(),
        "seed {seed} at {loss} of loss: {:#?}\nto see it: cargo run -p pointsman-sim --example chaos -- {seed} {loss}",
        outcome.faults
    );
    outcome
}

#[test]
fn seeds_that_failed_once_hold() {
    let mut held = 0;
    for line in FAILED_ONCE.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        let Some((seed, loss)) = line.split_once(' ') else {
            continue;
        };
        let percent: f64 = loss.trim().parse().expect("a loss in per cent");
        hold(seed.parse().expect("a seed"), percent / 100.0);
        held += 1;
    }
    assert!(held >= 10, "only {held} seeds are kept");
}

/// Plays one part; a script must mean something, so most of what is to happen has to happen.
fn part(number: u64) {
    let (mut calls, mut answered) = (0, 0);
    for seed in number * PART..(number + 1) * PART {
        let outcome = hold(seed, 0.3);
        calls += outcome.calls;
        answered += outcome.answered;
    }
    assert!(
        calls > 600 && answered > 250,
        "only {calls} calls, {answered} of them answered"
    );
}

#[test]
fn part_1_of_1_000_seeds_holds() {
    part(0);
}

#[test]
fn part_2_of_1_000_seeds_holds() {
    part(1);
}

#[test]
fn part_3_of_1_000_seeds_holds() {
    part(2);
}

#[test]
fn part_4_of_1_000_seeds_holds() {
    part(3);
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    for seed in 0..40 {
        let script = Script::new(seed, 0.3);
        assert_eq!(chaos::run(&script), chaos::run(&script), "seed {seed}");
    }
    let digest = |seed| chaos::run(&Script::new(seed, 0.3)).digest;
    assert_ne!(digest(1), digest(2));
}

#[test]
fn a_journal_replayed_gives_the_same_bytes() {
    let (mut inputs, mut outputs) = (0, 0);
    for seed in 0..100 {
        let replayed = chaos::replay(&Script::new(seed, 0.3));
        let (taken, made) = replayed.unwrap_or_else(|difference| panic!("seed {seed}: {difference:#?}"));
        inputs += taken;
        outputs += made;
    }
    assert!(
        inputs > 10_000 && outputs > 10_000,
        "{inputs} inputs, {outputs} outputs"
    );
}
