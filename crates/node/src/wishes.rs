//! What agents and their supervisors ask for: on the disk before the owner of agents hears it.
//!
//! The owner's thread must not wait for a disk: it would take the shards that it does not hear for dead. So whoever
//! asks writes, one at a time, and the owner follows in the order of what is written.

use pointsman_policy::acm::{AgentId, AgentView, UnknownAgent, Wish};
use pointsman_store::{AgentWish, StoreError};
use tokio::sync::OwnedMutexGuard;

use crate::live::Live;

/// Why an agent is not what somebody asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WishError {
    /// There is none of this name.
    #[error(transparent)]
    Unknown(#[from] UnknownAgent),
    /// It would not be known after a restart.
    #[error("the wish cannot be written: {0}")]
    NotWritten(#[from] StoreError),
    /// It is written, and the owner of agents does not answer: it is followed at the next start at the latest.
    #[error("the wish is written, and nobody has followed it yet")]
    NoAnswer,
}

impl Live {
    /// `who` wants a state of an agent; during a call it takes effect afterwards. Returns the agent as it is then.
    /// Blocks on the disk, so whoever waits for its turn (`_turn`, of [`Live::wishing`]) waits elsewhere; must not be
    /// called from inside an async runtime.
    pub(crate) fn wish(
        &self,
        _turn: &OwnedMutexGuard<()>,
        who: &str,
        agent: AgentId,
        wish: Wish,
    ) -> Result<AgentView, WishError> {
        if !self.config().agents.agents.contains_key(&agent) {
            return Err(UnknownAgent(agent).into());
        }
        self.store.wish_agent(&AgentWish {
            at_ms: self.options.clock.unix_ms(),
            by: who.to_owned(),
            agent: agent.clone(),
            wish: wish.clone(),
        })?;
        let answer = self.owners().agents.wish(agent.clone(), wish).blocking_recv();
        let seen = answer.map_err(|_| WishError::NoAnswer)?;
        // A reload may have taken it away meanwhile.
        seen.ok_or_else(|| UnknownAgent(agent).into())
    }
}
