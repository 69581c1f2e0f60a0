//! Days of a contact centre with crashes and lost words: 600 calls. The 20,000 are `just prove-acm`.

use pointsman_sim::office;

/// Calls of one day.
const CALLS: u64 = 100;

fn days(seeds: std::ops::Range<u64>) {
    let (mut served, mut crashes, mut lost) = (0, 0, 0);
    for seed in seeds {
        let tally = office::day(seed, CALLS);
        assert!(
            tally.faults.is_empty(),
            "{:#?}\nto see it: cargo run -p pointsman-sim --example office -- {seed} 1",
            tally.faults
        );
        served += tally.served;
        crashes += tally.crashes.iter().sum::<u64>();
        lost += tally.lost;
    }
    assert!(
        served > 90 && crashes > 10,
        "{served} served, {crashes} crashes, {lost} lost"
    );
}

#[test]
fn acm_01_05_no_agent_in_two_calls_and_none_stuck_in_300_calls() {
    pointsman_conformance::shows(&["ACM-01 never_two", "ACM-05 several"]);
    days(0..3);
}

#[test]
fn acm_01_05_no_agent_in_two_calls_and_none_stuck_in_300_other_calls() {
    days(3..6);
}
