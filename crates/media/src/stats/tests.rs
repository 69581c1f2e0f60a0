use std::time::Duration;

use super::*;
use crate::testing::epoch;

fn packet(ssrc: u32, seq: u16, timestamp: u32) -> Packet<'static> {
    Packet {
        pt: 8,
        marker: false,
        seq,
        timestamp,
        ssrc,
        payload: &[],
    }
}

fn lost_after(numbers: &[(u32, u16)]) -> u64 {
    let mut reception = Reception::default();
    let now = epoch();
    for &(ssrc, seq) in numbers {
        reception.count(now, &packet(ssrc, seq, 0), false);
    }
    reception.lost()
}

/// What is meant, SSRC and number of each packet, how many are lost.
type Losses<'a> = (&'a str, &'a [(u32, u16)], u64);

#[test]
fn losses_by_case() {
    let table: [Losses<'_>; 9] = [
        ("nothing", &[], 0),
        ("in order", &[(1, 10), (1, 11), (1, 12)], 0),
        ("one missing", &[(1, 10), (1, 12)], 1),
        ("late is not lost", &[(1, 10), (1, 12), (1, 11)], 0),
        ("over the end", &[(1, 65_534), (1, 65_535), (1, 0), (1, 2)], 1),
        (
            "duplicates do not make it negative",
            &[(1, 10), (1, 10), (1, 10)],
            0,
        ),
        (
            "a new source starts afresh",
            &[(1, 10), (1, 12), (2, 500), (2, 501)],
            1,
        ),
        (
            "a restart takes two",
            &[(1, 10), (1, 30_000), (1, 30_001), (1, 30_002)],
            0,
        ),
        (
            "one stray number is no restart",
            &[(1, 10), (1, 30_000), (1, 11), (1, 12), (1, 14)],
            1,
        ),
    ];
    for (what, numbers, lost) in table {
        assert_eq!(lost_after(numbers), lost, "{what}");
    }
}

/// Jitter after packets sent every 20 ms that arrive after the given delays.
fn jitter_after(delays_ms: impl Iterator<Item = u64>, timestamps: impl Fn(u32) -> u32) -> u32 {
    let mut reception = Reception::default();
    let start = epoch();
    for (n, delay) in delays_ms.enumerate() {
        let arrival = start + Duration::from_millis(20 * n as u64 + delay);
        reception.count(arrival, &packet(1, n as u16, timestamps(n as u32)), true);
    }
    reception.jitter_us()
}

#[test]
fn a_steady_stream_has_no_jitter() {
    assert_eq!(jitter_after((0..100).map(|_| 30), |n| 160 * n), 0);
    // Nor when its timestamps wrap.
    assert_eq!(
        jitter_after((0..100).map(|_| 30), |n| (u32::MAX - 800).wrapping_add(160 * n)),
        0
    );
}

#[test]
fn jitter_settles_at_the_mean_difference() {
    // Every other packet 5 ms late: each difference is 5 ms, and so is the mean.
    let jitter = jitter_after((0..500).map(|n| 5 * (n % 2)), |n| 160 * n);
    assert!((4500..=5000).contains(&jitter), "{jitter} µs");
}

#[test]
fn a_jump_of_the_senders_clock_is_not_jitter() {
    let jumped = |n: u32| if n < 50 { 160 * n } else { 160 * n + 1_000_000 };
    assert_eq!(jitter_after((0..100).map(|_| 30), jumped), 0);
}
