//! `pointsman campaign` from outside: the binary, and a running switch of the same binary.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use pointsman_legs::behaviour::{Answer, Refusal, Ring};
use pointsman_legs::{Behaviour, Legs, Numbers, PhoneEvent, PhoneSetup};

const PATIENCE: Duration = Duration::from_secs(60);
const RINGS: &str = "+32470000001";

/// A customer whose campaign calls these numbers, so.
fn shop(contacts: &[String], how: &str) -> String {
    let contacts = contacts.join("\", \"");
    format!(
        r#"version: 1
customer: shop
contract: {{ formula: outbound }}
country: "32"
zone: Europe/Brussels
announcements:
  offer: {{ file: offer.wav }}
contact_lists:
  all: {{ numbers: ["{contacts}"] }}
do_not_call: {{ numbers: ["0470 00 00 03"] }}
campaigns:
  spring:
    lists: [all]
    message: offer
    accepted: {{ by: Ann Peeters, on: "2026-11-24" }}
    trunk: pstn
    caller: "+3225550100"
    {how}
numbers:
  "+3225550100": {{ policy: direct, trunk: pstn }}
"#
    )
}

fn number(at: usize) -> String {
    format!("+324700000{at:02}")
}

/// Files of a switch, and the people that it calls.
struct World {
    folder: PathBuf,
    legs: Legs,
}

/// A running switch; killed with its test.
struct Running {
    node: Child,
    log: Option<JoinHandle<String>>,
}

/// What a command said: exit code, standard output, standard error.
type Said = (i32, String, String);

impl World {
    fn new(people: Numbers, shop: &str) -> Self {
        let legs = Legs::start(vec![PhoneSetup::new("pstn", people).pstn()]).unwrap();
        static NEXT: AtomicU16 = AtomicU16::new(0);
        let nth = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("pointsman-campaign-{}-{nth}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let pstn = legs.address("pstn").unwrap();
        let sip = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let http = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let rtp = free_rtp(nth);
        let node = format!(
            "version: 1\nnode: {{ name: test, data: ./data }}\nlisten: [ {{ udp: \"{sip}\" }} ]\nhttp: \"{http}\"\n\
             media: {{ address: \"127.0.0.1\", ports: \"{rtp}-{}\" }}\ntrunks:\n  pstn: {{ address: \"{pstn}\", \
             accept_from: [\"{pstn}\"], country: \"32\" }}\ncustomers: [shop.yaml]\n",
            rtp + 39
        );
        let audio = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../audio/en/closed.wav");
        std::fs::copy(audio, folder.join("offer.wav")).unwrap();
        std::fs::write(folder.join("node.yaml"), node).unwrap();
        std::fs::write(folder.join("shop.yaml"), shop).unwrap();
        Self { folder, legs }
    }

    /// How many telephones have rung so far.
    fn rung(&self) -> usize {
        let events = self.legs.events();
        let rings = |(_, event): &&(String, PhoneEvent)| matches!(event, PhoneEvent::Incoming { .. });
        events.iter().filter(rings).count()
    }

    fn pointsman(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pointsman"));
        command.current_dir(&self.folder).args(words);
        command
            .args(["--config", "node.yaml"])
            .env_remove("POINTSMAN_TOKEN");
        command
    }

    fn campaign(&self, words: &[&str]) -> Said {
        let output = self.pointsman(&[&["campaign"], words].concat()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            output.status.code().unwrap(),
            text(output.stdout),
            text(output.stderr),
        )
    }

    /// The command succeeds and says this, and nothing else.
    fn says(&self, words: &[&str], expected: &str) {
        let said = self.campaign(words);
        assert_eq!(said, (0, format!("{expected}\n"), String::new()), "{words:?}");
    }

    /// The command fails with 1, and says why.
    fn fails(&self, words: &[&str], why: &str) {
        let (code, out, error) = self.campaign(words);
        assert_eq!((code, out.as_str()), (1, ""), "{words:?}: {error}");
        assert!(
            error.contains(why) && error.starts_with("pointsman: "),
            "{words:?}: {error}"
        );
    }

    fn run(&self) -> Running {
        let mut command = self.pointsman(&["run"]);
        let mut node = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(node.stderr.take().unwrap());
        let mut text = String::new();
        while !text.contains(" ready ") {
            assert_ne!(lines.read_line(&mut text).unwrap(), 0, "the switch ended: {text}");
        }
        let log = std::thread::spawn(move || {
            lines.read_to_string(&mut text).unwrap();
            text
        });
        Running { node, log: Some(log) }
    }
}

impl Running {
    fn kill(mut self) {
        self.node.kill().unwrap();
        self.node.wait().unwrap();
        if let Some(log) = self.log.take() {
            let text = log.join().unwrap();
            assert!(
                !text.contains(&RINGS[1..RINGS.len() - 2]),
                "the log names people: {text}"
            );
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Has ended already if the test came so far.
        let _ = self.node.kill();
        let _ = self.node.wait();
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The first of forty ports in a row that are free, for the switch of that number in this process.
fn free_rtp(nth: u16) -> u16 {
    let is_free = |port| UdpSocket::bind(("127.0.0.1", port)).is_ok();
    let mut runs = (22_000 + nth * 4_000..60_000).step_by(40);
    runs.find(|first| (*first..first + 40).all(is_free)).unwrap()
}

fn await_that(mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "what was awaited did not come");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// OUT-07, OUT-08, OUT-14 and OUT-17: everything that one can do with a campaign from the command line, over a kill.
#[test]
fn out_17_a_campaign_is_listed_started_paused_resumed_reported_and_stopped() {
    pointsman_conformance::shows(&["OUT-07 accepted"]);
    // The first contact rings, the second is busy, the third must not be called.
    let people = Numbers::default()
        .with(RINGS, Behaviour::Ring(Ring::default()))
        .with(&number(2), Behaviour::Busy(Refusal::default()));
    let shop = shop(&[number(1), number(2), number(3)], "concurrent: 2\n    ring: 2m");
    let world = World::new(people, &shop);
    world.fails(&["list"], "no switch answers at http://127.0.0.1:");
    world.fails(&["start", "shop", "spring"], "is it running?");

    let running = world.run();
    world.says(
        &["list"],
        "shop spring: programmed, 3 contacts: do_not_call 1, waiting 2",
    );
    world.fails(
        &["pause", "shop", "spring"],
        "shop/spring is programmed; it cannot be paused",
    );
    world.says(&["start", "shop", "spring"], "campaign spring of shop is running");
    world.fails(
        &["start", "shop", "spring"],
        "shop/spring is running; it cannot be started",
    );
    await_that(|| world.rung() == 2);
    let report = [
        "shop spring: running, 3 contacts: busy 1, dialling 1, do_not_call 1",
        "  message accepted by Ann Peeters on 2026-11-24",
        "  +32470000001 dialling, 0 attempts",
        "  +32470000002 busy, 1 attempt",
        "  +32470000003 do_not_call, 0 attempts\n",
    ];
    await_that(|| world.campaign(&["report", "shop", "spring"]).1 == report.join("\n"));
    let (code, json, _) = world.campaign(&["report", "shop", "spring", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, &json["accepted"]["by"]), (0, &"Ann Peeters".into()));
    world.says(&["pause", "shop", "spring"], "campaign spring of shop is paused");
    world.says(
        &["resume", "shop", "spring"],
        "campaign spring of shop is running",
    );

    for wrong in [
        ["shop", "autumn"],
        ["nobody", "spring"],
        ["sh/op", "spring?"],
        ["", ".."],
    ] {
        let name = format!("there is no campaign {}/{}", wrong[0], wrong[1]);
        let name = if wrong[0].is_empty() { "" } else { &name };
        world.fails(&["start", wrong[0], wrong[1]], name);
        world.fails(&["report", wrong[0], wrong[1]], name);
    }
    let (code, _, error) = world.campaign(&["dial", "shop", "spring"]);
    assert_eq!(code, 2, "{error}");

    running.kill();
    let running = world.run();
    let done = "shop spring: done, 3 contacts: busy 1, do_not_call 1, interrupted 1\n";
    await_that(|| world.campaign(&["list"]).1 == done);
    world.fails(
        &["stop", "shop", "spring"],
        "shop/spring is done; it cannot be stopped",
    );
    running.kill();
}

/// OUT-16: the same with twenty people, and the switch killed three times while it calls them.
#[test]
fn out_16_three_kills_call_nobody_twice_and_forget_nobody() {
    pointsman_conformance::shows(&["OUT-16 crash"]);
    let answers = Behaviour::Answer(Answer {
        after: Duration::from_millis(300),
        ..Answer::default()
    });
    let contacts: Vec<String> = (10..30).map(number).collect();
    let shop = shop(&contacts, "concurrent: 5");
    let world = World::new(Numbers::default().with("*", answers), &shop);
    let mut running = world.run();
    world.says(&["start", "shop", "spring"], "campaign spring of shop is running");
    for rung in [4, 9, 14] {
        await_that(|| world.rung() >= rung);
        running.kill();
        running = world.run();
    }
    let report = || -> serde_json::Value {
        let (code, json, error) = world.campaign(&["report", "shop", "spring", "--json"]);
        assert_eq!(code, 0, "{error}");
        serde_json::from_str(&json).unwrap()
    };
    await_that(|| report()["state"] == "done");
    let done = report();
    let listed = done["contacts"].as_array().unwrap();
    assert_eq!(listed.len(), contacts.len(), "nobody is forgotten");
    let ended = |state: &str| listed.iter().filter(|contact| contact["state"] == state).count();
    let (heard, interrupted) = (ended("heard"), ended("interrupted"));
    assert_eq!(heard + interrupted, contacts.len(), "{done}");
    assert!(interrupted >= 3 && heard >= 5, "{done}");
    let mut rung: BTreeMap<String, usize> = BTreeMap::new();
    for call in world.legs.reports() {
        *rung.entry(call.to.clone()).or_default() += 1;
    }
    assert!(rung.values().all(|times| *times == 1), "at the far end: {rung:?}");
    assert!(rung.len() >= contacts.len() - 3, "{rung:?}");
    running.kill();
    // Read by `just prove-campaign`.
    println!(
        "proved: kills=3 contacts={} heard={heard} interrupted={interrupted}",
        contacts.len()
    );
}
