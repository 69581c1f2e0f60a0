//! Dialogs as their messages show them: who ended them, what may follow, and the descriptions we gave.

use std::collections::BTreeMap;

use bytes::Bytes;
use pointsman_sip::{Message, Method};

use super::{Faults, name_of};

/// Call-ID, our tag, the peer's tag.
pub(super) type DialogKey = (String, String, String);

/// The dialog of a request that we sent or of a response that we got.
pub(super) fn key_as_uac(message: &Message) -> DialogKey {
    key(message, message.from_tag(), message.to_tag())
}

/// The dialog of a request that we got or of a response that we sent.
pub(super) fn key_as_uas(message: &Message) -> DialogKey {
    key(message, message.to_tag(), message.from_tag())
}

fn key(message: &Message, ours: Option<&str>, theirs: Option<&str>) -> DialogKey {
    (
        message.call_id().to_owned(),
        ours.unwrap_or_default().to_owned(),
        theirs.unwrap_or_default().to_owned(),
    )
}

#[derive(Default)]
struct Seen {
    /// A 2xx to an INVITE went one way or the other.
    confirmed: bool,
    bye_sent: bool,
    /// A BYE came and we took it.
    bye_taken: bool,
    last_cseq: u32,
}

#[derive(Default)]
pub(super) struct Dialogs {
    seen: BTreeMap<DialogKey, Seen>,
    /// By Call-ID, our tag, session and version: the body.
    descriptions: BTreeMap<(String, String, String), Bytes>,
}

impl Dialogs {
    pub(super) fn confirm(&mut self, key: DialogKey, cseq: u32) {
        let seen = self.seen.entry(key).or_default();
        seen.confirmed = true;
        seen.last_cseq = seen.last_cseq.max(cseq);
    }

    pub(super) fn bye_taken(&mut self, key: DialogKey) {
        self.seen.entry(key).or_default().bye_taken = true;
    }

    pub(super) fn is_over(&self, key: &DialogKey) -> bool {
        self.seen
            .get(key)
            .is_some_and(|seen| seen.bye_sent || seen.bye_taken)
    }

    /// A request of ours leaves in a dialog for the first time.
    pub(super) fn request(&mut self, message: &Message, faults: &mut Faults) {
        let key = key_as_uac(message);
        let seen = self.seen.entry(key).or_default();
        if seen.bye_sent || seen.bye_taken {
            faults.add(format!("a request on a dead dialog: {}", name_of(message)));
        }
        let (cseq, method) = message.cseq();
        if cseq <= seen.last_cseq {
            faults.add(format!(
                "the CSeq does not rise above {}: {}",
                seen.last_cseq,
                name_of(message)
            ));
        }
        seen.last_cseq = cseq;
        seen.bye_sent |= *method == Method::BYE;
    }

    /// RFC 3264, 8: the version of a description rises whenever anything in it changes.
    pub(super) fn described(&mut self, message: &Message, faults: &mut Faults) {
        let body = message.body();
        let text = String::from_utf8_lossy(&body);
        let Some(origin) = text.lines().find_map(|line| line.strip_prefix("o=")) else {
            return;
        };
        let ours = if message.is_request() {
            message.from_tag()
        } else {
            message.to_tag()
        };
        let session: Vec<&str> = origin.split(' ').skip(1).take(2).collect();
        let key = (
            message.call_id().to_owned(),
            ours.unwrap_or_default().to_owned(),
            session.join(" "),
        );
        if self.descriptions.get(&key).is_some_and(|known| *known != body) {
            faults.add(format!(
                "another description under the same version: {}",
                name_of(message)
            ));
        }
        self.descriptions.insert(key, body);
    }

    pub(super) fn finish(&self, faults: &mut Faults) {
        for ((call_id, ours, theirs), seen) in &self.seen {
            if seen.confirmed && !seen.bye_sent && !seen.bye_taken {
                faults.add(format!("a dialog never ended: {call_id} {ours} {theirs}"));
            }
        }
    }
}
