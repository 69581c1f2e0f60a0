//! Calls that begin here, because the owner of a campaign wants them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use pointsman_policy::campaign::{AttemptEnd, DialOrder, Progress};
use pointsman_policy::{Caller, Facts, Lines, Target};

use super::Shard;
use crate::call::Call;
use crate::cdr::{CampaignRecord, Cdr, Origin};
use crate::core::{CallKey, Core};
use crate::event::CallEvent;
use crate::flow::originate::Contact;
use crate::journal::Entry;
use crate::routing::{CampaignEntry, Routing};

impl Shard {
    /// Rings a contact of a campaign. What becomes of it is told by [`CallEvent::Contact`], the last time with
    /// [`Progress::Ended`]: with [`AttemptEnd::NotDialled`] at once where new calls are refused, too.
    pub fn originate(&mut self, now: Instant, order: DialOrder) {
        self.note(Some(now), || Entry::Originate(order.clone()));
        self.core.now = now;
        let routing = self.routing.clone();
        let entry = routing.campaigns.get(&order.campaign);
        match entry.filter(|_| self.core.admission.may_originate()) {
            Some(entry) => self.call_contact(&routing, entry, order),
            None => self.core.events.push_back(CallEvent::Contact {
                attempt: order.attempt,
                progress: Progress::Ended(AttemptEnd::NotDialled),
            }),
        }
        self.settle();
    }

    fn call_contact(&mut self, routing: &Arc<Routing>, entry: &CampaignEntry, order: DialOrder) {
        let target = Target::number(order.number.clone(), entry.trunk.clone());
        let key = self.insert(|key, core| made_for(core, key, routing, entry, order));
        let Some(call) = &mut self.slots[key.slot as usize].call else {
            return;
        };
        let failed = call.call_contact(&mut self.core, &target, entry.ring);
        if let (Some(leg), Some(record)) = (call.legs.first(), call.cdr.legs.first()) {
            call.caller_key = self.core.index.own_key(&record.call_id, &leg.local_tag);
            self.core.index.callers.insert(call.caller_key, key);
        }
        self.core
            .events
            .push_back(CallEvent::Opened(Box::new(call.cdr.clone())));
        if let Some(ended) = failed {
            call.contact_missed(&mut self.core, ended);
            if call.is_gone() {
                self.remove(key);
            }
        }
    }
}

fn made_for(
    core: &mut Core,
    key: CallKey,
    routing: &Arc<Routing>,
    entry: &CampaignEntry,
    order: DialOrder,
) -> Call {
    let id = core.next_id();
    let facts = Facts {
        caller: Caller {
            number: Some(entry.caller.clone()),
            display: String::new(),
        },
        callee: order.number.clone(),
        // It came by none.
        trunk: String::new(),
        at: core.wall_clock(),
        seed: order.attempt,
        headers: Vec::new(),
        lines: Lines::default(),
        keyed: BTreeMap::new(),
        told: BTreeMap::new(),
    };
    let cdr = Cdr {
        id: format!("{id:013x}").into(),
        started_ms: core.wall_ms(),
        from: Some(entry.caller.as_str().into()),
        to: order.number.as_str().into(),
        customer: order.campaign.customer.as_str().into(),
        policy: "campaign".into(),
        policy_version: entry.script.version().into(),
        origin: Some(Origin::Campaign),
        campaign: Some(Box::new(CampaignRecord {
            name: order.campaign.name,
            attempt: order.attempt,
            nth: order.nth,
        })),
        ..Cdr::default()
    };
    let mut call = Call::new(core, key, (routing.clone(), entry.script.clone()), facts, cdr);
    call.dialled = order.number;
    call.caller_user = Some(entry.caller.clone());
    call.offered = true;
    call.contact = Some(Contact::new(order.attempt));
    call
}
