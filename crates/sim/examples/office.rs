//! Plays days of 100 calls of a contact centre: `office FROM DAYS`.

use std::process::ExitCode;

use pointsman_sim::office;

fn main() -> ExitCode {
    let words: Vec<u64> = std::env::args()
        .skip(1)
        .filter_map(|word| word.parse().ok())
        .collect();
    let [from, days] = words[..] else {
        eprintln!("office FROM DAYS");
        return ExitCode::FAILURE;
    };
    let (mut failed, mut sum) = (0, office::Tally::default());
    for seed in from..from + days {
        let tally = office::day(seed, 100);
        if let Some(fault) = tally.faults.first() {
            failed += 1;
            println!("failed {seed} {fault}");
        }
        sum.calls += tally.calls;
        sum.served += tally.served;
        sum.rung += tally.rung;
        sum.lost += tally.lost;
        sum.longest_ms = sum.longest_ms.max(tally.longest_ms);
        for (sum, crashes) in sum.crashes.iter_mut().zip(tally.crashes) {
            *sum += crashes;
        }
    }
    let [switch, owner, phones] = sum.crashes;
    println!(
        "days {days} failed {failed} calls {} served {} rung {} lost {} switch {switch} owner {owner} phones {phones} \
         longest_ms {}",
        sum.calls, sum.served, sum.rung, sum.lost, sum.longest_ms
    );
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
