//! The daemon as a process of its own: signals, `kill -9`, and what it writes to its log.

mod agents;
mod disk;

use crate::calls::answers;
use crate::world::{
    ALICE, BOB, Folder, NODE, PATIENCE, RECORDED, SHOP, await_that, free_ports, likeness, voice,
};
use pointsman_call::{Cdr, EndedBy, Outcome};
use pointsman_legs::{CallReport, CallSpec, Legs, Numbers, PendingCall, PhoneEvent, PhoneSetup, Role, Speak};
use pointsman_media::measure::{Sound, fit};
use pointsman_node::NodeOptions;
use pointsman_store::{Query, Reader};
use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// Recorded calls that are up when the process is killed.
const KILLED: usize = 50;

/// Set in the process that is to be the node: the node file.
const BE_THE_NODE: &str = "POINTSMAN_TEST_NODE";

/// A test runs itself again as the node. Returns whether this process was that node, and has ended.
fn was_the_node() -> bool {
    let Some(file) = std::env::var_os(BE_THE_NODE) else {
        return false;
    };
    pointsman_node::start_logging();
    pointsman_node::run(NodeOptions {
        drain: PATIENCE,
        ..NodeOptions::new(&[file])
    })
    .unwrap();
    true
}

struct Process {
    legs: Legs,
    folder: Folder,
    sip: SocketAddr,
    test: &'static str,
}

/// The running node and its log so far, line by line.
struct Running {
    child: Child,
    log: JoinHandle<String>,
}

impl Process {
    /// Files for a node that the test called `test` runs.
    fn new(test: &'static str) -> Self {
        let bob = Numbers::default()
            .with(BOB, answers(2))
            .with(RECORDED, answers(2));
        Self::with(test, bob)
    }

    /// The same with other phones at bob's.
    fn with(test: &'static str, bob: Numbers) -> Self {
        let phones = [("alice", Numbers::default()), ("bob", bob)].map(|(name, numbers)| PhoneSetup {
            rtp_ports: KILLED,
            ..PhoneSetup::new(name, numbers)
        });
        let legs = Legs::start(phones.into()).unwrap();
        let sip = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let ports = free_ports(240);
        let text = NODE
            .replace("127.0.0.1:5060", &sip.to_string())
            .replace("127.0.0.1:5071", &legs.address("alice").unwrap().to_string())
            .replace("127.0.0.1:5072", &legs.address("bob").unwrap().to_string())
            .replace("10000-10099", &format!("{}-{}", ports.start(), ports.end()))
            .replace("http: \"127.0.0.1:8060\"\n", "");
        let folder = Folder::new();
        std::fs::write(folder.path().join("node.yaml"), text).unwrap();
        std::fs::write(folder.path().join("shop.yaml"), SHOP).unwrap();
        Self {
            legs,
            folder,
            sip,
            test,
        }
    }

    /// Starts the node and awaits that it is ready.
    fn start(&self) -> Running {
        self.start_by(Command::new(std::env::current_exe().unwrap()))
    }

    /// The same by a command that becomes this program.
    fn start_by(&self, mut command: Command) -> Running {
        let test = format!("process::{}", self.test);
        let mut child = command
            .args([&test, "--exact", "--nocapture", "--include-ignored"])
            .env(BE_THE_NODE, self.folder.path().join("node.yaml"))
            .env("POINTSMAN_LOG", "trace")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut text = String::new();
        while !text.contains(" ready ") {
            assert_ne!(lines.read_line(&mut text).unwrap(), 0, "the node ended: {text}");
        }
        let log = std::thread::spawn(move || {
            lines.read_to_string(&mut text).unwrap();
            text
        });
        Running { child, log }
    }

    fn call(&self, to: &str, talk: Duration) -> PendingCall {
        let spec = CallSpec::new(ALICE, to, self.sip)
            .on("alice")
            .speak(Speak::samples(voice(1)));
        self.legs.call(spec.hang_up_after(talk))
    }

    /// A call that is up and heard.
    fn talking(&self, to: &str, talk: Duration) -> PendingCall {
        let call = self.call(to, talk);
        call.wait_event(PATIENCE, |event| matches!(event, PhoneEvent::Hears { .. }))
            .unwrap();
        call
    }

    fn calls(&self) -> Vec<Cdr> {
        let database = pointsman_node::database(&self.folder.path().join("data"));
        Reader::open(&database).unwrap().calls(&Query::default()).unwrap()
    }

    /// What bob says of his calls, once so many are over.
    fn bobs(&self, count: usize) -> Vec<Arc<CallReport>> {
        await_that(|| {
            let mut reports = self.legs.reports();
            reports.retain(|report| report.phone == "bob" && report.role == Role::Callee);
            (reports.len() >= count).then_some(reports)
        })
    }
}

impl Running {
    fn signal(&self, name: &str) {
        let status = Command::new("sh")
            .args(["-c", &format!("kill -{name} {}", self.child.id())])
            .status();
        assert!(status.unwrap().success());
    }

    /// Awaits the end of the process: exit code and log.
    fn end(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().unwrap();
        (status.code(), self.log.join().unwrap())
    }
}

#[test]
fn signals_reload_and_drain_and_the_log_names_nobody() {
    if was_the_node() {
        return;
    }
    let process = Process::new("signals_reload_and_drain_and_the_log_names_nobody");
    let running = process.start();
    let call = process.talking(RECORDED, Duration::from_millis(3_500));

    let shop = process.folder.path().join("shop.yaml");
    std::fs::write(
        &shop,
        SHOP.replace("policy: trm, tree: gone", "policy: trm, tree: lost"),
    )
    .unwrap();
    running.signal("HUP");
    std::fs::write(&shop, SHOP).unwrap();
    running.signal("TERM");
    let caller = call.wait(PATIENCE).unwrap();
    assert!(likeness(&caller.heard.samples, &voice(2)) > 0.9);
    assert_eq!(
        caller.ended_by,
        Some(pointsman_legs::EndedBy::Us),
        "SIGTERM waits for the call"
    );
    let (code, log) = running.end();
    assert_eq!(code, Some(0), "{log}");

    assert!(
        log.contains("call closed") && log.contains("outcome=\"answered\""),
        "{log}"
    );
    assert!(log.contains("to=\"n:"), "numbers are tokens: {log}");
    for number in [ALICE, RECORDED] {
        assert!(!log.contains(&number[1..]), "{number} is in the log: {log}");
    }
}

#[test]
fn a_second_signal_ends_calls_at_once_with_bye() {
    if was_the_node() {
        return;
    }
    let process = Process::new("a_second_signal_ends_calls_at_once_with_bye");
    let running = process.start();
    let call = process.talking(BOB, PATIENCE * 10);
    running.signal("INT");
    await_that(|| {
        let refused = process
            .call(BOB, Duration::from_millis(100))
            .wait(PATIENCE)
            .unwrap();
        (refused.final_status == Some(503)).then_some(())
    });
    running.signal("INT");
    let caller = call.wait(PATIENCE).unwrap();
    assert_eq!(caller.ended_by, Some(pointsman_legs::EndedBy::Peer), "{caller:?}");
    assert_eq!(running.end().0, Some(0));
    let long = process
        .calls()
        .into_iter()
        .find(|cdr| cdr.ended_by == Some(EndedBy::Switch));
    assert_eq!(
        long.expect("the call that was cut").outcome,
        Some(Outcome::Answered)
    );
}

#[test]
fn kill_9_costs_the_last_second_of_a_recording_and_no_call() {
    if was_the_node() {
        return;
    }
    let process = Process::new("kill_9_costs_the_last_second_of_a_recording_and_no_call");
    let running = process.start();
    let call = process.talking(RECORDED, PATIENCE * 10);
    let recordings = process.folder.path().join("recordings");
    // As soon as two seconds of sound are on the disk.
    await_that(|| {
        file_sizes(&recordings)
            .into_iter()
            .find(|bytes| *bytes > 2 * 11_025)
    });
    running.signal("KILL");
    assert_eq!(running.end().0, None);

    let running = process.start();
    let calls = process.calls();
    let [cdr] = &calls[..] else {
        panic!("one call: {calls:?}")
    };
    assert_eq!(cdr.outcome, Some(Outcome::Interrupted));
    let [record] = &cdr.recordings[..] else {
        panic!("one recording: {:?}", cdr.recordings)
    };
    let file = std::fs::read(recordings.join(&record.path)).unwrap();
    let sound = Sound::from_wav(&file, &record.path).unwrap();
    assert!(sound.seconds() >= 2.0, "{} s are left", sound.seconds());
    // The voices go on where the file ends.
    let [alice, bob] =
        [1, 2].map(|seed| Sound::from_linear(8_000, &voice(seed)).part(0.0, sound.seconds() - 0.5));
    let fit = fit(&sound.part(0.0, sound.seconds() - 0.4), &alice, &bob).unwrap();
    assert!(fit.explained > 0.9 && fit.difference_db() < 1.0, "{fit:?}");
    running.signal("TERM");
    assert_eq!(running.end().0, Some(0));
    call.hang_up();
}

#[test]
fn kill_9_in_fifty_recorded_calls_leaves_fifty_files_and_a_bye_to_each_far_end() {
    if was_the_node() {
        return;
    }
    let process = Process::new("kill_9_in_fifty_recorded_calls_leaves_fifty_files_and_a_bye_to_each_far_end");
    let running = process.start();
    let up: Vec<_> = (0..KILLED)
        .map(|_| process.talking(RECORDED, PATIENCE * 10))
        .collect();
    let recordings = process.folder.path().join("recordings");
    // As soon as two seconds of sound of every call are on the disk.
    await_that(|| {
        let sizes = file_sizes(&recordings);
        (sizes.len() == KILLED && sizes.iter().all(|bytes| *bytes > 2 * 11_025)).then_some(())
    });
    running.signal("KILL");
    assert_eq!(running.end().0, None);

    let running = process.start();
    for call in up {
        let caller = call.wait(PATIENCE).unwrap();
        assert_eq!(caller.ended_by, Some(pointsman_legs::EndedBy::Peer), "{caller:?}");
    }
    for callee in process.bobs(KILLED) {
        assert_eq!(callee.ended_by, Some(pointsman_legs::EndedBy::Peer), "{callee:?}");
    }
    let calls = process.calls();
    assert_eq!(calls.len(), KILLED);
    for cdr in &calls {
        assert_eq!(cdr.outcome, Some(Outcome::Interrupted));
        let [record] = &cdr.recordings[..] else {
            panic!("one recording: {:?}", cdr.recordings)
        };
        let file = std::fs::read(recordings.join(&record.path)).unwrap();
        let sound = Sound::from_wav(&file, &record.path).unwrap();
        assert!(sound.seconds() >= 2.0, "{} s are left", sound.seconds());
        // A hundred phones on a small machine speak with gaps; how true a recording is, the test of one call measures.
        // Another call's voices, or none, explain nothing.
        let [alice, bob] = [1, 2].map(|seed| {
            let said = Sound::from_linear(8_000, &voice(seed));
            said.part(0.0, (sound.seconds() - 0.5).min(2.5))
        });
        let fit = fit(&sound.part(0.0, sound.seconds().min(3.0) - 0.4), &alice, &bob).unwrap();
        assert!(fit.explained > 0.05, "{fit:?}");
    }
    running.signal("TERM");
    assert_eq!(running.end().0, Some(0));
}

/// Bytes of the files below `folder`.
fn file_sizes(folder: &std::path::Path) -> Vec<u64> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let sizes = entries.flatten().flat_map(|entry| {
        let path = entry.path();
        if path.is_dir() {
            file_sizes(&path)
        } else {
            path.metadata().map(|data| data.len()).into_iter().collect()
        }
    });
    sizes.collect()
}
