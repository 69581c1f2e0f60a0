//! What the accessors say of the torture messages whose point is their contents.
use std::path::Path;

use bytes::Bytes;
use pointsman_sip::{Message, Method, Name, ParseError, Scheme, Status, Uri};

fn read(name: &str) -> Bytes {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(format!("{name}.sip"));
    std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .into()
}

fn usable(name: &str) -> Message {
    Message::parse(read(name)).unwrap_or_else(|error| panic!("{name}: {error:?}"))
}

#[test]
fn wsinv_is_read_through_all_its_folds() {
    let message = usable("wsinv");
    assert_eq!(
        message.request_uri(),
        "sip:vivekg@chair-dnrc.example.com;unknownparam"
    );
    assert_eq!(message.to_tag(), Some("1918181833n"));
    assert_eq!(message.from_tag(), Some("98asjd8"));
    assert_eq!(
        message.from().unwrap().display.as_deref(),
        Some("J Rosenberg \\\"")
    );
    assert_eq!(message.max_forwards(), Some(68));
    assert_eq!(message.cseq(), (9, &Method::INVITE));
    let vias: Vec<_> = message.values(Name::Via).map(|via| via.parse_via()).collect();
    assert_eq!(
        vias,
        [
            "UDP 192.0.2.2 390skdjuw",
            "TCP spindle.example.com z9hG4bK9ikj8",
            "UDP 192.168.255.111 z9hG4bK30239"
        ]
    );
    assert_eq!(message.header(Name::Subject).as_deref(), Some(""));
    assert_eq!(
        message.other("newfangledheader").as_deref(),
        Some("newfangled value continued newfangled value")
    );
    assert_eq!(
        message.other("UnknownHeaderWithUnusualValue").as_deref(),
        Some(";;,,;;,;")
    );
    let contact = message.contact().unwrap();
    assert_eq!(contact.display.as_deref(), Some("Quoted string \"\""));
    assert_eq!(contact.uri, "sip:jdrosen@example.com");
    assert_eq!(contact.param("newparam"), Some("newvalue"));
    assert_eq!(contact.param("secondparam"), Some(""));
    assert_eq!(contact.param("q"), Some("0.33"));
    assert_eq!(message.body().len(), 150);
}

trait ViaText {
    fn parse_via(&self) -> String;
}

impl ViaText for std::borrow::Cow<'_, str> {
    fn parse_via(&self) -> String {
        let via = pointsman_sip::Via::parse(self).unwrap_or_else(|| panic!("{self}"));
        format!("{} {} {}", via.transport, via.host, via.branch().unwrap_or("-"))
    }
}

#[test]
fn strange_methods_stay_what_they_are() {
    assert_eq!(
        usable("intmeth").method().as_str(),
        "!interesting-Method0123456789_*+`.%indeed'~"
    );
    let esc02 = usable("esc02");
    assert_eq!(esc02.method(), &Method::Extension("RE%47IST%45R".into()));
    assert_eq!(esc02.headers(Name::Contact).count(), 2);
    assert_eq!(
        esc02.other("C%6Fntact").as_deref(),
        Some("<sip:alias2@host2.example.com>")
    );
    assert_eq!(esc02.to().unwrap().display.as_deref(), Some("%Z%45"));
}

#[test]
fn intmeth_keeps_control_characters_in_a_display_name() {
    let message = usable("intmeth");
    assert_eq!(
        message.to().unwrap().display.as_deref(),
        Some("BEL:\u{7} NUL:\0 DEL:\u{7f}")
    );
    assert_eq!(
        message.from().unwrap().display.as_deref(),
        Some("token1~` token2'+_ token3*%!.-")
    );
    assert_eq!(message.call_id(), "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{");
}

#[test]
fn escapes_in_uris_are_resolved() {
    let user = |text: &str| text.parse::<Uri>().unwrap().user.unwrap();
    let esc01 = usable("esc01");
    assert_eq!(user(esc01.request_uri()), "sips:user@example.com");
    assert_eq!(user(&esc01.to().unwrap().uri), "user");
    let contact = esc01.contact().unwrap().parsed_uri().unwrap();
    assert!(contact.params.has("lr"));
    let escnull = usable("escnull");
    assert_eq!(user(&escnull.to().unwrap().uri), "null-\0-null");
    assert_eq!(escnull.values(Name::Contact).count(), 2);
    assert_eq!(user(usable("semiuri").request_uri()), "user;par=u@example.net");
    assert_eq!(usable("semiuri").values(Name::Accept).count(), 6);
}

#[test]
fn only_the_first_message_of_a_datagram_is_read() {
    let message = usable("dblreq");
    assert_eq!(message.method(), &Method::REGISTER);
    assert!(message.body().is_empty());
    assert!(message.raw().ends_with(b"Content-Length: 0\r\n\r\n"));
    assert_eq!(message.call_id(), "dblreq.0ha0isndaksdj99sdfafnl3lk233412");
}

#[test]
fn long_values_and_many_vias_are_kept() {
    let message = usable("longreq");
    assert_eq!(message.headers(Name::Via).count(), 34);
    let from = message.from().unwrap();
    assert_eq!(from.tag().map(str::len), Some(155));
    assert_eq!(message.from_tag(), from.tag());
    assert_eq!(message.body().len(), 150);
}

#[test]
fn binary_bodies_are_untouched() {
    let raw = read("mpart01");
    let start = raw.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let message = usable("mpart01");
    assert_eq!(message.body(), raw[start..start + 553]);
    assert!(std::str::from_utf8(&message.body()).is_err());
}

#[test]
fn reason_phrases_may_be_unusual_or_empty() {
    let unreason = usable("unreason");
    assert_eq!(unreason.status(), Some(Status::OK));
    assert!(
        unreason
            .reason_phrase()
            .starts_with("= 2**3 * 5**2 \u{43d}\u{43e} ")
    );
    assert_eq!(unreason.method(), &Method::INVITE);
    assert_eq!(usable("noreason").reason_phrase(), "");
}

#[test]
fn other_schemes_are_read() {
    let message = usable("unksm2");
    assert_eq!(
        message.to().unwrap().parsed_uri().unwrap().scheme,
        Scheme::Other("isbn".to_owned())
    );
    assert_eq!(message.contact().unwrap().uri, "name:John_Smith");
}

#[test]
fn ipv6_is_read_in_every_place() {
    let message = usable("port-unambiguous");
    let uri: Uri = message.request_uri().parse().unwrap();
    assert_eq!((uri.host.as_str(), uri.port), ("[2001:db8::10]", Some(5070)));
    assert_eq!(message.top_via().unwrap().host, "[2001:db8::9:1]");
    let ambiguous: Uri = usable("port-ambiguous").request_uri().parse().unwrap();
    assert_eq!(
        (ambiguous.host.as_str(), ambiguous.port),
        ("[2001:db8::10:5070]", None)
    );
    let bare = usable("via-received-param-no-delim").top_via().unwrap();
    assert_eq!(bare.received(), Some("2001:db8::9:255"));
    let delimited = usable("via-received-param-with-delim").top_via().unwrap();
    assert_eq!(delimited.received(), Some("[2001:db8::9:255]"));
    let mapped = usable("ipv4-mapped-ipv6");
    assert_eq!(mapped.values(Name::Via).count(), 2);
    assert_eq!(mapped.top_via().unwrap().port, Some(19_823));
    let three = usable("ipv6-bug-abnf-3-colons");
    assert_eq!(three.request_uri().parse::<Uri>().unwrap().socket_addr(), None);
}

#[test]
fn what_is_answered_can_be_answered() {
    for name in [
        "insuf", "badinv01", "multi01", "quotbal", "badvers", "unkscm", "lwsstart",
    ] {
        let Err(ParseError::Answerable {
            message,
            status,
            reason,
        }) = Message::parse(read(name))
        else {
            panic!("{name}");
        };
        let answer = pointsman_sip::Builder::response(status, Some(reason), &message, Some("t")).finish();
        assert_eq!(answer.status(), Some(status), "{name}");
        assert_eq!(answer.header(Name::Via), message.header(Name::Via), "{name}");
        assert_eq!(answer.header(Name::CSeq), message.header(Name::CSeq), "{name}");
    }
    let Err(ParseError::Answerable { message, .. }) = Message::parse(read("lwsstart")) else {
        panic!("lwsstart");
    };
    assert_eq!(message.request_uri(), "sip:user@example.com");
}
