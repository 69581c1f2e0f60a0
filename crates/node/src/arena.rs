//! Where received datagrams live: packed one behind the other, so that few cost an allocation of their own.

use bytes::{Bytes, BytesMut};

/// One piece of memory. Small on purpose: a message that is kept (an INVITE, for as long as its call) keeps the
/// piece it lies in.
const PIECE: usize = 4096;

/// Copies datagrams into shared pieces of memory.
#[derive(Default)]
pub(crate) struct Arena {
    piece: BytesMut,
}

impl Arena {
    /// A copy of `payload` that is cheap to clone and to slice.
    pub(crate) fn keep(&mut self, payload: &[u8]) -> Bytes {
        if payload.len() > PIECE / 2 {
            return Bytes::copy_from_slice(payload);
        }
        if self.piece.capacity() < payload.len() {
            self.piece = BytesMut::with_capacity(PIECE);
        }
        self.piece.extend_from_slice(payload);
        self.piece.split().freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_whole_and_apart() {
        let mut arena = Arena::default();
        let sizes = [
            0usize, 1, 500, 1_400, 2_048, 2_049, 3_000, 600, 70, 65_507, 2_000, 2_000, 2_000,
        ];
        let sent: Vec<Vec<u8>> = sizes
            .iter()
            .enumerate()
            .map(|(n, &len)| vec![n as u8; len])
            .collect();
        let kept: Vec<Bytes> = sent.iter().map(|payload| arena.keep(payload)).collect();
        assert_eq!(kept, sent);
    }

    #[test]
    fn small_datagrams_share_a_piece() {
        let mut arena = Arena::default();
        let kept: Vec<Bytes> = (0..8).map(|n| arena.keep(&[n; 500])).collect();
        let neighbours = kept
            .windows(2)
            .filter(|pair| pair[0].as_ptr() as usize + 500 == pair[1].as_ptr() as usize);
        assert_eq!(neighbours.count(), 7);
    }
}
