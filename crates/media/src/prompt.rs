//! Announcements: WAV in, 8 kHz samples out.

use crate::Codec;

/// An announcement ready to play.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// Linear samples at 8 kHz.
    pub samples_8k: Vec<i16>,
}

/// Why a file is not a prompt; says what was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {found}")]
pub struct WavError {
    /// The file.
    pub name: String,
    /// What is wrong with it.
    pub found: String,
}

impl Prompt {
    /// Reads a RIFF/WAVE file: PCM (tag 1), 11,025 Hz, 8 bit, mono, and nothing else.
    ///
    /// # Errors
    /// [`WavError`] says what was found instead.
    pub fn from_wav(bytes: &[u8], name: &str) -> Result<Self, WavError> {
        let _ = (bytes, name);
        todo!()
    }

    /// The whole prompt encoded, one byte per 8 kHz sample.
    pub fn encoded(&self, codec: Codec) -> &[u8] {
        let _ = codec;
        todo!()
    }
}
