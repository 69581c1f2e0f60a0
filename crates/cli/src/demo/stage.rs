//! The switch and the legs around it, on free loopback ports.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use pointsman_call::Cdr;
use pointsman_config::Overrides;
use pointsman_legs::behaviour::{Answer, Refusal, Ring};
use pointsman_legs::{Behaviour, CallReport, Legs, Numbers, PhoneSetup, Speak, Talk};
use pointsman_node::{Clock, NodeOptions, RunningNode, start};
use pointsman_policy::acm::Snapshot;
use pointsman_policy::campaign::{CampaignId, Command, RunState, View};
use pointsman_policy::explain::parse_at;
use pointsman_store::{Query, Store};

use super::act::Performed;
use super::assets;
use super::check::{Result as Checked, check};
use super::outbound::{self, CampaignResult};
use super::queue::{self, QueueResult};

/// RTP port pairs looked for: more than the demo's calls can use.
const RTP_PORTS: u16 = 200;

/// Everything that plays along.
pub(super) struct Stage {
    pub(super) legs: Legs,
    node: RunningNode,
    clock: Clock,
    recordings: PathBuf,
    _nobody: Vec<UdpSocket>,
}

/// What was performed.
pub(super) struct Performances {
    pub(super) calls: Vec<Performed>,
    pub(super) queue: Vec<Option<Arc<CallReport>>>,
    pub(super) campaign: Result<View, String>,
}

/// What became of it.
pub(super) struct Results {
    pub(super) calls: Vec<Checked>,
    pub(super) queue: QueueResult,
    pub(super) campaign: CampaignResult,
}

impl Results {
    /// Everything that is not as it should be.
    pub(super) fn complaints(&self) -> impl Iterator<Item = &String> {
        let calls = self.calls.iter().flat_map(|call| &call.complaints);
        let served = self.queue.calls.iter().flat_map(|call| &call.complaints);
        calls
            .chain(served)
            .chain(&self.queue.complaints)
            .chain(&self.campaign.complaints)
    }
}

impl Stage {
    pub(super) fn build(folder: &Path) -> Result<Self, String> {
        let legs =
            Legs::start(phones()).map_err(|error| format!("the simulated legs did not start: {error}"))?;
        let mut trunks: BTreeMap<String, SocketAddr> = ["pstn", "pbx-antwerp", "pbx-ghent"]
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), legs.address(name)?)))
            .collect();
        let mut nobody = Vec::new();
        for name in ["pbx-namur", "pbx-clinic"] {
            let (held, dead) = dead_address().map_err(|error| format!("no free loopback port: {error}"))?;
            trunks.insert(name.to_owned(), dead);
            nobody.push(held);
        }
        let recordings = folder.join("recordings");
        let first = free_rtp_ports().ok_or("no free run of loopback ports for RTP")?;
        let clock = Clock::default();
        clock.set(instant(super::cast::MORNING.clock));
        let mut options = NodeOptions::new(&[assets::NODE_FILE]);
        options.files = Arc::new(assets::files());
        options.clock = clock.clone();
        options.overrides = Overrides {
            listen: vec![SocketAddr::from(([127, 0, 0, 1], 0))],
            listen_tcp: Vec::new(),
            http: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            ports: Some(first..=first + RTP_PORTS * 2 - 1),
            data: Some(folder.to_owned()),
            recordings: Some(recordings.clone()),
            trunks,
        };
        let node = start(options).map_err(|error| format!("the switch did not start: {error}"))?;
        Ok(Self {
            legs,
            node,
            clock,
            recordings,
            _nobody: nobody,
        })
    }

    /// SIP address of the switch.
    pub(super) fn sip(&self) -> SocketAddr {
        self.node
            .sip_addrs()
            .first()
            .copied()
            .expect("the demo's configuration has one listener")
    }

    /// HTTP address of the switch.
    pub(super) fn http(&self) -> Option<SocketAddr> {
        self.node.http_addr()
    }

    /// Puts the demo's clock to a local time in Brussels.
    pub(super) fn set_clock(&self, local: &str) {
        self.clock.set(instant(local));
    }

    /// Awaits the records of so many calls that were placed: before them, the recorder has still to do, and goes by the
    /// clock. One that does not come is found missing at the end.
    pub(super) fn await_records(&self, placed: usize) {
        let give_up = Instant::now() + Duration::from_secs(10);
        let is_over = |cdr: &&Cdr| cdr.campaign.is_none() && cdr.outcome.is_some();
        while self.records().iter().filter(is_over).count() < placed && Instant::now() < give_up {
            thread::park_timeout(Duration::from_millis(20));
        }
    }

    fn records(&self) -> Vec<Cdr> {
        records_in(&*self.node.store())
    }

    /// Agents and queues now.
    pub(super) fn agents(&self) -> Option<Snapshot> {
        self.node.agents()
    }

    /// The campaign now.
    pub(super) fn campaign(&self) -> Option<View> {
        let views = self.node.campaigns()?;
        views.into_iter().find(|view| view.id == outbound::campaign())
    }

    /// Does something with a campaign.
    pub(super) fn command(&self, campaign: CampaignId, command: Command) -> Result<RunState, String> {
        self.node.command("demo", campaign, command)
    }

    /// Until when the clinic's plan is on; `None` while it is off.
    pub(super) fn plan_until(&self) -> Option<String> {
        let on = self.node.store().plans_on().ok()?;
        let until = on.first()?.until.to_string();
        Some(until.get(..16).unwrap_or(&until).replace('T', " "))
    }

    /// Ends the switch and compares what was seen with what it wrote.
    pub(super) fn end(self, performed: Performances) -> Results {
        let store = self.node.store();
        self.node.drain_and_stop(Duration::from_secs(10));
        let cdrs = records_in(&*store);
        let reports = self.legs.reports();
        Results {
            calls: performed
                .calls
                .into_iter()
                .map(|one| check(one, &cdrs, &reports, &self.recordings))
                .collect(),
            queue: queue::check(performed.queue, &cdrs, &reports, &self.recordings),
            campaign: outbound::check(performed.campaign, &cdrs, &reports),
        }
    }
}

/// Milliseconds since 1970 of a local time in Brussels.
fn instant(local: &str) -> i64 {
    let at = parse_at(local, "Europe/Brussels").expect("the cast's times are times");
    at.as_millisecond()
}

/// An address where nobody listens. The socket is held by another address of loopback so that nobody takes the port.
fn dead_address() -> std::io::Result<(UdpSocket, SocketAddr)> {
    let held = UdpSocket::bind("127.0.0.2:0")?;
    let dead = SocketAddr::from(([127, 0, 0, 1], held.local_addr()?.port()));
    Ok((held, dead))
}

/// The first of enough UDP ports in a row that are free now.
fn free_rtp_ports() -> Option<u16> {
    (20_000..60_000)
        .step_by(usize::from(RTP_PORTS) * 2)
        .find(|first| {
            let wanted = *first..*first + RTP_PORTS * 2;
            let bound: Vec<UdpSocket> = wanted
                .filter_map(|port| UdpSocket::bind(("127.0.0.1", port)).ok())
                .collect();
            bound.len() == usize::from(RTP_PORTS) * 2
        })
}

fn phones() -> Vec<PhoneSetup> {
    let antwerp = Numbers::default()
        .with("+3232000199", answers(2, "speech/oliver-en"))
        .with("+3232000299", Behaviour::Busy(Refusal::default()))
        .with("+3232000699", Behaviour::Congested(Refusal::default()));
    let ghent = Numbers::default()
        .with("+3292000199", answers(1, "speech/hugo-fr"))
        .with("+3292000499", Behaviour::Ring(Ring::default()));
    let ghent = queue::AGENTS.iter().fold(ghent, |ghent, (_, extension, says)| {
        let talk = Talk {
            speak: Speak::prompt(&assets::prompt(says)),
            hang_up: Some(queue::TALK),
            ..Talk::default()
        };
        let answer = Answer {
            after: Duration::from_millis(300),
            talk,
            ..Answer::default()
        };
        ghent.with(extension, Behaviour::Answer(answer))
    });
    let pstn = Numbers::default()
        .with("+32475000001", answers(2, "speech/bram-nl"))
        .with("+32475000002", answers(1, "speech/felix-de"))
        .with("+32475000003", answers(1, "speech/hugo-fr"));
    vec![
        PhoneSetup::new("pstn", outbound::people(pstn))
            .pstn()
            .rtp_ports(80),
        PhoneSetup::new("pbx-antwerp", antwerp),
        PhoneSetup::new("pbx-ghent", ghent),
    ]
}

fn answers(after: u64, says: &str) -> Behaviour {
    let talk = Talk {
        speak: Speak::prompt(&assets::prompt(says)),
        ..Talk::default()
    };
    Behaviour::Answer(Answer {
        after: Duration::from_secs(after),
        talk,
        ..Answer::default()
    })
}

/// Every call of the demo.
fn records_in(store: &dyn Store) -> Vec<Cdr> {
    let all = Query {
        limit: 1000,
        ..Query::default()
    };
    store.calls(&all).unwrap_or_default()
}
