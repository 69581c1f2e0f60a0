//! `call`
#![forbid(unsafe_code)]
