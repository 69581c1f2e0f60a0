//! The owners of shared state, each with its thread, and the ways to them.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use pointsman_config::Config;
use pointsman_policy::drs::Switched;
use pointsman_store::Store;

use crate::agents::{AgentMail, AgentsThread};
use crate::clock::Clock;
use crate::events::EventSender;
use crate::plans::{PlanMail, PlansThread};
use crate::ring::{RingReceiver, ring};
use crate::signalling::Order;
use crate::threads::{Alarm, spawn};
use crate::wake::Wake;

/// Orders of one owner that may lie before the signalling thread.
const ORDERS: usize = 64;

/// The ways to the owners.
#[derive(Clone)]
pub(crate) struct Owners {
    pub(crate) plans: PlanMail,
    pub(crate) agents: AgentMail,
}

impl Owners {
    /// A reload.
    pub(crate) fn follow(&self, config: &Config) {
        self.plans.directory(config.plans.clone());
        self.agents.directory(config.agents.clone());
    }

    /// The node ends.
    pub(crate) fn exit(&self) {
        self.plans.exit();
        self.agents.exit();
    }
}

/// The owners before their threads run.
pub(crate) struct OwnerThreads {
    plans: PlansThread,
    agents: AgentsThread,
}

impl OwnerThreads {
    /// The owners, the ways to them, and what they tell the signalling thread, which sleeps on `wake`.
    pub(crate) fn new(
        config: &Config,
        switched: Switched,
        store: Arc<dyn Store>,
        wake: &Arc<Wake>,
        (clock, told): (&Clock, &EventSender),
    ) -> (Self, Owners, [RingReceiver<Order>; 2]) {
        let (plan_orders, from_plans) = ring(ORDERS, wake.clone());
        let (agent_orders, from_agents) = ring(ORDERS, wake.clone());
        let (plans, plan_mail) = PlansThread::new(
            config.plans.clone(),
            switched,
            store,
            plan_orders,
            (clock.clone(), told.clone()),
        );
        let (agents, agent_mail) = AgentsThread::new(config.agents.clone(), agent_orders, clock);
        let owners = Owners {
            plans: plan_mail,
            agents: agent_mail,
        };
        (Self { plans, agents }, owners, [from_plans, from_agents])
    }

    /// Lets them run.
    pub(crate) fn start(self, alarm: &Alarm) -> io::Result<[JoinHandle<()>; 2]> {
        let Self { plans, agents } = self;
        let plans = move || {
            plans.run();
            Ok(())
        };
        let agents = move || {
            agents.run();
            Ok(())
        };
        Ok([spawn("plans", alarm, plans)?, spawn("agents", alarm, agents)?])
    }
}
