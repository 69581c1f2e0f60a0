use super::*;

#[test]
fn a_request_is_repeated_up_to_every_t2_until_timer_f() {
    let mut bench = Bench::new();
    bench.send(&Method::BYE);
    bench.run_out();
    let times: Vec<_> = bench.start_lines().into_iter().map(|(at, _)| at).collect();
    assert_eq!(
        times,
        [0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500]
    );
    assert_eq!(bench.events(), ["ClientEnded Timeout"]);
    assert_eq!(bench.elapsed(), 32_000);
}

#[test]
fn after_a_provisional_response_it_is_repeated_every_t2() {
    let mut bench = Bench::new();
    let (_, request) = bench.send(&Method::OPTIONS);
    bench.run_to(600);
    bench.receive(answer(&request, 100, ""));
    bench.run_out();
    let times: Vec<_> = bench.start_lines().into_iter().map(|(at, _)| at).collect();
    assert_eq!(
        times,
        [0, 500, 1500, 5500, 9500, 13500, 17500, 21500, 25500, 29500]
    );
    assert_eq!(bench.events(), ["Response 100 -", "ClientEnded Timeout"]);
}

#[test]
fn a_final_response_is_delivered_once_and_absorbed_for_t4() {
    let mut bench = Bench::new();
    let (tx, request) = bench.send(&Method::BYE);
    bench.receive(answer(&request, 200, "b1"));
    bench.receive(answer(&request, 200, "b1"));
    bench.receive(answer(&request, 100, ""));
    assert_eq!(bench.events(), ["Response 200 b1"]);
    assert!(bench.layer.sent_request(tx).is_none());
    bench.run_out();
    assert_eq!(bench.elapsed(), 5_000);
    assert_eq!(bench.sent().len(), 1);
    bench.receive(answer(&request, 200, "b1"));
    assert_eq!(bench.events(), ["Dropped response without a transaction"]);
}

#[test]
fn a_transport_error_ends_it() {
    let mut bench = Bench::new();
    bench.send(&Method::BYE);
    bench.layer.handle_transport_error(bench.now, flow_to(PEER));
    bench.drain();
    assert_eq!(bench.events(), ["ClientEnded TransportError"]);
    bench.run_out();
}

#[test]
fn on_a_stream_nothing_is_repeated_and_nothing_absorbed() {
    let mut bench = Bench::new();
    let flow = Flow {
        transport: Transport::Tcp,
        ..flow_to(PEER)
    };
    let tx = bench
        .layer
        .send_request(bench.now, outgoing(&Method::OPTIONS), flow);
    bench.drain();
    let request = bench.layer.sent_request(tx).expect("just sent").into_owned();
    assert!(
        request
            .header(Name::Via)
            .is_some_and(|via| via.starts_with("SIP/2.0/TCP 198.51.100.1:5060;"))
    );
    bench.run_to(20_000);
    assert_eq!(bench.sent().len(), 1);
    bench.receive(answer(&request, 200, "b1"));
    assert_eq!(bench.events(), ["Response 200 b1"]);
    bench.run_out();
    assert_eq!(bench.elapsed(), 20_000);
}

#[test]
fn each_listener_has_its_own_sent_by() {
    let mut bench = Bench::new();
    let flow = Flow {
        listener: 1,
        ..flow_to("[2001:db8::2]:5060")
    };
    let tx = bench
        .layer
        .send_request(bench.now, outgoing(&Method::OPTIONS), flow);
    let via = bench
        .layer
        .sent_request(tx)
        .and_then(|request| request.top_via())
        .expect("a Via");
    assert_eq!((via.host.as_str(), via.port), ("[2001:db8::1]", Some(5070)));
}
