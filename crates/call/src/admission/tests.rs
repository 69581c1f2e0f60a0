use super::*;
use bytes::Bytes;
use pointsman_media::{Family, Latch};
use pointsman_sip::Transport;

#[expect(clippy::disallowed_methods, reason = "any instant will do")]
fn any_instant() -> Instant {
    Instant::now()
}

fn admission(max_calls: usize) -> Admission {
    Admission::new(&RandomState::with_seeds(1, 2, 3, 4), max_calls)
}

fn request(method: &str, user: &str) -> Message {
    let text = format!(
        "{method} sip:{user}@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\n\
         To: <sip:{user}@192.0.2.1>\r\nCall-ID: c\r\nCSeq: 1 {method}\r\n\r\n"
    );
    Message::parse(Bytes::from(text)).unwrap()
}

fn trunk(limits: TrunkLimits) -> Trunk {
    Trunk {
        name: "pstn".to_owned(),
        remote: "192.0.2.9:5060".parse().unwrap(),
        transport: Transport::Udp,
        listener: 0,
        large: None,
        accept_from: Vec::new(),
        media: Family::V4,
        latch: Latch::Strict,
        country: "32".to_owned(),
        limits,
        transfer: false,
    }
}

fn status(verdict: Verdict) -> Option<u16> {
    match verdict {
        Verdict::Refuse(refusal) => Some(refusal.status.0),
        Verdict::Take | Verdict::Drop(_) => None,
    }
}

const STRANGER_IP: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 7));

#[test]
fn a_stranger_that_floods_is_banned_for_longer_each_time() {
    let (mut admission, start) = (admission(10), any_instant());
    let invite = request("INVITE", "600");
    let mut at = start;
    for (round, seconds) in [10, 20, 40, 80, 160, 320, 640, 640].into_iter().enumerate() {
        let answered = (0..500)
            .filter(|_| status(admission.judge(at, STRANGER_IP, None, &invite)) == Some(403))
            .count();
        assert_eq!(answered, 100, "round {round}");
        let lasts = Duration::from_secs(seconds);
        let ban = Ban {
            source: STRANGER_IP,
            lasts,
        };
        assert_eq!((admission.next_ban(), admission.next_ban()), (Some(ban), None));
        let just_before = at + lasts - Duration::from_millis(1);
        let verdict = admission.judge(just_before, STRANGER_IP, None, &request("OPTIONS", "x"));
        assert_eq!(verdict, Verdict::Drop(BANNED));
        at += lasts;
    }
}

#[test]
fn a_stranger_that_asks_now_and_then_is_answered_for_ever() {
    let (mut admission, mut at) = (admission(10), any_instant());
    for _ in 0..10_000 {
        assert_eq!(
            admission.judge(at, STRANGER_IP, None, &request("OPTIONS", "x")),
            Verdict::Take
        );
        at += Duration::from_millis(100);
    }
    assert_eq!(admission.next_ban(), None);
}

#[test]
fn forged_addresses_fill_no_memory_and_share_one_rate() {
    let (mut admission, now) = (admission(10), any_instant());
    let options = request("OPTIONS", "x");
    let answered = (0..100_000_u32)
        .map(|number| IpAddr::V4((0xC633_0000 + number).into()))
        .filter(|source| admission.judge(now, *source, None, &options) == Verdict::Take)
        .count();
    assert_eq!(answered, 1_000);
    assert_eq!(admission.strangers.sources.len(), SOURCES);
    assert_eq!(admission.strangers.order.len(), SOURCES);
    let own = trunk(TrunkLimits::default());
    assert_eq!(
        admission.judge(now, STRANGER_IP, Some(&own), &options),
        Verdict::Take
    );
}

#[test]
fn an_ipv6_network_is_one_source() {
    let (mut admission, now) = (admission(10), any_instant());
    let options = request("OPTIONS", "x");
    let source = |host: u64| IpAddr::V6((0x2001_0db8_u128 << 96 | u128::from(host)).into());
    let answered =
        (0..1_000).filter(|host| admission.judge(now, source(*host), None, &options) == Verdict::Take);
    assert_eq!(answered.count(), 100);
}

#[test]
fn each_limit_of_a_trunk_is_its_own() {
    pointsman_conformance::shows(&["NET-05 limit"]);
    let now = any_instant();
    let invite = request("INVITE", "600");
    let name: Arc<str> = "pstn".into();
    let cases = [
        (
            TrunkLimits {
                calls: Some(3),
                ..Default::default()
            },
            3,
            3,
        ),
        (
            TrunkLimits {
                setups: Some(2),
                ..Default::default()
            },
            2,
            10,
        ),
        (
            TrunkLimits {
                calls_per_second: Some(4),
                ..Default::default()
            },
            4,
            4,
        ),
    ];
    for (limits, unanswered, answered) in cases {
        for (answer, expected) in [(false, unanswered), (true, answered)] {
            let mut admission = admission(10);
            let trunk = trunk(limits);
            let taken = (0..20).filter(|_| {
                let taken = admission.judge(now, STRANGER_IP, Some(&trunk), &invite) == Verdict::Take;
                if taken {
                    admission.opened(&name);
                    if answer {
                        admission.answered(&name);
                    }
                }
                taken
            });
            assert_eq!(taken.count(), expected, "{limits:?}, answered: {answer}");
        }
    }
}

#[test]
fn room_comes_back_with_the_end_of_a_call() {
    let (mut admission, now) = (admission(10), any_instant());
    let trunk = trunk(TrunkLimits {
        calls: Some(1),
        setups: Some(1),
        ..Default::default()
    });
    let name: Arc<str> = "pstn".into();
    for was_answered in [false, true, false] {
        assert_eq!(
            admission.judge(now, STRANGER_IP, Some(&trunk), &request("INVITE", "600")),
            Verdict::Take
        );
        admission.opened(&name);
        if was_answered {
            admission.answered(&name);
        }
        let verdict = admission.judge(now, STRANGER_IP, Some(&trunk), &request("INVITE", "600"));
        assert_eq!(status(verdict), Some(503));
        admission.closed(&name, was_answered);
    }
    assert_eq!(admission.calls(), 0);
}

#[test]
fn an_emergency_call_passes_every_limit_but_the_last_and_only_from_a_trunk() {
    let now = any_instant();
    let name: Arc<str> = "pstn".into();
    let trunk = trunk(TrunkLimits {
        calls: Some(1),
        ..Default::default()
    });
    let spoil: [fn(&mut Admission); 3] = [
        |admission| admission.draining = true,
        |admission| admission.overloaded = true,
        |admission| admission.store_behind = true,
    ];
    for spoil in spoil {
        let mut admission = admission(2);
        spoil(&mut admission);
        let mut ask = |user: &str| {
            let verdict = admission.judge(now, STRANGER_IP, Some(&trunk), &request("INVITE", user));
            if verdict == Verdict::Take {
                admission.opened(&name);
            }
            status(verdict)
        };
        assert_eq!(ask("100200"), Some(503));
        for number in ["112", "100", "101", "112"] {
            assert_eq!(ask(number), None, "{number}");
        }
        assert_eq!(ask("112"), Some(503), "twice the limit of calls is the end");
        let stranger = admission.judge(now, STRANGER_IP, None, &request("INVITE", "112"));
        assert_eq!(status(stranger), Some(403));
    }
}
