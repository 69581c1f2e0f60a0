//! From SIP statuses and Q.850 causes to the outcomes a policy knows, and back.
//!
//! Sources: RFC 3261 section 21, RFC 3398 section 8, requirement rows NET-04 and TRM-07. A cause in a Reason header
//! (RFC 3326) says more than the status it came with, so it decides first.

use pointsman_policy::Ended;
use pointsman_sip::{Message, Name};

use crate::cdr::Outcome;

/// A final failure as it came from an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) status: u16,
    pub(crate) phrase: String,
    pub(crate) reasons: Vec<String>,
    pub(crate) cause: Option<u8>,
    /// We have no media address of the IP version that this needs.
    pub(crate) of_family: bool,
}

impl Failure {
    pub(crate) fn of(response: &Message) -> Self {
        Self {
            status: response.status().map_or(500, |status| status.0),
            phrase: response.reason_phrase().to_owned(),
            reasons: response
                .headers(Name::Reason)
                .map(std::borrow::Cow::into_owned)
                .collect(),
            cause: q850_cause(response),
            of_family: false,
        }
    }

    /// A failure nobody sent: a timer or the transport.
    pub(crate) fn own(status: u16, phrase: &str, cause: u8) -> Self {
        Self {
            status,
            phrase: phrase.to_owned(),
            reasons: Vec::new(),
            cause: Some(cause),
            of_family: false,
        }
    }

    /// What a caller is told.
    pub(crate) fn told(status: u16, phrase: &str, reasons: Vec<String>) -> Self {
        Self {
            reasons,
            cause: None,
            ..Self::own(status, phrase, 0)
        }
    }

    /// The two sides have no IP version in common with us: Q.850 cause 88, incompatible destination.
    pub(crate) fn of_family() -> Self {
        Self {
            of_family: true,
            ..Self::own(488, "Not Acceptable Here", 88)
        }
    }
}

/// The cause of a `Reason: Q.850;cause=N` header, 1 to 127.
pub(crate) fn q850_cause(message: &Message) -> Option<u8> {
    message.values(Name::Reason).find_map(|value| {
        let (protocol, params) = value.split_once(';')?;
        if !protocol.trim().eq_ignore_ascii_case("Q.850") {
            return None;
        }
        params.split(';').find_map(|param| {
            let (name, cause) = param.split_once('=')?;
            let cause = cause
                .trim()
                .parse::<u8>()
                .ok()
                .filter(|cause| (1..=127).contains(cause))?;
            name.trim().eq_ignore_ascii_case("cause").then_some(cause)
        })
    })
}

/// The outcome of a call whose last attempt failed so.
pub(crate) fn outcome_of(ended: Ended) -> Outcome {
    match ended {
        Ended::Busy => Outcome::Busy,
        Ended::NoAnswer => Outcome::NoAnswer,
        Ended::Congestion => Outcome::Congestion,
        Ended::Rejected => Outcome::Rejected,
        _ => Outcome::Unreachable,
    }
}

/// How an attempt ended that got `failure`. `rang`: it had been ringing, so a timeout there is no answer.
pub(crate) fn ended(failure: &Failure, rang: bool) -> Ended {
    failure
        .cause
        .and_then(ended_by_cause)
        .unwrap_or_else(|| ended_by_status(failure.status, rang))
}

fn ended_by_cause(cause: u8) -> Option<Ended> {
    Some(match cause {
        17 => Ended::Busy,
        18 | 19 => Ended::NoAnswer,
        1 | 2 | 3 | 20 | 22 | 27 | 28 | 38 | 41 => Ended::Unreachable,
        34 | 42 | 44 | 46 | 47 => Ended::Congestion,
        21 | 55 | 57 | 87 => Ended::Rejected,
        _ => return None,
    })
}

fn ended_by_status(status: u16, rang: bool) -> Ended {
    match status {
        486 | 600 => Ended::Busy,
        480 => Ended::NoAnswer,
        408 | 487 if rang => Ended::NoAnswer,
        503 => Ended::Congestion,
        404 | 408 | 410 | 484 | 485 | 487 | 500 | 501 | 502 | 504 | 505 | 513 | 604 => Ended::Unreachable,
        _ => Ended::Rejected,
    }
}

/// The status and cause a caller gets for an outcome that nothing more precise is known of.
pub(crate) fn status_of(ended: Ended) -> (u16, u8) {
    match ended {
        Ended::Busy => (486, 17),
        Ended::NoAnswer => (480, 19),
        Ended::Unreachable => (480, 20),
        Ended::Rejected => (603, 21),
        Ended::Congestion => (503, 34),
        Ended::Answered | Ended::Played | Ended::CallerGone | Ended::Keyed | Ended::NoKeys | Ended::Told => {
            (480, 16)
        }
    }
}

/// The text of a `Reason` header for a Q.850 cause.
pub(crate) fn reason_header(cause: u8, text: &str) -> String {
    let quoted: String = text
        .chars()
        .filter(|c| !matches!(c, '"' | '\\' | '\r' | '\n'))
        .collect();
    format!("Q.850;cause={cause};text=\"{quoted}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exit_has_its_statuses_and_the_cause_decides_first() {
        pointsman_conformance::shows(&["NET-04 outcomes"]);
        let cases = [
            (486, None, true, Ended::Busy),
            (600, None, false, Ended::Busy),
            (480, None, false, Ended::NoAnswer),
            (480, Some(20), false, Ended::Unreachable),
            (480, Some(17), false, Ended::Busy),
            (408, None, true, Ended::NoAnswer),
            (408, None, false, Ended::Unreachable),
            (503, None, false, Ended::Congestion),
            (503, Some(38), false, Ended::Unreachable),
            (500, Some(34), false, Ended::Congestion),
            (404, None, false, Ended::Unreachable),
            (603, None, true, Ended::Rejected),
            (403, None, false, Ended::Rejected),
            (488, None, false, Ended::Rejected),
            (486, Some(16), false, Ended::Busy),
        ];
        for (status, cause, rang, want) in cases {
            let failure = Failure {
                status,
                phrase: String::new(),
                reasons: Vec::new(),
                cause,
                of_family: false,
            };
            assert_eq!(
                ended(&failure, rang),
                want,
                "{status} with cause {cause:?}, rang {rang}"
            );
        }
    }
}
