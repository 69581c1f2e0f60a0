//! What a shard has to do with queues: its callers that wait, the agents that its calls have, and the words about them
//! for the owner. Four times a second all of it is said again, so that no word that is lost matters for long.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use pointsman_policy::acm::{AgentId, BEAT, Held, Offer, Phase, Report, ReservationId, Ticket, Word};

use crate::core::CallKey;

/// Beats that are made with nothing to say when nobody confirms that it was heard: by then the owner has freed all.
const LAST_BEATS: u32 = 12;

/// One caller's turn.
#[derive(Debug)]
struct Place {
    call: CallKey,
    waiting: bool,
    held: Option<Held>,
}

/// Everything of a shard that is about queues.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    places: BTreeMap<Ticket, Place>,
    words: VecDeque<Word>,
    last_ticket: u64,
    /// Beats made.
    beats: u64,
    /// When the next one is due; `None` when nothing is to be said.
    due: Option<Instant>,
    /// Beats made since the last place was gone.
    empty: u32,
}

impl Desk {
    /// A new place; the words are said by [`Self::join`].
    pub(crate) fn ticket(&mut self, now: Instant, call: CallKey) -> Ticket {
        self.last_ticket += 1;
        let ticket = Ticket(self.last_ticket);
        let place = Place {
            call,
            waiting: true,
            held: None,
        };
        self.places.insert(ticket, place);
        self.empty = 0;
        self.due.get_or_insert(now + BEAT);
        ticket
    }

    pub(crate) fn join(
        &mut self,
        ticket: Ticket,
        customer: &str,
        group: &str,
        priority: u8,
        waited: Duration,
    ) {
        self.words.push_back(Word::Join {
            ticket,
            beat: self.beats,
            customer: customer.to_owned(),
            group: group.to_owned(),
            priority,
            waited,
        });
    }

    /// The caller waits no more.
    pub(crate) fn leave(&mut self, ticket: Ticket) {
        let beat = self.beats;
        self.words.push_back(Word::Leave { ticket, beat });
        self.stop_waiting(ticket);
    }

    fn stop_waiting(&mut self, ticket: Ticket) {
        if let Some(place) = self.places.get_mut(&ticket) {
            place.waiting = false;
            if place.held.is_none() {
                self.places.remove(&ticket);
            }
        }
    }

    /// Whether an offer may be taken; if not, the owner is told so.
    pub(crate) fn takes(&mut self, ticket: Ticket, offer: &Offer) -> bool {
        let place = self.places.get(&ticket);
        let in_time = self.beats < offer.before;
        if place.is_some_and(|place| place.waiting && place.held.is_none() && in_time) {
            return true;
        }
        let held = place.and_then(|place| place.held.as_ref());
        if held.is_none_or(|held| held.reservation != offer.reservation) {
            self.report(offer.reservation, Report::Over);
        }
        false
    }

    /// The call has begun to ring the agent.
    pub(crate) fn hold(&mut self, ticket: Ticket, offer: &Offer, group: &str) {
        if let Some(place) = self.places.get_mut(&ticket) {
            place.held = Some(Held {
                reservation: offer.reservation,
                ticket,
                agent: offer.agent.clone(),
                group: group.to_owned(),
                phase: Phase::Dialling,
            });
        }
    }

    /// The call is so far with its agent.
    pub(crate) fn goes_on(&mut self, ticket: Ticket, phase: Phase) {
        let Some(held) = self.places.get_mut(&ticket).and_then(|place| place.held.as_mut()) else {
            return;
        };
        if held.phase >= phase {
            return;
        }
        held.phase = phase;
        let reservation = held.reservation;
        if phase == Phase::Talking {
            self.report(reservation, Report::Answered);
            self.stop_waiting(ticket);
        } else {
            self.report(reservation, Report::Ringing);
        }
    }

    /// The call has its agent no more.
    pub(crate) fn lose(&mut self, ticket: Ticket, report: Report) {
        let Some(place) = self.places.get_mut(&ticket) else {
            return;
        };
        let held = place.held.take();
        if !place.waiting {
            self.places.remove(&ticket);
        }
        if let Some(held) = held {
            self.report(held.reservation, report);
        }
    }

    fn report(&mut self, reservation: ReservationId, report: Report) {
        let beat = self.beats;
        self.words.push_back(Word::Report {
            reservation,
            report,
            beat,
        });
    }

    pub(crate) fn call_of(&self, ticket: Ticket) -> Option<CallKey> {
        self.places.get(&ticket).map(|place| place.call)
    }

    pub(crate) fn ticket_of(&self, reservation: ReservationId) -> Option<Ticket> {
        let is_it = |place: &Place| {
            place
                .held
                .as_ref()
                .is_some_and(|held| held.reservation == reservation)
        };
        let found = self.places.iter().find(|(_, place)| is_it(place));
        found.map(|(ticket, _)| *ticket)
    }

    /// The owner has heard a beat.
    pub(crate) fn heard(&mut self, beat: u64) {
        if self.places.is_empty() && beat + u64::from(self.empty) > self.beats {
            self.due = None;
        }
    }

    pub(crate) fn next(&self) -> Option<(Instant, &'static str)> {
        self.due.map(|at| (at, "queues are reported"))
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        if self.due.is_none_or(|due| due > now) {
            return;
        }
        self.beats += 1;
        self.due = Some(now + BEAT);
        if self.places.is_empty() {
            self.empty += 1;
            if self.empty >= LAST_BEATS {
                self.due = None;
            }
        }
        let waiting = self.places.iter().filter(|(_, place)| place.waiting);
        self.words.push_back(Word::Alive {
            beat: self.beats,
            waiting: waiting.map(|(ticket, _)| *ticket).collect(),
            held: self
                .places
                .values()
                .filter_map(|place| place.held.clone())
                .collect(),
        });
    }

    pub(crate) fn poll_word(&mut self) -> Option<Word> {
        self.words.pop_front()
    }

    pub(crate) fn agents(&self) -> Vec<AgentId> {
        let held = self.places.values().filter_map(|place| place.held.as_ref());
        held.map(|held| held.agent.clone()).collect()
    }

    /// Places taken.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// For the audit: whether a place is as its call sees it.
    pub(crate) fn agrees(&self, ticket: Ticket, call: CallKey, waiting: bool, held: bool) -> bool {
        self.places.get(&ticket).is_some_and(|place| {
            place.call == call && place.waiting == waiting && place.held.is_some() == held
        })
    }
}
