use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use sdp_types::{Attribute, Connection, Media};

use crate::{
    Codec,
    sdp::{
        Sdp,
        attributes::{is_plain, values},
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
pub struct Payload {
    /// RTP payload type.
    pub pt: u8,
    /// Encoding name as written, or from the static table of RFC 3551; empty if neither says.
    pub encoding: String,
    /// Clock rate in Hz.
    pub clock: u32,
    /// The `a=fmtp` value.
    pub fmtp: Option<String>,
}

/// The audio stream of a description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audio {
    /// Where its writer wants RTP.
    pub rtp: SocketAddr,
    /// Where its writer wants RTCP: `a=rtcp` (RFC 3605), else one port higher.
    pub rtcp: SocketAddr,
    /// The transport profile as written, such as `RTP/AVP`.
    pub profile: String,
    /// Formats in order of preference.
    pub payloads: Vec<Payload>,
    /// The G.711 ones, in that order, without repeats.
    pub codecs: Vec<Codec>,
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

impl Audio {
    /// The payload type its writer gave a codec.
    pub fn payload_type(&self, codec: Codec) -> Option<u8> {
        self.payloads
            .iter()
            .find(|payload| payload.codec() == Some(codec))
            .map(|payload| payload.pt)
    }

    /// Is it plain RTP, without SRTP?
    pub fn is_plain(&self) -> bool {
        is_plain(&self.profile)
    }
}

impl Payload {
    /// The law, if it is G.711.
    fn codec(&self) -> Option<Codec> {
        let law = |codec: &Codec| self.clock == 8000 && self.encoding.eq_ignore_ascii_case(codec.name());
        [Codec::Pcma, Codec::Pcmu].into_iter().find(law)
    }

    fn read(pt: u8, attributes: &[Attribute]) -> Self {
        let mapped = of_payload(attributes, "rtpmap", pt).and_then(|map| {
            let mut parts = map.split('/');
            Some((
                parts.next()?.trim().to_owned(),
                parts.next()?.trim().parse().ok()?,
            ))
        });
        let known = || {
            STATIC
                .iter()
                .find(|entry| entry.0 == pt)
                .map(|entry| (entry.1.to_owned(), STATIC_CLOCK))
        };
        let (encoding, clock) = mapped.or_else(known).unwrap_or_default();
        let fmtp = of_payload(attributes, "fmtp", pt).map(str::to_owned);
        Self {
            pt,
            encoding,
            clock,
            fmtp,
        }
    }
}

/// What follows the payload type in the attribute that describes it.
fn of_payload<'a>(attributes: &'a [Attribute], name: &'a str, pt: u8) -> Option<&'a str> {
    values(attributes, name).find_map(|value| {
        let (number, rest) = value.split_once(|c: char| c.is_ascii_whitespace())?;
        (number.parse() == Ok(pt)).then(|| rest.trim())
    })
}

impl Sdp {
    /// The audio stream that is used: the first with a port, else the first. `None` if there is no audio at all.
    ///
    /// An address that is missing or is a name reads as 0.0.0.0: its writer can only be found by latching.
    pub fn audio(&self) -> Option<Audio> {
        let media = &self.syntax.medias[self.audio_index()?];
        let connection = media.connections.first().or(self.syntax.connection.as_ref());
        let address = connection.and_then(address);
        let direction = self.direction(media);
        let payloads: Vec<Payload> = payload_types(media)
            .map(|pt| Payload::read(pt, &media.attributes))
            .collect();
        let ip = address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let on_hold = address.is_some_and(|ip| ip.is_unspecified());
        Some(Audio {
            rtp: SocketAddr::new(ip, media.port),
            rtcp: rtcp_address(media, ip),
            profile: media.proto.clone(),
            codecs: codecs(&payloads),
            telephone_event: telephone_event(&payloads),
            payloads,
            direction,
            ptime: values(&media.attributes, "ptime").find_map(|value| value.parse().ok()),
            held: on_hold || !direction.receives(),
            disabled: media.port == 0,
        })
    }

    /// Which media line [`Sdp::audio`] is about.
    pub(super) fn audio_index(&self) -> Option<usize> {
        let medias = &self.syntax.medias;
        let is_audio = |media: &Media| media.media.eq_ignore_ascii_case("audio");
        let live = medias.iter().position(|media| is_audio(media) && media.port != 0);
        live.or_else(|| medias.iter().position(is_audio))
    }

    /// The direction as written: at the media, else for all, else both ways.
    pub(super) fn direction(&self, media: &Media) -> Direction {
        let written = |attributes: &[Attribute]| attributes.iter().find_map(Direction::read);
        written(&media.attributes)
            .or_else(|| written(&self.syntax.attributes))
            .unwrap_or_default()
    }

    /// Is the media line on hold in the manner of RFC 2543: address 0.0.0.0 or ::?
    pub(super) fn has_hold_address(&self, media: &Media) -> bool {
        let connection = media.connections.first().or(self.syntax.connection.as_ref());
        connection.and_then(address).is_some_and(|ip| ip.is_unspecified())
    }
}

impl Direction {
    fn read(attribute: &Attribute) -> Option<Self> {
        let all = [Self::SendRecv, Self::SendOnly, Self::RecvOnly, Self::Inactive];
        all.into_iter()
            .find(|direction| attribute.attribute.eq_ignore_ascii_case(direction.as_str()))
    }
}

/// The numeric formats of a media line.
pub(super) fn payload_types(media: &Media) -> impl Iterator<Item = u8> {
    media
        .fmt
        .split_ascii_whitespace()
        .filter_map(|format| format.parse().ok())
        .filter(|pt| *pt < 128)
}

fn address(connection: &Connection) -> Option<IpAddr> {
    // A multicast TTL may follow.
    connection.connection_address.split('/').next()?.parse().ok()
}

/// `a=rtcp:53020 IN IP4 126.16.64.4`, where all but the port may be missing (RFC 3605).
fn rtcp_address(media: &Media, ip: IpAddr) -> SocketAddr {
    let written = values(&media.attributes, "rtcp").next().and_then(|value| {
        let mut parts = value.split_ascii_whitespace();
        let port = parts.next()?.parse().ok()?;
        Some(SocketAddr::new(
            parts.nth(2).and_then(|ip| ip.parse().ok()).unwrap_or(ip),
            port,
        ))
    });
    written.unwrap_or_else(|| SocketAddr::new(ip, media.port.saturating_add(1)))
}

fn codecs(payloads: &[Payload]) -> Vec<Codec> {
    let mut codecs = Vec::with_capacity(2);
    for codec in payloads.iter().filter_map(Payload::codec) {
        if !codecs.contains(&codec) {
            codecs.push(codec);
        }
    }
    codecs
}

fn telephone_event(payloads: &[Payload]) -> Option<u8> {
    let is = |payload: &&Payload| {
        payload.clock == 8000 && payload.encoding.eq_ignore_ascii_case("telephone-event")
    };
    payloads.iter().find(is).map(|payload| payload.pt)
}
