//! Octets of a TCP stream, cut into messages.

use pointsman_sip::{Broken, Frame, Framer};

/// What comes out of a stream does not depend on how its octets arrive, and is no more than went in. The first octet
/// says how they arrive.
pub fn framing(octets: &[u8]) {
    let Some((how, stream)) = octets.split_first() else {
        return;
    };
    let whole = frames(stream, |_| stream.len());
    let one_by_one = frames(stream, |_| 1);
    let uneven = frames(stream, |round| 1 + usize::from(*how).wrapping_mul(round + 1) % 97);
    assert_eq!(whole, one_by_one);
    assert_eq!(whole, uneven);
    let message = |frame: &Frame| match frame {
        Frame::Message(octets) => octets.len(),
        _ => 0,
    };
    let told: usize = whole.0.iter().map(message).sum();
    assert!(told <= stream.len(), "more came out than went in");
}

/// Everything that comes out, in pieces of the lengths that `piece` gives.
fn frames(stream: &[u8], piece: impl Fn(usize) -> usize) -> (Vec<Frame>, Option<Broken>) {
    let mut framer = Framer::new();
    let mut frames = Vec::new();
    let (mut rest, mut round) = (stream, 0);
    while !rest.is_empty() {
        let (now, later) = rest.split_at(piece(round).clamp(1, rest.len()));
        (rest, round) = (later, round + 1);
        framer.push(now);
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
