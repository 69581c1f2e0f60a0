//! INFO across: a body and its type, nothing else.

use pointsman_sip::{ClientTx, Ended, Message, Name, ServerTx, Status};

use crate::call::{Call, Passing};
use crate::core::{Core, LegKey};

/// Requests of one call that may be on their way across at a time.
const MAX_PASSING: usize = 8;

impl Call {
    pub(crate) fn pass_across(
        &mut self,
        core: &mut Core,
        requester: LegKey,
        server: ServerTx,
        request: Message,
    ) {
        let Some(peer) = self.peer_of(requester) else {
            // One-legged: a key pressed during an announcement is taken, nobody else can have it.
            let status = if self.is_over() { Status(481) } else { Status(200) };
            self.answer_request(core, requester, server, &request, status, None);
            if requester == LegKey::CALLER {
                self.keyed_by_info(core, &request);
            }
            return;
        };
        if self.passing.len() >= MAX_PASSING {
            self.answer_request(core, requester, server, &request, Status(500), None);
            return;
        }
        let Some(leg) = self.leg_mut(peer) else { return };
        let large = leg.large;
        let Some(dialog) = leg.dialog.as_mut() else { return };
        let flow = dialog.flow();
        let mut passed = dialog.request(request.method()).copy(Name::InfoPackage, &request);
        let body = request.body();
        if !body.is_empty() {
            let kind = request.content_type().unwrap_or_default();
            passed = passed.copy(Name::ContentDisposition, &request).body(&kind, &body);
        }
        let client = core.layer.send_sized(core.now, passed, flow, large);
        core.index.clients.insert(client, (self.key, peer));
        self.passing.push(Passing {
            requester,
            server,
            request,
            client,
        });
    }

    fn take_passing(&mut self, tx: ClientTx) -> Option<Passing> {
        let at = self.passing.iter().position(|passing| passing.client == tx)?;
        Some(self.passing.swap_remove(at))
    }

    pub(crate) fn passing_response(&mut self, core: &mut Core, tx: ClientTx, response: &Message) {
        let Some(status) = response.status().filter(|status| !status.is_provisional()) else {
            return;
        };
        let Some(passing) = self.take_passing(tx) else {
            return;
        };
        core.index.clients.remove(&tx);
        let Some(dialog) = self.leg(passing.requester).and_then(|leg| leg.dialog.as_ref()) else {
            return;
        };
        let mut answer = dialog.respond(&passing.request, status, Some(response.reason_phrase()));
        let body = response.body();
        if !body.is_empty() {
            let kind = response.content_type().unwrap_or_default();
            answer = answer.body(&kind, &body);
        }
        core.respond(passing.server, answer.finish());
    }

    pub(crate) fn passing_failed(&mut self, core: &mut Core, tx: ClientTx, _why: Ended) {
        let Some(passing) = self.take_passing(tx) else {
            return;
        };
        self.answer_request(
            core,
            passing.requester,
            passing.server,
            &passing.request,
            Status(408),
            None,
        );
    }
}
