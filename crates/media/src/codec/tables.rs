//! The tables of G.711, computed when the program is compiled.

/// One A-law byte to linear (G.711 table 1a, scaled to 16 bits).
const fn expand_a(byte: u8) -> i16 {
    let code = byte ^ 0x55;
    let step = ((code & 0x0f) as i16) << 4;
    let magnitude = match (code >> 4) & 0x07 {
        0 => step + 8,
        segment => (step + 0x108) << (segment - 1),
    };
    if code & 0x80 != 0 { magnitude } else { -magnitude }
}

/// One µ-law byte to linear (G.711 table 2a, scaled to 16 bits).
const fn expand_mu(byte: u8) -> i16 {
    let code = !byte;
    let magnitude = ((((code & 0x0f) as i16) << 3) + 0x84) << ((code >> 4) & 0x07);
    if code & 0x80 != 0 {
        0x84 - magnitude
    } else {
        magnitude - 0x84
    }
}

/// A 12-bit linear value to A-law; G.711 looks at no more bits than these.
const fn compress_a(value: i16) -> u8 {
    let (sign, magnitude) = if value < 0 { (0, !value) } else { (0x80, value) };
    let code = if magnitude < 32 {
        magnitude as u8
    } else {
        let segment = 12 - magnitude.leading_zeros() as u8;
        (segment << 4) | ((magnitude >> (segment - 1)) & 0x0f) as u8
    };
    (sign | code) ^ 0x55
}

/// A 14-bit linear value to µ-law; G.711 looks at no more bits than these.
const fn compress_mu(value: i16) -> u8 {
    let (sign, magnitude) = if value < 0 { (0x80, !value) } else { (0, value) };
    let biased = if magnitude + 33 > 0x1fff {
        0x1fff
    } else {
        magnitude + 33
    };
    let segment = 10 - biased.leading_zeros() as u8;
    !(sign | (segment << 4) | ((biased >> (segment + 1)) & 0x0f) as u8)
}

const fn table_a_to_linear() -> [i16; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = expand_a(byte as u8);
        byte += 1;
    }
    table
}

const fn table_mu_to_linear() -> [i16; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = expand_mu(byte as u8);
        byte += 1;
    }
    table
}

const fn table_linear_to_a() -> [u8; 4096] {
    let mut table = [0; 4096];
    let mut index = 0;
    while index < 4096 {
        table[index] = compress_a(((index as u16) << 4) as i16 >> 4);
        index += 1;
    }
    table
}

const fn table_linear_to_mu() -> [u8; 16384] {
    let mut table = [0; 16384];
    let mut index = 0;
    while index < 16384 {
        table[index] = compress_mu(((index as u16) << 2) as i16 >> 2);
        index += 1;
    }
    table
}

/// For each byte of one law the byte of the other whose level is nearest, and of two equally near the louder one
/// (G.711 tables 3 and 4). The sign is kept, also that of zero.
const fn cross(from: &[i16; 256], to: &[i16; 256]) -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let level = from[byte] as i32;
        let mut best = byte & 0x80;
        let mut other = byte & 0x80;
        while other <= byte | 0x7f {
            let (near, far) = ((to[other] as i32 - level).abs(), (to[best] as i32 - level).abs());
            if near < far || (near == far && to[other].unsigned_abs() > to[best].unsigned_abs()) {
                best = other;
            }
            other += 1;
        }
        table[byte] = best as u8;
        byte += 1;
    }
    table
}

/// A-law byte → 16-bit sample.
pub(super) static A_TO_LINEAR: [i16; 256] = table_a_to_linear();
/// µ-law byte → 16-bit sample.
pub(super) static MU_TO_LINEAR: [i16; 256] = table_mu_to_linear();
/// Upper 12 bits of a sample, as an unsigned number → A-law byte.
pub(super) static LINEAR_TO_A: [u8; 4096] = table_linear_to_a();
/// Upper 14 bits of a sample, as an unsigned number → µ-law byte.
pub(super) static LINEAR_TO_MU: [u8; 16384] = table_linear_to_mu();

/// The µ-law byte for each A-law byte: the level nearest to the one it stands for.
pub static A_TO_MU: [u8; 256] = cross(&table_a_to_linear(), &table_mu_to_linear());
/// The A-law byte for each µ-law byte: the level nearest to the one it stands for.
pub static MU_TO_A: [u8; 256] = cross(&table_mu_to_linear(), &table_a_to_linear());
