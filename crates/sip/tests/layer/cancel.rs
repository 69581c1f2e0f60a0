use super::*;

/// Splits what was sent into the CANCELs and the rest.
fn cancels(bench: &mut Bench) -> Vec<(u64, Message)> {
    let messages = bench
        .sent()
        .into_iter()
        .map(|(at, text)| (at, Message::parse(text.into()).expect("our own")));
    messages
        .filter(|(_, message)| message.is_request() && *message.method() == Method::CANCEL)
        .collect()
}

#[test]
fn a_cancel_waits_for_the_first_provisional_response() {
    let mut bench = Bench::new();
    let (tx, request) = bench.send(&Method::INVITE);
    bench.layer.cancel(bench.now, tx);
    bench.layer.cancel(bench.now, tx);
    bench.drain();
    bench.run_to(700);
    assert_eq!(cancels(&mut bench).len(), 0);
    bench.receive(answer(&request, 100, ""));
    let sent = cancels(&mut bench);
    assert_eq!(sent.len(), 1);
    let cancel = &sent[0].1;
    assert_eq!(cancel.cseq(), (7, &Method::CANCEL));
    assert_eq!(cancel.request_uri(), request.request_uri());
    assert_eq!(cancel.header(Name::Via), request.header(Name::Via));
    assert_eq!(cancel.header(Name::Route), request.header(Name::Route));
    assert_eq!(cancel.header(Name::To), request.header(Name::To));
    assert_eq!(cancel.header(Name::From), request.header(Name::From));
    bench.layer.cancel(bench.now, tx);
    bench.drain();
    assert_eq!(cancels(&mut bench).len(), 0);
}

#[test]
fn a_cancel_carries_its_reasons_also_when_it_has_to_wait() {
    let reasons = [
        "SIP;cause=200;text=\"Call completed elsewhere\"".to_owned(),
        "Q.850;cause=26".to_owned(),
    ];
    for waits in [true, false] {
        let mut bench = Bench::new();
        let (tx, request) = bench.send(&Method::INVITE);
        if waits {
            bench.layer.cancel_because(bench.now, tx, &reasons);
            bench.receive(answer(&request, 180, "b1"));
        } else {
            bench.receive(answer(&request, 180, "b1"));
            bench.layer.cancel_because(bench.now, tx, &reasons);
            bench.drain();
        }
        let sent = cancels(&mut bench);
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].1.headers(Name::Reason).collect::<Vec<_>>(), reasons);
    }
}

#[test]
fn its_own_transaction_is_invisible_and_the_invite_ends_with_487() {
    let mut bench = Bench::new();
    let (tx, request) = bench.send(&Method::INVITE);
    bench.receive(answer(&request, 180, "b1"));
    bench.layer.cancel(bench.now, tx);
    bench.drain();
    bench.run_to(600);
    let sent = cancels(&mut bench);
    assert_eq!(
        sent.iter().map(|(at, _)| *at).collect::<Vec<_>>(),
        [0, 500],
        "it is repeated as any request"
    );
    bench.receive(answer(&sent[0].1, 200, "b1"));
    bench.receive(answer(&request, 487, "b1"));
    assert_eq!(bench.events(), ["Response 180 b1", "Response 487 b1"]);
    bench.run_out();
    assert_eq!(bench.events(), [""; 0]);
}

#[test]
fn without_a_final_response_the_invite_ends_64_t1_after_the_cancel() {
    let mut bench = Bench::new();
    let (tx, request) = bench.send(&Method::INVITE);
    bench.receive(answer(&request, 180, "b1"));
    bench.run_to(10_000);
    bench.layer.cancel(bench.now, tx);
    bench.drain();
    bench.run_out();
    assert_eq!(bench.elapsed(), 42_000);
    assert_eq!(bench.events(), ["Response 180 b1", "ClientEnded Timeout"]);
}

#[test]
fn an_unanswered_invite_that_should_be_cancelled_ends_by_timer_b_without_a_cancel() {
    let mut bench = Bench::new();
    let (tx, _) = bench.send(&Method::INVITE);
    bench.layer.cancel(bench.now, tx);
    bench.run_out();
    assert_eq!(cancels(&mut bench).len(), 0);
    assert_eq!(bench.events(), ["ClientEnded Timeout"]);
}

#[test]
fn a_2xx_that_crosses_the_cancel_reaches_the_user() {
    let mut bench = Bench::new();
    let (tx, request) = bench.send(&Method::INVITE);
    bench.layer.cancel(bench.now, tx);
    bench.receive(answer(&request, 200, "b1"));
    assert_eq!(bench.events(), ["Response 200 b1"]);
    assert_eq!(cancels(&mut bench).len(), 0);
    bench.layer.cancel(bench.now, tx);
    bench.run_out();
    assert_eq!(cancels(&mut bench).len(), 0);
    assert_eq!(bench.events(), [""; 0]);
}

#[test]
fn the_peers_cancel_is_answered_and_told_once() {
    let mut bench = Bench::new();
    bench.receive(incoming("INVITE", VIA));
    let (tx, invite) = bench.request();
    bench.respond(tx, reply(&invite, 180));
    bench.sent();
    bench.receive(incoming("CANCEL", VIA));
    bench.receive(incoming("CANCEL", VIA));
    assert_eq!(bench.events(), ["Cancel"]);
    let sent = bench.sent();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].1, sent[1].1);
    let ok = Message::parse(sent[0].1.clone().into()).expect("our own");
    assert_eq!((ok.status(), ok.method()), (Some(Status::OK), &Method::CANCEL));
    assert_eq!(ok.to_tag(), Some("oursrv"), "the tag of the INVITE's responses");
    bench.respond(tx, reply(&invite, 487));
    bench.receive(incoming("CANCEL", VIA));
    bench.receive(incoming_to("ACK", VIA, ";tag=oursrv"));
    assert_eq!(
        bench.events(),
        [""; 0],
        "after the final response a CANCEL has no effect"
    );
    bench.run_out();
}

#[test]
fn a_cancel_of_nothing_gets_481() {
    let mut bench = Bench::new();
    bench.receive(incoming("CANCEL", VIA));
    assert_eq!(
        bench.start_lines(),
        [(0, "SIP/2.0 481 Call/Transaction Does Not Exist".to_owned())]
    );
    assert_eq!(bench.events(), [""; 0]);
    bench.run_out();
}
