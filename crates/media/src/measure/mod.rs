//! Measuring audio, for tests, the demo and the simulated legs: is this recording that speech, and how loud?
//!
//! Everything is compared at 8 kHz in the telephone band (300 to 3,400 Hz), aligned by cross-correlation to a sixteenth
//! of a sample. Nothing here runs while calls are served.

mod align;
mod band;
mod fit;

use crate::Prompt;
use crate::wav::{Wav, WavError};

pub use align::{Match, align, same_speech};
pub use fit::{Fit, Part, fit};

/// Samples per second at which everything is compared.
const RATE: u32 = 8000;

/// A piece of mono audio.
#[derive(Debug, Clone, PartialEq)]
pub struct Sound {
    /// Samples per second.
    pub rate: u32,
    /// Samples in −1…1.
    pub samples: Vec<f32>,
}

impl Sound {
    /// Reads a WAV file: PCM, mono, 8 or 16 bit, any rate. A file that a crash cut is read as far as it goes.
    ///
    /// # Errors
    /// [`WavError`] says what was found instead.
    pub fn from_wav(bytes: &[u8], name: &str) -> Result<Self, WavError> {
        let named = |found| WavError {
            name: name.to_owned(),
            found,
        };
        let wav = Wav::read(bytes).map_err(named)?;
        Ok(Self {
            rate: wav.rate,
            samples: wav.mono_samples().map_err(named)?,
        })
    }

    /// From linear 16-bit samples.
    pub fn from_linear(rate: u32, samples: &[i16]) -> Self {
        Self {
            rate,
            samples: samples
                .iter()
                .map(|&sample| f32::from(sample) / 32_768.0)
                .collect(),
        }
    }

    /// How long it lasts, in seconds.
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.rate)
    }

    /// The part between two times in seconds, as far as it exists.
    #[must_use]
    pub fn part(&self, from: f64, to: f64) -> Self {
        let at = |seconds: f64| {
            let index = (seconds.max(0.0) * f64::from(self.rate)).round() as usize;
            index.min(self.samples.len())
        };
        Self {
            rate: self.rate,
            samples: self.samples[at(from)..at(to).max(at(from))].to_vec(),
        }
    }

    /// Root mean square level in dB below full scale; negative infinity for silence.
    pub fn level_db(&self) -> f64 {
        let square: f64 = self.samples.iter().map(|&sample| f64::from(sample).powi(2)).sum();
        10.0 * (square / self.samples.len().max(1) as f64).log10()
    }
}

impl From<&Prompt> for Sound {
    fn from(prompt: &Prompt) -> Self {
        Self::from_linear(RATE, &prompt.samples_8k)
    }
}

#[cfg(test)]
pub(crate) mod synthetic;
#[cfg(test)]
mod tests;
