//! RIFF/WAVE as found on disk: where the format and the samples lie, and what is wrong when they cannot be used.
//!
//! hound reads only what it supports and calls the rest unsupported; a customer who uploads a message needs to be
//! told which property is wrong (requirement rows OUT-03 to OUT-06), so chunks are walked here.

/// Sample rate of every announcement and recording on disk, in Hz (OUT-04, REC-23).
pub const FILE_RATE: u32 = 11_025;

/// Format tag of plain PCM in a `fmt ` chunk.
const TAG_PCM: u16 = 1;

/// A WAV file whose chunks were found. Borrows the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wav<'a> {
    /// `wFormatTag`; 1 is PCM.
    pub tag: u16,
    /// Number of interleaved channels.
    pub channels: u16,
    /// Samples per second and channel.
    pub rate: u32,
    /// Bits per sample as written in the `fmt ` chunk.
    pub bits: u16,
    /// The bytes of the `data` chunk that are present in the file.
    pub data: &'a [u8],
    /// Bytes that the `data` chunk announces beyond the end of the file (a cut upload, a crash).
    pub missing: u32,
    /// Where `data` begins in the file.
    pub data_offset: usize,
}

/// Why a WAV file cannot be used. The text names what was found and what is needed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {found}")]
pub struct WavError {
    /// The file or announcement, as the caller named it.
    pub name: String,
    /// What is wrong with it.
    pub found: WavFault,
}

/// What is wrong with a WAV file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WavFault {
    /// Shorter than the 12 bytes of a RIFF header.
    #[error("file has {0} bytes, too short for a RIFF/WAVE header")]
    TooShort(usize),
    /// The first four bytes are not `RIFF`.
    #[error("file begins with {0}, need \"RIFF\"")]
    NotRiff(String),
    /// A RIFF file of another form.
    #[error("RIFF form is {0}, need \"WAVE\"")]
    NotWave(String),
    /// No `fmt ` chunk before the samples.
    #[error("no fmt chunk before the data chunk")]
    NoFormat,
    /// A `fmt ` chunk that is too small.
    #[error("fmt chunk has {0} bytes, need at least 16")]
    ShortFormat(u32),
    /// No `data` chunk.
    #[error("no data chunk")]
    NoData,
    /// The `data` chunk holds no sample.
    #[error("data chunk is empty")]
    Empty,
    /// The file ends before its samples do.
    #[error("data chunk announces {announced} bytes, file ends after {present}")]
    Cut {
        /// Bytes the header announces.
        announced: u64,
        /// Bytes the file holds.
        present: usize,
    },
    /// A readable file in another format; every property that differs is listed.
    #[error("{0}")]
    Format(String),
}

impl<'a> Wav<'a> {
    /// Finds the format and the samples of a RIFF/WAVE file. Unknown chunks are skipped, an odd chunk is followed by
    /// its pad byte, the size in the RIFF header is not trusted.
    ///
    /// # Errors
    /// The [`WavFault`] that stops the walk. Formats are not judged here: see [`Wav::require_file_format`].
    pub fn read(bytes: &'a [u8]) -> Result<Self, WavFault> {
        if bytes.len() < 12 {
            return Err(WavFault::TooShort(bytes.len()));
        }
        if &bytes[..4] != b"RIFF" {
            return Err(WavFault::NotRiff(printable(&bytes[..4])));
        }
        if &bytes[8..12] != b"WAVE" {
            return Err(WavFault::NotWave(printable(&bytes[8..12])));
        }
        let mut format = None;
        let mut at: usize = 12;
        while let Some(header) = bytes.get(at..at.saturating_add(8)) {
            let size = u32_at(header, 4);
            let body = at + 8;
            let end = body.saturating_add(size as usize).min(bytes.len());
            match &header[..4] {
                b"fmt " => format = Some(Format::read(&bytes[body..end], size)?),
                b"data" => {
                    let Some(format) = format else {
                        return Err(WavFault::NoFormat);
                    };
                    return Ok(format.with(&bytes[body..end], size, body));
                }
                _ => {}
            }
            at = body
                .saturating_add(size as usize)
                .saturating_add((size & 1) as usize);
        }
        Err(if format.is_some() {
            WavFault::NoData
        } else {
            WavFault::NoFormat
        })
    }

    /// Accepts only what the service promises for announcements: PCM, 11,025 Hz, 8 bit, mono (OUT-03 to OUT-06).
    /// `WAVE_FORMAT_EXTENSIBLE` is refused even with a PCM sub-format: the promise is format tag 1.
    ///
    /// # Errors
    /// Every property that differs in one [`WavFault::Format`]; a cut or an empty `data` chunk.
    pub fn require_file_format(&self) -> Result<(), WavFault> {
        let mut faults = Vec::new();
        if self.tag != TAG_PCM {
            faults.push(format!(
                "format tag is {} ({}), need 1 (PCM)",
                self.tag,
                tag_name(self.tag)
            ));
        }
        if self.rate != FILE_RATE {
            faults.push(format!("sample rate is {} Hz, need {FILE_RATE} Hz", self.rate));
        }
        if self.bits != 8 {
            faults.push(format!("sample size is {} bits, need 8 bits", self.bits));
        }
        if self.channels != 1 {
            faults.push(format!("file has {} channels, need 1 (mono)", self.channels));
        }
        if !faults.is_empty() {
            return Err(WavFault::Format(faults.join("; ")));
        }
        self.require_whole()
    }

    /// Accepts 8 or 16 bit PCM mono of any rate and gives its samples in −1…1: what the measurements read.
    ///
    /// # Errors
    /// [`WavFault::Format`] for anything else.
    pub fn mono_samples(&self) -> Result<Vec<f32>, WavFault> {
        match (self.tag, self.channels, self.bits) {
            (TAG_PCM, 1, 8) => Ok(self
                .data
                .iter()
                .map(|&byte| (f32::from(byte) - 128.0) / 128.0)
                .collect()),
            (TAG_PCM, 1, 16) => {
                let value = |pair: &[u8]| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0;
                Ok(self.data.chunks_exact(2).map(value).collect())
            }
            (tag, channels, bits) => Err(WavFault::Format(format!(
                "format is tag {tag} ({}), {channels} channels, {bits} bits; need PCM, 1 channel, 8 or 16 bits",
                tag_name(tag)
            ))),
        }
    }

    fn require_whole(&self) -> Result<(), WavFault> {
        if self.missing > 0 {
            let present = self.data.len();
            return Err(WavFault::Cut {
                announced: present as u64 + u64::from(self.missing),
                present,
            });
        }
        if self.data.is_empty() {
            Err(WavFault::Empty)
        } else {
            Ok(())
        }
    }
}

struct Format {
    tag: u16,
    channels: u16,
    rate: u32,
    bits: u16,
}

impl Format {
    /// Reads the 16 bytes that the 16, 18 and 40 byte forms of the chunk share.
    fn read(body: &[u8], size: u32) -> Result<Self, WavFault> {
        if body.len() < 16 {
            return Err(WavFault::ShortFormat(size.min(body.len() as u32)));
        }
        let (tag, channels) = (u16_at(body, 0), u16_at(body, 2));
        Ok(Self {
            tag,
            channels,
            rate: u32_at(body, 4),
            bits: u16_at(body, 14),
        })
    }

    fn with(self, data: &[u8], announced: u32, data_offset: usize) -> Wav<'_> {
        let missing = announced - data.len() as u32;
        let Self {
            tag,
            channels,
            rate,
            bits,
        } = self;
        Wav {
            tag,
            channels,
            rate,
            bits,
            data,
            missing,
            data_offset,
        }
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

/// The little-endian number at `at`; the caller has checked that four bytes are there.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn printable(bytes: &[u8]) -> String {
    format!("\"{}\"", bytes.escape_ascii())
}

fn tag_name(tag: u16) -> &'static str {
    match tag {
        TAG_PCM => "PCM",
        2 => "Microsoft ADPCM",
        3 => "IEEE float",
        6 => "A-law",
        7 => "µ-law",
        0x11 => "IMA ADPCM",
        0x31 => "GSM 06.10",
        0x55 => "MPEG layer 3",
        0xFFFE => "extensible",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with the given `fmt ` body and `data`, with `extra` chunks before the samples.
    fn file(fmt: &[u8], extra: &[u8], announced: u32, data: &[u8]) -> Vec<u8> {
        let mut out = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
        out.extend((fmt.len() as u32).to_le_bytes());
        out.extend(fmt);
        out.extend(extra);
        out.extend(b"data");
        out.extend(announced.to_le_bytes());
        out.extend(data);
        out
    }

    fn fmt(tag: u16, channels: u16, rate: u32, bits: u16) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend(tag.to_le_bytes());
        out.extend(channels.to_le_bytes());
        out.extend(rate.to_le_bytes());
        out.extend((rate * u32::from(channels)).to_le_bytes());
        out.extend((channels * bits.div_ceil(8)).to_le_bytes());
        out.extend(bits.to_le_bytes());
        out
    }

    fn reason(bytes: &[u8]) -> String {
        Wav::read(bytes)
            .and_then(|wav| wav.require_file_format())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn every_wrong_property_is_named() {
        let cases = [
            (fmt(1, 1, 44_100, 8), "sample rate is 44100 Hz, need 11025 Hz"),
            (fmt(1, 1, 11_025, 16), "sample size is 16 bits, need 8 bits"),
            (fmt(1, 2, 11_025, 8), "file has 2 channels, need 1 (mono)"),
            (fmt(7, 1, 11_025, 8), "format tag is 7 (µ-law), need 1 (PCM)"),
            (
                fmt(0xFFFE, 1, 11_025, 8),
                "format tag is 65534 (extensible), need 1 (PCM)",
            ),
            (
                fmt(1, 2, 8000, 16),
                "sample rate is 8000 Hz, need 11025 Hz; sample size is 16 bits, need 8 bits; file has 2 channels, need 1 (mono)",
            ),
        ];
        for (fmt, expected) in cases {
            assert_eq!(reason(&file(&fmt, &[], 2, &[128, 128])), expected);
        }
    }

    #[test]
    fn broken_structure_is_named() {
        let good = fmt(1, 1, 11_025, 8);
        let cases: [(Vec<u8>, &str); 7] = [
            (
                b"RIFF".to_vec(),
                "file has 4 bytes, too short for a RIFF/WAVE header",
            ),
            (
                b"ID3\x04\0\0\0\0\0\0\0\0".to_vec(),
                "file begins with \"ID3\\x04\", need \"RIFF\"",
            ),
            (
                b"RIFF\0\0\0\0AVI ".to_vec(),
                "RIFF form is \"AVI \", need \"WAVE\"",
            ),
            (
                b"RIFF\0\0\0\0WAVEdata\x02\0\0\0\x80\x80".to_vec(),
                "no fmt chunk before the data chunk",
            ),
            (
                file(&good[..14], &[], 2, &[128; 2]),
                "fmt chunk has 14 bytes, need at least 16",
            ),
            (file(&good, &[], 0, &[]), "data chunk is empty"),
            (
                file(&good, &[], 900, &[128; 2]),
                "data chunk announces 900 bytes, file ends after 2",
            ),
        ];
        for (bytes, expected) in cases {
            assert_eq!(reason(&bytes), expected);
        }
        let mut no_data = file(&good, &[], 0, &[]);
        no_data.truncate(no_data.len() - 8);
        assert_eq!(reason(&no_data), "no data chunk");
    }

    #[test]
    fn long_format_chunks_foreign_chunks_and_odd_sizes_are_tolerated() {
        let list = b"LIST\x05\0\0\0INFOx\0";
        for extra_format in [0, 2, 24] {
            let mut format = fmt(1, 1, 11_025, 8);
            format.extend(vec![0; extra_format]);
            let bytes = file(&format, list, 3, &[1, 2, 3]);
            let wav = Wav::read(&bytes).unwrap();
            assert_eq!((wav.require_file_format(), wav.data), (Ok(()), &[1, 2, 3][..]));
            assert_eq!(&bytes[wav.data_offset..], [1, 2, 3]);
        }
        let mut trailing = file(&fmt(1, 1, 11_025, 8), &[], 3, &[1, 2, 3, 0]);
        trailing.extend(list);
        assert_eq!(Wav::read(&trailing).unwrap().data, [1, 2, 3]);
    }

    #[test]
    fn any_prefix_and_any_byte_change_gives_an_answer() {
        let bytes = file(&fmt(1, 1, 11_025, 8), b"LIST\x05\0\0\0INFOx\0", 3, &[1, 2, 3]);
        for length in 0..bytes.len() {
            assert!(
                Wav::read(&bytes[..length])
                    .and_then(|wav| wav.require_file_format())
                    .is_err(),
                "{length}"
            );
        }
        for at in 0..bytes.len() {
            for value in [0, 1, 127, 128, 255] {
                let mut changed = bytes.clone();
                changed[at] = value;
                let read = Wav::read(&changed);
                assert!(read.is_err() || read.unwrap().data.len() <= 3 + 14);
            }
        }
    }
}
