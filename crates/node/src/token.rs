//! Phone numbers in logs: a keyed token instead of the number.
//!
//! A plain hash of a phone number is no secret, because all numbers can be tried. The key lies in the data
//! folder with the CDRs; who may read those may resolve a token, nobody else can.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Name of the key file in the data folder.
const KEY_FILE: &str = "number-key";

/// Turns numbers into the tokens that logs carry.
#[derive(Clone)]
pub struct Tokens {
    key: [u64; 2],
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}

impl Tokens {
    /// Reads the key from `data`, making one at the first start (readable by the owner only).
    ///
    /// # Errors
    /// The folder cannot be written, or the key file is not 16 bytes.
    pub fn open(data: &Path) -> io::Result<Self> {
        let path = data.join(KEY_FILE);
        let mut key = [0; 16];
        match File::open(&path) {
            Ok(mut file) => {
                file.read_exact(&mut key)?;
                Ok(Self::with_key(key))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                File::open("/dev/urandom")?.read_exact(&mut key)?;
                fs::create_dir_all(data)?;
                let mut file = OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(&path)?;
                file.write_all(&key)?;
                file.sync_all()?;
                Ok(Self::with_key(key))
            }
            Err(error) => Err(error),
        }
    }

    fn with_key(key: [u8; 16]) -> Self {
        let (low, high) = key.split_at(8);
        Self {
            key: [word(low), word(high)],
        }
    }

    /// Who did something, with a token in place of a phone number.
    pub(crate) fn without_number(&self, who: &str) -> String {
        match who.strip_prefix("phone ") {
            Some(number) => format!("phone {}", self.token_of(number)),
            None => who.to_owned(),
        }
    }

    /// The token of `number`, such as `n:5f03a1c2`: the same for the same number under one key.
    pub fn token_of(&self, number: &str) -> String {
        format!("n:{:08x}", sip_hash(self.key, number.as_bytes()) & 0xffff_ffff)
    }
}

fn word(bytes: &[u8]) -> u64 {
    let mut whole = [0; 8];
    whole[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(whole)
}

/// SipHash-2-4 (Aumasson and Bernstein, 2012): a short keyed hash that cannot be inverted without the key.
fn sip_hash(key: [u64; 2], input: &[u8]) -> u64 {
    let mut v = [
        key[0] ^ 0x736f_6d65_7073_6575,
        key[1] ^ 0x646f_7261_6e64_6f6d,
        key[0] ^ 0x6c79_6765_6e65_7261,
        key[1] ^ 0x7465_6462_7974_6573,
    ];
    let absorb = |v: &mut [u64; 4], block: u64| {
        v[3] ^= block;
        rounds(v, 2);
        v[0] ^= block;
    };
    let blocks = input.chunks_exact(8);
    let rest = word(blocks.remainder()) | (input.len() as u64) << 56;
    for block in blocks {
        absorb(&mut v, word(block));
    }
    absorb(&mut v, rest);
    v[2] ^= 0xff;
    rounds(&mut v, 4);
    v[0] ^ v[1] ^ v[2] ^ v[3]
}

fn rounds(v: &mut [u64; 4], count: usize) {
    for _ in 0..count {
        v[0] = v[0].wrapping_add(v[1]);
        v[1] = v[1].rotate_left(13) ^ v[0];
        v[0] = v[0].rotate_left(32);
        v[2] = v[2].wrapping_add(v[3]);
        v[3] = v[3].rotate_left(16) ^ v[2];
        v[0] = v[0].wrapping_add(v[3]);
        v[3] = v[3].rotate_left(21) ^ v[0];
        v[2] = v[2].wrapping_add(v[1]);
        v[1] = v[1].rotate_left(17) ^ v[2];
        v[2] = v[2].rotate_left(32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Test vectors of the SipHash reference: key 00..0f, input 00..(n-1).
    #[test]
    fn the_hash_is_siphash_2_4() {
        let key = std::array::from_fn(|index| index as u8);
        let Tokens { key } = Tokens::with_key(key);
        let input: Vec<u8> = (0..15).collect();
        assert_eq!(sip_hash(key, &[]), 0x726f_db47_dd0e_0e31);
        assert_eq!(sip_hash(key, &input[..1]), 0x74f8_39c5_93dc_67fd);
        assert_eq!(sip_hash(key, &input[..8]), 0x93f5_f579_9a93_2462);
        assert_eq!(sip_hash(key, &input), 0xa129_ca61_49be_45e5);
    }

    #[test]
    fn a_token_does_not_show_the_number_and_is_stable_under_its_key() {
        let one = Tokens::with_key([1; 16]);
        let other = Tokens::with_key([2; 16]);
        let token = one.token_of("+32475000001");
        assert!(token.starts_with("n:") && token.len() == 10, "{token}");
        assert_eq!(one.token_of("+32475000001"), token);
        assert_ne!(one.token_of("+32475000002"), token);
        assert_ne!(other.token_of("+32475000001"), token);
    }
}
