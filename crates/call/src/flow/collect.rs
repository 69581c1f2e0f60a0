//! Keys of the caller: collected one by one, from RTP (RFC 4733) or INFO.

use std::ops::Range;
use std::time::Instant;

use bytes::Bytes;
use pointsman_media::Command;
use pointsman_policy::{Collect, Ended as StepEnded, Secret};
use pointsman_sip::Message;

use crate::call::{Announcing, Call, State};
use crate::core::{Core, LegKey};
use crate::timers::TimerKind;

/// Keys that are being collected.
#[derive(Debug)]
pub(crate) struct Keys {
    collect: Collect,
    typed: Typed,
    until: Option<Instant>,
}

/// What was keyed so far. Its `Debug` shows none of it.
#[derive(Default)]
struct Typed(String);

impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} keys", self.0.len())
    }
}

impl Call {
    /// Begins to collect; `Some` if there is nothing to wait for.
    pub(crate) fn collect(&mut self, core: &mut Core, collect: Collect) -> Option<StepEnded> {
        self.gone = None;
        let loaded = |name: &String| self.routing.prompt(&self.cdr.customer, name).is_some();
        let prompts: Vec<String> = collect
            .prompts
            .iter()
            .filter(|name| loaded(name))
            .cloned()
            .collect();
        self.state = State::Announcing(Announcing {
            id: pointsman_media::PlayId(core.next_play()),
            prompts,
            next: 0,
            repeat: 1,
            started: false,
            keys: Some(Box::new(Keys {
                collect,
                typed: Typed::default(),
                until: None,
            })),
        });
        self.begin_announcing(core, true);
        None
    }

    fn keys(&mut self) -> Option<&mut Keys> {
        match &mut self.state {
            State::Announcing(Announcing { keys: Some(keys), .. }) => Some(keys),
            _ => None,
        }
    }

    /// The announcements are over: the caller has so long for the first key.
    pub(crate) fn await_first_key(&mut self, core: &mut Core) {
        let timer = self.timer_key(TimerKind::Keys);
        if let Some(keys) = self.keys().filter(|keys| keys.typed.0.is_empty()) {
            keys.until = Some(core.arm(keys.collect.first, timer));
        }
    }

    /// The caller pressed a key.
    pub(crate) fn keyed(&mut self, core: &mut Core, key: char) {
        let timer = self.timer_key(TimerKind::Keys);
        let port = self.caller().port;
        if let State::Queueing(queueing) = &self.state {
            if queueing.ends_with(key) {
                self.end_queue(core, StepEnded::Keyed);
            }
            return;
        }
        let State::Announcing(announcing) = &mut self.state else {
            return;
        };
        let Some(keys) = &mut announcing.keys else { return };
        // The announcement stops at the first key, and those that would follow are not begun.
        if announcing.next < announcing.prompts.len() || keys.typed.0.is_empty() {
            announcing.next = announcing.prompts.len();
            announcing.started = true;
            announcing.id = pointsman_media::PlayId(core.next_play());
            if let Some(port) = port {
                core.media.push_back(Command::StopPlay { port });
            }
        }
        if keys.collect.end == Some(key) {
            return self.collected(core);
        }
        keys.typed.0.push(key);
        if keys.typed.0.len() >= usize::from(keys.collect.most.max(1)) {
            return self.collected(core);
        }
        keys.until = Some(core.arm(keys.collect.between, timer));
    }

    /// A key in an INFO: `application/dtmf-relay` ("Signal=5") or `application/dtmf` ("5").
    pub(crate) fn keyed_by_info(&mut self, core: &mut Core, info: &Message) {
        if let Some((key, _)) = key_of(info) {
            self.keyed(core, key);
        }
    }

    pub(crate) fn keys_timer(&mut self, core: &mut Core, at: Instant) {
        if self.keys().is_some_and(|keys| keys.until == Some(at)) {
            self.collected(core);
        }
    }

    fn collected(&mut self, core: &mut Core) {
        let State::Announcing(announcing) = std::mem::replace(&mut self.state, State::Routing) else {
            return;
        };
        let Some(Keys { collect, typed, .. }) = announcing.keys.map(|keys| *keys) else {
            return;
        };
        if typed.0.is_empty() {
            return self.route(core, Some(StepEnded::NoKeys));
        }
        if collect.secret {
            self.secret = Some(Box::new(Secret::new(typed.0)));
        } else {
            self.facts.keyed.insert(collect.name, typed.0);
        }
        self.route(core, Some(StepEnded::Keyed));
    }

    /// How a key may be written down now: not at all when nobody collects, and without its name in secret.
    pub(crate) fn key_to_write(&self, key: char) -> Option<char> {
        match &self.state {
            State::Announcing(Announcing { keys: Some(keys), .. }) => {
                let shown = !keys.collect.secret || keys.collect.end == Some(key);
                Some(if shown { key } else { HIDDEN })
            }
            State::Queueing(queueing) => Some(key).filter(|key| queueing.ends_with(*key)),
            _ => None,
        }
    }

    /// An INFO as it may be written down, if its key must not be: it is collected in secret, or comes when nobody
    /// collects and there is nobody to pass it on to, as one that is repeated after the last key.
    pub(crate) fn without_secret_key(&self, info: &Message) -> Option<Bytes> {
        let (key, written) = key_of(info)?;
        let shown = match self.key_to_write(key) {
            Some(shown) => shown,
            None if self.peer_of(LegKey::CALLER).is_some() => key,
            None => HIDDEN,
        };
        if shown == key {
            return None;
        }
        let (raw, body) = (info.raw(), info.body());
        // The body is a part of the raw message.
        let at = (body.as_ptr() as usize).checked_sub(raw.as_ptr() as usize)?;
        let mut hidden = raw.to_vec();
        let digits = hidden.get_mut(at + written.start..at + written.end)?;
        digits.fill(b' ');
        *digits.first_mut()? = b'0';
        Some(hidden.into())
    }
}

/// Stands in a journal for a key that was pressed in secret; it replays as well as the real one.
const HIDDEN: char = '0';

/// The key in an INFO, and where it stands in the body.
fn key_of(info: &Message) -> Option<(char, Range<usize>)> {
    let kind = info.content_type()?;
    let kind = kind.split(';').next()?.trim();
    let body = info.body();
    let text = std::str::from_utf8(&body).ok()?;
    let written = if kind.eq_ignore_ascii_case("application/dtmf-relay") {
        let value = text.lines().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            name.trim().eq_ignore_ascii_case("signal").then_some(value)
        })?;
        value.trim()
    } else if kind.eq_ignore_ascii_case("application/dtmf") {
        text.trim()
    } else {
        return None;
    };
    let mut chars = written.chars();
    let key = match (chars.next()?.to_ascii_uppercase(), chars.next()) {
        ('1', Some('0')) if written == "10" => '*',
        ('1', Some('1')) if written == "11" => '#',
        (key, None) => key,
        _ => return None,
    };
    let start = written.as_ptr() as usize - text.as_ptr() as usize;
    (key.is_ascii_digit() || matches!(key, '*' | '#' | 'A'..='D'))
        .then_some((key, start..start + written.len()))
}
