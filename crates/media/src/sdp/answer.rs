use std::net::IpAddr;

use crate::{
    Codec, Port,
    sdp::{Origin, Sdp, SdpError},
};

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
        let _ = answer;
        todo!()
    }
}

/// Answers an offer ourselves: one G.711 codec, telephone-event if offered, every other stream refused.
///
/// # Errors
/// [`SdpError::NoAudio`], [`SdpError::NoCodec`], [`SdpError::Profile`].
pub fn announcement_answer(
    offer: &Sdp,
    address: IpAddr,
    port: Port,
    origin: Origin,
) -> Result<(Sdp, Chosen), SdpError> {
    let _ = (offer, address, port, origin);
    todo!()
}

/// An offer of our own: the codecs in order, telephone-event, both ways.
pub fn plain_offer(address: IpAddr, port: Port, origin: Origin, codecs: &[Codec]) -> Sdp {
    let _ = (address, port, origin, codecs);
    todo!()
}

/// A valid answer that takes nothing: every stream refused. For the delayed offer whose answer never came, before
/// the BYE.
pub fn refusing_answer(offer: &Sdp, address: IpAddr, origin: Origin) -> Sdp {
    let _ = (offer, address, origin);
    todo!()
}
