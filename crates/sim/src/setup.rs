//! What a world is made of.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use pointsman_call::{CampaignEntry, NumberEntry, RecordedAgent, Routing, Source, Trunk, TrunkLimits};
use pointsman_legs::{Behaviour, Numbers, Phone, PhoneConfig};
use pointsman_media::{Family, Latch, Port, Prompt};
use pointsman_policy::RoutingPolicy;
use pointsman_policy::acm;
use pointsman_policy::campaign::CampaignId;
use pointsman_policy::drs::{Directory, Plan, Service};
use pointsman_sip::Transport;

use crate::network::Conditions;
use crate::world::{Host, World};

/// What a world is made of.
#[derive(Clone, Debug)]
pub struct WorldSetup {
    pub(crate) seed: u64,
    pub(crate) conditions: Conditions,
    pub(crate) phones: Vec<(String, Numbers)>,
    /// Names of the phones that speak IPv6.
    pub(crate) sixes: BTreeSet<String>,
    /// The switch has an IPv6 address for RTP.
    pub(crate) media6: bool,
    pub(crate) numbers: HashMap<String, NumberEntry>,
    pub(crate) prompts: HashMap<String, Arc<Prompt>>,
    pub(crate) max_calls: usize,
    pub(crate) ports: u16,
    pub(crate) latch: Latch,
    pub(crate) limits: TrunkLimits,
    /// Whether the phones may transfer calls.
    pub(crate) transfer: bool,
    pub(crate) keep_audio: bool,
    pub(crate) watched: bool,
    pub(crate) plans: Vec<Arc<Plan>>,
    pub(crate) campaigns: HashMap<CampaignId, CampaignEntry>,
    pub(crate) directory: Directory,
    pub(crate) agents: acm::Directory,
    pub(crate) word_loss: u64,
}

impl WorldSetup {
    /// A clean network, no phones, no numbers.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            conditions: Conditions::CLEAN,
            phones: Vec::new(),
            sixes: BTreeSet::new(),
            media6: false,
            numbers: HashMap::new(),
            prompts: HashMap::new(),
            max_calls: 100,
            ports: 100,
            latch: Latch::Strict,
            limits: TrunkLimits::default(),
            transfer: false,
            keep_audio: true,
            watched: false,
            plans: Vec::new(),
            campaigns: HashMap::new(),
            directory: Directory::new(),
            agents: acm::Directory::default(),
            word_loss: 0,
        }
    }

    /// Network conditions.
    #[must_use]
    pub fn conditions(mut self, conditions: Conditions) -> Self {
        self.conditions = conditions;
        self
    }

    /// A phone, reached by the trunk of the same name, where every number behaves so.
    #[must_use]
    pub fn phone(mut self, name: &str, behaviour: Behaviour) -> Self {
        self.phones
            .push((name.to_owned(), Numbers::default().with("*", behaviour)));
        self
    }

    /// A phone, reached by the trunk of the same name, and what each number does.
    #[must_use]
    pub fn phone_with(mut self, name: &str, numbers: Numbers) -> Self {
        self.phones.push((name.to_owned(), numbers));
        self
    }

    /// The phone of that name speaks IPv6 and nothing else.
    #[must_use]
    pub fn six(mut self, name: &str) -> Self {
        self.sixes.insert(name.to_owned());
        self
    }

    /// The switch has an address for RTP over IPv6 too.
    #[must_use]
    pub fn media6(mut self) -> Self {
        self.media6 = true;
        self
    }

    /// Phones count what they hear and keep none of it.
    #[must_use]
    pub fn forget_audio(mut self) -> Self {
        self.keep_audio = false;
        self
    }

    /// The invariants are checked after every step.
    #[must_use]
    pub fn watched(mut self) -> Self {
        self.watched = true;
        self
    }

    /// A called number and its policy.
    #[must_use]
    pub fn number(mut self, number: &str, policy: impl RoutingPolicy + 'static, record: bool) -> Self {
        self.numbers.insert(
            number.to_owned(),
            NumberEntry {
                customer: "sim".into(),
                policy_name: "plan".into(),
                policy: Arc::new(policy),
                record,
            },
        );
        self
    }

    /// The number, which is there already, belongs to that customer.
    #[must_use]
    pub fn owned(mut self, number: &str, customer: &str) -> Self {
        if let Some(entry) = self.numbers.get_mut(number) {
            entry.customer = customer.into();
        }
        self
    }

    /// A disaster plan.
    #[must_use]
    pub fn plan(mut self, plan: Plan) -> Self {
        self.plans.push(Arc::new(plan));
        self
    }

    /// A campaign of customer `sim`.
    #[must_use]
    pub fn campaign(mut self, name: &str, entry: CampaignEntry) -> Self {
        self.campaigns.insert(CampaignId::new("sim", name), entry);
        self
    }

    /// What the owner of disaster plans knows of a customer.
    #[must_use]
    pub fn service(mut self, customer: &str, service: Service) -> Self {
        self.directory.insert(customer.to_owned(), service);
        self
    }

    /// Agents and groups; customer `sim` has the numbers of a world.
    #[must_use]
    pub fn agents(mut self, agents: acm::Directory) -> Self {
        self.agents = agents;
        self
    }

    /// Percent of the words between the switch and the owner of agents that never arrive; as many arrive twice.
    #[must_use]
    pub fn word_loss(mut self, percent: u64) -> Self {
        self.word_loss = percent;
        self
    }

    /// An announcement.
    #[must_use]
    pub fn prompt(mut self, name: &str, prompt: Prompt) -> Self {
        self.prompts.insert(format!("sim/{name}"), Arc::new(prompt));
        self
    }

    /// Most calls at a time.
    #[must_use]
    pub fn max_calls(mut self, calls: usize) -> Self {
        self.max_calls = calls;
        self
    }

    /// RTP port pairs of the switch.
    #[must_use]
    pub fn ports(mut self, pairs: u16) -> Self {
        self.ports = pairs;
        self
    }

    /// How the switch believes RTP sources.
    #[must_use]
    pub fn latch(mut self, latch: Latch) -> Self {
        self.latch = latch;
        self
    }

    /// What each trunk may send.
    #[must_use]
    pub fn limits(mut self, limits: TrunkLimits) -> Self {
        self.limits = limits;
        self
    }

    /// The phones may transfer calls.
    #[must_use]
    pub fn transfers(mut self) -> Self {
        self.transfer = true;
        self
    }

    /// The world.
    #[must_use]
    pub fn build(self) -> World {
        World::new(self)
    }
}

pub(crate) fn routing_of(setup: &WorldSetup, names: &[String], hosts: &[Host]) -> Routing {
    let trunks = names.iter().zip(hosts).map(|(name, host)| Trunk {
        name: name.clone(),
        remote: host.address(),
        transport: Transport::Udp,
        listener: u16::from(host.address().is_ipv6()),
        large: None,
        accept_from: vec![Source {
            address: host.address().ip(),
            prefix: if host.address().is_ipv4() { 32 } else { 128 },
            port: None,
        }],
        media: Family::of(host.address().ip()),
        latch: setup.latch,
        country: "32".to_owned(),
        limits: setup.limits,
        transfer: setup.transfer,
    });
    let mut plans: HashMap<String, Vec<Arc<Plan>>> = HashMap::new();
    for plan in &setup.plans {
        for number in &plan.numbers {
            plans.entry(number.clone()).or_default().push(plan.clone());
        }
    }
    Routing {
        version: "sim".to_owned(),
        trunks: trunks.collect(),
        numbers: setup.numbers.clone(),
        prompts: setup.prompts.clone(),
        plans,
        recording_octets: HashMap::new(),
        recorded_agents: HashMap::from([("sim".to_owned(), RecordedAgent::of("sim", &setup.agents))]),
        sites: HashMap::new(),
        campaigns: setup.campaigns.clone(),
    }
}

pub(crate) fn phone_of(host: Host, name: &str, numbers: Numbers, seed: u64, keep_audio: bool) -> Phone {
    let mut config = PhoneConfig::new(name, host.address());
    config.numbers = numbers;
    config.keep_audio = keep_audio;
    config.ports = (0..200).map(|pair| Port(30_000 + pair * 2)).collect();
    config.seed = seed
        .wrapping_mul(31)
        .wrapping_add(u64::try_from(host.index()).unwrap_or(0));
    Phone::new(config).expect("behaviours of scenarios name no files")
}
