//! Peers of two IP versions: their streams are relayed from one to the other, or refused at once.

use pointsman_legs::{CallSpec, EndedBy};
use pointsman_sim::{SWITCH, SWITCH6, World, WorldSetup, dial};
use pointsman_sip::{Message, Name};

use crate::stage::*;

/// A caller and a callee of which those named speak IPv6.
fn setup(seed: u64, sixes: &[&str]) -> WorldSetup {
    let behaviour = answers(millis(500), None);
    let setup = stage(
        seed,
        pointsman_sim::Plan::of(dial(&["a"], 20)),
        &[("a", behaviour)],
    );
    sixes.iter().fold(setup, |setup, name| setup.six(name))
}

fn call_over(switch: std::net::SocketAddr) -> CallSpec {
    let mut spec = CallSpec::new(CALLER, CALLED, switch);
    spec.talk = talk(CALLER_SAYS, Some(seconds(5)));
    spec
}

/// The `c=` line in the first message to `name` that matches `is`.
fn connection(world: &World, name: &str, is: impl Fn(&Message) -> bool) -> String {
    let to = world.host(name).address();
    let message = world
        .transcript()
        .lines()
        .iter()
        .filter(|line| line.to == to)
        .filter_map(|line| line.message.clone())
        .find(|message| is(message) && !message.body().is_empty())
        .expect("a description was sent");
    let body = String::from_utf8(message.body().to_vec()).expect("text");
    let line = body
        .lines()
        .find(|line| line.starts_with("c="))
        .expect("a c= line");
    line.to_owned()
}

fn is_invite(message: &Message) -> bool {
    message.status().is_none()
}

fn is_ok(message: &Message) -> bool {
    message.status().is_some_and(|status| status.0 == 200)
}

#[test]
fn a_caller_of_one_ip_version_and_a_callee_of_the_other_hear_each_other() {
    const FOUR: &str = "c=IN IP4 192.0.2.1";
    const SIX: &str = "c=IN IP6 2001:db8::1";
    let cases = [
        (["a"].as_slice(), SWITCH, FOUR, SIX),
        (&["caller"], SWITCH6, SIX, FOUR),
        (&["caller", "a"], SWITCH6, SIX, SIX),
        (&[], SWITCH, FOUR, FOUR),
    ];
    for (sixes, switch, to_caller, to_callee) in cases {
        let mut world = setup(71, sixes).media6().build();
        place(&mut world, call_over(switch));
        assert_two_way(&world, "a");
        assert_eq!(connection(&world, "a", is_invite), to_callee);
        assert_eq!(connection(&world, "caller", is_ok), to_caller);
        assert_eq!(world.report(world.host("caller")).ended_by, Some(EndedBy::Us));
    }
}

/// The final response to the caller's INVITE.
fn refusal(world: &World) -> Message {
    let to = world.host("caller").address();
    let lines = world.transcript().lines();
    let messages = lines.iter().filter(|line| line.to == to);
    messages
        .filter_map(|line| line.message.clone())
        .find(|message| message.status().is_some_and(|status| status.0 >= 300))
        .expect("the caller was refused")
}

fn assert_incompatible(world: &World) {
    let refusal = refusal(world);
    assert_eq!(refusal.status().map(|status| status.0), Some(488));
    let warning = refusal.header(Name::Warning).expect("a Warning");
    assert!(warning.starts_with("301 "), "{warning}");
}

#[test]
fn a_callee_whose_ip_version_we_have_no_media_address_of_is_not_rung_in_vain() {
    let mut world = setup(72, &["a"]).build();
    place(&mut world, call_over(SWITCH));
    assert_incompatible(&world);
    assert!(world.reports(world.host("a")).is_empty());
    let cdr = world.cdr();
    assert_eq!((cdr.status, cdr.cause), (Some(488), Some(88)));
    assert_eq!(cdr.attempts[0].outcome.as_deref(), Some("rejected"));
}

#[test]
fn a_caller_whose_ip_version_we_have_no_media_address_of_is_refused() {
    let mut world = setup(73, &["caller"]).build();
    place(&mut world, call_over(SWITCH6));
    assert_incompatible(&world);
    assert!(world.cdrs().is_empty() && world.reports(world.host("a")).is_empty());
}

/// A request of a caller by hand, with a description of `ip` or none.
fn by_hand(method: &str, cseq: u32, to_tag: &str, ip: Option<&str>) -> String {
    let body = ip.map_or_else(String::new, |ip| {
        let version = if ip.contains(':') { 6 } else { 4 };
        format!(
            "v=0\r\no=- 1 {cseq} IN IP{version} {ip}\r\ns=-\r\nc=IN IP{version} {ip}\r\nt=0 0\r\n\
             m=audio 30000 RTP/AVP 8\r\n"
        )
    });
    let kind = ip.map_or("", |_| "Content-Type: application/sdp\r\n");
    format!(
        "{method} sip:{CALLED}@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK{method}{cseq};rport\r\n\
         Max-Forwards: 70\r\nFrom: <sip:a@192.0.2.10>;tag=hand\r\nTo: <sip:{CALLED}@192.0.2.1>{to_tag}\r\nCall-ID: by-hand\r\n\
         CSeq: {cseq} {method}\r\nContact: <sip:a@192.0.2.10:5060>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The final response to the request of that number.
fn answer_to(world: &World, cseq: u32) -> Message {
    let lines = world.transcript().lines();
    let to = world.host("caller").address();
    lines
        .iter()
        .filter(|line| line.to == to)
        .filter_map(|line| line.message.clone())
        .find(|message| message.cseq().0 == cseq && message.status().is_some_and(|status| status.0 >= 200))
        .expect("an answer came")
}

#[test]
fn a_re_invite_moves_a_leg_to_the_other_ip_version_if_there_is_an_address_of_it() {
    for has_six in [true, false] {
        let setup = setup(74, &[]);
        let mut world = if has_six { setup.media6() } else { setup }.build();
        let from = world.host("caller").address();
        world.inject(from, by_hand("INVITE", 1, "", Some("192.0.2.10")));
        world.run(seconds(1));
        let ok = answer_to(&world, 1);
        let tag = format!(";tag={}", ok.to_tag().expect("a tag"));
        world.inject(from, by_hand("ACK", 1, &tag, None));
        world.run(seconds(1));
        world.inject(from, by_hand("INVITE", 2, &tag, Some("2001:db8::10")));
        world.run(seconds(1));
        let response = answer_to(&world, 2);
        world.inject(from, by_hand("ACK", 2, &tag, None));
        let is_third = |message: &Message| message.status().is_none() && message.cseq().0 == 2;
        if has_six {
            assert_eq!(response.status().map(|status| status.0), Some(200));
            let body = String::from_utf8(response.body().to_vec()).expect("text");
            assert!(body.contains("c=IN IP6 2001:db8::1\r\n"), "{body}");
            assert_eq!(connection(&world, "a", is_third), "c=IN IP4 192.0.2.1");
        } else {
            assert_eq!(response.status().map(|status| status.0), Some(488));
            assert!(
                response
                    .header(Name::Warning)
                    .is_some_and(|text| text.starts_with("301 "))
            );
        }
        world.inject(from, by_hand("BYE", 3, &tag, None));
        world.settle();
        assert_eq!(world.cdr().outcome, Some(pointsman_call::Outcome::Answered));
    }
}
