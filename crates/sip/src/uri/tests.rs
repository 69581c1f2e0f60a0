use super::*;

fn uri(text: &str) -> Uri {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn reads_the_parts() {
    let full =
        uri("sips:a.g.bell:se%3Acret@Host-1.example.com:5070;transport=tcp;lr?Subject=x&Priority=urgent");
    assert_eq!(full.scheme, Scheme::Sips);
    assert_eq!(full.user.as_deref(), Some("a.g.bell"));
    assert_eq!(full.password.as_deref(), Some("se:cret"));
    assert_eq!(full.host, "Host-1.example.com");
    assert_eq!(full.port, Some(5070));
    assert_eq!(full.params.get("Transport"), Some("tcp"));
    assert_eq!(full.params.get("lr"), Some(""));
    assert_eq!(full.headers.as_deref(), Some("Subject=x&Priority=urgent"));
}

#[test]
fn reads_addresses_of_both_families() {
    let cases = [
        ("sip:192.0.2.4", "192.0.2.4:5060"),
        ("sips:192.0.2.4", "192.0.2.4:5061"),
        ("sip:a@192.0.2.4:99;x", "192.0.2.4:99"),
        ("sip:a@[2001:db8::10]:5070", "[2001:db8::10]:5070"),
        ("sip:[2001:db8::10:5070]", "[2001:db8::10:5070]:5060"),
        ("sip:[::ffff:192.0.2.2]", "[::ffff:192.0.2.2]:5060"),
    ];
    for (text, address) in cases {
        assert_eq!(uri(text).socket_addr(), Some(address.parse().unwrap()), "{text}");
    }
    for text in [
        "sip:example.com",
        "tel:+32",
        "sip:[2001:db8:::192.0.2.1]",
        "http:192.0.2.4",
    ] {
        assert_eq!(uri(text).socket_addr(), None, "{text}");
    }
}

#[test]
fn escapes_are_resolved_and_written_again() {
    let cases = [
        (
            "sip:sips%3Auser%40example.com@example.net",
            "sips:user@example.com",
        ),
        ("sip:I%20have%20spaces@example.net", "I have spaces"),
        ("sip:null-%00-null@example.com", "null-\0-null"),
        (
            "sip:user;par=u%40example.net@example.com",
            "user;par=u@example.net",
        ),
        ("sip:%75se%72@example.com", "user"),
        ("sip:100%25@example.com", "100%"),
        ("sip:J%C3%B6rg@example.com", "J\u{f6}rg"),
    ];
    for (text, user) in cases {
        assert_eq!(uri(text).user.as_deref(), Some(user), "{text}");
        assert_eq!(uri(&uri(text).to_string()), uri(text), "{text}");
    }
    let escaped = uri("sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31");
    assert!(escaped.params.has("lr"));
    assert_eq!(escaped.params.get("name"), Some("value%41"));
    assert_eq!(
        escaped.to_string(),
        "sip:caller@host5.example.net;lr;name=value%2541"
    );
}

#[test]
fn the_user_part_may_hold_almost_anything() {
    let text = "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com";
    let odd = uri(text);
    assert_eq!(
        odd.user.as_deref(),
        Some("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*")
    );
    assert_eq!(odd.host, "example.com");
    assert_eq!(odd.to_string(), text);
}

#[test]
fn reads_tel_and_foreign_schemes() {
    let tel = uri("tel:+32-2-555.12(34);phone-context=example.com");
    assert_eq!(tel.scheme, Scheme::Tel);
    assert_eq!(tel.user.as_deref(), Some("+32-2-555.12(34)"));
    assert_eq!(tel.params.get("phone-context"), Some("example.com"));
    assert_eq!(tel.to_string(), "tel:+32-2-555.12(34);phone-context=example.com");
    let other = uri("soap.beep://192.0.2.103:3002");
    assert_eq!(other.scheme, Scheme::Other("soap.beep".to_owned()));
    assert_eq!(other.to_string(), "soap.beep://192.0.2.103:3002");
}

#[test]
fn refuses_with_the_cause() {
    let cases = [
        ("", UriError::NoScheme),
        ("user@host", UriError::NoScheme),
        ("1sip:host", UriError::NoScheme),
        ("<sip:host>", UriError::NoScheme),
        ("sip:", UriError::BadHost),
        ("sip:@host", UriError::BadHost),
        ("sip:user@", UriError::BadHost),
        ("sip:ho st", UriError::BadCharacter),
        ("sip:us\"er@host", UriError::BadCharacter),
        ("sip:host:port", UriError::BadPort),
        ("sip:host:65536", UriError::BadPort),
        ("sip:host:", UriError::BadPort),
        ("sip:2001:db8::10", UriError::BadPort),
        ("sip:[2001:db8::10", UriError::BadHost),
        ("sip:a%4@host", UriError::BadCharacter),
        ("sip:a%zz@host", UriError::BadCharacter),
        ("sip:a%FF@host", UriError::BadCharacter),
        ("tel:", UriError::BadCharacter),
        ("tel:alice", UriError::BadCharacter),
        ("http:", UriError::BadCharacter),
    ];
    for (text, error) in cases {
        assert_eq!(text.parse::<Uri>(), Err(error), "{text}");
    }
}

#[test]
fn equality_follows_the_examples_of_the_rfc() {
    let same = [
        (
            "sip:%61lice@atlanta.com;transport=TCP",
            "sip:alice@AtLanTa.CoM;Transport=tcp",
        ),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        (
            "sip:carol@chicago.com;security=on",
            "sip:carol@chicago.com;newparam=5",
        ),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
        ("tel:+32-2-5551234", "tel:+3225551234"),
        ("ISBN:298", "isbn:298"),
    ];
    for (one, two) in same {
        assert!(uri(one).equivalent(&uri(two)), "{one} {two}");
        assert!(uri(two).equivalent(&uri(one)), "{two} {one}");
    }
    let different = [
        (
            "SIP:ALICE@AtLanTa.CoM;Transport=udp",
            "sip:alice@AtLanTa.CoM;Transport=UDP",
        ),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sips:bob@biloxi.com"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;user=phone"),
        ("sip:bob@biloxi.com;maddr=192.0.2.1", "sip:bob@biloxi.com"),
        (
            "sip:carol@chicago.com;newparam=5",
            "sip:carol@chicago.com;newparam=6",
        ),
        (
            "sip:carol@chicago.com",
            "sip:carol@chicago.com?Subject=next%20meeting",
        ),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("tel:+32", "tel:+33"),
        ("tel:32;phone-context=a", "tel:32;phone-context=b"),
        ("tel:+32", "sip:+32@host"),
    ];
    for (one, two) in different {
        assert!(!uri(one).equivalent(&uri(two)), "{one} {two}");
        assert!(!uri(two).equivalent(&uri(one)), "{two} {one}");
    }
}
