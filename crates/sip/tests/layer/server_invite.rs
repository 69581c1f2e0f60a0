use super::*;

fn ringing(bench: &mut Bench) -> (ServerTx, Message) {
    bench.receive(incoming("INVITE", VIA));
    let (tx, invite) = bench.request();
    assert_eq!(
        bench.start_lines(),
        [(bench.elapsed(), "SIP/2.0 100 Trying".to_owned())]
    );
    (tx, invite)
}

#[test]
fn an_invite_gets_100_at_once_and_reaches_the_user_once() {
    let mut bench = Bench::new();
    let (tx, invite) = ringing(&mut bench);
    bench.receive(incoming("INVITE", VIA));
    bench.respond(tx, reply(&invite, 180));
    bench.receive(incoming("INVITE", VIA));
    bench.respond(tx, reply(&invite, 183));
    bench.receive(incoming("INVITE", VIA));
    let lines: Vec<_> = bench.start_lines().into_iter().map(|(_, line)| line).collect();
    assert_eq!(
        lines,
        [
            "SIP/2.0 100 Trying",
            "SIP/2.0 180 Ringing",
            "SIP/2.0 180 Ringing",
            "SIP/2.0 183 Session Progress",
            "SIP/2.0 183 Session Progress"
        ]
    );
    assert_eq!(bench.events(), [""; 0]);
    assert_eq!(bench.layer.poll_timeout(), None);
}

#[test]
fn a_failure_is_repeated_until_timer_h() {
    let mut bench = Bench::new();
    let (tx, invite) = ringing(&mut bench);
    bench.respond(tx, reply(&invite, 486));
    bench.run_out();
    let times: Vec<_> = bench.start_lines().into_iter().map(|(at, _)| at).collect();
    assert_eq!(
        times,
        [0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500]
    );
    assert_eq!(bench.events(), ["ServerEnded AckTimeout"]);
    assert_eq!(bench.elapsed(), 32_000);
}

#[test]
fn the_ack_of_a_failure_is_absorbed() {
    let mut bench = Bench::new();
    let (tx, invite) = ringing(&mut bench);
    bench.respond(tx, reply(&invite, 486));
    bench.receive(incoming("INVITE", VIA));
    bench.run_to(500);
    bench.receive(incoming_to("ACK", VIA, ";tag=oursrv"));
    bench.receive(incoming_to("ACK", VIA, ";tag=oursrv"));
    assert_eq!(bench.events(), [""; 0]);
    assert_eq!(bench.start_lines().len(), 3);
    assert_eq!((bench.layer.counts().server, bench.layer.counts().linger), (0, 1));
    bench.receive(incoming("INVITE", VIA));
    bench.run_out();
    assert_eq!(bench.elapsed(), 5_500, "Timer I");
    assert_eq!(bench.start_lines(), []);
    assert_eq!(bench.events(), ["ServerEnded Done"]);
}

#[test]
fn after_a_2xx_the_invite_is_absorbed_and_the_ack_passed() {
    let mut bench = Bench::new();
    let (tx, invite) = ringing(&mut bench);
    bench.respond(tx, reply(&invite, 200));
    assert_eq!(bench.start_lines().len(), 1);
    bench.receive(incoming("INVITE", VIA));
    assert_eq!(
        bench.start_lines(),
        [],
        "RFC 6026: the user repeats the 2xx, not the layer"
    );
    bench.run_to(500);
    bench.respond(tx, reply(&invite, 200));
    assert_eq!(bench.start_lines(), [(500, "SIP/2.0 200 OK".to_owned())]);
    // As the RFC wants, with a branch of its own, and as some phones do it, with that of the INVITE.
    bench.receive(incoming_to("ACK", "192.0.2.1;branch=z9hG4bKother", ";tag=oursrv"));
    bench.receive(incoming_to("ACK", VIA, ";tag=oursrv"));
    assert_eq!(bench.events(), ["Ack 3", "Ack 3"]);
    bench.run_out();
    assert_eq!(bench.elapsed(), 32_000, "Timer L");
    assert_eq!(bench.events(), ["ServerEnded Done"]);
}

#[test]
fn a_second_and_different_final_response_is_not_sent() {
    let mut bench = Bench::new();
    let (tx, invite) = ringing(&mut bench);
    bench.respond(tx, reply(&invite, 200));
    bench.respond(tx, reply(&invite, 486));
    bench.respond(tx, reply(&invite, 180));
    assert_eq!(bench.start_lines(), [(0, "SIP/2.0 200 OK".to_owned())]);

    let mut bench = Bench::new();
    let (tx, invite) = ringing(&mut bench);
    bench.respond(tx, reply(&invite, 486));
    bench.respond(tx, reply(&invite, 200));
    bench.receive(incoming("INVITE", VIA));
    let lines: Vec<_> = bench.start_lines().into_iter().map(|(_, line)| line).collect();
    assert_eq!(lines, ["SIP/2.0 486 Busy Here", "SIP/2.0 486 Busy Here"]);
}

#[test]
fn an_ack_before_any_final_response_changes_nothing() {
    let mut bench = Bench::new();
    let (tx, invite) = ringing(&mut bench);
    bench.receive(incoming("ACK", VIA));
    assert_eq!(bench.events(), [""; 0]);
    bench.respond(tx, reply(&invite, 180));
    assert_eq!(bench.start_lines().len(), 1);
}

#[test]
fn a_transport_error_leaves_it_in_its_state() {
    let mut bench = Bench::new();
    let (tx, invite) = ringing(&mut bench);
    bench.layer.handle_transport_error(bench.now, flow_to(PEER));
    bench.drain();
    assert_eq!(
        bench.events(),
        ["Dropped a response may not have reached its receiver"]
    );
    bench.respond(tx, reply(&invite, 200));
    assert_eq!(bench.start_lines(), [(0, "SIP/2.0 200 OK".to_owned())]);
}

#[test]
fn an_rfc_2543_invite_is_matched_without_a_branch() {
    for via in [
        "192.0.2.1",
        "192.0.2.1;branch=old-style",
        "192.0.2.1;branch=z9hG4bK",
    ] {
        let mut bench = Bench::new();
        bench.receive(incoming("INVITE", via));
        let (tx, invite) = bench.request();
        bench.receive(incoming("INVITE", via));
        assert_eq!(bench.events(), [""; 0], "{via}");
        bench.receive(incoming("CANCEL", via));
        assert_eq!(bench.events(), ["Cancel"], "{via}");
        bench.respond(tx, reply(&invite, 487));
        bench.receive(incoming_to("ACK", via, ";tag=oursrv"));
        assert_eq!(bench.events(), [""; 0], "{via}");
        bench.run_out();
        assert_eq!(bench.elapsed(), 5_000, "{via}");
    }
}
