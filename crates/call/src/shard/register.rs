//! REGISTER: whoever sends one has to say who it is (RFC 3261 section 10.3).

use pointsman_sip::{Algorithm, Builder, Credentials, Flow, Message, Name, Proof, ServerTx, Status};

use super::Shard;
use super::ingress::required;

impl Shard {
    /// Asks for credentials. No phones can be configured yet, so there are none that pass, and everybody gets the same
    /// challenge: who asks cannot learn whether a user exists.
    pub(super) fn register(&mut self, tx: ServerTx, request: &Message, flow: Flow) {
        if let Err(refusal) = required(request) {
            return self.refuse(tx, request, flow, &refusal);
        }
        let now = u64::try_from(self.core.wall_ms()).unwrap_or(0);
        let given = request
            .headers(Name::Authorization)
            .find_map(|value| Credentials::parse(&value));
        let is_stale = given.is_some_and(|credentials| {
            let proof = self.authenticator.judge(now, &credentials, "REGISTER", None);
            proof == Proof::Stale
        });
        let tag = self.core.layer.token(16);
        let challenges = self.authenticator.challenge(now, &Algorithm::ALL, is_stale);
        let response = Builder::response(Status(401), None, request, Some(&tag));
        let response = challenges.iter().fold(response, |response, challenge| {
            response.header(Name::WwwAuthenticate, challenge)
        });
        self.core.respond(tx, response.finish());
        self.refused(401, "a REGISTER needs credentials", false);
    }
}
