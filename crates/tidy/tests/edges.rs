//! Which crate may depend on which. The direction is what keeps the core free of I/O.

use pointsman_tidy::refuse;
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;

/// Crate, and the crates of ours that it may name. Upper names lower, never back.
const MAY_NAME: [(&str, &[&str]); 15] = [
    (
        "cli",
        &[
            "node",
            "legs",
            "store",
            "config",
            "call",
            "policy",
            "contract",
            "conformance",
            "media",
            "sip",
        ],
    ),
    (
        "node",
        &["store", "config", "call", "policy", "contract", "media", "sip"],
    ),
    ("store", &["call", "policy", "contract"]),
    ("config", &["call", "policy", "contract", "media", "sip"]),
    ("legs", &["sip", "media"]),
    ("sim", &["config", "call", "policy", "media", "sip", "legs"]),
    ("fuzz", &["sim", "config", "call", "policy", "media", "sip"]),
    ("call", &["policy", "media", "sip"]),
    ("example-policy", &["policy"]),
    ("policy", &["contract"]),
    ("contract", &[]),
    ("conformance", &[]),
    ("media", &[]),
    ("sip", &[]),
    ("tidy", &[]),
];

/// What tests may use besides: the simulated world, the phones and the example, which never end up in the switch, and
/// the rows that they show.
const TESTS_MAY_NAME: [&str; 4] = ["sim", "legs", "example-policy", "conformance"];

/// These decide and never act: nothing that opens a socket, a file or a thread.
const SANS_IO: [&str; 6] = ["sip", "media", "contract", "policy", "call", "sim"];
const DOES_IO: [&str; 10] = [
    "tokio",
    "mio",
    "socket2",
    "libc",
    "nix",
    "rusqlite",
    "axum",
    "hyper",
    "crossbeam-channel",
    "rayon",
];

struct Edge {
    from: String,
    to: String,
    in_tests_only: bool,
}

fn edges() -> Vec<Edge> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(pointsman_tidy::repository::root())
        .output()
        .expect("cargo runs these tests, so it can be run");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata writes JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut found = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            found.push(Edge {
                from: text(&package["name"]).replace("pointsman-", ""),
                to: text(&dependency["name"]),
                in_tests_only: dependency["kind"] == "dev",
            });
        }
    }
    assert!(!found.is_empty(), "no edge found at all");
    found
}

#[test]
fn crates_name_only_those_below_them() {
    let allowed: BTreeMap<_, _> = MAY_NAME.into();
    let mut complaints = Vec::new();
    for edge in edges() {
        let Some(ours) = edge.to.strip_prefix("pointsman-") else {
            continue;
        };
        let below = allowed
            .get(edge.from.as_str())
            .is_some_and(|may| may.contains(&ours));
        let in_tests = edge.in_tests_only && TESTS_MAY_NAME.contains(&ours);
        if !(below || in_tests) {
            complaints.push(format!("{} must not depend on {ours}", edge.from));
        }
    }
    refuse("crate edges", &complaints);
}

#[test]
fn every_crate_has_its_row() {
    let root = pointsman_tidy::repository::root().join("crates");
    let folders = std::fs::read_dir(root).expect("the workspace has crates/");
    let complaints: Vec<_> = folders
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|folder| !MAY_NAME.iter().any(|(name, _)| name == folder))
        .map(|folder| format!("crates/{folder} has no row in MAY_NAME"))
        .collect();
    refuse("crate edges", &complaints);
}

#[test]
fn the_core_does_no_io() {
    let complaints: Vec<_> = edges()
        .into_iter()
        .filter(|edge| !edge.in_tests_only && SANS_IO.contains(&edge.from.as_str()))
        .filter(|edge| DOES_IO.contains(&edge.to.as_str()))
        .map(|edge| format!("{} must not depend on {}", edge.from, edge.to))
        .collect();
    refuse("sans-IO crates", &complaints);
}

#[test]
fn the_core_forbids_unsafe_and_bans_clocks_and_threads() {
    let crates = pointsman_tidy::repository::root().join("crates");
    let read = |path: String| std::fs::read_to_string(crates.join(path)).unwrap_or_default();
    let mut complaints = Vec::new();
    for name in SANS_IO {
        if !read(format!("{name}/src/lib.rs")).contains("#![forbid(unsafe_code)]") {
            complaints.push(format!("crates/{name}/src/lib.rs lacks #![forbid(unsafe_code)]"));
        }
        let bans = read(format!("{name}/clippy.toml"));
        for banned in [
            "Instant::now",
            "SystemTime::now",
            "thread::spawn",
            "sync::Mutex",
            "UdpSocket",
        ] {
            if !bans.contains(banned) {
                complaints.push(format!("crates/{name}/clippy.toml does not ban {banned}"));
            }
        }
    }
    refuse("sans-IO crates", &complaints);
}
