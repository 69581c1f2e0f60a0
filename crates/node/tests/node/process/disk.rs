//! A disk that is full for a while. The node has a filesystem of 8 MB to itself, in a mount namespace of its own, so
//! this needs a system that lets one be made: `./scripts/full-disk` says so when it does not.

use super::{Process, was_the_node};
use crate::world::{BOB, Folder, PATIENCE, RECORDED, await_that, http, likeness};
use pointsman_legs::behaviour::Answer;
use pointsman_legs::{Behaviour, CallSpec, Numbers, Speak, Talk};
use pointsman_media::measure::Sound;
use serde_json::Value;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const TEST: &str = "disk::a_full_disk_ends_no_call_loses_no_record_and_is_written_again_when_it_has_room";

/// Seconds that both speak; the disk fills up in the first of them.
const SPEECH: f64 = 9.0;

fn speech(seed: u64) -> Vec<i16> {
    pointsman_legs::sound::babble(seed, SPEECH)
}

fn bob() -> Behaviour {
    let talk = Talk {
        speak: Speak::samples(speech(2)),
        ..Talk::default()
    };
    Behaviour::Answer(Answer {
        talk,
        ..Answer::default()
    })
}

/// The node's small disk, seen from outside its namespace.
struct Disk(PathBuf);

impl Disk {
    /// Writes until there is no room for a single octet.
    fn fill(&self) {
        let mut file = File::create(self.0.join("fill")).unwrap();
        let mut piece = vec![1; 64 << 10];
        while !piece.is_empty() {
            match file.write(&piece) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => piece.truncate(piece.len() / 2),
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn make_room(&self) {
        std::fs::remove_file(self.0.join("fill")).unwrap();
    }

    fn recording(&self, path: &str) -> Sound {
        let file = std::fs::read(self.0.join("recordings").join(path)).unwrap();
        Sound::from_wav(&file, path).unwrap()
    }
}

/// The configuration with everything that is written on the small disk, and HTTP.
fn configure(folder: &Folder) -> SocketAddr {
    let http = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let file = folder.path().join("node.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text
        .replace("data: data", "data: small/data")
        .replace("path: recordings", "path: small/recordings");
    std::fs::write(&file, format!("{text}http: \"{http}\"\n")).unwrap();
    http
}

fn on_small_disk(small: &Path) -> Command {
    let mut command = Command::new("unshare");
    command
        .args(["--map-root-user", "--mount", "sh", "-c"])
        .arg("mount -t tmpfs -o size=8m none \"$0\" && exec \"$@\"")
        .arg(small)
        .arg(std::env::current_exe().unwrap());
    command
}

fn await_metric(node: SocketAddr, line: &str) {
    await_that(|| {
        http(node, "GET", "/metrics")
            .1
            .lines()
            .any(|one| one == line)
            .then_some(())
    });
}

/// The CDRs that are closed, oldest first, once there are so many.
fn cdrs(node: SocketAddr, count: usize) -> Vec<Value> {
    await_that(|| {
        let (status, body) = http(node, "GET", "/calls?open=false");
        let answer: Value = serde_json::from_str(&body).ok()?;
        let mut calls = answer["calls"].as_array()?.clone();
        calls.reverse();
        (status == 200 && calls.len() == count).then_some(calls)
    })
}

#[test]
#[ignore = "needs namespaces: run by ./scripts/full-disk"]
fn a_full_disk_ends_no_call_loses_no_record_and_is_written_again_when_it_has_room() {
    if was_the_node() {
        return;
    }
    let process = Process::with(TEST, Numbers::default().with(BOB, bob()).with(RECORDED, bob()));
    let node = configure(&process.folder);
    let small = process.folder.path().join("small");
    std::fs::create_dir(&small).unwrap();
    let running = process.start_by(on_small_disk(&small));
    let seen = format!("/proc/{}/root{}", running.child.id(), small.display());
    let disk = Disk(seen.into());
    let spec = |to: &str, talk: Duration| {
        let spec = CallSpec::new(crate::world::ALICE, to, process.sip).on("alice");
        spec.speak(Speak::samples(speech(1))).hang_up_after(talk)
    };

    // Two calls, one of them recorded, of which two seconds are on the disk when it fills up.
    let talk = Duration::from_secs_f64(SPEECH + 0.5);
    let calls = [RECORDED, BOB].map(|to| process.legs.call(spec(to, talk)));
    await_that(|| {
        super::file_sizes(&disk.0.join("recordings"))
            .into_iter()
            .find(|bytes| *bytes > 2 * 11_025)
    });
    disk.fill();
    await_metric(node, "pointsman_store_stalled 1");
    assert_eq!(http(node, "GET", "/health").0, 503);
    let refused = process.legs.call(spec(BOB, talk)).wait(PATIENCE).unwrap();
    assert_eq!(refused.final_status, Some(503));

    // They end as they would have, with everything heard, and the disk is still full.
    for call in calls {
        let caller = call.wait(PATIENCE).unwrap();
        assert!(likeness(&caller.heard.samples, &speech(2)) > 0.9);
        assert_eq!(caller.ended_by, Some(pointsman_legs::EndedBy::Us));
    }
    for callee in process.bobs(2) {
        assert!(likeness(&callee.heard.samples, &speech(1)) > 0.9);
    }
    await_metric(node, "pointsman_calls 0");
    await_metric(node, "pointsman_recordings_total{result=\"failed\"} 1");
    await_metric(node, "pointsman_store_stalled 1");
    assert_eq!(cdrs(node, 0), [] as [Value; 0], "the disk was full");

    disk.make_room();
    await_metric(node, "pointsman_store_stalled 0");
    await_metric(node, "pointsman_store_calls_lost 0");
    let held = cdrs(node, 2);
    assert!(held.iter().all(|cdr| cdr["outcome"] == "answered"), "{held:#?}");
    let recording = held.iter().find_map(|cdr| cdr["recordings"].get(0)).unwrap();
    assert!(recording["error"].is_string(), "{recording}");
    let path = recording["path"].as_str().unwrap();
    let bytes = std::fs::metadata(disk.0.join("recordings").join(path))
        .unwrap()
        .len();
    assert_eq!(recording["bytes"], bytes, "the CDR says what is left of it");
    let kept = disk.recording(path);
    assert!(kept.seconds() >= 2.0, "{} s can be played", kept.seconds());

    // And from now on everything is as before.
    let again = process.legs.call(spec(RECORDED, Duration::from_secs(2)));
    assert_eq!(again.wait(PATIENCE).unwrap().final_status, Some(200));
    let all = cdrs(node, 3);
    let recording = &all[2]["recordings"][0];
    assert!(recording["error"].is_null(), "{recording}");
    let whole = disk.recording(recording["path"].as_str().unwrap());
    assert!((whole.seconds() - all[2]["talk_ms"].as_f64().unwrap() / 1000.0).abs() < 0.1);

    running.signal("TERM");
    let (code, log) = running.end();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("the database cannot be written") && log.contains("recording failed"));
    assert!(!log.contains("panicked"), "{log}");
}
