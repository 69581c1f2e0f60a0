use std::net::{IpAddr, Ipv4Addr};

use sdp_types::{Media, Session as Syntax};

use crate::{
    Codec, Port, TELEPHONE_EVENT,
    sdp::{
        Audio, Direction, Origin, Sdp, SdpError,
        relay::{Mode, flag, refuse, valued},
    },
};

/// Packet time of everything we send ourselves.
const PTIME: u32 = 20;

/// What was agreed for playing to a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chosen {
    /// The law.
    pub codec: Codec,
    /// Its payload type.
    pub pt: u8,
    /// Payload type of telephone-event, if the peer has it.
    pub telephone_event: Option<u8>,
    /// Packet time in milliseconds: always 20, what the worker sends.
    pub ptime: u32,
}

impl Chosen {
    /// What a peer agreed to in its answer to a [`plain_offer`] of ours (the ACK of a delayed offer).
    ///
    /// # Errors
    /// As [`announcement_answer`].
    pub fn from_answer(answer: &Sdp) -> Result<Self, SdpError> {
        Self::from_audio(&answer.audio().ok_or(SdpError::NoAudio)?)
    }

    fn from_audio(audio: &Audio) -> Result<Self, SdpError> {
        if audio.disabled {
            return Err(SdpError::NoAudio);
        }
        if !audio.is_plain() {
            return Err(SdpError::Profile(audio.profile.clone()));
        }
        let codec = *audio.codecs.first().ok_or(SdpError::NoCodec)?;
        let pt = audio.payload_type(codec).ok_or(SdpError::NoCodec)?;
        Ok(Self {
            codec,
            pt,
            telephone_event: audio.telephone_event,
            ptime: PTIME,
        })
    }
}

/// Answers an offer ourselves: the first G.711 codec in it, telephone-event if offered, every other stream refused.
///
/// # Errors
/// [`SdpError::NoAudio`], [`SdpError::NoCodec`], [`SdpError::Profile`].
pub fn announcement_answer(
    offer: &Sdp,
    address: IpAddr,
    port: Port,
    origin: Origin,
) -> Result<(Sdp, Chosen), SdpError> {
    let (audio, index) = offer.audio().zip(offer.audio_index()).ok_or(SdpError::NoAudio)?;
    let chosen = Chosen::from_audio(&audio)?;
    let mut answer = refusing_answer(offer, address, origin);
    let media = &mut answer.syntax.medias[index];
    media.port = port.0;
    // On hold in either manner, its writer does not want to hear us.
    let theirs = if offer.has_hold_address(&offer.syntax.medias[index]) {
        if audio.direction.sends() {
            Direction::SendOnly
        } else {
            Direction::Inactive
        }
    } else {
        audio.direction
    };
    describe(media, chosen, theirs.reversed());
    Ok((answer, chosen))
}

/// An offer of our own: the codecs in order, telephone-event, both ways.
pub fn plain_offer(address: IpAddr, port: Port, origin: Origin, codecs: &[Codec]) -> Sdp {
    let mut formats: Vec<String> = codecs
        .iter()
        .map(|codec| codec.payload_type().to_string())
        .collect();
    formats.push(TELEPHONE_EVENT.to_string());
    let mut media = Media {
        media: "audio".to_owned(),
        port: port.0,
        num_ports: None,
        proto: "RTP/AVP".to_owned(),
        fmt: formats.join(" "),
        media_title: None,
        connections: Vec::new(),
        bandwidths: Vec::new(),
        key: None,
        attributes: Vec::new(),
    };
    for codec in codecs {
        media.attributes.push(valued(
            "rtpmap",
            format!("{} {}/8000", codec.payload_type(), codec.name()),
        ));
    }
    finish(&mut media, Some(TELEPHONE_EVENT), Direction::SendRecv);
    let mut offer = empty();
    offer.syntax.medias.push(media);
    offer.settle(address, origin);
    offer
}

/// A valid answer that takes nothing: every stream refused. For the delayed offer whose answer never came, before
/// the BYE.
pub fn refusing_answer(offer: &Sdp, address: IpAddr, origin: Origin) -> Sdp {
    let mut answer = empty();
    // The answer repeats the times of the offer (RFC 3264 section 6).
    answer.syntax.times.clone_from(&offer.syntax.times);
    answer.syntax.medias.clone_from(&offer.syntax.medias);
    answer
        .syntax
        .medias
        .iter_mut()
        .for_each(|media| refuse(media, Mode::Answer));
    answer.settle(address, origin);
    answer
}

/// Formats and attributes of an answered audio line.
fn describe(media: &mut Media, chosen: Chosen, direction: Direction) {
    let formats = [Some(chosen.pt), chosen.telephone_event].into_iter().flatten();
    media.fmt = formats.map(|pt| pt.to_string()).collect::<Vec<_>>().join(" ");
    media.attributes.push(valued(
        "rtpmap",
        format!("{} {}/8000", chosen.pt, chosen.codec.name()),
    ));
    finish(media, chosen.telephone_event, direction);
}

fn finish(media: &mut Media, telephone_event: Option<u8>, direction: Direction) {
    if let Some(pt) = telephone_event {
        media
            .attributes
            .push(valued("rtpmap", format!("{pt} telephone-event/8000")));
        media.attributes.push(valued("fmtp", format!("{pt} 0-15")));
    }
    media.attributes.push(valued("ptime", PTIME.to_string()));
    media.attributes.push(flag(direction.as_str()));
}

fn empty() -> Sdp {
    let origin = sdp_types::Origin::with_ip_addr(0, 0, Ipv4Addr::UNSPECIFIED);
    Sdp {
        syntax: Syntax::new(origin, "-"),
    }
}
