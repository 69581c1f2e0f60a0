use std::net::SocketAddr;

use super::{super::*, parse, with_media};
use crate::{Codec, Family, Latch, StreamSpec};

fn audio(media: &str) -> Audio<'static> {
    let sdp: &'static Sdp = Box::leak(Box::new(with_media(media)));
    sdp.audio().unwrap()
}

fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

#[test]
fn an_ordinary_offer() {
    let audio = audio(
        "m=audio 4000 RTP/AVP 8 0 101 13\na=rtpmap:8 PCMA/8000\na=rtpmap:0 PCMU/8000\n\
         a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-16\na=ptime:30\na=sendrecv\n",
    );
    assert_eq!(
        (audio.rtp, audio.rtcp),
        (at("10.0.0.5:4000"), at("10.0.0.5:4001"))
    );
    assert_eq!(audio.codecs[..], [Codec::Pcma, Codec::Pcmu]);
    assert_eq!((audio.telephone_event, audio.ptime), (Some(101), Some(30)));
    assert_eq!(
        (audio.held, audio.disabled, audio.is_plain()),
        (false, false, true)
    );
    let names: Vec<_> = audio
        .payloads
        .iter()
        .map(|p| (p.pt, p.encoding, p.clock))
        .collect();
    assert_eq!(
        names,
        [
            (8, "PCMA", 8000),
            (0, "PCMU", 8000),
            (101, "telephone-event", 8000),
            (13, "CN", 8000)
        ]
    );
    assert_eq!(audio.payloads[2].fmtp, Some("0-16"));
}

#[test]
fn addresses_by_case() {
    let table = [
        (
            "c= of the whole",
            "m=audio 4000 RTP/AVP 8\n",
            "10.0.0.5:4000",
            "10.0.0.5:4001",
        ),
        (
            "c= of the media",
            "m=audio 4000 RTP/AVP 8\nc=IN IP4 10.0.0.9\n",
            "10.0.0.9:4000",
            "10.0.0.9:4001",
        ),
        (
            "IPv6",
            "m=audio 4000 RTP/AVP 8\nc=IN IP6 2001:db8::7\n",
            "[2001:db8::7]:4000",
            "[2001:db8::7]:4001",
        ),
        (
            "multicast TTL",
            "m=audio 4000 RTP/AVP 8\nc=IN IP4 224.2.1.1/127\n",
            "224.2.1.1:4000",
            "224.2.1.1:4001",
        ),
        (
            "a name",
            "m=audio 4000 RTP/AVP 8\nc=IN IP4 pbx.example\n",
            "0.0.0.0:4000",
            "0.0.0.0:4001",
        ),
        (
            "a=rtcp with a port",
            "m=audio 4000 RTP/AVP 8\na=rtcp:5000\n",
            "10.0.0.5:4000",
            "10.0.0.5:5000",
        ),
        (
            "a=rtcp with an address",
            "m=audio 4000 RTP/AVP 8\na=rtcp:5000 IN IP4 10.0.0.8\n",
            "10.0.0.5:4000",
            "10.0.0.8:5000",
        ),
        (
            "a=rtcp that is nonsense",
            "m=audio 4000 RTP/AVP 8\na=rtcp:x\n",
            "10.0.0.5:4000",
            "10.0.0.5:4001",
        ),
        (
            "the last port",
            "m=audio 65535 RTP/AVP 8\n",
            "10.0.0.5:65535",
            "10.0.0.5:65535",
        ),
        (
            "a number of ports",
            "m=audio 4000/2 RTP/AVP 8\n",
            "10.0.0.5:4000",
            "10.0.0.5:4001",
        ),
    ];
    for (what, media, rtp, rtcp) in table {
        let audio = audio(media);
        assert_eq!((audio.rtp, audio.rtcp), (at(rtp), at(rtcp)), "{what}");
    }
}

#[test]
fn hold_and_direction_by_case() {
    let table = [
        ("", Direction::SendRecv, false),
        ("a=sendonly\n", Direction::SendOnly, true),
        ("a=inactive\n", Direction::Inactive, true),
        ("a=recvonly\n", Direction::RecvOnly, false),
        ("a=SENDONLY\n", Direction::SendOnly, true),
        ("c=IN IP4 0.0.0.0\n", Direction::SendRecv, true),
        ("c=IN IP6 ::\n", Direction::SendRecv, true),
        ("c=IN IP4 0.0.0.0\na=recvonly\n", Direction::RecvOnly, true),
        ("c=IN IP4 pbx.example\n", Direction::SendRecv, false),
    ];
    for (lines, direction, held) in table {
        let audio = audio(&format!("m=audio 4000 RTP/AVP 8\n{lines}"));
        assert_eq!((audio.direction, audio.held), (direction, held), "{lines:?}");
    }
}

#[test]
fn a_direction_for_all_counts_where_the_media_has_none() {
    let sdp = |media| {
        parse(&format!(
            "v=0\no=- 1 1 IN IP4 10.0.0.5\ns=-\nc=IN IP4 10.0.0.5\nt=0 0\na=inactive\n{media}"
        ))
    };
    let of = |media| sdp(media).audio().unwrap().direction;
    assert_eq!(of("m=audio 4000 RTP/AVP 8\n"), Direction::Inactive);
    assert_eq!(of("m=audio 4000 RTP/AVP 8\na=sendonly\n"), Direction::SendOnly);
}

/// What is meant, the formats and their attributes, the laws, the number of PCMA, the number of telephone-event.
type Formats<'a> = (&'a str, &'a str, &'a [Codec], Option<u8>, Option<u8>);

#[test]
fn payloads_by_case() {
    let pcma = Codec::Pcma;
    let table: [Formats<'_>; 8] = [
        ("static, no rtpmap", "8 101\n", &[pcma], Some(8), None),
        (
            "dynamic PCMA",
            "97\na=rtpmap:97 pcma/8000/1\n",
            &[pcma],
            Some(97),
            None,
        ),
        (
            "a static number given another meaning",
            "8\na=rtpmap:8 G726-32/8000\n",
            &[],
            None,
            None,
        ),
        (
            "wide-band PCMA is not G.711 at 8 kHz",
            "97\na=rtpmap:97 PCMA/16000\n",
            &[],
            None,
            None,
        ),
        (
            "rtpmap without a clock",
            "8\na=rtpmap:8 PCMA\n",
            &[pcma],
            Some(8),
            None,
        ),
        (
            "event at 8 kHz chosen over 48",
            "111 8 110 101\na=rtpmap:111 opus/48000/2\na=rtpmap:110 telephone-event/48000\na=rtpmap:101 telephone-event/8000\n",
            &[pcma],
            Some(8),
            Some(101),
        ),
        (
            "formats that are no numbers or too big",
            "x 300 128 8\n",
            &[pcma],
            Some(8),
            None,
        ),
        (
            "twice the same law",
            "8 97\na=rtpmap:97 PCMA/8000\n",
            &[pcma],
            Some(8),
            None,
        ),
    ];
    for (what, formats, codecs, pt, event) in table {
        let audio = audio(&format!("m=audio 4000 RTP/AVP {formats}"));
        assert_eq!(audio.codecs[..], *codecs, "{what}");
        assert_eq!(
            (audio.payload_type(pcma), audio.telephone_event),
            (pt, event),
            "{what}"
        );
    }
}

#[test]
fn only_numbers_up_to_127_are_payload_types() {
    let pts: Vec<u8> = audio("m=audio 4000 RTP/AVP 0 127 128 255 300 -1 x\n")
        .payloads
        .iter()
        .map(|p| p.pt)
        .collect();
    assert_eq!(pts, [0, 127]);
}

#[test]
fn which_audio_line_counts() {
    let port = |media| {
        with_media(media)
            .audio()
            .map(|audio| (audio.rtp.port(), audio.disabled))
    };
    assert_eq!(port("m=video 9 RTP/AVP 96\n"), None);
    assert_eq!(port(""), None);
    assert_eq!(port("m=audio 0 RTP/AVP 8\n"), Some((0, true)));
    assert_eq!(
        port("m=audio 0 RTP/AVP 8\nm=audio 4000 RTP/AVP 8\n"),
        Some((4000, false))
    );
    assert_eq!(
        port("m=audio 4000 RTP/AVP 8\nm=audio 5000 RTP/AVP 8\n"),
        Some((4000, false))
    );
}

#[test]
fn what_real_peers_send_is_read() {
    let media = "c=IN IP4 10.0.0.5\r\nm=audio 4000 RTP/AVP 8\r\n";
    let table: [(&str, String); 9] = [
        (
            "trailing NULs",
            format!("v=0\r\no=- 1 1 IN IP4 10.0.0.5\r\ns=-\r\nt=0 0\r\n{media}\0\0"),
        ),
        (
            "leading line end",
            format!("\r\nv=0\r\no=- 1 1 IN IP4 10.0.0.5\r\ns=-\r\nt=0 0\r\n{media}"),
        ),
        (
            "line feeds only",
            format!("v=0\no=- 1 1 IN IP4 10.0.0.5\ns=-\nt=0 0\n{media}"),
        ),
        ("no s=, no t=, no o=", format!("v=0\r\n{media}")),
        (
            "an o= with a long version",
            format!("v=0\r\no=- 1 99999999999999999999999 IN IP4 a\r\ns=-\r\n{media}"),
        ),
        (
            "an o= with too little",
            format!("v=0\r\no=x\r\ns=-\r\nt=0 0\r\n{media}"),
        ),
        (
            "a t= that is nonsense",
            format!("v=0\r\no=- 1 1 IN IP4 a\r\ns=-\r\nt=now\r\n{media}"),
        ),
        (
            "an unknown line",
            format!("v=0\r\no=- 1 1 IN IP4 a\r\ns=-\r\nt=0 0\r\nx=1\r\n{media}"),
        ),
        (
            "no line end at the end",
            format!("v=0\r\ns=-\r\n{}", media.trim_end()),
        ),
    ];
    for (what, text) in table {
        let rtp = Sdp::parse(text.as_bytes())
            .unwrap_or_else(|error| panic!("{what}: {error}"))
            .audio()
            .map(|audio| audio.rtp);
        assert_eq!(rtp, Some(at("10.0.0.5:4000")), "{what}");
    }
    let mut latin1 = b"v=0\r\ns=caf".to_vec();
    latin1.push(0xe9);
    latin1.extend(format!("\r\n{media}").bytes());
    assert!(Sdp::parse(&latin1).unwrap().audio().is_some());
}

#[test]
fn what_is_no_description_is_an_error() {
    for text in [
        "",
        "\0",
        "hello",
        "v=1\r\n",
        "v=0\r\nm=audio\r\n",
        "v=0\r\nm=audio 99999 RTP/AVP 8\r\n",
        "o=- 1 1 IN IP4 a\r\n",
    ] {
        assert!(
            matches!(Sdp::parse(text.as_bytes()), Err(SdpError::Syntax(_))),
            "{text:?}"
        );
    }
}

#[test]
fn the_stream_is_the_mirror_of_what_the_far_end_wrote() {
    let table = [
        ("a=sendrecv\n", Some("10.0.0.5:4000"), true, true),
        ("a=sendonly\n", Some("10.0.0.5:4000"), false, true),
        ("a=recvonly\n", Some("10.0.0.5:4000"), true, false),
        ("a=inactive\n", Some("10.0.0.5:4000"), false, false),
        ("c=IN IP4 0.0.0.0\n", None, false, true),
        ("c=IN IP4 pbx.example\n", None, true, true),
    ];
    for (lines, remote, send, receive) in table {
        let audio = audio(&format!(
            "m=audio 4000 RTP/AVP 8 101\na=rtpmap:101 telephone-event/8000\n{lines}"
        ));
        let spec = StreamSpec::from_audio(Family::V4, &audio, Latch::Strict);
        assert_eq!(
            (spec.remote, spec.send, spec.receive),
            (remote.map(at), send, receive),
            "{lines:?}"
        );
        assert!(spec.payloads.contains(8) && spec.payloads.contains(101) && !spec.payloads.contains(0));
        assert_eq!(spec.telephone_event, Some(101));
    }
    let refused = StreamSpec::from_audio(Family::V4, &audio("m=audio 0 RTP/AVP 8\n"), Latch::Strict);
    assert_eq!(
        (refused.remote, refused.send, refused.receive),
        (None, false, false)
    );
}
