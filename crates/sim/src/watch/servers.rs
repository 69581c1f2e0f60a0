//! Requests that reached the switch, and their answers.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use pointsman_sip::{Message, Method};

use super::dialogs::{DialogKey, Dialogs, key_as_uas};
use super::{Faults, LONG, SLACK, branch_of, name_of};

/// T4 (RFC 3261, 17): how long the transaction of a failed INVITE stays after its ACK.
const T4: Duration = Duration::from_secs(5);

/// T2 (RFC 3261, 13.3.1.4): a 2xx is repeated at least this often.
const T2: Duration = Duration::from_secs(4);

struct Seen {
    what: String,
    /// Made of the request: the call it wants to be.
    opens: Option<String>,
    /// 100 was sent, so there is a transaction.
    tried: bool,
    last: Option<(u16, Bytes)>,
    tag: Option<String>,
    acked: bool,
    /// From then on the same request begins another transaction.
    until: Option<Instant>,
}

/// A 2xx of ours to an INVITE, until its ACK.
struct Ok {
    dialog: DialogKey,
    cseq: u32,
    first: Instant,
    sent: Instant,
}

#[derive(Default)]
pub(super) struct Servers {
    seen: BTreeMap<(String, String), Seen>,
    /// Final status of each INVITE outside of a dialog, by Call-ID.
    finals: BTreeMap<String, Vec<u16>>,
    /// Branches of requests that are answered 400 or the like because they cannot be read.
    unreadable: BTreeSet<String>,
    /// INVITEs refused without a transaction, by branch and source: until when they must not become calls.
    refused: BTreeMap<(String, IpAddr), Instant>,
    oks: Vec<Ok>,
    acked: Vec<(DialogKey, u32)>,
}

impl Servers {
    /// A request that cannot be read, but answered.
    pub(super) fn unreadable(&mut self, request: &Message) {
        if *request.method() != Method::ACK {
            self.unreadable.insert(branch_of(request));
        }
    }

    pub(super) fn request(&mut self, now: Instant, request: &Message) {
        let (cseq, method) = request.cseq();
        if *request.method() == Method::ACK {
            self.ack(now, request, cseq);
            return;
        }
        let opens =
            (*method == Method::INVITE && request.to_tag().is_none()).then(|| request.call_id().to_owned());
        let key = (branch_of(request), method.to_string());
        if self
            .seen
            .get(&key)
            .is_some_and(|seen| seen.until.is_some_and(|until| until <= now))
        {
            self.seen.remove(&key);
        }
        self.seen.entry(key).or_insert_with(|| Seen {
            what: name_of(request),
            opens,
            tried: false,
            last: None,
            tag: None,
            acked: false,
            until: None,
        });
    }

    fn ack(&mut self, now: Instant, ack: &Message, cseq: u32) {
        if let Some(seen) = self.seen.get_mut(&(branch_of(ack), "INVITE".to_owned()))
            && seen.last.as_ref().is_some_and(|(status, _)| *status >= 300)
            && seen.until.is_none_or(|until| now < until)
        {
            if !seen.acked {
                seen.acked = true;
                seen.until = Some(now + T4);
            }
            return;
        }
        let dialog = key_as_uas(ack);
        let before = self.oks.len();
        self.oks.retain(|ok| ok.dialog != dialog || ok.cseq != cseq);
        if self.oks.len() < before {
            self.acked.push((dialog, cseq));
        }
    }

    pub(super) fn response(
        &mut self,
        now: Instant,
        to: IpAddr,
        response: &Message,
        dialogs: &mut Dialogs,
        faults: &mut Faults,
    ) {
        let Some(status) = response.status() else { return };
        let (cseq, method) = response.cseq();
        let place = (branch_of(response), to);
        let refused = matches!(status.0, 400 | 416 | 505);
        if refused && self.unreadable.contains(&branch_of(response)) {
            // Answered without a look at any transaction; which of several 400 that is, nobody can say.
            return;
        }
        let Some(seen) = self.seen.get_mut(&(branch_of(response), method.to_string())) else {
            if status.0 < 400 && !self.unreadable.contains(&branch_of(response)) {
                faults.add(format!("an answer to nothing: {}", name_of(response)));
            }
            return;
        };
        seen.tried |= status.0 == 100;
        if seen.tried && self.refused.get(&place).is_some_and(|until| now < *until) {
            faults.add(format!("it was refused before: {}", name_of(response)));
        }
        let tag = response.to_tag().map(str::to_owned);
        if refused && seen.tag.is_some() && seen.tag != tag {
            return; // a repetition that could not be read, not even its branch
        }
        if status.0 > 100 && *method == Method::INVITE {
            if seen.tag.is_some() && seen.tag != tag {
                faults.add(format!("another tag than before: {}", name_of(response)));
            }
            seen.tag = tag;
        }
        let repeated = match &seen.last {
            Some((_, last)) if last == response.raw() => true,
            // Each CANCEL is answered anew, as the INVITE stands then (RFC 3261, 9.2).
            Some(_) if *method == Method::CANCEL => true,
            Some((last, _)) => {
                faults.add(format!("after a final {last}: {}", name_of(response)));
                return;
            }
            None => false,
        };
        if !status.is_final() {
            return;
        }
        if repeated && seen.acked {
            faults.add(format!("repeated after its ACK: {}", name_of(response)));
        }
        seen.last = Some((status.0, response.raw().clone()));
        seen.until.get_or_insert(now + LONG);
        if let Some(call_id) = seen.opens.as_ref().filter(|_| !repeated) {
            self.finals.entry(call_id.clone()).or_default().push(status.0);
        }
        if *method == Method::INVITE && !seen.tried {
            // Refused without a transaction (RFC 3261, 8.2.7).
            self.refused.retain(|_, until| now < *until);
            self.refused.entry(place).or_insert(now + LONG);
            self.seen.remove(&(branch_of(response), method.to_string()));
            return;
        }
        let dialog = key_as_uas(response);
        if *method == Method::BYE && status.is_success() {
            dialogs.bye_taken(dialog);
        } else if *method == Method::INVITE && status.is_success() {
            dialogs.confirm(dialog.clone(), 0);
            self.ok(now, dialog, cseq, repeated, faults);
        }
    }

    fn ok(&mut self, now: Instant, dialog: DialogKey, cseq: u32, repeated: bool, faults: &mut Faults) {
        if let Some(ok) = self
            .oks
            .iter_mut()
            .find(|ok| ok.dialog == dialog && ok.cseq == cseq)
        {
            ok.sent = now;
        } else if !repeated {
            self.oks.push(Ok {
                dialog,
                cseq,
                first: now,
                sent: now,
            });
        } else if self
            .acked
            .iter()
            .any(|(key, acked)| *key == dialog && *acked == cseq)
        {
            faults.add(format!("a 2xx was repeated after its ACK: {dialog:?} {cseq}"));
        }
    }

    /// Final statuses of the INVITEs that wanted to be calls with this Call-ID.
    pub(super) fn finals_of(&self, call_id: &str) -> &[u16] {
        self.finals.get(call_id).map_or(&[], Vec::as_slice)
    }

    /// RFC 3261, 13.3.1.4: a 2xx is repeated until its ACK, and after 64*T1 the dialog is ended.
    pub(super) fn look(&mut self, now: Instant, dialogs: &Dialogs, faults: &mut Faults) {
        self.oks.retain(|ok| {
            if dialogs.is_over(&ok.dialog) {
                return false;
            }
            if now > ok.first + LONG + SLACK {
                faults.add(format!(
                    "no ACK came in 64*T1 and no BYE was sent: {:?}",
                    ok.dialog
                ));
                return false;
            }
            if now > ok.sent + T2 + SLACK {
                faults.add(format!(
                    "a 2xx without ACK is no longer repeated: {:?}",
                    ok.dialog
                ));
                return false;
            }
            true
        });
    }

    pub(super) fn finish(&self, faults: &mut Faults) {
        for ((branch, _), seen) in &self.seen {
            if seen.last.is_none() && !self.unreadable.contains(branch) {
                faults.add(format!("never answered: {}", seen.what));
            }
        }
        for ok in &self.oks {
            faults.add(format!(
                "a 2xx was left without ACK and without BYE: {:?}",
                ok.dialog
            ));
        }
    }
}
