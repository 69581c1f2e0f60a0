//! Offer and answer of one call (RFC 3264), written and read.

use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};

use pointsman_media::{Audio, Codec, Direction, Port, Sdp};

use crate::behaviour::Talk;
use crate::phone::listener::Taken;
use crate::phone::speaker::Sending;

/// The payload type of telephone-event in our offers.
const EVENT: u8 = 101;

/// What offer and answer settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Agreed {
    /// Where and how we send; `None` while we are not to.
    pub(super) sending: Option<Sending>,
    /// What we take.
    pub(super) taken: Taken,
    /// Where the other side's packets come from.
    pub(super) remote: SocketAddr,
    /// The other side has put us on hold.
    pub(super) held: bool,
}

/// Why a description cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unusable {
    #[error("not an SDP: {0}")]
    NotSdp(String),
    #[error("no audio stream")]
    NoAudio,
    #[error("no common codec")]
    NoCodec,
    #[error("answer to nothing")]
    NothingOffered,
}

/// The descriptions of one call on one side.
#[derive(Debug)]
pub(super) struct Exchange {
    address: IpAddr,
    port: Port,
    codecs: Vec<Codec>,
    /// The payload type of telephone-event in our offers, if we have it.
    event: Option<u8>,
    id: u64,
    version: u64,
    /// What we sent last, without its `o=` line.
    last: String,
    /// Our offer that awaits its answer: whether it holds.
    offered: Option<bool>,
    /// We hold the other side.
    pub(super) holding: bool,
    agreed: Option<Agreed>,
    /// What our offer says we take: the other side may send before its answer is here (RFC 3264, 5.1).
    ours: Taken,
}

impl Exchange {
    pub(super) fn new(address: IpAddr, port: Port, talk: &Talk, id: u64) -> Self {
        Self {
            address,
            port,
            codecs: talk.codecs.clone(),
            event: talk.events.then_some(EVENT),
            id: id >> 1,
            version: 0,
            last: String::new(),
            offered: None,
            holding: false,
            agreed: None,
            ours: Taken::default(),
        }
    }

    /// What may arrive now, and from where if that is known.
    pub(super) fn taken(&self) -> Option<(&Taken, Option<SocketAddr>)> {
        match &self.agreed {
            Some(agreed) => Some((
                &agreed.taken,
                Some(agreed.remote).filter(|remote| !remote.ip().is_unspecified()),
            )),
            None => self.offered.map(|_| (&self.ours, None)),
        }
    }

    pub(super) fn agreed(&self) -> Option<&Agreed> {
        self.agreed.as_ref()
    }

    /// Whether an offer of ours awaits its answer.
    pub(super) fn is_offered(&self) -> bool {
        self.offered.is_some()
    }

    /// The other side refused our offer: everything stays as it was.
    pub(super) fn withdraw(&mut self) {
        self.offered = None;
    }

    /// An offer; `hold` asks the other side to be quiet.
    pub(super) fn offer(&mut self, hold: bool) -> Vec<u8> {
        self.offered = Some(hold);
        let direction = if hold {
            Direction::SendOnly
        } else {
            Direction::SendRecv
        };
        let payloads = self
            .codecs
            .iter()
            .map(|codec| (codec.payload_type(), *codec))
            .collect::<Vec<_>>();
        let audio = self.audio_lines(&payloads, self.event, direction);
        self.ours = Taken {
            audio: payloads,
            event: self.event,
        };
        self.write(audio)
    }

    /// Answers an offer, every stream but one audio stream refused.
    pub(super) fn answer(&mut self, offer: &[u8]) -> Result<Vec<u8>, Unusable> {
        let sdp = read(offer)?;
        let audio = usable(&sdp)?;
        let payloads = self.common(&audio);
        if payloads.is_empty() {
            return Err(Unusable::NoCodec);
        }
        let direction = direction(self.holding, audio.direction);
        let event = audio.telephone_event.filter(|_| self.event.is_some());
        let ours = self.audio_lines(&payloads, event, direction);
        self.agreed = self.agree(&audio, &payloads, event, direction);
        let mut body = String::new();
        let mut ours = Some(ours);
        let text = sdp.to_bytes();
        for line in String::from_utf8_lossy(&text)
            .lines()
            .filter_map(|line| line.strip_prefix("m="))
        {
            let mut words = line.split_ascii_whitespace();
            let (kind, port) = (words.next().unwrap_or("audio"), words.next().unwrap_or("0"));
            let used = kind == "audio" && port != "0";
            match ours.take_if(|_| used) {
                Some(lines) => body.push_str(&lines),
                None => {
                    let rest = words.collect::<Vec<_>>().join(" ");
                    let _ = write!(body, "m={kind} 0 {rest}\r\n");
                }
            }
        }
        Ok(self.write(body))
    }

    /// Takes the answer to our offer.
    pub(super) fn accept(&mut self, answer: &[u8]) -> Result<(), Unusable> {
        let hold = self.offered.ok_or(Unusable::NothingOffered)?;
        let sdp = read(answer)?;
        let audio = usable(&sdp)?;
        let payloads = self.common(&audio);
        if payloads.is_empty() {
            return Err(Unusable::NoCodec);
        }
        self.holding = hold;
        self.offered = None;
        let direction = direction(hold, audio.direction);
        self.agreed = self.agree(&audio, &payloads, audio.telephone_event, direction);
        Ok(())
    }

    /// Takes the answer of another branch of a forked INVITE in place of the one before.
    pub(super) fn accept_again(&mut self, answer: &[u8]) -> Result<(), Unusable> {
        self.offered = Some(self.holding);
        self.accept(answer)
    }

    /// Codecs of both sides with the other side's payload types, in the other side's order.
    fn common(&self, audio: &Audio<'_>) -> Vec<(u8, Codec)> {
        let known = |codec: &Codec| Some((audio.payload_type(*codec).filter(|pt| *pt < 128)?, *codec));
        audio
            .codecs
            .iter()
            .filter(|codec| self.codecs.contains(codec))
            .filter_map(known)
            .collect()
    }

    fn agree(
        &self,
        audio: &Audio<'_>,
        payloads: &[(u8, Codec)],
        event: Option<u8>,
        direction: Direction,
    ) -> Option<Agreed> {
        let (pt, codec) = *payloads.first()?;
        let reachable = !audio.rtp.ip().is_unspecified() && !audio.disabled;
        let sending = Sending {
            to: audio.rtp,
            codec,
            pt,
            event: event.filter(|pt| *pt < 128),
        };
        Some(Agreed {
            sending: (direction.sends() && reachable).then_some(sending),
            taken: Taken {
                audio: payloads.to_vec(),
                event,
            },
            remote: audio.rtp,
            held: audio.held,
        })
    }

    fn audio_lines(&self, payloads: &[(u8, Codec)], event: Option<u8>, direction: Direction) -> String {
        let mut text = format!("m=audio {} RTP/AVP", self.port.0);
        for pt in payloads.iter().map(|(pt, _)| *pt).chain(event) {
            let _ = write!(text, " {pt}");
        }
        text.push_str("\r\n");
        for (pt, codec) in payloads {
            let _ = write!(text, "a=rtpmap:{pt} {}/8000\r\n", codec.name());
        }
        if let Some(pt) = event {
            let _ = write!(text, "a=rtpmap:{pt} telephone-event/8000\r\na=fmtp:{pt} 0-15\r\n");
        }
        let _ = write!(text, "a=ptime:20\r\na={}\r\n", direction.as_str());
        text
    }

    /// Puts the first lines before the streams; the version rises only when the text changes (RFC 3264, 8).
    fn write(&mut self, streams: String) -> Vec<u8> {
        if streams != self.last {
            self.version += 1;
            self.last = streams;
        }
        let family = if self.address.is_ipv4() { "IP4" } else { "IP6" };
        let (id, version, address, streams) = (self.id, self.version, self.address, &self.last);
        format!(
            "v=0\r\no=- {id} {version} IN {family} {address}\r\ns=-\r\nc=IN {family} {address}\r\nt=0 0\r\n{streams}"
        )
        .into_bytes()
    }
}

/// Our direction given what we want and what the other side wrote.
fn direction(holding: bool, theirs: Direction) -> Direction {
    match (holding, theirs.reversed()) {
        (true, Direction::SendRecv) => Direction::SendOnly,
        (true, Direction::RecvOnly) => Direction::Inactive,
        (_, direction) => direction,
    }
}

fn read(body: &[u8]) -> Result<Sdp, Unusable> {
    Sdp::parse(body).map_err(|error| Unusable::NotSdp(error.to_string()))
}

/// The audio stream of a description, if it is not refused.
fn usable(sdp: &Sdp) -> Result<Audio<'_>, Unusable> {
    sdp.audio()
        .filter(|audio| !audio.disabled)
        .ok_or(Unusable::NoAudio)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(port: u16, codecs: &[Codec]) -> Exchange {
        let talk = Talk {
            codecs: codecs.to_vec(),
            ..Talk::default()
        };
        Exchange::new(
            IpAddr::from([127, 0, 0, 1]),
            Port(port),
            &talk,
            u64::from(port) << 1,
        )
    }

    fn settle(offerer: &mut Exchange, answerer: &mut Exchange, hold: bool) {
        let offer = offerer.offer(hold);
        let answer = answerer.answer(&offer).expect("a common codec");
        offerer.accept(&answer).expect("a good answer");
    }

    #[test]
    fn both_sides_agree_on_the_first_common_codec() {
        let mut a = side(4_000, &[Codec::Pcma, Codec::Pcmu]);
        let mut b = side(4_002, &[Codec::Pcmu]);
        settle(&mut a, &mut b, false);
        for (one, other) in [(&a, 4_002), (&b, 4_000)] {
            let agreed = one.agreed().expect("settled");
            let sending = agreed.sending.expect("both ways");
            assert_eq!(
                (sending.codec, sending.pt, sending.event),
                (Codec::Pcmu, 0, Some(101))
            );
            assert_eq!((agreed.remote.port(), agreed.held), (other, false));
            assert_eq!(agreed.taken.audio, [(0, Codec::Pcmu)]);
        }
    }

    #[test]
    fn without_a_common_codec_there_is_no_answer() {
        let (mut a, mut b) = (side(4_000, &[Codec::Pcma]), side(4_002, &[Codec::Pcmu]));
        let offer = a.offer(false);
        assert_eq!(b.answer(&offer), Err(Unusable::NoCodec));
        assert!(a.is_offered());
        a.withdraw();
        assert!(!a.is_offered());
    }

    #[test]
    fn hold_silences_the_held_side_and_resume_lets_it_speak() {
        let (mut a, mut b) = (side(4_000, &[Codec::Pcma]), side(4_002, &[Codec::Pcma]));
        settle(&mut a, &mut b, false);
        settle(&mut a, &mut b, true);
        let held = b.agreed().expect("settled");
        assert!(held.held && held.sending.is_none());
        assert!(a.holding && a.agreed().expect("settled").sending.is_some());
        settle(&mut a, &mut b, false);
        let back = b.agreed().expect("settled");
        assert!(!back.held && back.sending.is_some());
        assert!(!a.holding);
    }

    #[test]
    fn the_version_rises_only_when_the_text_changes() {
        let version = |body: &[u8]| {
            let text = String::from_utf8_lossy(body).into_owned();
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix("o=- "))
                .expect("an origin")
                .to_owned();
            line.split(' ')
                .nth(1)
                .expect("a version")
                .parse::<u64>()
                .expect("a number")
        };
        let mut a = side(4_000, &[Codec::Pcma]);
        let versions = [false, false, true, false].map(|hold| version(&a.offer(hold)));
        assert_eq!(versions, [1, 1, 2, 3]);
    }

    #[test]
    fn every_stream_of_an_offer_has_its_place_in_the_answer() {
        let offer = b"v=0\r\no=x 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n\
            m=video 6000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n\
            m=audio 7000 RTP/AVP 18 0 97\r\na=rtpmap:97 telephone-event/8000\r\n\
            m=audio 7002 RTP/AVP 8\r\n";
        let answer = side(4_000, &[Codec::Pcma, Codec::Pcmu])
            .answer(offer)
            .expect("PCMU is common");
        let text = String::from_utf8_lossy(&answer).into_owned();
        let streams: Vec<&str> = text.lines().filter(|line| line.starts_with("m=")).collect();
        assert_eq!(
            streams,
            [
                "m=video 0 RTP/AVP 96",
                "m=audio 4000 RTP/AVP 0 97",
                "m=audio 0 RTP/AVP 8"
            ]
        );
    }
}
