use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use smallvec::SmallVec;

use crate::{
    Codec, Family,
    sdp::{
        Sdp,
        attributes::{is_plain, values},
        lines::{Attribute, Media, attributes, connection},
    },
};

/// Encoding name and clock of static payload types that a telephone may offer (RFC 3551 table 4).
const STATIC: [(u8, &str); 7] = [
    (0, "PCMU"),
    (3, "GSM"),
    (4, "G723"),
    (8, "PCMA"),
    (9, "G722"),
    (13, "CN"),
    (18, "G729"),
];
/// The RTP clock of all of those, also of G722 (RFC 3551 section 4.5.2).
const STATIC_CLOCK: u32 = 8000;

/// Which way media flows, seen from whoever wrote the description (RFC 3264 section 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// Both ways; the default.
    #[default]
    SendRecv,
    /// The writer only sends: we are on hold, perhaps with music.
    SendOnly,
    /// The writer only receives.
    RecvOnly,
    /// Nothing flows.
    Inactive,
}

impl Direction {
    /// Does the writer send?
    pub fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// Does the writer receive?
    pub fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// The same flow seen from the other end.
    pub fn reversed(self) -> Self {
        match self {
            Self::SendOnly => Self::RecvOnly,
            Self::RecvOnly => Self::SendOnly,
            same => same,
        }
    }

    /// The attribute name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }
}

/// One format of an audio stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload<'a> {
    /// RTP payload type.
    pub pt: u8,
    /// Encoding name as written, or from the static table of RFC 3551; empty if neither says.
    pub encoding: &'a str,
    /// Clock rate in Hz.
    pub clock: u32,
    /// The `a=fmtp` value.
    pub fmtp: Option<&'a str>,
}

/// The audio stream of a description, which it borrows from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audio<'a> {
    /// Where its writer wants RTP.
    pub rtp: SocketAddr,
    /// Where its writer wants RTCP: `a=rtcp` (RFC 3605), else one port higher.
    pub rtcp: SocketAddr,
    /// The transport profile as written, such as `RTP/AVP`.
    pub profile: &'a str,
    /// Formats in order of preference.
    pub payloads: SmallVec<[Payload<'a>; 8]>,
    /// The G.711 ones, in that order, without repeats.
    pub codecs: SmallVec<[Codec; 2]>,
    /// Payload type of telephone-event at 8 kHz (RFC 4733).
    pub telephone_event: Option<u8>,
    /// From the media level, else the session level, else both ways.
    pub direction: Direction,
    /// Packet time in milliseconds.
    pub ptime: Option<u32>,
    /// On hold: address 0.0.0.0 (RFC 2543), `sendonly` or `inactive`.
    pub held: bool,
    /// Port 0: refused or ended.
    pub disabled: bool,
}

impl Audio<'_> {
    /// The family its writer speaks; `None` if the address is missing, a name, or that of an RFC 2543 hold.
    pub fn family(&self) -> Option<Family> {
        let ip = self.rtp.ip();
        (!ip.is_unspecified()).then(|| Family::of(ip))
    }

    /// The payload type its writer gave a codec.
    pub fn payload_type(&self, codec: Codec) -> Option<u8> {
        self.payloads
            .iter()
            .find(|payload| payload.codec() == Some(codec))
            .map(|payload| payload.pt)
    }

    /// Is it plain RTP, without SRTP?
    pub fn is_plain(&self) -> bool {
        is_plain(self.profile)
    }
}

impl<'a> Payload<'a> {
    /// The law, if it is G.711.
    fn codec(&self) -> Option<Codec> {
        let law = |codec: &Codec| self.clock == 8000 && self.encoding.eq_ignore_ascii_case(codec.name());
        [Codec::Pcma, Codec::Pcmu].into_iter().find(law)
    }

    /// The formats of a media line, each with the first attribute of each kind that describes it.
    fn all(media: &Media<'a>) -> SmallVec<[Self; 8]> {
        let mut payloads: SmallVec<[Self; 8]> = media
            .payload_types()
            .map(|pt| Self {
                pt,
                encoding: "",
                clock: 0,
                fmtp: None,
            })
            .collect();
        for attribute in media.attributes() {
            let is_map = attribute.name.eq_ignore_ascii_case("rtpmap");
            if !is_map && !attribute.name.eq_ignore_ascii_case("fmtp") {
                continue;
            }
            let value = attribute.value.unwrap_or("").trim();
            let Some((number, rest)) = value.split_once(|c: char| c.is_ascii_whitespace()) else {
                continue;
            };
            let number: Result<u8, _> = number.parse();
            for payload in payloads.iter_mut().filter(|payload| Ok(payload.pt) == number) {
                if !is_map {
                    payload.fmtp.get_or_insert(rest.trim());
                } else if payload.encoding.is_empty() {
                    payload.map(rest);
                }
            }
        }
        for payload in payloads.iter_mut().filter(|payload| payload.encoding.is_empty()) {
            if let Some((_, name)) = STATIC.iter().find(|entry| entry.0 == payload.pt) {
                (payload.encoding, payload.clock) = (name, STATIC_CLOCK);
            }
        }
        payloads
    }

    /// Takes `PCMA/8000`; nothing without a clock.
    fn map(&mut self, map: &'a str) {
        let mut parts = map.split('/').map(str::trim);
        let (name, clock) = (parts.next(), parts.next().and_then(|clock| clock.parse().ok()));
        if let (Some(name), Some(clock)) = (name, clock) {
            (self.encoding, self.clock) = (name, clock);
        }
    }
}

impl Sdp {
    /// The audio stream that is used: the first with a port, else the first. `None` if there is no audio at all.
    ///
    /// An address that is missing or is a name reads as 0.0.0.0: its writer can only be found by latching.
    pub fn audio(&self) -> Option<Audio<'_>> {
        let (_, media) = self.audio_media()?;
        let address = self.address(&media);
        let direction = self.direction(&media);
        let payloads = Payload::all(&media);
        let ip = address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let on_hold = address.is_some_and(|ip| ip.is_unspecified());
        Some(Audio {
            rtp: SocketAddr::new(ip, media.port),
            rtcp: rtcp_address(&media, ip),
            profile: media.profile,
            codecs: codecs(&payloads),
            telephone_event: telephone_event(&payloads),
            payloads,
            direction,
            ptime: values(media.section, "ptime").find_map(|value| value.parse().ok()),
            held: on_hold || !direction.receives(),
            disabled: media.port == 0,
        })
    }

    /// The media line that [`Sdp::audio`] is about, and its place among all.
    pub(super) fn audio_media(&self) -> Option<(usize, Media<'_>)> {
        let audio = || self.medias().enumerate().filter(|(_, media)| media.is_audio());
        audio()
            .find(|(_, media)| media.port != 0)
            .or_else(|| audio().next())
    }

    /// The direction as written: at the media, else for all, else both ways.
    pub(super) fn direction(&self, media: &Media<'_>) -> Direction {
        let written = |section| attributes(section).find_map(|attribute| Direction::read(&attribute));
        written(media.section)
            .or_else(|| written(self.session()))
            .unwrap_or_default()
    }

    /// Is the media line on hold in the manner of RFC 2543: address 0.0.0.0 or ::?
    pub(super) fn has_hold_address(&self, media: &Media<'_>) -> bool {
        self.address(media).is_some_and(|ip| ip.is_unspecified())
    }

    /// Where the media line's packets go, unless that is missing or a name.
    fn address(&self, media: &Media<'_>) -> Option<IpAddr> {
        connection(media.section)
            .or_else(|| connection(self.session()))
            .flatten()
    }
}

impl Direction {
    fn read(attribute: &Attribute<'_>) -> Option<Self> {
        let all = [Self::SendRecv, Self::SendOnly, Self::RecvOnly, Self::Inactive];
        all.into_iter()
            .find(|direction| attribute.name.eq_ignore_ascii_case(direction.as_str()))
    }
}

/// `a=rtcp:53020 IN IP4 126.16.64.4`, where all but the port may be missing (RFC 3605).
fn rtcp_address(media: &Media<'_>, ip: IpAddr) -> SocketAddr {
    let written = values(media.section, "rtcp").next().and_then(|value| {
        let mut parts = value.split_ascii_whitespace();
        let port = parts.next()?.parse().ok()?;
        Some(SocketAddr::new(
            parts.nth(2).and_then(|ip| ip.parse().ok()).unwrap_or(ip),
            port,
        ))
    });
    written.unwrap_or_else(|| SocketAddr::new(ip, media.port.saturating_add(1)))
}

fn codecs(payloads: &[Payload<'_>]) -> SmallVec<[Codec; 2]> {
    let mut codecs = SmallVec::new();
    for codec in payloads.iter().filter_map(Payload::codec) {
        if !codecs.contains(&codec) {
            codecs.push(codec);
        }
    }
    codecs
}

fn telephone_event(payloads: &[Payload<'_>]) -> Option<u8> {
    let is = |payload: &&Payload<'_>| {
        payload.clock == 8000 && payload.encoding.eq_ignore_ascii_case("telephone-event")
    };
    payloads.iter().find(is).map(|payload| payload.pt)
}
