//! Requests that left the switch, and their answers.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;
use pointsman_sip::{Message, Method};

use super::dialogs::{DialogKey, Dialogs, key_as_uac};
use super::{Faults, LONG, name_of};

struct Seen {
    what: String,
    /// Call-ID and our tag.
    from: (String, String),
    /// The peer's tag, if the request was sent in a dialog.
    peer: Option<String>,
    to: SocketAddr,
    cseq: u32,
    /// sent-by of its Via.
    place: (String, u16),
    payload: Bytes,
    first: Instant,
    heard: bool,
    last: Option<u16>,
    /// When the last final response could still find the transaction (RFC 6026, 7.2: Timer M).
    until: Option<Instant>,
    cancelled: Option<Instant>,
    /// The transaction ended for want of anybody to talk to.
    gone: bool,
}

impl Seen {
    /// Whether a response may find no transaction any more.
    fn is_gone(&self, now: Instant) -> bool {
        self.gone
            || (!self.heard && now > self.first + LONG)
            || self.cancelled.is_some_and(|at| now > at + LONG)
            || self.until.is_some_and(|until| now > until)
            || self.last.is_some_and(|status| status >= 300)
    }
}

/// A 2xx to an INVITE of ours.
struct Ok {
    what: String,
    /// It says where an ACK could go to.
    usable: bool,
    acked: bool,
    owed: bool,
}

/// Our branches cannot be guessed, so they are enough.
fn branch_of(message: &Message) -> String {
    let via = message.top_via();
    via.and_then(|via| via.branch().map(str::to_owned))
        .unwrap_or_default()
}

/// Host and port of the top Via.
fn place_of(message: &Message) -> (String, u16) {
    let via = message.top_via();
    via.map(|via| (via.host.to_ascii_lowercase(), via.port.unwrap_or(5060)))
        .unwrap_or_default()
}

#[derive(Default)]
pub(super) struct Clients {
    seen: BTreeMap<(String, String), Seen>,
    oks: BTreeMap<(DialogKey, u32), Ok>,
}

impl Clients {
    pub(super) fn request(
        &mut self,
        now: Instant,
        to: SocketAddr,
        request: &Message,
        dialogs: &mut Dialogs,
        faults: &mut Faults,
    ) {
        let (cseq, method) = request.cseq();
        let branch = branch_of(request);
        if *method == Method::ACK {
            self.ack(request, cseq, &branch, faults);
            return;
        }
        if *method == Method::CANCEL {
            self.cancel(now, request, &branch, faults);
        }
        let key = (branch, method.to_string());
        if let Some(seen) = self.seen.get(&key) {
            if seen.payload != *request.raw() {
                faults.add(format!("a request changed on its way: {}", name_of(request)));
            }
            if seen.last.is_some() || (seen.heard && *method == Method::INVITE) {
                faults.add(format!(
                    "a request was repeated after its answer: {}",
                    name_of(request)
                ));
            }
            return;
        }
        // A peer from before RFC 3261 has no tag.
        let within = request.to_tag().is_some() || *method == Method::BYE;
        if within && *method != Method::CANCEL {
            dialogs.request(request, faults);
        }
        self.seen.insert(
            key,
            Seen {
                what: name_of(request),
                from: (
                    request.call_id().to_owned(),
                    request.from_tag().unwrap_or_default().to_owned(),
                ),
                peer: request.to_tag().map(str::to_owned),
                to,
                cseq,
                place: place_of(request),
                payload: request.raw().clone(),
                first: now,
                heard: false,
                last: None,
                until: None,
                cancelled: None,
                gone: false,
            },
        );
    }

    fn ack(&mut self, ack: &Message, cseq: u32, branch: &str, faults: &mut Faults) {
        if let Some(seen) = self.seen.get(&(branch.to_owned(), "INVITE".to_owned())) {
            if seen.last.is_none_or(|status| status < 300) {
                faults.add(format!("an ACK to no failure: {}", name_of(ack)));
            }
            return;
        }
        match self.oks.get_mut(&(key_as_uac(ack), cseq)) {
            Some(ok) => {
                ok.acked = true;
                ok.owed = false;
            }
            None => faults.add(format!("an ACK to no 2xx: {}", name_of(ack))),
        }
    }

    /// RFC 3261, 9.1: a CANCEL goes after a provisional response and before the final one.
    fn cancel(&mut self, now: Instant, cancel: &Message, branch: &str, faults: &mut Faults) {
        match self.seen.get_mut(&(branch.to_owned(), "INVITE".to_owned())) {
            Some(invite) if invite.cancelled.is_some() => {}
            Some(invite) => {
                if !invite.heard || invite.last.is_some() {
                    faults.add(format!("a CANCEL too early or too late: {}", name_of(cancel)));
                }
                invite.cancelled = Some(now);
            }
            None => faults.add(format!("a CANCEL of nothing: {}", name_of(cancel))),
        }
    }

    pub(super) fn response(&mut self, now: Instant, response: &Message, dialogs: &mut Dialogs) {
        let Some(status) = response.status() else { return };
        let (cseq, method) = response.cseq();
        let Some(seen) = self.seen.get_mut(&(branch_of(response), method.to_string())) else {
            return;
        };
        // RFC 3261, 18.1.2: what does not name us, or another number, is for nobody here.
        if seen.is_gone(now) || cseq != seen.cseq || place_of(response) != seen.place {
            return;
        }
        seen.heard = true;
        if status.is_provisional() {
            return;
        }
        seen.last.get_or_insert(status.0);
        seen.until.get_or_insert(now + LONG);
        // A re-INVITE cannot fork.
        let fits = seen.peer.is_none() || seen.peer.as_deref() == response.to_tag();
        if *method == Method::INVITE && status.is_success() && fits {
            let usable = response.contact().is_some() && response.to_tag().is_some();
            // What it says of us is of no interest: its branch says which INVITE it answers.
            let (call_id, ours) = seen.from.clone();
            let dialog = (call_id, ours, response.to_tag().unwrap_or_default().to_owned());
            if usable {
                dialogs.confirm(dialog.clone(), cseq);
            }
            let ok = self.oks.entry((dialog, cseq)).or_insert_with(|| Ok {
                what: name_of(response),
                usable,
                acked: false,
                owed: false,
            });
            ok.owed = ok.acked;
        }
    }

    /// Requests that nobody has answered end when ICMP says that nobody will.
    pub(super) fn unreachable(&mut self, remote: SocketAddr) {
        for seen in self.seen.values_mut() {
            seen.gone |= seen.to == remote && !seen.heard;
        }
    }

    pub(super) fn look(&mut self, faults: &mut Faults) {
        for ok in self.oks.values_mut().filter(|ok| ok.owed) {
            ok.owed = false;
            faults.add(format!("a repeated 2xx got no ACK: {}", ok.what));
        }
    }

    pub(super) fn finish(&self, faults: &mut Faults) {
        for ok in self.oks.values().filter(|ok| ok.usable && !ok.acked) {
            faults.add(format!("a 2xx never got its ACK: {}", ok.what));
        }
        for ((_, method), seen) in &self.seen {
            let rings = method == "INVITE" && seen.heard && seen.last.is_none() && seen.cancelled.is_none();
            if rings && !seen.gone {
                faults.add(format!("left ringing for ever: {}", seen.what));
            }
        }
    }
}
