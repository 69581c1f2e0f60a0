//! Reading RTCP (RFC 3550 section 6), just enough to count it.
