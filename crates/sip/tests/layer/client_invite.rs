use super::*;

#[test]
fn an_invite_is_repeated_at_doubling_intervals_until_timer_b() {
    let mut bench = Bench::new();
    let (tx, _) = bench.send(&Method::INVITE);
    bench.run_out();
    let times: Vec<_> = bench.start_lines().into_iter().map(|(at, _)| at).collect();
    assert_eq!(times, [0, 500, 1500, 3500, 7500, 15500, 31500]);
    assert_eq!(bench.events(), ["ClientEnded Timeout"]);
    assert_eq!(bench.elapsed(), 32_000);
    assert!(bench.layer.sent_request(tx).is_none());
}

#[test]
fn each_transmission_is_the_same_and_carries_our_via() {
    let mut bench = Bench::new();
    let (_, request) = bench.send(&Method::INVITE);
    bench.run_to(500);
    let sent = bench.sent();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].1, sent[1].1);
    let via = request.top_via().expect("the layer wrote it");
    assert_eq!(
        (via.transport.as_str(), via.host.as_str(), via.port),
        ("UDP", "198.51.100.1", Some(5060))
    );
    assert!(
        via.branch()
            .is_some_and(|branch| branch.starts_with("z9hG4bK") && branch.len() > 20)
    );
    assert!(via.params.has("rport"));
}

#[test]
fn a_provisional_response_stops_repeating_and_timer_b() {
    let mut bench = Bench::new();
    let (_, request) = bench.send(&Method::INVITE);
    bench.receive(answer(&request, 100, ""));
    bench.receive(answer(&request, 180, "b1"));
    bench.receive(answer(&request, 180, "b1"));
    assert_eq!(
        bench.events(),
        ["Response 100 -", "Response 180 b1", "Response 180 b1"]
    );
    assert_eq!(bench.layer.poll_timeout(), None);
    bench.run_to(600_000);
    assert_eq!(bench.sent().len(), 1);
    assert_eq!(bench.layer.counts().client, 1);
}

#[test]
fn a_failure_is_acknowledged_by_the_layer_as_often_as_it_comes() {
    let mut bench = Bench::new();
    let (tx, request) = bench.send(&Method::INVITE);
    bench.sent();
    for _ in 0..3 {
        bench.receive(answer(&request, 486, "b1"));
    }
    assert_eq!(bench.events(), ["Response 486 b1"]);
    let acks = bench.sent();
    assert_eq!(acks.len(), 3);
    let ack = Message::parse(acks[0].1.clone().into()).expect("an ACK");
    assert_eq!(acks[0].1, acks[2].1);
    assert_eq!(ack.cseq(), (7, &Method::ACK));
    assert_eq!(ack.request_uri(), request.request_uri());
    assert_eq!(ack.to_tag(), Some("b1"));
    assert_eq!(ack.header(Name::Via), request.header(Name::Via));
    assert_eq!(ack.header(Name::Route), request.header(Name::Route));
    assert_eq!(
        (ack.call_id(), ack.from_tag()),
        (request.call_id(), request.from_tag())
    );
    assert_eq!((bench.layer.counts().client, bench.layer.counts().linger), (0, 1));
    bench.run_out();
    assert_eq!(bench.elapsed(), 32_000);
    assert_eq!(bench.events(), [""; 0]);
    // Timer D is over: the failure belongs to nothing.
    bench.receive(answer(&request, 486, "b1"));
    assert_eq!(bench.events(), ["Dropped response without a transaction"]);
    assert!(bench.layer.sent_request(tx).is_none());
}

#[test]
fn the_request_of_a_failed_invite_is_kept_until_the_next_input() {
    let mut bench = Bench::new();
    let (tx, request) = bench.send(&Method::INVITE);
    bench.receive(answer(&request, 486, "b1"));
    assert!(bench.layer.sent_request(tx).is_some());
    let (other, _) = bench.send(&Method::OPTIONS);
    bench.receive("\r\n\r\n");
    bench.receive(answer(&request, 486, "b1"));
    assert!(bench.layer.sent_request(tx).is_none());
    assert_eq!(
        bench
            .layer
            .sent_request(other)
            .map(|request| request.method().clone()),
        Some(Method::OPTIONS)
    );
}

#[test]
fn every_2xx_reaches_the_user_until_timer_m() {
    let mut bench = Bench::new();
    let (tx, request) = bench.send(&Method::INVITE);
    bench.receive(answer(&request, 200, "b1"));
    bench.run_to(500);
    bench.receive(answer(&request, 200, "b1"));
    bench.receive(answer(&request, 200, "b2"));
    bench.receive(answer(&request, 183, "b3"));
    bench.receive(answer(&request, 486, "b4"));
    assert_eq!(
        bench.events(),
        ["Response 200 b1", "Response 200 b1", "Response 200 b2"]
    );
    let kept = bench
        .layer
        .sent_request(tx)
        .expect("another fork's dialog needs it");
    assert_eq!(kept.method(), &Method::INVITE);
    assert_eq!(
        (kept.top_via(), kept.call_id()),
        (request.top_via(), request.call_id())
    );
    drop(kept);
    assert_eq!(bench.sent().len(), 1, "the user sends the ACK");
    bench.run_out();
    assert_eq!(bench.elapsed(), 32_000);
    bench.receive(answer(&request, 200, "b1"));
    assert_eq!(bench.events(), ["Dropped response without a transaction"]);
}

#[test]
fn a_transport_error_ends_an_unanswered_invite_only() {
    let mut bench = Bench::new();
    let (_, ringing) = bench.send(&Method::INVITE);
    bench.receive(answer(&ringing, 180, "b1"));
    bench.send(&Method::INVITE);
    bench.events();
    bench
        .layer
        .handle_transport_error(bench.now, flow_to("192.0.2.1:5061"));
    bench.drain();
    assert_eq!(bench.events(), [""; 0]);
    bench.layer.handle_transport_error(bench.now, flow_to(PEER));
    bench.drain();
    assert_eq!(bench.events(), ["ClientEnded TransportError"]);
    bench.receive(answer(&ringing, 200, "b1"));
    assert_eq!(bench.events(), ["Response 200 b1"]);
}

#[test]
fn only_a_response_with_our_branch_and_method_matches() {
    let mut bench = Bench::new();
    let (_, request) = bench.send(&Method::INVITE);
    let right = String::from_utf8_lossy(&answer(&request, 200, "b1")).into_owned();
    let branch = request
        .top_via()
        .and_then(|via| via.branch().map(str::to_owned))
        .expect("a branch");
    // The nonce is the first half after the cookie.
    let guessed = format!("z9hG4bK0000000000000000{}", &branch[23..]);
    for wrong in [
        right.replace(&branch, &guessed),
        right.replace(&branch, "z9hG4bK"),
        right.replace("7 INVITE", "7 BYE"),
        right.replace("7 INVITE", "7 CANCEL"),
    ] {
        bench.receive(wrong);
    }
    assert_eq!(bench.events(), ["Dropped response without a transaction"; 4]);
    bench.receive(right.replacen("Via:", "Via: SIP/2.0/UDP x\r\nVia:", 1));
    bench.receive(right.replace(";rport", ", SIP/2.0/UDP y"));
    assert_eq!(bench.events(), ["Dropped response with more than one Via"; 2]);
    bench.receive(right);
    assert_eq!(bench.events(), ["Response 200 b1"]);
}

#[test]
fn the_ack_of_a_2xx_has_a_branch_of_its_own_and_can_be_sent_again() {
    let mut bench = Bench::new();
    let (_, request) = bench.send(&Method::INVITE);
    bench.receive(answer(&request, 200, "b1"));
    bench.sent();
    let ack = bench
        .layer
        .send_ack(bench.now, outgoing(&Method::ACK), flow_to(PEER));
    bench.layer.send_again(&ack);
    bench.drain();
    let remotes: Vec<_> = bench
        .sent
        .iter()
        .map(|(_, transmit)| transmit.flow.remote.to_string())
        .collect();
    assert_eq!(remotes, [PEER; 2]);
    let sent = bench.sent();
    assert_eq!(sent[0].1, sent[1].1);
    let ack = sent[0].1.clone();
    let branch = |message: &Message| message.top_via().and_then(|via| via.branch().map(str::to_owned));
    let ack = Message::parse(ack.into()).unwrap();
    assert_ne!(branch(&ack), branch(&request));
    assert!(branch(&ack).is_some());
}
