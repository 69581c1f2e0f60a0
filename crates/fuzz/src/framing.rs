//! Octets of a TCP stream, cut into messages.

use crate::framed::frames;
use pointsman_sip::Frame;

/// What comes out of a stream does not depend on how its octets arrive, and is no more than went in. The first octet
/// says how they arrive.
pub fn framing(octets: &[u8]) {
    let Some((how, stream)) = octets.split_first() else {
        return;
    };
    let whole = frames(stream, || stream.len());
    let one_by_one = frames(stream, || 1);
    let mut length = 0;
    let uneven = frames(stream, || {
        length = (length + usize::from(*how)) % 97;
        1 + length
    });
    assert_eq!(whole, one_by_one);
    assert_eq!(whole, uneven);
    let message = |frame: &Frame| match frame {
        Frame::Message(octets) => octets.len(),
        _ => 0,
    };
    let told: usize = whole.0.iter().map(message).sum();
    assert!(told <= stream.len(), "more came out than went in");
}
