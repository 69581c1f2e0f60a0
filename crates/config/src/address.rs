//! Where the switch of a node file answers over HTTP, also when the rest of the file is broken.

use std::net::SocketAddr;
use std::path::Path;

use crate::files::Files;
use crate::form::AddressText;

/// The `http` address of a node file that does not load as a whole. Whoever broke a configuration wants to see how the
/// switch that still runs with the old one is doing, and this key says where to ask.
///
/// It is found as text, because the mistake may be that the file is no YAML: a top-level key begins its line.
#[must_use]
pub fn http_address(path: &Path, files: &dyn Files) -> Option<SocketAddr> {
    let content = files.read(path).ok()?;
    let text = String::from_utf8_lossy(&content);
    let value = text.lines().find_map(|line| line.strip_prefix("http:"))?;
    let value = value.split(" #").next().unwrap_or_default().trim();
    let quotes: &[char] = &['"', '\''];
    AddressText::try_from(value.trim_matches(quotes).to_owned())
        .ok()
        .map(|address| address.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Memory;

    fn found(text: &str) -> Option<String> {
        let files = Memory::new().with("node.yaml", text);
        http_address(Path::new("node.yaml"), &files).map(|address| address.to_string())
    }

    #[test]
    fn a_broken_file_still_says_where_its_switch_answers() {
        let broken = "version: 1\nhttp: \"127.0.0.1:8060\"   # loopback\nnumbers: [\n";
        assert_eq!(found(broken).as_deref(), Some("127.0.0.1:8060"));
        assert_eq!(found("http: '[::1]:80'\r\n").as_deref(), Some("[::1]:80"));
        assert_eq!(found("http: 127.0.0.1:8060").as_deref(), Some("127.0.0.1:8060"));
    }

    #[test]
    fn no_address_is_made_up() {
        assert_eq!(found(""), None);
        assert_eq!(found("# http: \"127.0.0.1:8060\"\n"), None);
        assert_eq!(found("node:\n  http: \"127.0.0.1:8060\"\n"), None);
        assert_eq!(found("http: nowhere\n"), None);
        assert_eq!(http_address(Path::new("missing.yaml"), &Memory::new()), None);
    }
}
