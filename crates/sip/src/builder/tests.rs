use super::*;

fn request(text: &str) -> Message {
    Message::parse(Bytes::from(text.replace('\n', "\r\n"))).unwrap_or_else(|error| panic!("{error:?}"))
}

fn text(message: &Message) -> String {
    String::from_utf8(message.raw().to_vec()).unwrap()
}

fn invite(via: &str) -> Message {
    request(&format!(
        "INVITE sip:b@example.com SIP/2.0\n{via}\nVia: SIP/2.0/UDP second.example.com\nRecord-Route: <sip:p1;lr>\n\
         Record-Route: <sip:p2;lr>\nFrom: <sip:a@example.com>;tag=f\nTo: <sip:b@example.com>\nCall-ID: c1\n\
         CSeq: 7 INVITE\nTimestamp: 54\n\n"
    ))
}

#[test]
fn a_request_is_written_in_the_order_of_the_calls() {
    let message = Builder::request(&Method::MESSAGE, "sip:b@example.com")
        .header(Name::From, "<sip:a@example.com>;tag=1")
        .body("text/plain", b"hello")
        .other("X-Own", "1")
        .header(Name::Subject, "late")
        .finish();
    assert_eq!(
        text(&message),
        "MESSAGE sip:b@example.com SIP/2.0\r\nFrom: <sip:a@example.com>;tag=1\r\nContent-Type: text/plain\r\n\
         X-Own: 1\r\nSubject: late\r\nContent-Length: 5\r\n\r\nhello"
    );
    assert_eq!(message.body(), "hello");
    assert_eq!(message.other("x-own").as_deref(), Some("1"));
    assert_eq!(message.method(), &Method::MESSAGE);
}

#[test]
fn no_value_can_start_a_new_line() {
    let evil = "x\r\nEvil: 1\n\nbody\0";
    let message = Builder::request(&Method::Extension(evil.into()), evil)
        .header(Name::From, evil)
        .other("X-A\r\nEvil", evil)
        .other("", "nameless")
        .header(Name::ContentLength, "99")
        .other("l", "99")
        .header(Name::Other, "nameless")
        .body(evil, b"ok")
        .finish();
    let text = text(&message);
    assert_eq!(text.lines().count(), 7, "{text}");
    assert!(!text.lines().any(|line| line.starts_with("Evil")), "{text}");
    assert_eq!(message.body(), "ok");
    let ringing = Builder::response(
        Status::RINGING,
        Some(evil),
        &invite("Via: SIP/2.0/UDP h"),
        Some(evil),
    )
    .finish();
    assert!(
        !String::from_utf8_lossy(ringing.raw())
            .lines()
            .any(|line| line.starts_with("Evil"))
    );
}

#[test]
fn a_response_copies_what_the_rfc_asks_for() {
    let request = invite("v: SIP/2.0/UDP h;branch=z9hG4bK1");
    let trying = Builder::response(Status::TRYING, None, &request, Some("t")).finish();
    assert_eq!(
        text(&trying),
        "SIP/2.0 100 Trying\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nVia: SIP/2.0/UDP second.example.com\r\n\
         From: <sip:a@example.com>;tag=f\r\nTo: <sip:b@example.com>\r\nCall-ID: c1\r\nCSeq: 7 INVITE\r\n\
         Timestamp: 54\r\nContent-Length: 0\r\n\r\n"
    );
    let ok = Builder::response(Status::OK, Some("Fine"), &request, Some("t")).finish();
    assert_eq!(ok.reason_phrase(), "Fine");
    assert_eq!(ok.to_tag(), Some("t"));
    assert_eq!(
        ok.headers(Name::RecordRoute).collect::<Vec<_>>(),
        ["<sip:p1;lr>", "<sip:p2;lr>"]
    );
    assert_eq!(ok.header(Name::Timestamp), None);
    let busy = Builder::response(Status::BUSY_HERE, None, &request, Some("t")).finish();
    assert_eq!(busy.header(Name::RecordRoute), None);
    assert_eq!(busy.reason_phrase(), "Busy Here");
    let again = Builder::response(Status::OK, None, &ok, Some("other")).finish();
    assert_eq!(again.to_tag(), Some("t"));
}

#[test]
fn an_impossible_status_becomes_500() {
    let request = invite("Via: SIP/2.0/UDP h");
    for status in [0, 99, 700, u16::MAX] {
        let response = Builder::response(Status(status), None, &request, None).finish();
        assert_eq!(response.status(), Some(Status(500)));
    }
}

#[test]
fn the_top_via_says_where_the_request_came_from() {
    let source = "198.51.100.7:40000";
    let cases = [
        // RFC 3581 section 4: both, whenever rport was asked for.
        (
            "SIP/2.0/UDP 198.51.100.7;rport;branch=b",
            source,
            "SIP/2.0/UDP 198.51.100.7;branch=b;received=198.51.100.7;rport=40000",
        ),
        (
            "SIP/2.0/UDP 10.0.0.1:5060;branch=b;rport",
            source,
            "SIP/2.0/UDP 10.0.0.1:5060;branch=b;received=198.51.100.7;rport=40000",
        ),
        // RFC 3261 section 18.2.1: received when sent-by differs or is a name.
        (
            "SIP/2.0/UDP 10.0.0.1;branch=b",
            source,
            "SIP/2.0/UDP 10.0.0.1;branch=b;received=198.51.100.7",
        ),
        (
            "SIP/2.0/UDP host.example.com",
            source,
            "SIP/2.0/UDP host.example.com;received=198.51.100.7",
        ),
        (
            "SIP/2.0/UDP 198.51.100.7:5060;branch=b",
            source,
            "SIP/2.0/UDP 198.51.100.7:5060;branch=b",
        ),
        // What the sender claims is not believed.
        (
            "SIP/2.0/UDP h;received=203.0.113.9;rport=1 ;branch=b",
            source,
            "SIP/2.0/UDP h;branch=b;received=198.51.100.7;rport=40000",
        ),
        // Further values on the line stay.
        (
            "SIP/2.0/UDP h;rport , SIP/2.0/UDP next;branch=c",
            source,
            "SIP/2.0/UDP h;received=198.51.100.7;rport=40000, SIP/2.0/UDP next;branch=c",
        ),
        (
            "SIP/2.0/UDP [2001:db8::9];rport",
            "[2001:db8::9]:5061",
            "SIP/2.0/UDP [2001:db8::9];received=2001:db8::9;rport=5061",
        ),
        (
            "SIP/2.0/UDP [2001:DB8::9]",
            "[2001:db8::9]:5061",
            "SIP/2.0/UDP [2001:DB8::9]",
        ),
    ];
    for (via, source, expected) in cases {
        let mut request = invite(&format!("Via: {via}"));
        request.set_source(source.parse().unwrap());
        let response = Builder::response(Status::OK, None, &request, None).finish();
        let vias: Vec<_> = response.headers(Name::Via).collect();
        assert_eq!(vias, [expected, "SIP/2.0/UDP second.example.com"], "{via}");
    }
}

#[test]
fn a_head_stays_below_its_limit() {
    let long = "x".repeat(40_000);
    let message = Builder::request(&Method::OPTIONS, &format!("sip:{long}"))
        .header(Name::From, &long)
        .header(Name::To, &long)
        .header(Name::Subject, "kept")
        .finish();
    assert!(message.header(Name::From).is_some());
    assert_eq!(message.header(Name::To), None);
    assert_eq!(message.header(Name::Subject).as_deref(), Some("kept"));
}
