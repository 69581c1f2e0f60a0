//! Blind transfer (RFC 3515, RFC 5589 section 6): who answered sends the other party on to a number of the customer.
//!
//! The call stays the same call: the other party's leg, its stream and its record go on, and the policy of that number
//! decides from its start, or its disaster plan if one is on. A transfer is done when that policy has taken over, so the NOTIFYs follow at once.

use std::sync::Arc;

use pointsman_policy::{Cursor, Ended as StepEnded, RoutingPolicy, number};
use pointsman_sip::{Message, Method, Name, NameAddr, ServerTx, Status, Uri};

use crate::call::{Call, State};
use crate::cdr::PathEntry;
use crate::core::{Core, LegKey};
use crate::routing::Trunk;

/// Transfers of one call; two agents that send a caller to each other for ever make no record that grows for ever.
const MOST_TRANSFERS: u8 = 20;

/// Where a transfer leads.
struct Transfer {
    number: String,
    policy: Arc<dyn RoutingPolicy>,
}

/// Why it is refused.
type Refused = (Status, &'static str);

impl Call {
    /// REFER from one side.
    pub(crate) fn refer(&mut self, core: &mut Core, key: LegKey, tx: ServerTx, request: &Message) {
        if !self.leg(key).is_some_and(|leg| leg.refers) {
            self.answer_request(core, key, tx, request, Status(405), None);
            return;
        }
        match self.transfer_of(core, key, request) {
            Ok(transfer) => {
                self.answer_request(core, key, tx, request, Status(202), None);
                self.transfer(core, key, transfer);
            }
            Err((status, why)) => self.refuse_transfer(core, key, tx, request, (status, why)),
        }
    }

    fn transfer_of(&self, core: &Core, key: LegKey, request: &Message) -> Result<Transfer, Refused> {
        let forbidden = |why| (Status(403), why);
        let mut named = request.headers(Name::ReferTo);
        let (Some(refer_to), None) = (named.next(), named.next()) else {
            return Err((Status(400), "a REFER has one Refer-To"));
        };
        if !matches!(self.state, State::Connected { callee } if callee == key) {
            return Err(forbidden("only who answered can transfer a call"));
        }
        if self.transfers >= MOST_TRANSFERS {
            return Err(forbidden("this call has been transferred too often"));
        }
        let uri = NameAddr::parse(&refer_to).map(|name| name.uri);
        let uri = uri.ok_or((Status(400), "the Refer-To cannot be read"))?;
        if uri.contains('?') {
            // Replaces of an attended transfer, or headers that the new request should have.
            return Err(forbidden("only a plain number can be transferred to"));
        }
        let (user, _) = Uri::user_and_host(&uri).map_err(|_| (Status(400), "the Refer-To cannot be read"))?;
        let user = user.ok_or(forbidden("only a number can be transferred to"))?;
        let country = self.trunk_of(key).map_or("", |trunk| trunk.country.as_str());
        let number = number::normalise(&user, country).unwrap_or(user);
        let entry = self.routing.numbers.get(&number);
        let entry =
            entry.filter(|entry| !self.cdr.customer.is_empty() && entry.customer == self.cdr.customer);
        let entry = entry.ok_or(forbidden("not a number of this customer"))?;
        let policy: Arc<dyn RoutingPolicy> = match core.plan_of(&self.routing, &number) {
            Some(plan) => plan.clone(),
            None => entry.policy.clone(),
        };
        Ok(Transfer { number, policy })
    }

    /// The trunk of an attempt's leg.
    fn trunk_of(&self, key: LegKey) -> Option<&Trunk> {
        let index = self.leg(key)?.attempt?;
        self.routing.trunk(&self.cdr.attempts.get(index)?.trunk)
    }

    fn refuse_transfer(
        &self,
        core: &mut Core,
        key: LegKey,
        tx: ServerTx,
        request: &Message,
        (status, why): Refused,
    ) {
        let Some(dialog) = self.leg(key).and_then(|leg| leg.dialog.as_ref()) else {
            return;
        };
        let warning = format!("399 {} \"{why}\"", core.advertised(dialog.flow()));
        let response = dialog.respond(request, status, None);
        core.respond(tx, response.header(Name::Warning, &warning).finish());
    }

    fn transfer(&mut self, core: &mut Core, key: LegKey, transfer: Transfer) {
        self.notify(core, key, "active;expires=60", "SIP/2.0 100 Trying\r\n");
        self.notify(core, key, "terminated;reason=noresource", "SIP/2.0 200 OK\r\n");
        self.transfers += 1;
        let Transfer { number, policy } = transfer;
        let by = self.attempt_of(key).map_or_else(String::new, |attempt| {
            let agent = attempt.agent.as_ref().map(|agent| format!("agent {agent}"));
            agent.unwrap_or_else(|| attempt.target.clone())
        });
        self.cdr.path.push(PathEntry {
            node: "transfer".to_owned(),
            why: format!("{by} transferred the call to {number}"),
            at_ms: core.wall_ms(),
        });
        self.dialled.clone_from(&number);
        self.facts.callee = number;
        self.policy = policy;
        self.cursor = Cursor::start();
        self.part_from(core, key);
        self.route(core, None);
    }

    /// The sides of a conversation part, and the first one stays.
    pub(crate) fn part_from(&mut self, core: &mut Core, key: LegKey) {
        self.note_attempt_end(core, key, StepEnded::Answered, None);
        self.abort_crossing(core);
        self.stop_recording_of(core, key);
        self.drop_leg(core, key, &[]);
        self.acknowledge_alone(core);
    }

    /// How far its transfer is, to who asked for it (RFC 3515 section 2.4.4).
    fn notify(&mut self, core: &mut Core, key: LegKey, state: &str, sipfrag: &str) {
        let Some(leg) = self.leg_mut(key) else { return };
        let Some(dialog) = &mut leg.dialog else { return };
        let flow = dialog.flow();
        let notify = dialog
            .request(&Method::NOTIFY)
            .header(Name::Event, "refer")
            .header(Name::SubscriptionState, state)
            .body("message/sipfrag;version=2.0", sipfrag.as_bytes());
        core.send_and_forget(notify, flow, leg.large);
    }
}
