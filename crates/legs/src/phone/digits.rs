//! RFC 4733 digits, sent and heard.

/// Length of a digit in RTP ticks: 100 ms.
const LENGTH: u16 = 800;
/// Ticks between packets: 20 ms.
const STEP: u16 = 160;
/// The last packet of a digit is sent this often (RFC 4733, 2.5.1.4).
const END_PACKETS: u8 = 3;
/// Packet times of audio between two digits: 60 ms.
const PAUSE: u8 = 3;

/// The event code of a digit (RFC 4733, table 3).
fn event_of(digit: char) -> Option<u8> {
    Some(match digit {
        '0'..='9' => digit as u8 - b'0',
        '*' => 10,
        '#' => 11,
        'A'..='D' => digit as u8 - b'A' + 12,
        'a'..='d' => digit as u8 - b'a' + 12,
        _ => return None,
    })
}

/// The digit of an event code.
pub(super) fn digit_of(event: u8) -> Option<char> {
    b"0123456789*#ABCD"
        .get(usize::from(event))
        .map(|byte| char::from(*byte))
}

/// One packet of a digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DigitPacket {
    /// Set on the first of a digit.
    pub(super) marker: bool,
    /// RTP timestamp: that of the digit's start, the same for all its packets.
    pub(super) timestamp: u32,
    /// Event, end bit and volume, duration.
    pub(super) payload: [u8; 4],
}

/// Digits waiting to be sent and the one being sent.
#[derive(Clone, Debug, Default)]
pub(super) struct DigitsOut {
    waiting: std::collections::VecDeque<u8>,
    current: Option<Current>,
    pause: u8,
}

#[derive(Clone, Copy, Debug)]
struct Current {
    event: u8,
    timestamp: u32,
    duration: u16,
    ends: u8,
}

impl DigitsOut {
    /// Puts digits at the end of the row; characters that are no digits are left out.
    pub(super) fn push(&mut self, digits: &str) {
        self.waiting.extend(digits.chars().filter_map(event_of));
    }

    /// The packet in place of audio at this packet time; `timestamp` is that of the audio it replaces.
    pub(super) fn next(&mut self, timestamp: u32) -> Option<DigitPacket> {
        let marker = self.current.is_none();
        if marker {
            if self.pause > 0 {
                self.pause -= 1;
                return None;
            }
            let event = self.waiting.pop_front()?;
            self.current = Some(Current {
                event,
                timestamp,
                duration: 0,
                ends: 0,
            });
        }
        let current = self.current.as_mut()?;
        if current.duration < LENGTH {
            current.duration += STEP;
        }
        let ended = current.duration >= LENGTH;
        let [high, low] = current.duration.to_be_bytes();
        let packet = DigitPacket {
            marker,
            timestamp: current.timestamp,
            payload: [current.event, if ended { 0x8a } else { 0x0a }, high, low],
        };
        if ended {
            current.ends += 1;
            if current.ends == END_PACKETS {
                self.current = None;
                self.pause = PAUSE;
            }
        }
        Some(packet)
    }
}

/// Tells the digits apart that arrive as many packets each.
#[derive(Clone, Debug, Default)]
pub(super) struct DigitsIn {
    /// Source and timestamp of the last digits: a late packet of one of them is no new digit.
    seen: std::collections::VecDeque<(u32, u32)>,
}

impl DigitsIn {
    /// The digit if this packet is the first of it that arrived.
    pub(super) fn hear(&mut self, ssrc: u32, timestamp: u32, payload: &[u8]) -> Option<char> {
        let digit = digit_of(*payload.first().filter(|_| payload.len() >= 4)?)?;
        if self.seen.contains(&(ssrc, timestamp)) {
            return None;
        }
        if self.seen.len() == 8 {
            self.seen.pop_front();
        }
        self.seen.push_back((ssrc, timestamp));
        Some(digit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digit_is_seven_packets_of_one_timestamp_three_of_them_ends() {
        let mut digits = DigitsOut::default();
        digits.push("5");
        let packets: Vec<_> = (0..10).map_while(|n| digits.next(1_000 + n * 160)).collect();
        assert_eq!(packets.len(), 7);
        assert!(
            packets
                .iter()
                .all(|packet| packet.timestamp == 1_000 && packet.payload[0] == 5)
        );
        assert_eq!(packets.iter().filter(|packet| packet.marker).count(), 1);
        assert!(packets[0].marker);
        let durations: Vec<u16> = packets
            .iter()
            .map(|p| u16::from_be_bytes([p.payload[2], p.payload[3]]))
            .collect();
        assert_eq!(durations, [160, 320, 480, 640, 800, 800, 800]);
        let ends: Vec<bool> = packets
            .iter()
            .map(|packet| packet.payload[1] & 0x80 != 0)
            .collect();
        assert_eq!(ends, [false, false, false, false, true, true, true]);
    }

    #[test]
    fn digits_are_told_apart_by_a_pause_and_a_timestamp() {
        let (mut sent, mut heard) = (DigitsOut::default(), DigitsIn::default());
        sent.push("1x1#");
        let text: String = (0..60)
            .filter_map(|n| sent.next(n * 160))
            .filter_map(|packet| heard.hear(9, packet.timestamp, &packet.payload))
            .collect();
        assert_eq!(text, "11#");
    }

    #[test]
    fn one_packet_of_a_digit_is_enough_and_a_late_one_is_no_other() {
        let mut heard = DigitsIn::default();
        assert_eq!(heard.hear(1, 100, &[4, 0x8a, 3, 32]), Some('4'));
        assert_eq!(heard.hear(1, 900, &[4, 0x0a, 0, 160]), Some('4'));
        assert_eq!(heard.hear(1, 100, &[4, 0x8a, 3, 32]), None);
        assert_eq!(heard.hear(1, 1_700, &[4, 0x0a]), None, "too short");
        assert_eq!(
            heard.hear(1, 1_700, &[16, 0x0a, 0, 160]),
            None,
            "flash is no digit"
        );
    }

    #[test]
    fn every_digit_has_an_event() {
        for digit in "0123456789*#ABCD".chars() {
            assert_eq!(event_of(digit).and_then(digit_of), Some(digit));
        }
    }
}
