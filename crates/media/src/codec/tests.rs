//! The tables against G.711 as its text puts it: a list of decision values, and outputs half-way between two of them.

use super::{A_TO_MU, Codec, MU_TO_A};

/// Decision values of A-law, in 4096ths of full scale (G.711 table 1a column 3): x0 = 0, 16 intervals of width 2 in the
/// first two segments, doubling in each of the following.
fn decisions_a() -> Vec<i32> {
    let mut at = 0;
    let mut values = vec![0];
    for segment in 0..8_u32 {
        let width = 2 << segment.saturating_sub(1);
        for _ in 0..16 {
            at += width;
            values.push(at);
        }
    }
    values
}

/// Decision values of µ-law, in 8192ths (G.711 table 2a): the first interval is one wide, then 15 of two, then 16 of
/// each next power of two.
fn decisions_mu() -> Vec<i32> {
    let mut at = 1;
    let mut values = vec![0, 1];
    for segment in 0..8_u32 {
        for _ in 0..if segment == 0 { 15 } else { 16 } {
            at += 2 << segment;
            values.push(at);
        }
    }
    values
}

/// The interval a magnitude lies in.
fn interval(values: &[i32], magnitude: i32) -> usize {
    let last = values.len() - 2;
    values
        .iter()
        .rposition(|&value| value <= magnitude)
        .map_or(0, |n| n.min(last))
}

fn reference_encode(codec: Codec, sample: i16) -> u8 {
    let sample = i32::from(sample);
    // Negative intervals are closed at their other end: -1 belongs to the first one below zero.
    let (negative, magnitude) = if sample < 0 {
        (true, -1 - sample)
    } else {
        (false, sample)
    };
    match codec {
        Codec::Pcma => {
            let n = interval(&decisions_a(), magnitude / 8) as u8;
            // Character signal before even-bit inversion: sign bit 1 for positive.
            (n | if negative { 0 } else { 0x80 }) ^ 0b0101_0101
        }
        Codec::Pcmu => {
            let n = interval(&decisions_mu(), magnitude / 4) as u8;
            // All bits inverted, sign bit 1 for positive.
            0x7f - n + if negative { 0 } else { 0x80 }
        }
    }
}

fn reference_decode(codec: Codec, byte: u8) -> i16 {
    let (n, positive, values, scale) = match codec {
        Codec::Pcma => {
            let plain = byte ^ 0b0101_0101;
            (plain & 0x7f, plain >= 0x80, decisions_a(), 8)
        }
        Codec::Pcmu => (0x7f - (byte & 0x7f), byte >= 0x80, decisions_mu(), 4),
    };
    let (low, high) = (values[usize::from(n)], values[usize::from(n) + 1]);
    // y0 of µ-law is zero, not half a step (table 2a).
    let twice = if codec == Codec::Pcmu && n == 0 {
        0
    } else {
        low + high
    };
    let level = twice * scale / 2;
    i16::try_from(if positive { level } else { -level }).unwrap()
}

#[test]
fn the_decision_values_are_those_of_the_recommendation() {
    let (a, mu) = (decisions_a(), decisions_mu());
    assert_eq!(
        (a.len(), a[16], a[32], a[48], a[112], a[128]),
        (129, 32, 64, 128, 2048, 4096)
    );
    assert_eq!(
        (mu.len(), mu[16], mu[32], mu[48], mu[112], mu[128]),
        (129, 31, 95, 223, 4063, 8159)
    );
}

#[test]
fn every_sample_encodes_as_the_formula_says() {
    for codec in [Codec::Pcma, Codec::Pcmu] {
        let mut wrong = Vec::new();
        for sample in i16::MIN..=i16::MAX {
            if codec.encode(sample) != reference_encode(codec, sample) {
                wrong.push((sample, codec.encode(sample), reference_encode(codec, sample)));
            }
        }
        assert!(
            wrong.is_empty(),
            "{codec:?}: {} differ, first {:?}",
            wrong.len(),
            wrong.first()
        );
    }
}

#[test]
fn every_byte_decodes_as_the_formula_says() {
    for codec in [Codec::Pcma, Codec::Pcmu] {
        for byte in 0..=u8::MAX {
            assert_eq!(
                codec.decode(byte),
                reference_decode(codec, byte),
                "{codec:?} {byte:#04x}"
            );
        }
    }
}

#[test]
fn a_byte_survives_decoding_and_encoding() {
    for codec in [Codec::Pcma, Codec::Pcmu] {
        for byte in 0..=u8::MAX {
            let again = codec.encode(codec.decode(byte));
            // µ-law has two zeros; the negative one comes back as the positive.
            let expected = if codec == Codec::Pcmu && byte == 0x7f {
                0xff
            } else {
                byte
            };
            assert_eq!(again, expected, "{codec:?} {byte:#04x}");
        }
    }
}

#[test]
fn known_bytes() {
    let table = [
        (Codec::Pcma, 0, 0xd5),
        (Codec::Pcma, -1, 0x55),
        (Codec::Pcma, i16::MAX, 0xaa),
        (Codec::Pcma, i16::MIN, 0x2a),
        (Codec::Pcmu, 0, 0xff),
        (Codec::Pcmu, -1, 0x7f),
        (Codec::Pcmu, i16::MAX, 0x80),
        (Codec::Pcmu, i16::MIN, 0x00),
    ];
    for (codec, sample, byte) in table {
        assert_eq!(codec.encode(sample), byte, "{codec:?} {sample}");
    }
    assert_eq!(Codec::Pcma.decode(Codec::Pcma.silence()), 8);
    assert_eq!(Codec::Pcmu.decode(Codec::Pcmu.silence()), 0);
}

#[test]
fn crossing_the_laws_goes_to_the_nearest_level() {
    let nearest_error = |codec: Codec, level: i32| {
        (0..=u8::MAX)
            .map(|byte| (i32::from(codec.decode(byte)) - level).abs())
            .min()
            .unwrap()
    };
    for byte in 0..=u8::MAX {
        let level = i32::from(Codec::Pcma.decode(byte));
        let crossed = i32::from(Codec::Pcmu.decode(A_TO_MU[usize::from(byte)]));
        assert_eq!(
            (crossed - level).abs(),
            nearest_error(Codec::Pcmu, level),
            "A {byte:#04x}"
        );

        let level = i32::from(Codec::Pcmu.decode(byte));
        let crossed = i32::from(Codec::Pcma.decode(MU_TO_A[usize::from(byte)]));
        assert_eq!(
            (crossed - level).abs(),
            nearest_error(Codec::Pcma, level),
            "µ {byte:#04x}"
        );
    }
}

#[test]
fn crossing_agrees_with_the_tables_of_the_recommendation() {
    // G.711 tables 3 and 4 number the levels of each law from 1 (A) and 0 (µ) upwards from silence.
    let mu_to_a = |n: u8| (MU_TO_A[usize::from(0xff - n)] ^ 0xd5) + 1;
    let a_to_mu = |n: u8| 0xff - A_TO_MU[usize::from((n - 1) ^ 0xd5)];
    let start: Vec<u8> = (0..18).map(mu_to_a).collect();
    assert_eq!(start, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 10]);
    let around_segments: Vec<u8> = (30..38).map(mu_to_a).collect();
    assert_eq!(around_segments, [23, 24, 25, 27, 29, 31, 33, 34]);
    let start: Vec<u8> = (1..11).map(a_to_mu).collect();
    assert_eq!(start, [1, 3, 5, 7, 9, 11, 13, 15, 16, 17]);
    assert_eq!((mu_to_a(127), a_to_mu(128)), (128, 127));
}

#[test]
fn slices_stop_at_the_shorter() {
    let mut bytes = [0_u8; 3];
    Codec::Pcma.encode_slice(&[0, 1000, -1000, 5], &mut bytes);
    assert_eq!(bytes, [0xd5, Codec::Pcma.encode(1000), Codec::Pcma.encode(-1000)]);
    let mut samples = [7_i16; 4];
    Codec::Pcma.decode_slice(&bytes, &mut samples);
    assert_eq!(samples[3], 7);
    assert_eq!(samples[0], 8);
}
