//! Well-formed messages read alike by rsip, an independent implementation. It knows no folds, compact forms,
//! dotted users or IPv6, so the messages have none.
use pointsman_sip::{Message, Name, Scheme, Uri};
use rsip::prelude::{HasHeaders, HeadersExt, ToTypedHeader, UntypedHeader};

const INVITE: &str = "INVITE sip:bob@biloxi.com:5080;user=phone SIP/2.0\r\n\
    Via: SIP/2.0/UDP pc33.atlanta.com:5061;branch=z9hG4bK776asdhds\r\nMax-Forwards: 70\r\n\
    To: Bob <sip:bob@biloxi.com>\r\nFrom: Alice <sip:alice@atlanta.com>;tag=1928301774\r\n\
    Call-ID: a84b4c76e66710@pc33.atlanta.com\r\nCSeq: 314159 INVITE\r\n\
    Contact: <sip:alice@pc33.atlanta.com>\r\nUser-Agent: test\r\nContent-Type: application/sdp\r\n\
    Content-Length: 4\r\n\r\nv=0\n";

const RINGING: &str = "SIP/2.0 180 Ringing\r\nVia: SIP/2.0/UDP server10.biloxi.com;branch=z9hG4bK4b43c2ff8\r\n\
    To: Bob <sip:bob@biloxi.com>;tag=a6c85cf\r\nFrom: Alice <sip:alice@atlanta.com>;tag=1928301774\r\n\
    Call-ID: a84b4c76e66710@pc33.atlanta.com\r\nContact: <sip:bob@biloxi.com>\r\nCSeq: 314159 INVITE\r\n\
    Content-Length: 0\r\n\r\n";

const BYE: &str = "BYE sip:alice@pc33.atlanta.com SIP/2.0\r\n\
    Via: SIP/2.0/TCP server10.biloxi.com;branch=z9hG4bKnashds8\r\nMax-Forwards: 9\r\n\
    From: Bob <sip:bob@biloxi.com>;tag=a6c85cf\r\nTo: Alice <sip:alice@atlanta.com>;tag=1928301774\r\n\
    Call-ID: a84b4c76e66710@pc33.atlanta.com\r\nCSeq: 231 BYE\r\nContent-Length: 0\r\n\r\n";

fn both(text: &str) -> (Message, rsip::SipMessage) {
    let own = Message::parse(text.to_owned().into()).unwrap_or_else(|error| panic!("{error:?}"));
    let their = rsip::SipMessage::try_from(text).unwrap_or_else(|error| panic!("{error}"));
    (own, their)
}

#[test]
fn the_envelope_is_the_same() {
    for text in [INVITE, RINGING, BYE] {
        let (own, their) = both(text);
        assert_eq!(own.call_id(), their.call_id_header().unwrap().value());
        let cseq = their.cseq_header().unwrap().typed().unwrap();
        assert_eq!(
            (own.cseq().0, own.cseq().1.as_str()),
            (cseq.seq, cseq.method.to_string().as_str())
        );
        let from = their.from_header().unwrap().typed().unwrap();
        assert_eq!(own.from_tag(), from.tag().map(rsip::param::Tag::value));
        assert_eq!(own.from().unwrap().display, from.display_name);
        let to = their.to_header().unwrap().typed().unwrap();
        assert_eq!(own.to_tag(), to.tag().map(rsip::param::Tag::value));
        assert_eq!(own.body(), their.body().as_slice());
    }
}

#[test]
fn vias_are_the_same() {
    for text in [INVITE, RINGING, BYE] {
        let (own, their) = both(text);
        let (own, their) = (
            own.top_via().unwrap(),
            their.via_header().unwrap().typed().unwrap(),
        );
        assert_eq!(own.transport, their.transport.to_string());
        assert_eq!(own.host, their.uri.host().to_string());
        assert_eq!(own.port, their.uri.port().map(|port| *port.value()));
        assert_eq!(own.branch(), their.branch().map(rsip::param::Branch::value));
    }
}

#[test]
fn uris_are_the_same() {
    for text in [INVITE, BYE] {
        let (own, their) = both(text);
        let rsip::SipMessage::Request(their) = their else {
            panic!("a request");
        };
        let own: Uri = own.request_uri().parse().unwrap();
        assert_eq!(own.scheme, Scheme::Sip);
        assert_eq!(own.user.as_deref(), their.uri.user());
        assert_eq!(own.host, their.uri.host().to_string());
        assert_eq!(own.port, their.uri.port().map(|port| *port.value()));
        assert_eq!(own.to_string(), their.uri.to_string());
    }
}

#[test]
fn status_and_header_lines_are_the_same() {
    let (own, their) = both(RINGING);
    let rsip::SipMessage::Response(their) = their else {
        panic!("a response");
    };
    assert_eq!(own.status().unwrap().0, their.status_code.code());
    let (own, their) = both(INVITE);
    assert_eq!(own.header_lines().count(), their.headers().iter().count());
    assert_eq!(
        own.max_forwards(),
        Some(their.max_forwards_header().unwrap().num().unwrap())
    );
    assert_eq!(own.header(Name::UserAgent).as_deref(), Some("test"));
}
