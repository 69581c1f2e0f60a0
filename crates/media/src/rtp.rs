//! RTP headers (RFC 3550 section 5.1), read and written with `rtp-rs`.

use rtp_rs::{RtpPacketBuilder, RtpReader, Seq};

/// The usual payload type of telephone-event in an offer of ours.
pub const TELEPHONE_EVENT: u8 = 101;

/// One RTP packet, without CSRCs, header extension or padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Payload type, 0 to 127.
    pub pt: u8,
    /// First packet of a talk spurt, or of a digit.
    pub marker: bool,
    /// Sequence number.
    pub seq: u16,
    /// Media time in clock ticks.
    pub timestamp: u32,
    /// The source.
    pub ssrc: u32,
    /// The rest.
    pub payload: &'a [u8],
}

/// Reads a packet; `None` if it is not RTP version 2, or if a length in it points outside of it. CSRCs, header
/// extension and padding are checked and left out.
pub fn read_rtp(packet: &[u8]) -> Option<Packet<'_>> {
    let reader = RtpReader::new(packet).ok()?;
    Some(Packet {
        pt: reader.payload_type(),
        marker: reader.mark(),
        seq: reader.sequence_number().into(),
        timestamp: reader.timestamp(),
        ssrc: reader.ssrc(),
        payload: reader.payload(),
    })
}

/// Writes `packet` into `out` and returns its length; `None` if it does not fit, or if its payload type is over 127.
pub fn build_rtp(packet: &Packet<'_>, out: &mut [u8]) -> Option<usize> {
    RtpPacketBuilder::new()
        .payload_type(packet.pt)
        .marked(packet.marker)
        .sequence(Seq::from(packet.seq))
        .timestamp(packet.timestamp)
        .ssrc(packet.ssrc)
        .payload(packet.payload)
        .build_into(out)
        .ok()
}

/// Is `a` later than `b`, on a number circle of 32 bits?
pub(crate) fn later(a: u32, b: u32) -> bool {
    a != b && a.wrapping_sub(b) < 1 << 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_comes_back_as_it_was_written() {
        let packet = Packet {
            pt: 8,
            marker: true,
            seq: 65_535,
            timestamp: 0xdead_beef,
            ssrc: 0x0102_0304,
            payload: &[0xd5; 160],
        };
        let mut out = [0xaa; 200];
        let length = build_rtp(&packet, &mut out).unwrap();
        assert_eq!(length, 172);
        assert_eq!(out[..4], [0x80, 0x88, 0xff, 0xff]);
        assert_eq!(read_rtp(&out[..length]), Some(packet));
    }

    #[test]
    fn what_does_not_fit_is_not_written() {
        let packet = Packet {
            pt: 8,
            marker: false,
            seq: 0,
            timestamp: 0,
            ssrc: 0,
            payload: &[0; 160],
        };
        assert_eq!(build_rtp(&packet, &mut [0; 171]), None);
        assert_eq!(build_rtp(&Packet { pt: 128, ..packet }, &mut [0; 172]), None);
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        let table: [(&str, &[u8]); 6] = [
            ("empty", &[]),
            ("eleven bytes", &[0x80, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0]),
            ("version 1", &[0x40, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]),
            ("a CSRC is missing", &[0x81, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]),
            (
                "the extension is longer",
                &[0x90, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xbe, 0xde, 0, 9],
            ),
            (
                "the padding is longer",
                &[0xa0, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 9],
            ),
        ];
        for (what, packet) in table {
            assert_eq!(read_rtp(packet), None, "{what}");
        }
    }

    #[test]
    fn padding_and_extension_are_left_out() {
        let packet = [
            0xb1, 0, 0, 7, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 5, 0xbe, 0xde, 0, 1, 1, 1, 1, 1, 42, 0, 2,
        ];
        assert_eq!(read_rtp(&packet).unwrap().payload, [42]);
    }

    #[test]
    fn later_goes_round() {
        assert!(later(5, u32::MAX) && later(1, 0) && !later(0, 1) && !later(3, 3));
    }
}
