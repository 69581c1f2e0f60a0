//! Test signals.

/// Speech-like noise that can be told from any other: 300 to 3,400 Hz, in syllables with pauses, peaks near
/// 12,000. Two seeds are uncorrelated; one seed always gives the same samples at 8 kHz.
pub fn babble(seed: u64, seconds: f64) -> Vec<i16> {
    let _ = (seed, seconds);
    todo!()
}
