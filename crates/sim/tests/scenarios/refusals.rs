//! INVITEs that never become calls, and requests outside of calls.

use std::net::SocketAddr;

use pointsman_legs::CallSpec;
use pointsman_sim::{SWITCH, World};
use pointsman_sip::{Message, Name};

use crate::stage::*;

fn stranger() -> SocketAddr {
    "198.51.100.7:5060".parse().expect("an address")
}

fn request(method: &str, extra: &str) -> String {
    format!(
        "{method} sip:{CALLED}@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK{method}1;rport\r\n\
         Max-Forwards: 70\r\nFrom: <sip:a@192.0.2.10>;tag=1\r\nTo: <sip:{CALLED}@192.0.2.1>\r\nCall-ID: {method}\r\n\
         CSeq: 1 {method}\r\nContact: <sip:a@192.0.2.10:5060>\r\n{extra}Content-Length: 0\r\n\r\n"
    )
}

/// The final response to a request sent from `from`.
fn answer(world: &mut World, from: SocketAddr, text: String) -> Message {
    world.inject(from, text);
    world.run(millis(100));
    world
        .transcript()
        .lines()
        .iter()
        .filter(|line| line.to == from)
        .filter_map(|line| line.message.clone())
        .find(|message| message.status().is_some_and(|status| status.0 >= 200))
        .expect("an answer came")
}

fn status(message: &Message) -> u16 {
    message.status().expect("a response").0
}

#[test]
fn an_unknown_number_is_404_with_the_q850_cause() {
    let mut world = one(1, busy());
    place(&mut world, CallSpec::new(CALLER, "+3229999999", SWITCH));
    let caller = world.host("caller");
    let report = world.report(caller);
    assert_eq!((report.final_status, report.cause()), (Some(404), Some(1)));
    assert!(world.cdrs().is_empty());
    assert_eq!(world.refusals().len(), 1);
}

#[test]
fn a_stranger_gets_403_with_a_warning() {
    let mut world = one(2, busy());
    let response = answer(&mut world, stranger(), request("INVITE", ""));
    assert_eq!(status(&response), 403);
    assert!(
        response
            .header(Name::Warning)
            .is_some_and(|text| text.contains("source"))
    );
}

#[test]
fn max_forwards_zero_is_483() {
    let mut world = one(3, busy());
    let mut spec = call(None);
    spec.max_forwards = 0;
    place(&mut world, spec);
    let caller = world.host("caller");
    assert_eq!(world.report(caller).final_status, Some(483));
}

#[test]
fn a_required_extension_is_420_and_named() {
    let mut world = one(4, busy());
    let caller = world.host("caller").address();
    let response = answer(&mut world, caller, request("INVITE", "Require: precondition\r\n"));
    assert_eq!(status(&response), 420);
    assert_eq!(
        response.header(Name::Unsupported).as_deref(),
        Some("precondition")
    );
}

#[test]
fn options_that_requires_an_extension_is_420_too() {
    let mut world = one(10, busy());
    let response = answer(
        &mut world,
        stranger(),
        request("OPTIONS", "Require: nothing, timer\r\n"),
    );
    assert_eq!(status(&response), 420);
    let unsupported = response.header(Name::Unsupported);
    assert_eq!(unsupported.as_deref(), Some("nothing, timer"));
}

#[test]
fn a_caller_that_takes_no_sdp_gets_406_and_one_that_takes_anything_a_call() {
    for (accept, expected) in [
        ("text/html, application/pidf+xml", 406),
        ("application/sdp;level=1, text/html", 486),
        ("*/*", 486),
    ] {
        let mut world = one(11, busy());
        let caller = world.host("caller").address();
        let response = answer(
            &mut world,
            caller,
            request("INVITE", &format!("Accept: {accept}\r\n")),
        );
        assert_eq!(status(&response), expected, "{accept}");
    }
}

#[test]
fn a_flood_of_a_stranger_is_banned_and_a_trunk_is_served_throughout() {
    let mut world = one(12, busy());
    let caller = world.host("caller").address();
    for number in 0..1_000 {
        let text = request("INVITE", "").replace("z9hG4bK", &format!("z9hG4bK{number}"));
        world.inject(stranger(), text);
    }
    let response = answer(&mut world, caller, request("OPTIONS", ""));
    assert_eq!(status(&response), 200);
    let to_the_stranger = world
        .transcript()
        .lines()
        .iter()
        .filter(|line| line.to == stranger());
    assert_eq!(to_the_stranger.count(), 100);
    world.run(seconds(11));
    let later = "198.51.100.7:5061".parse().expect("an address");
    let response = answer(&mut world, later, request("INVITE", ""));
    assert_eq!(status(&response), 403, "the ban has ended");
}

#[test]
fn options_is_answered_with_what_we_allow() {
    let mut world = one(5, busy());
    let response = answer(&mut world, stranger(), request("OPTIONS", ""));
    assert_eq!(status(&response), 200);
    assert!(
        response
            .header(Name::Allow)
            .is_some_and(|allow| allow.contains("INVITE"))
    );
}

#[test]
fn methods_we_do_not_have_are_405_and_unknown_ones_501() {
    let mut world = one(6, busy());
    let caller = world.host("caller").address();
    let subscribe = answer(&mut world, caller, request("SUBSCRIBE", ""));
    assert_eq!(status(&subscribe), 405);
    assert!(subscribe.header(Name::Allow).is_some());
    let mut world = one(6, busy());
    let caller = world.host("caller").address();
    assert_eq!(status(&answer(&mut world, caller, request("PING", ""))), 501);
}

#[test]
fn rec_11_a_message_is_refused_and_leaves_nothing() {
    pointsman_conformance::shows(&["REC-11 message"]);
    let mut world = one(10, busy());
    let caller = world.host("caller").address();
    let text = request("MESSAGE", "Content-Type: text/plain\r\n");
    let text = text.replace("Content-Length: 0\r\n\r\n", "Content-Length: 5\r\n\r\nhello");
    assert_eq!(status(&answer(&mut world, caller, text)), 405);
    assert!(world.cdrs().is_empty(), "a message is no call");
}

#[test]
fn a_bye_outside_of_any_dialog_is_481() {
    let mut world = one(7, busy());
    let caller = world.host("caller").address();
    let text = request("BYE", "").replace(
        "sip:+3225550100@192.0.2.1>\r\nCall",
        "sip:x@192.0.2.1>;tag=nobody\r\nCall",
    );
    assert_eq!(status(&answer(&mut world, caller, text)), 481);
}

#[test]
fn an_offer_without_audio_is_488_and_another_body_415() {
    let mut world = one(8, busy());
    let caller = world.host("caller").address();
    let sdp = "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\nm=video 4000 RTP/AVP 96\r\n";
    let body = |kind: &str| {
        let head = request("INVITE", &format!("Content-Type: {kind}\r\n"));
        head.replace(
            "Content-Length: 0\r\n\r\n",
            &format!("Content-Length: {}\r\n\r\n{sdp}", sdp.len()),
        )
    };
    assert_eq!(status(&answer(&mut world, caller, body("application/sdp"))), 488);
    let mut world = one(8, busy());
    assert_eq!(status(&answer(&mut world, caller, body("text/plain"))), 415);
}

#[test]
fn rubbish_is_dropped_without_an_answer() {
    let mut world = one(9, busy());
    world.inject(stranger(), vec![0xff; 700]);
    world.inject(stranger(), "\r\n\r\n");
    world.inject(stranger(), "GET / HTTP/1.1\r\n\r\n");
    world.run(seconds(1));
    assert!(
        world
            .transcript()
            .lines()
            .iter()
            .all(|line| line.to != stranger())
    );
}

#[test]
fn a_register_is_asked_who_sends_it_whoever_that_is() {
    let mut world = one(31, busy());
    let caller = world.host("caller").address();
    let challenges = |message: &Message| -> Vec<String> {
        let values = message.headers(Name::WwwAuthenticate);
        values.map(std::borrow::Cow::into_owned).collect()
    };
    let first = answer(&mut world, caller, request("REGISTER", ""));
    let asked = challenges(&first);
    assert_eq!((status(&first), asked.len()), (401, 2));
    assert!(
        asked[0].contains("algorithm=SHA-256") && asked[1].contains("algorithm=MD5"),
        "{asked:?}"
    );
    let nonce = asked[0]
        .split("nonce=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let guess = |realm: &str| {
        format!(
            "Authorization: Digest username=\"a\", realm=\"{realm}\", nonce=\"{}\", uri=\"sip:h\", qop=auth, \
             nc=00000001, cnonce=\"c\", response=\"8ca523f5e9506fed4657c9700eebdbec\"\r\n",
            nonce.expect("a nonce")
        )
    };
    let cases = [
        (
            "Authorization: NoOneKnowsThisScheme opaque-data=here\r\n".to_owned(),
            false,
        ),
        (guess("elsewhere"), false),
        (guess("192.0.2.1:5060"), false),
        (guess("192.0.2.1:5060"), true),
    ];
    for (at, (credentials, is_late)) in cases.into_iter().enumerate() {
        if is_late {
            world.run(seconds(301));
        }
        let from = SocketAddr::new(caller.ip(), 5070 + u16::try_from(at).expect("few"));
        let text = request("REGISTER", &credentials).replace("z9hG4bK", &format!("z9hG4bK{at}"));
        let response = answer(&mut world, from, text);
        let asked = challenges(&response);
        assert_eq!((status(&response), asked.len()), (401, 2), "{credentials}");
        assert_eq!(asked[0].contains("stale=true"), is_late, "{credentials}{asked:?}");
    }
    let response = answer(&mut world, stranger(), request("REGISTER", "Require: path\r\n"));
    assert_eq!(status(&response), 420);
}
