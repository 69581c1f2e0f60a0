//! Messages as long as a datagram can be: what is read of them, and which verdict they get.

use pointsman_sip::{Message, Name, ParseError, Status, Uri};

const HEAD: &str = "OPTIONS sip:a@h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\n\
                    Call-ID: c\r\nCSeq: 1 OPTIONS\r\n";

#[test]
fn a_datagram_full_of_headers_is_read_or_answered_400() {
    for line in [
        "a:\r\n",
        "Route: <sip:a;lr>,<sip:b;lr>\r\n",
        "Contact: <sip:a@h>;x=\"y\"\r\n",
        " fold\r\n",
    ] {
        let lines = (65_507 - HEAD.len() - 2) / line.len();
        match Message::parse(format!("{HEAD}{}\r\n", line.repeat(lines)).into()) {
            Ok(message) => assert_eq!(message.call_id(), "c", "{line:?}"),
            Err(ParseError::Answerable { status, .. }) => assert_eq!(status, Status::BAD_REQUEST, "{line:?}"),
            Err(ParseError::NotSip(why)) => panic!("{line:?}: {why}"),
        }
    }
}

#[test]
fn every_value_of_a_long_list_is_there() {
    let routes = format!("{HEAD}Route: {}\r\n\r\n", vec!["<sip:a;lr>"; 5_000].join(","));
    let message = Message::parse(routes.into()).expect("long but right");
    assert_eq!(message.values(Name::Route).count(), 5_000);
}

#[test]
fn uris_of_many_parameters_compare() {
    let many = format!("sip:a@h{}", ";x=1".repeat(15_000))
        .parse::<Uri>()
        .expect("long but right");
    assert!(many.equivalent(&many) && !many.equivalent(&"sip:a@h;x=1".parse().expect("short")));
}

#[test]
fn one_octet_over_and_over_is_no_sip() {
    for octet in [b'a', b'\n'] {
        let verdict = Message::parse(vec![octet; 65_507].into());
        assert!(matches!(verdict, Err(ParseError::NotSip(_))), "{octet}");
    }
}
