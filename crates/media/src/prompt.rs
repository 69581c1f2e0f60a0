//! Announcements: an 8-bit 11.025 kHz file in, G.711 out, with all the work done once when the file is loaded.

use std::time::Duration;

use crate::Codec;
use crate::resample::convert_all;
use crate::wav::{FILE_RATE, Wav, WavError};

/// Samples per second of everything on the telephone side.
const LINE_RATE: u32 = 8000;

/// An announcement ready to play: decoded, resampled and encoded. Shared as `Arc<Prompt>`, never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// Linear samples at 8 kHz.
    pub samples_8k: Vec<i16>,
    alaw: Vec<u8>,
    ulaw: Vec<u8>,
}

impl Prompt {
    /// Reads a RIFF/WAVE file: PCM (`fmt ` tag 1), 11,025 Hz, 8 bit unsigned, mono, and nothing else (OUT-03 to
    /// OUT-06). Foreign chunks, odd sizes and the 16, 18 and 40 byte forms of the `fmt ` chunk are tolerated, but
    /// `WAVE_FORMAT_EXTENSIBLE` is not tag 1 and is refused. `name` only serves the error text.
    ///
    /// # Errors
    /// [`WavError`] names every property that differs, as found and as needed.
    pub fn from_wav(bytes: &[u8], name: &str) -> Result<Self, WavError> {
        let named = |found| WavError {
            name: name.to_owned(),
            found,
        };
        let wav = Wav::read(bytes).map_err(named)?;
        wav.require_file_format().map_err(named)?;
        let samples = wav.mono_samples().map_err(named)?;
        let at_line_rate = convert_all(&samples, FILE_RATE, LINE_RATE);
        // `as` saturates: the filter may overshoot a full-scale sample.
        Ok(Self::from_samples(
            at_line_rate
                .iter()
                .map(|sample| (sample * 32_768.0).round() as i16)
                .collect(),
        ))
    }

    /// A prompt from linear samples at 8 kHz.
    pub fn from_samples(samples_8k: Vec<i16>) -> Self {
        let encode = |codec: Codec| {
            let mut bytes = vec![0; samples_8k.len()];
            codec.encode_slice(&samples_8k, &mut bytes);
            bytes
        };
        Self {
            alaw: encode(Codec::Pcma),
            ulaw: encode(Codec::Pcmu),
            samples_8k,
        }
    }

    /// The whole prompt encoded, one byte per 8 kHz sample. A frame is a slice of it: 160 bytes are 20 ms.
    pub fn encoded(&self, codec: Codec) -> &[u8] {
        match codec {
            Codec::Pcma => &self.alaw,
            Codec::Pcmu => &self.ulaw,
        }
    }

    /// How long it plays.
    pub fn duration(&self) -> Duration {
        Duration::from_micros(self.samples_8k.len() as u64 * 125)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wav(rate: u32, samples: &[u8]) -> Vec<u8> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: rate,
            bits_per_sample: 8,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
        for &sample in samples {
            writer.write_sample(i32::from(sample) - 128).unwrap();
        }
        writer.finalize().unwrap();
        bytes.into_inner()
    }

    /// A tone of 8-bit samples at 11,025 Hz.
    fn tone(hertz: f64, length: usize) -> Vec<u8> {
        let step = std::f64::consts::TAU * hertz / f64::from(FILE_RATE);
        (0..length)
            .map(|n| ((step * n as f64).sin() * 90.0 + 128.0).round() as u8)
            .collect()
    }

    #[test]
    fn one_second_of_file_is_one_second_on_the_line_at_the_same_level() {
        pointsman_conformance::shows(&["OUT-07 unaltered"]);
        let prompt = Prompt::from_wav(&wav(FILE_RATE, &tone(700.0, FILE_RATE as usize)), "tone").unwrap();
        assert_eq!(prompt.samples_8k.len(), 8000);
        assert_eq!(prompt.duration(), Duration::from_secs(1));
        let step = std::f64::consts::TAU * 700.0 / 8000.0;
        for n in 1000..7000 {
            let ideal = (step * n as f64).sin() * 90.0 * 256.0;
            assert!(
                (f64::from(prompt.samples_8k[n]) - ideal).abs() < 400.0,
                "sample {n}"
            );
        }
    }

    #[test]
    fn both_codecs_are_encoded_once_and_decode_to_the_samples() {
        let prompt = Prompt::from_wav(&wav(FILE_RATE, &tone(500.0, 2000)), "tone").unwrap();
        for codec in [Codec::Pcma, Codec::Pcmu] {
            let encoded = prompt.encoded(codec);
            assert_eq!(encoded.len(), prompt.samples_8k.len());
            for (&byte, &sample) in encoded.iter().zip(&prompt.samples_8k) {
                let distance = (i32::from(codec.decode(byte)) - i32::from(sample)).abs();
                assert!(
                    distance <= 8 + i32::from(sample).abs() / 16,
                    "{codec:?}: {sample}"
                );
            }
        }
    }

    #[test]
    fn digital_silence_stays_silence() {
        let prompt = Prompt::from_wav(&wav(FILE_RATE, &[128; 5000]), "silence").unwrap();
        assert!(prompt.samples_8k.iter().all(|&sample| sample == 0));
        assert!(
            prompt
                .encoded(Codec::Pcmu)
                .iter()
                .all(|&byte| byte == Codec::Pcmu.encode(0))
        );
    }

    #[test]
    fn refusal_names_the_file_and_the_reason() {
        let refused = Prompt::from_wav(&wav(44_100, &[128; 10]), "closed.wav").unwrap_err();
        assert_eq!(
            refused.to_string(),
            "closed.wav: sample rate is 44100 Hz, need 11025 Hz"
        );
        let refused = Prompt::from_wav(b"OggS", "closed.wav").unwrap_err();
        assert_eq!(
            refused.to_string(),
            "closed.wav: file has 4 bytes, too short for a RIFF/WAVE header"
        );
    }

    #[test]
    fn full_scale_does_not_wrap() {
        let square: Vec<u8> = (0..4000).map(|n| if n / 50 % 2 == 0 { 255 } else { 0 }).collect();
        let prompt = Prompt::from_wav(&wav(FILE_RATE, &square), "square").unwrap();
        let middle = prompt.samples_8k[18];
        assert!(middle > 30_000, "{middle}");
    }
}
