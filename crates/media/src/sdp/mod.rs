//! Session descriptions (RFC 8866) and offer/answer (RFC 3264). A description is its text: what is asked of it is read
//! from there, and what we say is written line by line, so that a call costs one allocation per description.

mod answer;
mod attributes;
mod audio;
mod error;
mod lines;
mod origin;
mod relay;
#[cfg(test)]
mod tests;

use lines::{Media, lines, normal, split_media};
use smallvec::SmallVec;
use std::borrow::Cow;

pub use answer::{Chosen, announcement_answer, plain_offer, refusing_answer};
pub use audio::{Audio, Direction, Payload};
pub use error::SdpError;
pub use origin::Origin;
pub use relay::{Mode, RelayAs};

/// A session description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sdp {
    /// Lines that end in CR LF, `v=0` first.
    text: String,
}

impl Sdp {
    /// Reads a description. Lenient: trailing NULs, missing `s=` and `t=`, bare line feeds and unknown lines pass, and
    /// lines that mean nothing to us (`o=` and `t=` among them) are left out if they cannot be read.
    ///
    /// # Errors
    /// [`SdpError::Syntax`] names the line.
    pub fn parse(body: &[u8]) -> Result<Self, SdpError> {
        let end = body
            .iter()
            .rposition(|&byte| byte != 0)
            .map_or(0, |last| last + 1);
        let body = match std::str::from_utf8(&body[..end]) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(&body[..end]),
        };
        let text = normal(&body)?;
        Ok(Self { text })
    }

    /// The text for a message body.
    pub fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// A copy of the text.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }

    /// Do the two say the same, apart from the `o=` line?
    pub fn same_but_origin(&self, other: &Self) -> bool {
        let own = lines(&self.text).filter(|line| line.key != b'o');
        own.eq(lines(&other.text).filter(|line| line.key != b'o'))
    }

    /// Puts another `id` and `version` into the `o=` line.
    pub fn set_origin(&mut self, origin: Origin) {
        let Some(start) = self.text.find("\r\no=").map(|at| at + 4) else {
            return;
        };
        let line = self.text[start..].lines().next().unwrap_or("");
        let parts: SmallVec<[&str; 6]> = line.split_ascii_whitespace().collect();
        let [user, id, version, rest @ ..] = &parts[..] else {
            return;
        };
        if (id.parse(), version.parse()) == (Ok(origin.id), Ok(origin.version)) {
            return;
        }
        let new = format!("{user} {} {} {}", origin.id, origin.version, rest.join(" "));
        let end = start + line.len();
        drop(parts);
        self.text.replace_range(start..end, &new);
    }

    /// The lines before the first media line, and the media lines with theirs.
    fn parts(&self) -> (&str, impl Iterator<Item = Media<'_>>) {
        let (session, mut rest) = split_media(&self.text);
        let medias = std::iter::from_fn(move || {
            let (media, others) = split_media(rest);
            rest = others;
            media.strip_prefix("m=")
        });
        (session, medias.filter_map(Media::read))
    }

    fn session(&self) -> &str {
        self.parts().0
    }

    fn medias(&self) -> impl Iterator<Item = Media<'_>> {
        self.parts().1
    }
}
