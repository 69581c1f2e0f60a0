//! The JSON Schemas for editors: as committed, and true to what is accepted.

use std::path::{Path, PathBuf};

use pointsman_config::{FileKind, schema};
use serde_json::Value as Json;

use crate::validate::Validator;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config")
}

fn committed(kind: FileKind) -> PathBuf {
    folder().join("schema").join(if kind == FileKind::Node {
        "node.json"
    } else {
        "customer.json"
    })
}

/// Set to write the files anew: `POINTSMAN_WRITE_SCHEMA=1 cargo test -p pointsman-config schema`.
const WRITE: &str = "POINTSMAN_WRITE_SCHEMA";

#[test]
fn committed_schemas_are_the_generated_ones() {
    for kind in [FileKind::Node, FileKind::Customer] {
        let path = committed(kind);
        if std::env::var_os(WRITE).is_some() {
            std::fs::create_dir_all(folder().join("schema")).unwrap();
            std::fs::write(&path, schema(kind)).unwrap();
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            text == schema(kind),
            "{} is out of date; write it anew with {WRITE}=1",
            path.display()
        );
    }
}

fn validator(kind: FileKind) -> Validator {
    Validator::new(serde_json::from_str(&schema(kind)).expect("a schema is JSON"))
}

fn yaml(text: &str) -> Json {
    serde_yaml::from_str(text).expect("the text is YAML")
}

#[test]
fn every_sample_fits_its_schema() {
    let samples = ["pointsman.yaml", "sipp.yaml", "demo.yaml"];
    let nodes = samples.map(|name| (folder().join(name), FileKind::Node));
    let customers = std::fs::read_dir(folder().join("customers")).unwrap();
    let customers = customers.map(|entry| (entry.unwrap().path(), FileKind::Customer));
    for (path, kind) in nodes.into_iter().chain(customers) {
        let faults = validator(kind).faults(&yaml(&std::fs::read_to_string(&path).unwrap()));
        assert!(faults.is_empty(), "{}: {faults:#?}", path.display());
    }
}

#[test]
fn slips_do_not_fit() {
    let node = crate::world::NODE;
    let bakery = crate::world::BAKERY;
    let slips = [
        (FileKind::Node, node, "http:", "htpp:"),
        (
            FileKind::Node,
            node,
            "country: \"32\", latch",
            "country: 32, latch",
        ),
        (FileKind::Node, node, "latch: probation", "latch: probaton"),
        (FileKind::Node, node, "20000-20999", "20000"),
        (FileKind::Node, node, "version: 1", "version: 2"),
        (FileKind::Node, node, "media:", "media: none #"),
        (FileKind::Customer, bakery, "zone: Europe/Brussels\n", ""),
        (FileKind::Customer, bakery, "desk: { dial:", "desk: { dail:"),
        (FileKind::Customer, bakery, "ring: 20s", "ring: 20"),
        (
            FileKind::Customer,
            bakery,
            "on: { otherwise: owner",
            "on: { otherwhise: owner",
        ),
        (FileKind::Customer, bakery, "09:00-12:30", "9-12"),
        (FileKind::Customer, bakery, "[mon, tue]", "[monday]"),
        (FileKind::Customer, bakery, "policy: trm, ", ""),
        (FileKind::Customer, bakery, "record: true", "record: yes"),
    ];
    for (kind, text, from, to) in slips {
        assert!(
            validator(kind).faults(&yaml(text)).is_empty(),
            "the unedited text fits"
        );
        let faults = validator(kind).faults(&yaml(&crate::world::edited(text, from, to)));
        assert!(!faults.is_empty(), "'{to}' fits the schema");
    }
}
