use std::net::IpAddr;

use super::{super::*, lines, media_lines, parse, with_media};
use crate::{Codec, Port};

const ORIGIN: Origin = Origin { id: 42, version: 1 };

fn ours() -> IpAddr {
    IpAddr::from([192, 0, 2, 1])
}

fn answer(media: &str) -> Result<(Vec<String>, Chosen), SdpError> {
    announcement_answer(&with_media(media), ours(), Port(20_000), ORIGIN)
        .map(|(sdp, chosen)| (media_lines(&sdp), chosen))
}

#[test]
fn the_first_law_of_the_offer_is_taken() {
    let (lines, chosen) = answer(
        "m=audio 4000 RTP/AVP 9 0 8 96\na=rtpmap:96 telephone-event/8000\na=mid:a\na=rtcp-mux\na=ptime:40\n",
    )
    .unwrap();
    assert_eq!(
        chosen,
        Chosen {
            codec: Codec::Pcmu,
            pt: 0,
            telephone_event: Some(96),
            ptime: 20
        }
    );
    let expected = [
        "m=audio 20000 RTP/AVP 0 96",
        "a=mid:a",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:96 telephone-event/8000",
        "a=fmtp:96 0-15",
        "a=ptime:20",
        "a=sendrecv",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_dynamic_number_and_no_digits() {
    let (lines, chosen) = answer("m=audio 4000 RTP/AVPF 99\na=rtpmap:99 PCMA/8000\n").unwrap();
    assert_eq!(
        chosen,
        Chosen {
            codec: Codec::Pcma,
            pt: 99,
            telephone_event: None,
            ptime: 20
        }
    );
    assert_eq!(
        lines,
        [
            "m=audio 20000 RTP/AVPF 99",
            "a=rtpmap:99 PCMA/8000",
            "a=ptime:20",
            "a=sendrecv"
        ]
    );
}

#[test]
fn every_line_of_the_offer_is_answered_in_its_place() {
    let (lines, _) = answer(
        "m=video 5000 RTP/AVP 96\na=rtpmap:96 H264/90000\nm=audio 4000 RTP/AVP 8\nm=audio 4100 RTP/AVP 8\n",
    )
    .unwrap();
    let media: Vec<_> = lines.iter().filter(|line| line.starts_with("m=")).collect();
    assert_eq!(
        media,
        [
            "m=video 0 RTP/AVP 96",
            "m=audio 20000 RTP/AVP 8",
            "m=audio 0 RTP/AVP 8"
        ]
    );
    assert!(!lines.iter().any(|line| line.contains("H264")));
}

#[test]
fn the_direction_mirrors_the_offer() {
    let table = [
        ("", "a=sendrecv"),
        ("a=sendonly\n", "a=recvonly"),
        ("a=recvonly\n", "a=sendonly"),
        ("a=inactive\n", "a=inactive"),
        ("c=IN IP4 0.0.0.0\n", "a=recvonly"),
        ("c=IN IP4 0.0.0.0\na=recvonly\n", "a=inactive"),
    ];
    for (written, expected) in table {
        let (lines, _) = answer(&format!("m=audio 4000 RTP/AVP 8\n{written}")).unwrap();
        assert_eq!(lines.last().unwrap(), expected, "{written:?}");
    }
}

#[test]
fn offers_that_cannot_be_answered() {
    let table = [
        ("", SdpError::NoAudio),
        ("m=video 5000 RTP/AVP 96\n", SdpError::NoAudio),
        ("m=audio 0 RTP/AVP 8\n", SdpError::NoAudio),
        ("m=audio 4000 RTP/AVP 9 18\n", SdpError::NoCodec),
        (
            "m=audio 4000 RTP/SAVP 8\n",
            SdpError::Profile("RTP/SAVP".to_owned()),
        ),
        (
            "m=audio 4000 UDP/TLS/RTP/SAVPF 8\n",
            SdpError::Profile("UDP/TLS/RTP/SAVPF".to_owned()),
        ),
    ];
    for (media, expected) in table {
        assert_eq!(answer(media), Err(expected), "{media:?}");
    }
}

#[test]
fn the_answer_repeats_the_times_of_the_offer() {
    let offer = parse(
        "v=0\no=- 1 1 IN IP4 a\ns=-\nc=IN IP4 10.0.0.5\nt=3034423619 3042462419\nm=audio 4000 RTP/AVP 8\n",
    );
    let (answer, _) = announcement_answer(&offer, ours(), Port(20_000), ORIGIN).unwrap();
    assert!(lines(&answer).contains(&"t=3034423619 3042462419".to_owned()));
}

#[test]
fn an_offer_of_our_own_can_be_answered() {
    let offer = plain_offer(ours(), Port(20_000), ORIGIN, &[Codec::Pcma, Codec::Pcmu]);
    let expected = [
        "v=0",
        "o=- 42 1 IN IP4 192.0.2.1",
        "s=-",
        "c=IN IP4 192.0.2.1",
        "t=0 0",
        "m=audio 20000 RTP/AVP 8 0 101",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-15",
        "a=ptime:20",
        "a=sendrecv",
    ];
    assert_eq!(lines(&offer), expected);
    assert_eq!(Sdp::parse(&offer.to_bytes()).unwrap(), offer);

    let (answer, chosen) = announcement_answer(&offer, ours(), Port(30_000), ORIGIN).unwrap();
    assert_eq!(Chosen::from_answer(&answer), Ok(chosen));
    assert_eq!((chosen.codec, chosen.telephone_event), (Codec::Pcma, Some(101)));
}

#[test]
fn a_refusal_takes_nothing_and_is_valid() {
    let offer = with_media("m=audio 4000 RTP/AVP 8\na=rtpmap:8 PCMA/8000\nm=video 5000 RTP/AVP 96\n");
    let answer = refusing_answer(&offer, ours(), ORIGIN);
    assert_eq!(
        media_lines(&answer),
        ["m=audio 0 RTP/AVP 8", "m=video 0 RTP/AVP 96"]
    );
    assert_eq!(Chosen::from_answer(&answer), Err(SdpError::NoAudio));
}
