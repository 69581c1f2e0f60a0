//! How long files and functions may be: short enough to be read in one go.

use pointsman_tidy::{refuse, repository, source};

const FILE: usize = 500;
const FUNCTION: usize = 100;

fn rust_files() -> impl Iterator<Item = repository::File> {
    repository::text_files()
        .into_iter()
        .filter(|file| file.is_in("crates") && file.has_extension("rs"))
}

#[test]
fn files_stop_at_500_lines() {
    let complaints: Vec<_> = rust_files()
        .map(|file| (file.text.lines().count(), file.path))
        .filter(|(lines, _)| *lines > FILE)
        .map(|(lines, path)| format!("{path} has {lines} lines"))
        .collect();
    refuse("files stop at 500 lines", &complaints);
}

#[test]
fn functions_stop_at_100_lines() {
    let mut seen = 0;
    let mut complaints = Vec::new();
    for file in rust_files() {
        for function in source::functions(&file.text) {
            seen += 1;
            if function.length > FUNCTION {
                let source::Function { name, line, length } = function;
                complaints.push(format!("{}:{line} fn {name} has {length} lines", file.path));
            }
        }
    }
    assert!(seen > 100, "only {seen} functions found: the search is broken");
    refuse("functions stop at 100 lines", &complaints);
}
