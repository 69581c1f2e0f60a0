//! The phone itself has no clock, no thread and no socket; only `run/` has.

use std::path::Path;

#[test]
fn the_phone_asks_nobody_for_the_time_and_opens_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/phone");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).expect("the folder of the phone") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a source file");
        // Its own tests may look at the clock to have some moment to start from.
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for word in [
            "Instant::now",
            "SystemTime",
            "std::thread",
            "UdpSocket",
            "Mutex",
            "std::fs",
        ] {
            assert!(!code.contains(word), "{} names {word}", path.display());
        }
        files += 1;
    }
    assert!(files > 10, "the folder holds {files} files");
}
