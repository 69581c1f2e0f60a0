//! A long seeded run of mutations: `fuzz TARGET SEED ROUNDS FOLDER…`. Ends at the first input that breaks a property,
//! which it writes to `fuzz-TARGET-SEED-ROUND`.

use std::process::ExitCode;

use pointsman_fuzz::{Damage, TARGETS};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [name, seed, rounds, folders @ ..] = words.as_slice() else {
        eprintln!("fuzz TARGET SEED ROUNDS FOLDER…");
        return ExitCode::FAILURE;
    };
    let target = TARGETS.iter().find(|(known, _)| known == name);
    let (Some((_, target)), Ok(seed), Ok(rounds)) = (target, seed.parse::<u64>(), rounds.parse::<u64>())
    else {
        eprintln!("no such target, or no numbers");
        return ExitCode::FAILURE;
    };
    let mut corpus = corpus(folders);
    let mut damage = Damage::new(seed);
    for round in 0..rounds {
        let octets = damage.of(|at| &corpus[at], corpus.len());
        if std::panic::catch_unwind(|| target(&octets)).is_err() {
            let file = format!("fuzz-{name}-{seed}-{round}");
            println!("broken {file}");
            return match std::fs::write(&file, &octets) {
                Ok(()) | Err(_) => ExitCode::FAILURE,
            };
        }
        // Damage heaps up: now and then a damaged input is damaged further.
        if damage.roll(64) == 0 && octets.len() < 8_192 {
            let at = damage.roll(corpus.len());
            if corpus.len() < 512 {
                corpus.push(octets);
            } else {
                corpus[at] = octets;
            }
        }
    }
    println!("held {rounds}");
    ExitCode::SUCCESS
}

fn corpus(folders: &[String]) -> Vec<Vec<u8>> {
    let mut files: Vec<_> = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).expect("a corpus is a folder"))
        .map(|entry| entry.expect("a readable entry").path())
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| std::fs::read(file).expect("a readable file"))
        .collect()
}
