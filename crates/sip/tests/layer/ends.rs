//! What is left when nothing happens any more.
use super::*;

#[test]
fn an_idle_layer_has_nothing_to_do() {
    let mut bench = Bench::new();
    assert_eq!(bench.layer.poll_timeout(), None);
    bench.run_out();
}

#[test]
fn a_stale_deadline_wakes_nobody() {
    let mut bench = Bench::new();
    let (_, request) = bench.send(&Method::INVITE);
    assert_eq!(bench.layer.poll_timeout().map(|(_, why)| why), Some("TimerA"));
    bench.receive(answer(&request, 180, "b1"));
    assert_eq!(bench.layer.poll_timeout(), None);
    bench.receive(answer(&request, 200, "b1"));
    assert_eq!(bench.layer.poll_timeout().map(|(_, why)| why), Some("TimerM"));
}

#[test]
fn handles_are_not_reused() {
    let mut bench = Bench::new();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..50 {
        let (tx, _) = bench.send(&Method::OPTIONS);
        assert!(seen.insert(tx));
        bench.layer.handle_transport_error(bench.now, flow_to(PEER));
        bench.drain();
        assert_eq!(bench.layer.counts().client, 0);
        assert!(bench.layer.sent_request(tx).is_none());
    }
}

#[test]
fn tokens_are_long_lower_case_and_differ() {
    let mut bench = Bench::new();
    let tokens: std::collections::HashSet<_> = (0..1_000).map(|_| bench.layer.token(16)).collect();
    assert_eq!(tokens.len(), 1_000);
    let plain = |octet: u8| octet.is_ascii_lowercase() || octet.is_ascii_digit();
    assert!(
        tokens
            .iter()
            .all(|token| token.len() == 16 && token.bytes().all(plain))
    );
}

#[test]
fn the_same_seed_gives_the_same_octets() {
    let run = || {
        let mut bench = Bench::new();
        let (_, request) = bench.send(&Method::INVITE);
        bench.receive(incoming("INVITE", VIA));
        bench.receive(answer(&request, 486, "b1"));
        let token = bench.layer.token(20);
        bench.run_to(40_000);
        (bench.sent(), bench.events(), token)
    };
    assert_eq!(run(), run());
}
