//! The files of the repository: what git knows or would add, else everything that is no build output.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the workspace. Cargo says at run time where the crate lies; what was compiled in is that of the
/// checkout that filled the target folder.
#[must_use]
pub fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&here)
        .ancestors()
        .nth(2)
        .expect("crates/tidy lies two below the root")
        .into()
}

/// A file of the repository.
pub struct File {
    /// Relative to the root, with forward slashes.
    pub path: String,
    /// The whole content.
    pub text: String,
}

impl File {
    /// Whether the path lies in this folder.
    #[must_use]
    pub fn is_in(&self, folder: &str) -> bool {
        self.path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
    }

    /// Whether the path ends in this extension (without the dot).
    #[must_use]
    pub fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path)
            .extension()
            .is_some_and(|found| found == extension)
    }

    /// The lines with their numbers, from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .split('\n')
            .enumerate()
            .map(|(number, line)| (number + 1, line))
    }
}

/// Every text file, sorted by path. Binary files (not UTF-8, or with a NUL) are left out.
#[must_use]
pub fn text_files() -> Vec<File> {
    let root = root();
    let mut files: Vec<File> = paths(&root)
        .into_iter()
        .filter_map(|path| {
            let text = String::from_utf8(fs::read(root.join(&path)).ok()?).ok()?;
            (!text.contains('\0')).then_some(File { path, text })
        })
        .collect();
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

fn paths(root: &Path) -> Vec<String> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .current_dir(root)
        .output();
    match listed {
        Ok(output) if output.status.success() && !output.stdout.is_empty() => {
            String::from_utf8_lossy(&output.stdout)
                .split('\0')
                .filter(|path| !path.is_empty())
                .map(str::to_owned)
                .collect()
        }
        // A source archive, or a machine without git.
        _ => walk(root),
    }
}

fn walk(root: &Path) -> Vec<String> {
    const NOT_OURS: [&str; 4] = ["target", ".git", "data", "node_modules"];
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() {
                if !NOT_OURS.iter().any(|skipped| name == *skipped) {
                    folders.push(path);
                }
            } else if let Ok(relative) = path.strip_prefix(root) {
                found.push(relative.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_the_workspace() {
        assert!(root().join("Cargo.lock").exists());
    }

    #[test]
    fn both_ways_of_listing_find_this_file() {
        let here = "crates/tidy/src/repository.rs";
        assert!(paths(&root()).iter().any(|path| path == here));
        assert!(walk(&root()).iter().any(|path| path == here));
    }
}
