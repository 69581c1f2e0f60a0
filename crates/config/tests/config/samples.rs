//! The files of the repository: each loads, from any working directory.

use std::path::{Path, PathBuf};

use pointsman_config::{Config, Disk, load};
use pointsman_policy::Registry;
use pointsman_sip::Flow;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn loaded(path: &Path) -> Config {
    load(&[path], &Registry::new(), &Disk).unwrap_or_else(|report| panic!("{}:\n{report}", path.display()))
}

/// The files in a folder whose names end so.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.to_string_lossy().ends_with(end));
    paths.sort();
    paths
}

#[test]
fn every_node_file_loads() {
    let paths = files(&root().join("config"), ".yaml");
    assert!(paths.len() >= 3, "{paths:?}");
    for path in paths {
        assert!(
            !loaded(&path).routing.numbers.is_empty(),
            "{} routes something",
            path.display()
        );
    }
}

#[test]
fn every_customer_file_is_served_by_the_starting_point() {
    let customers = loaded(&root().join("config/pointsman.yaml")).customers;
    assert_eq!(
        customers.len(),
        files(&root().join("config/customers"), ".yaml").len()
    );
}

#[test]
fn every_configuration_of_a_sipp_scenario_loads() {
    let mut count = 0;
    for folder in files(&root().join("sipp-scenarios"), "") {
        let path = folder.join("pointsman.yaml");
        if path.exists() {
            loaded(&path);
            count += 1;
        }
    }
    assert!(count >= 8, "{count} scenarios have a configuration");
}

#[test]
fn sipp_talks_to_itself_through_the_switch() {
    let config = loaded(&root().join("config/sipp.yaml"));
    assert_eq!(config.node.listeners[0].bind.to_string(), "127.0.0.1:5060");
    assert_eq!(config.node.http.map(|http| http.port()), Some(8060));
    let uac = "127.0.0.1:43210".parse().expect("an address");
    assert_eq!(
        config
            .routing
            .trunk_of(Flow::udp(0, uac), None)
            .map(|trunk| trunk.remote.port()),
        Some(5070)
    );
    assert_eq!(
        config
            .routing
            .number("service")
            .map(|number| &*number.policy_name),
        Some("direct")
    );
    assert!(
        config.node.data.ends_with("data/sipp"),
        "{}",
        config.node.data.display()
    );
    assert!(
        !config.node.data.starts_with(root().join("config")),
        "data is kept beside the configuration"
    );
}
