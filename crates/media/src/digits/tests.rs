use super::*;

const PT: u8 = 101;

/// What a row of a table sends: an event, or audio.
#[derive(Clone, Copy)]
enum Sent {
    /// SSRC, timestamp, code, duration, end.
    Event(u32, u32, u8, u16, bool),
    /// The same with the marker set.
    First(u32, u32, u8, u16, bool),
    /// SSRC, timestamp.
    Audio(u32, u32),
}
use Sent::{Audio, Event as Ev, First};

fn heard(sent: &[Sent]) -> Vec<Pressed> {
    let mut digits = Digits::default();
    let mut out = Vec::new();
    for (seq, &sent) in sent.iter().enumerate() {
        let (ssrc, timestamp, marker) = match sent {
            Ev(ssrc, timestamp, ..) | Audio(ssrc, timestamp) => (ssrc, timestamp, false),
            First(ssrc, timestamp, ..) => (ssrc, timestamp, true),
        };
        let packet = |payload| Packet {
            pt: PT,
            marker,
            seq: seq as u16,
            timestamp,
            ssrc,
            payload,
        };
        match sent {
            Ev(_, _, code, duration, end) | First(_, _, code, duration, end) => {
                let [high, low] = duration.to_be_bytes();
                let payload = [code, u8::from(end) << 7 | 10, high, low];
                digits.event(&packet(&payload), |key| out.push(key));
            }
            Audio(..) => digits.audio(&packet(&[0; 160]), |key| out.push(key)),
        }
    }
    out
}

const CASES: [(&str, &[Sent], &[Pressed]); 15] = [
    ("nothing", &[], &[]),
    (
        "an ordinary key, its end three times",
        &[
            First(1, 800, 5, 160, false),
            Ev(1, 800, 5, 320, false),
            Ev(1, 800, 5, 480, true),
            Ev(1, 800, 5, 480, true),
            Ev(1, 800, 5, 480, true),
        ],
        &[('5', 60)],
    ),
    (
        "only its end arrives",
        &[Ev(1, 800, 11, 800, true)],
        &[('#', 100)],
    ),
    (
        "the same key twice",
        &[
            Ev(1, 800, 1, 400, true),
            Ev(1, 800, 1, 400, true),
            Ev(1, 1600, 1, 400, true),
        ],
        &[('1', 50), ('1', 50)],
    ),
    (
        "all ends lost, the next key follows",
        &[Ev(1, 800, 1, 400, false), Ev(1, 1600, 2, 400, true)],
        &[('1', 50), ('2', 50)],
    ),
    (
        "packets of a key change places",
        &[
            Ev(1, 800, 1, 480, false),
            Ev(1, 800, 1, 320, false),
            Ev(1, 1600, 2, 400, true),
        ],
        &[('1', 60), ('2', 50)],
    ),
    (
        "all ends lost, audio follows",
        &[Ev(1, 800, 1, 400, false), Audio(1, 1280), Audio(1, 2001)],
        &[('1', 50)],
    ),
    (
        "audio beside a key does not end it",
        &[Ev(1, 800, 1, 400, false), Audio(1, 1200)],
        &[],
    ),
    (
        "audio of another source does not end it",
        &[Ev(1, 800, 1, 400, false), Audio(2, 9000)],
        &[],
    ),
    (
        "a packet of an older key comes late",
        &[
            Ev(1, 800, 1, 400, true),
            Ev(1, 1600, 2, 160, false),
            Ev(1, 800, 1, 400, true),
            Ev(1, 1600, 2, 400, true),
        ],
        &[('1', 50), ('2', 50)],
    ),
    (
        "codes above 15 are no keys",
        &[Ev(1, 800, 16, 400, true), Ev(1, 1600, 255, 400, true)],
        &[],
    ),
    (
        "another source begins afresh, also with an older timestamp",
        &[Ev(1, 8000, 1, 400, true), Ev(2, 800, 1, 400, true)],
        &[('1', 50), ('1', 50)],
    ),
    (
        "a long key in two segments is one",
        &[
            First(1, 800, 3, 65_535, false),
            Ev(1, 66_335, 3, 1665, false),
            Ev(1, 66_335, 3, 2465, true),
        ],
        &[('3', 8500)],
    ),
    (
        "a new key right behind has the marker",
        &[First(1, 800, 3, 400, false), First(1, 1200, 3, 400, true)],
        &[('3', 50), ('3', 50)],
    ),
    (
        "over the end of the timestamps",
        &[Ev(1, u32::MAX - 10, 12, 400, true), Ev(1, 800, 15, 400, true)],
        &[('A', 50), ('D', 50)],
    ),
];

#[test]
fn keys_by_case() {
    let table = CASES;
    for (what, sent, expected) in table {
        assert_eq!(heard(sent), expected, "{what}");
    }
}

#[test]
fn a_payload_cut_short_is_ignored() {
    let mut digits = Digits::default();
    for length in 0..4 {
        let payload = &[5, 0x80, 1, 0][..length];
        let packet = Packet {
            pt: PT,
            marker: true,
            seq: 0,
            timestamp: 0,
            ssrc: 1,
            payload,
        };
        digits.event(&packet, |key| panic!("{length} bytes gave {key:?}"));
    }
}

#[test]
fn what_is_sent_is_heard_even_if_only_one_packet_of_three_arrives() {
    for digit in KEYS.map(char::from) {
        let packets: Vec<_> = DigitPackets::new(digit, 100).unwrap().collect();
        assert_eq!(packets.len(), 7);
        assert_eq!(packets.iter().filter(|packet| packet.marker).count(), 1);
        assert_eq!(
            packets
                .iter()
                .filter(|packet| packet.payload[1] & 0x80 != 0)
                .count(),
            3
        );
        for offset in 0..3 {
            let mut digits = Digits::default();
            let mut out = Vec::new();
            for (seq, sent) in packets.iter().enumerate().skip(offset).step_by(3) {
                let (marker, payload) = (sent.marker, &sent.payload[..]);
                let packet = Packet {
                    pt: PT,
                    marker,
                    seq: seq as u16,
                    timestamp: 7,
                    ssrc: 1,
                    payload,
                };
                digits.event(&packet, |key| out.push(key));
            }
            assert_eq!(out, [(digit, 100)], "{digit} from packet {offset}");
        }
    }
}

#[test]
fn only_keys_can_be_sent_and_their_length_has_bounds() {
    assert!(DigitPackets::new('x', 100).is_none());
    assert_eq!(DigitPackets::new('a', 0).unwrap().count(), 3);
    assert_eq!(
        DigitPackets::new('0', u32::MAX).unwrap().last().unwrap().payload,
        [0, 138, 0xfa, 0]
    );
}
