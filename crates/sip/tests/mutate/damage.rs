//! Repeatable damage to octets. Shared with the fuzz targets (`crates/fuzz`).

/// A small generator of repeatable numbers (xorshift).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides.max(1) as u64).expect("below a usize")
    }
}

/// Octets that mean something to the grammar.
const SHARP: &[u8] = b"\r\n\t :;,=<>\"\\@?/[]%*\0\xff09aZ.-";
const WORDS: &[&[u8]] = &[
    b"\r\n\r\n",
    b"\r\n ",
    b"SIP/2.0",
    b"Content-Length: 4294967296\r\n",
    b"Content-Length: 18446744073709551615\r\n",
    b"l: -1\r\n",
    b"Via: SIP/2.0/UDP h;rport=\r\n",
    b"v:,,;;\r\n",
    b"CSeq: 4294967295 INVITE\r\n",
    b";tag=",
    b";branch=z9hG4bK",
    b"sip:%00@[::1]:65535",
    b"\"\\",
    b"Contact: *\r\n",
    b"m=audio 0 RTP/AVP 8 0 101\r\n",
    b"c=IN IP6 ::\r\n",
    b"a=sendonly\r\n",
    b"a=rtpmap:101 telephone-event/8000\r\n",
    b"\x80\x08\x00\x01\x00\x00\x00\xa0\x00\x00\x00\x07",
    b"\x81\xc8\x00\x06",
    b"\xff\xfe",
    b"\n  - {",
    b": &a [*a, *a]\n",
    b"!!binary |\n",
];

/// Changes a few octets, or a few dozen; `other` is where foreign pieces come from.
pub(crate) fn mutate(dice: &mut Dice, octets: &mut Vec<u8>, other: &[u8]) {
    for _ in 0..=dice.roll(6) {
        let at = dice.roll(octets.len() + 1);
        match dice.roll(8) {
            0 if at < octets.len() => octets[at] = SHARP[dice.roll(SHARP.len())],
            1 => octets.insert(at, SHARP[dice.roll(SHARP.len())]),
            2 if at < octets.len() => drop(octets.remove(at)),
            3 => octets.truncate(at),
            4 => drop(octets.splice(at..at, WORDS[dice.roll(WORDS.len())].iter().copied())),
            5 => {
                let end = (at + dice.roll(60)).min(octets.len());
                let copy = octets[at..end].to_vec();
                octets.splice(
                    at..at,
                    copy.iter().copied().cycle().take(copy.len() * dice.roll(4)),
                );
            }
            6 => {
                let from = dice.roll(other.len());
                let end = (from + dice.roll(200)).min(other.len());
                octets.splice(at..at, other[from..end].iter().copied());
            }
            _ if at < octets.len() => octets[at] ^= 1 << dice.roll(8),
            _ => {}
        }
    }
}
