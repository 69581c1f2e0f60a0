//! The headers that decide what a message belongs to, and whether they can be used.
use super::scan::{Verdict, span};
use super::{Envelope, Span};
use crate::syntax::{self, CommaList, Fault, ParamWalk, is_blank, is_token, skip_blank};
use crate::{Method, Status};

/// First lines of the headers that decide, and what must not come twice.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    pub(super) via: Option<Span>,
    pub(super) vias: usize,
    pub(super) from: Option<Span>,
    pub(super) to: Option<Span>,
    pub(super) call_id: Option<Span>,
    pub(super) cseq: Option<Span>,
    pub(super) max_forwards: Option<Span>,
    pub(super) content_length: Option<usize>,
    pub(super) bad_contact: Option<Fault>,
}

/// RFC 4475 sections 3.1.2.1 and 3.1.2.13.
pub(super) fn contacts(list: &[u8]) -> Result<(), Fault> {
    if list == b"*" {
        return Ok(());
    }
    CommaList::new(list).try_for_each(|value| tag_of(value).map(|_| ()))
}

/// Checks an address value and finds its tag, as positions in `value`.
fn tag_of(value: &[u8]) -> Result<std::ops::Range<usize>, Fault> {
    let mut walk = ParamWalk::new(value, syntax::address(value)?.params);
    let mut tag = 0..0;
    while let Some(param) = walk.next()? {
        if tag.is_empty() && value[param.name].eq_ignore_ascii_case(b"tag") {
            tag = param.value.unwrap_or(0..0);
        }
    }
    if walk.position() < value.len() {
        return Err("more than one address");
    }
    if value[tag.clone()].iter().all(u8::is_ascii_graphic) {
        Ok(tag)
    } else {
        Err("malformed tag")
    }
}

impl Seen {
    fn cseq_parts<'a>(&self, raw: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
        let value = self.cseq?.of(raw);
        let end = value.iter().position(|octet| is_blank(*octet))?;
        Some((&value[..end], &value[skip_blank(value, end)..]))
    }

    pub(super) fn cseq_method(&self, raw: &[u8]) -> Option<Method> {
        let (_, method) = self.cseq_parts(raw)?;
        let valid = !method.is_empty() && method.iter().all(|octet| is_token(*octet));
        std::str::from_utf8(method)
            .ok()
            .filter(|_| valid)
            .map(Method::parse)
    }

    /// Looks for what transactions and dialogs ask for; what can be found is found also after a fault.
    pub(super) fn check(&self, raw: &[u8], method: &Method, verdict: &mut Verdict) -> Envelope {
        let mut tag = |value: Option<Span>, missing: Fault| {
            let value = verdict.note(value.ok_or(missing))?;
            let tag = verdict.note(tag_of(value.of(raw)))?;
            Some(span(tag, usize::from(value.start)))
        };
        Envelope {
            from_tag: tag(self.from, "no From").unwrap_or_default(),
            to_tag: tag(self.to, "no To").unwrap_or_default(),
            call_id: verdict.note(self.checked_call_id(raw)).unwrap_or_default(),
            cseq: verdict.note(self.checked_cseq(raw, method)).unwrap_or_default(),
            ..Envelope::default()
        }
    }

    /// What only a request is refused for.
    pub(super) fn check_request(&self, raw: &[u8], verdict: &mut Verdict) {
        let forwards = self.max_forwards.map(|value| syntax::number(value.of(raw)));
        if forwards.is_some_and(|forwards| forwards.is_none_or(|forwards| forwards > 255)) {
            verdict.blame(Status::BAD_REQUEST, "malformed Max-Forwards");
        }
        if let Some(fault) = self.bad_contact {
            verdict.blame(Status::BAD_REQUEST, fault);
        }
    }

    /// The top Via: where the response goes and which transaction it belongs to.
    pub(super) fn check_via(&self, raw: &[u8], envelope: &mut Envelope, verdict: &mut Verdict) {
        let Some(value) = verdict.note(self.via.ok_or("no Via")) else {
            return;
        };
        let text = value.of(raw);
        let offset = usize::from(value.start);
        let Some(via) = verdict.note(syntax::via(text)) else {
            return;
        };
        envelope.sent_by = span(via.host.start..via.params, offset);
        envelope.via_port = via.port;
        let mut walk = ParamWalk::new(text, via.params);
        let mut branches = 0;
        while let Some(param) = verdict.note(walk.next()).flatten() {
            let name = &text[param.name];
            if name.eq_ignore_ascii_case(b"branch") {
                branches += 1;
                envelope.branch = span(param.value.unwrap_or(0..0), offset);
            } else if name.eq_ignore_ascii_case(b"rport") {
                envelope.rport = true;
            }
        }
        // RFC 3261 section 7.3.1: no parameter twice. Which of two would count, everybody on the way decides alone.
        if branches > 1 {
            verdict.blame(Status::BAD_REQUEST, "two branches in one Via");
        }
        envelope.more_vias = walk.position() < text.len();
    }

    fn checked_call_id(&self, raw: &[u8]) -> Result<Span, Fault> {
        let value = self.call_id.ok_or("no Call-ID")?;
        let text = value.of(raw);
        if text.is_empty() || !text.iter().all(u8::is_ascii_graphic) {
            return Err("malformed Call-ID");
        }
        Ok(value)
    }

    fn checked_cseq(&self, raw: &[u8], method: &Method) -> Result<u32, Fault> {
        let value = self.cseq.ok_or("no CSeq")?;
        let (digits, token) = self
            .cseq_parts(raw)
            .filter(|_| !value.is_empty())
            .ok_or("malformed CSeq")?;
        let number = syntax::number(digits).ok_or("malformed CSeq")?;
        // RFC 4475 sections 3.1.2.17 and 3.1.2.18.
        if token != method.as_str().as_bytes() {
            return Err("CSeq method differs from the request");
        }
        Ok(number)
    }
}
