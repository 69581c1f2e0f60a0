//! The configuration from outside, one behaviour per file.

mod samples;
