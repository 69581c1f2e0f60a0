//! Replays the committed corpora, and a seeded run of mutations of them. The long run is `just prove-fuzz`.

use std::path::{Path, PathBuf};

use pointsman_fuzz::{Damage, TARGETS, Target, message};
use pointsman_sip::{Message, ParseError};

fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut folders = vec![root.join("fuzz/corpus").join(name)];
    if name == "message" {
        folders.push(root.join("crates/sip/tests/corpus"));
    }
    let mut files: Vec<_> = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).expect("a corpus is a folder"))
        .map(|entry| entry.expect("a readable entry").path())
        .filter(|path| path.extension().is_none_or(|extension| extension != "md"))
        .collect();
    files.sort();
    let read = |path: PathBuf| {
        let octets = std::fs::read(&path).expect("a readable file");
        (path, octets)
    };
    files.into_iter().map(read).collect()
}

/// Every file of the corpus, then `rounds` mutations; returns how many inputs there were.
fn replay(name: &str, rounds: u64) {
    let target: Target = TARGETS
        .iter()
        .find_map(|(known, target)| (*known == name).then_some(*target))
        .expect("a target");
    let corpus = corpus(name);
    assert!(corpus.len() >= 3, "the corpus of {name} is thin");
    for (path, octets) in &corpus {
        eprintln!("{}", path.display());
        target(octets);
    }
    let mut damage = Damage::new(0x9e37_79b9_7f4a_7c15);
    for round in 0..rounds {
        let octets = damage.of(|at| &corpus[at].1, corpus.len());
        let held = std::panic::catch_unwind(|| target(&octets));
        assert!(
            held.is_ok(),
            "round {round} of {name} broke with {}",
            octets.escape_ascii()
        );
    }
}

#[test]
fn messages_hold() {
    replay("message", 40_000);
}

/// Mutations that all got the same verdict would test little.
#[test]
fn mutations_of_messages_reach_all_three_verdicts() {
    let corpus = corpus("message");
    let mut damage = Damage::new(0x9e37_79b9_7f4a_7c15);
    let (mut accepted, mut answerable, mut dropped) = (0, 0, 0);
    for _ in 0..40_000 {
        match Message::parse(damage.of(|at| &corpus[at].1, corpus.len()).into()) {
            Ok(_) => accepted += 1,
            Err(ParseError::Answerable { .. }) => answerable += 1,
            Err(ParseError::NotSip(_)) => dropped += 1,
        }
    }
    assert!(
        accepted > 1_000 && answerable > 1_000 && dropped > 1_000,
        "{accepted} {answerable} {dropped}"
    );
}

#[test]
fn streams_hold() {
    replay("framing", 10_000);
}

#[test]
fn uris_hold() {
    replay("uri", 40_000);
}

#[test]
fn descriptions_hold() {
    replay("sdp", 20_000);
}

#[test]
fn packets_hold() {
    replay("rtp", 10_000);
}

#[test]
fn configurations_hold() {
    replay("config", 300);
}

#[test]
fn datagrams_to_a_switch_with_a_call_hold() {
    replay("datagrams", 500);
}

#[test]
fn scripts_of_octets_hold() {
    replay("world", 300);
}

#[test]
fn the_longest_datagrams_hold() {
    let head = "OPTIONS sip:a@h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\n\
                Call-ID: c\r\nCSeq: 1 OPTIONS\r\n";
    for line in [
        "a:\r\n",
        "Route: <sip:a;lr>,<sip:b;lr>\r\n",
        "Contact: <sip:a@h>;x=\"y\"\r\n",
        " fold\r\n",
        "Via: SIP/2.0/UDP h;x\r\n",
    ] {
        let lines = (65_507 - head.len() - 2) / line.len();
        message(format!("{head}{}\r\n", line.repeat(lines)).as_bytes());
    }
    message(format!("{head}Route: {}\r\n\r\n", vec!["<sip:a;lr>"; 5_000].join(",")).as_bytes());
    for octet in [b'a', b'\n', b'(', 0xff] {
        message(&vec![octet; 65_507]);
    }
}
