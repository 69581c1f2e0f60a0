//! Digits in RTP (RFC 4733).
