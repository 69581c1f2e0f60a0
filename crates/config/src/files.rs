//! Where configuration files come from: the disk, or memory in demos and tests.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Reads files by path.
pub trait Files {
    /// The file's bytes.
    ///
    /// # Errors
    /// The file does not exist or cannot be read.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Paths of the files in a folder, sorted.
    ///
    /// # Errors
    /// The folder does not exist or cannot be read.
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;
}

/// The files of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

/// No file of a configuration is larger; an announcement of this size plays for 100 minutes.
const LARGEST: u64 = 64 * 1024 * 1024;

impl Files for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let file = std::fs::metadata(path)?;
        if !file.is_file() {
            return Err(io::Error::other("it is no file"));
        }
        if file.len() > LARGEST {
            return Err(io::Error::other(format!(
                "it is larger than {} MiB",
                LARGEST / 1024 / 1024
            )));
        }
        std::fs::read(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if !entry.file_type()?.is_dir() {
                paths.push(entry.path());
            }
        }
        paths.sort();
        Ok(paths)
    }
}

/// Files kept in memory.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Memory {
    /// No files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file.
    #[must_use]
    pub fn with(mut self, path: impl AsRef<Path>, content: impl Into<Vec<u8>>) -> Self {
        self.insert(path, content);
        self
    }

    /// Adds or replaces a file.
    pub fn insert(&mut self, path: impl AsRef<Path>, content: impl Into<Vec<u8>>) {
        self.files.insert(plain(path.as_ref()), content.into());
    }
}

impl Files for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.files
            .get(&plain(path))
            .cloned()
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let wanted = plain(folder);
        let inside = |path: &&PathBuf| path.parent() == Some(&wanted);
        let paths: Vec<PathBuf> = self
            .files
            .keys()
            .filter(inside)
            .filter_map(|path| Some(folder.join(path.file_name()?)))
            .collect();
        if paths.is_empty() {
            Err(io::ErrorKind::NotFound.into())
        } else {
            Ok(paths)
        }
    }
}

/// `path` without `.` and `..`, as far as text alone can tell.
pub(crate) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_made_plain() {
        for (path, plainly) in [
            ("./a/./b", "a/b"),
            ("a/../b", "b"),
            ("../a", "../a"),
            ("a/../../b", "../b"),
            ("/a/../b", "/b"),
        ] {
            assert_eq!(plain(Path::new(path)), Path::new(plainly), "{path}");
        }
    }

    #[test]
    fn memory_knows_files_by_any_way_to_write_their_path() {
        let files = Memory::new()
            .with("config/a.yaml", "a")
            .with("config/sub/b.yaml", "b");
        assert_eq!(files.read(Path::new("./config/sub/../a.yaml")).unwrap(), b"a");
        assert_eq!(
            files.list(Path::new("./config")).unwrap(),
            [Path::new("./config/a.yaml")]
        );
        let missing = files.read(Path::new("config/c.yaml")).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        assert_eq!(
            files.list(Path::new("nowhere")).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
    }

    #[test]
    fn the_disk_gives_files_and_nothing_else() {
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert!(
            Disk.read(&own.join("Cargo.toml"))
                .unwrap()
                .starts_with(b"[package]")
        );
        assert!(Disk.read(own).unwrap_err().to_string().contains("no file"));
        assert!(
            Disk.read(Path::new("/dev/zero"))
                .unwrap_err()
                .to_string()
                .contains("no file")
        );
        let listed = Disk.list(own).unwrap();
        assert!(
            listed.contains(&own.join("Cargo.toml")) && !listed.contains(&own.join("src")),
            "{listed:?}"
        );
    }
}
