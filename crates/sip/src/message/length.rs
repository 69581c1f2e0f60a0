//! Content-Length of a head, for whoever has to find the end of a message in a stream.
use super::scan::{Lines, parts};
use crate::syntax;
use crate::{BreakReason, Name};

/// What the head of a message, start line first, says about the length of its body.
///
/// Lines that are no header lines are passed over: the scanner judges them once the message is whole.
///
/// # Errors
/// The value cannot be read, or there are two that differ: where the message ends is then anybody's guess, and
/// two parties that guess differently can be made to see different messages.
pub(crate) fn content_length(head: &[u8]) -> Result<Option<usize>, BreakReason> {
    let mut lines = Lines::behind_start(head);
    let mut found: Option<usize> = None;
    while let Some(range) = lines.next() {
        let line = &head[range];
        let Some((end, value)) = parts(line) else {
            continue;
        };
        if Name::parse(&line[..end]) != Name::ContentLength {
            continue;
        }
        let length = syntax::number(&line[value]).ok_or(BreakReason::MalformedLength)? as usize;
        if found.replace(length).is_some_and(|other| other != length) {
            return Err(BreakReason::TwoLengths);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &str) -> Result<Option<usize>, BreakReason> {
        content_length(format!("OPTIONS sip:a@b SIP/2.0\r\nl-x: 1\r\n{lines}\r\n").as_bytes())
    }

    #[test]
    fn long_compact_and_folded_forms_are_one_header() {
        for line in [
            "Content-Length: 12\r\n",
            "content-length:12\r\n",
            "l: 12\r\n",
            "L \t:  12 \r\n",
            "l:\r\n 12\r\n",
            "l: 12\n",
            "l: 12\r\nContent-Length: 012\r\n",
            "garbage\r\nl: 12\r\n",
        ] {
            assert_eq!(of(line), Ok(Some(12)), "{line:?}");
        }
        assert_eq!(of(""), Ok(None));
        assert_eq!(of("X: l: 12\r\n l: 13\r\n"), Ok(None));
    }

    #[test]
    fn a_length_that_can_be_read_in_two_ways_is_none() {
        for line in [
            "l: -1\r\n",
            "l:\r\n",
            "l: 1 2\r\n",
            "l: 0x10\r\n",
            "l: 4294967296\r\n",
        ] {
            assert_eq!(of(line), Err(BreakReason::MalformedLength), "{line:?}");
        }
        assert_eq!(of("l: 1\r\nContent-Length: 2\r\n"), Err(BreakReason::TwoLengths));
    }
}
