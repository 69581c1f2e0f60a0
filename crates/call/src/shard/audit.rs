//! What must hold of a shard whenever it is at rest. For tests: the simulation asks after every step.

use std::collections::{BTreeMap, BTreeSet};

use super::Shard;
use crate::call::{Call, State};
use crate::core::{CallKey, LegKey};
use crate::leg::{Bye, Invite, Leg};

/// A sentence about what does not hold.
type Fault = String;

impl Shard {
    /// Entries of every table that must be empty when idle: for tests that look for leaks.
    #[must_use]
    pub fn table_entries(&self) -> usize {
        let index = &self.core.index;
        self.core.admission.calls()
            + index.servers.len()
            + index.clients.len()
            + index.tags.len()
            + index.ports.len()
            + index.recordings.len()
            + index.callers.len()
            + self.core.released.len()
            + self.ended.len()
            + self.core.desk.len()
    }

    /// Compares every table with the calls it is about. To be asked after draining; costs as much as there are calls.
    ///
    /// # Errors
    /// A sentence for the first thing that does not hold.
    pub fn audit(&self) -> Result<(), String> {
        let mut owned = Owned::default();
        let mut live = 0;
        for (at, slot) in self.slots.iter().enumerate() {
            let Some(call) = &slot.call else { continue };
            live += 1;
            let key = CallKey {
                slot: u32::try_from(at).unwrap_or(u32::MAX),
                generation: slot.generation,
            };
            self.audit_call(key, call, &mut owned)
                .map_err(|fault| format!("call {} in {:?}: {fault}", call.cdr.id, call.state))?;
        }
        equal("calls and occupied slots", self.core.admission.calls(), live)?;
        equal(
            "free and occupied slots",
            self.free.len() + live,
            self.slots.len(),
        )?;
        let index = &self.core.index;
        equal("tags and legs", index.tags.len(), owned.legs)?;
        equal(
            "ports in use and ports of legs",
            self.core.ports.in_use(),
            owned.ports.len(),
        )?;
        equal(
            "recordings and recording calls",
            index.recordings.len(),
            owned.recordings,
        )?;
        equal("callers and calls", index.callers.len(), live)?;
        equal("places in queues", self.core.desk.len(), owned.places)?;
        for trunk in &self.routing.trunks {
            let counted = owned.load.get(&trunk.name).copied().unwrap_or_default();
            if self.core.admission.load_of(&trunk.name) != counted {
                return Err(format!("the load of {} is not {counted:?}", trunk.name));
            }
        }
        if index.ports.len() > owned.ports.len() {
            return Err("a port without an owner is known".to_owned());
        }
        Ok(())
    }

    fn audit_call(&self, key: CallKey, call: &Call, owned: &mut Owned) -> Result<(), Fault> {
        if call.key != key {
            return Err("it thinks that it is in another slot".to_owned());
        }
        let load = owned.load.entry(call.facts.trunk.clone()).or_default();
        load.0 += 1;
        load.1 += usize::from(!call.caller_answered());
        owned.recordings += call.recordings.len();
        for (at, leg) in call.legs.iter().enumerate() {
            let leg_key = LegKey(u16::try_from(at).unwrap_or(u16::MAX));
            self.audit_leg((key, leg_key), leg, owned)
                .map_err(|fault| format!("leg {at}: {fault}"))?;
        }
        let waiting = match &call.state {
            State::Queueing(queueing) => queueing.ticket(),
            _ => None,
        };
        let served = call.agent.as_ref().map(|served| served.ticket());
        if let Some(ticket) = waiting.or(served) {
            owned.places += 1;
            if !self
                .core
                .desk
                .agrees(ticket, key, waiting.is_some(), served.is_some())
            {
                return Err("the desk thinks otherwise of its place in a queue".to_owned());
            }
        }
        self.audit_state(call)?;
        self.audit_crossing(call)
    }

    fn audit_leg(&self, at: (CallKey, LegKey), leg: &Leg, owned: &mut Owned) -> Result<(), Fault> {
        let index = &self.core.index;
        owned.legs += 1;
        if index.tags.get(&leg.local_tag) != Some(&at) {
            return Err("its tag leads elsewhere".to_owned());
        }
        if let Some(port) = leg.port {
            if !owned.ports.insert(port.0) {
                return Err(format!("port {} has two owners", port.0));
            }
            if (leg.open || leg.attempt.is_some()) && index.ports.get(&port) != Some(&at) {
                return Err(format!("port {} leads elsewhere", port.0));
            }
        }
        if leg.closing && leg.port.is_none() {
            return Err("it closes a stream it does not have".to_owned());
        }
        if matches!(leg.bye, Bye::Owed(_)) && leg.unacknowledged.is_none() {
            return Err("it owes a BYE that nothing will send".to_owned());
        }
        if leg.unacknowledged.as_ref().is_some_and(|ok| ok.due.is_none()) {
            return Err("its 2xx will not be repeated".to_owned());
        }
        match &leg.invite {
            Invite::Received { tx, .. } if index.servers.get(tx) != Some(&at) => {
                Err("its INVITE leads elsewhere".to_owned())
            }
            Invite::Sent { tx } if index.clients.get(tx) != Some(&at) => {
                Err("our INVITE leads elsewhere".to_owned())
            }
            Invite::Sent { .. } if leg.ring_until.is_none() => Err("it rings without an end".to_owned()),
            Invite::Answered if leg.dialog.is_none() => Err("it was answered without a dialog".to_owned()),
            _ => Ok(()),
        }
    }

    fn audit_state(&self, call: &Call) -> Result<(), Fault> {
        let up = |key: LegKey| call.leg(key).is_some_and(Leg::is_up);
        let sound = match &call.state {
            State::Routing => false,
            State::Hunting(hunting) => (1..=hunting.width()).contains(&call.rung().count()),
            State::Calling => matches!(call.caller().invite, Invite::Sent { .. }),
            State::Announcing(_) => {
                up(LegKey::CALLER) || matches!(call.caller().invite, Invite::Received { .. })
            }
            State::Queueing(queueing) => {
                queueing.until >= self.core.now
                    && (up(LegKey::CALLER) || matches!(call.caller().invite, Invite::Received { .. }))
                    && queueing.leg.is_none_or(|key| {
                        call.leg(key)
                            .is_some_and(|leg| matches!(leg.invite, Invite::Sent { .. }))
                    })
            }
            State::Asking(asking) => {
                asking.until >= self.core.now
                    && (up(LegKey::CALLER) || matches!(call.caller().invite, Invite::Received { .. }))
            }
            State::Connected { callee } => up(LegKey::CALLER) && up(*callee),
            State::Ending { until } => until.is_some() && !call.legs.iter().any(Leg::is_up),
            State::Closed => call.legs.iter().any(Leg::owes),
        };
        if !sound {
            return Err("nothing will take it out of its state".to_owned());
        }
        let waits = matches!(call.caller().invite, Invite::Received { .. });
        if call.is_over() && waits {
            return Err("it is over and its INVITE has no final response".to_owned());
        }
        let stray = call.legs.iter().enumerate().skip(1).any(|(at, leg)| {
            let wanted = match &call.state {
                State::Hunting(_) => !leg.is_up(),
                State::Connected { callee } => usize::from(callee.0) == at,
                State::Queueing(queueing) => queueing.leg.is_some_and(|key| usize::from(key.0) == at),
                _ => false,
            };
            !wanted && (leg.is_up() || matches!(leg.invite, Invite::Sent { .. }))
        });
        if stray {
            return Err("a leg that nobody wants is still up".to_owned());
        }
        Ok(())
    }

    /// Requests on their way from one leg to the other.
    fn audit_crossing(&self, call: &Call) -> Result<(), Fault> {
        let index = &self.core.index;
        if let Some(exchange) = &call.exchange {
            if call.peer_of(exchange.requester) != Some(exchange.answerer) {
                return Err("a re-INVITE crosses between legs that are not connected".to_owned());
            }
            if index.clients.get(&exchange.client) != Some(&(call.key, exchange.answerer)) {
                return Err("the answer to a re-INVITE leads elsewhere".to_owned());
            }
        }
        for passing in &call.passing {
            if call.peer_of(passing.requester).is_none() {
                return Err("an INFO crosses between legs that are not connected".to_owned());
            }
            if !index.clients.contains_key(&passing.client) {
                return Err("the answer to an INFO leads elsewhere".to_owned());
            }
        }
        if let Some(awaited) = &call.awaited
            && !call.is_over()
            && call.peer_of(awaited.from) != Some(awaited.to)
        {
            return Err("an ACK waits for a leg that is not connected".to_owned());
        }
        Ok(())
    }
}

/// What the calls looked at so far own.
#[derive(Default)]
struct Owned {
    legs: usize,
    ports: BTreeSet<u16>,
    recordings: usize,
    places: usize,
    /// By trunk: calls, and those of them that are not answered yet.
    load: BTreeMap<String, (usize, usize)>,
}

fn equal(what: &str, left: usize, right: usize) -> Result<(), Fault> {
    if left == right {
        return Ok(());
    }
    Err(format!("{what}: {left} and {right}"))
}
