//! Mends the header of a WAV file that a crash left behind.
