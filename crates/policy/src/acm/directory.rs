//! What the configuration says of agents and groups. Nothing here changes while calls run, except by a reload.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::step::Target;

/// An agent of a customer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AgentId {
    /// The customer.
    pub customer: String,
    /// The agent's name, unique within the customer.
    pub agent: String,
}

impl AgentId {
    /// Agent `agent` of `customer`.
    pub fn new(customer: impl Into<String>, agent: impl Into<String>) -> Self {
        Self {
            customer: customer.into(),
            agent: agent.into(),
        }
    }
}

impl fmt::Display for AgentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.agent, self.customer)
    }
}

/// A skill group of a customer, and the queue before it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupId {
    /// The customer.
    pub customer: String,
    /// The group's name, unique within the customer.
    pub group: String,
}

impl GroupId {
    /// Group `group` of `customer`.
    pub fn new(customer: impl Into<String>, group: impl Into<String>) -> Self {
        Self {
            customer: customer.into(),
            group: group.into(),
        }
    }
}

/// Whom a caller gets when several agents are free.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Who has been without a call for the longest time.
    #[default]
    LongestIdle,
    /// Who has the highest level; among equals as in `longest_idle`.
    Skill,
}

/// A skill group as it is configured (ACM-03).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSetup {
    /// Whom a caller gets.
    pub strategy: Strategy,
    /// Callers that may wait at a time; one more is refused.
    pub max_length: usize,
    /// How long an agent's phone rings.
    pub ring: Duration,
    /// How long an agent has after a call before the next one; zero for none.
    pub wrap_up: Duration,
    /// How long an agent that did not take an offer gets none.
    pub no_answer_pause: Duration,
}

impl Default for GroupSetup {
    fn default() -> Self {
        Self {
            strategy: Strategy::LongestIdle,
            max_length: 100,
            ring: Duration::from_secs(20),
            wrap_up: Duration::ZERO,
            no_answer_pause: Duration::from_secs(30),
        }
    }
}

/// How an agent begins when the node starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// Logged out: it says itself when it is there.
    #[default]
    Offline,
    /// Taking calls.
    Available,
}

/// An agent as it is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentSetup {
    /// Where it is reached: a site, or any fixed or mobile number (ACM-04).
    pub contact: Target,
    /// Its groups, and its level in each (ACM-03, ACM-05): the higher, the better.
    pub groups: BTreeMap<String, u8>,
    /// How it begins.
    pub start: Start,
    /// Every call of it is recorded, out of a queue and others (REC-05).
    pub record: bool,
}

/// Every group and agent of the node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directory {
    /// Groups.
    pub groups: BTreeMap<GroupId, GroupSetup>,
    /// Agents.
    pub agents: BTreeMap<AgentId, AgentSetup>,
}

impl Directory {
    /// Adds a group.
    #[must_use]
    pub fn group(mut self, customer: &str, group: &str, setup: GroupSetup) -> Self {
        self.groups.insert(GroupId::new(customer, group), setup);
        self
    }

    /// Adds an agent.
    #[must_use]
    pub fn agent(mut self, customer: &str, agent: &str, setup: AgentSetup) -> Self {
        self.agents.insert(AgentId::new(customer, agent), setup);
        self
    }

    /// The agents of each group.
    pub(super) fn members(&self) -> BTreeMap<GroupId, BTreeSet<AgentId>> {
        let mut members: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (id, agent) in &self.agents {
            for group in agent.groups.keys() {
                let group = GroupId::new(&*id.customer, &**group);
                members.entry(group).or_default().insert(id.clone());
            }
        }
        members
    }

    pub(super) fn level(&self, agent: &AgentId, group: &GroupId) -> Option<u8> {
        self.agents.get(agent)?.groups.get(&group.group).copied()
    }
}
