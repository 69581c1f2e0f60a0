//! What a plain call costs the signalling thread and the media worker in steady state, without sockets: time and
//! allocations. `cargo bench -p pointsman-sim`; prints, judges nothing.
//!
//! With `--once N` it places N calls, 20 ms apart, and no more: `./scripts/count-calls` counts their instructions.

#[path = "../tests/counting/mod.rs"]
mod counting;

use std::time::{Duration, Instant};

use counting::{allocations, live_bytes, meter};
use pointsman_sim::PlainCalls;

/// A thousand calls a second.
const APART: Duration = Duration::from_millis(1);

#[expect(clippy::disallowed_methods, reason = "a bench is there to read the clock")]
fn clock() -> Instant {
    Instant::now()
}

fn many(calls: &mut PlainCalls, number: u32, apart: Duration) {
    for _ in 0..number {
        calls.call();
        calls.pass(apart);
    }
}

fn main() {
    let number = std::env::args()
        .skip_while(|argument| argument != "--once")
        .nth(1);
    let once: Option<u32> = number.and_then(|number| number.parse().ok());
    let mut calls = PlainCalls::new(meter);
    if let Some(number) = once {
        many(&mut calls, number, Duration::from_millis(20));
        return;
    }
    // 32 s at a thousand calls a second: from then on as many transactions end as begin.
    many(&mut calls, 34_000, APART);
    let before = allocations();
    let rounds = (0..50).map(|_| {
        let start = clock();
        many(&mut calls, 200, APART);
        start.elapsed().as_secs_f64() * 1e9 / 200.0
    });
    let best = rounds.fold(f64::INFINITY, f64::min);
    let each = (allocations() - before) as f64 / 10_000.0;
    println!("a plain call, phones included {best:>9.0} ns {each:>7.2} allocations");
    println!("{} bytes in use, {:?}", live_bytes(), calls.gauges());
}
