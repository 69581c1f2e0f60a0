//! The telephone band, by Fourier transform: no phase shift, so that alignment is not biased.

use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

use super::{RATE, Sound};
use crate::resample::convert_all;

/// The band of a telephone call in Hz; the edges fall off outside it.
const BAND: (f64, f64) = (300.0, 3400.0);

/// Width of an edge in Hz.
const EDGE: f64 = 50.0;

/// The sound at 8 kHz, limited to the telephone band.
pub(super) fn telephone_band(sound: &Sound) -> Vec<f32> {
    let mut samples = convert_all(&sound.samples, sound.rate, RATE);
    let length = samples.len();
    // Room for the filter to ring without reaching around to the other end.
    let size = (length + RATE as usize / 8).next_power_of_two();
    samples.resize(size, 0.0);
    let mut spectrum = transform(&mut samples);
    for (n, value) in spectrum.iter_mut().enumerate() {
        *value *= pass(n as f64 * f64::from(RATE) / size as f64) as f32;
    }
    let mut filtered = inverse(&mut spectrum, size);
    filtered.truncate(length);
    filtered
}

/// Spectrum of a real signal; the signal is used as scratch.
pub(super) fn transform(samples: &mut [f32]) -> Vec<Complex<f32>> {
    let fft = RealFftPlanner::new().plan_fft_forward(samples.len());
    let mut spectrum = fft.make_output_vec();
    fft.process(samples, &mut spectrum)
        .expect("the output has the length that the plan asked for");
    spectrum
}

/// The real signal of `size` samples with this spectrum; the spectrum is used as scratch.
pub(super) fn inverse(spectrum: &mut [Complex<f32>], size: usize) -> Vec<f32> {
    let fft = RealFftPlanner::new().plan_fft_inverse(size);
    let mut samples = fft.make_output_vec();
    // A real signal has no imaginary part at either end; rounding may have left one.
    for end in [0, spectrum.len() - 1] {
        spectrum[end].im = 0.0;
    }
    fft.process(spectrum, &mut samples)
        .expect("the spectrum has the length that the plan asked for");
    let scale = 1.0 / size as f32;
    samples.iter_mut().for_each(|sample| *sample *= scale);
    samples
}

fn pass(hertz: f64) -> f64 {
    let below = (hertz - (BAND.0 - EDGE)) / EDGE;
    let above = (BAND.1 + EDGE - hertz) / EDGE;
    let inside = below.min(above).clamp(0.0, 1.0);
    (inside * std::f64::consts::FRAC_PI_2).sin().powi(2)
}
