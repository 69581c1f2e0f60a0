//! The torture messages, and repeatable damage to them.
mod damage;

use std::path::Path;

pub(crate) use damage::{Dice, mutate};

/// The torture messages, in the order of their names.
pub(crate) fn corpus() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the corpus is a folder")
        .map(|entry| entry.expect("a readable entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sip"))
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| std::fs::read(file).expect("a readable file"))
        .collect()
}
