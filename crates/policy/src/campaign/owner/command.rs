//! What may be done with a campaign, and when.

use jiff::Timestamp;
use pointsman_contract::limits;

use super::{CampaignId, Command, Output, Owner, RequestId};
use crate::campaign::RunState;

impl Owner {
    /// The campaign of a customer that runs, or is about to (OUT-14). A paused one keeps its place.
    pub(super) fn occupied_by(&self, customer: &str) -> Option<&CampaignId> {
        self.runs
            .iter()
            .find(|(id, run)| id.customer == customer && run.occupies())
            .map(|(id, _)| id)
    }

    /// The state that a command leads to.
    pub(super) fn judge(&self, campaign: &CampaignId, command: Command) -> Result<RunState, String> {
        let run = self
            .runs
            .get(campaign)
            .ok_or_else(|| format!("there is no campaign {campaign}"))?;
        if run.changing.is_some() {
            return Err(format!("campaign {campaign} is just being changed"));
        }
        let next = match (run.state, command) {
            (RunState::Programmed | RunState::Stopped, Command::Start) => {
                if run.plan.is_none() {
                    return Err(format!("campaign {campaign} is no longer configured"));
                }
                if let Some(other) = self.occupied_by(&campaign.customer) {
                    let limit = &limits().outbound.simultaneous_campaigns;
                    return Err(format!(
                        "campaign {other} is not over yet: limit {}, §{}",
                        limit.value, limit.paragraph
                    ));
                }
                RunState::Running
            }
            (RunState::Running, Command::Pause) => RunState::Paused,
            (RunState::Paused, Command::Resume) => RunState::Running,
            (RunState::Running | RunState::Paused, Command::Stop) => RunState::Stopped,
            (state, _) => {
                let (state, done) = (state.as_str(), command.done());
                return Err(format!("campaign {campaign} is {state}; it cannot be {done}"));
            }
        };
        Ok(next)
    }

    pub(super) fn state_saved(
        &mut self,
        now: Timestamp,
        campaign: &CampaignId,
        state: RunState,
        request: Option<RequestId>,
        saved: Result<(), String>,
    ) {
        let answer = match (self.runs.get_mut(campaign), saved) {
            (Some(run), Ok(())) => {
                run.changed(state);
                Ok(state)
            }
            (Some(run), Err(why)) => {
                run.not_changed(now);
                Err(format!("it could not be written down: {why}"))
            }
            (None, _) => Err(format!("there is no campaign {campaign}")),
        };
        if let Some(id) = request {
            self.outputs.push_back(Output::Reply { id, answer });
        }
    }
}
