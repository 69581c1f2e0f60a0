//! The owners of shared state, each with its thread, and the ways to them.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use pointsman_config::Config;
use pointsman_policy::acm::{AgentId, Wish};
use pointsman_policy::campaign::Written;
use pointsman_policy::drs::Switched;
use pointsman_store::Store;

use crate::agents::{AgentMail, AgentsThread};
use crate::campaigns::{CampaignMail, CampaignsThread};
use crate::clock::Clock;
use crate::events::EventSender;
use crate::plans::{PlanMail, PlansThread};
use crate::ring::{RingReceiver, RingSender, ring};
use crate::signalling::Order;
use crate::threads::{Alarm, spawn};
use crate::wake::Wake;

/// Orders of one owner that may lie before the signalling thread.
const ORDERS: usize = 64;

/// How often an owner looks at the wall clock at least: it may be stepped.
const LOOK: Duration = Duration::from_secs(1);

/// How long an owner that goes by the wall clock has nothing to do: until it is due, or until its orders can go on.
pub(crate) fn patience(now: Timestamp, due: Option<Timestamp>, orders: &RingSender<Order>) -> Duration {
    let owner = due.map(|at| Duration::try_from(at.duration_since(now)).unwrap_or_default());
    let here = Instant::now();
    let ring = orders.due(here).map(|at| at.saturating_duration_since(here));
    [owner, ring].into_iter().flatten().fold(LOOK, Duration::min)
}

/// The ways to the owners.
#[derive(Clone)]
pub(crate) struct Owners {
    pub(crate) plans: PlanMail,
    pub(crate) agents: AgentMail,
    pub(crate) campaigns: CampaignMail,
}

impl Owners {
    /// A reload.
    pub(crate) fn follow(&self, config: &Config) {
        self.plans.directory(config.plans.clone());
        self.agents.directory(config.agents.clone());
        self.campaigns.directory(config.campaigns.clone());
    }

    /// The node ends.
    pub(crate) fn exit(&self) {
        self.plans.exit();
        self.agents.exit();
        self.campaigns.exit();
    }
}

/// What was written of shared state before this start.
pub(crate) struct Restored {
    /// Disaster plans that were on.
    pub(crate) switched: Switched,
    /// Campaigns and their attempts.
    pub(crate) campaigns: Written,
    /// What agents asked for last.
    pub(crate) wished: Vec<(AgentId, Wish)>,
}

/// The owners before their threads run.
pub(crate) struct OwnerThreads {
    plans: PlansThread,
    agents: AgentsThread,
    campaigns: CampaignsThread,
}

impl OwnerThreads {
    /// The owners, the ways to them, and what they tell the signalling thread, which sleeps on `wake`.
    pub(crate) fn new(
        config: &Config,
        restored: Restored,
        store: Arc<dyn Store>,
        wake: &Arc<Wake>,
        (clock, told): (&Clock, &EventSender),
    ) -> (Self, Owners, [RingReceiver<Order>; 3]) {
        let (plan_orders, from_plans) = ring(ORDERS, wake.clone());
        let (agent_orders, from_agents) = ring(ORDERS, wake.clone());
        let (campaign_orders, from_campaigns) = ring(ORDERS, wake.clone());
        let (campaigns, campaign_mail) = CampaignsThread::new(
            &config.campaigns,
            restored.campaigns,
            store.clone(),
            campaign_orders,
            (clock.clone(), told.clone()),
        );
        let (plans, plan_mail) = PlansThread::new(
            config.plans.clone(),
            restored.switched,
            store,
            plan_orders,
            (clock.clone(), told.clone()),
        );
        let (agents, agent_mail) = AgentsThread::new(
            config.agents.clone(),
            restored.wished,
            agent_orders,
            (clock, told),
        );
        let owners = Owners {
            plans: plan_mail,
            agents: agent_mail,
            campaigns: campaign_mail,
        };
        let threads = Self {
            plans,
            agents,
            campaigns,
        };
        (threads, owners, [from_plans, from_agents, from_campaigns])
    }

    /// Lets them run.
    pub(crate) fn start(self, alarm: &Alarm) -> io::Result<[JoinHandle<()>; 3]> {
        let Self {
            plans,
            agents,
            campaigns,
        } = self;
        let plans = move || {
            plans.run();
            Ok(())
        };
        let agents = move || {
            agents.run();
            Ok(())
        };
        let campaigns = move || {
            campaigns.run();
            Ok(())
        };
        Ok([
            spawn("plans", alarm, plans)?,
            spawn("agents", alarm, agents)?,
            spawn("campaigns", alarm, campaigns)?,
        ])
    }
}
