//! Measuring audio, for tests and for the simulated legs.
