//! SIP over TCP against the real daemon.

mod abuse;
mod calls;
mod journal;
mod peer;

use crate::world::{Changing, Folder, await_metric, free_ports};
use pointsman_config::Overrides;
use pointsman_node::{NodeOptions, RunningNode, start};
use pointsman_sip::Timers;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A number that goes to the callee by TCP, by UDP, and by UDP but for what is large.
pub(crate) const BY_TCP: &str = "+3232000200";
pub(crate) const BY_UDP: &str = "+3232000201";
pub(crate) const BY_SIZE: &str = "+3232000202";

const CONFIG: &str = r#"
version: 1
node: { name: streams, data: data }
listen: [ { udp: "127.0.0.1:5060" }, { tcp: "127.0.0.1:5060" } ]
media: { address: "127.0.0.1", ports: "10000-10099" }
limits: { LIMITS }
trunks:
  caller: { address: "127.0.0.1:5071", accept_from: ["127.0.0.1"], country: "32" }
  stream: { address: "127.0.0.1:5072", accept_from: ["127.0.0.2"], transport: tcp }
  datagram: { address: "127.0.0.1:5073", accept_from: ["127.0.0.3"] }
  sized: { address: "127.0.0.1:5074", accept_from: ["127.0.0.4"], large_by_tcp: true }
numbers:
  "+3232000200": { policy: direct, trunk: stream }
  "+3232000201": { policy: direct, trunk: datagram }
  "+3232000202": { policy: direct, trunk: sized }
"#;

/// A node that listens on UDP and TCP.
pub(crate) struct Node {
    node: Option<RunningNode>,
    pub(crate) callee: TcpListener,
    folder: Folder,
}

impl Node {
    pub(crate) fn new() -> Self {
        Self::with_limits("calls: 100")
    }

    pub(crate) fn with_limits(limits: &str) -> Self {
        let callee = TcpListener::bind("127.0.0.1:0").unwrap();
        Self::calling(callee, limits)
    }

    pub(crate) fn calling(callee: TcpListener, limits: &str) -> Self {
        Self::started(callee, limits, false)
    }

    /// A node that writes a journal.
    pub(crate) fn journaled() -> Self {
        let callee = TcpListener::bind("127.0.0.1:0").unwrap();
        Self::started(callee, "calls: 10", true)
    }

    fn started(callee: TcpListener, limits: &str, journaled: bool) -> Self {
        let folder = Folder::new();
        let files = Changing::default();
        let port = callee.local_addr().unwrap().port();
        let config = CONFIG.replace("LIMITS", limits);
        let config = ["5072", "5073", "5074"]
            .iter()
            .fold(config, |config, trunk| config.replace(trunk, &port.to_string()));
        files.write("node.yaml", &config);
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let overrides = Overrides {
            listen: vec![any],
            listen_tcp: vec![any],
            ports: Some(free_ports(100)),
            data: Some(folder.path().join("data")),
            recordings: Some(folder.path().join("recordings")),
            ..Overrides::default()
        };
        let timers = Timers {
            t1: Duration::from_millis(50),
            t2: Duration::from_millis(400),
            t4: Duration::from_millis(500),
            d: Duration::from_millis(3200),
        };
        let options = NodeOptions {
            files: Arc::new(files),
            overrides,
            timers,
            journal: journaled.then(|| folder.path().join("journal")),
            ..NodeOptions::new(&["node.yaml"])
        };
        Self {
            node: Some(start(options).unwrap()),
            callee,
            folder,
        }
    }

    /// Stops the node, whose journal is whole then.
    pub(crate) fn stop_and_take_journal(mut self) -> Journal {
        self.node.take().unwrap().stop();
        Journal {
            path: self.folder.path().join("journal"),
            _node: self,
        }
    }

    /// The callee's listener becomes another one: nobody listens where the trunks lead.
    pub(crate) fn without_callee(mut self) -> Self {
        self.callee = TcpListener::bind("127.0.0.1:0").unwrap();
        self
    }

    pub(crate) fn udp(&self) -> SocketAddr {
        self.node().sip_addrs()[0]
    }

    pub(crate) fn tcp(&self) -> SocketAddr {
        self.node().sip_addrs()[1]
    }

    fn node(&self) -> &RunningNode {
        self.node.as_ref().unwrap()
    }

    /// Awaits a line in `/metrics`, without the prefix of its names.
    pub(crate) fn await_metric(&self, line: &str) {
        await_metric(self.node(), &format!("pointsman_{line}"));
    }

    /// Awaits that no call, transaction or port is left.
    pub(crate) fn await_idle(&self) {
        for gauge in ["calls", "rtp_ports_in_use", "transactions"] {
            self.await_metric(&format!("{gauge} 0"));
        }
    }
}

/// A journal, as long as the folder it lies in is there.
pub(crate) struct Journal {
    pub(crate) path: PathBuf,
    _node: Node,
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(node) = self.node.take() {
            node.stop();
        }
    }
}
