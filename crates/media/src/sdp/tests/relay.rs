use std::net::IpAddr;

use super::{super::*, lines, media_lines, parse, with_media};
use crate::Port;

const ORIGIN: Origin = Origin { id: 42, version: 5 };

fn relay_as(mode: Mode) -> RelayAs<'static> {
    let address = IpAddr::from([192, 0, 2, 1]);
    RelayAs {
        address,
        port: Port(20_000),
        origin: ORIGIN,
        mode,
        keep_payloads: None,
    }
}

fn offer(media: &str) -> Vec<String> {
    media_lines(&with_media(media).relay(&relay_as(Mode::Offer)))
}

#[test]
fn only_addresses_and_ports_change() {
    let sdp = parse(
        "v=0\no=alice 2890844526 2890844526 IN IP4 host.atlanta.example\ns=A call\nc=IN IP4 10.1.2.3\nb=AS:80\n\
         t=0 0\na=X-vendor:7\nm=audio 49170/2 RTP/AVP 8 101\nc=IN IP4 10.1.2.4\nb=TIAS:64000\n\
         a=rtpmap:8 PCMA/8000\na=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\na=silenceSupp:off - - - -\n\
         a=sendrecv\n",
    );
    let expected = [
        "v=0",
        "o=- 42 5 IN IP4 192.0.2.1",
        "s=A call",
        "c=IN IP4 192.0.2.1",
        "b=AS:80",
        "t=0 0",
        "a=X-vendor:7",
        "m=audio 20000 RTP/AVP 8 101",
        "b=TIAS:64000",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-15",
        "a=silenceSupp:off - - - -",
        "a=sendrecv",
    ];
    assert_eq!(lines(&sdp.relay(&relay_as(Mode::Offer))), expected);
}

#[test]
fn the_topology_does_not_cross() {
    let attributes = "a=candidate:1 1 UDP 1 10.9.9.9 4000 typ host\na=remote-candidates:1 10.9.9.9 4000\n\
        a=end-of-candidates\na=ice-ufrag:x\na=ice-pwd:y\na=ice-options:trickle\na=rtcp:4001 IN IP4 10.9.9.9\n\
        a=rtcp-mux\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc\na=fingerprint:sha-256 AB\na=setup:actpass\n";
    let sdp = parse(&format!(
        "v=0\no=- 1 1 IN IP4 10.9.9.9\ns=-\nc=IN IP4 10.9.9.9\nt=0 0\na=ice-lite\na=group:BUNDLE 0\na=group:LS 0\n\
         a=fingerprint:sha-256 AB\nm=audio 4000 RTP/AVP 8\n{attributes}a=mid:0\n"
    ));
    let relayed = sdp.relay(&relay_as(Mode::Offer));
    assert_eq!(media_lines(&relayed), ["m=audio 20000 RTP/AVP 8", "a=mid:0"]);
    let text = lines(&relayed).join("\n");
    assert!(!text.contains("10.9.9.9"), "{text}");
    assert!(
        text.contains("a=group:LS 0") && !text.contains("BUNDLE") && !text.contains("ice-"),
        "{text}"
    );
    assert!(!text.contains("fingerprint"), "{text}");
}

#[test]
fn keys_cross_with_an_srtp_profile() {
    let media = "m=audio 4000 RTP/SAVP 8\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc\na=candidate:1 1 UDP 1 10.9.9.9 1 typ host\n";
    assert_eq!(
        offer(media),
        [
            "m=audio 20000 RTP/SAVP 8",
            "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc"
        ]
    );
}

#[test]
fn other_lines_get_port_zero_and_keep_their_place() {
    let media = "m=video 5000 RTP/AVP 96\na=rtpmap:96 H264/90000\na=crypto:1 x\na=candidate:1 1 UDP 1 10.9.9.9 1 typ host\n\
        m=audio 0 RTP/AVP 0\nm=audio 4000 RTP/AVP 8\nm=audio 4100 RTP/AVP 8\nc=IN IP4 10.9.9.9\n\
        m=image 6000 udptl t38\na=T38FaxVersion:0\n";
    let expected = [
        "m=video 0 RTP/AVP 96",
        "a=rtpmap:96 H264/90000",
        "m=audio 0 RTP/AVP 0",
        "m=audio 20000 RTP/AVP 8",
        "m=audio 0 RTP/AVP 8",
        "m=image 0 udptl t38",
        "a=T38FaxVersion:0",
    ];
    assert_eq!(offer(media), expected);

    let answered = with_media(media).relay(&relay_as(Mode::Answer));
    let without_attributes: Vec<_> = expected
        .into_iter()
        .filter(|line| line.starts_with("m="))
        .collect();
    assert_eq!(media_lines(&answered), without_attributes);
}

#[test]
fn a_refused_audio_stream_stays_refused() {
    assert_eq!(offer("m=audio 0 RTP/AVP 8\n"), ["m=audio 0 RTP/AVP 8"]);
    assert_eq!(offer(""), [""; 0]);
}

#[test]
fn payloads_that_stay() {
    let media = "m=audio 4000 RTP/AVP 9 8 0 101 13\na=rtpmap:9 G722/8000\na=rtpmap:8 PCMA/8000\n\
        a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\na=fmtp:9 x\na=rtcp-fb:9 nack\na=rtcp-fb:* ccm fir\n";
    let kept = |wanted: &[u8], mode| {
        let to = RelayAs {
            keep_payloads: Some(wanted),
            ..relay_as(mode)
        };
        media_lines(&with_media(media).relay(&to))
    };
    let telephone = [
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-15",
        "a=rtcp-fb:* ccm fir",
    ];
    let mut expected = vec!["m=audio 20000 RTP/AVP 8 101 13", "a=rtpmap:8 PCMA/8000"];
    expected.extend(telephone);
    // The order stays that of the offer.
    assert_eq!(kept(&[13, 101, 8], Mode::Offer), expected);
    assert_eq!(
        kept(&[0], Mode::Answer),
        ["m=audio 20000 RTP/AVP 0", "a=rtcp-fb:* ccm fir"]
    );
    assert_eq!(kept(&[18], Mode::Answer), ["m=audio 0 RTP/AVP 9 8 0 101 13"]);
    assert_eq!(kept(&[], Mode::Offer)[0], "m=audio 0 RTP/AVP 9 8 0 101 13");
}

#[test]
fn an_old_style_hold_becomes_a_direction() {
    let table = [
        ("", "a=sendonly"),
        ("a=sendrecv\n", "a=sendonly"),
        ("a=sendonly\n", "a=sendonly"),
        ("a=recvonly\n", "a=inactive"),
        ("a=inactive\n", "a=inactive"),
    ];
    for (written, expected) in table {
        let media = format!("m=audio 4000 RTP/AVP 8\nc=IN IP4 0.0.0.0\n{written}");
        assert_eq!(
            offer(&media),
            ["m=audio 20000 RTP/AVP 8", expected],
            "{written:?}"
        );
    }
    // A missing or named address is no hold.
    assert_eq!(
        offer("m=audio 4000 RTP/AVP 8\nc=IN IP4 pbx\n"),
        ["m=audio 20000 RTP/AVP 8"]
    );
}

#[test]
fn an_address_of_ours_in_ipv6() {
    let to = RelayAs {
        address: "2001:db8::1".parse().unwrap(),
        ..relay_as(Mode::Offer)
    };
    let text = lines(&with_media("m=audio 4000 RTP/AVP 8\n").relay(&to));
    assert_eq!(
        (text[1].as_str(), text[3].as_str()),
        ("o=- 42 5 IN IP6 2001:db8::1", "c=IN IP6 2001:db8::1")
    );
}

#[test]
fn what_was_missing_is_supplied() {
    let relayed = parse("v=0\nm=audio 4000 RTP/AVP 8\n").relay(&relay_as(Mode::Offer));
    let head = [
        "v=0",
        "o=- 42 5 IN IP4 192.0.2.1",
        "s=-",
        "c=IN IP4 192.0.2.1",
        "t=0 0",
    ];
    assert_eq!(lines(&relayed)[..5], head);
}

#[test]
fn the_version_rises_when_the_text_changes_and_only_then() {
    let mut origin = ORIGIN;
    let relay = |media: &str| with_media(media).relay(&relay_as(Mode::Offer));
    let mut first = relay("m=audio 4000 RTP/AVP 8\n");
    origin.follow(None, &mut first);
    assert_eq!(
        (origin.version, lines(&first)[1].as_str()),
        (5, "o=- 42 5 IN IP4 192.0.2.1")
    );

    // The far end moved; towards us nothing changes.
    let mut same = relay("m=audio 7000 RTP/AVP 8\nc=IN IP4 10.7.7.7\n");
    origin.follow(Some(&first), &mut same);
    assert_eq!((origin.version, same == first), (5, true));

    let mut held = relay("m=audio 7000 RTP/AVP 8\na=sendonly\n");
    origin.follow(Some(&same), &mut held);
    assert_eq!(
        (origin.version, lines(&held)[1].as_str()),
        (6, "o=- 42 6 IN IP4 192.0.2.1")
    );
}
