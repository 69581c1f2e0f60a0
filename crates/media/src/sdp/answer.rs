use std::{fmt::Write as _, net::IpAddr};

use crate::{
    Codec, Port, TELEPHONE_EVENT,
    sdp::{
        Audio, Direction, Origin, Sdp, SdpError,
        lines::Media,
        relay::{Mode, attribute_line, connect, open, refuse, times},
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

    fn from_audio(audio: &Audio<'_>) -> Result<Self, SdpError> {
        if audio.disabled {
            return Err(SdpError::NoAudio);
        }
        if !audio.is_plain() {
            return Err(SdpError::Profile(audio.profile.to_owned()));
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
    let (audio, (index, line)) = offer.audio().zip(offer.audio_media()).ok_or(SdpError::NoAudio)?;
    let chosen = Chosen::from_audio(&audio)?;
    // On hold in either manner, its writer does not want to hear us.
    let theirs = match audio.direction {
        direction if !offer.has_hold_address(&line) => direction,
        direction if direction.sends() => Direction::SendOnly,
        _ => Direction::Inactive,
    };
    let mut text = first_lines(offer, address, origin);
    for (at, media) in offer.medias().enumerate() {
        if at == index {
            accept(&mut text, &media, port, chosen, theirs.reversed());
        } else {
            refuse(&mut text, &media, Mode::Answer);
        }
    }
    Ok((Sdp { text }, chosen))
}

/// An offer of our own: the codecs in order, telephone-event, both ways.
pub fn plain_offer(address: IpAddr, port: Port, origin: Origin, codecs: &[Codec]) -> Sdp {
    let mut text = String::with_capacity(320);
    open(&mut text, origin, address, None);
    connect(&mut text, address);
    times(&mut text, "");
    let _ = write!(text, "m=audio {} RTP/AVP", port.0);
    for codec in codecs {
        let _ = write!(text, " {}", codec.payload_type());
    }
    let _ = write!(text, " {TELEPHONE_EVENT}\r\n");
    for codec in codecs {
        map(&mut text, codec.payload_type(), *codec);
    }
    finish(&mut text, Some(TELEPHONE_EVENT), Direction::SendRecv);
    Sdp { text }
}

/// A valid answer that takes nothing: every stream refused. For the delayed offer whose answer never came, before
/// the BYE.
pub fn refusing_answer(offer: &Sdp, address: IpAddr, origin: Origin) -> Sdp {
    let mut text = first_lines(offer, address, origin);
    for media in offer.medias() {
        refuse(&mut text, &media, Mode::Answer);
    }
    Sdp { text }
}

/// An answer up to its media lines. It repeats the times of the offer (RFC 3264 section 6).
fn first_lines(offer: &Sdp, address: IpAddr, origin: Origin) -> String {
    let mut text = String::with_capacity(offer.text.len() + 64);
    open(&mut text, origin, address, None);
    connect(&mut text, address);
    times(&mut text, offer.session());
    text
}

/// Writes an answered audio line.
fn accept(text: &mut String, media: &Media<'_>, port: Port, chosen: Chosen, direction: Direction) {
    let _ = write!(text, "m={} {} {}", media.kind, port.0, media.profile);
    for pt in [Some(chosen.pt), chosen.telephone_event].into_iter().flatten() {
        let _ = write!(text, " {pt}");
    }
    text.push_str("\r\n");
    for mid in media
        .attributes()
        .filter(|attribute| attribute.name.eq_ignore_ascii_case("mid"))
    {
        attribute_line(text, mid.text);
    }
    map(text, chosen.pt, chosen.codec);
    finish(text, chosen.telephone_event, direction);
}

fn map(text: &mut String, pt: u8, codec: Codec) {
    let _ = write!(text, "a=rtpmap:{pt} {}/8000\r\n", codec.name());
}

fn finish(text: &mut String, telephone_event: Option<u8>, direction: Direction) {
    if let Some(pt) = telephone_event {
        let _ = write!(text, "a=rtpmap:{pt} telephone-event/8000\r\na=fmtp:{pt} 0-15\r\n");
    }
    let _ = write!(text, "a=ptime:{PTIME}\r\n");
    attribute_line(text, direction.as_str());
}
