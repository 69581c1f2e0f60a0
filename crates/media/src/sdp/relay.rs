use std::{fmt::Write as _, net::IpAddr};

use crate::{
    Port,
    sdp::{
        Direction, Origin, Sdp,
        attributes::{crosses, is_direction, is_plain, payload_of},
        lines::{Line, Media, attributes, lines, push},
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

impl RelayAs<'_> {
    fn keeps(&self, pt: u8) -> bool {
        self.keep_payloads.is_none_or(|wanted| wanted.contains(&pt))
    }
}

impl Sdp {
    /// This description as the other leg gets it: our address, our port, our origin, nothing of the topology.
    ///
    /// Number and order of media lines stay (RFC 3264 section 8), and so does every attribute that we do not know.
    /// Only one audio stream is carried; every other line gets port 0. An RFC 2543 hold becomes a direction, since
    /// the address that said it is replaced.
    pub fn relay(&self, to: &RelayAs<'_>) -> Self {
        let audio = self.audio_media();
        let plain = audio.is_none_or(|(_, media)| is_plain(media.profile));
        let session = self.session();
        let name = lines(session)
            .find(|line| line.key == b's')
            .map(|line| line.value);
        let mut text = String::with_capacity(self.text.len() + 64);
        open(&mut text, to.origin, to.address, name);
        copy(&mut text, session, b"iuep");
        connect(&mut text, to.address);
        copy(&mut text, session, b"b");
        times(&mut text, session);
        copy(&mut text, session, b"zk");
        for attribute in attributes(session).filter(|attribute| crosses(attribute, plain)) {
            attribute_line(&mut text, attribute.text);
        }
        for (index, media) in self.medias().enumerate() {
            let is_carried = audio.is_some_and(|(carried, _)| carried == index) && media.port != 0;
            if is_carried && (to.keep_payloads.is_none() || media.payload_types().any(|pt| to.keeps(pt))) {
                self.carry(&mut text, &media, to, plain);
            } else {
                refuse(&mut text, &media, to.mode);
            }
        }
        Self { text }
    }

    /// Writes a media line as ours.
    fn carry(&self, text: &mut String, media: &Media<'_>, to: &RelayAs<'_>, plain: bool) {
        let _ = write!(text, "m={} {} {}", media.kind, to.port.0, media.profile);
        if to.keep_payloads.is_none() {
            text.push(' ');
            text.push_str(media.formats);
        } else {
            for pt in media.payload_types().filter(|pt| to.keeps(*pt)) {
                let _ = write!(text, " {pt}");
            }
        }
        text.push_str("\r\n");
        copy(text, media.section, b"ibk");
        let hold = self.has_hold_address(media).then(|| match self.direction(media) {
            Direction::SendRecv | Direction::SendOnly => Direction::SendOnly,
            Direction::RecvOnly | Direction::Inactive => Direction::Inactive,
        });
        for attribute in media.attributes() {
            let replaced = hold.is_some() && is_direction(&attribute);
            let described = payload_of(&attribute).is_none_or(|pt| to.keeps(pt));
            if crosses(&attribute, plain) && described && !replaced {
                attribute_line(text, attribute.text);
            }
        }
        if let Some(direction) = hold {
            attribute_line(text, direction.as_str());
        }
    }
}

/// Writes the first lines: version, our `o=`, and a name, which strict readers want to see.
pub(super) fn open(text: &mut String, origin: Origin, address: IpAddr, name: Option<&str>) {
    let Origin { id, version } = origin;
    let name = name.filter(|name| !name.trim().is_empty()).unwrap_or("-");
    let family = family(address);
    let _ = write!(
        text,
        "v=0\r\no=- {id} {version} IN {family} {address}\r\ns={name}\r\n"
    );
}

/// Writes our `c=` line.
pub(super) fn connect(text: &mut String, address: IpAddr) {
    let _ = write!(text, "c=IN {} {address}\r\n", family(address));
}

/// Writes the times of `session`; strict readers want to see one.
pub(super) fn times(text: &mut String, session: &str) {
    let start = text.len();
    for line in lines(session).filter(|line| matches!(line.key, b't' | b'r')) {
        push(text, line);
    }
    if text.len() == start {
        text.push_str("t=0 0\r\n");
    }
}

/// Refuses a stream. Its formats stay: a media line needs one (RFC 3264 section 6).
pub(super) fn refuse(text: &mut String, media: &Media<'_>, mode: Mode) {
    let _ = write!(text, "m={} 0 {} {}\r\n", media.kind, media.profile, media.formats);
    let plain = is_plain(media.profile);
    if mode == Mode::Offer {
        copy(text, media.section, b"ibk");
    }
    for attribute in media.attributes() {
        let stays = match mode {
            Mode::Offer => crosses(&attribute, plain),
            Mode::Answer => attribute.name.eq_ignore_ascii_case("mid"),
        };
        if stays {
            attribute_line(text, attribute.text);
        }
    }
}

/// Writes an attribute.
pub(super) fn attribute_line(text: &mut String, value: &str) {
    push(text, Line { key: b'a', value });
}

/// Copies the lines with one of these keys, in the order of the keys.
fn copy(text: &mut String, section: &str, keys: &[u8]) {
    for key in keys {
        for line in lines(section).filter(|line| line.key == *key) {
            push(text, line);
        }
    }
}

fn family(address: IpAddr) -> &'static str {
    if address.is_ipv4() { "IP4" } else { "IP6" }
}
