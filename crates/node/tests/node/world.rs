//! A node and two phones, alice and bob, in one process.

use pointsman_call::Cdr;
use pointsman_config::{Files, Memory, Overrides};
use pointsman_legs::{CallReport, CallSpec, EndedBy, Legs, Numbers, PendingCall, PhoneSetup, Role, Speak};
use pointsman_media::measure::{Sound, same_speech};
use pointsman_node::{NodeOptions, RunningNode, local_token, start};
use pointsman_sip::Timers;
use pointsman_store::Query;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Longer than anything that works takes; what does not work fails after it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const ALICE: &str = "+32475112233";
/// Goes to bob by the node's default.
pub(crate) const BOB: &str = "+3292000100";
/// Goes to bob by a tree and is recorded.
pub(crate) const RECORDED: &str = "+3232000100";
/// Goes to a trunk where nobody listens.
pub(crate) const DEAD: &str = "+3232000101";

pub(crate) const NODE: &str = r#"
version: 1
node: { name: test, data: data }
listen: [ { udp: "127.0.0.1:5060" } ]
media: { address: "127.0.0.1", ports: "10000-10099" }
http: "127.0.0.1:8060"
recordings: { path: recordings }
trunks:
  alice: { address: "127.0.0.1:5071", accept_from: ["127.0.0.1:5071"], country: "32" }
  bob: { address: "127.0.0.1:5072", accept_from: ["127.0.0.1:5072"], country: "32" }
  nobody: { address: "127.0.0.1:5073", accept_from: ["127.0.0.1:5073"], country: "32" }
customers: [shop.yaml]
numbers: { "*": { policy: direct, trunk: bob } }
"#;

pub(crate) const SHOP: &str = r#"
version: 1
customer: shop
contract: { formula: classic, options: [recording] }
name: The Shop
managed_by: operator
country: "32"
zone: Europe/Brussels
trees:
  desk:
    start: bob
    nodes:
      bob: { dial: { trunk: bob, ring: 20s, on: { otherwise: busy } } }
      busy: { reject: { status: 486, cause: 17, reason: "Busy" } }
  gone:
    start: site
    nodes:
      site: { dial: { trunk: nobody, ring: 20s, on: { unreachable: sorry, otherwise: sorry } } }
      sorry: { reject: { status: 480, cause: 20, reason: "Nobody there" } }
numbers:
  "+3232000100": { policy: trm, tree: desk, record: true }
  "+3232000101": { policy: trm, tree: gone }
"#;

/// Files that can change while a node runs.
#[derive(Clone, Default)]
pub(crate) struct Changing(Arc<Mutex<Memory>>);

impl Changing {
    pub(crate) fn write(&self, path: &str, text: &str) {
        self.0.lock().unwrap().insert(path, text);
    }

    pub(crate) fn write_bytes(&self, path: &str, bytes: &[u8]) {
        self.0.lock().unwrap().insert(path, bytes);
    }
}

impl Files for Changing {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.lock().unwrap().read(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        self.0.lock().unwrap().list(folder)
    }
}

/// A folder of its own, removed at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "pointsman-it-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// `count` RTP ports nobody has, below the range from which the system takes free ports for the phones.
pub(crate) fn free_ports(count: u16) -> RangeInclusive<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    loop {
        let offset = NEXT.fetch_add(1, Ordering::Relaxed);
        // Apart for every process that runs tests at the same time, as far as a number can do that.
        let first = 10_000 + (std::process::id() as u16 % 100) * 200 + (offset % 40) * 5 * 100 % 20_000;
        let free = |port| {
            UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
                && UdpSocket::bind((Ipv6Addr::LOCALHOST, port)).is_ok()
        };
        if first < 32_000 && (first..first + count).all(free) {
            return first..=first + count - 1;
        }
    }
}

/// What both say in most tests.
pub(crate) fn voice(seed: u64) -> Vec<i16> {
    pointsman_legs::sound::babble(seed, 3.0)
}

pub(crate) fn likeness(heard: &[i16], said: &[i16]) -> f64 {
    same_speech(
        &Sound::from_linear(8_000, heard),
        &Sound::from_linear(8_000, said),
    )
}

pub(crate) struct World {
    pub(crate) legs: Legs,
    pub(crate) files: Changing,
    pub(crate) options: NodeOptions,
    pub(crate) folder: Folder,
    node: Option<RunningNode>,
}

impl World {
    /// A running node; bob's numbers do what `bob` says.
    pub(crate) fn new(bob: Numbers) -> Self {
        Self::with_ports(bob, 100)
    }

    /// As [`World::new`] with so many RTP ports.
    pub(crate) fn with_ports(bob: Numbers, ports: u16) -> Self {
        let mut world = Self::prepared(bob, ports);
        world.start();
        world
    }

    /// Everything but the node itself.
    pub(crate) fn prepared(bob: Numbers, ports: u16) -> Self {
        Self::prepared_at(bob, ports, [any(), any()])
    }

    /// The same with alice and bob at such addresses; with IPv6 too if one of them is of it.
    pub(crate) fn prepared_at(bob: Numbers, ports: u16, [alice, bobs]: [SocketAddr; 2]) -> Self {
        let phones = vec![
            PhoneSetup::new("alice", Numbers::default()).bind(alice),
            PhoneSetup::new("bob", bob).bind(bobs),
        ];
        let sixes = alice.is_ipv6() || bobs.is_ipv6();
        let legs = Legs::start(phones).unwrap();
        let files = Changing::default();
        let media = if sixes {
            "\", address6: \"::1\", ports"
        } else {
            "\", ports"
        };
        files.write("node.yaml", &NODE.replace("\", ports", media));
        files.write("shop.yaml", SHOP);
        let folder = Folder::new();
        let dead = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
            .unwrap()
            .local_addr()
            .unwrap();
        let address = |phone| legs.address(phone).unwrap();
        let overrides = Overrides {
            listen: [Some(any()), sixes.then(any6)].into_iter().flatten().collect(),
            listen_tcp: Vec::new(),
            http: Some(any()),
            ports: Some(free_ports(ports)),
            data: Some(folder.path().join("data")),
            recordings: Some(folder.path().join("recordings")),
            trunks: [
                ("alice", address("alice")),
                ("bob", address("bob")),
                ("nobody", dead),
            ]
            .map(|(name, address)| (name.to_owned(), address))
            .into(),
        };
        // A tenth of the RFC's: what lingers for 32 s is gone after 3.
        let timers = Timers {
            t1: Duration::from_millis(50),
            t2: Duration::from_millis(400),
            t4: Duration::from_millis(500),
            d: Duration::from_millis(3200),
        };
        let options = NodeOptions {
            files: Arc::new(files.clone()),
            overrides,
            timers,
            ..NodeOptions::new(&["node.yaml"])
        };
        Self {
            legs,
            files,
            options,
            folder,
            node: None,
        }
    }

    pub(crate) fn start(&mut self) {
        self.node = Some(start(self.options.clone()).unwrap());
    }

    pub(crate) fn node(&self) -> &RunningNode {
        self.node.as_ref().unwrap()
    }

    pub(crate) fn take_node(&mut self) -> RunningNode {
        self.node.take().unwrap()
    }

    pub(crate) fn sip(&self) -> SocketAddr {
        self.node().sip_addrs()[0]
    }

    /// A call from alice that speaks and hangs up after three and a half seconds.
    pub(crate) fn spec(&self, to: &str) -> CallSpec {
        CallSpec::new(ALICE, to, self.sip())
            .on("alice")
            .speak(Speak::samples(voice(1)))
            .hang_up_after(Duration::from_millis(3500))
    }

    pub(crate) fn place(&self, spec: CallSpec) -> PendingCall {
        self.legs.call(spec)
    }

    /// Places a call and awaits its end.
    pub(crate) fn call(&self, spec: CallSpec) -> Arc<CallReport> {
        self.place(spec).wait(PATIENCE).unwrap()
    }

    /// What bob says of the call he got from alice.
    pub(crate) fn bobs(&self) -> Arc<CallReport> {
        self.legs
            .wait_report(PATIENCE, |report| {
                report.phone == "bob" && report.role == Role::Callee
            })
            .unwrap()
    }

    /// The CDRs, newest first, once there are `count` closed ones.
    pub(crate) fn cdrs(&self, count: usize) -> Vec<Cdr> {
        let query = Query {
            open: Some(false),
            ..Query::default()
        };
        await_that(|| {
            let calls = self.node().store().calls(&query).unwrap();
            (calls.len() >= count).then_some(calls)
        })
    }

    /// The one CDR there is.
    pub(crate) fn cdr(&self) -> Cdr {
        let mut cdrs = self.cdrs(1);
        assert_eq!(cdrs.len(), 1);
        cdrs.remove(0)
    }

    /// Awaits a line in `/metrics`.
    pub(crate) fn await_metric(&self, line: &str) {
        await_metric(self.node(), line);
    }

    /// Awaits that nothing of any call is left, lingering transactions included.
    pub(crate) fn await_idle(&self) {
        for gauge in ["calls", "rtp_ports_in_use", "transactions"] {
            self.await_metric(&format!("pointsman_{gauge} 0"));
        }
    }

    /// One HTTP request with the token that the node leaves for commands on its machine: status and body.
    pub(crate) fn http(&self, method: &str, path: &str) -> (u16, String) {
        self.http_with(method, path, "")
    }

    /// The same with a JSON body.
    pub(crate) fn http_with(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let token = self.local_token();
        let token = format!("Authorization: Bearer {token}\r\n");
        exchange(self.http_addr(), (method, path), &token, body)
    }

    pub(crate) fn http_addr(&self) -> SocketAddr {
        self.node().http_addr().unwrap()
    }

    pub(crate) fn local_token(&self) -> String {
        let path = local_token(&self.folder.path().join("data"));
        std::fs::read_to_string(path).unwrap().trim().to_owned()
    }
}

/// One HTTP request: status and body.
pub(crate) fn http(node: SocketAddr, method: &str, path: &str) -> (u16, String) {
    exchange(node, (method, path), "", "")
}

fn exchange(node: SocketAddr, (method, path): (&str, &str), headers: &str, body: &str) -> (u16, String) {
    let length = body.len();
    let mut stream = TcpStream::connect(node).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {node}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         {headers}Content-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(node) = self.node.take() {
            node.stop();
        }
    }
}

pub(crate) fn any6() -> SocketAddr {
    (Ipv6Addr::LOCALHOST, 0).into()
}

pub(crate) fn any() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

/// Awaits a line in the `/metrics` of a node.
pub(crate) fn await_metric(node: &RunningNode, line: &str) {
    await_that(|| node.metrics_text().lines().any(|one| one == line).then_some(()));
}

/// Looks until there is something, or fails.
pub(crate) fn await_that<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "what was awaited did not come");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

/// Both were answered, heard each other, and had nothing to complain about.
pub(crate) fn assert_talked(caller: &CallReport, callee: &CallReport, callee_said: &[i16]) {
    assert_eq!((caller.final_status, callee.final_status), (Some(200), Some(200)));
    assert!(
        caller.complaints.is_empty() && callee.complaints.is_empty(),
        "{caller:?} {callee:?}"
    );
    let forth = likeness(&callee.heard.samples, &voice(1));
    let back = likeness(&caller.heard.samples, callee_said);
    assert!(
        forth > 0.95 && back > 0.95,
        "bob heard alice {forth:.3}, alice heard bob {back:.3}"
    );
    assert_eq!(
        (caller.ended_by, callee.ended_by),
        (Some(EndedBy::Us), Some(EndedBy::Peer))
    );
}

/// Both sides of the account in `/status` are equal (DRS-10).
pub(crate) fn assert_balanced(account: &serde_json::Value) {
    let count = |name: &str| account[name].as_u64().unwrap();
    let right = [
        "answered",
        "announced",
        "rejected",
        "targets_failed",
        "abandoned",
        "failed",
        "shed",
        "in_progress",
    ];
    let sum: u64 = right.into_iter().map(count).sum();
    assert_eq!(count("received"), sum, "{account}");
}
