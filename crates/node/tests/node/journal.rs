//! The journal of a node gives the same bytes when it is replayed.

use crate::calls::answers;
use crate::world::{RECORDED, SHOP, World};
use pointsman_call::{Replay, Routing, Shard};
use pointsman_config::{Memory, load_with};
use pointsman_legs::Numbers;
use pointsman_node::{JournalHead, JournalLine, ReadFiles};
use pointsman_policy::Registry;
use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

const NEW: &str = "+3232000177";

fn routing(head: &JournalHead, files: &ReadFiles) -> Arc<Routing> {
    let mut memory = Memory::new();
    for (path, octets) in files {
        memory.insert(path, octets.bytes().to_vec());
    }
    load_with(&head.config, &Registry::new(), &memory, &head.overrides)
        .unwrap()
        .routing
}

/// Replays a journal: numbers of inputs, outputs and versions of the configuration.
pub(crate) fn replayed(path: &Path) -> (usize, usize, usize) {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let head: JournalHead = serde_json::from_str(lines.next().unwrap()).unwrap();
    let first = routing(&head, &head.files);
    let mut versions = HashMap::from([(first.version.clone(), first.clone())]);
    let start = Instant::now();
    let mut replay = Replay::new(Shard::new(head.shard(start), first), start);
    for line in lines {
        match serde_json::from_str(line).unwrap() {
            JournalLine::Line(line) => {
                let known = |version: &str| Some(versions[version].clone());
                replay
                    .take(line, known)
                    .unwrap_or_else(|difference| panic!("{difference:#?}"));
            }
            JournalLine::Config { version, files } => {
                let routing = routing(&head, &files);
                assert_eq!(routing.version, version);
                versions.insert(version, routing);
            }
            JournalLine::Gap { gap } => panic!("{gap}"),
        }
    }
    let (inputs, outputs) = replay.finish().unwrap();
    (inputs, outputs, versions.len())
}

#[test]
fn calls_around_two_reloads_are_the_same_again() {
    let bob = Numbers::default()
        .with(RECORDED, answers(2))
        .with(NEW, answers(3));
    let mut world = World::prepared(bob, 100);
    let path = world.folder.path().join("journal.jsonl");
    world.options.journal = Some(path.clone());
    world.start();
    world.call(world.spec(RECORDED));
    world.files.write("shop.yaml", "rubbish: [");
    assert_eq!(world.http("POST", "/reload").0, 422);
    let new = format!("{SHOP}  \"{NEW}\": {{ policy: trm, tree: desk }}\n");
    world.files.write("shop.yaml", &new);
    assert_eq!(world.http("POST", "/reload").0, 200);
    assert_eq!(world.call(world.spec(NEW)).final_status, Some(200));
    world.take_node().stop();

    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "what callers key is nobody else's business");
    let (inputs, outputs, versions) = replayed(&path);
    assert!(inputs > 20 && outputs > 30, "{inputs} inputs, {outputs} outputs");
    assert_eq!(versions, 2);
}
