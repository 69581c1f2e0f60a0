//! Mutated torture messages as a stream: what comes out of it does not depend on how its octets arrive, and what the
//! framer calls one message the scanner calls the same message. Seeded, so a failure repeats.
#[path = "mutate/framed.rs"]
mod framed;
mod mutate;

use bytes::Bytes;
use framed::frames;
use mutate::{Dice, corpus, mutate};
use pointsman_sip::{Frame, MAX_BODY, Message};

const ROUNDS: u64 = 6_000;

/// A stream of several messages, some of them damaged, with blank lines between.
fn stream(dice: &mut Dice, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut stream = Vec::new();
    for _ in 0..=dice.roll(4) {
        let mut message = corpus[dice.roll(corpus.len())].clone();
        if dice.roll(3) > 0 {
            let other = &corpus[dice.roll(corpus.len())];
            mutate(dice, &mut message, other);
        }
        stream.extend_from_slice(&message);
        stream.extend_from_slice(&b"\r\n\r\n\r\n"[..dice.roll(4) * 2]);
    }
    stream
}

/// The body that framer and scanner see is the same, and nothing of the next message is in it.
fn agrees(octets: &Bytes) {
    let Ok(message) = Message::parse(octets.clone()) else {
        return;
    };
    let blank = octets
        .iter()
        .take_while(|octet| matches!(octet, b'\r' | b'\n'))
        .count();
    assert_eq!(message.raw().len(), octets.len() - blank, "{octets:?}");
    assert!(message.body().len() <= MAX_BODY);
}

#[test]
fn what_comes_out_of_a_stream_does_not_depend_on_how_it_arrives() {
    let corpus = corpus();
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let (mut whole, mut pings, mut broken) = (0u32, 0u32, 0u32);
    for _ in 0..ROUNDS {
        let octets = stream(&mut dice, &corpus);
        let at_once = frames(&octets, || octets.len());
        assert_eq!(frames(&octets, || 1), at_once, "{:?}", Bytes::from(octets));
        let in_pieces = frames(&octets, || 1 + dice.roll(300));
        assert_eq!(in_pieces, at_once, "{:?}", Bytes::from(octets));
        for frame in &at_once.0 {
            match frame {
                Frame::Ping => pings += 1,
                Frame::Message(octets) => {
                    whole += 1;
                    agrees(octets);
                }
            }
        }
        broken += u32::from(at_once.1.is_some());
    }
    // The streams must reach all of it, or they test little.
    assert!(
        whole > 1_000 && pings > 1_000 && broken > 1_000,
        "{whole} {pings} {broken}"
    );
}
