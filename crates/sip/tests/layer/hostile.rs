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

/// RFC 3261, 18.1.2: what names somebody else in its Via is for somebody else.
#[test]
fn a_response_must_name_us_and_the_number_of_its_request() {
    for (ours, theirs) in [
        ("SIP/2.0/UDP 198.51.100.1:5060", "SIP/2.0/UDP 198.51.100.2:5060"),
        ("SIP/2.0/UDP 198.51.100.1:5060", "SIP/2.0/UDP 198.51.100.1:5061"),
        ("CSeq: 7 INVITE", "CSeq: 8 INVITE"),
    ] {
        let mut bench = Bench::new();
        let (_, invite) = bench.send(&Method::INVITE);
        let good = String::from_utf8(answer(&invite, 200, "b").to_vec()).expect("text");
        assert!(good.contains(ours), "{good}");
        bench.receive(good.replace(ours, theirs));
        let events = bench.events();
        assert!(
            events.len() == 1 && events[0].starts_with("Dropped "),
            "{theirs}: {events:?}"
        );
        bench.receive(good);
        assert_eq!(bench.events(), ["Response 200 b"], "{theirs}");
    }
}

#[test]
fn our_name_may_come_back_written_in_another_way() {
    for theirs in ["198.51.100.1", "198.51.100.1 : 5060", "[2001:DB8:0::1]:5070"] {
        let mut bench = Bench::new();
        let (_, invite) = bench.send(&Method::INVITE);
        let good = String::from_utf8(answer(&invite, 200, "b").to_vec()).expect("text");
        bench.receive(good.replace("198.51.100.1:5060;", &format!("{theirs};")));
        assert_eq!(bench.events(), ["Response 200 b"], "{theirs}");
    }
}

/// RFC 3261, 7.3.1. Whoever reads the first one and whoever reads the last one would speak of two transactions.
#[test]
fn two_branches_in_one_via_are_refused() {
    let mut bench = Bench::new();
    let via = "192.0.2.1;branch=z9hG4bKa;rport;Branch=z9hG4bKb";
    bench.receive(incoming("INVITE", via));
    let sent = bench.sent();
    assert!(
        sent[0].1.starts_with("SIP/2.0 400 two branches in one Via\r\n"),
        "{}",
        sent[0].1
    );
    assert_eq!(bench.events(), [""; 0]);
    bench.receive(incoming("ACK", via));
    assert_eq!(bench.sent(), []);
    bench.events();
    let (_, invite) = bench.send(&Method::INVITE);
    bench.sent();
    let text = String::from_utf8(answer(&invite, 200, "b").to_vec()).expect("text");
    bench.receive(text.replace(";branch=", ";branch=z9hG4bKa;branch="));
    assert_eq!(bench.events(), ["Dropped two branches in one Via"]);
}
