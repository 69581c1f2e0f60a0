//! Session descriptions (RFC 8866) and offer/answer (RFC 3264), on top of the `sdp-types` syntax.

mod answer;
mod attributes;
mod audio;
mod error;
mod origin;
mod relay;
#[cfg(test)]
mod tests;

use sdp_types::Session as Syntax;

pub use answer::{Chosen, announcement_answer, plain_offer, refusing_answer};
pub use audio::{Audio, Direction, Payload};
pub use error::SdpError;
pub use origin::Origin;
pub use relay::{Mode, RelayAs};

/// A session description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sdp {
    syntax: Syntax,
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
        let body = &body[..end];
        let syntax = Syntax::parse(body)
            .or_else(|error| Syntax::parse(essential(body).as_bytes()).map_err(|_| error))
            .map_err(|error| SdpError::Syntax(error.to_string()))?;
        Ok(Self { syntax })
    }

    /// As text for a message body.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = Vec::with_capacity(512);
        self.syntax
            .write(&mut text)
            .expect("writing to memory cannot fail");
        text
    }

    /// Do the two say the same, apart from the `o=` line?
    pub fn same_but_origin(&self, other: &Self) -> bool {
        let other = Syntax {
            origin: self.syntax.origin.clone(),
            ..other.syntax.clone()
        };
        self.syntax == other
    }

    /// Puts another `id` and `version` into the `o=` line.
    pub fn set_origin(&mut self, origin: Origin) {
        self.syntax.origin.sess_id = origin.id.to_string();
        self.syntax.origin.sess_version = origin.version;
    }
}

/// The lines that say where media goes and how, of a description in which another line cannot be read.
fn essential(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let lines = text.lines().map(str::trim_end);
    let kept = lines.filter(|line| {
        ["v=", "s=", "c=", "m=", "a="]
            .iter()
            .any(|key| line.starts_with(key))
    });
    kept.fold(String::with_capacity(body.len()), |text, line| {
        text + line + "\r\n"
    })
}
