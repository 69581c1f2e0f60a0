//! What comes out of a stream that arrives in pieces.

use pointsman_sip::{Broken, Frame, Framer};

/// Everything that comes out of `octets`, in pieces of the lengths that `next` says.
pub(crate) fn frames(octets: &[u8], mut next: impl FnMut() -> usize) -> (Vec<Frame>, Option<Broken>) {
    let mut framer = Framer::new();
    let mut frames = Vec::new();
    let mut rest = octets;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(next().clamp(1, rest.len()));
        rest = after;
        framer.push(piece);
        loop {
            match framer.poll() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(broken) => return (frames, Some(broken)),
            }
        }
    }
    (frames, None)
}
