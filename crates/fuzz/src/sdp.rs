//! A description through the relay and through our own answers.

use std::net::{IpAddr, Ipv4Addr};

use pointsman_media::{
    Family, Latch, Mode, Origin, Port, RelayAs, Sdp, StreamSpec, announcement_answer, refusing_answer,
};

const OURS: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));
const PORT: Port = Port(20_000);
const ORIGIN: Origin = Origin { id: 7, version: 1 };

/// What we make of a description is a description with as many streams, our address and our port, and no longer than
/// what we add to it.
pub fn sdp(octets: &[u8]) {
    let Ok(sdp) = Sdp::parse(octets) else { return };
    let again = Sdp::parse(&sdp.to_bytes()).expect("what was read can be read again");
    assert_eq!(again.as_bytes(), sdp.as_bytes());
    if let Some(audio) = sdp.audio() {
        let _ = StreamSpec::from_audio(Family::V4, &audio, Latch::Strict);
    }
    for mode in [Mode::Offer, Mode::Answer] {
        for keep in [None, Some(&[8, 101][..])] {
            let relayed = sdp.relay(&RelayAs {
                address: OURS,
                port: PORT,
                origin: ORIGIN,
                mode,
                keep_payloads: keep,
            });
            judge(&sdp, &relayed);
        }
    }
    if let Ok((answer, _)) = announcement_answer(&sdp, OURS, PORT, ORIGIN) {
        judge(&sdp, &answer);
    }
    judge(&sdp, &refusing_answer(&sdp, OURS, ORIGIN));
}

fn judge(theirs: &Sdp, ours: &Sdp) {
    let (before, after) = (text(theirs), text(ours));
    let read = Sdp::parse(ours.as_bytes());
    assert!(read.is_ok(), "{before:?} became {after:?}: {:?}", read.err());
    assert_eq!(streams(&before), streams(&after), "{before:?} became {after:?}");
    assert!(
        after.len() <= 2 * before.len() + 1_024,
        "{before:?} grew to {after:?}"
    );
    for line in after.lines().filter(|line| line.starts_with("c=")) {
        assert!(line.contains("203.0.113.9"), "{before:?} shows {line:?}");
    }
    let mut same = ours.clone();
    let mut origin = ORIGIN;
    origin.follow(Some(ours), &mut same);
    assert_eq!(
        origin.version, ORIGIN.version,
        "the same description, the same version"
    );
}

fn text(sdp: &Sdp) -> String {
    String::from_utf8_lossy(sdp.as_bytes()).into_owned()
}

fn streams(text: &str) -> usize {
    text.lines().filter(|line| line.starts_with("m=")).count()
}
