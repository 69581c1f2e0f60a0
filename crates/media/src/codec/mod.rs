//! G.711 (ITU-T Recommendation G.711) by table.

mod tables;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
pub use tables::{A_TO_MU, MU_TO_A};

/// The two codecs of the telephone network. Both are 8 kHz, one byte per sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Codec {
    /// A-law: Europe and international routes.
    Pcma,
    /// µ-law: North America and Japan.
    Pcmu,
}

impl Codec {
    /// The encoding name of an `a=rtpmap` line (RFC 3551 section 6).
    pub fn name(self) -> &'static str {
        match self {
            Self::Pcma => "PCMA",
            Self::Pcmu => "PCMU",
        }
    }

    /// The static RTP payload type (RFC 3551 table 4).
    pub fn payload_type(self) -> u8 {
        match self {
            Self::Pcma => 8,
            Self::Pcmu => 0,
        }
    }

    /// The codec of a static payload type.
    pub fn from_payload_type(pt: u8) -> Option<Self> {
        match pt {
            8 => Some(Self::Pcma),
            0 => Some(Self::Pcmu),
            _ => None,
        }
    }

    /// The byte that decodes to (all but) zero.
    pub fn silence(self) -> u8 {
        match self {
            Self::Pcma => 0xd5,
            Self::Pcmu => 0xff,
        }
    }

    /// One 16-bit linear sample to one byte.
    pub fn encode(self, sample: i16) -> u8 {
        match self {
            Self::Pcma => tables::LINEAR_TO_A[usize::from(sample as u16 >> 4)],
            Self::Pcmu => tables::LINEAR_TO_MU[usize::from(sample as u16 >> 2)],
        }
    }

    /// One byte to one 16-bit linear sample.
    pub fn decode(self, byte: u8) -> i16 {
        match self {
            Self::Pcma => tables::A_TO_LINEAR[usize::from(byte)],
            Self::Pcmu => tables::MU_TO_LINEAR[usize::from(byte)],
        }
    }

    /// Encodes `samples` into `out`; the shorter of the two decides how many.
    pub fn encode_slice(self, samples: &[i16], out: &mut [u8]) {
        for (byte, sample) in out.iter_mut().zip(samples) {
            *byte = self.encode(*sample);
        }
    }

    /// Decodes `bytes` into `out`; the shorter of the two decides how many.
    pub fn decode_slice(self, bytes: &[u8], out: &mut [i16]) {
        for (sample, byte) in out.iter_mut().zip(bytes) {
            *sample = self.decode(*byte);
        }
    }
}
