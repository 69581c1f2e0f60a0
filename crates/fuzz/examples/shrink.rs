//! Makes an input that breaks a property smaller: `shrink TARGET FILE`. What is left, which still breaks one, is
//! written to `FILE.small`.

use std::process::ExitCode;

use pointsman_fuzz::{TARGETS, Target};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [name, file] = words.as_slice() else {
        eprintln!("shrink TARGET FILE");
        return ExitCode::FAILURE;
    };
    let target = TARGETS.iter().find(|(known, _)| known == name);
    let (Some((_, target)), Ok(octets)) = (target, std::fs::read(file)) else {
        eprintln!("no such target, or no such file");
        return ExitCode::FAILURE;
    };
    std::panic::set_hook(Box::new(|_| {}));
    if !breaks(*target, &octets) {
        println!("held");
        return ExitCode::SUCCESS;
    }
    let small = shrink(*target, octets);
    println!("broken by {} octets", small.len());
    match std::fs::write(format!("{file}.small"), &small) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn breaks(target: Target, octets: &[u8]) -> bool {
    std::panic::catch_unwind(|| target(octets)).is_err()
}

/// Leaves out ever smaller pieces for as long as something is broken without them.
fn shrink(target: Target, mut octets: Vec<u8>) -> Vec<u8> {
    let mut piece = octets.len() / 2;
    while piece > 0 {
        let mut at = 0;
        let before = octets.len();
        while at < octets.len() {
            let mut without = octets.clone();
            without.drain(at..(at + piece).min(octets.len()));
            if breaks(target, &without) {
                octets = without;
            } else {
                at += piece;
            }
        }
        if octets.len() == before || piece > 1 {
            piece /= 2;
        }
    }
    octets
}
