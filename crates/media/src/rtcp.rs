//! Reading RTCP (RFC 3550 section 6), just enough to count it and to learn what the far end hears.

/// The first report block of a compound packet: how our packets fare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Report {
    /// Packets lost since the beginning; negative if duplicates outnumber them.
    pub(crate) lost: i32,
    /// Interarrival jitter in clock ticks.
    pub(crate) jitter: u32,
}

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;

/// Does it begin as RTCP does: version 2, and a packet type of the range that RFC 5761 section 4 sets apart? What
/// follows may be encrypted (SRTCP), so nothing more can be asked.
pub(crate) fn is_rtcp(packet: &[u8]) -> bool {
    packet.len() >= 8 && packet[0] >> 6 == 2 && (192..=223).contains(&packet[1])
}

/// The first report block, if the whole compound packet is readable and has one.
pub(crate) fn first_report(compound: &[u8]) -> Option<Report> {
    let mut rest = compound;
    let mut report = None;
    while !rest.is_empty() {
        let header = rest.first_chunk::<4>()?;
        if header[0] >> 6 != 2 {
            return None;
        }
        let length = 4 * (1 + usize::from(u16::from_be_bytes([header[2], header[3]])));
        let (packet, after) = rest.split_at_checked(length)?;
        report = report.or_else(|| report_block(packet));
        rest = after;
    }
    report
}

/// The first block of a sender or receiver report (RFC 3550 sections 6.4.1 and 6.4.2).
fn report_block(packet: &[u8]) -> Option<Report> {
    let start = match packet[1] {
        SENDER_REPORT => 28,
        RECEIVER_REPORT => 8,
        _ => return None,
    };
    if packet[0] & 0x1f == 0 {
        return None;
    }
    let block = packet.get(start..)?.first_chunk::<24>()?;
    let lost = i32::from_be_bytes([block[5], block[6], block[7], 0]) >> 8;
    let jitter = u32::from_be_bytes([block[12], block[13], block[14], block[15]]);
    Some(Report { lost, jitter })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A receiver report with one block.
    pub(crate) fn receiver_report(lost: i32, jitter: u32) -> Vec<u8> {
        let mut packet = vec![0x81, RECEIVER_REPORT, 0, 7];
        packet.extend(1_u32.to_be_bytes());
        packet.extend(2_u32.to_be_bytes());
        packet.push(12);
        packet.extend(&lost.to_be_bytes()[1..]);
        packet.extend(500_u32.to_be_bytes());
        packet.extend(jitter.to_be_bytes());
        packet.extend([0; 8]);
        packet
    }

    #[test]
    fn the_block_of_each_kind_of_report() {
        assert_eq!(
            first_report(&receiver_report(3, 40)),
            Some(Report { lost: 3, jitter: 40 })
        );
        assert_eq!(
            first_report(&receiver_report(-2, 0)),
            Some(Report { lost: -2, jitter: 0 })
        );

        let mut sender = vec![0x81, SENDER_REPORT, 0, 12];
        sender.extend([0; 24]);
        sender.extend(&receiver_report(9, 8)[8..]);
        assert_eq!(first_report(&sender), Some(Report { lost: 9, jitter: 8 }));
    }

    #[test]
    fn a_report_behind_another_packet_is_found() {
        let mut compound = vec![0x80, RECEIVER_REPORT, 0, 1, 0, 0, 0, 1];
        compound.extend(receiver_report(5, 6));
        assert_eq!(first_report(&compound), Some(Report { lost: 5, jitter: 6 }));
    }

    #[test]
    fn what_is_cut_short_or_encrypted_says_nothing() {
        let whole = receiver_report(3, 40);
        for length in 0..whole.len() {
            assert_eq!(first_report(&whole[..length]), None, "{length} bytes");
        }
        let mut with_authentication = whole;
        with_authentication.extend([0x80, 0, 0, 1, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]);
        assert_eq!(first_report(&with_authentication), None);
        assert!(is_rtcp(&with_authentication));
    }

    #[test]
    fn rtp_is_not_rtcp() {
        let mut rtp = [0_u8; 172];
        rtp[0] = 0x80;
        for pt in 0..=127 {
            rtp[1] = pt;
            assert!(!is_rtcp(&rtp), "payload type {pt}");
        }
        assert!(!is_rtcp(&receiver_report(0, 0)[..7]));
    }
}
