use super::*;

#[test]
fn a_request_reaches_the_user_once_and_its_answer_is_repeated() {
    let mut bench = Bench::new();
    bench.receive(incoming("BYE", VIA));
    let (tx, bye) = bench.request();
    bench.receive(incoming("BYE", VIA));
    assert_eq!(bench.sent(), [], "nothing to repeat yet");
    bench.respond(tx, reply(&bye, 200));
    bench.run_to(31_000);
    bench.receive(incoming("BYE", VIA));
    assert_eq!(
        bench.start_lines(),
        [
            (0, "SIP/2.0 200 OK".to_owned()),
            (31_000, "SIP/2.0 200 OK".to_owned())
        ]
    );
    assert_eq!(bench.events(), [""; 0]);
    assert_eq!((bench.layer.counts().server, bench.layer.counts().linger), (0, 1));
    bench.run_out();
    assert_eq!(bench.elapsed(), 32_000, "Timer J");
    assert_eq!(bench.events(), ["ServerEnded Done"]);
    bench.receive(incoming("BYE", VIA));
    assert_eq!(bench.events(), ["Request BYE"]);
}

#[test]
fn a_provisional_response_is_repeated_too() {
    let mut bench = Bench::new();
    bench.receive(incoming("SUBSCRIBE", VIA));
    let (tx, request) = bench.request();
    bench.respond(tx, reply(&request, 100));
    bench.receive(incoming("SUBSCRIBE", VIA));
    bench.respond(tx, reply(&request, 202));
    bench.respond(tx, reply(&request, 500));
    bench.receive(incoming("SUBSCRIBE", VIA));
    let lines: Vec<_> = bench.start_lines().into_iter().map(|(_, line)| line).collect();
    assert_eq!(
        lines,
        [
            "SIP/2.0 100 Trying",
            "SIP/2.0 100 Trying",
            "SIP/2.0 202 Accepted",
            "SIP/2.0 202 Accepted"
        ]
    );
}

#[test]
fn unknown_methods_are_requests_like_others() {
    let mut bench = Bench::new();
    bench.receive(incoming("PING", VIA));
    bench.receive(incoming("PONG", VIA));
    bench.receive(incoming("PING", VIA));
    assert_eq!(bench.events(), ["Request PING", "Request PONG"]);
}

#[test]
fn a_response_after_the_end_is_dropped() {
    let mut bench = Bench::new();
    bench.receive(incoming("BYE", VIA));
    let (tx, bye) = bench.request();
    bench.respond(tx, reply(&bye, 200));
    bench.run_out();
    bench.events();
    bench.sent();
    bench.respond(tx, reply(&bye, 200));
    assert_eq!(
        bench.events(),
        ["Dropped response to a transaction that has ended"]
    );
    assert_eq!(bench.sent(), []);
}

#[test]
fn a_request_cannot_be_sent_as_a_response() {
    let mut bench = Bench::new();
    bench.receive(incoming("BYE", VIA));
    let (tx, bye) = bench.request();
    bench.respond(tx, bye);
    assert_eq!(bench.events(), ["Dropped a request is no response"]);
    assert_eq!(bench.sent(), []);
}
