use super::*;
use pointsman_sip::{Refusal, Verdict};

fn torture(name: &str) -> Bytes {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    std::fs::read(folder.join(format!("{name}.sip")))
        .unwrap_or_else(|error| panic!("{name}: {error}"))
        .into()
}

#[test]
fn a_broken_request_is_answered_without_a_transaction() {
    let cases = [
        ("clerr", "SIP/2.0 400 Content-Length larger than the message"),
        ("badvers", "SIP/2.0 505 Version Not Supported"),
        ("unkscm", "SIP/2.0 416 Unsupported URI Scheme"),
        ("insuf", "SIP/2.0 400 no From"),
    ];
    for (name, line) in cases {
        let mut bench = Bench::new();
        bench.receive(torture(name));
        bench.receive(torture(name));
        let sent = bench.sent();
        assert_eq!(sent.len(), 2, "{name}");
        assert_eq!(sent[0], sent[1], "the same answer to a repetition, tag included");
        assert!(sent[0].1.starts_with(line), "{name}: {}", sent[0].1);
        assert_eq!(bench.events(), [""; 0], "{name}");
        bench.run_out();
    }
}

#[test]
fn broken_responses_and_noise_are_dropped_with_a_reason() {
    for name in ["scalarlg", "bigcode"] {
        let mut bench = Bench::new();
        bench.receive(torture(name));
        assert!(bench.events()[0].starts_with("Dropped "), "{name}");
        assert_eq!(bench.sent(), []);
    }
    let mut bench = Bench::new();
    for noise in ["GET / HTTP/1.1\r\n\r\n", "\x00\x01\x00\x00junk", "INVITE", "   x"] {
        bench.receive(noise);
    }
    assert_eq!(bench.events().len(), 4);
    assert_eq!(bench.sent(), []);
}

#[test]
fn stray_responses_of_the_corpus_match_nothing() {
    for name in ["unreason", "noreason", "bcast"] {
        let mut bench = Bench::new();
        bench.receive(torture(name));
        assert_eq!(bench.events().len(), 1, "{name}");
        assert_eq!(bench.sent(), []);
    }
}

#[test]
fn keep_alives_are_silent() {
    let mut bench = Bench::new();
    for keep_alive in ["\r\n\r\n", "\r\n", "", "\0\0\0\0", "  \r\n"] {
        bench.receive(keep_alive);
    }
    assert_eq!(bench.events(), [""; 0]);
    assert_eq!(bench.sent(), []);
}

#[test]
fn above_the_limit_a_new_call_gets_503_and_its_ack_is_absorbed() {
    let mut bench = Bench::with_limit(1);
    bench.receive(incoming("INVITE", VIA));
    bench.sent();
    bench.events();
    let via = "192.0.2.1;branch=z9hG4bKpeer2";
    bench.receive(incoming("INVITE", via));
    let sent = bench.sent();
    assert!(sent[0].1.starts_with("SIP/2.0 503 Service Unavailable"));
    assert!(sent[0].1.contains("\r\nRetry-After: 5\r\n"));
    assert_eq!(
        bench.events(),
        [
            "Dropped request above the limit of server transactions",
            "Refused 503"
        ]
    );
    let refused = Message::parse(sent[0].1.clone().into()).expect("our own");
    let tag = format!(";tag={}", refused.to_tag().expect("a tag"));
    bench.receive(incoming_to("ACK", via, &tag));
    assert_eq!(bench.events(), [""; 0]);
    bench.receive(incoming_to("ACK", via, ";tag=other"));
    assert_eq!(bench.events(), ["Ack 3"]);
}

#[test]
fn a_gate_refuses_and_drops_before_there_is_a_transaction() {
    let mut bench = Bench::new();
    let verdicts = [
        Verdict::Refuse(Refusal {
            status: Status(403),
            warning: "not you",
            retry_after: Some(9),
        }),
        Verdict::Drop("banned"),
        Verdict::Take,
    ];
    let flow = flow_to(PEER);
    for (number, verdict) in verdicts.into_iter().enumerate() {
        let via = format!("192.0.2.1;branch=z9hG4bKgate{number}");
        let invite = incoming("INVITE", &via);
        let now = bench.now;
        bench
            .layer
            .handle_datagram_through(now, flow, invite, &mut |_| verdict);
        bench.drain();
    }
    assert_eq!(
        bench.events(),
        ["Refused 403", "Dropped banned", "Request INVITE"]
    );
    let sent = bench.sent();
    assert_eq!(sent.len(), 2);
    assert!(sent[0].1.starts_with("SIP/2.0 403 Forbidden"), "{}", sent[0].1);
    assert!(sent[0].1.contains("\r\nRetry-After: 9\r\n"));
    assert!(sent[0].1.contains(" \"not you\"\r\n"), "{}", sent[0].1);
    assert!(sent[1].1.starts_with("SIP/2.0 100 "));
    assert_eq!(bench.layer.counts().server, 1);
}

#[test]
fn a_gate_is_not_asked_about_requests_in_dialogs_acks_and_repetitions() {
    let mut bench = Bench::new();
    bench.receive(incoming("INVITE", VIA));
    let (now, flow) = (bench.now, flow_to(PEER));
    for request in [
        incoming("INVITE", VIA),
        incoming("CANCEL", VIA),
        incoming_to("ACK", VIA, ";tag=1"),
        incoming_to("BYE", "192.0.2.1;branch=z9hG4bKbye", ";tag=oursrv"),
    ] {
        let asked = &mut |_: &Message| panic!("the gate was asked");
        bench.layer.handle_datagram_through(now, flow, request, asked);
    }
}

#[test]
fn a_gate_may_drop_what_cannot_be_used_and_its_fault_is_told_otherwise() {
    let mut bench = Bench::new();
    let (now, flow) = (bench.now, flow_to(PEER));
    let refusal = Refusal {
        status: Status(403),
        warning: "not you",
        retry_after: None,
    };
    for verdict in [Verdict::Drop("banned"), Verdict::Refuse(refusal)] {
        bench
            .layer
            .handle_datagram_through(now, flow, torture("clerr"), &mut |_| verdict);
        bench.drain();
    }
    assert_eq!(bench.events(), ["Dropped banned"]);
    let sent = bench.sent();
    assert_eq!(sent.len(), 1);
    assert!(sent[0].1.starts_with("SIP/2.0 400 "), "{}", sent[0].1);
}

#[test]
fn above_the_limit_calls_can_still_end() {
    let mut bench = Bench::with_limit(1);
    bench.receive(incoming("INVITE", VIA));
    bench.receive(incoming_to("BYE", "192.0.2.1;branch=z9hG4bKbye", ";tag=oursrv"));
    bench.receive(incoming("CANCEL", VIA));
    assert_eq!(bench.events(), ["Request INVITE", "Request BYE", "Cancel"]);
    // Twice the limit is the end for everyone.
    bench.receive(incoming_to("BYE", "192.0.2.1;branch=z9hG4bKbye2", ";tag=oursrv"));
    assert_eq!(
        bench.events(),
        ["Dropped request above the limit of server transactions"]
    );
}

#[test]
fn a_broken_ack_is_never_answered() {
    let mut bench = Bench::new();
    let ack = String::from_utf8_lossy(&incoming("ACK", VIA)).replace("CSeq: 3 ACK", "CSeq: 3 INVITE");
    bench.receive(ack);
    assert_eq!(bench.sent(), []);
    assert_eq!(bench.events(), ["Dropped ACK that cannot be used"]);
}

/// RFC 3261, 8.2.7. The caller has its answer and listens to nothing more.
#[test]
fn an_invite_that_was_refused_does_not_become_a_call_later() {
    let refusal = Refusal {
        status: Status(503),
        warning: "full",
        retry_after: None,
    };
    let mut bench = Bench::new();
    let mut offer = |ms, peer: &str, via: &str, verdict| {
        bench.run_to(ms);
        let (now, flow) = (bench.now, flow_to(peer));
        let invite = incoming("INVITE", via);
        bench
            .layer
            .handle_datagram_through(now, flow, invite, &mut |_| verdict);
        bench.drain();
        bench.start_lines().pop().map(|(_, line)| line)
    };
    let refused = Some("SIP/2.0 503 Service Unavailable".to_owned());
    let taken = Some("SIP/2.0 100 Trying".to_owned());
    let other = "192.0.2.1;branch=z9hG4bKother";
    assert_eq!(offer(0, PEER, VIA, Verdict::Refuse(refusal)), refused);
    assert_eq!(offer(10, PEER, VIA, Verdict::Take), refused);
    assert_eq!(offer(10, PEER, VIA, Verdict::Drop("banned")), None);
    assert_eq!(offer(20, PEER, other, Verdict::Take), taken, "another one");
    assert_eq!(offer(31_999, PEER, VIA, Verdict::Take), refused);
    assert_eq!(
        offer(32_000, PEER, VIA, Verdict::Take),
        taken,
        "nobody repeats for so long"
    );
}

#[test]
fn nobody_can_have_the_invite_of_somebody_else_refused() {
    let refusal = Refusal {
        status: Status(403),
        warning: "not you",
        retry_after: None,
    };
    let mut bench = Bench::new();
    for (peer, verdict) in [
        ("192.0.2.66:5060", Verdict::Refuse(refusal)),
        (PEER, Verdict::Take),
    ] {
        let (now, flow) = (bench.now, flow_to(peer));
        let invite = incoming("INVITE", VIA);
        bench
            .layer
            .handle_datagram_through(now, flow, invite, &mut |_| verdict);
    }
    bench.drain();
    assert_eq!(bench.events(), ["Refused 403", "Request INVITE"]);
}
