use std::net::IpAddr;

use sdp_types::{Attribute, Connection, Media, Time};

use crate::{
    Port,
    sdp::{
        Direction, Origin, Sdp,
        attributes::{crosses, is_direction, is_plain, payload_of},
        audio::payload_types,
    },
};

/// Which half of an exchange a relayed description is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// An offer.
    Offer,
    /// An answer. Refused streams lose their attributes: they mean nothing there (RFC 3264 section 6).
    Answer,
}

/// How a description is to look on the other leg.
#[derive(Debug, Clone)]
pub struct RelayAs<'a> {
    /// Our media address there.
    pub address: IpAddr,
    /// Our port for the audio.
    pub port: Port,
    /// The `o=` line.
    pub origin: Origin,
    /// Offer or answer.
    pub mode: Mode,
    /// Payload types that stay, with their `rtpmap` and `fmtp`; `None` keeps all. If none stays, the stream is
    /// refused.
    pub keep_payloads: Option<&'a [u8]>,
}

impl Sdp {
    /// This description as the other leg gets it: our address, our port, our origin, nothing of the topology.
    ///
    /// Number and order of media lines stay (RFC 3264 section 8), and so does every attribute that we do not know.
    /// Only one audio stream is carried; every other line gets port 0. An RFC 2543 hold becomes a direction, since
    /// the address that said it is replaced.
    pub fn relay(&self, to: &RelayAs<'_>) -> Self {
        let audio = self.audio_index();
        let plain = audio.is_none_or(|index| is_plain(&self.syntax.medias[index].proto));
        let mut syntax = self.syntax.clone();
        syntax.attributes.retain(|attribute| crosses(attribute, plain));
        for (index, media) in syntax.medias.iter_mut().enumerate() {
            if audio == Some(index) && media.port != 0 && keep(media, to.keep_payloads) {
                self.carry(media, to.port, plain);
            } else {
                refuse(media, to.mode);
            }
        }
        let mut relayed = Self { syntax };
        relayed.settle(to.address, to.origin);
        relayed
    }

    /// Makes a media line ours.
    fn carry(&self, media: &mut Media, port: Port, plain: bool) {
        let hold = self.has_hold_address(media).then(|| match self.direction(media) {
            Direction::SendRecv | Direction::SendOnly => Direction::SendOnly,
            Direction::RecvOnly | Direction::Inactive => Direction::Inactive,
        });
        media.port = port.0;
        media.num_ports = None;
        media.connections.clear();
        media.attributes.retain(|attribute| crosses(attribute, plain));
        if let Some(direction) = hold {
            media.attributes.retain(|attribute| !is_direction(attribute));
            media.attributes.push(flag(direction.as_str()));
        }
    }

    /// Writes our `o=` and `c=`, and what strict readers want to see.
    pub(super) fn settle(&mut self, address: IpAddr, origin: Origin) {
        let syntax = &mut self.syntax;
        syntax.origin = sdp_types::Origin::with_ip_addr(origin.id, origin.version, address);
        syntax.connection = Some(Connection::from_ip_addr(address));
        if syntax.times.is_empty() {
            syntax.times.push(Time {
                start_time: 0,
                stop_time: 0,
                repeats: Vec::new(),
            });
        }
        if syntax.session_name.trim().is_empty() {
            "-".clone_into(&mut syntax.session_name);
        }
    }
}

/// Leaves only the wanted formats; false if none is left, and then nothing has changed.
fn keep(media: &mut Media, wanted: Option<&[u8]>) -> bool {
    let Some(wanted) = wanted else { return true };
    let kept: Vec<String> = payload_types(media)
        .filter(|pt| wanted.contains(pt))
        .map(|pt| pt.to_string())
        .collect();
    if kept.is_empty() {
        return false;
    }
    media.fmt = kept.join(" ");
    media
        .attributes
        .retain(|attribute| payload_of(attribute).is_none_or(|pt| wanted.contains(&pt)));
    true
}

/// Refuses a stream. Its formats stay: a media line needs one (RFC 3264 section 6).
pub(super) fn refuse(media: &mut Media, mode: Mode) {
    media.port = 0;
    media.num_ports = None;
    media.connections.clear();
    let plain = is_plain(&media.proto);
    match mode {
        Mode::Offer => media.attributes.retain(|attribute| crosses(attribute, plain)),
        Mode::Answer => {
            media.bandwidths.clear();
            media.key = None;
            media.media_title = None;
            media
                .attributes
                .retain(|attribute| attribute.attribute.eq_ignore_ascii_case("mid"));
        }
    }
}

/// An attribute without a value.
pub(super) fn flag(name: &str) -> Attribute {
    Attribute {
        attribute: name.to_owned(),
        value: None,
    }
}

/// An attribute with a value.
pub(super) fn valued(name: &str, value: impl Into<String>) -> Attribute {
    Attribute {
        attribute: name.to_owned(),
        value: Some(value.into()),
    }
}
