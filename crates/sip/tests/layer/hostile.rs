//! Whatever arrives: no panic, bounded tables, and everything ends.
use super::mutate::{Dice, corpus, mutate};
use super::*;

/// Responses of ours that a peer damaged, so that the client side has something to match.
fn damaged_answers(bench: &mut Bench, dice: &mut Dice, corpus: &[Vec<u8>]) {
    let method = if dice.roll(2) == 0 {
        Method::INVITE
    } else {
        Method::BYE
    };
    let (tx, request) = bench.send(&method);
    for status in [100, 180, 200, 486] {
        let mut octets = answer(&request, status, "b1").to_vec();
        if dice.roll(2) == 0 {
            let other = &corpus[dice.roll(corpus.len())];
            mutate(dice, &mut octets, other);
        }
        bench.receive(octets);
    }
    bench.layer.cancel(bench.now, tx);
    bench.drain();
}

#[test]
fn mutated_messages_leave_nothing_behind() {
    let corpus = corpus();
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let mut bench = Bench::with_limit(500);
    let mut seen = 0;
    for round in 0..4_000u64 {
        let mut octets = corpus[dice.roll(corpus.len())].clone();
        let other = &corpus[dice.roll(corpus.len())];
        mutate(&mut dice, &mut octets, other);
        // Branches of their own, else most would repeat an earlier request.
        let text = String::from_utf8_lossy(&octets).replace("z9hG4bK", &format!("z9hG4bK{round}"));
        bench.receive(if dice.roll(4) == 0 {
            octets
        } else {
            text.into_bytes()
        });
        if round % 8 == 0 {
            damaged_answers(&mut bench, &mut dice, &corpus);
        }
        for event in std::mem::take(&mut bench.events) {
            if let TransactionEvent::Request { tx, request, .. } = event {
                seen += 1;
                let status = [100, 180, 200, 404, 486][dice.roll(5)];
                bench.respond(tx, reply(&request, status));
                // Each request gets some final response, or its transaction would rightly wait for ever.
                bench.respond(tx, reply(&request, 500));
            }
        }
        assert!(bench.layer.counts().server + bench.layer.counts().linger <= 2_000);
        bench.sent.clear();
        bench.run_to(round * 20);
    }
    assert!(seen > 200, "only {seen} requests came through");
    bench.run_out();
}
