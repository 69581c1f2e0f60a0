//! Q.850 causes and SIP statuses, as a gateway translates them (RFC 3398, sections 7.2.4.1 and 8.2.6.1).

use serde::Deserialize;

/// What kind of leg a phone plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flavour {
    /// A gateway into the telephone network: failures carry `Reason: Q.850;cause=n` and ends of calls cause 16.
    Pstn,
    /// A plain SIP phone or PBX: no Q.850 unless a behaviour asks for it.
    #[default]
    Voip,
}

/// The status a gateway sends for a Q.850 cause met before the answer (RFC 3398, 7.2.4.1).
///
/// The causes are those of a *user* (a called line), so cause 21 is 603 and not 403, as the RFC's note on the
/// location allows. Cause 31 and every cause the table does not name become 480.
pub fn status_of(cause: u8) -> u16 {
    match cause {
        1..=3 | 26 => 404,
        17 => 486,
        18 => 408,
        19 | 20 => 480,
        21 => 603,
        22 | 23 => 410,
        27 => 502,
        28 => 484,
        29 | 79 => 501,
        34 | 38 | 41 | 42 | 47 | 58 | 88 => 503,
        55 | 57 | 87 => 403,
        65 | 70 => 488,
        102 => 504,
        111 | 127 => 500,
        _ => 480,
    }
}

/// The Q.850 cause that belongs to a final status (RFC 3398, 8.2.6.1); `None` for one that is no failure, and for
/// 487, which answers a CANCEL.
pub fn cause_of(status: u16) -> Option<u8> {
    Some(match status {
        401 | 402 | 403 | 407 | 603 => 21,
        404 | 485 | 604 => 1,
        405 => 63,
        406 | 415 | 501 => 79,
        408 | 504 => 102,
        410 => 22,
        413 | 414 | 416 | 420 | 421 | 423 | 505 | 513 => 127,
        480 => 18,
        400 | 481 | 500 | 503 => 41,
        482 | 483 => 25,
        484 => 28,
        486 | 600 => 17,
        502 => 38,
        487 => return None,
        400..=699 => 31,
        _ => return None,
    })
}

/// The text Q.850 gives a cause; empty when it is not one of those legs play.
pub fn text_of(cause: u8) -> &'static str {
    match cause {
        1 => "Unallocated (unassigned) number",
        3 => "No route to destination",
        16 => "Normal call clearing",
        17 => "User busy",
        18 => "No user responding",
        19 => "No answer from user (user alerted)",
        20 => "Subscriber absent",
        21 => "Call rejected",
        22 => "Number changed",
        27 => "Destination out of order",
        28 => "Invalid number format (address incomplete)",
        31 => "Normal, unspecified",
        34 => "No circuit/channel available",
        38 => "Network out of order",
        41 => "Temporary failure",
        42 => "Switching equipment congestion",
        102 => "Recovery on timer expiry",
        127 => "Interworking, unspecified",
        _ => "",
    }
}

/// A `Reason` header value for a cause (RFC 3326).
pub fn reason_header(cause: u8) -> String {
    match text_of(cause) {
        "" => format!("Q.850;cause={cause}"),
        text => format!("Q.850;cause={cause};text=\"{text}\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_rfc_3398_is_followed() {
        let rows = [
            (1, 404),
            (17, 486),
            (18, 408),
            (19, 480),
            (20, 480),
            (21, 603),
            (22, 410),
            (27, 502),
            (28, 484),
            (29, 501),
            (31, 480),
            (34, 503),
            (42, 503),
            (57, 403),
            (65, 488),
            (102, 504),
            (127, 500),
        ];
        for (cause, status) in rows {
            assert_eq!(status_of(cause), status, "cause {cause}");
        }
    }

    #[test]
    fn a_status_that_is_no_failure_has_no_cause() {
        assert_eq!(cause_of(180), None);
        assert_eq!(cause_of(200), None);
        assert_eq!(cause_of(486), Some(17));
        assert_eq!(cause_of(503), Some(41));
        assert_eq!(cause_of(488), Some(31));
        assert_eq!(cause_of(487), None);
    }

    #[test]
    fn a_reason_header_names_the_cause_in_words() {
        assert_eq!(reason_header(17), "Q.850;cause=17;text=\"User busy\"");
        assert_eq!(reason_header(99), "Q.850;cause=99");
    }
}
