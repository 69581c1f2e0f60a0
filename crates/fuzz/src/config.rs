//! A node file and a customer file of any content.

use std::path::Path;

use pointsman_config::{Memory, load};
use pointsman_policy::Registry;

/// Splits the node file from the customer file.
const BETWEEN: &str = "\n--- customer\n";

/// Either all is right, or every mistake names a place that exists; the same files say the same.
pub fn config(octets: &[u8]) {
    let text = String::from_utf8_lossy(octets);
    let (node, customer) = text.split_once(BETWEEN).unwrap_or((&text, ""));
    let mut files = Memory::new().with("node.yaml", node);
    if !customer.is_empty() {
        files.insert("customers/one.yaml", customer);
    }
    let read = || load(&[Path::new("node.yaml")], &Registry::new(), &files);
    match (read(), read()) {
        (Ok(config), Ok(again)) => assert_eq!(config.version, again.version),
        (Err(report), Err(again)) => {
            assert_eq!(report, again);
            assert!(!report.mistakes.is_empty(), "refused without a reason");
            // A carriage return ends a line too, alone or before a line feed (YAML 1.2, 5.4).
            let lines_of = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n").lines().count();
            let lines = lines_of(node).max(lines_of(customer)) + 1;
            for mistake in &report.mistakes {
                assert!(mistake.line <= lines, "{mistake}");
                assert!(!mistake.message.is_empty());
            }
            let _ = report.to_string();
        }
        _ => panic!("the same files were taken once and refused once"),
    }
}
