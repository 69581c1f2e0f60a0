//! Recordings: of the number that was called, of the customer's number that a diversion or a transfer led to (REC-04,
//! REC-09), and of agents (REC-05); of who calls out as of who is called (REC-02).

use std::sync::Arc;

use pointsman_media::{Command, Port, RecordingId};
use pointsman_policy::Target;

use crate::call::Call;
use crate::cdr::RecordingRecord;
use crate::core::{Core, LegKey};
use crate::event::CallEvent;
use crate::routing::RecordedAgent;

/// A recording that runs, or that is being written to its end.
#[derive(Debug)]
pub(crate) struct Recording {
    pub(crate) id: u64,
    /// The leg it is about; `None`: the whole call.
    leg: Option<LegKey>,
    stopped: bool,
}

/// Who calls for a customer from one of its sites and is recorded: a number (REC-04), or an agent (REC-05).
#[derive(Debug)]
pub(crate) struct Calling {
    customer: Arc<str>,
    agent: Option<Arc<str>>,
}

impl Call {
    /// Starts what is to be recorded of an answered call, and points what runs at the callee.
    pub(crate) fn record_from(&mut self, core: &mut Core, callee: Option<LegKey>) {
        let Some(caller) = self.caller().port.filter(|_| self.caller().open) else {
            return;
        };
        let callee_port = callee.and_then(|key| self.leg(key)).and_then(|leg| leg.port);
        for recording in self.recordings.iter().filter(|recording| !recording.stopped) {
            if recording.leg.is_none_or(|leg| Some(leg) == callee) {
                let path = self.path_of(recording.id);
                core.media
                    .push_back(record(recording.id, path, caller, callee_port));
            }
        }
        let agent = callee.and_then(|key| self.agent_of(key));
        if let Some(agent) = agent.clone() {
            let running = self.recordings.iter().filter(|recording| !recording.stopped);
            let ids: Vec<u64> = running.map(|recording| recording.id).collect();
            for record in self
                .cdr
                .recordings
                .iter_mut()
                .filter(|record| ids.contains(&record.id))
            {
                record.agent.get_or_insert(agent.clone());
            }
        }
        let whole = self.record || self.calling.is_some();
        if whole && !self.recordings.iter().any(|recording| recording.leg.is_none()) {
            let called = self.cdr.to.clone();
            let calling = self.calling.as_ref();
            let of = calling
                .and_then(|calling| calling.agent.clone())
                .or_else(|| agent.clone());
            self.start_recording(core, None, (called, of), (caller, callee_port));
        }
        let diverted = callee.and_then(|key| Some((key, self.leg(key)?.recorded.clone()?)));
        if let Some((key, called)) = diverted
            && !self.recordings.iter().any(|recording| recording.leg == Some(key))
        {
            self.start_recording(core, Some(key), (called, agent), (caller, callee_port));
        }
        let of_agent = callee.and_then(|key| Some((key, self.leg(key)?.recorded_agent.clone()?)));
        if let Some((key, agent)) = of_agent
            && !self.holds(key, &agent)
        {
            let called = self.cdr.to.clone();
            self.start_recording(core, Some(key), (called, Some(agent)), (caller, callee_port));
        }
    }

    /// Whether a recording has what is said on a leg under the name of its agent: then there is no other one of the same
    /// sound. One that began with another agent does not: who looks for the second one would not find it.
    fn holds(&self, key: LegKey, agent: &str) -> bool {
        let mut covering = self.recordings.iter();
        covering.any(|recording| {
            let mut records = self.cdr.recordings.iter();
            recording.leg.is_none_or(|leg| leg == key)
                && records.any(|record| record.id == recording.id && record.agent.as_deref() == Some(agent))
        })
    }

    /// The agent at the place that a target is, if its calls are recorded.
    pub(crate) fn recorded_agent_at(&self, target: &Target) -> Option<Arc<str>> {
        let place = (target.trunk(), self.user_of(target));
        self.recorded_agent(|agent| (agent.contact.trunk(), self.user_of(&agent.contact)) == place)
    }

    /// The agent of that name, if its calls are recorded.
    pub(crate) fn recorded_agent_named(&self, name: &str) -> Option<Arc<str>> {
        self.recorded_agent(|agent| &*agent.name == name)
    }

    /// Who calls, if its calls are recorded: it comes by its own trunk and shows its own number.
    ///
    /// Only what is called out or is its customer's anyway: the number that a caller shows is no proof towards another
    /// customer, whose calls are nobody's else to have.
    pub(crate) fn calling_by(&self, trunk: &str) -> Option<Box<Calling>> {
        let from = self.cdr.from.as_deref();
        let shown = [from, self.caller_user.as_deref()];
        let called = &self.cdr.customer;
        let agent_of = |customer: &str| {
            let agents = self.routing.recorded_agents.get(customer)?;
            let is_it = |agent: &&RecordedAgent| {
                agent.contact.trunk() == trunk && shown.contains(&Some(self.user_of(&agent.contact)))
            };
            agents.iter().find(is_it).map(|agent| agent.name.clone())
        };
        let calling = |customer: Arc<str>, agent| Box::new(Calling { customer, agent });
        if let Some(agent) = agent_of(called) {
            return Some(calling(called.clone(), Some(agent)));
        }
        let number = from.and_then(|number| self.routing.numbers.get(number));
        let recorded = number.filter(|number| number.record);
        let customers = self.routing.sites.get(trunk)?.iter();
        let mut concerned = customers.filter(|customer| called.is_empty() || **called == ***customer);
        concerned.find_map(|customer| {
            let agent = agent_of(customer);
            let is_number = recorded.is_some_and(|number| *number.customer == **customer);
            (is_number || agent.is_some()).then(|| calling(customer.as_str().into(), agent))
        })
    }

    /// Whose recordings these are: of the customer that is called, or that calls out.
    fn recorder(&self) -> Arc<str> {
        match &self.calling {
            Some(calling) if self.cdr.customer.is_empty() => calling.customer.clone(),
            _ => self.cdr.customer.clone(),
        }
    }

    fn recorded_agent(&self, is_it: impl Fn(&RecordedAgent) -> bool) -> Option<Arc<str>> {
        let agents = self.routing.recorded_agents.get(&*self.cdr.customer)?;
        let found = agents.iter().find(|agent| is_it(agent));
        found.map(|agent| agent.name.clone())
    }

    /// The number that a target is, if it is another recorded one of the same customer.
    pub(crate) fn recorded_number(&self, user: &str) -> Option<Arc<str>> {
        if user == &*self.cdr.to || self.cdr.customer.is_empty() {
            return None;
        }
        let entry = self.routing.numbers.get(user)?;
        (entry.record && entry.customer == self.cdr.customer).then(|| user.into())
    }

    fn start_recording(
        &mut self,
        core: &mut Core,
        leg: Option<LegKey>,
        (called, agent): (Arc<str>, Option<Arc<str>>),
        (caller, callee): (Port, Option<Port>),
    ) {
        let customer = self.recorder();
        if core.recordings_full.contains(&*customer) {
            // The call goes on without (REC-25), which is told once.
            if !std::mem::replace(&mut self.told_unrecorded, true) {
                core.events.push_back(CallEvent::NotRecorded {
                    call: self.cdr.id.clone(),
                    customer,
                });
            }
            return;
        }
        let id = core.next_id();
        let started_ms = core.wall_ms();
        let day = jiff::Timestamp::from_millisecond(started_ms)
            .unwrap_or_default()
            .strftime("%Y/%m/%d")
            .to_string();
        let number = match self.cdr.recordings.len() {
            0 => String::new(),
            before => format!("-{}", before + 1),
        };
        let record_of = RecordingRecord {
            id,
            path: format!("{day}/{}{number}.wav", self.cdr.id),
            started_ms,
            ended_ms: None,
            samples: 0,
            bytes: 0,
            error: None,
            customer,
            called: Some(called),
            caller: self.cdr.from.clone(),
            agent,
        };
        core.media
            .push_back(record(id, record_of.path.clone(), caller, callee));
        core.index.recordings.insert(id, self.key);
        core.events.push_back(CallEvent::RecordingStarted {
            call: self.cdr.id.clone(),
            recording: record_of.clone(),
        });
        self.cdr.recordings.push(record_of);
        self.recordings.push(Recording {
            id,
            leg,
            stopped: false,
        });
    }

    /// The agent whose leg this is.
    pub(crate) fn agent_of(&self, key: LegKey) -> Option<Arc<str>> {
        let attempt = self.leg(key)?.attempt?;
        self.cdr.attempts.get(attempt)?.agent.clone()
    }

    fn path_of(&self, id: u64) -> String {
        let found = self.cdr.recordings.iter().find(|record| record.id == id);
        found.map(|record| record.path.clone()).unwrap_or_default()
    }

    /// Stops every recording: the call is over, or the customer's capacity is full.
    pub(crate) fn stop_recordings(&mut self, core: &mut Core) {
        self.stop_recordings_if(core, |_| true);
    }

    /// Stops the recording of a leg that has gone.
    pub(crate) fn stop_recording_of(&mut self, core: &mut Core, key: LegKey) {
        self.stop_recordings_if(core, |leg| leg == Some(key));
    }

    fn stop_recordings_if(&mut self, core: &mut Core, is_meant: impl Fn(Option<LegKey>) -> bool) {
        let now = core.wall_ms();
        for recording in &mut self.recordings {
            if recording.stopped || !is_meant(recording.leg) {
                continue;
            }
            recording.stopped = true;
            let id = recording.id;
            core.media.push_back(Command::StopRecord { id: RecordingId(id) });
            if let Some(record) = self.cdr.recordings.iter_mut().find(|record| record.id == id) {
                record.ended_ms.get_or_insert(now);
            }
        }
    }

    pub(crate) fn recording_ended(
        &mut self,
        core: &mut Core,
        id: u64,
        bytes: u64,
        samples: u64,
        error: Option<String>,
    ) {
        core.index.recordings.remove(&id);
        let now = core.wall_ms();
        if let Some(record) = self.cdr.recordings.iter_mut().find(|record| record.id == id) {
            record.ended_ms.get_or_insert(now);
            record.bytes = bytes;
            record.samples = samples;
            record.error = error;
        }
        self.recordings.retain(|recording| recording.id != id);
        self.settle(core);
    }

    /// The media side has not said in time how the recordings ended.
    pub(crate) fn give_up_recordings(&mut self) {
        for recording in std::mem::take(&mut self.recordings) {
            let mut records = self.cdr.recordings.iter_mut();
            if let Some(record) = records.find(|record| record.id == recording.id) {
                record.error = Some("the end of the recording was not reported".to_owned());
            }
        }
    }
}

fn record(id: u64, path: String, caller: Port, callee: Option<Port>) -> Command {
    Command::Record {
        id: RecordingId(id),
        path: path.into(),
        caller,
        callee,
    }
}
