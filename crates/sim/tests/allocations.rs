//! What a plain call costs in memory: allocations while it lasts, bytes while it is up, nothing once it is over.

mod counting;

use std::time::Duration;

use counting::{allocations, live_bytes, meter};
use pointsman_call::Gauges;
use pointsman_sim::PlainCalls;

/// Allocations of the switch for one plain call, signalling and streams, in hundredths.
const PER_CALL: u64 = 10_600;

/// Bytes of a call that is up and of which no transaction lingers, without its streams.
const PER_ESTABLISHED: usize = 6_912;

/// Bytes of one transaction that lingers, with its share of all tables.
const PER_LINGERING: usize = 1_152;

/// A millisecond between calls, so that timers of 32 s hold the remains of 32,000 calls.
const APART: Duration = Duration::from_millis(1);

/// Longer than anything lingers.
const QUIET: Duration = Duration::from_secs(64);

fn many(calls: &mut PlainCalls, number: u32) {
    for _ in 0..number {
        calls.call();
        calls.pass(APART);
    }
}

#[test]
fn a_call_in_steady_state() {
    let mut calls = PlainCalls::new(meter);
    many(&mut calls, 34_000);
    let before = allocations();
    many(&mut calls, 2_000);
    let per_call = (allocations() - before) * 100 / 2_000;
    println!("allocations per call: {}.{:02}", per_call / 100, per_call % 100);
    assert!(per_call <= PER_CALL, "{per_call} hundredths");
}

#[test]
fn a_relayed_packet_costs_none() {
    let mut calls = PlainCalls::new(meter);
    let up = calls.set_up();
    calls.talk(&up, 50);
    let before = allocations();
    assert_eq!(calls.talk(&up, 1_000), 2_000);
    assert_eq!(allocations() - before, 0);
}

#[test]
fn nothing_is_left_of_calls_that_are_over() {
    let mut calls = PlainCalls::new(meter);
    let mut left = || {
        many(&mut calls, 5_000);
        calls.pass(QUIET);
        assert_eq!(calls.gauges(), Gauges::default());
        live_bytes()
    };
    let after_5_000 = left();
    let after_10_000 = left();
    // Tables keep the size they once needed; what is promised is less than 1 MiB for 10,000 calls.
    assert!(
        after_10_000 <= after_5_000 + 512 * 1024,
        "{after_5_000} bytes, then {after_10_000}"
    );
}

#[test]
fn a_call_that_is_up() {
    let mut calls = PlainCalls::new(meter);
    // Every table has its size before the measuring.
    let first: Vec<_> = (0..2_000).map(|_| calls.set_up()).collect();
    first.iter().for_each(|up| calls.hang_up(up));
    calls.pass(QUIET);
    let before = live_bytes();
    let number = 1_000;
    (0..number).for_each(|_| drop(calls.set_up()));
    calls.pass(QUIET);
    assert_eq!(calls.gauges().transactions, 0);
    let with_streams = (live_bytes() - before) / number;
    calls.forget_media();
    let bytes = (live_bytes() - before) / number;
    println!("bytes per call that is up: {bytes}, with its streams {with_streams}");
    assert!(bytes <= PER_ESTABLISHED, "{bytes}");
}

#[test]
fn a_transaction_that_lingers() {
    let mut calls = PlainCalls::new(meter);
    let before = live_bytes();
    (0..5_000).for_each(|_| calls.call());
    let gauges = calls.gauges();
    assert_eq!(gauges.calls, 0);
    calls.pass(Duration::from_secs(6));
    let gauges = calls.gauges();
    let bytes = (live_bytes() - before) / gauges.transactions;
    println!(
        "bytes per lingering transaction: {bytes} ({} of them)",
        gauges.transactions
    );
    assert!(bytes <= PER_LINGERING, "{bytes}");
}

/// What a message asks of us is bounded by us: 32,000 extensions once were 32,000 pieces of memory and an answer that no
/// datagram could hold.
#[test]
fn a_message_with_very_many_extensions_costs_what_one_with_a_few_does() {
    let asked = |extensions: usize| {
        let mut calls = PlainCalls::new(meter);
        let list = "a,".repeat(extensions);
        let text = format!(
            "OPTIONS sip:192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK1;rport\r\nMax-Forwards: 70\r\n\
             From: <sip:a@192.0.2.10>;tag=1\r\nTo: <sip:192.0.2.1>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\
             Require: {list}a\r\nContent-Length: 0\r\n\r\n"
        );
        let before = allocations();
        assert_eq!(calls.ask(text.as_bytes()), 1);
        allocations() - before
    };
    let (few, many) = (asked(300), asked(32_000));
    assert!(many <= few + 2, "{many} allocations, {few} with 300 extensions");
}
