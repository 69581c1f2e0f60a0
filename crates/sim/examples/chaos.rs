//! Plays the chaos scripts of a range of seeds: `chaos FROM COUNT LOSS`, or `chaos SEED LOSS` to see one of them.

use std::panic::catch_unwind;
use std::process::ExitCode;

use pointsman_sim::chaos::{self, Script};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| words.get(at).and_then(|word| word.parse::<f64>().ok());
    match (number(0), number(1), number(2)) {
        (Some(from), Some(count), Some(loss)) => many(from as u64, count as u64, loss),
        (Some(seed), Some(loss), None) => one(seed as u64, loss),
        _ => {
            eprintln!("chaos FROM COUNT LOSS | chaos SEED LOSS");
            ExitCode::FAILURE
        }
    }
}

/// One line for each failing seed and one with the totals.
fn many(from: u64, count: u64, loss: f64) -> ExitCode {
    let (mut failed, mut calls, mut answered, mut messages) = (0, 0, 0, 0);
    for seed in from..from + count {
        let script = Script::new(seed, loss);
        match catch_unwind(|| chaos::run(&script)) {
            Ok(outcome) => {
                (calls, answered) = (calls + outcome.calls, answered + outcome.answered);
                messages += outcome.messages;
                if let Some(fault) = outcome.faults.first() {
                    failed += 1;
                    println!("failed {seed} {fault}");
                }
            }
            Err(_) => {
                failed += 1;
                println!("failed {seed} a panic");
            }
        }
    }
    println!("seeds {count} failed {failed} calls {calls} answered {answered} messages {messages}");
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The smallest script that still fails, and what was said in it.
fn one(seed: u64, loss: f64) -> ExitCode {
    let script = chaos::shrink(&Script::new(seed, loss));
    let (outcome, text) = chaos::explain(&script);
    println!("{script:#?}\n{text}");
    for fault in &outcome.faults {
        println!("{fault}");
    }
    if outcome.faults.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
