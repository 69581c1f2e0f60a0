//! One fixed-block resampler for announcements, recordings and measurements, exact in delay and length.
//!
//! rubato's `Fft` delays by half an FFT block. The block here is an even multiple of the smallest one, so that this
//! delay is a whole number of samples on both sides and can be taken off exactly.

use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{Fft, FixedSync, Resampler};

/// Input samples a block aims at: 80 ms at 8 kHz, so that the pass band ends near 3.7 kHz.
const BLOCK_AIM: usize = 640;

/// Converts blocks of a fixed size; keeps the filter state between blocks.
pub(crate) struct BlockResampler {
    fft: Fft<f32>,
    block_in: usize,
    block_out: usize,
    quiet: bool,
}

impl BlockResampler {
    /// A converter between two rates in Hz.
    pub(crate) fn new(rate_in: u32, rate_out: u32) -> Self {
        let shared = gcd(rate_in, rate_out);
        let (unit_in, unit_out) = ((rate_in / shared) as usize, (rate_out / shared) as usize);
        let units = BLOCK_AIM.div_ceil(unit_in).next_multiple_of(2);
        let block_in = units * unit_in;
        let fft = Fft::new_custom(
            rate_in as usize,
            rate_out as usize,
            block_in,
            1,
            1,
            rubato::WindowFunction::BlackmanHarris2,
            FixedSync::Both,
        )
        .expect("both rates and the block size are above zero");
        Self {
            fft,
            block_in,
            block_out: units * unit_out,
            quiet: true,
        }
    }

    /// Samples taken per block.
    pub(crate) fn block_in(&self) -> usize {
        self.block_in
    }

    /// Samples given per block.
    pub(crate) fn block_out(&self) -> usize {
        self.block_out
    }

    /// Samples at the head of the whole output that come before the first input sample.
    pub(crate) fn delay_out(&self) -> usize {
        self.block_out / 2
    }

    /// Converts one block. Digital silence after digital silence costs no transform.
    pub(crate) fn convert(&mut self, input: &[f32], output: &mut [f32]) {
        debug_assert!(input.len() == self.block_in && output.len() == self.block_out);
        let silent = input.iter().all(|&sample| sample == 0.0);
        if silent && self.quiet {
            output.fill(0.0);
            return;
        }
        self.quiet = silent;
        let from = SequentialSlice::new(input, 1, self.block_in).expect("input is one block");
        let mut to = SequentialSlice::new_mut(output, 1, self.block_out).expect("output is one block");
        self.fft
            .process_into_buffer(&from, &mut to, None)
            .expect("sizes are those of the resampler");
    }
}

/// Converts a whole signal; the first sample of both is the same instant and the length is rounded to the nearest.
pub(crate) fn convert_all(samples: &[f32], rate_in: u32, rate_out: u32) -> Vec<f32> {
    if rate_in == rate_out {
        return samples.to_vec();
    }
    let mut blocks = BlockResampler::new(rate_in, rate_out);
    let wanted = converted_len(samples.len(), rate_in, rate_out);
    let (size, delay) = (blocks.block_in(), blocks.delay_out());
    let mut out = Vec::with_capacity(wanted + delay + blocks.block_out());
    let mut input = vec![0.0; size];
    let mut at = 0;
    while out.len() < wanted + delay {
        let part = &samples[at.min(samples.len())..(at + size).min(samples.len())];
        input[..part.len()].copy_from_slice(part);
        input[part.len()..].fill(0.0);
        let start = out.len();
        out.resize(start + blocks.block_out(), 0.0);
        blocks.convert(&input, &mut out[start..]);
        at += size;
    }
    out.drain(..delay);
    out.truncate(wanted);
    out
}

/// How many samples `length` samples become, rounded to the nearest.
fn converted_len(length: usize, rate_in: u32, rate_out: u32) -> usize {
    let scaled = length as u64 * u64::from(rate_out) + u64::from(rate_in) / 2;
    (scaled / u64::from(rate_in)) as usize
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: u32, hertz: f64, length: usize) -> Vec<f32> {
        let step = std::f64::consts::TAU * hertz / f64::from(rate);
        (0..length)
            .map(|n| (step * n as f64).sin() as f32 * 0.5)
            .collect()
    }

    /// Largest difference to the ideal tone in the middle part, where the edges of the tone do not ring.
    fn error(rate_in: u32, rate_out: u32, hertz: f64) -> f32 {
        let seconds = 2;
        let converted = convert_all(
            &tone(rate_in, hertz, (rate_in * seconds) as usize),
            rate_in,
            rate_out,
        );
        let ideal = tone(rate_out, hertz, converted.len());
        let (from, to) = (converted.len() / 4, converted.len() * 3 / 4);
        let pairs = converted[from..to].iter().zip(&ideal[from..to]);
        pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn delay_is_taken_off_exactly() {
        for (rate_in, rate_out) in [(8000, 11_025), (11_025, 8000), (44_100, 8000), (16_000, 8000)] {
            for hertz in [300.0, 1000.0, 3400.0] {
                assert!(
                    error(rate_in, rate_out, hertz) < 1e-4,
                    "{rate_in} to {rate_out} at {hertz} Hz"
                );
            }
        }
    }

    #[test]
    fn length_is_rounded_to_the_nearest_sample() {
        for (length, expected) in [(0, 0), (1, 1), (8000, 11_025), (160, 221), (1_234_567, 1_701_388)] {
            assert_eq!(convert_all(&vec![0.25; length], 8000, 11_025).len(), expected);
        }
    }

    #[test]
    fn silence_leaves_no_trace_and_costs_no_transform() {
        let mut blocks = BlockResampler::new(8000, 11_025);
        let (mut out, zero) = (vec![0.0; blocks.block_out()], vec![0.0; blocks.block_in()]);
        blocks.convert(&vec![0.5; zero.len()], &mut out);
        blocks.convert(&zero, &mut out);
        assert!(!blocks.quiet || out.iter().any(|&sample| sample != 0.0));
        blocks.convert(&zero, &mut out);
        assert!(blocks.quiet && out.iter().all(|&sample| sample == 0.0));
    }
}
