//! Mends the header of a WAV file that a crash left behind: the sizes are those of the last flush, the file is longer.

use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::wav::u32_at;

/// The longest header looked through for the `data` chunk; ours ends at byte 44.
const HEADER_LIMIT: u64 = 4096;

/// The 8-bit unsigned sample for silence.
const SILENCE: u8 = 0x80;

/// What [`repair_wav`] found and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repair {
    /// Bytes of samples the file now has; even.
    pub data_bytes: u64,
    /// Whether anything was written.
    pub changed: bool,
}

/// Why a file could not be mended.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    /// Not a WAV file with its samples at the end: left alone.
    #[error("not a WAV file of ours: {0}")]
    Foreign(&'static str),
    /// More than a RIFF size field can say.
    #[error("{0} bytes are too many for a RIFF header")]
    TooLong(u64),
    /// The disk.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Sets the sizes in the header of an 8-bit mono file to what the file holds, and appends one sample of silence where
/// the data length would be odd. For recordings found at start that no recorder finished; a sound file is not touched,
/// so running it twice changes nothing. `file` is opened for reading and writing.
///
/// # Errors
/// [`RepairError`]; a file in an unknown form is left as it is.
pub fn repair_wav<F: Read + Write + Seek>(file: &mut F) -> Result<Repair, RepairError> {
    let length = file.seek(SeekFrom::End(0))?;
    let header = read_header(file)?;
    let Some(size_at) = data_size_at(&header)? else {
        return Err(RepairError::Foreign("no data chunk in its header"));
    };
    let start = size_at + 4;
    let announced = u64::from(u32_at(&header, size_at));
    if length > (start as u64 + announced).next_multiple_of(2)
        && announced > 0
        && followed(file, start, announced)?
    {
        return Err(RepairError::Foreign("another chunk follows the samples"));
    }
    let mut data_bytes = length.saturating_sub(start as u64);
    let odd = data_bytes % 2 == 1;
    data_bytes += u64::from(odd);
    let riff_size = start as u64 + data_bytes - 8;
    let Ok(riff_size) = u32::try_from(riff_size) else {
        return Err(RepairError::TooLong(data_bytes));
    };
    if odd {
        file.seek(SeekFrom::Start(length))?;
        file.write_all(&[SILENCE])?;
    }
    let changed = odd || announced != data_bytes || u32_at(&header, 4) != riff_size;
    if changed {
        write_at(file, size_at, data_bytes as u32)?;
        write_at(file, 4, riff_size)?;
        file.flush()?;
    }
    Ok(Repair { data_bytes, changed })
}

fn read_header<F: Read + Seek>(file: &mut F) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(0))?;
    let mut header = Vec::new();
    file.take(HEADER_LIMIT).read_to_end(&mut header)?;
    Ok(header)
}

/// Where the size of the `data` chunk is written.
fn data_size_at(header: &[u8]) -> Result<Option<usize>, RepairError> {
    if header.len() < 12 || &header[..4] != b"RIFF" || &header[8..12] != b"WAVE" {
        return Err(RepairError::Foreign("no RIFF/WAVE header"));
    }
    let mut at = 12;
    while let Some(chunk) = header.get(at..at + 8) {
        if &chunk[..4] == b"data" {
            return Ok(Some(at + 4));
        }
        at += 8 + (u32_at(chunk, 4) as usize).next_multiple_of(2);
    }
    Ok(None)
}

/// Whether a chunk with a plausible name begins where the announced samples end. Our recorder writes none, so the
/// bytes there are samples of ours unless they spell one of the chunks that other programs append.
fn followed<F: Read + Seek>(file: &mut F, start: usize, announced: u64) -> io::Result<bool> {
    file.seek(SeekFrom::Start((start as u64 + announced).next_multiple_of(2)))?;
    let mut name = Vec::new();
    file.take(4).read_to_end(&mut name)?;
    Ok(matches!(
        &name[..],
        b"LIST" | b"id3 " | b"bext" | b"cue " | b"fact" | b"smpl" | b"JUNK"
    ))
}

fn write_at<F: Write + Seek>(file: &mut F, at: usize, value: u32) -> io::Result<()> {
    file.seek(SeekFrom::Start(at as u64))?;
    file.write_all(&value.to_le_bytes())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::wav::Wav;

    /// A header that announces `announced` bytes, before `samples` bytes of data.
    fn left_behind(announced: u32, samples: usize) -> Vec<u8> {
        let mut bytes = b"RIFF".to_vec();
        bytes.extend((announced + 36).to_le_bytes());
        bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x11\x2b\0\0\x11\x2b\0\0\x01\0\x08\0data");
        bytes.extend(announced.to_le_bytes());
        bytes.extend((0..samples).map(|n| n as u8));
        bytes
    }

    fn repaired(bytes: Vec<u8>) -> (Repair, Vec<u8>) {
        let mut file = Cursor::new(bytes);
        let repair = repair_wav(&mut file).unwrap();
        (repair, file.into_inner())
    }

    #[test]
    fn sizes_follow_the_file_and_the_data_length_is_even() {
        for (announced, samples, expected) in [
            (0, 0, 0),
            (0, 7, 8),
            (100, 4000, 4000),
            (100, 4001, 4002),
            (8, 3, 4),
        ] {
            let (repair, bytes) = repaired(left_behind(announced, samples));
            assert_eq!(repair.data_bytes, expected);
            let wav = Wav::read(&bytes).unwrap();
            assert_eq!((wav.data.len() as u64, wav.missing), (expected, 0));
            assert_eq!(u32_at(&bytes, 4) as usize, bytes.len() - 8);
            assert!(
                wav.data[..samples]
                    .iter()
                    .enumerate()
                    .all(|(n, &sample)| sample == n as u8)
            );
            assert!(wav.data[samples..].iter().all(|&sample| sample == SILENCE));
        }
    }

    #[test]
    fn a_sound_file_is_not_touched() {
        let sound = left_behind(4000, 4000);
        let (repair, bytes) = repaired(sound.clone());
        assert!(!repair.changed && bytes == sound);
        let (_, once) = repaired(left_behind(10, 333));
        let (again, twice) = repaired(once.clone());
        assert!(!again.changed && once == twice);
    }

    #[test]
    fn foreign_files_are_left_alone() {
        let mut with_list = left_behind(10, 10);
        with_list.extend(b"LIST\x04\0\0\0INFO");
        for bytes in [
            vec![],
            b"RIFF".to_vec(),
            vec![7; 100],
            with_list,
            left_behind(0, 0)[..38].to_vec(),
        ] {
            let mut file = Cursor::new(bytes.clone());
            assert!(matches!(repair_wav(&mut file), Err(RepairError::Foreign(_))));
            assert_eq!(file.into_inner(), bytes);
        }
    }
}
