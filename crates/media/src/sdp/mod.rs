//! Session descriptions (RFC 8866) and offer/answer (RFC 3264), on top of the `sdp-types` syntax.

mod answer;
mod audio;
mod error;
mod origin;
mod relay;

pub use answer::{Chosen, announcement_answer, plain_offer, refusing_answer};
pub use audio::{Audio, Direction, Payload};
pub use error::SdpError;
pub use origin::Origin;
pub use relay::{Mode, RelayAs};

/// A session description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sdp {
    syntax: sdp_types::Session,
}

impl Sdp {
    /// Reads a description. Lenient: trailing NULs, missing `s=` and `t=`, bare line feeds and unknown lines pass.
    ///
    /// # Errors
    /// [`SdpError::Syntax`] names the line.
    pub fn parse(body: &[u8]) -> Result<Self, SdpError> {
        let _ = body;
        todo!()
    }

    /// As text for a message body.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = Vec::with_capacity(512);
        self.syntax
            .write(&mut text)
            .expect("writing to memory cannot fail");
        text
    }

    /// The audio stream that is used: the first with a port, else the first. `None` if there is no audio at all.
    pub fn audio(&self) -> Option<Audio> {
        todo!()
    }

    /// This description as the other leg gets it: our address, our port, our origin, nothing of the topology.
    pub fn relay(&self, to: &RelayAs<'_>) -> Self {
        let _ = to;
        todo!()
    }

    /// Do the two say the same, apart from the `o=` line?
    pub fn same_but_origin(&self, other: &Self) -> bool {
        let _ = other;
        todo!()
    }

    /// Puts another `id` and `version` into the `o=` line.
    pub fn set_origin(&mut self, origin: Origin) {
        let _ = origin;
        todo!()
    }
}
