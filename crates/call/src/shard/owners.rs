//! What a shard has to do with the owners of shared state: it asks them, and follows what they publish.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use pointsman_media::MediaEvent;
use pointsman_policy::Answer;
use pointsman_policy::acm::{AgentId, Notice, Ticket, Word};
use pointsman_policy::drs::Switched;
use pointsman_sip::{Flow, Message};

use super::Shard;
use crate::asked::{Asked, CallRef};
use crate::call::Input;
use crate::core::{CallKey, LegKey};
use crate::flow::queue::Turn;
use crate::journal::Entry;

impl Shard {
    /// INVITEs outside of dialogs so far, each once however often it is repeated. What cannot be read, and what a ban
    /// drops unread, is not among them. Every one of them is told as opened or refused.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.core.received
    }

    /// Next question of a call to an owner.
    pub fn poll_question(&mut self) -> Option<Asked> {
        let asked = self.core.questions.pop_front()?;
        if let Some(journal) = &mut self.journal {
            journal.asked(&asked);
        }
        Some(asked)
    }

    /// An owner answers a question of [`Self::poll_question`]. The call may have gone on, or away.
    pub fn handle_answer(&mut self, now: Instant, call: CallRef, answer: Answer) {
        self.note(Some(now), || Entry::Answer(call, answer.clone()));
        self.core.now = now;
        let asked = call.asked;
        self.deliver(call.key(), Input::Told { asked, answer });
        self.settle();
    }

    /// Next word for the owner of agents and queues.
    pub fn poll_word(&mut self) -> Option<Word> {
        let word = self.core.desk.poll_word()?;
        if let Some(journal) = &mut self.journal {
            journal.word(&word);
        }
        Some(word)
    }

    /// The owner of agents and queues says something. What is out of date changes nothing.
    pub fn handle_notice(&mut self, now: Instant, notice: Notice) {
        self.note(Some(now), || Entry::Notice(notice.clone()));
        self.core.now = now;
        match notice {
            Notice::Waiting { ticket, position } => self.turn(ticket, Turn::Position(position)),
            Notice::Refused { ticket, why } => self.turn(ticket, Turn::Refused(why)),
            Notice::Offer { ticket, offer } => {
                if self.core.desk.takes(ticket, &offer) {
                    self.turn(ticket, Turn::Offer(Box::new(offer)));
                }
            }
            Notice::Heard {
                beat,
                positions,
                unknown,
            } => {
                self.core.desk.heard(beat);
                for (ticket, position) in positions {
                    self.turn(ticket, Turn::Position(position));
                }
                for ticket in unknown {
                    self.turn(ticket, Turn::Unknown);
                }
            }
            Notice::Withdrawn { reservation } => {
                if let Some(ticket) = self.core.desk.ticket_of(reservation) {
                    self.turn(ticket, Turn::Withdrawn);
                }
            }
        }
        self.settle();
    }

    /// The agents that calls of this shard have, whether they ring or talk.
    #[must_use]
    pub fn agents_in_calls(&self) -> Vec<AgentId> {
        self.core.desk.agents()
    }

    fn turn(&mut self, ticket: Ticket, turn: Turn) {
        if let Some(call) = self.core.desk.call_of(ticket) {
            self.deliver(call, Input::Queue { ticket, turn });
        }
    }

    /// Calls from now on follow the disaster plans that are on (DRS-10); running ones go on as they are.
    pub fn set_switched(&mut self, switched: Arc<Switched>) {
        self.note(None, || Entry::Switched(switched.iter().cloned().collect()));
        self.core.switched = switched;
    }

    /// Calls of these customers are not recorded any more; what runs is stopped, and the calls go on (REC-25).
    pub fn set_recordings_full(&mut self, now: Instant, customers: Arc<BTreeSet<String>>) {
        self.note(Some(now), || Entry::RecordingsFull((*customers).clone()));
        self.core.now = now;
        let newly =
            |customer: &str| customers.contains(customer) && !self.core.recordings_full.contains(customer);
        let stopped = self.slots.iter().zip(0..).filter_map(|(slot, at)| {
            let call = slot.call.as_ref()?;
            let generation = slot.generation;
            let records = &call.cdr.recordings;
            let is_full = records.iter().any(|record| newly(&record.customer));
            is_full.then_some(CallKey { slot: at, generation })
        });
        let stopped: Vec<CallKey> = stopped.collect();
        self.core.recordings_full = customers;
        for key in stopped {
            self.deliver(key, Input::RecordingsFull);
        }
        self.settle();
    }

    /// A message is written down as it came, but for a key in an INFO that is nobody's but an owner's.
    pub(super) fn note_received(&mut self, now: Instant, flow: Flow, payload: &Bytes) {
        if self.journal.is_none() {
            return;
        }
        let hidden = self.without_its_key(payload);
        if let Some(journal) = &mut self.journal {
            journal.received(now, flow, hidden.as_ref().unwrap_or(payload));
        }
    }

    fn without_its_key(&self, payload: &Bytes) -> Option<Bytes> {
        let info = payload
            .starts_with(b"INFO ")
            .then(|| Message::parse(payload.clone()).ok())??;
        let (key, leg) = self.leg_of(&info)?;
        let slot = self.slots.get(key.slot as usize)?;
        let call = slot.call.as_ref().filter(|_| slot.generation == key.generation)?;
        (leg == LegKey::CALLER).then(|| call.without_secret_key(&info))?
    }

    /// A key is written down only where a call collects it, and not which one where that is a secret.
    pub(super) fn note_media(&mut self, now: Instant, event: &MediaEvent) {
        let Some(journal) = &mut self.journal else { return };
        let &MediaEvent::Digit {
            port,
            digit,
            duration_ms,
        } = event
        else {
            journal.media(now, event);
            return;
        };
        let call = self.core.index.ports.get(&port).and_then(|(key, _)| {
            let slot = self.slots.get(key.slot as usize)?;
            slot.call.as_ref().filter(|_| slot.generation == key.generation)
        });
        if let Some(digit) = call.and_then(|call| call.key_to_write(digit)) {
            journal.media(
                now,
                &MediaEvent::Digit {
                    port,
                    digit,
                    duration_ms,
                },
            );
        }
    }
}
