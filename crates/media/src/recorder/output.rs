//! The file side: mix, resample once, dither, 8-bit unsigned, flushed at even byte counts.

use std::io::{self, BufWriter, Seek, Write};

use hound::{SampleFormat, WavSpec, WavWriter};

use super::dither::{Dither, plain};
use super::{BLOCK, LINE_RATE};
use crate::resample::BlockResampler;
use crate::wav::FILE_RATE;

/// Samples of the file between two flushes: 0.24 s. With the reorder window and the resampler's delay the file is at
/// most 0.6 s behind the call.
const FLUSH: usize = 3 * 882;

/// Input samples that share one decision about dither: 10 ms.
const CELL: usize = 80;

/// The loudest sample that counts as silence: A-law has no zero, its idle code decodes to 8.
const SILENT: u16 = 8;

/// Bytes before the samples: RIFF, `fmt ` and `data` headers as hound writes them.
const HEADER: u64 = 44;

/// Writes mixed blocks to a WAV file.
pub(super) struct Output<W: Write + Seek> {
    wav: WavWriter<BufWriter<W>>,
    resampler: BlockResampler,
    dither: Dither,
    /// One bit per cell of the input, the newest in bit 0: somebody was heard in it.
    heard: u64,
    mixed: Vec<f32>,
    converted: Vec<f32>,
    /// Output samples still to be dropped: the resampler's delay.
    skip: usize,
    pending: Vec<i8>,
    written: u64,
    /// Samples at which the file ends, once that is known.
    end: u64,
}

impl<W: Write + Seek> Output<W> {
    pub(super) fn new(writer: W, seed: u64) -> io::Result<Self> {
        let spec = WavSpec {
            channels: 1,
            sample_rate: FILE_RATE,
            bits_per_sample: 8,
            sample_format: SampleFormat::Int,
        };
        // The buffer holds more than is written between two flushes: hound's bytes reach the file in whole flushes.
        let mut wav = WavWriter::new(BufWriter::with_capacity(2 * FLUSH, writer), spec).map_err(io_error)?;
        wav.flush().map_err(io_error)?;
        let resampler = BlockResampler::new(LINE_RATE as u32, FILE_RATE);
        debug_assert_eq!(resampler.block_in(), BLOCK);
        Ok(Self {
            wav,
            dither: Dither::new(seed),
            heard: 0,
            mixed: vec![0.0; BLOCK],
            converted: vec![0.0; resampler.block_out()],
            skip: resampler.delay_out(),
            resampler,
            pending: Vec::with_capacity(FLUSH + 1024),
            written: 0,
            end: u64::MAX,
        })
    }

    /// Cuts the file at `samples`, an even number, unless more is in it already. True while more must be written.
    pub(super) fn wants(&mut self, samples: u64) -> bool {
        self.end = samples;
        self.cut();
        self.written + (self.pending.len() as u64) < samples
    }

    /// Takes one block of either side.
    pub(super) fn write(&mut self, caller: &[i16; BLOCK], callee: &[i16; BLOCK]) -> io::Result<()> {
        for (mixed, (&one, &other)) in self.mixed.iter_mut().zip(caller.iter().zip(callee)) {
            *mixed = f32::from(one.saturating_add(other));
        }
        for (one, other) in caller.chunks(CELL).zip(callee.chunks(CELL)) {
            let heard = one
                .iter()
                .chain(other)
                .any(|sample| sample.unsigned_abs() > SILENT);
            self.heard = self.heard << 1 | u64::from(heard);
        }
        self.resampler.convert(&self.mixed, &mut self.converted);
        let cells = BLOCK / CELL;
        for (n, &sample) in self.converted.iter().enumerate().skip(self.skip) {
            // The resampler is half a block late: its output begins four cells before the newest eight. A cell counts
            // as heard with two neighbours on either side, as far as the filter rings.
            let cell = n * cells / self.converted.len();
            let near = self.heard >> (cells + cells / 2 - 1 - cell - 2) & 0b1_1111;
            self.pending.push(if near == 0 {
                plain(sample)
            } else {
                self.dither.noisy(sample)
            });
        }
        self.skip = 0;
        self.cut();
        if self.pending.len() >= FLUSH {
            self.flush()
        } else {
            Ok(())
        }
    }

    /// Writes what is left and closes the file; its samples and bytes.
    pub(super) fn finish(mut self) -> io::Result<(u64, u64)> {
        self.flush()?;
        self.wav.finalize().map_err(io_error)?;
        Ok((self.written, self.written + HEADER))
    }

    fn cut(&mut self) {
        let left = self.end.saturating_sub(self.written);
        self.pending.truncate(usize::try_from(left).unwrap_or(usize::MAX));
    }

    /// Writes an even number of samples and the header that goes with them. The odd one waits: a RIFF chunk of odd
    /// length needs a pad byte, which hound does not write.
    fn flush(&mut self) -> io::Result<()> {
        let even = self.pending.len() & !1;
        for sample in self.pending.drain(..even) {
            self.wav.write_sample(sample).map_err(io_error)?;
        }
        self.written += even as u64;
        self.wav.flush().map_err(io_error)
    }
}

fn io_error(error: hound::Error) -> io::Error {
    match error {
        hound::Error::IoError(error) => error,
        other => io::Error::other(other),
    }
}
