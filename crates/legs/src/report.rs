//! What a phone says about one call, whichever side it was on.

use std::time::{Duration, Instant};

/// One call of one phone; counts up from 1 and is never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(pub u64);

/// Which side of the call the phone was on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It sent the INVITE.
    Caller,
    /// It got the INVITE.
    Callee,
}

/// Who ended an answered call, or gave up an unanswered one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// This phone: it sent the BYE, the CANCEL or the refusal.
    Us,
    /// The other side did.
    Peer,
    /// Nobody: a timer ran out (no response, no ACK, the longest time of a call).
    Timer,
}

/// 8 kHz audio on the clock of its arrival or departure. What never came is silence.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Track {
    /// When the first sample was due; `None` while there is none.
    pub start: Option<Instant>,
    /// Samples from `start` on.
    pub samples: Vec<i16>,
}

impl Track {
    /// Length of the audio.
    pub fn length(&self) -> Duration {
        Duration::from_micros(self.samples.len() as u64 * 125)
    }
}

/// Packets of one call's audio stream as this phone counted them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RtpCounts {
    /// Packets handed to the network.
    pub sent: u64,
    /// Packets lost on purpose ([`crate::behaviour::Talk::lose`]).
    pub lost_on_purpose: u64,
    /// Packets that arrived and were RTP of the agreed payload types, duplicates left out.
    pub received: u64,
    /// Gaps in the sequence numbers that were never filled.
    pub lost: u64,
    /// Packets that came twice.
    pub duplicated: u64,
    /// Packets that came after a later one.
    pub reordered: u64,
    /// Packets that are no RTP, have another payload type, or came when no call used the port.
    pub refused: u64,
    /// Different SSRCs heard.
    pub sources: u64,
    /// RTCP packets that arrived.
    pub rtcp_received: u64,
}

/// All that one phone knows of one call.
#[derive(Clone, Debug, PartialEq)]
pub struct CallReport {
    /// Name of the phone.
    pub phone: String,
    /// The phone's number for it.
    pub call: CallId,
    /// Side.
    pub role: Role,
    /// SIP Call-ID.
    pub call_id: String,
    /// User part of From; `None` when withheld.
    pub from: Option<String>,
    /// Called number: user part of the request URI.
    pub to: String,
    /// Responses to the INVITE, received (caller) or sent (callee), 100 left out: time and status.
    pub timeline: Vec<(Instant, u16)>,
    /// When the INVITE was sent or arrived.
    pub started_at: Instant,
    /// When the first 2xx was sent or arrived.
    pub answered_at: Option<Instant>,
    /// When it was over for this phone.
    pub ended_at: Option<Instant>,
    /// Who ended it.
    pub ended_by: Option<EndedBy>,
    /// Final status of the INVITE; `None` when none came or was sent.
    pub final_status: Option<u16>,
    /// Reason header of whatever ended the call from the other side: failure, CANCEL or BYE.
    pub reason: Option<String>,
    /// Contacts of a 3xx.
    pub redirects: Vec<String>,
    /// What this phone heard.
    pub heard: Track,
    /// What this phone said, packets lost on purpose included.
    pub said: Track,
    /// RFC 4733 digits heard.
    pub digits: String,
    /// INFO requests heard: Content-Type and body.
    pub infos: Vec<(String, String)>,
    /// Statuses that answered our own re-INVITEs and INFOs, in order.
    pub answers: Vec<u16>,
    /// How often the other side put us on hold and took us back, in order: true is hold.
    pub held: Vec<bool>,
    /// re-INVITEs that arrived.
    pub reinvites: u32,
    /// RTP.
    pub rtp: RtpCounts,
    /// Breaches of protocol by the other side, in words. Empty in a good call.
    pub complaints: Vec<String>,
}

impl CallReport {
    pub(crate) fn new(phone: String, call: CallId, role: Role, now: Instant) -> Self {
        Self {
            phone,
            call,
            role,
            call_id: String::new(),
            from: None,
            to: String::new(),
            timeline: Vec::new(),
            started_at: now,
            answered_at: None,
            ended_at: None,
            ended_by: None,
            final_status: None,
            reason: None,
            redirects: Vec::new(),
            heard: Track::default(),
            said: Track::default(),
            digits: String::new(),
            infos: Vec::new(),
            answers: Vec::new(),
            held: Vec::new(),
            reinvites: 0,
            rtp: RtpCounts::default(),
            complaints: Vec::new(),
        }
    }

    /// Statuses of the timeline without their times.
    pub fn statuses(&self) -> Vec<u16> {
        self.timeline.iter().map(|(_, status)| *status).collect()
    }

    /// Whether there was a 2xx.
    pub fn answered(&self) -> bool {
        self.answered_at.is_some()
    }

    /// From the answer to the end; zero when never answered or not ended.
    pub fn talked(&self) -> Duration {
        match (self.answered_at, self.ended_at) {
            (Some(answered), Some(ended)) => ended.saturating_duration_since(answered),
            _ => Duration::ZERO,
        }
    }

    /// Q.850 cause of the Reason header.
    pub fn cause(&self) -> Option<u8> {
        let reason = self.reason.as_deref()?;
        let rest = reason.trim_start();
        let rest = rest
            .get(..5)
            .filter(|p| p.eq_ignore_ascii_case("q.850"))
            .and(rest.get(5..))?;
        rest.split(';').find_map(|param| {
            let (name, value) = param.split_once('=')?;
            name.trim()
                .eq_ignore_ascii_case("cause")
                .then(|| value.trim().parse().ok())?
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_read_from_the_reason_header() {
        let mut report = CallReport::new(String::new(), CallId(1), Role::Caller, Instant::now());
        let rows = [
            ("Q.850;cause=17;text=\"User busy\"", Some(17)),
            (" q.850 ; cause = 34", Some(34)),
            ("SIP;cause=200;text=\"Call completed elsewhere\"", None),
            ("Q.850", None),
            ("Q.8", None),
        ];
        for (header, cause) in rows {
            report.reason = Some(header.to_owned());
            assert_eq!(report.cause(), cause, "{header}");
        }
    }
}
