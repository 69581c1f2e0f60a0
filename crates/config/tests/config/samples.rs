//! The files under `config/`: each loads, from any working directory.

use std::path::{Path, PathBuf};

use pointsman_config::{Disk, load};
use pointsman_policy::Registry;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config")
}

#[test]
fn every_node_file_loads() {
    for name in ["pointsman.yaml", "sipp.yaml", "demo.yaml"] {
        let config = load(&[folder().join(name)], &Registry::new(), &Disk);
        let config = config.unwrap_or_else(|report| panic!("{report}"));
        println!("{name} {}", config.version);
    }
}
